/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adam on random samples, the step size falling as half a cosine; what is kept
 * is a moving average of the weights (Polyak & Juditsky 1992).
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include "finder-checkpoint.h"
#include "finder-loss.h"
#include "finder-miner.h"
#include "finder-trainer.h"

#define ADAM_BETA_1 0.9f
#define ADAM_BETA_2 0.999f
#define ADAM_EPSILON 1e-7f
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

/* What facet_random_stream () is asked for. */
enum
{
  STREAM_COARSE = 101,
  STREAM_FINE,
  STREAM_POINTS
};

struct _FinderTrainer
{
  FinderWeights *weights;
  const FinderRecipe *recipe;
  const FinderAlbum *album;
  FinderState state;
  NnNetwork *tile_network; /* the coarse one, for tiles */
  NnTape *coarse_tape;
  NnTape *fine_tape;
  NnTape *points_tape;

  FinderTile *tiles;
  gfloat *targets;
  gfloat *input;
  gfloat *gradient;
};

/* --- the trainer -------------------------------------------------------------
 */

static gboolean
part_init (FinderPart *part, const gchar *name, NnNetwork *network)
{
  const gint n = nn_network_get_n_parameters (network);

  part->name = name;
  part->network = network;
  part->adam = nn_adam_new (network, ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON);
  part->average = g_new0 (gfloat *, n + 1);
  for (gint i = 0; i < n; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);

      part->average[i] = g_memdup2 (parameter->value,
                                    parameter->n_values * sizeof (gfloat));
    }
  return part->adam != NULL;
}

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
  if (trainer->tile_network)
    {
      finder_network_copy (trainer->tile_network, trainer->weights->coarse);
      trainer->coarse_tape = nn_tape_new (trainer->tile_network,
                                          recipe->coarse_batch);
      trainer->fine_tape = nn_tape_new (trainer->weights->fine,
                                        recipe->fine_batch);
      trainer->points_tape = nn_tape_new (trainer->weights->points,
                                          recipe->fine_batch);
    }
  if (! trainer->coarse_tape || ! trainer->fine_tape ||
      ! trainer->points_tape ||
      ! part_init (&trainer->state.coarse, "coarse", trainer->tile_network) ||
      ! part_init (&trainer->state.fine, "fine", trainer->weights->fine) ||
      ! part_init (&trainer->state.points, "points", trainer->weights->points))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("out of memory; make the batches smaller"));
      return NULL;
    }
  allocate (trainer);
  return g_steal_pointer (&trainer);
}

static void
part_clear (FinderPart *part)
{
  if (part->adam)
    nn_adam_free (part->adam);
  for (gint i = 0; part->average && part->average[i]; i++)
    g_free (part->average[i]);
  g_free (part->average);
}

