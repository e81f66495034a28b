/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A batch holds twice as many decodes as photos: the photos' reconstructions,
 * then what else the decoder must be able to give (*moved*): three in four are
 * the same codes moved along a named direction, one in four is drawn.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/autoencoder/facet-latent-fit.h>
#include <train/data/facet-augment.h>
#include <train/judge/facet-measure.h>
#include <train/judge/facet-median.h>
#include <train/loop/facet-loss.h>
#include <train/reader/facet-reader-trainer.h>
#include "facet-detail-loss.h"
#include "facet-discriminator.h"
#include "facet-finisher.h"
#include "facet-untangle.h"

#define DRAWN_ONE_IN 4
/* The moved decodes stay near those of the unfinished decoder, blurred in
 * blocks of this side. */
#define BLOCK_PX 4
/* Weight of the discriminator's feature matching where “features” is 1. */
#define FEATURE_WEIGHT 4.0
/* What one unit of a yes/no direction does to the probability of yes, and
 * between what bounds a reader is asked for it. */
#define YES_NO_UNIT 0.45
#define PROBABILITY_MIN 0.02
/* The attribute that moves counts as much as this many that do not. */
#define MOVED_WEIGHT 4.0f
/* The decoder's rate rises over so many steps: until it has learned something a
 * discriminator pushes anywhere. */
#define LEAD_STEPS 400
#define HINGE_SHARE 0.02
/* A decoder begins with a dense layer: kernel and bias. */
#define N_DENSE_PARAMETERS 2
/* Directions are untangled on so many photos, in so many steps. */
#define UNTANGLE_PHOTOS 96
#define UNTANGLE_STEPS 2

enum
{
  STREAM_MOVE = 1,
  STREAM_DRAW,
  STREAM_GLANCE,
  STREAM_LEARNER
};

enum
{
  DECODER,
  DISCRIMINATOR,
  N_LEARNERS
};

typedef struct
{
  gint direction; /* -1: drawn, or there are none */
  gdouble amount;
} Move;

struct _FacetFinisher
{
  const FacetFinishRecipe *finish;
  FacetModel *base;
  FacetModel *model; /* the finished one */
  const FacetRecipe *recipe;
  FacetReader *reader;
  NnTape *reader_tape;
  FacetDiscriminator *discriminator;
  FacetLearner learners[N_LEARNERS];
  FacetLoop loop;
  gint factor;
  gsize crop_size;
  gsize window_size;
  gsize small_size;
  gint n_attributes;

  gfloat *weights;  /* [pixels] of the squared error                     */
  gfloat *crops;    /* [batch]                                           */
  gfloat *codes;    /* [2·batch]                                         */
  gfloat *teacher;  /* [batch] the unfinished decodes of what is moved   */
  gfloat *errors;   /* [2·batch] gradient of the squared error           */
  gfloat *pushes;   /* [2·batch] of the discriminator                    */
  gfloat *readings; /* [2·batch] of the reader                           */
  gfloat *windows;  /* [2·batch]                                         */
  gfloat *window_gradient;
  gfloat *small; /* [2·batch] as the reader sees it                   */
  gfloat *small_gradient;
  gfloat *map_gradient; /* [2·batch][map]                                  */
  gfloat *outputs;      /* [batch][attributes] what is read in the photos  */
  gfloat *output_gradient;
  gfloat **real_features; /* of the discriminator, of the photos           */
  gfloat **feature_gradients;
  gint n_reader_features;
  gint reader_layers[FACET_MAX_CONV_LAYERS];
  gfloat **reader_features;
  gfloat **reader_gradients;
  FacetGlance *glances;
  Move *moves;
  gdouble hinge; /* moving mean of the discriminator's loss: 2 tells nothing */
};

/* --- photos and codes ---------------------------------------------------- */

static void
load_photos (FacetFinisher *finisher, const gint *photos)
{
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < finisher->loop.batch; b++)
    facet_augment (finisher->recipe, finisher->factor,
                   facet_data_get_pixels (finisher->loop.data, photos[b]),
                   facet_loop_photo_seed (&finisher->loop, photos[b]),
                   finisher->crops + (gsize) b * finisher->crop_size);
}

