/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was before is read in the photo's reconstruction, so that only the move
 * counts; whether a face was smiling before is read in the photo itself.
 */
#include <math.h>
#include <train/data/facet-augment.h>
#include <train/reader/facet-readings.h>
#include "facet-judgement.h"
#include "facet-measure.h"
#include "facet-median.h"

#define NUMBER_AMOUNT 2.0
#define SHARP_AMOUNT 3.0

typedef struct
{
  FacetModel *model;
  FacetReadings *readings;
  gint n; /* faces                                     */
  gint n_attributes;
  gsize crop_size;
  gfloat *crops;      /* [n]                                       */
  gfloat *codes;      /* [n][z_dim]                                */
  gdouble *photos;    /* [n][attributes] read in the photos        */
  gdouble *before;    /* [n][attributes] read in reconstructions   */
  gdouble *after;     /* [n][attributes] read in what is moved     */
  gdouble *spread;    /* [attributes] standard deviation of before */
  gdouble *sharpness; /* [n]                                      */
} Judge;

static void
judge_init (Judge *judge, const FacetData *data, const GArray *photos)
{
  const FacetRecipe *recipe = facet_model_get_recipe (judge->model);
  const NnShape shape = recipe->input_dim;
  const gint factor = facet_data_get_shape (data).width / shape.width;

  judge->n = (gint) photos->len;
  judge->n_attributes = (gint) judge->readings->attributes->len;
  judge->crop_size = (gsize) shape.height * shape.width * shape.channels;
  judge->crops = g_new (gfloat, judge->n * judge->crop_size);
  judge->codes = g_new (gfloat, judge->n * recipe->z_dim);
  judge->photos = g_new (gdouble, judge->n * judge->n_attributes);
  judge->before = g_new (gdouble, judge->n * judge->n_attributes);
  judge->after = g_new (gdouble, judge->n * judge->n_attributes);
  judge->sharpness = g_new (gdouble, judge->n);
  for (gint i = 0; i < judge->n; i++)
    {
      gfloat *crop = judge->crops + i * judge->crop_size;

      facet_augment_none (recipe, factor,
                          facet_data_get_pixels (data, g_array_index (photos,
                                                                      gint, i)),
                          FALSE, crop);
      facet_readings_read (judge->readings, crop,
                           judge->photos + i * judge->n_attributes);
    }
  facet_model_encode (judge->model, judge->n, judge->crops, judge->codes);
}

static void
judge_clear (Judge *judge)
{
  g_free (judge->crops);
  g_free (judge->codes);
  g_free (judge->photos);
  g_free (judge->before);
  g_free (judge->after);
  g_free (judge->spread);
  g_free (judge->sharpness);
}

/* Decodes all codes, moved by @amount along @direction (NULL: not moved), and
 * reads them. */
static void
read_moved (Judge *judge,
            const FacetDirection *direction,
            gdouble amount,
            gdouble *readings)
{
  const FacetRecipe *recipe = facet_model_get_recipe (judge->model);
  g_autofree gfloat *code = g_new (gfloat, recipe->z_dim);
  g_autofree gfloat *decode = g_new (gfloat, judge->crop_size);

  for (gint i = 0; i < judge->n; i++)
    {
      for (gint z = 0; z < recipe->z_dim; z++)
        code[z] = judge->codes[i * recipe->z_dim + z] +
                  (direction ? (gfloat) amount * direction->vector[z] : 0.0f);
      facet_model_decode (judge->model, 1, code, decode);
      facet_readings_read (judge->readings, decode,
                           readings + i * judge->n_attributes);
      judge->sharpness[i] =
          facet_measure_sharpness (recipe->input_dim,
                                   judge->crops + i * judge->crop_size, decode);
    }
}

/* The column of @direction's attribute among the readings, or -1. */
static gint
find_column (const Judge *judge, const FacetDirection *direction)
{
  guint column;

  if (! g_ptr_array_find (judge->readings->attributes,
                          facet_attribute_find (direction->name, NULL),
                          &column))
    return -1;
  return (gint) column;
}

/* Whether face @i is one that moving attribute @a is for: any, but of yes/no
 * attributes one that is not so yet. */
