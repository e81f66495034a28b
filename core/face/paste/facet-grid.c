/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the crop to the photo's pixels.  A pixel of the model covers many of a
 * large face; so the smooth surface through the map is computed twice in a
 * model's pixel, and between these by straight lines: the eye cannot tell, and
 * for a face of 2000 pixels it is one in fifty of the work.
 */
#include <math.h>
#include <string.h>
#include "facet-grid.h"

typedef gfloat Vec4 __attribute__ ((vector_size (16), aligned (16)));

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

const gfloat *
facet_grid_get_row (const FacetGrid *grid,
                    const FacetImage *spread,
                    gint y,
                    gfloat *scratch,
                    gfloat *row)
{
  const gint step = grid->step;
  const gint width = grid->bounds.width;
  const Vec4 *upper = (const Vec4 *) spread->pixels +
                      (gsize) (y / step) * spread->width;
  const gfloat down = (gfloat) (y % step) / step;
  Vec4 *line = (Vec4 *) scratch;
  Vec4 *out = (Vec4 *) row;

  if (step == 1)
    return (const gfloat *) upper;
  for (gint i = 0; i < spread->width; i++)
    line[i] = upper[i] + (upper[i + spread->width] - upper[i]) * down;
  for (gint x = 0, node = 0; x < width; node++)
    {
      const Vec4 slope = (line[node + 1] - line[node]) * (1.0f / step);
      const gint end = MIN (step, width - x);

      for (gint i = 0; i < end; i++, x++)
        out[x] = line[node] + slope * (gfloat) i;
    }
  return row;
}

void
facet_grid_get_mask (const FacetGrid *grid,
                     gdouble feather,
                     gint y,
                     gfloat *mask)
{
  const FacetAffine at = facet_affine_shifted (&grid->to_unit,
                                               grid->bounds.x + 0.5,
                                               grid->bounds.y + 0.5 + y);
  const gfloat u0 = (gfloat) at.x0, v0 = (gfloat) at.y0;
  const gfloat du = (gfloat) at.xx, dv = (gfloat) at.yx;
  const gfloat hardness = (gfloat) (1.0 / MAX (feather, 1e-6));

  for (gint x = 0; x < grid->bounds.width; x++)
    {
      const gfloat u = u0 + du * (gfloat) x;
      const gfloat v = v0 + dv * (gfloat) x;
      const gfloat across = MIN (u, 1.0f - u) * hardness;
      const gfloat down = MIN (v, 1.0f - v) * hardness;
      const gfloat s = CLAMP (across, 0.0f, 1.0f);
      const gfloat t = CLAMP (down, 0.0f, 1.0f);

      mask[x] = s * s * (3.0f - 2.0f * s) * (t * t * (3.0f - 2.0f * t));
    }
}