/* A code from the Gaussian of all codes. */
static void
draw_code (const FacetLatents *latents, guint64 seed, gfloat *code)
{
  memcpy (code, latents->mean, (gsize) latents->z_dim * sizeof (gfloat));
  for (gint axis = 0; axis < latents->n_axes; axis++)
    {
      const gfloat offset = latents->sigma[axis] *
                            nn_random_normal (seed, (guint64) axis);

      for (gint z = 0; z < latents->z_dim; z++)
        code[z] += offset * latents->axes[(gsize) axis * latents->z_dim + z];
    }
}

static void
move_code (FacetFinisher *finisher, gint b)
{
  const FacetLatents *latents = facet_model_get_latents (finisher->base);
  const guint64 stream = facet_loop_step_seed (&finisher->loop, STREAM_MOVE);
  const guint64 seed = facet_random_stream (stream, STREAM_DRAW, (guint64) b);
  const gfloat *code = finisher->codes + (gsize) b * latents->z_dim;
  gfloat *moved = finisher->codes +
                  (gsize) (finisher->loop.batch + b) * latents->z_dim;
  Move *move = &finisher->moves[b];

  move->direction = -1;
  move->amount = 0.0;
  if (latents->n_directions == 0 || b % DRAWN_ONE_IN == DRAWN_ONE_IN - 1)
    {
      draw_code (latents, seed, moved);
      return;
    }
  move->direction = MIN (latents->n_directions - 1,
                         (gint) (nn_random_uniform (stream, (guint64) b) *
                                 latents->n_directions));
  {
    const FacetDirection *direction = &latents->directions[move->direction];

    move->amount = direction->minimum +
                   (direction->maximum - direction->minimum) *
                       nn_random_uniform (seed, 0);
    for (gint z = 0; z < latents->z_dim; z++)
      moved[z] = code[z] + (gfloat) move->amount * direction->vector[z];
  }
}

static void
make_codes (FacetFinisher *finisher)
{
  const gint batch = finisher->loop.batch;
  const gsize moved = (gsize) batch * finisher->recipe->z_dim;

  facet_model_encode (finisher->base, batch, finisher->crops, finisher->codes);
  for (gint b = 0; b < batch; b++)
    move_code (finisher, b);
  facet_model_decode (finisher->base, batch, finisher->codes + moved,
                      finisher->teacher);
}

/* --- the squared error --------------------------------------------------- */

static gdouble
add_errors (FacetFinisher *finisher, const gfloat *decodes)
{
  const gint channels = finisher->recipe->input_dim.channels;
  const gsize n = (gsize) finisher->loop.batch * finisher->crop_size;
  const gfloat share = 2.0f / (gfloat) n;
  gdouble sum = 0.0;

  for (gsize i = 0; i < n; i++)
    {
      const gfloat weight =
          finisher->weights[i % finisher->crop_size / channels];
      const gfloat difference = decodes[i] - finisher->crops[i];

      finisher->errors[i] = share * weight * difference;
      sum += (gdouble) (weight * difference) * difference;
    }
  return sum / (gdouble) n;
}

/* Of one block of one channel: every pixel gets the block's mean difference. */
static void
add_block_error (const FacetFinisher *finisher,
                 const gfloat *decode,
                 const gfloat *teacher,
                 gint x,
                 gint y,
                 gint c,
                 gfloat *gradient)
{
  const NnShape shape = finisher->recipe->input_dim;
  const gfloat share = 2.0f /
                       ((gfloat) finisher->loop.batch * finisher->crop_size);
  gfloat sum = 0.0f;

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    {
      const gsize at = ((gsize) (y + i / BLOCK_PX) * shape.width + x +
                        i % BLOCK_PX) *
                           shape.channels +
                       c;

      sum += decode[at] - teacher[at];
    }
  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    {
      const gsize pixel = (gsize) (y + i / BLOCK_PX) * shape.width + x +
                          i % BLOCK_PX;

      gradient[pixel * shape.channels + c] = share * finisher->weights[pixel] *
                                             sum / (BLOCK_PX * BLOCK_PX);
    }
}

static void
add_moved_errors (FacetFinisher *finisher, const gfloat *decodes)
{
  const NnShape shape = finisher->recipe->input_dim;
  const gsize size = finisher->crop_size;
  const gint batch = finisher->loop.batch;

  memset (finisher->errors + batch * size, 0, batch * size * sizeof (gfloat));
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < batch; b++)
    for (gint y = 0; y + BLOCK_PX <= shape.height; y += BLOCK_PX)
      for (gint x = 0; x + BLOCK_PX <= shape.width; x += BLOCK_PX)
        for (gint c = 0; c < shape.channels; c++)
          add_block_error (finisher, decodes + (batch + b) * size,
                           finisher->teacher + b * size, x, y, c,
                           finisher->errors + (batch + b) * size);
}

