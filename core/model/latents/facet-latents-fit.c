/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Principal component analysis (Pearson 1901, Hotelling 1933) of a model's
 * codes: the axes are the eigenvectors of their covariance, σ the roots of its
 * eigenvalues.
 */
#include <math.h>
#include <model/facet-model-private.h>
#include <stdlib.h>
#include <string.h>
#include "facet-eigen.h"

/* An axis whose σ is under this part of the largest is dead. */
#define DEAD_SIGMA 1e-3
#define LOW_PERCENTILE 0.01
#define HIGH_PERCENTILE 0.99

static void
subtract_mean (const gfloat *codes,
               gint n,
               gint z_dim,
               gdouble *mean,
               gdouble *centred)
{
  memset (mean, 0, (gsize) z_dim * sizeof (gdouble));
  for (gint i = 0; i < n; i++)
    for (gint z = 0; z < z_dim; z++)
      mean[z] += codes[(gsize) i * z_dim + z];
  for (gint z = 0; z < z_dim; z++)
    mean[z] /= n;
  for (gint i = 0; i < n; i++)
    for (gint z = 0; z < z_dim; z++)
      centred[(gsize) i * z_dim + z] = codes[(gsize) i * z_dim + z] - mean[z];
}

/* Each row is summed in one order, whoever sums it. */
static void
compute_covariance (const gdouble *centred,
                    gint n,
                    gint z_dim,
                    gdouble *covariance)
{
#pragma omp parallel for schedule(dynamic) num_threads(nn_get_threads())
  for (gint a = 0; a < z_dim; a++)
    {
      gdouble *row = covariance + (gsize) a * z_dim;

      memset (row, 0, (gsize) z_dim * sizeof (gdouble));
      for (gint i = 0; i < n; i++)
        {
          const gdouble *code = centred + (gsize) i * z_dim;

          for (gint b = a; b < z_dim; b++)
            row[b] += code[a] * code[b];
        }
      for (gint b = a; b < z_dim; b++)
        row[b] /= n - 1;
    }
  for (gint a = 0; a < z_dim; a++)
    for (gint b = 0; b < a; b++)
      covariance[(gsize) a * z_dim + b] = covariance[(gsize) b * z_dim + a];
}

static int
compare_numbers (const void *a, const void *b)
{
  const gdouble first = *(const gdouble *) a;
  const gdouble second = *(const gdouble *) b;

  return (first > second) - (first < second);
}

/* Between the two nearest of @sorted, as numpy's percentile () does it. */
static gdouble
quantile (const gdouble *sorted, gint n, gdouble fraction)
{
  const gdouble place = fraction * (n - 1);
  const gint below = (gint) place;
  const gint above = MIN (below + 1, n - 1);

  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

static void
measure_range (const gdouble *centred, gint n, FacetLatents *latents, gint axis)
{
  const gfloat *vector = latents->axes + (gsize) axis * latents->z_dim;
  gdouble *places = g_new0 (gdouble, n);

  for (gint i = 0; i < n; i++)
    {
      const gdouble *code = centred + (gsize) i * latents->z_dim;

      for (gint z = 0; z < latents->z_dim; z++)
        places[i] += code[z] * vector[z];
      places[i] /= latents->sigma[axis];
    }
  qsort (places, (size_t) n, sizeof (gdouble), compare_numbers);
  latents->low[axis] = (gfloat) quantile (places, n, LOW_PERCENTILE);
  latents->high[axis] = (gfloat) quantile (places, n, HIGH_PERCENTILE);
  g_free (places);
}

/* Variances that are not far above what rounding leaves of the codes' own size
 * count as none. */
static gint
count_living (const gdouble *variances, gint z_dim, gdouble size_squared)
{
  const gdouble noise = 1e-14 * size_squared;
  gint n = 0;

  while (n < z_dim && variances[n] > noise &&
         variances[n] >= DEAD_SIGMA * DEAD_SIGMA * variances[0])
    n++;
  return n;
}

static FacetLatents *
new_for_axes (gint z_dim,
              gint n_axes,
              const gdouble *variances,
              const gdouble *vectors)
{
  FacetLatents *latents = facet_latents_new (z_dim, n_axes);

  for (gint axis = 0; axis < n_axes; axis++)
    {
      latents->sigma[axis] = (gfloat) sqrt (variances[axis]);
      for (gint z = 0; z < z_dim; z++)
        latents->axes[(gsize) axis * z_dim + z] =
            (gfloat) vectors[(gsize) axis * z_dim + z];
    }
  return latents;
}

FacetLatents *
facet_latents_new_fit (const gfloat *codes, gint n, gint z_dim)
{
  const gsize square = (gsize) z_dim * z_dim;
  g_autofree gdouble *centred = g_new (gdouble, (gsize) n * z_dim);
  g_autofree gdouble *covariance = g_new (gdouble, square);
  g_autofree gdouble *vectors = g_new (gdouble, square);
  g_autofree gdouble *variances = g_new0 (gdouble, z_dim);
  g_autofree gdouble *mean = g_new0 (gdouble, z_dim);
  FacetLatents *latents;
  gdouble size_squared = 0;
  gint n_axes = 0;

  if (n >= 1)
    subtract_mean (codes, n, z_dim, mean, centred);
  for (gint z = 0; z < z_dim; z++)
    size_squared += mean[z] * mean[z];
  if (n >= 2 && isfinite (size_squared))
    {
      compute_covariance (centred, n, z_dim, covariance);
      facet_eigen_symmetric (z_dim, covariance, variances, vectors);
      n_axes = count_living (variances, z_dim, size_squared);
    }
  latents = n_axes > 0 ? new_for_axes (z_dim, n_axes, variances, vectors) :
                         facet_latents_new_identity (z_dim);
  for (gint z = 0; z < z_dim && isfinite (size_squared); z++)
    latents->mean[z] = (gfloat) mean[z];
  for (gint axis = 0; axis < n_axes; axis++)
    measure_range (centred, n, latents, axis);
  return latents;
}
