/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A checkpoint: everything that a training needs to go on as if it had never
 * stopped, in a safetensors file.
 */
#pragma once

#include "facet-learner.h"

/* What the checkpoint must agree with to be gone on from. */
typedef struct
{
  const gchar *recipe; /* text, without the number of epochs */
  const gchar *data;   /* digest of the data set             */
  guint64 seed;
} FacetCheckpointOrigin;

typedef struct
{
  gint epoch;  /* done         */
  gint64 step; /* done, in all */
  gdouble best_loss;
} FacetCheckpointPlace;

gboolean facet_checkpoint_save (const gchar *path,
                                const FacetCheckpointOrigin *origin,
                                const FacetCheckpointPlace *place,
                                FacetLearner *learners,
                                gint n_learners,
                                GError **error);
/* Brings @learners back; on failure they may be half brought back. */
gboolean facet_checkpoint_load (const gchar *path,
                                const FacetCheckpointOrigin *origin,
                                FacetCheckpointPlace *place,
                                FacetLearner *learners,
                                gint n_learners,
                                GError **error);
