/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adam on mini batches (Kingma & Ba 2015); each photo is seen once an epoch,
 * but for the few that do not fill a last batch.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include "facet-loop.h"

/* The moving average starts short: after t steps it decays by at most
 * (1 + t) / (AVERAGE_WARM_UP + t). */
#define AVERAGE_WARM_UP 10.0

/* Beyond what train () may ask facet_loop_step_seed () for. */
enum
{
  STREAM_SHUFFLE = 1001,
  STREAM_AUGMENT
};

gboolean
facet_loop_start (FacetLoop *loop, GError **error)
{
  loop->training = facet_data_select (loop->data, FACET_SPLIT_TRAIN);
  loop->validation = facet_data_select (loop->data, FACET_SPLIT_VALIDATION);
  loop->place.best_loss = INFINITY;
  if (loop->training->len == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("no photo is in the split “train”"));
      return FALSE;
    }
  loop->batch = MIN (loop->batch, (gint) loop->training->len);
  loop->n_steps = (gint) loop->training->len / loop->batch;
  loop->order = g_new (gint, loop->training->len);
  return TRUE;
}

void
facet_loop_clear (FacetLoop *loop)
{
  g_clear_pointer (&loop->training, g_array_unref);
  g_clear_pointer (&loop->validation, g_array_unref);
  g_clear_pointer (&loop->order, g_free);
  g_clear_pointer (&loop->recipe_text, g_free);
}

gboolean
facet_loop_resume (FacetLoop *loop, const gchar *checkpoint, GError **error)
{
  g_autofree gchar *digest = facet_data_get_digest (loop->data);
  const FacetCheckpointOrigin origin = { loop->recipe_text, digest,
                                         loop->seed };

  return facet_checkpoint_load (checkpoint, &origin, &loop->place,
                                loop->learners, loop->n_learners, error);
}

/* --- for train () -------------------------------------------------------- */

static gdouble
learning_rate (const FacetLoop *loop)
{
  const gdouble step = (gdouble) loop->place.step;
  const gdouble done = step / ((gdouble) loop->epochs * loop->n_steps);
  const gdouble warmth = MIN (1.0, (step + 1.0) / (loop->warm_up + 1.0));

  return warmth * loop->learning_rate *
         (loop->cosine_schedule ? 0.5 * (1.0 + cos (G_PI * done)) : 1.0);
}

void
facet_loop_step (FacetLoop *loop, FacetLearner *learner, gdouble rate)
{
  const gdouble step = (gdouble) loop->place.step;
  const gdouble decay = MIN (loop->weight_average,
                             (1.0 + step) / (AVERAGE_WARM_UP + step));

  facet_learner_step (learner, (gfloat) (rate * learning_rate (loop)),
                      1.0f - (gfloat) decay);
}

guint64
facet_loop_photo_seed (const FacetLoop *loop, gint photo)
{
  const guint64 stream = facet_random_stream (loop->seed, STREAM_AUGMENT,
                                              (guint64) loop->place.epoch);

  return facet_random_stream (stream, STREAM_AUGMENT, (guint64) photo);
}

guint64
facet_loop_step_seed (const FacetLoop *loop, guint64 purpose)
{
  return facet_random_stream (loop->seed, purpose, (guint64) loop->place.step);
}

/* --- an epoch ------------------------------------------------------------ */

/* Fisher and Yates's, afresh from the sorted order in each epoch. */
static void
shuffle (FacetLoop *loop)
{
  const guint64 stream = facet_random_stream (loop->seed, STREAM_SHUFFLE,
                                              (guint64) loop->place.epoch);

  memcpy (loop->order, loop->training->data,
          loop->training->len * sizeof (gint));
  for (guint i = loop->training->len - 1; i > 0; i--)
    {
      const guint j = MIN (i,
                           (guint) (nn_random_uniform (stream, i) * (i + 1)));
      const gint swapped = loop->order[i];

      loop->order[i] = loop->order[j];
      loop->order[j] = swapped;
    }
}

