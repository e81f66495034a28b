/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The geometry of faces: how five points, a frame and a box belong together.
 */
#pragma once

#include "facet-finder.h"
#include "finder-picture.h"

/* The points of the mean face, from the middle of its box, in widths of it. */
extern const FacetPoint finder_mean_points[FACET_N_POINTS];

/* The frame whose mean face fits @points best (least squares over shift, scale
 * and turn). */
FinderFrame finder_frame_from_points (const FacetPoint  *points);

/* Between the photo and @frame, where lengths are in widths of the frame. */
FacetPoint  finder_frame_to_photo    (const FinderFrame *frame,
                                      FacetPoint         inside);
FacetPoint  finder_frame_from_photo  (const FinderFrame *frame,
                                      FacetPoint         place);

/* How much two boxes share: their intersection over their union, 0…1. */
gdouble     finder_faces_overlap     (const FacetFace   *first,
                                      const FacetFace   *second);
/* How much of the smaller box lies in the other one, 0…1. */
gdouble     finder_faces_nest        (const FacetFace   *first,
                                      const FacetFace   *second);

/* The upright box around the ellipse of @width by @height whose middle is
 * @middle, turned by @angle, goes to @face. */
void        finder_face_set_box      (FacetFace         *face,
                                      FacetPoint         middle,
                                      gdouble            width,
                                      gdouble            height,
                                      gdouble            angle);
