/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adam on random samples, the step size falling as half a cosine; what is kept
 * is a moving average of the weights (Polyak & Juditsky 1992).
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-model.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include "finder-checkpoint.h"
#include "finder-loss.h"
#include "finder-miner.h"
#include "finder-trainer.h"

/* Of the moving average; it starts short. */
#define AVERAGE_DECAY 0.998
#define AVERAGE_WARM_UP 10.0
/* Steps at full speed at the start. */
#define WARM_UP_STEPS 100
/* The last step's size, of the first. */
#define LAST_RATE 0.01

#define REPORT_STEPS 100
#define CHECKPOINT_STEPS 1000
/* Most of the pictures are portraits, but most of what might be taken for a
 * face is elsewhere. */
#define MOST_NEGATIVES_BESIDE_FACES 3
#define MOST_NEGATIVES_WITHOUT 60
/* The first one for the fine network's start, then as many thirds of it. */
#define N_MININGS 3

/* What facet_random_stream () is asked for, the parts one after the other. */
#define STREAM_COARSE 101

struct _FinderTrainer
{
  FinderWeights *weights;
  const FinderRecipe *recipe;
  const FinderAlbum *album;
  FinderState state;
  NnNetwork *tile_network; /* the coarse one, for tiles */

  FinderTile *tiles;
  gfloat *targets;
  gfloat *input;
  gfloat *gradient;
};

/* --- the trainer -------------------------------------------------------------
 */

static void
allocate (FinderTrainer *trainer)
{
  const FinderRecipe *recipe = trainer->recipe;
  const gsize coarse = (gsize) recipe->coarse_batch * FINDER_TILE_PX *
                       FINDER_TILE_PX * 3;
  const gsize side = (gsize) MAX (recipe->fine.side, recipe->points.side);
  const gsize fine = (gsize) recipe->fine_batch * side * side * 3;

  trainer->tiles = g_new0 (FinderTile, recipe->coarse_batch);
  trainer->targets = g_new (gfloat, recipe->fine_batch * FINDER_FINE_N);
  trainer->input = g_new (gfloat, MAX (coarse, fine));
  trainer->gradient = g_new (gfloat, MAX (coarse, fine));
}

static gboolean
init_parts (FinderTrainer *trainer)
{
  const FinderWeights *weights = trainer->weights;
  const gint fine_batch = trainer->recipe->fine_batch;
  const struct
  {
    const gchar *name;
    NnNetwork *network;
    gint batch;
  } parts[FINDER_N_PARTS] = {
    { "coarse", trainer->tile_network, trainer->recipe->coarse_batch },
    { "fine", weights->fine, fine_batch },
    { "points", weights->points, fine_batch },
  };

  finder_network_copy (trainer->tile_network, weights->coarse);
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    if (! facet_learner_init (&trainer->state.parts[p].learner, parts[p].name,
                              parts[p].network, parts[p].batch,
                              FACET_LEARNER_AVERAGE))
      return FALSE;
  return TRUE;
}

static gboolean
check_teachers (const FinderRecipe *recipe,
                const FinderAlbum *album,
                GError **error)
{
  for (gint i = 0; i < album->n_faces; i++)
    if (finder_photo_teaches_eyes (g_ptr_array_index (album->photos, i),
                                   recipe))
      return TRUE;
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("no portrait is of a set that “bent_eyes_from” names: “%s”"),
               recipe->bent_eyes_from);
  return FALSE;
}

FinderTrainer *
finder_trainer_new (FinderRecipe *recipe,
                    const FinderAlbum *album,
                    guint64 seed,
                    GError **error)
{
  g_autoptr (FinderTrainer) trainer = g_new0 (FinderTrainer, 1);

  trainer->album = album;
  trainer->weights = finder_weights_new (recipe, seed);
  if (trainer->weights)
    {
      trainer->recipe = trainer->weights->recipe;
      trainer->state.seed = seed;
      trainer->state.recipe = trainer->recipe;
      trainer->state.album = album;
      trainer->state.negatives = g_array_new (FALSE, FALSE,
                                              sizeof (FinderNegative));
      trainer->tile_network = finder_recipe_new_coarse (recipe, FINDER_TILE_PX,
                                                        FINDER_TILE_PX);
    }
  if (trainer->weights && ! check_teachers (recipe, album, error))
    return NULL;
  if (! trainer->tile_network || ! init_parts (trainer))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("out of memory; make the batches smaller"));
      return NULL;
    }
  allocate (trainer);
  return g_steal_pointer (&trainer);
}

void
finder_trainer_free (FinderTrainer *trainer)
{
  if (! trainer)
    return;
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    facet_learner_clear (&trainer->state.parts[p].learner);
  g_clear_pointer (&trainer->state.negatives, g_array_unref);
  g_clear_pointer (&trainer->tile_network, nn_network_free);
  finder_weights_free (trainer->weights);
  g_free (trainer->tiles);
  g_free (trainer->targets);
  g_free (trainer->input);
  g_free (trainer->gradient);
  g_free (trainer);
}

