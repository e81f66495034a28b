/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A photo at many scales, and square crops of it.
 *
 * Places are in pixels of the photo; 0, 0 is the upper left corner of its first
 * pixel.
 */
#pragma once

#include <glib.h>

#define FINDER_MAX_LEVELS 24

typedef struct
{
  const guint8 *pixels; /* [height][stride bytes] of channels each */
  gint          width;
  gint          height;
  gint          channels;
  gsize         stride;
  gint          factor; /* pixels of the photo along a pixel of this level */
} FinderLevel;

/* Level 0 is the photo, its pixels the caller's; the others are R'G'B'. */
typedef struct
{
  gint        n_levels;
  FinderLevel levels[FINDER_MAX_LEVELS];
  guint8     *owned[FINDER_MAX_LEVELS];
} FinderPicture;

/* Where a face is or might be: the middle of its box, the box's width, and by
 * how much it is turned (radians, clockwise as seen). */
typedef struct
{
  gdouble x;
  gdouble y;
  gdouble width;
  gdouble angle;
} FinderFrame;

/* Level 1 is the photo shrunk @factor times, each further level half of the one
 * before, down to the first whose shorter side is at most @smallest_side.
 * @channels as in facet_finder_find ().  NULL where memory does not suffice. */
FinderPicture *finder_picture_new  (const guint8        *pixels,
                                    gint                 width,
                                    gint                 height,
                                    gint                 channels,
                                    gsize                stride,
                                    gint                 factor,
                                    gint                 smallest_side);
void           finder_picture_free (FinderPicture       *picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderPicture, finder_picture_free)

/* The square around @frame, turned as it is, of side @span · width, as @crop
 * [side][side][3], R'G'B' minus one half (-0.5…0.5).  Outside of the photo its
 * edge goes on.  With @mirror right and left are swapped in the crop. */
void           finder_picture_crop (const FinderPicture *picture,
                                    const FinderFrame   *frame,
                                    gdouble              span,
                                    gboolean             mirror,
                                    gint                 side,
                                    gfloat              *crop);

/* A whole level as [height'][width'][3] in the same values; both sides rounded up
 * to multiples of @multiple, the edge going on. */
void           finder_level_to_floats (const FinderLevel *level,
                                       gint               multiple,
                                       gfloat            *values);
