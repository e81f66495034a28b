/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Training: Adam on mini batches of shuffled, augmented photos (Kingma & Ba
 * 2015), the step size constant or falling as half a cosine (Loshchilov &
 * Hutter 2017), and, where the recipe asks for it, a moving average of the
 * weights that is what gets shipped (Polyak & Juditsky 1992).
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-safetensors.h>
#include <string.h>
#include "facet-augment.h"
#include "facet-latent-fit.h"
#include "facet-loss.h"
#include "facet-trainer.h"

/* Keras's. */
#define ADAM_BETA_1 0.9f
#define ADAM_BETA_2 0.999f
#define ADAM_EPSILON 1e-7f
/* The moving average starts short: after t steps it decays by at most
 * (1 + t) / (AVERAGE_WARM_UP + t). */
#define AVERAGE_WARM_UP 10.0

#define CHECKPOINT_FORMAT "facet-checkpoint-1"

/* What facet_random_stream () is asked for. */
enum
{
  STREAM_SHUFFLE = 1,
  STREAM_AUGMENT,
  STREAM_CODE,
  STREAM_ENCODER_DROPOUT,
  STREAM_DECODER_DROPOUT
};

/* Encoder or decoder; average and best hold a copy of each parameter. */
typedef struct
{
  const gchar *name;
  NnNetwork *network;
  NnTape *tape;
  NnAdam *adam;
  gfloat **average; /* NULL without weight_average */
  gfloat **best;
} Part;

typedef struct
{
  gdouble loss;
  gdouble psnr;
} Validation;

struct _FacetTrainer
{
  FacetModel *model;
  const FacetRecipe *recipe; /* the model's */
  const FacetData *data;
  guint64 seed;
  gint factor;
  GArray *train;
  GArray *validation;
  gfloat *weights; /* of the squared error */
  gint batch;
  gint n_steps; /* in an epoch */

  Part parts[2];
  gint epoch;  /* done */
  gint64 step; /* done, in all */
  gdouble best_loss;

  gint *order;
  gfloat *crops;
  gfloat *codes;
  gfloat *code_gradient;
  gfloat *statistics_gradient;
  gfloat *decode_gradient;
};

/* --- parts ------------------------------------------------------------------
 */

static gfloat **
new_copies (NnNetwork *network)
{
  const gint n = nn_network_get_n_parameters (network);
  gfloat **copies = g_new0 (gfloat *, n + 1);

  for (gint i = 0; i < n; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);

      copies[i] = g_memdup2 (parameter->value,
                             parameter->n_values * sizeof (gfloat));
    }
  return copies;
}

static void
free_copies (gfloat **copies)
{
  for (gint i = 0; copies && copies[i]; i++)
    g_free (copies[i]);
  g_free (copies);
}

static gboolean
part_init (Part *part,
           const gchar *name,
           NnNetwork *network,
           gint batch,
           gboolean average)
{
  part->name = name;
  part->network = network;
  part->tape = nn_tape_new (network, batch);
  part->adam = nn_adam_new (network, ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON);
  part->average = average ? new_copies (network) : NULL;
  part->best = new_copies (network);
  return part->tape && part->adam;
}

static void
part_clear (Part *part)
{
  if (part->tape)
    nn_tape_free (part->tape);
  if (part->adam)
    nn_adam_free (part->adam);
  free_copies (part->average);
  free_copies (part->best);
}

static void
part_update_average (Part *part, gfloat decay)
{
  for (gint i = 0; part->average && part->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);
      gfloat *average = part->average[i];

      for (gsize j = 0; j < parameter->n_values; j++)
        average[j] += (1.0f - decay) * (parameter->value[j] - average[j]);
    }
}

/* Lets the network run on its average, and, called again, on its own weights.
 */
static void
part_swap_average (Part *part)
{
  for (gint i = 0; part->average && part->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);
      gfloat *average = part->average[i];

      for (gsize j = 0; j < parameter->n_values; j++)
        {
          const gfloat own = parameter->value[j];
          parameter->value[j] = average[j];
          average[j] = own;
        }
    }
}

static void
part_keep_best (Part *part)
{
  for (gint i = 0; part->best[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);

      memcpy (part->best[i], parameter->value,
              parameter->n_values * sizeof (gfloat));
    }
}

static void
part_restore_best (Part *part)
{
  for (gint i = 0; part->best[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);

      memcpy (parameter->value, part->best[i],
              parameter->n_values * sizeof (gfloat));
    }
}

/* --- the trainer ------------------------------------------------------------
 */

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

