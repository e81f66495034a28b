/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The training loop: epochs of mini batches of shuffled photos.  Every random
 * choice is a function of the seed and of the place in the training where it is
 * made, and every sum has one order: the same recipe, photos and seed give the
 * same weights at any number of threads, in one go or resumed from a
 * checkpoint.
 *
 * After each epoch the validation photos are judged and a checkpoint is
 * written; what comes out in the end are the parameters of the epoch whose
 * validation loss was the lowest (the last one if there are no validation
 * photos).
 */
#pragma once

#include <train/data/facet-data.h>
#include "facet-checkpoint.h"

typedef struct
{
  gint epoch; /* the one being done or just done, from 1; 0 is the start */
  gint n_epochs;
  gint step; /* done in this epoch                       */
  gint n_steps;
  gdouble loss; /* mean of this epoch so far             */
  gdouble photos_per_second;
  gdouble seconds_left;
  gboolean validated;      /* the epoch is done; these hold:        */
  gdouble validation_loss; /* NAN without validation photos         */
  gchar judgement[96];     /* in words: "PSNR 22.51 dB"; may be ""  */
  gboolean best;
} FacetProgress;

/* After each step and after each epoch's validation; FALSE stops. */
typedef gboolean (*FacetProgressFunc) (const FacetProgress *progress,
                                       gpointer user_data);

typedef struct _FacetLoop FacetLoop;

/* Whoever trains fills this in, up to the line, before facet_loop_start (). */
struct _FacetLoop
{
  const FacetData *data;
  gchar *recipe_text; /* what a checkpoint must agree with; owned */
  guint64 seed;
  gint batch;
  gint epochs;
  gdouble learning_rate;
  gboolean cosine_schedule; /* falling as half a cosine (Loshchilov & Hutter
                               2017) rather than constant                 */
  gint warm_up;             /* steps over which the rate rises         */
  gdouble weight_average;   /* decay of the moving average                */
  gboolean keep_last;       /* the last parameters are the best           */
  FacetLearner *learners;   /* owned by the caller                        */
  gint n_learners;
  /* Trains on @photos [batch] (indices into the data), steps included (with
   * facet_loop_step ()); returns the loss. */
  gdouble (*train) (gpointer owner, const gint *photos);
  /* Fills in validation_loss and judgement; the learners run on their
   * averages. */
  void (*judge) (gpointer owner, FacetProgress *progress);
  gpointer owner;

  /* ------------------------------------------------------------------------ */
  FacetCheckpointPlace place;
  GArray *training;   /* indices of photos */
  GArray *validation; /* indices of photos */
  gint *order;
  gint n_steps; /* in an epoch */
};

/* An error where there is no photo to train on.  A batch larger than the data
 * set is made as small as that. */
gboolean facet_loop_start (FacetLoop *loop, GError **error);
void facet_loop_clear (FacetLoop *loop);

/* Goes back to where the checkpoint was written.  An error where it belongs to
 * another recipe, seed or data set (more or fewer epochs are allowed). */
gboolean facet_loop_resume (FacetLoop *loop,
                            const gchar *checkpoint,
                            GError **error);

/* To the last epoch; then the learners run on their best parameters.
 * @checkpoint may be NULL.  Stopped by @func: G_IO_ERROR_CANCELLED. */
gboolean facet_loop_run (FacetLoop *loop,
                         const gchar *checkpoint,
                         FacetProgressFunc func,
                         gpointer user_data,
                         GError **error);

/* For train (): one step of @learner at the rate that the schedule has now,
 * times @rate. */
void facet_loop_step (FacetLoop *loop, FacetLearner *learner, gdouble rate);

/* Augmentation's seed of one photo in this epoch. */
guint64 facet_loop_photo_seed (const FacetLoop *loop, gint photo);
/* A seed for @purpose in this step. */
guint64 facet_loop_step_seed (const FacetLoop *loop, guint64 purpose);
