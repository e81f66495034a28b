/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Resampling by an affine map: cuts the crop out of the photo, and carries the
 * difference back to it. */
#pragma once

#include "facet-crop.h"

/* [height][width][4]; sixteen bytes a pixel so that one is one vector. */
typedef struct
{
  gint    width;
  gint    height;
  gfloat *pixels;
} FacetImage;

FacetImage *facet_image_new   (gint        width,
                               gint        height);
void        facet_image_free  (FacetImage *image);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetImage, facet_image_free)

/* Fills @target: the middle of its pixel i, j is (i + ½, j + ½), and comes from
 * there by @to_source.  Where @target is coarser than @source every pixel of
 * the source counts by a filter that never overshoots; where it is finer the
 * result is a smooth curve through the source's pixels.  Beyond its edge
 * @source goes on as its edge is.  The same bytes at any number of threads. */
void        facet_resample    (const FacetImage  *source,
                               const FacetAffine *to_source,
                               FacetImage        *target);

/* How far outside of what it is asked for, in pixels of the source,
 * facet_resample () looks. */
gdouble     facet_resample_get_margin (const FacetAffine *to_source);
