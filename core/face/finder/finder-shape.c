/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The similarity that fits two sets of points best is, with points as complex
 * numbers, the quotient of two sums (Umeyama 1991, in the plane).
 */
#include <math.h>
#include "finder-shape.h"

/* Measured on 5,033 portraits whose boxes and points are known, made
 * symmetrical. */
const FacetPoint finder_mean_points[FACET_N_POINTS] = {
  { -0.236, -0.150 }, { 0.236, -0.150 }, { 0.0, 0.119 },
  { -0.206, 0.318 },  { 0.206, 0.318 },
};

static FacetPoint
middle_of (const FacetPoint *points)
{
  FacetPoint sum = { 0 };

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      sum.x += points[i].x / FACET_N_POINTS;
      sum.y += points[i].y / FACET_N_POINTS;
    }
  return sum;
}

FinderFrame
finder_frame_from_points (const FacetPoint *points)
{
  const FacetPoint middle = middle_of (points);
  const FacetPoint mean_middle = middle_of (finder_mean_points);
  gdouble real = 0.0;
  gdouble imaginary = 0.0;
  gdouble norm = 0.0;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gdouble x = points[i].x - middle.x;
      const gdouble y = points[i].y - middle.y;
      const gdouble u = finder_mean_points[i].x - mean_middle.x;
      const gdouble v = finder_mean_points[i].y - mean_middle.y;

      real += x * u + y * v;
      imaginary += y * u - x * v;
      norm += u * u + v * v;
    }
  real /= norm;
  imaginary /= norm;
  return (FinderFrame) {
    middle.x - real * mean_middle.x + imaginary * mean_middle.y,
    middle.y - imaginary * mean_middle.x - real * mean_middle.y,
    hypot (real, imaginary), atan2 (imaginary, real)
  };
}

FacetPoint
finder_frame_to_photo (const FinderFrame *frame, FacetPoint inside)
{
  const gdouble x = frame->width * cos (frame->angle);
  const gdouble y = frame->width * sin (frame->angle);

  return (FacetPoint) { frame->x + x * inside.x - y * inside.y,
                        frame->y + y * inside.x + x * inside.y };
}

FacetPoint
finder_frame_from_photo (const FinderFrame *frame, FacetPoint place)
{
  const gdouble x = cos (frame->angle) / frame->width;
  const gdouble y = sin (frame->angle) / frame->width;
  const gdouble from_x = place.x - frame->x;
  const gdouble from_y = place.y - frame->y;

  return (FacetPoint) { x * from_x + y * from_y, x * from_y - y * from_x };
}

static gdouble
shared_area (const FacetFace *first, const FacetFace *second)
{
  const gdouble width = MIN (first->x + first->width,
                             second->x + second->width) -
                        MAX (first->x, second->x);
  const gdouble height = MIN (first->y + first->height,
                              second->y + second->height) -
                         MAX (first->y, second->y);

  return MAX (width, 0.0) * MAX (height, 0.0);
}

gdouble
finder_faces_overlap (const FacetFace *first, const FacetFace *second)
{
  const gdouble shared = shared_area (first, second);
  const gdouble all = first->width * first->height +
                      second->width * second->height - shared;

  return all > 0.0 ? shared / all : 0.0;
}

gdouble
finder_faces_nest (const FacetFace *first, const FacetFace *second)
{
  const gdouble smaller = MIN (first->width * first->height,
                               second->width * second->height);

  return smaller > 0.0 ? shared_area (first, second) / smaller : 0.0;
}

void
finder_face_set_box (FacetFace *face,
                     FacetPoint middle,
                     gdouble width,
                     gdouble height,
                     gdouble angle)
{
  const gdouble half_width = hypot (0.5 * width * cos (angle),
                                    0.5 * height * sin (angle));
  const gdouble half_height = hypot (0.5 * width * sin (angle),
                                     0.5 * height * cos (angle));

  face->x = middle.x - half_width;
  face->y = middle.y - half_height;
  face->width = 2.0 * half_width;
  face->height = 2.0 * half_height;
}