void
finder_trainer_free (FinderTrainer *trainer)
{
  if (! trainer)
    return;
  part_clear (&trainer->state.coarse);
  part_clear (&trainer->state.fine);
  part_clear (&trainer->state.points);
  g_clear_pointer (&trainer->state.negatives, g_array_unref);
  if (trainer->coarse_tape)
    nn_tape_free (trainer->coarse_tape);
  if (trainer->fine_tape)
    nn_tape_free (trainer->fine_tape);
  if (trainer->points_tape)
    nn_tape_free (trainer->points_tape);
  if (trainer->tile_network)
    nn_network_free (trainer->tile_network);
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

static gdouble
coarse_step (FinderTrainer *trainer, gint step)
{
  const gint batch = trainer->recipe->coarse_batch;
  const gfloat *says;
  gdouble loss;

#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint i = 0; i < batch; i++)
    finder_sample_tile (
        trainer->album, trainer->recipe,
        facet_random_stream (trainer->state.seed, STREAM_COARSE,
                             (guint64) step * (guint) batch + (guint) i),
        &trainer->tiles[i],
        trainer->input + (gsize) i * FINDER_TILE_PX * FINDER_TILE_PX * 3);
  says = nn_tape_forward (trainer->coarse_tape, NN_TRAINING, batch,
                          trainer->input, 0);
  loss = finder_loss_coarse (trainer->recipe, batch, trainer->tiles, says,
                             trainer->gradient);
  nn_tape_backward (trainer->coarse_tape, trainer->gradient, true, NULL);
  return loss;
}

static gdouble
fine_step (FinderTrainer *trainer, gint step)
{
  const FinderRecipe *recipe = trainer->recipe;
  const gint batch = recipe->fine_batch;
  const gsize size = (gsize) recipe->fine.side * (gsize) recipe->fine.side * 3;
  const gfloat *says;
  gdouble loss;

#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint i = 0; i < batch; i++)
    finder_sample_crop (trainer->album, recipe, trainer->state.negatives,
                        facet_random_stream (trainer->state.seed, STREAM_FINE,
                                             (guint64) step * (guint) batch +
                                                 (guint) i),
                        trainer->input + (gsize) i * size,
                        trainer->targets + i * FINDER_FINE_N);
  says = nn_tape_forward (trainer->fine_tape, NN_TRAINING, batch,
                          trainer->input, 0);
  loss = finder_loss_fine (batch, trainer->targets, says, trainer->gradient);
  nn_tape_backward (trainer->fine_tape, trainer->gradient, true, NULL);
  return loss;
}

static gdouble
points_step (FinderTrainer *trainer, gint step)
{
  const FinderRecipe *recipe = trainer->recipe;
  const gint batch = recipe->fine_batch;
  const gsize size = (gsize) recipe->points.side * (gsize) recipe->points.side *
                     3;
  const gfloat *says;
  gdouble loss;

#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint i = 0; i < batch; i++)
    finder_sample_face (trainer->album, recipe,
                        facet_random_stream (trainer->state.seed, STREAM_POINTS,
                                             (guint64) step * (guint) batch +
                                                 (guint) i),
                        trainer->input + (gsize) i * size,
                        trainer->targets + i * FINDER_FINE_N);
  says = nn_tape_forward (trainer->points_tape, NN_TRAINING, batch,
                          trainer->input, 0);
  loss = finder_loss_points (batch, trainer->targets, says, trainer->gradient);
  nn_tape_backward (trainer->points_tape, trainer->gradient, true, NULL);
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

static void
update_average (FinderPart *part)
{
  const gfloat share =
      (gfloat) (1.0 - MIN (AVERAGE_DECAY, (1.0 + part->step) /
                                              (AVERAGE_WARM_UP + part->step)));

  for (gint i = 0; part->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);

      for (gsize j = 0; j < parameter->n_values; j++)
        part->average[i][j] += share *
                               (parameter->value[j] - part->average[i][j]);
    }
}

/* Swaps a network's own weights and their average. */
static void
swap_average (FinderPart *part)
{
  for (gint i = 0; part->average[i]; i++)
    {
      NnParameter *parameter = nn_network_get_parameter (part->network, i);

      for (gsize j = 0; j < parameter->n_values; j++)
        {
          const gfloat own = parameter->value[j];

          parameter->value[j] = part->average[i][j];
          part->average[i][j] = own;
        }
    }
}

/* --- stages ------------------------------------------------------------------
 */

typedef struct
{
  FinderPart *part;
  gdouble (*step) (FinderTrainer *trainer, gint step);
  gint n_steps; /* where the stage ends            */
  gint n_all;   /* where the network's training ends */
  gint batch;
} Stage;

static void
fill_progress (const FinderTrainer *trainer,
               const Stage *stage,
               gdouble loss,
               gdouble seconds,
               FinderProgress *progress)
{
  const gint steps_left = stage->n_all - stage->part->step;

  progress->what = stage->part->name;
  progress->step = stage->part->step;
  progress->n_steps = stage->n_all;
  progress->loss = loss / REPORT_STEPS;
  progress->samples_per_second = REPORT_STEPS * stage->batch / seconds;
  progress->n_negatives = (gint) trainer->state.negatives->len;
  progress->seconds_left = seconds / REPORT_STEPS * steps_left;
}

static gboolean
run_stage (FinderTrainer *trainer,
           const Stage *stage,
           const gchar *checkpoint,
           FinderProgressFunc func,
           gpointer user_data,
           GError **error)
{
  FinderPart *part = stage->part;
  gdouble loss = 0.0;
  gint64 start_us = g_get_monotonic_time ();
  gboolean go_on = TRUE;

  while (go_on && part->step < stage->n_steps)
    {
      FinderProgress progress;

      nn_network_clear_gradients (part->network);
      loss += stage->step (trainer, part->step);
      nn_adam_step (part->adam,
                    step_size (trainer->recipe, part->step, stage->n_all));
      part->step++;
      update_average (part);
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

/* Gives the weights the averages, to look at photos with. */
static void
show_averages (FinderTrainer *trainer)
{
  swap_average (&trainer->state.coarse);
  finder_network_copy (trainer->weights->coarse, trainer->tile_network);
  swap_average (&trainer->state.fine);
  swap_average (&trainer->state.points);
}

static void
hide_averages (FinderTrainer *trainer)
{
  swap_average (&trainer->state.coarse);
  swap_average (&trainer->state.fine);
  swap_average (&trainer->state.points);
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
  hide_averages (trainer);
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
  const Stage coarse = { &state->coarse, coarse_step, recipe->coarse_steps,
                         recipe->coarse_steps, recipe->coarse_batch };
  const Stage points = { &state->points, points_step, recipe->points_steps,
                         recipe->points_steps, recipe->fine_batch };

  if (! run_stage (trainer, &coarse, checkpoint, func, user_data, error))
    return FALSE;
  for (gint i = 0; i < N_MININGS; i++)
    {
      const Stage part = { &state->fine, fine_step,
                           (i + 1) * recipe->fine_steps / N_MININGS,
                           recipe->fine_steps, recipe->fine_batch };

      if (state->n_minings == i)
        mine (trainer);
      if (! run_stage (trainer, &part, checkpoint, func, user_data, error))
        return FALSE;
    }
  if (! run_stage (trainer, &points, checkpoint, func, user_data, error))
    return FALSE;
  if (checkpoint && ! finder_state_save (state, checkpoint, error))
    return FALSE;
  show_averages (trainer);
  return TRUE;
}
