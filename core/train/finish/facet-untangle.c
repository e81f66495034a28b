/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A response is how far an attribute moves, in its standard deviations over the
 * faces, for one unit of a direction: the mean slope from its low end to its
 * high end.  How far a direction is to be untangled is told by its high end
 * alone: of a yes/no attribute most faces have nothing to lose at the low one,
 * where other attributes move by more than it.
 */
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include <train/reader/facet-readings.h>
#include "facet-untangle.h"

/* Of numbers, whose sliders go farther than most faces. */
#define NUMBER_END 2.0
/* A direction that moves its own attribute by less for a unit says nothing of
 * itself: it is left alone. */
#define RESPONSE_MIN 0.02

typedef struct
{
  FacetModel *model;
  FacetReadings *readings;
  FacetLatents *latents;
  NnShape shape;
  gint n;                            /* directions that can be read */
  FacetDirection **directions;       /* [n]                         */
  const FacetAttribute **attributes; /* [n] of the same names       */
  gint *columns; /* [n] among the readings                     */
  gdouble share;
  gdouble all_from;
  gint n_photos;
  gfloat *codes;     /* [n_photos][z_dim]                          */
  gdouble *before;   /* [n_photos][readings] of reconstructions    */
  gdouble *spread;   /* [readings] of them                         */
  gdouble *response; /* [n directions][n attributes]               */
  gdouble *shares;   /* [n directions] of the step                 */
} Tangle;

/* --- what can be read ---------------------------------------------------- */

static void
find_directions (Tangle *tangle)
{
  const gint n = tangle->latents->n_directions;

  tangle->directions = g_new (FacetDirection *, n);
  tangle->attributes = g_new (const FacetAttribute *, n);
  tangle->columns = g_new (gint, n);
  for (gint d = 0; d < n; d++)
    {
      FacetDirection *direction = &tangle->latents->directions[d];
      const FacetAttribute *attribute = facet_attribute_find (direction->name,
                                                              NULL);
      guint column;

      if (! g_ptr_array_find (tangle->readings->attributes, attribute, &column))
        continue;
      tangle->directions[tangle->n] = direction;
      tangle->attributes[tangle->n] = attribute;
      tangle->columns[tangle->n++] = (gint) column;
    }
}

/* Spread over the data set; every other one is mirrored. */
static void
encode_photos (Tangle *tangle, const FacetData *data)
{
  const FacetRecipe *recipe = facet_model_get_recipe (tangle->model);
  const gint factor = facet_augment_get_factor (recipe);
  g_autoptr (GArray) indices = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autofree gfloat *crop = g_new (gfloat, tangle->shape.height *
                                               tangle->shape.width *
                                               tangle->shape.channels);

  tangle->n_photos = MIN (tangle->n_photos, (gint) indices->len);
  tangle->codes = g_new (gfloat, tangle->n_photos * recipe->z_dim);
  for (gint i = 0; i < tangle->n_photos; i++)
    {
      const guint at = (guint) ((guint64) i * indices->len / tangle->n_photos);
      const gint index = g_array_index (indices, gint, at);

      facet_augment_none (recipe, factor, facet_data_get_pixels (data, index),
                          recipe->mirror && i % 2 == 1, crop);
      facet_model_encode (tangle->model, 1, crop,
                          tangle->codes + i * recipe->z_dim);
    }
}

/* --- responses ----------------------------------------------------------- */

/* Reads all codes' decodes, moved by @amount along @direction (NULL: not
 * moved): [n_photos][readings]. */
static gdouble *
new_readings (Tangle *tangle, const FacetDirection *direction, gdouble amount)
{
  const gint z_dim = tangle->latents->z_dim;
  const gint width = (gint) tangle->readings->attributes->len;
  gdouble *values = g_new (gdouble, tangle->n_photos * width);
  g_autofree gfloat *code = g_new (gfloat, z_dim);
  g_autofree gfloat *decode = g_new (gfloat, tangle->shape.height *
                                                 tangle->shape.width *
                                                 tangle->shape.channels);

  for (gint i = 0; i < tangle->n_photos; i++)
    {
      for (gint z = 0; z < z_dim; z++)
        code[z] = tangle->codes[i * z_dim + z] +
                  (direction ? (gfloat) amount * direction->vector[z] : 0.0f);
      facet_model_decode (tangle->model, 1, code, decode);
      facet_readings_read (tangle->readings, decode, values + i * width);
    }
  return values;
}

/* Of attribute @a between two readings of the photos, in its deviations. */
static gdouble
mean_change (const Tangle *tangle,
             gint a,
             const gdouble *from,
             const gdouble *to)
{
  const gint width = (gint) tangle->readings->attributes->len;
  const gint column = tangle->columns[a];
  gdouble sum = 0.0;

  for (gint i = 0; i < tangle->n_photos; i++)
    sum += to[i * width + column] - from[i * width + column];
  return sum / tangle->n_photos / tangle->spread[column];
}

/* The most that direction @d moves of another attribute at its high end, whose
 * readings are @end, relative to its own. */
static gdouble
worst_at_end (const Tangle *tangle, gint d, const gdouble *end)
{
  const gdouble own = mean_change (tangle, d, tangle->before, end);
  gdouble worst = 0.0;

  for (gint a = 0; a < tangle->n; a++)
    if (a != d)
      worst = MAX (worst, fabs (mean_change (tangle, a, tangle->before, end)));
  return worst / MAX (fabs (own), RESPONSE_MIN);
}

