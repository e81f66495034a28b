/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gaussian blur, rows first, then columns.  The tails beyond three σ are cut:
 * what they weigh, a quarter of a percent, is less than eight bits can show. In
 * one thread: a crop is blurred in less time than threads take to meet when the
 * machine is busy.
 */
#include <math.h>
#include <string.h>
#include "facet-field.h"

#define TAIL_SIGMAS 3.0
#define LARGEST_RADIUS 64

typedef struct
{
  gint radius;
  gfloat weights[2 * LARGEST_RADIUS + 1];
} Kernel;

static Kernel
get_kernel (gdouble sigma)
{
  Kernel kernel = { (gint) MIN (ceil (TAIL_SIGMAS * sigma), LARGEST_RADIUS) };
  gdouble total = 0;

  for (gint i = -kernel.radius; i <= kernel.radius; i++)
    total += exp (-0.5 * i * i / (sigma * sigma));
  for (gint i = -kernel.radius; i <= kernel.radius; i++)
    kernel.weights[i + kernel.radius] =
        (gfloat) (exp (-0.5 * i * i / (sigma * sigma)) / total);
  return kernel;
}

/* @padded has room for the row and radius pixels on both sides. */
static void
blur_row (const Kernel *kernel,
          gint width,
          gint channels,
          const gfloat *in,
          gfloat *padded,
          gfloat *out)
{
  const gint n = width * channels;
  const gint margin = kernel->radius * channels;

  memcpy (padded + margin, in, n * sizeof (gfloat));
  for (gint i = 0; i < margin; i++)
    {
      padded[i] = in[i % channels];
      padded[margin + n + i] = in[n - channels + i % channels];
    }
  memset (out, 0, n * sizeof (gfloat));
  for (gint k = 0; k <= 2 * kernel->radius; k++)
    {
      const gfloat weight = kernel->weights[k];
      const gfloat *from = padded + k * channels;

      for (gint i = 0; i < n; i++)
        out[i] += weight * from[i];
    }
}

static void
blur_column (const Kernel *kernel,
             gint row_size,
             gint height,
             gint y,
             const gfloat *in,
             gfloat *out)
{
  memset (out, 0, row_size * sizeof (gfloat));
  for (gint k = 0; k <= 2 * kernel->radius; k++)
    {
      const gint row = CLAMP (y + k - kernel->radius, 0, height - 1);
      const gfloat weight = kernel->weights[k];
      const gfloat *from = in + (gsize) row * row_size;

      for (gint i = 0; i < row_size; i++)
        out[i] += weight * from[i];
    }
}

void
facet_blur (gint width,
            gint height,
            gint channels,
            gdouble sigma_px,
            const gfloat *in,
            gfloat *out)
{
  const Kernel kernel = get_kernel (sigma_px);
  const gint n = width * channels;
  g_autofree gfloat *middle = g_new (gfloat, (gsize) n * height);
  g_autofree gfloat *padded = g_new (gfloat,
                                     n + 2 * (gsize) kernel.radius * channels);

  for (gint y = 0; y < height; y++)
    blur_row (&kernel, width, channels, in + (gsize) y * n, padded,
              middle + (gsize) y * n);
  for (gint y = 0; y < height; y++)
    blur_column (&kernel, n, height, y, middle, out + (gsize) y * n);
}
