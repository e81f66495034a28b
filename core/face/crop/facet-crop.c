/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The aligned square and its coordinates.  From five points it is the crop of
 * FFHQ (Karras et al. 2019, "A Style-Based Generator Architecture", the
 * published dataset tool) a little tighter: its size goes by the eyes or by the
 * mouth, whichever asks for more, so that it holds in profile, too.
 */
#include <math.h>
#include "facet-crop.h"

/* FFHQ's box is 4 eye distances or 3.6 eye-to-mouth distances; ours is 0.85 of
 * it, and these are for half a side. */
#define EYE_TO_EYE 2.0
#define EYE_TO_MOUTH 1.8
#define TIGHTER 0.85
#define TOWARDS_MOUTH 0.1

/* Where a usual face has its nose, from the eyes to the mouth, and how wide its
 * mouth is beside the distance of its eyes. */
#define NOSE_TO_MOUTH 0.6
#define MOUTH_TO_EYES 0.8

/* Half the sine of the angle between the eyes' line and the face's, turned the
 * wrong way, where both are as long; in profile the eyes are so near each other
 * that their order says nothing. */
#define SWAPPED 0.25

FacetCrop
facet_crop_from_square (gdouble x, gdouble y, gdouble side)
{
  return facet_crop_from_rectangle (x, y, side, side);
}

FacetCrop
facet_crop_from_rectangle (gdouble x, gdouble y, gdouble width, gdouble height)
{
  return (FacetCrop) { x + width / 2, y + height / 2, MAX (width, height) / 2,
                       0 };
}

static FacetPoint
get_middle (const FacetPoint *first, const FacetPoint *second)
{
  return (FacetPoint) { (first->x + second->x) / 2,
                        (first->y + second->y) / 2 };
}

/* From the right eye to the left one, and from the eyes to the mouth. */
static void
measure (const FacetPoint points[], FacetPoint *across, FacetPoint *down)
{
  const FacetPoint *right_eye = &points[FACET_POINT_RIGHT_EYE];
  const FacetPoint *left_eye = &points[FACET_POINT_LEFT_EYE];
  const FacetPoint eyes = get_middle (right_eye, left_eye);
  const FacetPoint mouth = get_middle (&points[FACET_POINT_RIGHT_MOUTH],
                                       &points[FACET_POINT_LEFT_MOUTH]);

  *across = (FacetPoint) { left_eye->x - right_eye->x,
                           left_eye->y - right_eye->y };
  *down = (FacetPoint) { mouth.x - eyes.x, mouth.y - eyes.y };
}

FacetCrop
facet_crop_from_points (const FacetPoint points[])
{
  const FacetPoint eyes = get_middle (&points[FACET_POINT_RIGHT_EYE],
                                      &points[FACET_POINT_LEFT_EYE]);
  FacetPoint across, down;
  FacetCrop crop = { 0 };
  gdouble axis_x, axis_y, length, half;

  measure (points, &across, &down);
  axis_x = across.x + down.y;
  axis_y = across.y - down.x;
  length = hypot (axis_x, axis_y);
  half = MAX (EYE_TO_EYE * hypot (across.x, across.y),
              EYE_TO_MOUTH * hypot (down.x, down.y)) *
         TIGHTER;
  crop.centre_x = eyes.x + TOWARDS_MOUTH * down.x;
  crop.centre_y = eyes.y + TOWARDS_MOUTH * down.y;
  if (length > 0)
    {
      crop.axis_x = axis_x / length * half;
      crop.axis_y = axis_y / length * half;
    }
  return crop;
}

gboolean
facet_points_are_swapped (const FacetPoint points[])
{
  FacetPoint across, down;

  measure (points, &across, &down);
  return across.x * down.y - across.y * down.x <
         -SWAPPED * (across.x * across.x + across.y * across.y +
                     down.x * down.x + down.y * down.y);
}

void
facet_crop_get_points (const FacetCrop *crop, FacetPoint *points)
{
  /* in half sides, from the middle of the eyes: across, down */
  const gdouble eye = 0.5 / (EYE_TO_EYE * TIGHTER);
  const gdouble mouth = 1.0 / (EYE_TO_MOUTH * TIGHTER);
  const gdouble places[FACET_N_POINTS][2] = {
    [FACET_POINT_RIGHT_EYE] = { -eye, 0 },
    [FACET_POINT_LEFT_EYE] = { eye, 0 },
    [FACET_POINT_NOSE] = { 0, NOSE_TO_MOUTH * mouth },
    [FACET_POINT_RIGHT_MOUTH] = { -MOUTH_TO_EYES * eye, mouth },
    [FACET_POINT_LEFT_MOUTH] = { MOUTH_TO_EYES * eye, mouth },
  };

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gdouble across = places[i][0];
      const gdouble down = places[i][1] - TOWARDS_MOUTH * mouth;

      points[i].x = crop->centre_x + across * crop->axis_x -
                    down * crop->axis_y;
      points[i].y = crop->centre_y + across * crop->axis_y +
                    down * crop->axis_x;
    }
}

gdouble
facet_crop_get_side (const FacetCrop *crop)
{
  return 2 * hypot (crop->axis_x, crop->axis_y);
}

FacetAffine
facet_crop_get_to_photo (const FacetCrop *crop, gint width, gint height)
{
  return (FacetAffine) {
    .xx = 2 * crop->axis_x / width,
    .xy = -2 * crop->axis_y / height,
    .x0 = crop->centre_x - crop->axis_x + crop->axis_y,
    .yx = 2 * crop->axis_y / width,
    .yy = 2 * crop->axis_x / height,
    .y0 = crop->centre_y - crop->axis_y - crop->axis_x,
  };
}

/* The whole pixels around middle ± half, inside 0 … size. */
static void
get_span (gdouble middle, gdouble half, gint size, gint *start, gint *length)
{
  const gint first = (gint) floor (CLAMP (middle - half, 0, size));
  const gint end = (gint) ceil (CLAMP (middle + half, 0, size));

  *start = first;
  *length = end - first;
}

FacetRectangle
facet_crop_get_bounds (const FacetCrop *crop,
                       gdouble margin,
                       gint width,
                       gint height)
{
  const gdouble half = fabs (crop->axis_x) + fabs (crop->axis_y) + margin;
  FacetRectangle bounds;

  get_span (crop->centre_x, half, width, &bounds.x, &bounds.width);
  get_span (crop->centre_y, half, height, &bounds.y, &bounds.height);
  if (bounds.width == 0 || bounds.height == 0)
    bounds.width = bounds.height = 0;
  return bounds;
}

FacetAffine
facet_affine_invert (const FacetAffine *affine)
{
  const gdouble determinant = affine->xx * affine->yy - affine->xy * affine->yx;
  FacetAffine inverse = {
    .xx = affine->yy / determinant,
    .xy = -affine->xy / determinant,
    .yx = -affine->yx / determinant,
    .yy = affine->xx / determinant,
  };

  inverse.x0 = -(inverse.xx * affine->x0 + inverse.xy * affine->y0);
  inverse.y0 = -(inverse.yx * affine->x0 + inverse.yy * affine->y0);
  return inverse;
}

FacetAffine
facet_affine_shifted (const FacetAffine *affine, gdouble x, gdouble y)
{
  FacetAffine shifted = *affine;

  shifted.x0 += affine->xx * x + affine->xy * y;
  shifted.y0 += affine->yx * x + affine->yy * y;
  return shifted;
}
