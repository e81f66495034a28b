/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The normal equations are a dozen wide: Cholesky's factors solve them.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include "facet-directions.h"

/* Added to the diagonal of the attributes' correlations, which is 1. */
#define RIDGE 1e-3
#define MIN_DEVIATION 1e-6

/* What is known of an attribute over all photos. */
typedef struct
{
  const FacetAttribute *attribute;
  gint column; /* in FacetCodes */
  gdouble mean;
  gdouble deviation;
  gdouble unit; /* in standard deviations */
} Scale;

static Scale
measure_scale (const FacetCodes *codes,
               const FacetAttribute *attribute,
               gint column)
{
  gdouble sum = 0.0, squares = 0.0;
  gdouble of[2] = { 0.0, 0.0 };
  gint n = 0;
  gint n_of[2] = { 0, 0 };
  Scale scale = { attribute, column, 0.0, 0.0, 1.0 };

  for (gint i = 0; i < codes->n; i++)
    {
      const gdouble value = codes->attributes[i * codes->n_attributes + column];
      const gint yes = value > 0.5;

      if (isnan (value))
        continue;
      sum += value;
      squares += value * value;
      of[yes] += value;
      n_of[yes]++;
      n++;
    }
  if (n == 0)
    return scale;
  scale.mean = sum / n;
  scale.deviation = sqrt (MAX (0.0, squares / n - scale.mean * scale.mean));
  if (attribute->yes_no && n_of[0] && n_of[1] && scale.deviation > 0)
    scale.unit = 0.5 * (of[1] / n_of[1] - of[0] / n_of[0]) / scale.deviation;
  return scale;
}

/* In standard deviations; what is unknown counts as the mean. */
static gdouble
standardized (const FacetCodes *codes, gint row, const Scale *scale)
{
  const gdouble value =
      codes->attributes[row * codes->n_attributes + scale->column];

  return isnan (value) ? 0.0 : (value - scale->mean) / scale->deviation;
}

/* @correlations [n][n] and @products [n][z_dim], of attributes with each other
 * and with the codes. */
static void
correlate (const FacetCodes *codes,
           const Scale *scales,
           gint n,
           gint z_dim,
           gdouble *correlations,
           gdouble *products)
{
  g_autofree gdouble *mean = g_new0 (gdouble, z_dim);
  g_autofree gdouble *row = g_new (gdouble, n);

  for (gint i = 0; i < codes->n; i++)
    for (gint z = 0; z < z_dim; z++)
      mean[z] += codes->codes[(gsize) i * z_dim + z] / (gdouble) codes->n;
  for (gint i = 0; i < codes->n; i++)
    {
      for (gint a = 0; a < n; a++)
        row[a] = standardized (codes, i, &scales[a]);
      for (gint a = 0; a < n; a++)
        {
          for (gint b = 0; b < n; b++)
            correlations[a * n + b] += row[a] * row[b] / codes->n;
          for (gint z = 0; z < z_dim; z++)
            products[(gsize) a * z_dim + z] +=
                row[a] * (codes->codes[(gsize) i * z_dim + z] - mean[z]) /
                codes->n;
        }
    }
}

/* Solves @matrix [n][n] · x = @right [n][width] in place; both are overwritten.
 */
static void
solve (gdouble *matrix, gdouble *right, gint n, gint width)
{
  for (gint j = 0; j < n; j++)
    {
      for (gint k = 0; k < j; k++)
        matrix[j * n + j] -= matrix[j * n + k] * matrix[j * n + k];
      matrix[j * n + j] = sqrt (matrix[j * n + j]);
      for (gint i = j + 1; i < n; i++)
        {
          for (gint k = 0; k < j; k++)
            matrix[i * n + j] -= matrix[i * n + k] * matrix[j * n + k];
          matrix[i * n + j] /= matrix[j * n + j];
        }
    }
  for (gint z = 0; z < width; z++)
    {
      for (gint i = 0; i < n; i++)
        {
          for (gint k = 0; k < i; k++)
            right[(gsize) i * width + z] -= matrix[i * n + k] *
                                            right[(gsize) k * width + z];
          right[(gsize) i * width + z] /= matrix[i * n + i];
        }
      for (gint i = n - 1; i >= 0; i--)
        {
          for (gint k = i + 1; k < n; k++)
            right[(gsize) i * width + z] -= matrix[k * n + i] *
                                            right[(gsize) k * width + z];
          right[(gsize) i * width + z] /= matrix[i * n + i];
        }
    }
}

static void
append (FacetLatents *latents, const Scale *scale, const gdouble *product)
{
  const FacetAttribute *attribute = scale->attribute;
  g_autofree gfloat *vector = g_new (gfloat, latents->z_dim);

  for (gint z = 0; z < latents->z_dim; z++)
    vector[z] = (gfloat) (scale->unit * product[z]);
  facet_latents_append_direction (latents, attribute->name, attribute->label,
                                  attribute->yes_no ?
                                      N_ ("half the way from no to yes") :
                                      N_ ("one standard deviation"),
                                  attribute->minimum, attribute->maximum,
                                  vector);
}

void
facet_directions_fit (FacetLatents *latents,
                      const FacetCodes *codes,
                      const GPtrArray *attributes)
{
  const gint z_dim = latents->z_dim;
  g_autofree Scale *scales = g_new (Scale, attributes->len);
  g_autofree gdouble *correlations = NULL;
  g_autofree gdouble *products = NULL;
  gint n = 0;

  for (guint a = 0; a < attributes->len; a++)
    {
      scales[n] = measure_scale (codes, g_ptr_array_index (attributes, a),
                                 (gint) a);
      if (scales[n].deviation > MIN_DEVIATION)
        n++;
    }
  correlations = g_new0 (gdouble, n * n);
  products = g_new0 (gdouble, (gsize) n * z_dim);
  correlate (codes, scales, n, z_dim, correlations, products);
  for (gint a = 0; a < n; a++)
    correlations[a * n + a] += RIDGE;
  solve (correlations, products, n, z_dim);
  for (gint a = 0; a < n; a++)
    append (latents, &scales[a], products + (gsize) a * z_dim);
}