const FinderWeights *
finder_trainer_get_weights (FinderTrainer *trainer)
{
  return trainer->weights;
}

gboolean
finder_trainer_resume (FinderTrainer *trainer,
                       const gchar *checkpoint,
                       GError **error)
{
  return finder_state_load (&trainer->state, checkpoint, error);
}

/* --- steps -------------------------------------------------------------------
 */

static guint64
sample_seed (const FinderTrainer *trainer,
             gint part,
             gint batch,
             gint step,
             gint i)
{
  return facet_random_stream (trainer->state.seed,
                              (guint64) (STREAM_COARSE + part),
                              (guint64) step * (guint) batch + (guint) i);
}

static gdouble
coarse_step (FinderTrainer *trainer, gint step)
{
  NnTape *tape = trainer->state.parts[FINDER_COARSE].learner.tape;
  const gint batch = trainer->recipe->coarse_batch;
  const gsize size = FINDER_TILE_PX * FINDER_TILE_PX * 3;
  const gfloat *says;
  gdouble loss;

#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint i = 0; i < batch; i++)
    finder_sample_tile (trainer->album, trainer->recipe,
                        sample_seed (trainer, FINDER_COARSE, batch, step, i),
                        &trainer->tiles[i], trainer->input + i * size);
  says = nn_tape_forward (tape, NN_TRAINING, batch, trainer->input, 0);
  loss = finder_loss_coarse (trainer->recipe, batch, trainer->tiles, says,
                             trainer->gradient);
  nn_tape_backward (tape, trainer->gradient, true, NULL);
  return loss;
}

/* Of the fine network or of that which places the points. */
static gdouble
eye_step (FinderTrainer *trainer, gint part, gint step)
{
  const FinderRecipe *recipe = trainer->recipe;
  NnTape *tape = trainer->state.parts[part].learner.tape;
  const gboolean fine = part == FINDER_FINE;
  const gboolean bent = ! fine && step >= recipe->points_steps;
  const gint batch = recipe->fine_batch;
  const gsize side = (gsize) (fine ? recipe->fine.side : recipe->points.side);
  const gfloat *says;
  gdouble loss;

#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint i = 0; i < batch; i++)
    {
      const guint64 seed = sample_seed (trainer, part, batch, step, i);
      gfloat *crop = trainer->input + (gsize) i * side * side * 3;
      gfloat *target = trainer->targets + i * FINDER_FINE_N;

      if (fine)
        finder_sample_crop (trainer->album, recipe, trainer->state.negatives,
                            seed, crop, target);
      else
        (bent ? finder_sample_bent_face : finder_sample_face) (trainer->album,
                                                               recipe, seed,
                                                               crop, target);
    }
  says = nn_tape_forward (tape, NN_TRAINING, batch, trainer->input, 0);
  loss = (fine ? finder_loss_fine : finder_loss_points) (batch,
                                                         trainer->targets, says,
                                                         trainer->gradient);
  nn_tape_backward (tape, trainer->gradient, true, NULL);
  return loss;
}

static gfloat
step_size (const FinderRecipe *recipe, gint step, gint n_steps)
{
  const gdouble warm = MIN (1.0, (step + 1.0) / WARM_UP_STEPS);
  const gdouble falling = 0.5 + 0.5 * cos (G_PI * step / n_steps);

  return (gfloat) (recipe->learning_rate * warm *
                   (LAST_RATE + (1.0 - LAST_RATE) * falling));
}

/* How far the average goes towards the parameters after so many steps. */
static gfloat
average_share (gint step)
{
  return (gfloat) (1.0 - MIN (AVERAGE_DECAY,
                              (1.0 + step) / (AVERAGE_WARM_UP + step)));
}

/* --- stages ------------------------------------------------------------------
 */

typedef struct
{
  gint part;
  gint n_steps; /* where the stage ends                       */
  gint n_first; /* where the step size begins to fall, and    */
  gint n_all;   /* where it ends to                           */
  gint batch;
} Stage;

static void
fill_progress (const FinderTrainer *trainer,
               const Stage *stage,
               gdouble loss,
               gdouble seconds,
               FinderProgress *progress)
{
  const FinderPart *part = &trainer->state.parts[stage->part];

  progress->what = part->learner.name;
  progress->step = part->step;
  progress->n_steps = stage->n_all;
  progress->loss = loss / REPORT_STEPS;
  progress->samples_per_second = REPORT_STEPS * stage->batch / seconds;
  progress->n_negatives = (gint) trainer->state.negatives->len;
  progress->seconds_left = seconds / REPORT_STEPS * (stage->n_all - part->step);
}

