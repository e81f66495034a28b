/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One pixel of an image, or what is between its pixels: the surface through
 * them is Catmull and Rom's cubic (1974).  Beyond its edge an image goes on as
 * its edge is. */
#pragma once

#include "facet-resample.h"
#include "facet-vectors.h"

FACET_INLINE const Vec4 *
facet_sample_row (const FacetImage *image, gint y)
{
  return (const Vec4 *) image->pixels + (gsize) y * image->width;
}

/* Any @x and @y. */
FACET_INLINE Vec4
facet_sample_pixel (const FacetImage *image, gint x, gint y)
{
  const gint column = CLAMP (x, 0, image->width - 1);
  const gint row = CLAMP (y, 0, image->height - 1);

  return facet_sample_row (image, row)[column];
}

/* The four weights of Catmull and Rom for a place that is so far on the way from
 * the second sample to the third: those across first, then those down. */
FACET_INLINE void
facet_sample_get_weights (gfloat across, gfloat down, Vec8 *weights)
{
  const Vec8 cube = { -0.5f, 1.5f, -1.5f, 0.5f, -0.5f, 1.5f, -1.5f, 0.5f };
  const Vec8 square = { 1.0f, -2.5f, 2.0f, -0.5f, 1.0f, -2.5f, 2.0f, -0.5f };
  const Vec8 line = { -0.5f, 0.0f, 0.5f, 0.0f, -0.5f, 0.0f, 0.5f, 0.0f };
  const Vec8 point = { 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f };
  const Vec8 t = { across, across, across, across, down, down, down, down };

  *weights = ((cube * t + square) * t + line) * t + point;
}

/* @corner: of sixteen pixels in rows of @width.  Down first, which is half of
 * the products. */
FACET_INLINE Vec4
facet_sample_mix (const Vec4 *corner, gsize width, const Vec8 *weights)
{
  const Vec8 w = *weights;
  Vec8 left = { 0 }, right = { 0 };

  for (gint j = 0; j < 4; j++, corner += width)
    {
      const Vec8 *pairs = (const Vec8 *) corner;

      left += pairs[0] * w[4 + j];
      right += pairs[1] * w[4 + j];
    }
  left = left * __builtin_shufflevector (w, w, 0, 0, 0, 0, 1, 1, 1, 1) +
         right * __builtin_shufflevector (w, w, 2, 2, 2, 2, 3, 3, 3, 3);
  return __builtin_shufflevector (left, left, 0, 1, 2, 3) +
         __builtin_shufflevector (left, left, 4, 5, 6, 7);
}

/* What is @across and @down, 0…1, of the way from pixel @x, @y to the next. */
FACET_INLINE Vec4
facet_sample_between (const FacetImage *image,
                      gint x,
                      gint y,
                      gfloat across,
                      gfloat down)
{
  Vec4 sixteen[4 * 4];
  Vec8 weights;

  facet_sample_get_weights (across, down, &weights);
  if (x >= 1 && y >= 1 && x + 3 <= image->width && y + 3 <= image->height)
    return facet_sample_mix (facet_sample_row (image, y - 1) + x - 1,
                             image->width, &weights);
  for (gint j = 0; j < 4; j++)
    for (gint i = 0; i < 4; i++)
      sixteen[4 * j + i] = facet_sample_pixel (image, x - 1 + i, y - 1 + j);
  return facet_sample_mix (sixteen, 4, &weights);
}
