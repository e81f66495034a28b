/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <train/loop/facet-loss.h>
#include <train/loop/facet-luma.h>
#include "facet-detail-loss.h"

#define BLOCK_PX 8
/* Each half the size of the one before. */
#define N_SCALES 2
/* A flat block has no direction in which to become stronger. */
#define RMS_MIN 1e-4
/* A photo's block as weak as this is half grain, which no code knows: asked
 * for, it would come as a weave that is the same under all faces. */
#define RMS_GRAIN 0.015

typedef struct _Match Match;

/* Turns a decode's Laplacian into the gradient by it; returns the loss. */
typedef gdouble (*MatchFunc) (const Match *match,
                              NnShape shape,
                              const gfloat *wanted,
                              gfloat *laplacian);

struct _Match
{
  MatchFunc func;
  gdouble gain;    /* of what is wanted  */
  gboolean beside; /* the face, or in it */
  gdouble weight;
};

static NnShape
half_of (NnShape shape)
{
  return (NnShape) { shape.height / 2, shape.width / 2, shape.channels };
}

static gfloat *
new_half (NnShape shape, const gfloat *gray)
{
  const NnShape half = half_of (shape);
  gfloat *small = g_new (gfloat, half.height * half.width);

  for (gint y = 0; y < half.height; y++)
    for (gint x = 0; x < half.width; x++)
      {
        const gfloat *p = gray + 2 * y * shape.width + 2 * x;

        small[y * half.width + x] = 0.25f * (p[0] + p[1] + p[shape.width] +
                                             p[shape.width + 1]);
      }
  return small;
}