static void
allocate (FacetTrainer *trainer)
{
  const gsize batch = (gsize) trainer->batch;

  trainer->order = g_new (gint, trainer->train->len);
  trainer->crops = g_new (gfloat, batch * crop_size (trainer));
  trainer->decode_gradient = g_new (gfloat, batch * crop_size (trainer));
  trainer->codes = g_new (gfloat, batch * trainer->recipe->z_dim);
  trainer->code_gradient = g_new (gfloat, batch * trainer->recipe->z_dim);
  trainer->statistics_gradient = g_new (gfloat, batch * n_statistics (trainer));
}

FacetTrainer *
facet_trainer_new (const FacetRecipe *recipe,
                   const FacetData *data,
                   guint64 seed,
                   GError **error)
{
  g_autoptr (FacetTrainer) trainer = g_new0 (FacetTrainer, 1);
  const gboolean average = recipe->weight_average > 0;

  trainer->model = facet_model_new (recipe, seed, error);
  if (! trainer->model)
    return NULL;
  trainer->recipe = facet_model_get_recipe (trainer->model);
  trainer->data = data;
  trainer->seed = seed;
  trainer->factor = facet_augment_get_factor (recipe);
  trainer->train = facet_data_select (data, FACET_SPLIT_TRAIN);
  trainer->validation = facet_data_select (data, FACET_SPLIT_VALIDATION);
  trainer->weights = facet_loss_new_weights (recipe);
  trainer->best_loss = INFINITY;
  if (trainer->train->len == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("no photo is in the split “train”"));
      return NULL;
    }
  trainer->batch = MIN (recipe->batch, (gint) trainer->train->len);
  trainer->n_steps = (gint) trainer->train->len / trainer->batch;
  allocate (trainer);
  if (! part_init (&trainer->parts[0], "encoder",
                   facet_model_get_encoder (trainer->model), trainer->batch,
                   average) ||
      ! part_init (&trainer->parts[1], "decoder",
                   facet_model_get_decoder (trainer->model), trainer->batch,
                   average))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("out of memory; make “batch” smaller"));
      return NULL;
    }
  return g_steal_pointer (&trainer);
}

void
facet_trainer_free (FacetTrainer *trainer)
{
  if (! trainer)
    return;
  part_clear (&trainer->parts[0]);
  part_clear (&trainer->parts[1]);
  g_clear_pointer (&trainer->train, g_array_unref);
  g_clear_pointer (&trainer->validation, g_array_unref);
  g_clear_pointer (&trainer->model, facet_model_unref);
  g_free (trainer->weights);
  g_free (trainer->order);
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
  return trainer->epoch;
}

FacetModel *
facet_trainer_get_model (FacetTrainer *trainer)
{
  return trainer->model;
}

/* --- checkpoints
 * -------------------------------------------------------------- */

typedef gboolean (*StateFunc) (const gchar *name,
                               gsize n_values,
                               gfloat *values,
                               gpointer user_data,
                               GError **error);

/* Calls @func for each array that is the state of the training. */
static gboolean
for_each_state (FacetTrainer *trainer,
                StateFunc func,
                gpointer user_data,
                GError **error)
{
  for (gint p = 0; p < 2; p++)
    for (gint i = 0; trainer->parts[p].best[i]; i++)
      {
        Part *part = &trainer->parts[p];
        const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                                 i);
        struct
        {
          const gchar *kind;
          gfloat *values;
        } states[] = {
          { "value", parameter->value },
          { "average", part->average ? part->average[i] : NULL },
          { "best", part->best[i] },
          { "first", nn_adam_get_first_moment (part->adam, i) },
          { "second", nn_adam_get_second_moment (part->adam, i) },
        };

        for (gsize s = 0; s < G_N_ELEMENTS (states); s++)
          {
            g_autofree gchar *name = g_strdup_printf ("%s.%d.%s", part->name, i,
                                                      states[s].kind);

            if (states[s].values && ! func (name, parameter->n_values,
                                            states[s].values, user_data, error))
              return FALSE;
          }
      }
  return TRUE;
}

static gboolean
write_state (const gchar *name,
             gsize n_values,
             gfloat *values,
             gpointer writer,
             GError **error)
{
  const gint dims[] = { (gint) n_values };

  facet_tensor_writer_add (writer, name, 1, dims, values, FALSE);
  return TRUE;
}

static gboolean
read_state (const gchar *name,
            gsize n_values,
            gfloat *values,
            gpointer file,
            GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (file, name);

  if (! tensor || tensor->n_values != n_values)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("the checkpoint is damaged: “%s” does not fit"), name);
      return FALSE;
    }
  return facet_tensor_file_read (file, tensor, values, error);
}

