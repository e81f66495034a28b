/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <train/loop/facet-loss.h>
#include "facet-discriminator.h"

/* Side of the window in sides of the crop, and how far it is moved. */
#define WINDOW 0.75
#define SHIFT 0.04
#define LIGHT 0.15
#define SLOPE 0.2f
/* A multiple of the stride: as many taps see every pixel, else those that more
 * see are pushed more, a dot every few pixels (Odena et al., Deconvolution and
 * Checkerboard Artifacts, 2016). */
#define STRIDE 2
#define KERNEL 4
/* What is seen ends where the face region, made this much larger, does. */
#define MASK_EDGE 1.35
/* From a fixed vector, so that resuming changes nothing. */
#define POWER_ITERATIONS 16

enum
{
  RANDOM_X,
  RANDOM_Y,
  RANDOM_GAIN,
  RANDOM_LIFT
};

/* --- the network --------------------------------------------------------- */

static NnNetwork *
new_network (FacetDiscriminator *discriminator, const FacetFinishRecipe *recipe)
{
  NnLayer layers[2 * FACET_FINISH_MAX_LAYERS + 1];
  gint n = 0;

  for (gint i = 0; i < recipe->discriminator.n; i++)
    {
      layers[n++] = (NnLayer) { .kind = NN_CONV_2D,
                                .filters = recipe->discriminator.filters[i],
                                .kernel = KERNEL,
                                .stride = STRIDE };
      layers[n] = (NnLayer) { .kind = NN_LEAKY_RELU, .slope = SLOPE };
      discriminator->feature_layers[discriminator->n_features++] = n++;
    }
  layers[n++] =
      (NnLayer) { .kind = NN_CONV_2D, .filters = 1, .kernel = 3, .stride = 1 };
  return nn_network_new (discriminator->window, layers, n);
}

/* The face's share of each patch of the map. */
static gfloat *
new_weights (const FacetDiscriminator *discriminator)
{
  const NnShape map = discriminator->map;
  const NnShape window = discriminator->window;
  const NnShape crop = discriminator->crop;
  gfloat *weights = g_new0 (gfloat, map.height * map.width);
  const gint left = (crop.width - window.width) / 2;
  const gint top = (gint) (FACET_FACE_CENTRE_Y * crop.height) -
                   window.height / 2;
  gdouble sum = 0.0;

  for (gint y = 0; y < window.height; y++)
    for (gint x = 0; x < window.width; x++)
      if (facet_loss_in_face (crop, left + x, top + y))
        {
          weights[y * map.height / window.height * map.width +
                  x * map.width / window.width] += 1.0f;
          sum += 1.0;
        }
  for (gint i = 0; i < map.height * map.width; i++)
    weights[i] *= (gfloat) (map.height * map.width / MAX (1.0, sum));
  return weights;
}

/* 1 in the face region, falling to 0 at MASK_EDGE times its radii. */
static gfloat *
new_mask (NnShape shape)
{
  gfloat *mask = g_new (gfloat, shape.height * shape.width);

  for (gint i = 0; i < shape.height * shape.width; i++)
    {
      const gdouble u = ((i % shape.width + 0.5) / shape.width -
                         FACET_FACE_CENTRE_X) /
                        FACET_FACE_RADIUS_X;
      const gdouble v = ((i / shape.width + 0.5) / shape.height -
                         FACET_FACE_CENTRE_Y) /
                        FACET_FACE_RADIUS_Y;
      const gdouble distance = sqrt (u * u + v * v);

      mask[i] = (gfloat) CLAMP ((MASK_EDGE - distance) / (MASK_EDGE - 1.0), 0.0,
                                1.0);
    }
  return mask;
}

FacetDiscriminator *
facet_discriminator_new (const FacetFinishRecipe *recipe,
                         NnShape crop,
                         guint64 seed)
{
  FacetDiscriminator *discriminator = g_new0 (FacetDiscriminator, 1);

  discriminator->crop = crop;
  discriminator->window = (NnShape) { (gint) (WINDOW * crop.height),
                                      (gint) (WINDOW * crop.width),
                                      crop.channels };
  discriminator->network = new_network (discriminator, recipe);
  nn_network_initialize (discriminator->network, seed);
  discriminator->map = nn_network_get_shape (
      discriminator->network,
      nn_network_get_n_layers (discriminator->network) - 1);
  discriminator->weights = new_weights (discriminator);
  discriminator->mask = new_mask (crop);
  facet_discriminator_normalize (discriminator);
  return discriminator;
}

void
facet_discriminator_free (FacetDiscriminator *discriminator)
{
  if (! discriminator)
    return;
  g_clear_pointer (&discriminator->network, nn_network_free);
  g_free (discriminator->weights);
  g_free (discriminator->mask);
  g_free (discriminator);
}

/* --- looking ------------------------------------------------------------- */

static gfloat
either_side (guint64 seed, guint64 counter, gdouble range)
{
  return (gfloat) ((2.0 * nn_random_uniform (seed, counter) - 1.0) * range);
}

