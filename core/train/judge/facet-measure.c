/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PSNR, SSIM (Wang et al., Image Quality Assessment: From Error Visibility to
 * Structural Similarity, 2004: Gaussian window of σ 1.5, K1 0.01, K2 0.03) and
 * sharpness.
 */
#include <glib.h>
#include <math.h>
#include <train/loop/facet-loss.h>
#include <train/loop/facet-luma.h>
#include "facet-measure.h"

/* An identical crop has 100 dB. */
#define SQUARED_ERROR_MIN 1e-10
#define SSIM_RADIUS 5
#define SSIM_SIGMA 1.5
#define SSIM_C1 (0.01 * 0.01)
#define SSIM_C2 (0.03 * 0.03)
#define PATTERN_PX 4

static double
psnr (double sum, gsize n)
{
  return n ? -10.0 * log10 (MAX (sum / (double) n, SQUARED_ERROR_MIN)) : 0.0;
}

static void
measure_psnr (NnShape shape,
              const float *crop,
              const float *decode,
              FacetMeasure *measure)
{
  double whole = 0.0, face = 0.0;
  gsize n_face = 0;
  gsize n = (gsize) shape.height * shape.width * shape.channels;

  for (gsize i = 0; i < n; i++)
    {
      const double difference = (double) decode[i] - crop[i];
      const gint pixel = (gint) (i / shape.channels);

      whole += difference * difference;
      if (facet_loss_in_face (shape, pixel % shape.width, pixel / shape.width))
        {
          face += difference * difference;
          n_face++;
        }
    }
  measure->psnr = psnr (whole, n);
  measure->face_psnr = psnr (face, n_face);
}

/* Means, variances and covariance in the window around one pixel. */
static double
local_ssim (NnShape shape,
            const double *window,
            const float *a,
            const float *b,
            gint x,
            gint y)
{
  double weight = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  double mean_a, mean_b, variances, covariance;

  for (gint v = MAX (0, y - SSIM_RADIUS);
       v <= MIN (shape.height - 1, y + SSIM_RADIUS); v++)
    for (gint u = MAX (0, x - SSIM_RADIUS);
         u <= MIN (shape.width - 1, x + SSIM_RADIUS); u++)
      {
        const double w = window[ABS (u - x)] * window[ABS (v - y)];
        const double p = a[v * shape.width + u];
        const double q = b[v * shape.width + u];

        weight += w;
        sum_a += w * p;
        sum_b += w * q;
        sum_aa += w * p * p;
        sum_bb += w * q * q;
        sum_ab += w * p * q;
      }
  mean_a = sum_a / weight;
  mean_b = sum_b / weight;
  variances = (sum_aa + sum_bb) / weight - mean_a * mean_a - mean_b * mean_b;
  covariance = sum_ab / weight - mean_a * mean_b;
  return (2 * mean_a * mean_b + SSIM_C1) * (2 * covariance + SSIM_C2) /
         ((mean_a * mean_a + mean_b * mean_b + SSIM_C1) *
          (variances + SSIM_C2));
}

static double
measure_ssim (NnShape shape, const float *a, const float *b)
{
  double window[SSIM_RADIUS + 1];
  double sum = 0.0;

  for (gint i = 0; i <= SSIM_RADIUS; i++)
    window[i] = exp (-i * i / (2.0 * SSIM_SIGMA * SSIM_SIGMA));
  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      sum += local_ssim (shape, window, a, b, x, y);
  return sum / ((double) shape.height * shape.width);
}

/* Of the five-point Laplacian in the face region, where it is summed up. */
typedef struct
{
  double squares;
  double sums[PATTERN_PX * PATTERN_PX]; /* by phase */
  gint counts[PATTERN_PX * PATTERN_PX];
} Detail;

static Detail
measure_detail (NnShape shape, const float *luma)
{
  g_autofree float *laplacian = facet_luma_new_laplacian (shape, luma);
  Detail detail = { 0 };

  for (gint y = 1; y < shape.height - 1; y++)
    for (gint x = 1; x < shape.width - 1; x++)
      if (facet_loss_in_face (shape, x, y))
        {
          const gint phase = y % PATTERN_PX * PATTERN_PX + x % PATTERN_PX;
          const double value = laplacian[y * shape.width + x];

          detail.squares += value * value;
          detail.sums[phase] += value;
          detail.counts[phase]++;
        }
  return detail;
}

double
facet_measure_sharpness (NnShape shape, const float *crop, const float *decode)
{
  g_autofree float *a = facet_luma_new (shape, crop);
  g_autofree float *b = facet_luma_new (shape, decode);
  const double squares = measure_detail (shape, a).squares;

  return squares > 0.0 ? sqrt (measure_detail (shape, b).squares / squares) :
                         1.0;
}

double
facet_measure_pattern (NnShape shape, const float *crop)
{
  g_autofree float *luma = facet_luma_new (shape, crop);
  const Detail detail = measure_detail (shape, luma);
  double repeated = 0.0;

  for (gint phase = 0; phase < PATTERN_PX * PATTERN_PX; phase++)
    if (detail.counts[phase] > 0)
      repeated += detail.sums[phase] * detail.sums[phase] /
                  detail.counts[phase];
  return detail.squares > 0.0 ? sqrt (repeated / detail.squares) : 0.0;
}

FacetMeasure
facet_measure (NnShape shape, const float *crop, const float *decode)
{
  g_autofree float *a = facet_luma_new (shape, crop);
  g_autofree float *b = facet_luma_new (shape, decode);
  FacetMeasure measure;

  measure_psnr (shape, crop, decode, &measure);
  measure.ssim = measure_ssim (shape, a, b);
  measure.sharpness = facet_measure_sharpness (shape, crop, decode);
  measure.pattern = facet_measure_pattern (shape, decode);
  measure.photo_pattern = facet_measure_pattern (shape, crop);
  return measure;
}
