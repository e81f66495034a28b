/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <train/loop/facet-loss.h>
#include "facet-detail-loss.h"

#define BLOCK_PX 8
/* A flat block has no direction in which to become stronger. */
#define RMS_MIN 1e-4

static const gfloat luma_weights[] = { 0.299f, 0.587f, 0.114f };

static gfloat
luma_weight (NnShape shape, gint channel)
{
  return shape.channels == 3 ? luma_weights[channel] : 1.0f;
}

/* Zero at the border and outside the face region. */
static gfloat *
new_laplacian (NnShape shape, const gfloat *crop)
{
  const gint n = shape.height * shape.width;
  g_autofree gfloat *luma = g_new0 (gfloat, n);
  gfloat *laplacian = g_new0 (gfloat, n);

  for (gint i = 0; i < n; i++)
    for (gint c = 0; c < shape.channels; c++)
      luma[i] += luma_weight (shape, c) * crop[i * shape.channels + c];
  for (gint y = 1; y < shape.height - 1; y++)
    for (gint x = 1; x < shape.width - 1; x++)
      {
        const gfloat *p = luma + y * shape.width + x;

        if (facet_loss_in_face (shape, x, y))
          laplacian[y * shape.width + x] = p[-1] + p[1] + p[-shape.width] +
                                           p[shape.width] - 4.0f * p[0];
      }
  return laplacian;
}

static gdouble
block_rms (NnShape shape, const gfloat *laplacian, gint left, gint top)
{
  gdouble sum = 0.0;

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    {
      const gdouble value =
          laplacian[(top + i / BLOCK_PX) * shape.width + left + i % BLOCK_PX];

      sum += value * value;
    }
  return sqrt (sum / (BLOCK_PX * BLOCK_PX));
}

/* Turns the decode's Laplacian of one block into the gradient by it. */
static gdouble
match_block (NnShape shape,
             const gfloat *wanted,
             gfloat *laplacian,
             gint left,
             gint top,
             gdouble share)
{
  const gdouble rms = block_rms (shape, laplacian, left, top);
  const gdouble difference = rms - block_rms (shape, wanted, left, top);
  const gfloat scale = (gfloat) (2.0 * share * difference /
                                 (MAX (rms, RMS_MIN) * BLOCK_PX * BLOCK_PX));

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    laplacian[(top + i / BLOCK_PX) * shape.width + left + i % BLOCK_PX] *=
        scale;
  return difference * difference;
}

/* The Laplacian's transpose is the Laplacian. */
static void
add_back (NnShape shape, const gfloat *by_laplacian, gfloat *gradient)
{
  for (gint y = 1; y < shape.height - 1; y++)
    for (gint x = 1; x < shape.width - 1; x++)
      {
        const gfloat *p = by_laplacian + y * shape.width + x;
        const gfloat by_luma = p[-1] + p[1] + p[-shape.width] + p[shape.width] -
                               4.0f * p[0];

        for (gint c = 0; c < shape.channels; c++)
          gradient[(y * shape.width + x) * shape.channels + c] +=
              luma_weight (shape, c) * by_luma;
      }
}

gdouble
facet_detail_loss (NnShape shape,
                   const gfloat *photo,
                   const gfloat *decode,
                   gdouble weight,
                   gfloat *gradient)
{
  g_autofree gfloat *wanted = new_laplacian (shape, photo);
  g_autofree gfloat *laplacian = new_laplacian (shape, decode);
  const gint n_blocks = (shape.height / BLOCK_PX) * (shape.width / BLOCK_PX);
  gdouble sum = 0.0;

  for (gint y = 0; y + BLOCK_PX <= shape.height; y += BLOCK_PX)
    for (gint x = 0; x + BLOCK_PX <= shape.width; x += BLOCK_PX)
      sum += match_block (shape, wanted, laplacian, x, y, weight / n_blocks);
  add_back (shape, laplacian, gradient);
  return sum / n_blocks;
}
