/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <train/autoencoder/principal/facet-components.h>
#include "facet-baseline.h"

static void
load_photo (const FacetData *data, gint photo, gsize size, gfloat *crop)
{
  const guint8 *pixels = facet_data_get_pixels (data, photo);

  for (gsize i = 0; i < size; i++)
    crop[i] = pixels[i] / 255.0f;
}

/* The training photos, their mean taken away and left in @mean. */
static gfloat *
new_table (const FacetData *data, const GArray *train, gsize size, gfloat *mean)
{
  gfloat *table = g_new (gfloat, train->len * size);
  g_autofree gdouble *sums = g_new0 (gdouble, size);

  for (guint i = 0; i < train->len; i++)
    {
      load_photo (data, g_array_index (train, gint, i), size, table + i * size);
      for (gsize p = 0; p < size; p++)
        sums[p] += table[i * size + p];
    }
  for (gsize p = 0; p < size; p++)
    mean[p] = (gfloat) (sums[p] / train->len);
  for (gsize i = 0; i < train->len * size; i++)
    table[i] -= mean[i % size];
  return table;
}

static void
rebuild (const FacetComponents *components,
         gsize size,
         const gfloat *mean,
         const gfloat *crop,
         gfloat *rebuilt)
{
  memcpy (rebuilt, mean, size * sizeof (gfloat));
  for (gint c = 0; c < components->n_components; c++)
    {
      const gfloat *basis = components->basis + c * size;
      gdouble code = 0.0;

      for (gsize p = 0; p < size; p++)
        code += (gdouble) basis[p] * (crop[p] - mean[p]);
      for (gsize p = 0; p < size; p++)
        rebuilt[p] += (gfloat) code * basis[p];
    }
  for (gsize p = 0; p < size; p++)
    rebuilt[p] = CLAMP (rebuilt[p], 0.0f, 1.0f);
}

gboolean
facet_baseline_principal (const FacetData *data,
                          const GArray *photos,
                          gint n_components,
                          FacetMeasure *measure)
{
  const NnShape shape = facet_data_get_shape (data);
  const gsize size = (gsize) shape.height * shape.width * shape.channels;
  g_autoptr (GArray) train = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autofree gfloat *mean = g_new (gfloat, size);
  g_autofree gfloat *crop = g_new (gfloat, size);
  g_autofree gfloat *rebuilt = g_new (gfloat, size);
  g_autofree gfloat *table = NULL;
  g_autoptr (FacetComponents) components = NULL;

  if ((gint) train->len <= n_components)
    return FALSE;
  table = new_table (data, train, size, mean);
  components = facet_components_new (table, (gint) train->len, (gint) size,
                                     n_components, 1);
  *measure = (FacetMeasure) { 0 };
  for (guint i = 0; i < photos->len; i++)
    {
      FacetMeasure one;

      load_photo (data, g_array_index (photos, gint, i), size, crop);
      rebuild (components, size, mean, crop, rebuilt);
      one = facet_measure (shape, crop, rebuilt);
      measure->psnr += one.psnr / photos->len;
      measure->face_psnr += one.face_psnr / photos->len;
      measure->ssim += one.ssim / photos->len;
      measure->sharpness += one.sharpness / photos->len;
    }
  return TRUE;
}