static void
measure_time (const FacetLoop *loop,
              FacetProgress *progress,
              gint64 started_us,
              gint64 first_step)
{
  const gdouble seconds = (gdouble) (g_get_monotonic_time () - started_us) /
                          1e6;
  const gdouble steps = (gdouble) (loop->place.step - first_step);
  const gdouble left = (gdouble) loop->epochs * loop->n_steps -
                       (gdouble) loop->place.step;

  progress->photos_per_second = steps * loop->batch / MAX (seconds, 1e-6);
  progress->seconds_left = seconds / MAX (steps, 1) * left;
}

static gboolean
stop (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                       _ ("training was stopped"));
  return FALSE;
}

static gboolean
train_epoch (FacetLoop *loop,
             FacetProgress *progress,
             gint64 started_us,
             gint64 first_step,
             FacetProgressFunc func,
             gpointer user_data,
             GError **error)
{
  gdouble sum = 0.0;

  shuffle (loop);
  for (gint step = 0; step < loop->n_steps; step++)
    {
      const gdouble loss = loop->train (loop->owner,
                                        loop->order + step * loop->batch);

      if (! isfinite (loss))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("the loss grew beyond all bounds; make "
                                  "“learning_rate” smaller"));
          return FALSE;
        }
      loop->place.step++;
      sum += loss;
      progress->step = step + 1;
      progress->loss = sum / progress->step;
      measure_time (loop, progress, started_us, first_step);
      if (func && ! func (progress, user_data))
        return stop (error);
    }
  return TRUE;
}

static void
swap_averages (FacetLoop *loop)
{
  for (gint l = 0; l < loop->n_learners; l++)
    facet_learner_swap_average (&loop->learners[l]);
}

/* Judges what would be shipped, and remembers it if it is the best so far. */
static void
judge_epoch (FacetLoop *loop, FacetProgress *progress)
{
  swap_averages (loop);
  progress->validation_loss = NAN;
  progress->best = TRUE;
  if (loop->validation->len > 0)
    {
      loop->judge (loop->owner, progress);
      progress->best = loop->keep_last ||
                       progress->validation_loss < loop->place.best_loss;
      if (progress->best)
        loop->place.best_loss = progress->validation_loss;
    }
  for (gint l = 0; progress->best && l < loop->n_learners; l++)
    facet_learner_keep_best (&loop->learners[l]);
  swap_averages (loop);
  progress->validated = TRUE;
}

/* How good the parameters are that training starts from. */
static gboolean
judge_start (FacetLoop *loop,
             FacetProgressFunc func,
             gpointer user_data,
             GError **error)
{
  FacetProgress progress = { .n_epochs = loop->epochs,
                             .n_steps = loop->n_steps };

  judge_epoch (loop, &progress);
  return ! func || func (&progress, user_data) || stop (error);
}

/* --- the loop ------------------------------------------------------------ */

static gboolean
save_checkpoint (FacetLoop *loop,
                 const gchar *checkpoint,
                 const gchar *digest,
                 GError **error)
{
  const FacetCheckpointOrigin origin = { loop->recipe_text, digest,
                                         loop->seed };

  return ! checkpoint ||
         facet_checkpoint_save (checkpoint, &origin, &loop->place,
                                loop->learners, loop->n_learners, error);
}

gboolean
facet_loop_run (FacetLoop *loop,
                const gchar *checkpoint,
                FacetProgressFunc func,
                gpointer user_data,
                GError **error)
{
  const gint64 started_us = g_get_monotonic_time ();
  const gint64 first_step = loop->place.step;
  g_autofree gchar *digest = facet_data_get_digest (loop->data);

  if (loop->place.step == 0 && ! judge_start (loop, func, user_data, error))
    return FALSE;
  while (loop->place.epoch < loop->epochs)
    {
      FacetProgress progress = { .epoch = loop->place.epoch + 1,
                                 .n_epochs = loop->epochs,
                                 .n_steps = loop->n_steps };

      if (! train_epoch (loop, &progress, started_us, first_step, func,
                         user_data, error))
        return FALSE;
      judge_epoch (loop, &progress);
      loop->place.epoch++;
      if (! save_checkpoint (loop, checkpoint, digest, error))
        return FALSE;
      if (func && ! func (&progress, user_data) &&
          loop->place.epoch < loop->epochs)
        return stop (error);
    }
  for (gint l = 0; l < loop->n_learners; l++)
    facet_learner_restore_best (&loop->learners[l]);
  return TRUE;
}
