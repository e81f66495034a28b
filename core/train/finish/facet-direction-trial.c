/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <train/data/facet-augment.h>
#include "facet-direction-trial.h"

static gsize
crop_size (const FacetDirectionTrial *trial)
{
  const NnShape shape = trial->readings->shape;

  return (gsize) shape.height * shape.width * shape.channels;
}

static void
find_directions (FacetDirectionTrial *trial)
{
  const gint n = trial->latents->n_directions;

  trial->n = 0;
  trial->directions = g_new (FacetDirection *, n);
  trial->attributes = g_new (const FacetAttribute *, n);
  trial->columns = g_new (gint, n);
  for (gint d = 0; d < n; d++)
    {
      FacetDirection *direction = &trial->latents->directions[d];
      const FacetAttribute *attribute = facet_attribute_find (direction->name,
                                                              NULL);
      guint column;

      if (! g_ptr_array_find (trial->readings->attributes, attribute, &column))
        continue;
      trial->directions[trial->n] = direction;
      trial->attributes[trial->n] = attribute;
      trial->columns[trial->n++] = (gint) column;
    }
}

static void
encode_photos (FacetDirectionTrial *trial, const FacetData *data, gint n_photos)
{
  const FacetRecipe *recipe = facet_model_get_recipe (trial->model);
  const gint factor = facet_augment_get_factor (recipe);
  g_autoptr (GArray) indices = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autofree gfloat *crop = g_new (gfloat, crop_size (trial));

  trial->n_photos = MIN (n_photos, (gint) indices->len);
  trial->codes = g_new (gfloat, trial->n_photos * recipe->z_dim);
  for (gint i = 0; i < trial->n_photos; i++)
    {
      const guint at = (guint) ((guint64) i * indices->len / trial->n_photos);
      const gint index = g_array_index (indices, gint, at);

      facet_augment_none (recipe, factor, facet_data_get_pixels (data, index),
                          recipe->mirror && i % 2 == 1, crop);
      facet_model_encode (trial->model, 1, crop,
                          trial->codes + i * recipe->z_dim);
    }
}

void
facet_direction_trial_init (FacetDirectionTrial *trial,
                            FacetModel *model,
                            FacetReader *reader,
                            const FacetData *data,
                            gint n_photos)
{
  trial->model = model;
  trial->latents = facet_model_get_latents (model);
  trial->readings = facet_readings_new (reader, model);
  trial->width = (gint) trial->readings->attributes->len;
  find_directions (trial);
  encode_photos (trial, data, n_photos);
  trial->before = facet_direction_trial_new_readings (trial, NULL, 0.0);
}

void
facet_direction_trial_clear (FacetDirectionTrial *trial)
{
  g_clear_pointer (&trial->readings, facet_readings_free);
  g_free (trial->directions);
  g_free (trial->attributes);
  g_free (trial->columns);
  g_free (trial->codes);
  g_free (trial->before);
}

gdouble *
facet_direction_trial_new_readings (const FacetDirectionTrial *trial,
                                    const FacetDirection *direction,
                                    gdouble amount)
{
  const gint z_dim = trial->latents->z_dim;
  gdouble *values = g_new (gdouble, trial->n_photos * trial->width);
  g_autofree gfloat *code = g_new (gfloat, z_dim);
  g_autofree gfloat *decode = g_new (gfloat, crop_size (trial));

  for (gint i = 0; i < trial->n_photos; i++)
    {
      for (gint z = 0; z < z_dim; z++)
        code[z] = trial->codes[i * z_dim + z] +
                  (direction ? (gfloat) amount * direction->vector[z] : 0.0f);
      facet_model_decode (trial->model, 1, code, decode);
      facet_readings_read (trial->readings, decode, values + i * trial->width);
    }
  return values;
}