static gboolean
is_meant (const Judge *judge, gint i, gint a, gboolean up)
{
  const FacetAttribute *attribute;

  if (a < 0)
    return TRUE;
  attribute = g_ptr_array_index (judge->readings->attributes, a);
  return ! attribute->yes_no ||
         (judge->photos[i * judge->n_attributes + a] > 0.5) != up;
}

/* Mean change of attribute @a where @own was moved. */
static gdouble
mean_change (const Judge *judge, gint a, gint own, gboolean up)
{
  gdouble sum = 0.0;
  gint n = 0;

  for (gint i = 0; i < judge->n; i++)
    if (is_meant (judge, i, own, up))
      {
        const gint at = i * judge->n_attributes + a;

        sum += judge->after[at] - judge->before[at];
        n++;
      }
  return sum / MAX (1, n);
}

/* How many faces went over to the other side of one half. */
static void
count_turned (const Judge *judge, gint own, FacetJudgement *judgement)
{
  const gboolean up = judgement->amount > 0;

  for (gint i = 0; i < judge->n; i++)
    if (is_meant (judge, i, own, up))
      {
        judgement->n_others++;
        if ((judge->after[i * judge->n_attributes + own] > 0.5) == up)
          judgement->n_turned++;
      }
}

/* Sharpness where all directions go equally far, towards @amount. */
static gdouble
judge_sharpness (Judge *judge, const FacetDirection *direction, gdouble amount)
{
  const gdouble far = copysign (SHARP_AMOUNT, amount);

  if (far != amount)
    read_moved (judge, direction, far, judge->after);
  return facet_median (judge->sharpness, (gsize) judge->n);
}

static FacetJudgement
judge_move (Judge *judge, const FacetDirection *direction, gdouble amount)
{
  FacetJudgement judgement = { .direction = direction->name, .amount = amount };
  const gint own = find_column (judge, direction);

  read_moved (judge, direction, amount, judge->after);
  for (gint a = 0; a < judge->n_attributes; a++)
    {
      const gdouble change = mean_change (judge, a, own, amount > 0);
      const gdouble change_sd = change / judge->spread[a];
      const FacetAttribute *attribute =
          g_ptr_array_index (judge->readings->attributes, a);

      if (a == own)
        {
          judgement.attribute = attribute;
          judgement.moved = change;
          judgement.moved_sd = change_sd;
          count_turned (judge, own, &judgement);
        }
      else if (fabs (change_sd) > fabs (judgement.strayed_sd))
        {
          judgement.strayed = attribute;
          judgement.strayed_sd = change_sd;
        }
    }
  judgement.sharpness = facet_median (judge->sharpness, (gsize) judge->n);
  judgement.sharpness_at_3 = judge_sharpness (judge, direction, amount);
  return judgement;
}

static gboolean
is_yes_no (const gchar *name)
{
  const FacetAttribute *attribute = facet_attribute_find (name, NULL);

  return attribute && attribute->yes_no;
}

GArray *
facet_judge_directions (FacetModel *model,
                        FacetReader *reader,
                        const FacetData *data,
                        const GArray *photos)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  GArray *judgements = g_array_new (FALSE, TRUE, sizeof (FacetJudgement));
  g_autoptr (FacetReadings) readings = facet_readings_new (reader, model);
  Judge judge = { .model = model, .readings = readings };

  judge_init (&judge, data, photos);
  read_moved (&judge, NULL, 0.0, judge.before);
  judge.spread = facet_readings_new_deviations (readings, judge.before,
                                                judge.n);
  for (gint d = 0; d < latents->n_directions; d++)
    {
      const FacetDirection *direction = &latents->directions[d];
      const gboolean yes_no = is_yes_no (direction->name);
      const gdouble amounts[] = { yes_no ? direction->minimum : -NUMBER_AMOUNT,
                                  yes_no ? direction->maximum : NUMBER_AMOUNT };

      for (gint end = 0; end < 2; end++)
        {
          const FacetJudgement judgement = judge_move (&judge, direction,
                                                       amounts[end]);

          g_array_append_val (judgements, judgement);
        }
    }
  judge_clear (&judge);
  return judgements;
}
