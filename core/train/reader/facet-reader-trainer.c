/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include "facet-reader-trainer.h"

enum
{
  STREAM_DROPOUT = 1
};

struct _FacetReaderTrainer
{
  FacetReader *reader;
  FacetLoop loop;
  FacetLearner learner;
  gint factor;
  gfloat *crops;
  gdouble *targets; /* [batch][attributes] */
  gfloat *gradient; /* [batch][attributes] */
};

static gsize
crop_size (const FacetReader *reader)
{
  const NnShape shape = reader->recipe->input_dim;

  return (gsize) shape.height * shape.width * shape.channels;
}

static gint
n_attributes (const FacetReader *reader)
{
  return (gint) reader->attributes->len;
}

/* What the reader should give for it. */
static gdouble
read_target (const FacetReader *reader,
             const FacetData *data,
             gint photo,
             gint attribute,
             gboolean mirrored,
             const gfloat *crop)
{
  const FacetAttribute *which = g_ptr_array_index (reader->attributes,
                                                   attribute);
  const gdouble value = facet_attribute_read (which, data, photo, mirrored,
                                              reader->recipe->input_dim, crop);

  return which->yes_no ?
             CLAMP (value, 0.0, 1.0) :
             (value - reader->mean[attribute]) / reader->deviation[attribute];
}

gdouble
facet_reader_loss (const FacetAttribute *attribute,
                   gfloat output,
                   gdouble target,
                   gfloat *gradient)
{
  if (isnan (target))
    {
      *gradient = 0.0f;
      return 0.0;
    }
  if (attribute->yes_no)
    {
      const gdouble probability = 1.0 / (1.0 + exp (-output));

      *gradient = (gfloat) (probability - target);
      /* log (1 + exp (output)) - target · output, without overflow */
      return MAX (output, 0.0f) + log1p (exp (-fabs (output))) -
             target * output;
    }
  *gradient = (gfloat) (output - target);
  return 0.5 * (output - target) * (output - target);
}

/* --- a step -------------------------------------------------------------- */

static void
load_batch (FacetReaderTrainer *trainer, const gint *photos)
{
  const FacetReader *reader = trainer->reader;
  const gint n = n_attributes (reader);

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < trainer->loop.batch; b++)
    {
      const guint64 seed = facet_loop_photo_seed (&trainer->loop, photos[b]);
      gfloat *crop = trainer->crops + (gsize) b * crop_size (reader);

      facet_augment (reader->recipe, trainer->factor,
                     facet_data_get_pixels (trainer->loop.data, photos[b]),
                     seed, crop);
      for (gint a = 0; a < n; a++)
        trainer->targets[b * n + a] =
            read_target (reader, trainer->loop.data, photos[b], a,
                         facet_augment_is_mirrored (reader->recipe, seed),
                         crop);
    }
}

static gdouble
train_batch (gpointer owner, const gint *photos)
{
  FacetReaderTrainer *trainer = owner;
  const gint n = n_attributes (trainer->reader);
  const gint n_outputs = trainer->loop.batch * n;
  const gfloat *outputs;
  gdouble loss = 0.0;

  load_batch (trainer, photos);
  outputs = nn_tape_forward (trainer->learner.tape, NN_TRAINING,
                             trainer->loop.batch, trainer->crops,
                             facet_loop_step_seed (&trainer->loop,
                                                   STREAM_DROPOUT));
  for (gint i = 0; i < n_outputs; i++)
    {
      loss += facet_reader_loss (g_ptr_array_index (trainer->reader->attributes,
                                                    i % n),
                                 outputs[i], trainer->targets[i],
                                 &trainer->gradient[i]);
      trainer->gradient[i] /= (gfloat) n_outputs;
    }
  nn_network_clear_gradients (trainer->learner.network);
  nn_tape_backward (trainer->learner.tape, trainer->gradient, true, NULL);
  facet_loop_step (&trainer->loop, &trainer->learner, 1.0);
  return loss / n_outputs;
}

/* --- how good it is ------------------------------------------------------ */

void
facet_reader_measure (FacetReader *reader,
                      const FacetData *data,
                      const GArray *photos,
                      gdouble *explained)
{
  const gint n = n_attributes (reader);
  const gint factor = facet_data_get_shape (data).width /
                      reader->recipe->input_dim.width;
  g_autofree gfloat *crop = g_new (gfloat, crop_size (reader));
  g_autofree gdouble *values = g_new (gdouble, n);
  g_autofree gdouble *sums = g_new0 (gdouble, 4 * n);

  for (guint i = 0; i < photos->len; i++)
    {
      const gint photo = g_array_index (photos, gint, i);

      facet_augment_none (reader->recipe, factor,
                          facet_data_get_pixels (data, photo), FALSE, crop);
      facet_reader_read (reader, reader->recipe->input_dim, 1, crop, values);
      for (gint a = 0; a < n; a++)
        {
          const gdouble truth =
              facet_attribute_read (g_ptr_array_index (reader->attributes, a),
                                    data, photo, FALSE,
                                    reader->recipe->input_dim, crop);

          if (isnan (truth))
            continue;
          sums[4 * a] += 1.0;
          sums[4 * a + 1] += truth;
          sums[4 * a + 2] += truth * truth;
          sums[4 * a + 3] += (values[a] - truth) * (values[a] - truth);
        }
    }
  for (gint a = 0; a < n; a++)
    {
      const gdouble *s = sums + 4 * a;

      explained[a] = s[0] > 0.0 ?
                         1.0 - s[3] / MAX (s[2] - s[1] * s[1] / s[0], 1e-12) :
                         NAN;
    }
}

