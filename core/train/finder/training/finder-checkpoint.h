/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The state of the finder's training, and its checkpoint.
 */
#pragma once

#include <train/loop/facet-learner.h>
#include "../samples/finder-samples.h"

enum
{
  FINDER_COARSE,
  FINDER_FINE,
  FINDER_POINTS,
  FINDER_N_PARTS
};

/* One of the networks, with an average. */
typedef struct
{
  FacetLearner learner;
  gint         step; /* done */
} FinderPart;

typedef struct
{
  guint64             seed;
  const FinderRecipe *recipe;
  const FinderAlbum  *album;
  FinderPart          parts[FINDER_N_PARTS];
  gint                n_minings; /* done */
  GArray             *negatives; /* of FinderNegative */
} FinderState;

gboolean finder_state_save (FinderState  *state,
                            const gchar  *path,
                            GError      **error);
/* An error where it is of another recipe, seed or album. */
gboolean finder_state_load (FinderState  *state,
                            const gchar  *path,
                            GError      **error);
