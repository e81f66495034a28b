/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <train/data/facet-augment.h>
#include "facet-codes.h"

#define BATCH 32

/* One batch of crops and what is known of them, from number @first on. */
static void
load_batch (FacetModel *model,
            const FacetData *data,
            const GArray *indices,
            const GPtrArray *attributes,
            gint first,
            gint n,
            gfloat *crops,
            FacetCodes *codes)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gint factor = facet_data_get_shape (data).width / shape.width;
  const gsize crop_size = (gsize) shape.height * shape.width * shape.channels;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint i = 0; i < n; i++)
    {
      const guint number = (guint) (first + i);
      const gboolean mirrored = number >= indices->len;
      const gint index = g_array_index (indices, gint, number % indices->len);
      gfloat *crop = crops + (gsize) i * crop_size;

      facet_augment_none (recipe, factor, facet_data_get_pixels (data, index),
                          mirrored, crop);
      for (gint a = 0; a < codes->n_attributes; a++)
        codes->attributes[(gsize) number * codes->n_attributes + a] =
            facet_attribute_read (g_ptr_array_index (attributes, a), data,
                                  index, mirrored, shape, crop);
    }
}

FacetCodes *
facet_codes_new (FacetModel *model,
                 const FacetData *data,
                 FacetSplit split,
                 gboolean both,
                 const GPtrArray *attributes)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  g_autoptr (GArray) indices = facet_data_select (data, split);
  g_autofree gfloat *crops = g_new (gfloat, (gsize) BATCH * shape.height *
                                                shape.width * shape.channels);
  FacetCodes *codes = g_new0 (FacetCodes, 1);

  codes->n = (gint) indices->len * (both ? 2 : 1);
  codes->n_attributes = attributes ? (gint) attributes->len : 0;
  codes->codes = g_new (gfloat, (gsize) codes->n * recipe->z_dim);
  codes->attributes = g_new (gdouble, (gsize) codes->n * codes->n_attributes);
  for (gint first = 0; first < codes->n; first += BATCH)
    {
      const gint n = MIN (BATCH, codes->n - first);

      load_batch (model, data, indices, attributes, first, n, crops, codes);
      facet_model_encode (model, n, crops,
                          codes->codes + (gsize) first * recipe->z_dim);
    }
  return codes;
}

void
facet_codes_free (FacetCodes *codes)
{
  if (! codes)
    return;
  g_free (codes->codes);
  g_free (codes->attributes);
  g_free (codes);
}