static void
write_integer (FacetTensorWriter *writer, const gchar *key, gint64 number)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  facet_tensor_writer_set_metadata (writer, key, text);
}

static gboolean
save_checkpoint (FacetTrainer *trainer, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autofree gchar *recipe = facet_recipe_to_text (trainer->recipe);
  g_autofree gchar *digest = facet_data_get_digest (trainer->data);
  gchar best[G_ASCII_DTOSTR_BUF_SIZE];

  facet_tensor_writer_set_metadata (writer, "format", CHECKPOINT_FORMAT);
  facet_tensor_writer_set_metadata (writer, "recipe", recipe);
  facet_tensor_writer_set_metadata (writer, "data", digest);
  facet_tensor_writer_set_metadata (writer, "best_loss",
                                    g_ascii_dtostr (best, sizeof best,
                                                    trainer->best_loss));
  write_integer (writer, "seed", (gint64) trainer->seed);
  write_integer (writer, "epoch", trainer->epoch);
  write_integer (writer, "step", trainer->step);
  return for_each_state (trainer, write_state, writer, error) &&
         facet_tensor_writer_save (writer, path, error);
}

/* Whether two recipes are the same but for their epochs. */
static gboolean
same_recipe (const gchar *text, const FacetRecipe *recipe)
{
  g_autoptr (FacetRecipe)
      other = facet_recipe_parse (text, -1, "checkpoint", NULL);
  g_autofree gchar *own_text = facet_recipe_to_text (recipe);
  g_autofree gchar *other_text = NULL;

  if (! other)
    return FALSE;
  other->epochs = recipe->epochs;
  other_text = facet_recipe_to_text (other);
  return g_str_equal (own_text, other_text);
}

static gint64
read_integer (FacetTensorFile *file, const gchar *key)
{
  const gchar *text = facet_tensor_file_get_metadata (file, key);

  return text ? g_ascii_strtoll (text, NULL, 10) : -1;
}

/* NULL, or what keeps the checkpoint from going on in this trainer. */
static const gchar *
find_mismatch (const FacetTrainer *trainer, FacetTensorFile *file)
{
  g_autofree gchar *digest = facet_data_get_digest (trainer->data);
  const gchar *recipe = facet_tensor_file_get_metadata (file, "recipe");

  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "format"),
                 CHECKPOINT_FORMAT) != 0 ||
      ! recipe)
    return _ ("it is not a checkpoint of facet train");
  if (! same_recipe (recipe, trainer->recipe))
    return _ ("it was made with another recipe");
  if (read_integer (file, "seed") != (gint64) trainer->seed)
    return _ ("it was made with another --seed");
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "data"), digest) != 0)
    return _ ("it was made with other photos");
  return NULL;
}

gboolean
facet_trainer_resume (FacetTrainer *trainer,
                      const gchar *checkpoint,
                      GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (checkpoint, error);
  const gchar *best_loss;
  const gchar *mismatch;

  if (! file)
    return FALSE;
  mismatch = find_mismatch (trainer, file);
  if (mismatch)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("cannot go on from “%s”: %s"), checkpoint, mismatch);
      return FALSE;
    }
  if (! for_each_state (trainer, read_state, file, error))
    return FALSE;
  best_loss = facet_tensor_file_get_metadata (file, "best_loss");
  trainer->best_loss = best_loss ? g_ascii_strtod (best_loss, NULL) : INFINITY;
  trainer->epoch = (gint) MAX (0, read_integer (file, "epoch"));
  trainer->step = MAX (0, read_integer (file, "step"));
  for (gint p = 0; p < 2; p++)
    *nn_adam_get_step (trainer->parts[p].adam) = trainer->step;
  return TRUE;
}

/* --- a step
 * ------------------------------------------------------------------- */

/* Fisher and Yates's, afresh from the sorted order in each epoch. */
static void
shuffle (FacetTrainer *trainer)
{
  const guint64 stream = facet_random_stream (trainer->seed, STREAM_SHUFFLE,
                                              (guint64) trainer->epoch);

  memcpy (trainer->order, trainer->train->data,
          trainer->train->len * sizeof (gint));
  for (guint i = trainer->train->len - 1; i > 0; i--)
    {
      const guint j = MIN (i,
                           (guint) (nn_random_uniform (stream, i) * (i + 1)));
      const gint swapped = trainer->order[i];

      trainer->order[i] = trainer->order[j];
      trainer->order[j] = swapped;
    }
}