/* Of the reconstructions: where a moved face has its details, the photo does
 * not say.  The gradient is that of the mean over the photos, as the squared
 * error's is. */
static void
add_details (FacetFinisher *finisher, const gfloat *decodes)
{
  const gint batch = finisher->loop.batch;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < batch; b++)
    facet_detail_loss (finisher->recipe->input_dim,
                       finisher->crops + b * finisher->crop_size,
                       decodes + b * finisher->crop_size,
                       finisher->finish->detail / batch,
                       finisher->errors + b * finisher->crop_size);
}

/* --- the discriminator --------------------------------------------------- */

static void
look (FacetFinisher *finisher, gint n, const gfloat *crops)
{
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < n; b++)
    facet_discriminator_look (finisher->discriminator, &finisher->glances[b],
                              crops + (gsize) b * finisher->crop_size,
                              finisher->windows +
                                  (gsize) b * finisher->window_size);
}

/* The hinge loss of @n maps, and its gradient: @sign 1 for photos, -1 for
 * decodes. */
static gdouble
hinge (FacetFinisher *finisher, const gfloat *maps, gint n, gfloat sign)
{
  const NnShape map = finisher->discriminator->map;
  const gint n_places = map.height * map.width;
  gdouble sum = 0.0;

  for (gint i = 0; i < n * n_places; i++)
    {
      const gfloat weight = finisher->discriminator->weights[i % n_places] /
                            (gfloat) (n * n_places);
      const gfloat margin = 1.0f - sign * maps[i];

      finisher->map_gradient[i] = margin > 0.0f ? -sign * weight : 0.0f;
      sum += margin > 0.0f ? weight * margin : 0.0f;
    }
  return sum;
}

static gsize
feature_size (const NnNetwork *network, gint layer)
{
  const NnShape shape = nn_network_get_shape (network, layer);

  return (gsize) shape.height * shape.width * shape.channels;
}

/* The gradient of @weight times the mean absolute difference of @n features. */
static void
match (const gfloat *features,
       const gfloat *wanted,
       gsize n,
       gdouble weight,
       gfloat *gradient)
{
  const gfloat share = (gfloat) (weight / (gdouble) n);

  for (gsize i = 0; i < n; i++)
    gradient[i] = features[i] > wanted[i] ? share :
                  features[i] < wanted[i] ? -share :
                                            0.0f;
}

static gdouble
see_photos (FacetFinisher *finisher)
{
  FacetDiscriminator *discriminator = finisher->discriminator;
  FacetLearner *learner = &finisher->learners[DISCRIMINATOR];
  const gint batch = finisher->loop.batch;
  const gfloat *maps;
  gdouble loss;

  look (finisher, batch, finisher->crops);
  maps = nn_tape_forward (learner->tape, NN_TRAINING, batch, finisher->windows,
                          0);
  loss = hinge (finisher, maps, batch, 1.0f);
  for (gint f = 0; f < discriminator->n_features; f++)
    memcpy (finisher->real_features[f],
            nn_tape_get_output (learner->tape,
                                discriminator->feature_layers[f]),
            batch *
                feature_size (discriminator->network,
                              discriminator->feature_layers[f]) *
                sizeof (gfloat));
  nn_tape_backward (learner->tape, finisher->map_gradient, true, NULL);
  return loss;
}

