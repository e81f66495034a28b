/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <train/data/facet-augment.h>
#include <train/loop/facet-loss.h>
#include "facet-principal-private.h"

/* More photos than this add time and memory but hardly anything to the
 * components. */
#define MAX_PHOTOS 8192
/* The sigmoid's inverse is taken of nothing nearer to black or white. */
#define DARKEST 0.02f

static void
halve (const FacetPrincipal *principal, const gfloat *crop, gfloat *half)
{
  const NnShape shape = principal->recipe->input_dim;
  const gint row = shape.width * shape.channels;

  for (gint y = 0; y < principal->height; y++)
    for (gint x = 0; x < principal->width; x++)
      for (gint c = 0; c < shape.channels; c++)
        {
          const gfloat *p = crop + 2 * y * row + 2 * x * shape.channels + c;

          *half++ = 0.25f * (p[0] + p[shape.channels] + p[row] +
                             p[row + shape.channels]);
        }
}

static void
load_photos (FacetPrincipal *principal, const FacetData *data)
{
  const FacetRecipe *recipe = principal->recipe;
  const NnShape shape = recipe->input_dim;
  const gint factor = facet_augment_get_factor (recipe);
  g_autoptr (GArray) indices = facet_data_select (data, FACET_SPLIT_TRAIN);
  const gint n_copies = recipe->mirror ? 2 : 1;
  const gint n_all = (gint) indices->len * n_copies;

  principal->n_photos = MIN (n_all, MAX_PHOTOS);
  principal->photos = g_new (gfloat,
                             (gsize) principal->n_photos * principal->n_pixels);
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint i = 0; i < principal->n_photos; i++)
    {
      const gint number = (gint) ((gint64) i * n_all / principal->n_photos);
      const gint index = g_array_index (indices, gint, number / n_copies);
      gfloat *crop = g_new (gfloat,
                            shape.height * shape.width * shape.channels);

      facet_augment_none (recipe, factor, facet_data_get_pixels (data, index),
                          number % n_copies == 1, crop);
      halve (principal, crop,
             principal->photos + (gsize) i * principal->n_pixels);
      g_free (crop);
    }
}

static void
find_weights (FacetPrincipal *principal)
{
  const NnShape shape = principal->recipe->input_dim;
  g_autofree gfloat *whole = facet_loss_new_weights (principal->recipe);

  principal->weights = g_new (gfloat, principal->n_pixels);
  for (gint i = 0; i < principal->n_pixels; i++)
    {
      const gint x = i / shape.channels % principal->width;
      const gint y = i / shape.channels / principal->width;
      const gfloat *p = whole + 2 * y * shape.width + 2 * x;

      principal->weights[i] = sqrtf (
          0.25f * (p[0] + p[1] + p[shape.width] + p[shape.width + 1]));
    }
}

gfloat *
facet_principal_new_mean (const FacetPrincipal *principal, const gfloat *table)
{
  g_autofree gdouble *sums = g_new0 (gdouble, principal->n_pixels);
  gfloat *mean = g_new (gfloat, principal->n_pixels);

  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      sums[p] += table[(gsize) i * principal->n_pixels + p];
  for (gint p = 0; p < principal->n_pixels; p++)
    mean[p] = (gfloat) (sums[p] / principal->n_photos);
  return mean;
}

/* The photos become differences from the mean, weighted. */
static void
weigh_differences (FacetPrincipal *principal)
{
  principal->mean = facet_principal_new_mean (principal, principal->photos);
  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      {
        gfloat *pixel = &principal->photos[(gsize) i * principal->n_pixels + p];

        *pixel = (*pixel - principal->mean[p]) * principal->weights[p];
      }
}

void
facet_principal_find_components (FacetPrincipal *principal,
                                 const FacetData *data,
                                 guint64 seed)
{
  const gint z_dim = principal->recipe->z_dim;
  g_autofree gfloat *transposed = NULL;

  find_weights (principal);
  load_photos (principal, data);
  weigh_differences (principal);
  principal->components = facet_components_new (principal->photos,
                                                principal->n_photos,
                                                principal->n_pixels, z_dim,
                                                seed);
  if (principal->components->n_components < z_dim)
    return;
  transposed = g_new (gfloat, (gsize) principal->n_pixels * z_dim);
  for (gint p = 0; p < principal->n_pixels; p++)
    for (gint z = 0; z < z_dim; z++)
      transposed[(gsize) p * z_dim + z] =
          principal->components->basis[(gsize) z * principal->n_pixels + p] /
          principal->components->sigma[z];
  principal->codes = g_new (gfloat, (gsize) principal->n_photos * z_dim);
  facet_components_multiply (principal->photos, transposed, principal->n_photos,
                             principal->n_pixels, z_dim, principal->codes);
}

void
facet_principal_invert_sigmoid (FacetPrincipal *principal)
{
  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      {
        gfloat *pixel = &principal->photos[(gsize) i * principal->n_pixels + p];
        const gfloat value = CLAMP (*pixel / principal->weights[p] +
                                        principal->mean[p],
                                    DARKEST, 1.0f - DARKEST);

        *pixel = logf (value / (1.0f - value));
      }
}
