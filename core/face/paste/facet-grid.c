/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the crop to the photo's pixels.  A pixel of the model covers many of a
 * large face; so the smooth surface through the map is computed twice in a
 * model's pixel, and between these by straight lines: the eye cannot tell, and
 * for a face of 2000 pixels it is one in fifty of the work.
 */
#include <face/crop/facet-sample.h>
#include "facet-grid.h"

/* Anywhere in a row. */
typedef gfloat LooseVec4 __attribute__ ((vector_size (16), aligned (4)));

/* Straight lines may bridge this many of the map's pixels. */
#define LONGEST_STEP 0.5

FacetGrid
facet_grid_new (const FacetCrop *crop, const FacetRectangle *bounds, gint side)
{
  const FacetAffine to_photo = facet_crop_get_to_photo (crop, 1, 1);
  const gdouble step = LONGEST_STEP * facet_crop_get_side (crop) / side;

  return (FacetGrid) {
    .bounds = *bounds,
    .to_unit = facet_affine_invert (&to_photo),
    .step = (gint) CLAMP (step, 1.0, 64.0),
  };
}

/* The spread image's pixel i, j is the photo's at i · step, j · step of the
 * bounds; so that its own middle, i + ½, is (i + ½ − ½) · step + ½ there. */
static FacetAffine
get_to_map (const FacetGrid *grid, const FacetImage *map)
{
  const FacetAffine *unit = &grid->to_unit;
  const gdouble shift = 0.5 - 0.5 * grid->step;
  const FacetAffine shifted = facet_affine_shifted (unit,
                                                    grid->bounds.x + shift,
                                                    grid->bounds.y + shift);

  return (FacetAffine) {
    .xx = shifted.xx * grid->step * map->width,
    .xy = shifted.xy * grid->step * map->width,
    .x0 = shifted.x0 * map->width,
    .yx = shifted.yx * grid->step * map->height,
    .yy = shifted.yy * grid->step * map->height,
    .y0 = shifted.y0 * map->height,
  };
}

FacetImage *
facet_grid_spread (const FacetGrid *grid, const FacetImage *map)
{
  const FacetAffine to_map = get_to_map (grid, map);
  const gint last_x = (grid->bounds.width - 1) / grid->step;
  const gint last_y = (grid->bounds.height - 1) / grid->step;
  /* one more than the last that a pixel falls on, to draw a line to */
  const gint more = grid->step > 1 ? 2 : 1;
  FacetImage *spread = facet_image_new (last_x + more, last_y + more);

  facet_resample (map, &to_map, spread);
  return spread;
}

/* From @at of the way between two nodes on, where @length of it are from node
 * to node. */
FACET_INLINE void
draw_line (Vec4 from, Vec4 to, gint length, gint at, gint n, Vec4 *out)
{
  const Vec4 slope = (to - from) * (1.0f / length);
  const gfloat start = (gfloat) at;
  Vec4 along = { start, start, start, start };

  for (gint i = 0; i < n; i++, along += 1.0f)
    out[i] = from + slope * along;
}

FACET_CLONES const gfloat *
facet_grid_get_row (const FacetGrid *grid,
                    const FacetImage *spread,
                    gint x,
                    gint y,
                    gint n,
                    gfloat *row)
{
  const gint step = grid->step;
  const Vec4 *upper = facet_sample_row (spread, y / step) + x / step;
  const Vec4 *lower = upper + spread->width;
  const gfloat down = (gfloat) (y % step) / step;
  Vec4 *out = (Vec4 *) row;
  Vec4 from, to;

  if (step == 1)
    return (const gfloat *) upper;
  to = upper[0] + (lower[0] - upper[0]) * down;
  for (gint at = x % step, length; n > 0; n -= length, at = 0)
    {
      upper++;
      lower++;
      from = to;
      to = upper[0] + (lower[0] - upper[0]) * down;
      length = MIN (step - at, n);
      draw_line (from, to, step, at, length, out);
      out += length;
    }
  return row;
}

/* 0 at the edges of 0…1, from 1 / @hardness on 1. */
FACET_INLINE Vec4
get_inside (Vec4 place, gfloat hardness)
{
  const Vec4 black = { 0, 0, 0, 0 };
  const Vec4 white = { 1, 1, 1, 1 };
  const Vec4 edge = facet_vec4_smaller (place, 1.0f - place) * hardness;
  const Vec4 s = facet_vec4_smaller (facet_vec4_larger (edge, black), white);

  return s * s * (3.0f - 2.0f * s);
}

FACET_CLONES void
facet_grid_get_mask (const FacetGrid *grid,
                     gdouble feather,
                     gint x,
                     gint y,
                     gint n,
                     gfloat *mask)
{
  const FacetAffine at = facet_affine_shifted (&grid->to_unit,
                                               grid->bounds.x + 0.5,
                                               grid->bounds.y + 0.5 + y);
  const gfloat u0 = (gfloat) at.x0, v0 = (gfloat) at.y0;
  const gfloat du = (gfloat) at.xx, dv = (gfloat) at.yx;
  const gfloat hardness = (gfloat) (1.0 / MAX (feather, 1e-6));
  const gfloat first = (gfloat) x;
  Vec4 place = { first, first + 1.0f, first + 2.0f, first + 3.0f };

  for (gint i = 0; i < n; i += 4, place += 4.0f)
    *(LooseVec4 *) (mask + i) = get_inside (u0 + du * place, hardness) *
                                get_inside (v0 + dv * place, hardness);
}
