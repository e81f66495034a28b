/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The losses of facet-loss.h.  With optimal σ the decoder's variance is the one
 * that fits the batch best, which is its mean squared error; the gradient flows
 * through it.
 */
#include <math.h>
#include <string.h>
#include "facet-loss.h"

/* Log variances are used within these bounds, so that exp () stays finite. */
#define LOG_VARIANCE_MIN -20.0f
#define LOG_VARIANCE_MAX 10.0f
/* A hundredth of an 8-bit level, squared: nothing is reconstructed better, and
 * log () stays finite. */
#define SQUARED_ERROR_MIN 1.5e-9

static gsize
crop_size (const FacetRecipe *recipe)
{
  return (gsize) recipe->input_dim.height * recipe->input_dim.width *
         recipe->input_dim.channels;
}

gboolean
facet_loss_in_face (NnShape shape, gint x, gint y)
{
  const gdouble u = ((x + 0.5) / shape.width - FACET_FACE_CENTRE_X) /
                    FACET_FACE_RADIUS_X;
  const gdouble v = ((y + 0.5) / shape.height - FACET_FACE_CENTRE_Y) /
                    FACET_FACE_RADIUS_Y;

  return u * u + v * v <= 1.0;
}

gfloat *
facet_loss_new_weights (const FacetRecipe *recipe)
{
  const NnShape shape = recipe->input_dim;
  const gint n = shape.height * shape.width;
  gfloat *weights = g_new (gfloat, n);
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    {
      weights[i] = facet_loss_in_face (shape, i % shape.width,
                                       i / shape.width) ?
                       (gfloat) recipe->face_weight :
                       1.0f;
      sum += weights[i];
    }
  for (gint i = 0; i < n; i++)
    weights[i] = (gfloat) (weights[i] * n / sum);
  return weights;
}

gdouble
facet_loss_squared_error (const FacetRecipe *recipe,
                          const gfloat *weights,
                          gint batch,
                          const gfloat *crop,
                          const gfloat *decode)
{
  const gint n_pixels = recipe->input_dim.height * recipe->input_dim.width;
  const gint channels = recipe->input_dim.channels;
  gdouble sum = 0.0;

  for (gint b = 0; b < batch; b++)
    for (gint i = 0; i < n_pixels; i++)
      {
        gfloat squared = 0.0f;

        for (gint c = 0; c < channels; c++)
          {
            const gfloat difference = *decode++ - *crop++;

            squared += difference * difference;
          }
        sum += weights[i] * squared;
      }
  return sum / ((gdouble) batch * (gdouble) crop_size (recipe));
}

static gfloat
clamp_log_variance (gfloat log_variance)
{
  return CLAMP (log_variance, LOG_VARIANCE_MIN, LOG_VARIANCE_MAX);
}

static gboolean
has_divergence (const FacetRecipe *recipe)
{
  return recipe->kind == FACET_KIND_VAE && recipe->loss != FACET_LOSS_MSE;
}

gdouble
facet_loss_divergence (const FacetRecipe *recipe,
                       gint batch,
                       const gfloat *statistics)
{
  const gint z_dim = recipe->z_dim;
  gdouble sum = 0.0;

  if (recipe->kind != FACET_KIND_VAE)
    return 0.0;
  for (gint b = 0; b < batch; b++)
    for (gint z = 0; z < z_dim; z++)
      {
        const gfloat *of_photo = statistics + (gsize) b * 2 * z_dim;
        const gdouble mean = of_photo[z];
        const gdouble log_variance = clamp_log_variance (of_photo[z_dim + z]);

        sum += 0.5 * (exp (log_variance) + mean * mean - 1.0 - log_variance);
      }
  return sum / batch;
}

gdouble
facet_loss_total (const FacetRecipe *recipe,
                  gdouble squared_error,
                  gdouble divergence)
{
  const gdouble error = MAX (squared_error, SQUARED_ERROR_MIN);

  switch (recipe->loss)
    {
    case FACET_LOSS_BOOK_VAE:
      return recipe->reconstruction_weight * squared_error +
             recipe->divergence_weight * divergence;
    case FACET_LOSS_OPTIMAL_SIGMA:
      return 0.5 * (gdouble) crop_size (recipe) * log (error) +
             recipe->divergence_weight * divergence;
    case FACET_LOSS_MSE:
    default:
      return squared_error;
    }
}