/* Zero outside the face region, too; or, @beside, in it. */
static gfloat *
new_part_of_laplacian (NnShape shape, const gfloat *gray, gboolean beside)
{
  gfloat *laplacian = facet_luma_new_laplacian (shape, gray);

  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      if (facet_loss_in_face (shape, x, y) == beside)
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

/* Of a photo's details, but for what is grain. */
static gdouble
without_grain (gdouble rms)
{
  return rms * rms / (rms + RMS_GRAIN);
}

/* Turns the decode's Laplacian of one block into the gradient by it. */
static gdouble
match_block (const Match *match,
             NnShape shape,
             const gfloat *wanted,
             gfloat *laplacian,
             gint left,
             gint top,
             gdouble share)
{
  const gdouble rms = block_rms (shape, laplacian, left, top);
  const gdouble wanted_rms = block_rms (shape, wanted, left, top);
  const gdouble weight = sqrt (facet_luma_unmasked (wanted_rms));
  const gdouble asked = match->gain * without_grain (wanted_rms);
  const gdouble difference = weight * (rms - asked);
  const gfloat scale = (gfloat) (2.0 * share * weight * difference /
                                 (MAX (rms, RMS_MIN) * BLOCK_PX * BLOCK_PX));

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    laplacian[(top + i / BLOCK_PX) * shape.width + left + i % BLOCK_PX] *=
        scale;
  return difference * difference;
}

/* All of them. */
static gdouble
match_blocks (const Match *match,
              NnShape shape,
              const gfloat *wanted,
              gfloat *laplacian)
{
  const gint n_blocks = (shape.height / BLOCK_PX) * (shape.width / BLOCK_PX);
  gdouble sum = 0.0;

  for (gint y = 0; y + BLOCK_PX <= shape.height; y += BLOCK_PX)
    for (gint x = 0; x + BLOCK_PX <= shape.width; x += BLOCK_PX)
      sum += match_block (match, shape, wanted, laplacian, x, y,
                          match->weight / n_blocks);
  return sum / n_blocks;
}

static gdouble
match_pixels (const Match *match,
              NnShape shape,
              const gfloat *wanted,
              gfloat *laplacian)
{
  const gint n = shape.height * shape.width;
  const gfloat scale = (gfloat) (2.0 * match->weight / n);
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    {
      const gfloat difference = laplacian[i] - (gfloat) match->gain * wanted[i];

      sum += (gdouble) difference * difference;
      laplacian[i] = scale * difference;
    }
  return sum / n;
}

static gdouble
match_scale (const Match *match,
             NnShape shape,
             const gfloat *photo,
             const gfloat *decode,
             gfloat *by_gray)
{
  g_autofree gfloat *wanted = new_part_of_laplacian (shape, photo,
                                                     match->beside);
  g_autofree gfloat *laplacian = new_part_of_laplacian (shape, decode,
                                                        match->beside);
  const gdouble loss = match->func (match, shape, wanted, laplacian);

  facet_luma_add_back_laplacian (shape, laplacian, by_gray);
  return loss;
}

/* In gray, and the gradient by that of the decode, at the scales of
 * @matches [@n_scales]. */
static gdouble
match_scales (const Match *matches,
              NnShape shape,
              const gfloat *photo,
              const gfloat *decode,
              gint n_scales,
              gfloat *by_gray)
{
  const NnShape half = half_of (shape);
  gdouble sum = match_scale (matches, shape, photo, decode, by_gray);

  if (n_scales > 1 && half.height >= BLOCK_PX && half.width >= BLOCK_PX)
    {
      g_autofree gfloat *small_photo = new_half (shape, photo);
      g_autofree gfloat *small_decode = new_half (shape, decode);
      g_autofree gfloat *by_small = g_new0 (gfloat, half.height * half.width);

      sum += match_scales (matches + 1, half, small_photo, small_decode,
                           n_scales - 1, by_small);
      for (gint y = 0; y < 2 * half.height; y++)
        for (gint x = 0; x < 2 * half.width; x++)
          by_gray[y * shape.width + x] += 0.25f *
                                          by_small[y / 2 * half.width + x / 2];
    }
  return sum;
}

static gdouble
match_crops (const Match *matches,
             NnShape shape,
             const gfloat *photo,
             const gfloat *decode,
             gfloat *gradient)
{
  g_autofree gfloat *photo_gray = facet_luma_new_mean (shape, photo);
  g_autofree gfloat *gray = facet_luma_new_mean (shape, decode);
  g_autofree gfloat *by_gray = g_new0 (gfloat, shape.height * shape.width);
  const gdouble loss = match_scales (matches, shape, photo_gray, gray, N_SCALES,
                                     by_gray);

  facet_luma_add_back_mean (shape, by_gray, gradient);
  return loss;
}

gdouble
facet_detail_loss (NnShape shape,
                   const gfloat *photo,
                   gdouble gain,
                   gdouble half_gain,
                   const gfloat *decode,
                   gdouble weight,
                   gfloat *gradient)
{
  const Match matches[N_SCALES] = { { match_blocks, gain, FALSE, weight },
                                    { match_blocks, half_gain, FALSE,
                                      weight } };

  return match_crops (matches, shape, photo, decode, gradient);
}

static gdouble
match_places (NnShape shape,
              const gfloat *wanted,
              gdouble gain,
              gboolean beside,
              const gfloat *decode,
              gdouble weight,
              gfloat *gradient)
{
  const Match match = { match_pixels, gain, beside, weight };
  const Match matches[N_SCALES] = { match, match };

  return match_crops (matches, shape, wanted, decode, gradient);
}

gdouble
facet_detail_place_loss (NnShape shape,
                         const gfloat *wanted,
                         gdouble gain,
                         const gfloat *decode,
                         gdouble weight,
                         gfloat *gradient)
{
  return match_places (shape, wanted, gain, FALSE, decode, weight, gradient);
}

gdouble
facet_detail_beside_loss (NnShape shape,
                          const gfloat *wanted,
                          const gfloat *decode,
                          gdouble weight,
                          gfloat *gradient)
{
  return match_places (shape, wanted, 1.0, TRUE, decode, weight, gradient);
}

gdouble
facet_detail_strength (NnShape shape, const gfloat *crop)
{
  g_autofree gfloat *gray = facet_luma_new_mean (shape, crop);
  g_autofree gfloat *laplacian = new_part_of_laplacian (shape, gray, FALSE);
  const gint n = shape.height * shape.width;
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    sum += (gdouble) laplacian[i] * laplacian[i];
  return sqrt (sum / n);
}