/* The generator's side: up with the map, and features like the photos'. */
static void
ask_for_pushes (FacetFinisher *finisher)
{
  FacetDiscriminator *discriminator = finisher->discriminator;
  FacetLearner *learner = &finisher->learners[DISCRIMINATOR];
  const gint batch = finisher->loop.batch;
  const gint n_places = discriminator->map.height * discriminator->map.width;
  const gdouble weight = FEATURE_WEIGHT * finisher->finish->features /
                         discriminator->n_features;

  for (gint i = 0; i < 2 * batch * n_places; i++)
    finisher->map_gradient[i] = -discriminator->weights[i % n_places] /
                                (gfloat) (batch * n_places);
  for (gint f = 0; f < discriminator->n_features && weight > 0.0; f++)
    {
      const gint layer = discriminator->feature_layers[f];
      const gsize n = batch * feature_size (discriminator->network, layer);

      memset (finisher->feature_gradients[f] + n, 0, n * sizeof (gfloat));
      match (nn_tape_get_output (learner->tape, layer),
             finisher->real_features[f], n, weight,
             finisher->feature_gradients[f]);
      nn_tape_add_gradient (learner->tape, layer,
                            finisher->feature_gradients[f]);
    }
  nn_tape_backward (learner->tape, finisher->map_gradient, false,
                    finisher->window_gradient);
}

/* Back from the windows. */
static void
spread_pushes (FacetFinisher *finisher)
{
  const gsize size = finisher->crop_size;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < 2 * finisher->loop.batch; b++)
    {
      gfloat *push = finisher->pushes + (gsize) b * size;

      memset (push, 0, size * sizeof (gfloat));
      facet_discriminator_add_back (finisher->discriminator,
                                    &finisher->glances[b],
                                    finisher->window_gradient +
                                        (gsize) b * finisher->window_size,
                                    push);
    }
}

static void
add_pushes (FacetFinisher *finisher, const gfloat *decodes)
{
  FacetLearner *learner = &finisher->learners[DISCRIMINATOR];
  const gint n = 2 * finisher->loop.batch;
  const gfloat *maps;
  gdouble loss;

  for (gint b = 0; b < n; b++)
    finisher->glances[b] = facet_discriminator_glance (
        finisher->discriminator,
        facet_random_stream (facet_loop_step_seed (&finisher->loop,
                                                   STREAM_GLANCE),
                             STREAM_GLANCE, (guint64) b));
  nn_network_clear_gradients (learner->network);
  loss = see_photos (finisher);
  look (finisher, n, decodes);
  maps = nn_tape_forward (learner->tape, NN_TRAINING, n, finisher->windows, 0);
  loss += hinge (finisher, maps, n, -1.0f);
  finisher->hinge += HINGE_SHARE * (loss - finisher->hinge);
  nn_tape_backward (learner->tape, finisher->map_gradient, true, NULL);
  ask_for_pushes (finisher);
  spread_pushes (finisher);
}

/* --- the reader ---------------------------------------------------------- */

static void
read_photos (FacetFinisher *finisher)
{
  const gint batch = finisher->loop.batch;
  const gfloat *outputs;

  facet_reader_shrink (finisher->reader, finisher->recipe->input_dim, batch,
                       finisher->crops, finisher->small);
  outputs = nn_tape_forward (finisher->reader_tape, NN_FROZEN, batch,
                             finisher->small, 0);
  memcpy (finisher->outputs, outputs,
          (gsize) batch * finisher->n_attributes * sizeof (gfloat));
  for (gint f = 0; f < finisher->n_reader_features; f++)
    memcpy (finisher->reader_features[f],
            nn_tape_get_output (finisher->reader_tape,
                                finisher->reader_layers[f]),
            batch *
                feature_size (finisher->reader->network,
                              finisher->reader_layers[f]) *
                sizeof (gfloat));
}