/* The validation loss is the mean of what is not explained. */
static void
judge (gpointer owner, FacetProgress *progress)
{
  FacetReaderTrainer *trainer = owner;
  const gint n = n_attributes (trainer->reader);
  g_autofree gdouble *explained = g_new (gdouble, n);
  gdouble sum = 0.0;
  gint n_known = 0;

  g_clear_pointer (&trainer->reader->plan, nn_plan_free);
  facet_reader_measure (trainer->reader, trainer->loop.data,
                        trainer->loop.validation, explained);
  g_clear_pointer (&trainer->reader->plan, nn_plan_free);
  for (gint a = 0; a < n; a++)
    if (! isnan (explained[a]))
      {
        sum += explained[a];
        n_known++;
      }
  progress->validation_loss = 1.0 - sum / MAX (1, n_known);
  g_snprintf (progress->judgement, sizeof progress->judgement,
              "explained variance %.3f", sum / MAX (1, n_known));
}

/* --- the trainer --------------------------------------------------------- */

/* Means and deviations of the numbers among the attributes. */
static void
measure_scales (FacetReader *reader, const FacetData *data)
{
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_TRAIN);
  const gint factor = facet_data_get_shape (data).width /
                      reader->recipe->input_dim.width;
  g_autofree gfloat *crop = g_new (gfloat, crop_size (reader));

  for (gint a = 0; a < n_attributes (reader); a++)
    {
      const FacetAttribute *attribute = g_ptr_array_index (reader->attributes,
                                                           a);
      gdouble sum = 0.0, squares = 0.0;
      gint n = 0;

      for (guint i = 0; ! attribute->yes_no && i < photos->len; i++)
        {
          const gint photo = g_array_index (photos, gint, i);
          gdouble value;

          if (attribute->measure)
            facet_augment_none (reader->recipe, factor,
                                facet_data_get_pixels (data, photo), FALSE,
                                crop);
          value = facet_attribute_read (attribute, data, photo, FALSE,
                                        reader->recipe->input_dim, crop);
          if (isnan (value))
            continue;
          sum += value;
          squares += value * value;
          n++;
        }
      if (n < 2)
        continue;
      reader->mean[a] = (gfloat) (sum / n);
      reader->deviation[a] = (gfloat)
          MAX (sqrt (MAX (0.0, squares / n - sum / n * sum / n)), 1e-6);
    }
}

FacetReaderTrainer *
facet_reader_trainer_new (FacetReader *reader,
                          const FacetData *data,
                          guint64 seed,
                          GError **error)
{
  g_autoptr (FacetReaderTrainer) trainer = g_new0 (FacetReaderTrainer, 1);
  const FacetRecipe *recipe = reader->recipe;
  const gint n = n_attributes (reader);

  trainer->reader = reader;
  trainer->factor = facet_augment_get_factor (recipe);
  trainer->loop = (FacetLoop) { .data = data,
                                .recipe_text = g_strdup (reader->recipe_text),
                                .seed = seed,
                                .batch = recipe->batch,
                                .epochs = recipe->epochs,
                                .learning_rate = recipe->learning_rate,
                                .cosine_schedule = recipe->cosine_schedule,
                                .warm_up = recipe->warm_up,
                                .weight_average = recipe->weight_average,
                                .learners = &trainer->learner,
                                .n_learners = 1,
                                .train = train_batch,
                                .judge = judge,
                                .owner = trainer };
  if (! facet_loop_start (&trainer->loop, error))
    return NULL;
  measure_scales (reader, data);
  trainer->crops = g_new (gfloat, trainer->loop.batch * crop_size (reader));
  trainer->targets = g_new (gdouble, trainer->loop.batch * n);
  trainer->gradient = g_new (gfloat, trainer->loop.batch * n);
  if (! facet_learner_init (
          &trainer->learner, "reader", reader->network, trainer->loop.batch,
          (recipe->weight_average > 0 ? FACET_LEARNER_AVERAGE : 0) |
              FACET_LEARNER_BEST))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("out of memory; make “batch” smaller"));
      return NULL;
    }
  return g_steal_pointer (&trainer);
}

void
facet_reader_trainer_free (FacetReaderTrainer *trainer)
{
  if (! trainer)
    return;
  facet_learner_clear (&trainer->learner);
  facet_loop_clear (&trainer->loop);
  g_free (trainer->crops);
  g_free (trainer->targets);
  g_free (trainer->gradient);
  g_free (trainer);
}

FacetLoop *
facet_reader_trainer_get_loop (FacetReaderTrainer *trainer)
{
  return &trainer->loop;
}

gboolean
facet_reader_trainer_run (FacetReaderTrainer *trainer,
                          const gchar *checkpoint,
                          FacetProgressFunc func,
                          gpointer user_data,
                          GError **error)
{
  g_clear_pointer (&trainer->reader->plan, nn_plan_free);
  return facet_loop_run (&trainer->loop, checkpoint, func, user_data, error);
}
