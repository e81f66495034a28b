/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The noise of a photo, by the Laplacian of its luma (Immerkær 1996, "Fast
 * Noise Variance Estimation"), whose σ is that of the noise times √20.  A
 * face's own detail is in it, too; so it is measured where there is least: at
 * the lower quartile.
 */
#include <math.h>
#include <stdlib.h>
#include "facet-grain.h"

#define LUMA_RED 0.2126f
#define LUMA_GREEN 0.7152f
#define LUMA_BLUE 0.0722f

#define MOST_SAMPLES 65536
#define LEAST_SAMPLES 256

/* Of a normal distribution a quarter is nearer to 0 than this many σ. */
#define QUARTILE_SIGMA 0.31864
#define LAPLACIAN_SIGMA 4.4721
/* Stronger than any film's: not noise, but texture. */
#define LARGEST_SIGMA 0.03

static inline gfloat
get_luma (const FacetImage *image, gint x, gint y)
{
  const gfloat *pixel = image->pixels + ((gsize) y * image->width + x) * 4;

  return LUMA_RED * pixel[0] + LUMA_GREEN * pixel[1] + LUMA_BLUE * pixel[2];
}

static int
compare (const void *a, const void *b)
{
  const gfloat first = *(const gfloat *) a;
  const gfloat second = *(const gfloat *) b;

  return (first > second) - (first < second);
}

gdouble
facet_grain_estimate (const FacetImage *image,
                      gdouble x,
                      gdouble y,
                      gdouble reach)
{
  const gint left = (gint) CLAMP (x - reach, 1, image->width - 1);
  const gint right = (gint) CLAMP (x + reach, 1, image->width - 1);
  const gint top = (gint) CLAMP (y - reach, 1, image->height - 1);
  const gint bottom = (gint) CLAMP (y + reach, 1, image->height - 1);
  const gdouble area = (gdouble) (right - left) * (bottom - top);
  const gint step = MAX (1, (gint) ceil (sqrt (area / MOST_SAMPLES)));
  g_autofree gfloat *samples = g_new (gfloat, MOST_SAMPLES);
  gint n = 0;

  for (gint row = top; row < bottom; row += step)
    for (gint column = left; column < right && n < MOST_SAMPLES; column += step)
      {
        const gfloat laplacian = 4 * get_luma (image, column, row) -
                                 get_luma (image, column - 1, row) -
                                 get_luma (image, column + 1, row) -
                                 get_luma (image, column, row - 1) -
                                 get_luma (image, column, row + 1);

        if (isfinite (laplacian))
          samples[n++] = fabsf (laplacian);
      }
  if (n < LEAST_SAMPLES)
    return 0;
  qsort (samples, n, sizeof *samples, compare);
  return MIN (samples[n / 4] / (QUARTILE_SIGMA * LAPLACIAN_SIGMA),
              LARGEST_SIGMA);
}
