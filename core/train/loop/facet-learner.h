/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A learner: one network that is being trained, with all that belongs to its
 * training: the tape it is walked back on, Adam's moments, the moving average
 * of its parameters (Polyak & Juditsky 1992), and a copy of the best so far.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* What is kept beside the parameters. */
typedef enum
{
  FACET_LEARNER_AVERAGE = 1 << 0,
  FACET_LEARNER_BEST = 1 << 1
} FacetLearnerCopies;

typedef struct
{
  const gchar *name; /* in checkpoints; not copied               */
  NnNetwork *network;
  NnTape *tape;
  NnAdam *adam;
  gfloat **average; /* a copy of each parameter, NULL-terminated; NULL where
                       none is kept                                           */
  gfloat **best;    /* likewise                                               */
} FacetLearner;

/* @network must outlive the learner.  FALSE: out of memory. */
gboolean facet_learner_init (FacetLearner *learner,
                             const gchar *name,
                             NnNetwork *network,
                             gint max_batch,
                             FacetLearnerCopies copies);
void facet_learner_clear (FacetLearner *learner);

/* Average and best become what the parameters are now. */
void facet_learner_reset (FacetLearner *learner);

/* One step of Adam down the gradients; then the average goes @share of the way
 * to the parameters. */
void facet_learner_step (FacetLearner *learner, gfloat rate, gfloat share);

/* Lets the network run on its average, and, called again, on its own
 * parameters. */
void facet_learner_swap_average (FacetLearner *learner);

/* Remembers the parameters that the network runs on, and brings them back; only
 * with a copy for the best. */
void facet_learner_keep_best (FacetLearner *learner);
void facet_learner_restore_best (FacetLearner *learner);
