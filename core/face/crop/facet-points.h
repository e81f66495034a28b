/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The five points of a face. */
#pragma once

#include <glib.h>

/* `right` and `left` are as seen in the picture: the right eye is the leftmost
 * one of an upright face. */
typedef enum
{
  FACET_POINT_RIGHT_EYE,
  FACET_POINT_LEFT_EYE,
  FACET_POINT_NOSE,
  FACET_POINT_RIGHT_MOUTH,
  FACET_POINT_LEFT_MOUTH,
  FACET_N_POINTS
} FacetPointKind;

/* In pixels of the photo; 0, 0 is the upper left corner of its first pixel. */
typedef struct
{
  gdouble x;
  gdouble y;
} FacetPoint;
