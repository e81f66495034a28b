/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One step of an autoencoder's training: augmented photos through the encoder,
 * a code drawn around its mean (VAE), through the decoder, the loss, and back.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include <train/loop/facet-loss.h>
#include "facet-latent-fit.h"
#include "principal/facet-principal.h"
#include "facet-trainer.h"

enum
{
  STREAM_CODE = 1,
  STREAM_ENCODER_DROPOUT,
  STREAM_DECODER_DROPOUT
};

struct _FacetTrainer
{
  FacetModel *model;
  const FacetRecipe *recipe; /* the model's */
  FacetLoop loop;
  FacetLearner learners[2];
  gint factor;
  gfloat *weights; /* of the squared error */
  gfloat *crops;
  gfloat *codes;
  gfloat *code_gradient;
  gfloat *statistics_gradient;
  gfloat *decode_gradient;
};

static gsize
crop_size (const FacetTrainer *trainer)
{
  const NnShape shape = trainer->recipe->input_dim;

  return (gsize) shape.height * shape.width * shape.channels;
}

static gint
n_statistics (const FacetTrainer *trainer)
{
  const gint per_dimension = trainer->recipe->kind == FACET_KIND_VAE ? 2 : 1;

  return per_dimension * trainer->recipe->z_dim;
}

/* --- a step -------------------------------------------------------------- */

static void
load_batch (FacetTrainer *trainer, const gint *photos)
{
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < trainer->loop.batch; b++)
    facet_augment (trainer->recipe, trainer->factor,
                   facet_data_get_pixels (trainer->loop.data, photos[b]),
                   facet_loop_photo_seed (&trainer->loop, photos[b]),
                   trainer->crops + (gsize) b * crop_size (trainer));
}

/* Forward and back through both networks; returns the loss. */
static gdouble
compute_gradients (FacetTrainer *trainer)
{
  const FacetRecipe *recipe = trainer->recipe;
  FacetLearner *encoder = &trainer->learners[0];
  FacetLearner *decoder = &trainer->learners[1];
  const FacetLoop *loop = &trainer->loop;
  const gint batch = loop->batch;
  const guint64 code_seed = facet_loop_step_seed (loop, STREAM_CODE);
  const gfloat *statistics =
      nn_tape_forward (encoder->tape, NN_TRAINING, batch, trainer->crops,
                       facet_loop_step_seed (loop, STREAM_ENCODER_DROPOUT));
  const gfloat *decode;
  gdouble squared_error;

  facet_loss_sample_code (recipe, batch, statistics, code_seed, trainer->codes);
  decode = nn_tape_forward (decoder->tape, NN_TRAINING, batch, trainer->codes,
                            facet_loop_step_seed (loop,
                                                  STREAM_DECODER_DROPOUT));
  squared_error = facet_loss_squared_error (recipe, trainer->weights, batch,
                                            trainer->crops, decode);
  facet_loss_decode_gradient (recipe, trainer->weights, batch, trainer->crops,
                              decode, squared_error, trainer->decode_gradient);
  nn_network_clear_gradients (encoder->network);
  nn_network_clear_gradients (decoder->network);
  nn_tape_backward (decoder->tape, trainer->decode_gradient, true,
                    trainer->code_gradient);
  facet_loss_code_gradient (recipe, batch, statistics, code_seed,
                            trainer->code_gradient,
                            trainer->statistics_gradient);
  nn_tape_backward (encoder->tape, trainer->statistics_gradient, true, NULL);
  return facet_loss_total (recipe, squared_error,
                           facet_loss_divergence (recipe, batch, statistics));
}

static gdouble
train_batch (gpointer owner, const gint *photos)
{
  FacetTrainer *trainer = owner;
  gdouble loss;

  load_batch (trainer, photos);
  loss = compute_gradients (trainer);
  facet_loop_step (&trainer->loop, &trainer->learners[0], 1.0);
  facet_loop_step (&trainer->loop, &trainer->learners[1], 1.0);
  return loss;
}

