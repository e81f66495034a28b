/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetCrop: where the aligned square lies in the photo. */
#pragma once

#include <glib.h>
#include "facet-points.h"

/* The square centre ± axis ± rot90 (axis), in pixels of the photo (0, 0 is the
 * upper left corner of the first pixel; rot90 (x, y) = (−y, x)).  Its left to
 * right is along the axis.  It may reach beyond the photo, which is then
 * continued by its edge. */
typedef struct
{
  gdouble centre_x;
  gdouble centre_y;
  gdouble axis_x;
  gdouble axis_y;
} FacetCrop;

/* x' = xx · x + xy · y + x0; y' = yx · x + yy · y + y0. */
typedef struct
{
  gdouble xx;
  gdouble xy;
  gdouble x0;
  gdouble yx;
  gdouble yy;
  gdouble y0;
} FacetAffine;

/* Whole pixels of the photo. */
typedef struct
{
  gint x;
  gint y;
  gint width;
  gint height;
} FacetRectangle;

/* The crop of an upright square. */
FacetCrop      facet_crop_from_square    (gdouble            x,
                                          gdouble            y,
                                          gdouble            side);
/* The square around the middle of a rectangle, its side the longer one. */
FacetCrop      facet_crop_from_rectangle (gdouble            x,
                                          gdouble            y,
                                          gdouble            width,
                                          gdouble            height);
/* The crop that the face models are trained on, from the five points
 * [FACET_N_POINTS].  Its axis is 0 where the points are all the same. */
FacetCrop      facet_crop_from_points    (const FacetPoint   points[]);
/* Whether no face can look like that, because right and left were swapped, or
 * eyes and mouth: their crop would be turned to anywhere. */
gboolean       facet_points_are_swapped  (const FacetPoint   points[]);
/* The points [FACET_N_POINTS] of a usual face of which @crop is the crop: where
 * to begin when nobody knows better. */
void           facet_crop_get_points     (const FacetCrop   *crop,
                                          FacetPoint        *points);

/* Length of a side in pixels. */
gdouble        facet_crop_get_side       (const FacetCrop   *crop);
/* Photo coordinates of a place in the crop, of which a side is @width and
 * @height long. */
FacetAffine    facet_crop_get_to_photo   (const FacetCrop   *crop,
                                          gint               width,
                                          gint               height);
/* The pixels of a @width × @height photo that lie, whole or in part, in the
 * crop or at most @margin pixels outside; empty (width 0) if there are none. */
FacetRectangle facet_crop_get_bounds     (const FacetCrop   *crop,
                                          gdouble            margin,
                                          gint               width,
                                          gint               height);

FacetAffine    facet_affine_invert       (const FacetAffine *affine);
/* First shift by @x, @y, then @affine. */
FacetAffine    facet_affine_shifted      (const FacetAffine *affine,
                                          gdouble            x,
                                          gdouble            y);
