/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Principal axes sorted by their effect on the picture, as GANSpace (Härkönen
 * et al., 2020) sorts them by variance: the decoder may well ignore a direction
 * in which the codes vary.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "facet-codes.h"
#include "facet-directions.h"
#include "facet-latent-fit.h"

/* Codes whose neighbours are decoded to learn an axis's effect. */
#define SAMPLE 6
/* An axis is dead where going from -1 σ to +1 σ changes the picture by less
 * than half an 8-bit level, root mean square. */
#define DEAD_CHANGE (0.5 / 255.0)

typedef struct
{
  gint axis;
  gdouble change;   /* mean squared */
  gdouble brighter; /* mean         */
} Effect;

static gsize
crop_size (FacetModel *model)
{
  const NnShape shape = facet_model_get_recipe (model)->input_dim;

  return (gsize) shape.height * shape.width * shape.channels;
}

/* Decodes @n codes moved by @sigma along @axis. */
static void
decode_moved (FacetModel *model,
              const FacetLatents *latents,
              gint axis,
              gfloat sigma,
              gint n,
              const gfloat *codes,
              gfloat *moved,
              gfloat *crops)
{
  const gint z_dim = latents->z_dim;

  for (gint i = 0; i < n; i++)
    for (gint z = 0; z < z_dim; z++)
      moved[i * z_dim + z] = codes[i * z_dim + z] +
                             sigma * latents->sigma[axis] *
                                 latents->axes[axis * z_dim + z];
  facet_model_decode (model, n, moved, crops);
}

static Effect
axis_effect (FacetModel *model,
             const FacetLatents *latents,
             gint axis,
             gint n,
             const gfloat *codes)
{
  const gsize n_values = (gsize) n * crop_size (model);
  g_autofree gfloat *moved = g_new (gfloat, n * latents->z_dim);
  g_autofree gfloat *less = g_new (gfloat, n_values);
  g_autofree gfloat *more = g_new (gfloat, n_values);
  Effect effect = { .axis = axis };

  decode_moved (model, latents, axis, -1.0f, n, codes, moved, less);
  decode_moved (model, latents, axis, 1.0f, n, codes, moved, more);
  for (gsize i = 0; i < n_values; i++)
    {
      const gdouble difference = (gdouble) more[i] - less[i];

      effect.change += difference * difference / (gdouble) n_values;
      effect.brighter += difference / (gdouble) n_values;
    }
  return effect;
}

static int
compare_effects (const void *a, const void *b)
{
  const Effect *first = a;
  const Effect *second = b;

  if (first->change != second->change)
    return first->change > second->change ? -1 : 1;
  return first->axis - second->axis;
}

/* Puts the axes into the order of @effects, the first @n of them. */
static void
reorder (FacetLatents *latents, const Effect *effects, gint n)
{
  const gint z_dim = latents->z_dim;
  gfloat *axes = g_new (gfloat, n * z_dim);
  gfloat *sigma = g_new (gfloat, n);
  gfloat *low = g_new (gfloat, n);
  gfloat *high = g_new (gfloat, n);

  for (gint i = 0; i < n; i++)
    {
      const gint from = effects[i].axis;
      const gboolean turn = effects[i].brighter < 0;

      for (gint z = 0; z < z_dim; z++)
        axes[i * z_dim + z] = turn ? -latents->axes[from * z_dim + z] :
                                     latents->axes[from * z_dim + z];
      sigma[i] = latents->sigma[from];
      low[i] = turn ? -latents->high[from] : latents->low[from];
      high[i] = turn ? -latents->low[from] : latents->high[from];
    }
  memcpy (latents->axes, axes, (gsize) n * z_dim * sizeof (gfloat));
  memcpy (latents->sigma, sigma, (gsize) n * sizeof (gfloat));
  memcpy (latents->low, low, (gsize) n * sizeof (gfloat));
  memcpy (latents->high, high, (gsize) n * sizeof (gfloat));
  latents->n_axes = n;
  g_free (axes);
  g_free (sigma);
  g_free (low);
  g_free (high);
}

/* Evenly spread over the data set. */
static gfloat *
new_sample (const gfloat *codes, gint n_codes, gint z_dim, gint n)
{
  gfloat *sample = g_new (gfloat, n * z_dim);

  for (gint i = 0; i < n; i++)
    memcpy (sample + i * z_dim,
            codes + (gsize) ((gint64) i * n_codes / n) * z_dim,
            (gsize) z_dim * sizeof (gfloat));
  return sample;
}

static void
sort_by_effect (FacetModel *model,
                FacetLatents *latents,
                const gfloat *codes,
                gint n_codes)
{
  const gint n = MIN (SAMPLE, n_codes);
  g_autofree gfloat *sample = new_sample (codes, n_codes, latents->z_dim, n);
  g_autofree Effect *effects = g_new (Effect, latents->n_axes);
  gint n_alive = 1;

  for (gint axis = 0; axis < latents->n_axes; axis++)
    effects[axis] = axis_effect (model, latents, axis, n, sample);
  qsort (effects, (size_t) latents->n_axes, sizeof (Effect), compare_effects);
  while (n_alive < latents->n_axes &&
         effects[n_alive].change >= DEAD_CHANGE * DEAD_CHANGE)
    n_alive++;
  reorder (latents, effects, n_alive);
}

gboolean
facet_latents_fit_model (FacetModel *model,
                         const FacetData *data,
                         GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  g_autoptr (GPtrArray)
      attributes = facet_attributes_parse (recipe->directions, error);
  g_autoptr (FacetCodes) codes = NULL;
  FacetLatents *latents;

  if (! attributes)
    return FALSE;
  codes = facet_codes_new (model, data, FACET_SPLIT_TRAIN, recipe->mirror,
                           attributes);
  latents = facet_latents_new_fit (codes->codes, codes->n, recipe->z_dim);
  sort_by_effect (model, latents, codes->codes, codes->n);
  if (attributes->len > 0)
    facet_directions_fit (latents, codes, attributes);
  facet_model_set_latents (model, latents);
  return TRUE;
}