/* --- validation ---------------------------------------------------------- */

typedef struct
{
  gdouble squared_error;
  gdouble divergence;
  gdouble psnr;
} Sums;

/* Adds one batch of validation photos, the means of their codes decoded, to
 * the sums; returns its size. */
static gint
judge_batch (FacetTrainer *trainer, guint first, Sums *sums)
{
  const FacetRecipe *recipe = trainer->recipe;
  const GArray *photos = trainer->loop.validation;
  const gint n = MIN (trainer->loop.batch, (gint) (photos->len - first));
  const gfloat *statistics;
  const gfloat *decode;

  for (gint i = 0; i < n; i++)
    facet_augment_none (
        recipe, trainer->factor,
        facet_data_get_pixels (trainer->loop.data,
                               g_array_index (photos, gint, first + (guint) i)),
        FALSE, trainer->crops + (gsize) i * crop_size (trainer));
  statistics = nn_tape_forward (trainer->learners[0].tape, NN_FROZEN, n,
                                trainer->crops, 0);
  for (gint i = 0; i < n; i++)
    memcpy (trainer->codes + (gsize) i * recipe->z_dim,
            statistics + (gsize) i * n_statistics (trainer),
            (gsize) recipe->z_dim * sizeof (gfloat));
  sums->divergence += n * facet_loss_divergence (recipe, n, statistics);
  decode = nn_tape_forward (trainer->learners[1].tape, NN_FROZEN, n,
                            trainer->codes, 0);
  for (gint i = 0; i < n; i++)
    {
      const gdouble error = facet_loss_squared_error (
          recipe, trainer->weights, 1,
          trainer->crops + (gsize) i * crop_size (trainer),
          decode + (gsize) i * crop_size (trainer));

      sums->squared_error += error;
      sums->psnr -= 10.0 * log10 (MAX (error, 1e-10));
    }
  return n;
}

/* The PSNR is that of the loss: weighted where the recipe's face_weight is not
 * 1. */
static void
judge (gpointer owner, FacetProgress *progress)
{
  FacetTrainer *trainer = owner;
  const guint n = trainer->loop.validation->len;
  Sums sums = { 0 };

  for (guint first = 0; first < n;)
    first += (guint) judge_batch (trainer, first, &sums);
  progress->validation_loss = facet_loss_total (trainer->recipe,
                                                sums.squared_error / n,
                                                sums.divergence / n);
  g_snprintf (progress->judgement, sizeof progress->judgement,
              "PSNR %.2f dB, divergence %.1f", sums.psnr / n,
              sums.divergence / n);
}

/* --- the trainer --------------------------------------------------------- */

/* The number of epochs may change from one checkpoint to the next. */
static gchar *
recipe_text (const FacetRecipe *recipe)
{
  g_autofree gchar *text = facet_recipe_to_text (recipe);
  g_autoptr (FacetRecipe) other = facet_recipe_parse (text, -1, "", NULL);

  if (! other)
    return g_steal_pointer (&text);
  other->epochs = 1;
  return facet_recipe_to_text (other);
}

static void
fill_loop (FacetTrainer *trainer, const FacetData *data, guint64 seed)
{
  const FacetRecipe *recipe = trainer->recipe;

  trainer->loop = (FacetLoop) { .data = data,
                                .recipe_text = recipe_text (recipe),
                                .seed = seed,
                                .batch = recipe->batch,
                                .epochs = recipe->epochs,
                                .learning_rate = recipe->learning_rate,
                                .cosine_schedule = recipe->cosine_schedule,
                                .warm_up = recipe->warm_up,
                                .weight_average = recipe->weight_average,
                                .learners = trainer->learners,
                                .n_learners = 2,
                                .train = train_batch,
                                .judge = judge,
                                .owner = trainer };
}

