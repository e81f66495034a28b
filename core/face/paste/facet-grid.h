/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetGrid: what lies in the crop, seen from the photo's pixels.  A map (an
 * image of the crop: a difference, a motion) is spread over the rectangle that
 * the edit writes to, and read back row by row. */
#pragma once

#include <face/crop/facet-resample.h>

typedef struct
{
  FacetRectangle bounds;  /* in the photo                                   */
  FacetAffine    to_unit; /* photo → 0…1 in the crop                        */
  gint           step;    /* pixels of the photo to one of the spread image */
} FacetGrid;

/* A grid for maps of @side pixels a side. */
FacetGrid   facet_grid_new    (const FacetCrop      *crop,
                               const FacetRectangle *bounds,
                               gint                  side);
FacetImage *facet_grid_spread (const FacetGrid      *grid,
                               const FacetImage     *map);
/* @n pixels of row @y of the bounds, [n][4], from @x on: a pointer into @spread
 * where it has every pixel, else written to @row, aligned to a pixel. */
const gfloat *facet_grid_get_row (const FacetGrid   *grid,
                                  const FacetImage  *spread,
                                  gint               x,
                                  gint               y,
                                  gint               n,
                                  gfloat            *row);
/* The mask of these pixels, [n] and room for a multiple of four: 1 inside the
 * crop, softly to 0 over @feather of its side, 0 outside. */
void        facet_grid_get_mask (const FacetGrid     *grid,
                                 gdouble              feather,
                                 gint                 x,
                                 gint                 y,
                                 gint                 n,
                                 gfloat              *mask);
