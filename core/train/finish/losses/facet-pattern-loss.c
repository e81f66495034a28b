/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <train/loop/facet-luma.h>
#include "facet-pattern-loss.h"

typedef struct
{
  gint px;
  gint reach; /* places averaged on each side: the more, the less counts what
               * does not repeat */
  gdouble weight;
} Period;

/* The second has four times the places, each with less to average; the third
 * counts what repeats over a few places only, as along a mouth; the last one is
 * a chequerboard's, which of all details the Laplacian sees best. */
static const Period periods[] = { { 4, 5, 1.0 },
                                  { 8, 5, 0.25 },
                                  { 4, 1, 0.05 },
                                  { 2, 2, 0.4 } };
/* Every pixel by itself. */
static const Period fixed = { 1, 0, 1.0 };
/* Over which the strength of details is taken: 9 × 9 pixels. */
static const Period surroundings = { 1, 4, 1.0 };

/* Along one way: @step between neighbours, @n of them. */
static void
average_line (const gfloat *values,
              gsize step,
              gint n,
              const Period *period,
              gfloat *averages)
{
  const gint reach = period->reach * period->px;

  for (gint i = 0; i < n; i++)
    {
      gfloat sum = 0.0f;

      for (gint at = i - reach; at <= i + reach; at += period->px)
        if (at >= 0 && at < n)
          sum += values[(gsize) at * step];
      averages[(gsize) i * step] = sum / (gfloat) (2 * period->reach + 1);
    }
}

/* What lies outside counts as zero, so that this is its own transpose. */
static gfloat *
new_average (NnShape shape, const gfloat *values, const Period *period)
{
  const gint n = shape.height * shape.width;
  g_autofree gfloat *rows = g_new (gfloat, n);
  gfloat *both = g_new (gfloat, n);

  for (gint y = 0; y < shape.height; y++)
    average_line (values + y * shape.width, 1, shape.width, period,
                  rows + y * shape.width);
  for (gint x = 0; x < shape.width; x++)
    average_line (rows + x, (gsize) shape.width, shape.height, period,
                  both + x);
  return both;
}

/* [height][width], of squares: the weaker @gray's details around, the more. */
static gfloat *
new_weights (NnShape shape, const gfloat *gray)
{
  const gint n = shape.height * shape.width;
  g_autofree gfloat *squares = facet_luma_new_laplacian (shape, gray);
  gfloat *weights;

  for (gint i = 0; i < n; i++)
    squares[i] *= squares[i];
  weights = new_average (shape, squares, &surroundings);
  for (gint i = 0; i < n; i++)
    weights[i] = (gfloat) facet_luma_unmasked (sqrt (weights[i]));
  return weights;
}

/* Adds the gradient by the Laplacian to @by_laplacian. */
static gdouble
add_period (NnShape shape,
            const gfloat *weights,
            const gfloat *laplacian,
            const Period *period,
            gdouble weight,
            gfloat *by_laplacian)
{
  const gint n = shape.height * shape.width;
  g_autofree gfloat *pattern = new_average (shape, laplacian, period);
  g_autofree gfloat *back = NULL;
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    {
      sum += (gdouble) weights[i] * pattern[i] * pattern[i];
      pattern[i] *= (gfloat) (2.0 * weight / n) * weights[i];
    }
  back = new_average (shape, pattern, period);
  for (gint i = 0; i < n; i++)
    by_laplacian[i] += back[i];
  return sum / n;
}

static gdouble
loss_of_periods (NnShape shape,
                 const Period *of,
                 gsize n_periods,
                 const gfloat *wanted,
                 const gfloat *decode,
                 gdouble weight,
                 gfloat *gradient)
{
  const gint n = shape.height * shape.width;
  g_autofree gfloat *gray = facet_luma_new_mean (shape, decode);
  g_autofree gfloat *wanted_gray = facet_luma_new_mean (shape, wanted);
  g_autofree gfloat *weights = new_weights (shape, wanted_gray);
  g_autofree gfloat *by_laplacian = g_new0 (gfloat, n);
  g_autofree gfloat *by_gray = g_new0 (gfloat, n);
  g_autofree gfloat *laplacian = NULL;
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    gray[i] -= wanted_gray[i];
  laplacian = facet_luma_new_laplacian (shape, gray);
  for (gsize p = 0; p < n_periods; p++)
    sum += of[p].weight * add_period (shape, weights, laplacian, &of[p],
                                      weight * of[p].weight, by_laplacian);
  facet_luma_add_back_laplacian (shape, by_laplacian, by_gray);
  facet_luma_add_back_mean (shape, by_gray, gradient);
  return sum;
}

gdouble
facet_pattern_loss (NnShape shape,
                    const gfloat *wanted,
                    const gfloat *decode,
                    gdouble weight,
                    gfloat *gradient)
{
  return loss_of_periods (shape, periods, G_N_ELEMENTS (periods), wanted,
                          decode, weight, gradient);
}

gdouble
facet_pattern_fixed_loss (NnShape shape,
                          const gfloat *wanted,
                          const gfloat *decode,
                          gdouble weight,
                          gfloat *gradient)
{
  return loss_of_periods (shape, &fixed, 1, wanted, decode, weight, gradient);
}