/* What is to be read in photo @b once it is moved. */
static gdouble
wanted_reading (const FacetFinisher *finisher,
                gint b,
                gint attribute,
                gboolean *moves)
{
  const FacetAttribute *which = g_ptr_array_index (finisher->reader->attributes,
                                                   attribute);
  const FacetLatents *latents = facet_model_get_latents (finisher->base);
  const Move *move = &finisher->moves[b];
  const gfloat output =
      finisher->outputs[b * finisher->n_attributes + attribute];
  gdouble amount;

  *moves = g_str_equal (latents->directions[move->direction].name, which->name);
  amount = *moves ? move->amount : 0.0;
  if (! which->yes_no)
    return output + amount;
  return CLAMP (1.0 / (1.0 + exp (-output)) + YES_NO_UNIT * amount,
                PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
}

static void
ask_for_readings (FacetFinisher *finisher, const gfloat *outputs)
{
  const gint batch = finisher->loop.batch;
  const gint n = finisher->n_attributes;

  memset (finisher->output_gradient, 0, 2 * batch * n * sizeof (gfloat));
  for (gint b = 0; b < batch; b++)
    for (gint a = 0; a < n && finisher->moves[b].direction >= 0; a++)
      {
        const gint i = (batch + b) * n + a;
        gboolean moves;
        const gdouble wanted = wanted_reading (finisher, b, a, &moves);

        facet_reader_loss (g_ptr_array_index (finisher->reader->attributes, a),
                           outputs[i], wanted, &finisher->output_gradient[i]);
        finisher->output_gradient[i] *= (moves ? MOVED_WEIGHT : 1.0f) /
                                        (gfloat) (batch * n);
      }
}

static void
spread_readings (FacetFinisher *finisher)
{
  const NnShape shape = finisher->recipe->input_dim;
  const NnShape own = finisher->reader->recipe->input_dim;
  const gint factor = shape.width / own.width;
  const gfloat share = 1.0f / (gfloat) (factor * factor);

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < 2 * finisher->loop.batch; b++)
    for (gint i = 0; i < shape.height * shape.width; i++)
      for (gint c = 0; c < shape.channels; c++)
        {
          const gint x = i % shape.width / factor;
          const gint y = i / shape.width / factor;

          finisher->readings[(gsize) b * finisher->crop_size +
                             i * shape.channels + c] =
              share *
              finisher->small_gradient[(gsize) b * finisher->small_size +
                                       (y * own.width + x) * own.channels + c];
        }
}

static void
add_readings (FacetFinisher *finisher, const gfloat *decodes)
{
  const gint n = 2 * finisher->loop.batch;
  const gfloat *outputs;

  read_photos (finisher);
  facet_reader_shrink (finisher->reader, finisher->recipe->input_dim, n,
                       decodes, finisher->small);
  outputs = nn_tape_forward (finisher->reader_tape, NN_FROZEN, n,
                             finisher->small, 0);
  ask_for_readings (finisher, outputs);
  for (gint f = 0; f < finisher->n_reader_features; f++)
    {
      const gint layer = finisher->reader_layers[f];
      const gsize size = finisher->loop.batch *
                         feature_size (finisher->reader->network, layer);

      memset (finisher->reader_gradients[f] + size, 0, size * sizeof (gfloat));
      match (nn_tape_get_output (finisher->reader_tape, layer),
             finisher->reader_features[f], size, 1.0,
             finisher->reader_gradients[f]);
      nn_tape_add_gradient (finisher->reader_tape, layer,
                            finisher->reader_gradients[f]);
    }
  nn_tape_backward (finisher->reader_tape, finisher->output_gradient, false,
                    finisher->small_gradient);
  spread_readings (finisher);
}

/* --- a step -------------------------------------------------------------- */

static gdouble
length (const gfloat *values, gsize n)
{
  gdouble sum = 0.0;

  for (gsize i = 0; i < n; i++)
    sum += (gdouble) values[i] * values[i];
  return sqrt (sum);
}

/* Adds @from to the errors, in both halves scaled to @weight times the length
 * of the reconstructions' squared error; the moved half by its own length where
 * @own, else as the reconstructions'. */
static void
add_scaled (FacetFinisher *finisher,
            const gfloat *from,
            gdouble error_length,
            gdouble weight,
            gboolean own)
{
  const gsize n = (gsize) finisher->loop.batch * finisher->crop_size;
  const gdouble first = length (from, n);
  const gdouble second = own ? length (from + n, n) : first;
  const gfloat scales[] = {
    (gfloat) (weight * error_length / MAX (first, 1e-20)),
    (gfloat) (weight * error_length / MAX (second, 1e-20))
  };

  for (gsize i = 0; i < 2 * n; i++)
    finisher->errors[i] += scales[i / n] * from[i];
}

/* The dense layer stays as it is: it alone has parameters for each place of the
 * picture, and a discriminator gets it to put the same marks into every face.
 */
static void
freeze_dense (NnNetwork *decoder)
{
  for (gint p = 0; p < N_DENSE_PARAMETERS; p++)
    {
      NnParameter *parameter = nn_network_get_parameter (decoder, p);

      memset (parameter->gradient, 0, parameter->n_values * sizeof (gfloat));
    }
}

