/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One step: the batch is decoded (facet-finish-batch.h), the gradients of the
 * parts of the loss (losses/) are added up, each scaled to the squared error's,
 * and go back through the decoder.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <train/autoencoder/facet-latent-fit.h>
#include <train/data/facet-augment.h>
#include <train/judge/facet-measure.h>
#include <train/judge/facet-median.h>
#include <train/loop/facet-loss.h>
#include "facet-calibrate.h"
#include "facet-finish-copy.h"
#include "facet-finisher.h"
#include "facet-untangle.h"
#include "losses/facet-discriminator-push.h"
#include "losses/facet-finish-error.h"
#include "losses/facet-reader-push.h"

#define TRIED_PHOTOS 96

/* Directions are untangled in so many steps: all alike while the decoder learns
 * along them, in the end each as far as it needs to be, for no attribute may
 * move by a quarter of what the named one moves. */
#define UNTANGLE_STEPS 1
#define UNTANGLE_SHARE_LEARNING 0.75
#define UNTANGLE_SHARE 1.0
#define UNTANGLE_ALL_FROM 0.3

/* Of the weight of patterns: more takes its details from every face, too, for
 * the mean of a batch still has an eighth of their energy. */
#define FIXED_SHARE 0.05

enum
{
  DECODER,
  DISCRIMINATOR,
  N_LEARNERS
};

struct _FacetFinisher
{
  const FacetFinishRecipe *finish;
  FacetModel *base;
  FacetModel *model; /* the finished one */
  const FacetRecipe *recipe;
  FacetReader *reader;
  FacetLearner learners[N_LEARNERS];
  FacetLoop loop;
  FacetFinishBatch batch;
  FacetDiscriminatorPush sharp; /* with a discriminator           */
  FacetReaderPush alike;        /* with a reader                  */
  gfloat *weights;              /* [pixels] of the squared error  */
  gfloat *gradient;             /* [2·batch] by the decodes       */
};

/* --- a step -------------------------------------------------------------- */

/* Else there is none. */
static gboolean
has_discriminator (const FacetFinishRecipe *finish)
{
  return finish->sharp > 0.0;
}

static gdouble
length (const gfloat *values, gsize n)
{
  gdouble sum = 0.0;

  for (gsize i = 0; i < n; i++)
    sum += (gdouble) values[i] * values[i];
  return sqrt (sum);
}

/* Adds @push to the gradient, in both halves scaled to @weight times the length
 * of the reconstructions' squared error; the moved half by its own length where
 * @own, else as the reconstructions'. */
static void
add_scaled (FacetFinisher *finisher,
            const gfloat *push,
            gdouble error_length,
            gdouble weight,
            gboolean own)
{
  const gsize n = (gsize) finisher->batch.n * finisher->batch.crop_size;
  const gdouble first = length (push, n);
  const gdouble second = own ? length (push + n, n) : first;
  const gfloat scales[] = {
    (gfloat) (weight * error_length / MAX (first, 1e-20)),
    (gfloat) (weight * error_length / MAX (second, 1e-20))
  };

  for (gsize i = 0; i < 2 * n; i++)
    finisher->gradient[i] += scales[i / n] * push[i];
}

/* Fills in the gradient by @decodes; returns the squared error. */
static gdouble
add_up (FacetFinisher *finisher, const gfloat *decodes)
{
  const FacetFinishRecipe *finish = finisher->finish;
  const FacetFinishBatch *batch = &finisher->batch;
  gfloat *gradient = finisher->gradient;
  const gdouble loss = facet_finish_error (batch, finisher->weights, decodes,
                                           gradient);
  const gdouble error_length = length (gradient, batch->n * batch->crop_size);

  facet_finish_moved_error (batch, finisher->weights, decodes, gradient);
  if (finish->beside > 0.0)
    facet_finish_add_beside (batch, finish->beside, decodes, gradient);
  facet_finish_add_details (batch, finish, decodes, gradient);
  if (finish->pattern > 0.0)
    {
      facet_finish_add_pattern (batch, finish->pattern, decodes, gradient);
      facet_finish_add_fixed_pattern (batch, FIXED_SHARE * finish->pattern,
                                      decodes, gradient);
    }
  if (has_discriminator (finish))
    {
      facet_discriminator_push_run (
          &finisher->sharp,
          facet_loop_step_seed (&finisher->loop, FACET_FINISH_STREAM_GLANCE),
          batch, decodes);
      add_scaled (finisher, finisher->sharp.gradient, error_length,
                  finish->sharp, FALSE);
    }
  if (finisher->reader)
    {
      facet_reader_push_run (&finisher->alike, batch, decodes);
      add_scaled (finisher, finisher->alike.gradient, error_length,
                  finish->reader, TRUE);
    }
  return loss;
}