static void
load_batch (FacetTrainer *trainer, gint step)
{
  const guint64 stream = facet_random_stream (trainer->seed, STREAM_AUGMENT,
                                              (guint64) trainer->epoch);

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < trainer->batch; b++)
    {
      const gint index = trainer->order[step * trainer->batch + b];

      facet_augment (trainer->recipe, trainer->factor,
                     facet_data_get_pixels (trainer->data, index),
                     facet_random_stream (stream, STREAM_AUGMENT,
                                          (guint64) index),
                     trainer->crops + (gsize) b * crop_size (trainer));
    }
}

/* Forward and back through both networks; returns the loss. */
static gdouble
compute_gradients (FacetTrainer *trainer)
{
  const FacetRecipe *recipe = trainer->recipe;
  Part *encoder = &trainer->parts[0];
  Part *decoder = &trainer->parts[1];
  const gint batch = trainer->batch;
  const guint64 step = (guint64) trainer->step;
  const guint64 stream = facet_random_stream (trainer->seed, STREAM_CODE, step);
  const gfloat *statistics = nn_tape_forward (
      encoder->tape, NN_TRAINING, batch, trainer->crops,
      facet_random_stream (trainer->seed, STREAM_ENCODER_DROPOUT, step));
  const gfloat *decode;
  gdouble squared_error;

  facet_loss_sample_code (recipe, batch, statistics, stream, trainer->codes);
  decode = nn_tape_forward (decoder->tape, NN_TRAINING, batch, trainer->codes,
                            facet_random_stream (trainer->seed,
                                                 STREAM_DECODER_DROPOUT, step));
  squared_error = facet_loss_squared_error (recipe, trainer->weights, batch,
                                            trainer->crops, decode);
  facet_loss_decode_gradient (recipe, trainer->weights, batch, trainer->crops,
                              decode, squared_error, trainer->decode_gradient);
  nn_network_clear_gradients (encoder->network);
  nn_network_clear_gradients (decoder->network);
  nn_tape_backward (decoder->tape, trainer->decode_gradient, true,
                    trainer->code_gradient);
  facet_loss_code_gradient (recipe, batch, statistics, stream,
                            trainer->code_gradient,
                            trainer->statistics_gradient);
  nn_tape_backward (encoder->tape, trainer->statistics_gradient, true, NULL);
  return facet_loss_total (recipe, squared_error,
                           facet_loss_divergence (recipe, batch, statistics));
}

static gfloat
learning_rate (const FacetTrainer *trainer)
{
  const FacetRecipe *recipe = trainer->recipe;
  const gdouble done = (gdouble) trainer->step /
                       ((gdouble) recipe->epochs * trainer->n_steps);

  return (gfloat) (recipe->cosine_schedule ?
                       recipe->learning_rate * 0.5 * (1.0 + cos (G_PI * done)) :
                       recipe->learning_rate);
}

static void
update_weights (FacetTrainer *trainer)
{
  const gdouble step = (gdouble) trainer->step;
  const gfloat decay = (gfloat) MIN (trainer->recipe->weight_average,
                                     (1.0 + step) / (AVERAGE_WARM_UP + step));

  for (gint p = 0; p < 2; p++)
    {
      nn_adam_step (trainer->parts[p].adam, learning_rate (trainer));
      part_update_average (&trainer->parts[p], decay);
    }
}

/* --- validation
 * --------------------------------------------------------------- */

/* Adds one batch of validation photos to the sums; returns its size. */
static gint
validate_batch (FacetTrainer *trainer,
                guint first,
                gdouble *squared_error,
                gdouble *divergence,
                gdouble *psnr)
{
  const FacetRecipe *recipe = trainer->recipe;
  const gint n = MIN (trainer->batch,
                      (gint) (trainer->validation->len - first));
  const gfloat *statistics;
  const gfloat *decode;

  for (gint i = 0; i < n; i++)
    facet_augment_none (
        recipe, trainer->factor,
        facet_data_get_pixels (trainer->data,
                               g_array_index (trainer->validation, gint,
                                              first + (guint) i)),
        FALSE, trainer->crops + (gsize) i * crop_size (trainer));
  statistics = nn_tape_forward (trainer->parts[0].tape, NN_FROZEN, n,
                                trainer->crops, 0);
  for (gint i = 0; i < n; i++)
    memcpy (trainer->codes + i * recipe->z_dim,
            statistics + i * n_statistics (trainer),
            (gsize) recipe->z_dim * sizeof (gfloat));
  decode = nn_tape_forward (trainer->parts[1].tape, NN_FROZEN, n,
                            trainer->codes, 0);
  *divergence += n * facet_loss_divergence (recipe, n, statistics);
  for (gint i = 0; i < n; i++)
    {
      const gdouble error = facet_loss_squared_error (
          recipe, trainer->weights, 1,
          trainer->crops + (gsize) i * crop_size (trainer),
          decode + (gsize) i * crop_size (trainer));

      *squared_error += error;
      *psnr -= 10.0 * log10 (MAX (error, 1e-10));
    }
  return n;
}

