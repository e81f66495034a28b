/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet-luma.h"

#define RMS_TYPICAL 0.06
#define RMS_FLAT 0.01

static const gfloat luma_weights[] = { 0.299f, 0.587f, 0.114f };

static gfloat
luma_weight (NnShape shape, gint channel)
{
  return shape.channels == 3 ? luma_weights[channel] : 1.0f;
}

gfloat *
facet_luma_new (NnShape shape, const gfloat *crop)
{
  const gint n = shape.height * shape.width;
  gfloat *luma = g_new0 (gfloat, n);

  for (gint i = 0; i < n; i++)
    for (gint c = 0; c < shape.channels; c++)
      luma[i] += luma_weight (shape, c) * crop[i * shape.channels + c];
  return luma;
}

gfloat *
facet_luma_new_mean (NnShape shape, const gfloat *crop)
{
  const gint n = shape.height * shape.width;
  gfloat *mean = g_new0 (gfloat, n);

  for (gint i = 0; i < n; i++)
    for (gint c = 0; c < shape.channels; c++)
      mean[i] += crop[i * shape.channels + c] / (gfloat) shape.channels;
  return mean;
}

void
facet_luma_add_back_mean (NnShape shape, const gfloat *by_mean, gfloat *by_crop)
{
  for (gint i = 0; i < shape.height * shape.width; i++)
    for (gint c = 0; c < shape.channels; c++)
      by_crop[i * shape.channels + c] += by_mean[i] / (gfloat) shape.channels;
}

gfloat *
facet_luma_new_laplacian (NnShape shape, const gfloat *luma)
{
  gfloat *laplacian = g_new0 (gfloat, shape.height * shape.width);

  for (gint y = 1; y < shape.height - 1; y++)
    for (gint x = 1; x < shape.width - 1; x++)
      {
        const gfloat *p = luma + y * shape.width + x;

        laplacian[y * shape.width + x] = p[-1] + p[1] + p[-shape.width] +
                                         p[shape.width] - 4.0f * p[0];
      }
  return laplacian;
}

void
facet_luma_add_back_laplacian (NnShape shape,
                               const gfloat *by_laplacian,
                               gfloat *by_luma)
{
  for (gint y = 1; y < shape.height - 1; y++)
    for (gint x = 1; x < shape.width - 1; x++)
      {
        const gfloat by = by_laplacian[y * shape.width + x];
        gfloat *p = by_luma + y * shape.width + x;

        p[-1] += by;
        p[1] += by;
        p[-shape.width] += by;
        p[shape.width] += by;
        p[0] -= 4.0f * by;
      }
}

gdouble
facet_luma_unmasked (gdouble rms)
{
  return RMS_TYPICAL / (rms + RMS_FLAT);
}