static gdouble
train_batch (gpointer owner, const gint *photos)
{
  FacetFinisher *finisher = owner;
  FacetLearner *decoder = &finisher->learners[DECODER];
  const gint n = 2 * finisher->loop.batch;
  const gfloat *decodes;
  gdouble loss, error_length;

  load_photos (finisher, photos);
  make_codes (finisher);
  decodes = nn_tape_forward (decoder->tape, NN_TRAINING, n, finisher->codes,
                             facet_loop_step_seed (&finisher->loop,
                                                   STREAM_LEARNER));
  loss = add_errors (finisher, decodes);
  add_moved_errors (finisher, decodes);
  error_length = length (finisher->errors,
                         (gsize) finisher->loop.batch * finisher->crop_size);
  add_details (finisher, decodes);
  add_pushes (finisher, decodes);
  if (finisher->reader)
    add_readings (finisher, decodes);
  add_scaled (finisher, finisher->pushes, error_length, finisher->finish->sharp,
              FALSE);
  if (finisher->reader)
    add_scaled (finisher, finisher->readings, error_length,
                finisher->finish->reader, TRUE);
  nn_network_clear_gradients (decoder->network);
  nn_tape_backward (decoder->tape, finisher->errors, true, NULL);
  freeze_dense (decoder->network);
  facet_loop_step (&finisher->loop, decoder,
                   MIN (1.0, (gdouble) finisher->loop.place.step / LEAD_STEPS));
  facet_loop_step (&finisher->loop, &finisher->learners[DISCRIMINATOR],
                   finisher->finish->discriminator_learning_rate /
                       finisher->finish->learning_rate);
  facet_discriminator_normalize (finisher->discriminator);
  return loss;
}

/* --- validation ---------------------------------------------------------- */

static void
judge (gpointer owner, FacetProgress *progress)
{
  FacetFinisher *finisher = owner;
  const GArray *photos = finisher->loop.validation;
  const gint batch = finisher->loop.batch;
  const gsize size = finisher->crop_size;
  g_autofree gdouble *sharpness = g_new (gdouble, photos->len);
  gdouble psnr = 0.0, face_psnr = 0.0;

  for (guint first = 0; first < photos->len; first += (guint) batch)
    {
      const gint n = MIN (batch, (gint) (photos->len - first));
      const gfloat *decodes;

      for (gint i = 0; i < n; i++)
        facet_augment_none (
            finisher->recipe, finisher->factor,
            facet_data_get_pixels (finisher->loop.data,
                                   g_array_index (photos, gint,
                                                  first + (guint) i)),
            FALSE, finisher->crops + i * size);
      facet_model_encode (finisher->base, n, finisher->crops, finisher->codes);
      decodes = nn_tape_forward (finisher->learners[DECODER].tape, NN_FROZEN, n,
                                 finisher->codes, 0);
      for (gint i = 0; i < n; i++)
        {
          const FacetMeasure measure =
              facet_measure (finisher->recipe->input_dim,
                             finisher->crops + i * size, decodes + i * size);

          psnr += measure.psnr;
          face_psnr += measure.face_psnr;
          sharpness[first + (guint) i] = measure.sharpness;
        }
    }
  progress->validation_loss = -psnr / photos->len;
  g_snprintf (progress->judgement, sizeof progress->judgement,
              "PSNR %.2f dB, face region %.2f dB, sharpness %.2f, hinge %.2f",
              psnr / photos->len, face_psnr / photos->len,
              facet_median (sharpness, photos->len), finisher->hinge);
}

/* --- the finisher -------------------------------------------------------- */

/* A copy of @base as an AE: of a VAE's last dense layer the first half. */
static FacetModel *
new_copy (FacetModel *base, GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (base);
  g_autofree gchar *text = facet_recipe_to_text (recipe);
  g_autoptr (FacetRecipe)
      plain = facet_recipe_parse (text, -1, recipe->name, error);
  NnNetwork *networks[2][2] = { { facet_model_get_encoder (base), NULL },
                                { facet_model_get_decoder (base), NULL } };
  FacetModel *copy;

  if (! plain)
    return NULL;
  plain->kind = FACET_KIND_AE;
  copy = facet_model_new (plain, 1, error);
  if (! copy)
    return NULL;
  networks[0][1] = facet_model_get_encoder (copy);
  networks[1][1] = facet_model_get_decoder (copy);
  for (gint part = 0; part < 2; part++)
    for (gint i = 0; i < nn_network_get_n_parameters (networks[part][0]); i++)
      {
        const NnParameter *from = nn_network_get_parameter (networks[part][0],
                                                            i);
        NnParameter *to = nn_network_get_parameter (networks[part][1], i);
        const gint width = from->dims[from->n_dims - 1];
        const gint kept = to->dims[to->n_dims - 1];

        for (gsize row = 0; row < from->n_values / (gsize) width; row++)
          memcpy (to->value + row * kept, from->value + row * width,
                  (gsize) kept * sizeof (gfloat));
      }
  facet_model_parameters_changed (copy);
  return copy;
}