static void
allocate (FacetTrainer *trainer)
{
  const gsize batch = (gsize) trainer->loop.batch;
  const gsize z_dim = (gsize) trainer->recipe->z_dim;

  trainer->weights = facet_loss_new_weights (trainer->recipe);
  trainer->crops = g_new (gfloat, batch * crop_size (trainer));
  trainer->decode_gradient = g_new (gfloat, batch * crop_size (trainer));
  trainer->codes = g_new (gfloat, batch * z_dim);
  trainer->code_gradient = g_new (gfloat, batch * z_dim);
  trainer->statistics_gradient = g_new (gfloat, batch * n_statistics (trainer));
}

static gboolean
init_learners (FacetTrainer *trainer, GError **error)
{
  const FacetLearnerCopies copies =
      (trainer->recipe->weight_average > 0 ? FACET_LEARNER_AVERAGE : 0) |
      FACET_LEARNER_BEST;
  const gint batch = trainer->loop.batch;

  if (facet_learner_init (&trainer->learners[0], "encoder",
                          facet_model_get_encoder (trainer->model), batch,
                          copies) &&
      facet_learner_init (&trainer->learners[1], "decoder",
                          facet_model_get_decoder (trainer->model), batch,
                          copies))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                       _ ("out of memory; make “batch” smaller"));
  return FALSE;
}

FacetTrainer *
facet_trainer_new (const FacetRecipe *recipe,
                   const FacetData *data,
                   guint64 seed,
                   GError **error)
{
  g_autoptr (FacetTrainer) trainer = g_new0 (FacetTrainer, 1);

  trainer->model = facet_model_new (recipe, seed, error);
  if (! trainer->model)
    return NULL;
  trainer->recipe = facet_model_get_recipe (trainer->model);
  trainer->factor = facet_augment_get_factor (recipe);
  fill_loop (trainer, data, seed);
  if (! facet_loop_start (&trainer->loop, error))
    return NULL;
  allocate (trainer);
  if (! init_learners (trainer, error))
    return NULL;
  return g_steal_pointer (&trainer);
}

void
facet_trainer_free (FacetTrainer *trainer)
{
  if (! trainer)
    return;
  facet_learner_clear (&trainer->learners[0]);
  facet_learner_clear (&trainer->learners[1]);
  facet_loop_clear (&trainer->loop);
  g_clear_pointer (&trainer->model, facet_model_unref);
  g_free (trainer->weights);
  g_free (trainer->crops);
  g_free (trainer->codes);
  g_free (trainer->code_gradient);
  g_free (trainer->statistics_gradient);
  g_free (trainer->decode_gradient);
  g_free (trainer);
}

gint
facet_trainer_get_epoch (FacetTrainer *trainer)
{
  return trainer->loop.place.epoch;
}

FacetModel *
facet_trainer_get_model (FacetTrainer *trainer)
{
  return trainer->model;
}

gboolean
facet_trainer_resume (FacetTrainer *trainer,
                      const gchar *checkpoint,
                      GError **error)
{
  return facet_loop_resume (&trainer->loop, checkpoint, error);
}

/* What a training starts from, unless it goes on from a checkpoint. */
static gboolean
start (FacetTrainer *trainer, GError **error)
{
  if (trainer->loop.place.step > 0 ||
      trainer->recipe->start != FACET_START_PRINCIPAL)
    return TRUE;
  if (! facet_principal_start (trainer->model, trainer->loop.data,
                               trainer->loop.seed, error))
    return FALSE;
  facet_learner_reset (&trainer->learners[0]);
  facet_learner_reset (&trainer->learners[1]);
  return TRUE;
}

gboolean
facet_trainer_run (FacetTrainer *trainer,
                   const gchar *checkpoint,
                   FacetProgressFunc func,
                   gpointer user_data,
                   GError **error)
{
  if (! start (trainer, error) ||
      ! facet_loop_run (&trainer->loop, checkpoint, func, user_data, error))
    return FALSE;
  facet_model_parameters_changed (trainer->model);
  return facet_latents_fit_model (trainer->model, trainer->loop.data, error);
}