static gboolean
run_stage (FinderTrainer *trainer,
           const Stage *stage,
           const gchar *checkpoint,
           FinderProgressFunc func,
           gpointer user_data,
           GError **error)
{
  FinderPart *part = &trainer->state.parts[stage->part];
  gdouble loss = 0.0;
  gint64 start_us = g_get_monotonic_time ();
  gboolean go_on = TRUE;

  while (go_on && part->step < stage->n_steps)
    {
      FinderProgress progress;
      const gfloat rate = step_size (trainer->recipe,
                                     part->step - stage->n_first,
                                     stage->n_all - stage->n_first);

      nn_network_clear_gradients (part->learner.network);
      loss += stage->part == FINDER_COARSE ?
                  coarse_step (trainer, part->step) :
                  eye_step (trainer, stage->part, part->step);
      part->step++;
      facet_learner_step (&part->learner, rate, average_share (part->step));
      if (part->step % REPORT_STEPS == 0)
        {
          const gint64 now_us = g_get_monotonic_time ();

          fill_progress (trainer, stage, loss,
                         (gdouble) (now_us - start_us) / G_USEC_PER_SEC,
                         &progress);
          go_on = ! func || func (&progress, user_data);
          start_us = now_us;
          loss = 0.0;
        }
      if (checkpoint && (! go_on || part->step % CHECKPOINT_STEPS == 0) &&
          ! finder_state_save (&trainer->state, checkpoint, error))
        return FALSE;
    }
  if (! go_on)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                         _ ("stopped"));
  return go_on;
}

static void
swap_averages (FinderTrainer *trainer)
{
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    facet_learner_swap_average (&trainer->state.parts[p].learner);
}

/* Gives the weights the averages, to look at photos with. */
static void
show_averages (FinderTrainer *trainer)
{
  swap_averages (trainer);
  finder_network_copy (trainer->weights->coarse, trainer->tile_network);
}

/* To what a checkpoint keeps of them. */
static void
round_negatives (GArray *negatives)
{
  for (guint i = 0; i < negatives->len; i++)
    {
      FinderFrame *frame = &g_array_index (negatives, FinderNegative, i).frame;

      frame->x = (gfloat) frame->x;
      frame->y = (gfloat) frame->y;
      frame->width = (gfloat) frame->width;
      frame->angle = (gfloat) frame->angle;
    }
}

static void
mine (FinderTrainer *trainer)
{
  FinderState *state = &trainer->state;
  g_autoptr (GArray) places = NULL;

  show_averages (trainer);
  places = finder_mine_coarsely (trainer->weights, trainer->album,
                                 MOST_NEGATIVES_BESIDE_FACES,
                                 MOST_NEGATIVES_WITHOUT);
  if (state->n_minings > 0)
    {
      g_autoptr (GArray)
          hard = finder_mine_finely (trainer->weights, trainer->album, places);
      const guint n_easy = places->len;

      for (guint n = 0; hard->len > 0 && n < n_easy; n += hard->len)
        g_array_append_vals (places, hard->data, hard->len);
    }
  swap_averages (trainer);
  round_negatives (places);
  g_array_set_size (state->negatives, 0);
  g_array_append_vals (state->negatives, places->data, places->len);
  state->n_minings++;
}

gboolean
finder_trainer_run (FinderTrainer *trainer,
                    const gchar *checkpoint,
                    FinderProgressFunc func,
                    gpointer user_data,
                    GError **error)
{
  const FinderRecipe *recipe = trainer->recipe;
  FinderState *state = &trainer->state;
  const gint n_points = recipe->points_steps + recipe->bent_steps;
  const Stage coarse = { FINDER_COARSE, recipe->coarse_steps, 0,
                         recipe->coarse_steps, recipe->coarse_batch };
  const Stage points = { FINDER_POINTS, recipe->points_steps, 0,
                         recipe->points_steps, recipe->fine_batch };
  const Stage bent = { FINDER_POINTS, n_points, recipe->points_steps, n_points,
                       recipe->fine_batch };

  if (! run_stage (trainer, &coarse, checkpoint, func, user_data, error))
    return FALSE;
  for (gint i = 0; i < N_MININGS; i++)
    {
      const Stage part = { FINDER_FINE,
                           (i + 1) * recipe->fine_steps / N_MININGS, 0,
                           recipe->fine_steps, recipe->fine_batch };

      if (state->n_minings == i)
        mine (trainer);
      if (! run_stage (trainer, &part, checkpoint, func, user_data, error))
        return FALSE;
    }
  if (! run_stage (trainer, &points, checkpoint, func, user_data, error) ||
      ! run_stage (trainer, &bent, checkpoint, func, user_data, error))
    return FALSE;
  if (checkpoint && ! finder_state_save (state, checkpoint, error))
    return FALSE;
  show_averages (trainer);
  return TRUE;
}