/* Of the decoder's rate: nothing while the discriminator has its lead, then all
 * of it after as many steps. */
static gdouble
decoder_share (const FacetFinishRecipe *finish, gint64 step)
{
  return ! has_discriminator (finish) || finish->lead == 0 ?
             1.0 :
             CLAMP ((gdouble) (step - finish->lead) / finish->lead, 0.0, 1.0);
}

static gdouble
train_batch (gpointer owner, const gint *photos)
{
  FacetFinisher *finisher = owner;
  const FacetFinishRecipe *finish = finisher->finish;
  FacetLoop *loop = &finisher->loop;
  FacetLearner *decoder = &finisher->learners[DECODER];
  const gfloat *decodes;
  gdouble loss;

  facet_finish_batch_fill (&finisher->batch, loop, photos);
  decodes = nn_tape_forward (
      decoder->tape, NN_TRAINING, 2 * finisher->batch.n, finisher->batch.codes,
      facet_loop_step_seed (loop, FACET_FINISH_STREAM_LEARNER));
  loss = add_up (finisher, decodes);
  nn_network_clear_gradients (decoder->network);
  nn_tape_backward (decoder->tape, finisher->gradient, true, NULL);
  facet_finish_copy_freeze_dense (finisher->model);
  facet_loop_step (loop, decoder, decoder_share (finish, loop->place.step));
  if (has_discriminator (finish))
    {
      facet_loop_step (loop, &finisher->learners[DISCRIMINATOR],
                       finish->discriminator_learning_rate /
                           finish->learning_rate);
      facet_discriminator_normalize (finisher->sharp.discriminator);
    }
  return loss;
}

/* --- validation ---------------------------------------------------------- */

/* Returns the decodes of validation photos @first … @first + @n - 1, whose
 * crops are then those of the batch. */
static const gfloat *
decode_validation (FacetFinisher *finisher, guint first, gint n)
{
  FacetFinishBatch *batch = &finisher->batch;
  const gint *photos = &g_array_index (finisher->loop.validation, gint, first);

  for (gint i = 0; i < n; i++)
    facet_augment_none (finisher->recipe, batch->factor,
                        facet_data_get_pixels (finisher->loop.data, photos[i]),
                        FALSE, batch->crops + i * batch->crop_size);
  facet_model_encode (finisher->base, n, batch->crops, batch->codes);
  return nn_tape_forward (finisher->learners[DECODER].tape, NN_FROZEN, n,
                          batch->codes, 0);
}

static void
judge (gpointer owner, FacetProgress *progress)
{
  FacetFinisher *finisher = owner;
  const FacetFinishBatch *batch = &finisher->batch;
  const guint n_photos = finisher->loop.validation->len;
  g_autofree gdouble *sharpness = g_new (gdouble, n_photos);
  gdouble psnr = 0.0, face_psnr = 0.0;
  gchar hinge[24] = "";

  for (guint first = 0; first < n_photos; first += (guint) batch->n)
    {
      const gint n = MIN (batch->n, (gint) (n_photos - first));
      const gfloat *decodes = decode_validation (finisher, first, n);

      for (gint i = 0; i < n; i++)
        {
          const gsize at = i * batch->crop_size;
          const FacetMeasure measure =
              facet_measure (batch->shape, batch->crops + at, decodes + at);

          psnr += measure.psnr;
          face_psnr += measure.face_psnr;
          sharpness[first + (guint) i] = measure.sharpness;
        }
    }
  progress->validation_loss = -psnr / n_photos;
  if (has_discriminator (finisher->finish))
    g_snprintf (hinge, sizeof hinge, ", hinge %.2f", finisher->sharp.hinge);
  g_snprintf (progress->judgement, sizeof progress->judgement,
              "PSNR %.2f dB, face region %.2f dB, sharpness %.2f%s",
              psnr / n_photos, face_psnr / n_photos,
              facet_median (sharpness, n_photos), hinge);
}

/* --- the finisher -------------------------------------------------------- */

static void
fill_loop (FacetFinisher *finisher, const FacetData *data, guint64 seed)
{
  const FacetFinishRecipe *finish = finisher->finish;

  finisher->loop = (FacetLoop) { .data = data,
                                 .recipe_text = g_strdup (finish->text),
                                 .seed = seed,
                                 .batch = finish->batch,
                                 .epochs = finish->epochs,
                                 .learning_rate = finish->learning_rate,
                                 .cosine_schedule = finish->cosine_schedule,
                                 .warm_up = 50,
                                 .weight_average = finish->weight_average,
                                 .keep_last = TRUE,
                                 .learners = finisher->learners,
                                 .n_learners = has_discriminator (finish) ?
                                                   N_LEARNERS :
                                                   DECODER + 1,
                                 .train = train_batch,
                                 .judge = judge,
                                 .owner = finisher };
}