/* From the low end of direction @d, read in @low, to the high one. */
static void
note_responses (Tangle *tangle,
                gint d,
                const gdouble *low,
                const gdouble *high,
                gdouble units)
{
  const gdouble worst = worst_at_end (tangle, d, high);

  for (gint a = 0; a < tangle->n; a++)
    tangle->response[d * tangle->n + a] = mean_change (tangle, a, low, high) /
                                          units;
  tangle->shares[d] = tangle->share;
  if (worst < tangle->all_from)
    tangle->shares[d] *= worst / tangle->all_from;
}

static void
measure_responses (Tangle *tangle)
{
  for (gint d = 0; d < tangle->n; d++)
    {
      const FacetDirection *direction = tangle->directions[d];
      const gboolean yes_no = tangle->attributes[d]->yes_no;
      const gdouble ends[] = { yes_no ? direction->minimum : -NUMBER_END,
                               yes_no ? direction->maximum : NUMBER_END };
      g_autofree gdouble *low = new_readings (tangle, direction, ends[0]);
      g_autofree gdouble *high = new_readings (tangle, direction, ends[1]);

      note_responses (tangle, d, low, high, ends[1] - ends[0]);
    }
}

/* --- Newton's step ------------------------------------------------------- */

/* A direction that says nothing of its own attribute neither gives nor takes.
 */
static void
set_aside_the_mute (Tangle *tangle)
{
  const gint n = tangle->n;

  for (gint d = 0; d < n; d++)
    if (fabs (tangle->response[d * n + d]) < RESPONSE_MIN)
      for (gint k = 0; k < n; k++)
        {
          tangle->response[d * n + k] = k == d ? 1.0 : 0.0;
          tangle->response[k * n + d] = k == d ? 1.0 : 0.0;
        }
}

static void
swap_rows (gdouble *table, gint width, gint one, gint other)
{
  for (gint k = 0; k < width; k++)
    {
      const gdouble value = table[one * width + k];

      table[one * width + k] = table[other * width + k];
      table[other * width + k] = value;
    }
}

/* [n][2n], a matrix and the identity beside it: by Gauss's and Jordan's steps
 * the identity and the inverse.  FALSE where there is none. */
static gboolean
invert (gdouble *table, gint n)
{
  const gint width = 2 * n;

  for (gint j = 0; j < n; j++)
    {
      gint pivot = j;
      gdouble scale;

      for (gint i = j + 1; i < n; i++)
        if (fabs (table[i * width + j]) > fabs (table[pivot * width + j]))
          pivot = i;
      scale = table[pivot * width + j];
      if (fabs (scale) < 1e-9)
        return FALSE;
      swap_rows (table, width, j, pivot);
      for (gint k = 0; k < width; k++)
        table[j * width + k] /= scale;
      for (gint i = 0; i < n; i++)
        {
          const gdouble share = i == j ? 0.0 : table[i * width + j];

          for (gint k = 0; k < width; k++)
            table[i * width + k] -= share * table[j * width + k];
        }
    }
  return TRUE;
}

static void
combine (Tangle *tangle, const gdouble *table)
{
  const gint n = tangle->n;
  const gint z_dim = tangle->latents->z_dim;
  g_autofree gfloat *old = g_new (gfloat, n * z_dim);

  for (gint d = 0; d < n; d++)
    memcpy (old + d * z_dim, tangle->directions[d]->vector,
            z_dim * sizeof (gfloat));
  for (gint d = 0; d < n; d++)
    for (gint z = 0; z < z_dim; z++)
      {
        gdouble sum = 0.0;

        for (gint k = 0; k < n; k++)
          sum += tangle->response[d * n + d] * table[d * 2 * n + n + k] *
                 old[k * z_dim + z];
        tangle->directions[d]->vector[z] +=
            (gfloat) (tangle->shares[d] * (sum - old[d * z_dim + z]));
      }
}

static void
take_step (Tangle *tangle)
{
  const gint n = tangle->n;
  g_autofree gdouble *table = g_new0 (gdouble, 2 * n * n);

  measure_responses (tangle);
  set_aside_the_mute (tangle);
  for (gint d = 0; d < n; d++)
    {
      memcpy (table + d * 2 * n, tangle->response + d * n,
              n * sizeof (gdouble));
      table[d * 2 * n + n + d] = 1.0;
    }
  if (invert (table, n))
    combine (tangle, table);
}

void
facet_untangle_directions (FacetModel *model,
                           FacetReader *reader,
                           const FacetData *data,
                           gint n_photos,
                           gint n_steps,
                           gdouble share,
                           gdouble all_from)
{
  g_autoptr (FacetReadings) readings = facet_readings_new (reader, model);
  Tangle tangle = { .model = model,
                    .readings = readings,
                    .latents = facet_model_get_latents (model),
                    .shape = readings->shape,
                    .share = share,
                    .all_from = all_from,
                    .n_photos = n_photos };

  find_directions (&tangle);
  encode_photos (&tangle, data);
  tangle.before = new_readings (&tangle, NULL, 0.0);
  tangle.response = g_new (gdouble, tangle.n * tangle.n);
  tangle.shares = g_new (gdouble, tangle.n);
  tangle.spread = facet_readings_new_deviations (readings, tangle.before,
                                                 tangle.n_photos);
  for (gint step = 0; step < n_steps; step++)
    take_step (&tangle);
  g_free (tangle.directions);
  g_free (tangle.attributes);
  g_free (tangle.columns);
  g_free (tangle.codes);
  g_free (tangle.before);
  g_free (tangle.spread);
  g_free (tangle.response);
  g_free (tangle.shares);
}