/* The reader's activations: the layers after which the next kernel comes. */
static void
find_reader_layers (FacetFinisher *finisher)
{
  const NnNetwork *network = finisher->reader->network;

  for (gint i = 0; i + 1 < nn_network_get_n_layers (network); i++)
    if (nn_network_get_layer (network, i)->kind == NN_LEAKY_RELU &&
        nn_network_get_layer (network, i + 1)->kind == NN_CONV_2D &&
        finisher->n_reader_features < 4)
      finisher->reader_layers[finisher->n_reader_features++] = i;
}

static gfloat **
new_features (const NnNetwork *network, const gint *layers, gint n, gint batch)
{
  gfloat **features = g_new0 (gfloat *, n + 1);

  for (gint i = 0; i < n; i++)
    features[i] = g_new (gfloat, batch * feature_size (network, layers[i]));
  return features;
}

static void
free_features (gfloat **features)
{
  for (gint i = 0; features && features[i]; i++)
    g_free (features[i]);
  g_free (features);
}

static void
allocate_reader (FacetFinisher *finisher)
{
  const NnShape own = finisher->reader->recipe->input_dim;
  const gint n = 2 * finisher->loop.batch;

  find_reader_layers (finisher);
  finisher->n_attributes = (gint) finisher->reader->attributes->len;
  finisher->small_size = (gsize) own.height * own.width * own.channels;
  finisher->readings = g_new (gfloat, n * finisher->crop_size);
  finisher->small = g_new (gfloat, n * finisher->small_size);
  finisher->small_gradient = g_new (gfloat, n * finisher->small_size);
  finisher->outputs = g_new (gfloat, n * finisher->n_attributes);
  finisher->output_gradient = g_new (gfloat, n * finisher->n_attributes);
  finisher->reader_features = new_features (finisher->reader->network,
                                            finisher->reader_layers,
                                            finisher->n_reader_features, n);
  finisher->reader_gradients = new_features (finisher->reader->network,
                                             finisher->reader_layers,
                                             finisher->n_reader_features, n);
  finisher->reader_tape = nn_tape_new (finisher->reader->network, n);
}

static void
allocate (FacetFinisher *finisher)
{
  const FacetDiscriminator *discriminator = finisher->discriminator;
  const NnShape window = discriminator->window;
  const NnShape map = discriminator->map;
  const gint n = 2 * finisher->loop.batch;

  finisher->window_size = (gsize) window.height * window.width *
                          window.channels;
  finisher->weights = facet_loss_new_weights (finisher->recipe);
  finisher->crops = g_new (gfloat, n * finisher->crop_size);
  finisher->codes = g_new (gfloat, n * finisher->recipe->z_dim);
  finisher->teacher = g_new (gfloat, n * finisher->crop_size);
  finisher->errors = g_new (gfloat, n * finisher->crop_size);
  finisher->pushes = g_new (gfloat, n * finisher->crop_size);
  finisher->windows = g_new (gfloat, n * finisher->window_size);
  finisher->window_gradient = g_new (gfloat, n * finisher->window_size);
  finisher->map_gradient = g_new (gfloat, n * map.height * map.width);
  finisher->real_features = new_features (discriminator->network,
                                          discriminator->feature_layers,
                                          discriminator->n_features, n);
  finisher->feature_gradients = new_features (discriminator->network,
                                              discriminator->feature_layers,
                                              discriminator->n_features, n);
  finisher->glances = g_new (FacetGlance, n);
  finisher->moves = g_new (Move, n);
  if (finisher->reader)
    allocate_reader (finisher);
}