/* The total's derivative by the squared error. */
static gdouble
error_slope (const FacetRecipe *recipe, gdouble squared_error)
{
  switch (recipe->loss)
    {
    case FACET_LOSS_BOOK_VAE:
      return recipe->reconstruction_weight;
    case FACET_LOSS_OPTIMAL_SIGMA:
      return 0.5 * (gdouble) crop_size (recipe) /
             MAX (squared_error, SQUARED_ERROR_MIN);
    case FACET_LOSS_MSE:
    default:
      return 1.0;
    }
}

void
facet_loss_decode_gradient (const FacetRecipe *recipe,
                            const gfloat *weights,
                            gint batch,
                            const gfloat *crop,
                            const gfloat *decode,
                            gdouble squared_error,
                            gfloat *gradient)
{
  const gint n_pixels = recipe->input_dim.height * recipe->input_dim.width;
  const gint channels = recipe->input_dim.channels;
  const gfloat slope = (gfloat) (2.0 * error_slope (recipe, squared_error) /
                                 ((gdouble) batch *
                                  (gdouble) crop_size (recipe)));

  for (gint b = 0; b < batch; b++)
    for (gint i = 0; i < n_pixels; i++)
      for (gint c = 0; c < channels; c++)
        *gradient++ = slope * weights[i] * (*decode++ - *crop++);
}

void
facet_loss_sample_code (const FacetRecipe *recipe,
                        gint batch,
                        const gfloat *statistics,
                        guint64 seed,
                        gfloat *code)
{
  const gint z_dim = recipe->z_dim;

  if (recipe->kind != FACET_KIND_VAE)
    {
      memcpy (code, statistics, (gsize) batch * z_dim * sizeof (gfloat));
      return;
    }
  for (gint b = 0; b < batch; b++)
    for (gint z = 0; z < z_dim; z++)
      {
        const gfloat *of_photo = statistics + (gsize) b * 2 * z_dim;
        const gsize i = (gsize) b * z_dim + z;
        const gfloat deviation = expf (
            0.5f * clamp_log_variance (of_photo[z_dim + z]));

        code[i] = of_photo[z] + deviation * nn_random_normal (seed, i);
      }
}

/* By mean and log variance of one dimension of one photo. */
static void
dimension_gradient (const FacetRecipe *recipe,
                    gint batch,
                    gfloat mean,
                    gfloat log_variance,
                    gfloat epsilon,
                    gfloat code_gradient,
                    gfloat *by_mean,
                    gfloat *by_log_variance)
{
  const gfloat variance = expf (clamp_log_variance (log_variance));

  *by_mean = code_gradient;
  *by_log_variance = code_gradient * epsilon * 0.5f * sqrtf (variance);
  if (has_divergence (recipe))
    {
      const gfloat weight = (gfloat) recipe->divergence_weight / batch;

      *by_mean += weight * mean;
      *by_log_variance += weight * 0.5f * (variance - 1.0f);
    }
  if (log_variance != clamp_log_variance (log_variance))
    *by_log_variance = 0.0f;
}

void
facet_loss_code_gradient (const FacetRecipe *recipe,
                          gint batch,
                          const gfloat *statistics,
                          guint64 seed,
                          const gfloat *code_gradient,
                          gfloat *gradient)
{
  const gint z_dim = recipe->z_dim;

  if (recipe->kind != FACET_KIND_VAE)
    {
      memcpy (gradient, code_gradient, (gsize) batch * z_dim * sizeof (gfloat));
      return;
    }
  for (gint b = 0; b < batch; b++)
    for (gint z = 0; z < z_dim; z++)
      {
        const gsize mean = (gsize) b * 2 * z_dim + z;
        const gsize log_variance = mean + z_dim;
        const gsize i = (gsize) b * z_dim + z;

        dimension_gradient (recipe, batch, statistics[mean],
                            statistics[log_variance],
                            nn_random_normal (seed, i), code_gradient[i],
                            &gradient[mean], &gradient[log_variance]);
      }
}