/* Of the weights that would be shipped. */
static Validation
validate (FacetTrainer *trainer)
{
  const guint n = trainer->validation->len;
  gdouble squared_error = 0.0, divergence = 0.0, psnr = 0.0;

  for (guint first = 0; first < n;)
    first += (guint) validate_batch (trainer, first, &squared_error,
                                     &divergence, &psnr);
  return (Validation) { facet_loss_total (trainer->recipe, squared_error / n,
                                          divergence / n),
                        psnr / n };
}

/* Validates and remembers the weights if they are the best so far. */
static void
judge_epoch (FacetTrainer *trainer, FacetProgress *progress)
{
  part_swap_average (&trainer->parts[0]);
  part_swap_average (&trainer->parts[1]);
  progress->best = TRUE;
  if (trainer->validation->len > 0)
    {
      const Validation validation = validate (trainer);

      progress->validation_loss = validation.loss;
      progress->validation_psnr = validation.psnr;
      progress->best = validation.loss < trainer->best_loss;
      if (progress->best)
        trainer->best_loss = validation.loss;
    }
  if (progress->best)
    {
      part_keep_best (&trainer->parts[0]);
      part_keep_best (&trainer->parts[1]);
    }
  part_swap_average (&trainer->parts[0]);
  part_swap_average (&trainer->parts[1]);
  progress->validated = TRUE;
}

/* --- the loop
 * ----------------------------------------------------------------- */

static void
measure_time (const FacetTrainer *trainer,
              FacetProgress *progress,
              gint64 started_us,
              gint64 first_step)
{
  const gdouble seconds = (gdouble) (g_get_monotonic_time () - started_us) /
                          1e6;
  const gdouble steps = (gdouble) (trainer->step - first_step);
  const gdouble left = (gdouble) trainer->recipe->epochs * trainer->n_steps -
                       trainer->step;

  progress->photos_per_second = steps * trainer->batch / MAX (seconds, 1e-6);
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
train_epoch (FacetTrainer *trainer,
             FacetProgress *progress,
             gint64 started_us,
             gint64 first_step,
             FacetProgressFunc func,
             gpointer user_data,
             GError **error)
{
  gdouble sum = 0.0;

  shuffle (trainer);
  for (gint step = 0; step < trainer->n_steps; step++)
    {
      gdouble loss;

      load_batch (trainer, step);
      loss = compute_gradients (trainer);
      if (! isfinite (loss))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("the loss grew beyond all bounds; make "
                                  "“learning_rate” smaller"));
          return FALSE;
        }
      update_weights (trainer);
      trainer->step++;
      sum += loss;
      progress->step = step + 1;
      progress->loss = sum / progress->step;
      measure_time (trainer, progress, started_us, first_step);
      if (func && ! func (progress, user_data))
        return stop (error);
    }
  return TRUE;
}

static void
finish (FacetTrainer *trainer)
{
  part_restore_best (&trainer->parts[0]);
  part_restore_best (&trainer->parts[1]);
  facet_model_parameters_changed (trainer->model);
  facet_latents_fit_model (trainer->model, trainer->data);
}

gboolean
facet_trainer_run (FacetTrainer *trainer,
                   const gchar *checkpoint,
                   FacetProgressFunc func,
                   gpointer user_data,
                   GError **error)
{
  const gint64 started_us = g_get_monotonic_time ();
  const gint64 first_step = trainer->step;

  while (trainer->epoch < trainer->recipe->epochs)
    {
      FacetProgress progress = { .epoch = trainer->epoch + 1,
                                 .n_epochs = trainer->recipe->epochs,
                                 .n_steps = trainer->n_steps };

      if (! train_epoch (trainer, &progress, started_us, first_step, func,
                         user_data, error))
        return FALSE;
      judge_epoch (trainer, &progress);
      trainer->epoch++;
      if (checkpoint && ! save_checkpoint (trainer, checkpoint, error))
        return FALSE;
      if (func && ! func (&progress, user_data) &&
          trainer->epoch < trainer->recipe->epochs)
        return stop (error);
    }
  finish (trainer);
  return TRUE;
}