FacetGlance
facet_discriminator_glance (const FacetDiscriminator *discriminator,
                            guint64 seed)
{
  const NnShape crop = discriminator->crop;
  const NnShape window = discriminator->window;
  const gint left = (crop.width - window.width) / 2;
  const gint top = (gint) (FACET_FACE_CENTRE_Y * crop.height) -
                   window.height / 2;
  const gfloat gain = 1.0f + either_side (seed, RANDOM_GAIN, LIGHT);

  return (FacetGlance) {
    .x = CLAMP (left + (gint) lrintf (
                           either_side (seed, RANDOM_X, SHIFT * crop.width)),
                0, crop.width - window.width),
    .y = CLAMP (top + (gint) lrintf (
                          either_side (seed, RANDOM_Y, SHIFT * crop.height)),
                0, crop.height - window.height),
    .gain = gain,
    .lift = 0.5f - 0.5f * gain + either_side (seed, RANDOM_LIFT, LIGHT)
  };
}

static const gfloat *
mask_row (const FacetDiscriminator *discriminator,
          const FacetGlance *glance,
          gint y)
{
  return discriminator->mask +
         (gsize) (glance->y + y) * discriminator->crop.width + glance->x;
}

/* Centred on middle gray, as convolutions like it. */
void
facet_discriminator_look (const FacetDiscriminator *discriminator,
                          const FacetGlance *glance,
                          const gfloat *crop,
                          gfloat *window)
{
  const gint row = discriminator->window.width * discriminator->window.channels;
  const gint crop_row = discriminator->crop.width *
                        discriminator->crop.channels;

  for (gint y = 0; y < discriminator->window.height; y++)
    {
      const gfloat *from = crop + (gsize) (glance->y + y) * crop_row +
                           glance->x * discriminator->crop.channels;
      const gfloat *mask = mask_row (discriminator, glance, y);

      for (gint i = 0; i < row; i++)
        *window++ = mask[i / discriminator->crop.channels] *
                    (2.0f * (glance->gain * from[i] + glance->lift) - 1.0f);
    }
}

void
facet_discriminator_add_back (const FacetDiscriminator *discriminator,
                              const FacetGlance *glance,
                              const gfloat *window_gradient,
                              gfloat *crop_gradient)
{
  const gint row = discriminator->window.width * discriminator->window.channels;
  const gint crop_row = discriminator->crop.width *
                        discriminator->crop.channels;

  for (gint y = 0; y < discriminator->window.height; y++)
    {
      gfloat *to = crop_gradient + (gsize) (glance->y + y) * crop_row +
                   glance->x * discriminator->crop.channels;
      const gfloat *mask = mask_row (discriminator, glance, y);

      for (gint i = 0; i < row; i++)
        to[i] += 2.0f * glance->gain * mask[i / discriminator->crop.channels] *
                 *window_gradient++;
    }
}

/* --- spectral norm ------------------------------------------------------- */

static gdouble
scale_to_unit (gdouble *vector, gint n)
{
  gdouble length = 0.0;

  for (gint i = 0; i < n; i++)
    length += vector[i] * vector[i];
  length = sqrt (length);
  for (gint i = 0; i < n; i++)
    vector[i] /= MAX (length, 1e-20);
  return length;
}

/* The largest singular value of @matrix [n_rows][n_columns]. */
static gdouble
spectral_norm (const gfloat *matrix, gint n_rows, gint n_columns)
{
  g_autofree gdouble *right = g_new (gdouble, n_columns);
  g_autofree gdouble *left = g_new (gdouble, n_rows);
  gdouble norm = 0.0;

  for (gint j = 0; j < n_columns; j++)
    right[j] = nn_random_normal (1, (guint64) j);
  scale_to_unit (right, n_columns);
  for (gint iteration = 0; iteration < POWER_ITERATIONS; iteration++)
    {
      for (gint i = 0; i < n_rows; i++)
        {
          left[i] = 0.0;
          for (gint j = 0; j < n_columns; j++)
            left[i] += matrix[(gsize) i * n_columns + j] * right[j];
        }
      norm = scale_to_unit (left, n_rows);
      memset (right, 0, (gsize) n_columns * sizeof (gdouble));
      for (gint i = 0; i < n_rows; i++)
        for (gint j = 0; j < n_columns; j++)
          right[j] += matrix[(gsize) i * n_columns + j] * left[i];
      scale_to_unit (right, n_columns);
    }
  return norm;
}

void
facet_discriminator_normalize (FacetDiscriminator *discriminator)
{
  NnNetwork *network = discriminator->network;

  for (gint p = 0; p < nn_network_get_n_parameters (network); p++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, p);
      const gint n_columns = parameter->dims[parameter->n_dims - 1];
      gdouble norm;

      if (parameter->n_dims < 2)
        continue;
      norm = spectral_norm (parameter->value,
                            (gint) parameter->n_values / n_columns, n_columns);
      for (gsize i = 0; norm > FACET_SPECTRAL_NORM && i < parameter->n_values;
           i++)
        parameter->value[i] = (gfloat) (parameter->value[i] *
                                        FACET_SPECTRAL_NORM / norm);
    }
}