static gboolean
init_parts (FacetFinisher *finisher, guint64 seed, GError **error)
{
  FacetLearner *learners = finisher->learners;
  FacetFinishBatch *batch = &finisher->batch;
  const gint n = finisher->loop.batch;

  facet_finish_batch_init (batch, finisher->base, n);
  finisher->weights = facet_loss_new_weights (finisher->recipe);
  finisher->gradient = g_new (gfloat, 2 * n * batch->crop_size);
  if (facet_learner_init (
          &learners[DECODER], "decoder",
          facet_model_get_decoder (finisher->model), 2 * n,
          (finisher->finish->weight_average > 0 ? FACET_LEARNER_AVERAGE : 0) |
              FACET_LEARNER_BEST) &&
      (! has_discriminator (finisher->finish) ||
       facet_discriminator_push_init (&finisher->sharp, finisher->finish,
                                      batch->shape, n, seed,
                                      &learners[DISCRIMINATOR])) &&
      (! finisher->reader ||
       facet_reader_push_init (&finisher->alike, finisher->reader, batch)))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                       _ ("out of memory; make “batch” smaller"));
  return FALSE;
}

FacetFinisher *
facet_finisher_new (const FacetFinishRecipe *recipe,
                    FacetModel *model,
                    FacetReader *reader,
                    const FacetData *data,
                    guint64 seed,
                    GError **error)
{
  g_autoptr (FacetFinisher) finisher = g_new0 (FacetFinisher, 1);
  g_auto (FacetDirectionTrial) trial = { NULL };

  finisher->finish = recipe;
  finisher->base = facet_model_ref (model);
  finisher->model = facet_finish_copy_new (model, error);
  if (! finisher->model)
    return NULL;
  finisher->recipe = facet_model_get_recipe (finisher->model);
  if (reader && ! facet_reader_fits (reader, finisher->recipe->input_dim))
    {
      g_set_error_literal (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                           _ ("the model's crops are no multiple of what the "
                              "reader reads"));
      return NULL;
    }
  finisher->reader = reader;
  fill_loop (finisher, data, seed);
  if (! facet_loop_start (&finisher->loop, error) ||
      ! init_parts (finisher, seed, error))
    return NULL;
  facet_direction_trial_init (&trial, model, reader, data, TRIED_PHOTOS);
  facet_untangle_directions (&trial, UNTANGLE_STEPS, UNTANGLE_SHARE_LEARNING,
                             0.0);
  return g_steal_pointer (&finisher);
}

void
facet_finisher_free (FacetFinisher *finisher)
{
  if (! finisher)
    return;
  for (gint l = 0; l < N_LEARNERS; l++)
    facet_learner_clear (&finisher->learners[l]);
  facet_loop_clear (&finisher->loop);
  facet_discriminator_push_clear (&finisher->sharp);
  facet_reader_push_clear (&finisher->alike);
  facet_finish_batch_clear (&finisher->batch);
  g_clear_pointer (&finisher->model, facet_model_unref);
  g_clear_pointer (&finisher->base, facet_model_unref);
  g_free (finisher->weights);
  g_free (finisher->gradient);
  g_free (finisher);
}

FacetLoop *
facet_finisher_get_loop (FacetFinisher *finisher)
{
  return &finisher->loop;
}

FacetModel *
facet_finisher_get_model (FacetFinisher *finisher)
{
  return finisher->model;
}

gboolean
facet_finisher_run (FacetFinisher *finisher,
                    const gchar *checkpoint,
                    FacetProgressFunc func,
                    gpointer user_data,
                    GError **error)
{
  g_auto (FacetDirectionTrial) trial = { NULL };

  if (! facet_loop_run (&finisher->loop, checkpoint, func, user_data, error))
    return FALSE;
  facet_finish_copy_apply (finisher->model, finisher->base,
                           finisher->finish->strength);
  facet_model_parameters_changed (finisher->model);
  if (! facet_latents_fit_model (finisher->model, finisher->loop.data, error))
    return FALSE;
  facet_direction_trial_init (&trial, finisher->model, finisher->reader,
                              finisher->loop.data, TRIED_PHOTOS);
  facet_untangle_directions (&trial, UNTANGLE_STEPS, UNTANGLE_SHARE,
                             UNTANGLE_ALL_FROM);
  facet_calibrate_directions (&trial);
  return TRUE;
}
