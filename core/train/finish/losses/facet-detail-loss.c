/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <train/loop/facet-loss.h>
#include <train/loop/facet-luma.h>
#include "facet-detail-loss.h"

#define BLOCK_PX 8
/* Each half the size of the one before. */
#define N_SCALES 2
/* A block nearly as strong as the first counts once, a flat one six times. */
#define RMS_TYPICAL 0.06
#define RMS_FLAT 0.01
/* A flat block has no direction in which to become stronger. */
#define RMS_MIN 1e-4

static NnShape
half_of (NnShape shape)
{
  return (NnShape) { shape.height / 2, shape.width / 2, shape.channels };
}

static gfloat *
new_half (NnShape shape, const gfloat *luma)
{
  const NnShape half = half_of (shape);
  gfloat *small = g_new (gfloat, half.height * half.width);

  for (gint y = 0; y < half.height; y++)
    for (gint x = 0; x < half.width; x++)
      {
        const gfloat *p = luma + 2 * y * shape.width + 2 * x;

        small[y * half.width + x] = 0.25f * (p[0] + p[1] + p[shape.width] +
                                             p[shape.width + 1]);
      }
  return small;
}

/* Zero outside the face region, too. */
static gfloat *
new_face_laplacian (NnShape shape, const gfloat *luma)
{
  gfloat *laplacian = facet_luma_new_laplacian (shape, luma);

  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      if (! facet_loss_in_face (shape, x, y))
        laplacian[y * shape.width + x] = 0.0f;
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
  const gdouble wanted_rms = block_rms (shape, wanted, left, top);
  const gdouble weight = sqrt (RMS_TYPICAL / (wanted_rms + RMS_FLAT));
  const gdouble difference = weight * (rms - wanted_rms);
  const gfloat scale = (gfloat) (2.0 * share * weight * difference /
                                 (MAX (rms, RMS_MIN) * BLOCK_PX * BLOCK_PX));

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    laplacian[(top + i / BLOCK_PX) * shape.width + left + i % BLOCK_PX] *=
        scale;
  return difference * difference;
}

static gdouble
match_scale (NnShape shape,
             const gfloat *photo,
             const gfloat *decode,
             gdouble weight,
             gfloat *by_luma)
{
  g_autofree gfloat *wanted = new_face_laplacian (shape, photo);
  g_autofree gfloat *laplacian = new_face_laplacian (shape, decode);
  const gint n_blocks = (shape.height / BLOCK_PX) * (shape.width / BLOCK_PX);
  gdouble sum = 0.0;

  for (gint y = 0; y + BLOCK_PX <= shape.height; y += BLOCK_PX)
    for (gint x = 0; x + BLOCK_PX <= shape.width; x += BLOCK_PX)
      sum += match_block (shape, wanted, laplacian, x, y, weight / n_blocks);
  facet_luma_add_back_laplacian (shape, laplacian, by_luma);
  return sum / n_blocks;
}

/* Lumas, and the gradient by that of the decode, at @n_scales. */
static gdouble
match_scales (NnShape shape,
              const gfloat *photo,
              const gfloat *decode,
              gint n_scales,
              gdouble weight,
              gfloat *by_luma)
{
  const NnShape half = half_of (shape);
  gdouble sum = match_scale (shape, photo, decode, weight, by_luma);

  if (n_scales > 1 && half.height >= BLOCK_PX && half.width >= BLOCK_PX)
    {
      g_autofree gfloat *small_photo = new_half (shape, photo);
      g_autofree gfloat *small_decode = new_half (shape, decode);
      g_autofree gfloat *by_small = g_new0 (gfloat, half.height * half.width);

      sum += match_scales (half, small_photo, small_decode, n_scales - 1,
                           weight, by_small);
      for (gint y = 0; y < 2 * half.height; y++)
        for (gint x = 0; x < 2 * half.width; x++)
          by_luma[y * shape.width + x] += 0.25f *
                                          by_small[y / 2 * half.width + x / 2];
    }
  return sum;
}

gdouble
facet_detail_loss (NnShape shape,
                   const gfloat *photo,
                   const gfloat *decode,
                   gdouble weight,
                   gfloat *gradient)
{
  g_autofree gfloat *photo_luma = facet_luma_new (shape, photo);
  g_autofree gfloat *luma = facet_luma_new (shape, decode);
  g_autofree gfloat *by_luma = g_new0 (gfloat, shape.height * shape.width);
  const gdouble loss = match_scales (shape, photo_luma, luma, N_SCALES, weight,
                                     by_luma);

  facet_luma_add_back (shape, by_luma, gradient);
  return loss;
}