static gboolean
init_learners (FacetFinisher *finisher, GError **error)
{
  const gint n = 2 * finisher->loop.batch;

  if (facet_learner_init (&finisher->learners[DECODER], "decoder",
                          facet_model_get_decoder (finisher->model), n,
                          finisher->finish->weight_average > 0) &&
      facet_learner_init (&finisher->learners[DISCRIMINATOR], "discriminator",
                          finisher->discriminator->network, n, FALSE) &&
      (! finisher->reader || finisher->reader_tape))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                       _ ("out of memory; make “batch” smaller"));
  return FALSE;
}

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
                                 .cosine_schedule = TRUE,
                                 .warm_up = 50,
                                 .weight_average = finish->weight_average,
                                 .keep_last = TRUE,
                                 .learners = finisher->learners,
                                 .n_learners = N_LEARNERS,
                                 .train = train_batch,
                                 .judge = judge,
                                 .owner = finisher };
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
  NnShape shape;

  finisher->finish = recipe;
  finisher->base = facet_model_ref (model);
  finisher->model = new_copy (model, error);
  if (! finisher->model)
    return NULL;
  finisher->recipe = facet_model_get_recipe (finisher->model);
  shape = finisher->recipe->input_dim;
  if (reader && ! facet_reader_fits (reader, shape))
    {
      g_set_error_literal (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                           _ ("the model's crops are no multiple of what the "
                              "reader reads"));
      return NULL;
    }
  finisher->reader = reader;
  finisher->hinge = 2.0;
  finisher->factor = facet_augment_get_factor (finisher->recipe);
  finisher->crop_size = (gsize) shape.height * shape.width * shape.channels;
  finisher->discriminator = facet_discriminator_new (recipe, shape, seed);
  fill_loop (finisher, data, seed);
  if (! facet_loop_start (&finisher->loop, error))
    return NULL;
  allocate (finisher);
  if (! init_learners (finisher, error))
    return NULL;
  facet_untangle_directions (model, reader, data, UNTANGLE_PHOTOS,
                             UNTANGLE_STEPS);
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
  g_clear_pointer (&finisher->reader_tape, nn_tape_free);
  facet_discriminator_free (finisher->discriminator);
  g_clear_pointer (&finisher->model, facet_model_unref);
  g_clear_pointer (&finisher->base, facet_model_unref);
  free_features (finisher->real_features);
  free_features (finisher->feature_gradients);
  free_features (finisher->reader_features);
  free_features (finisher->reader_gradients);
  g_free (finisher->weights);
  g_free (finisher->crops);
  g_free (finisher->codes);
  g_free (finisher->teacher);
  g_free (finisher->errors);
  g_free (finisher->pushes);
  g_free (finisher->readings);
  g_free (finisher->windows);
  g_free (finisher->window_gradient);
  g_free (finisher->small);
  g_free (finisher->small_gradient);
  g_free (finisher->map_gradient);
  g_free (finisher->outputs);
  g_free (finisher->output_gradient);
  g_free (finisher->glances);
  g_free (finisher->moves);
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

/* Goes @strength times the way from the unfinished decoder to the finished one
 * (Wang et al., ESRGAN, 2018, there from 0 to 1). */
static void
apply_strength (FacetFinisher *finisher)
{
  const gfloat strength = (gfloat) finisher->finish->strength;
  NnNetwork *finished = facet_model_get_decoder (finisher->model);
  NnNetwork *unfinished = facet_model_get_decoder (finisher->base);

  for (gint p = 0; p < nn_network_get_n_parameters (finished); p++)
    {
      const NnParameter *from = nn_network_get_parameter (unfinished, p);
      NnParameter *to = nn_network_get_parameter (finished, p);

      for (gsize i = 0; strength != 1.0f && i < to->n_values; i++)
        to->value[i] = from->value[i] +
                       strength * (to->value[i] - from->value[i]);
    }
}

gboolean
facet_finisher_run (FacetFinisher *finisher,
                    const gchar *checkpoint,
                    FacetProgressFunc func,
                    gpointer user_data,
                    GError **error)
{
  if (! facet_loop_run (&finisher->loop, checkpoint, func, user_data, error))
    return FALSE;
  apply_strength (finisher);
  facet_model_parameters_changed (finisher->model);
  if (! facet_latents_fit_model (finisher->model, finisher->loop.data, error))
    return FALSE;
  facet_untangle_directions (finisher->model, finisher->reader,
                             finisher->loop.data, UNTANGLE_PHOTOS,
                             UNTANGLE_STEPS);
  return TRUE;
}
