/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a sample is put together from.  A face is laid over a background with its
 * whole photo, with a soft ellipse around it, or with the photo's edge going on
 * without end, so that no network can take the edge of a photo for the sign of a
 * face.
 */
#pragma once

#include "../photos/finder-album.h"
#include "finder-random.h"

/* How far faces and backgrounds are turned. */
#define FINDER_MAX_ROLL (35.0 * (G_PI / 180.0))

typedef enum
{
  FINDER_LAY_PHOTO,
  FINDER_LAY_ELLIPSE,
  FINDER_LAY_ENDLESS
} FinderLaying;

/* How a photo lies in a crop: crop = origin + axes · photo. */
typedef struct
{
  FinderFrame source; /* what finder_picture_crop () takes */
  gboolean    mirror;
  gint        side;
} FinderPlacement;

/* @face of the photo is to lie at @target of a crop of @side pixels. */
FinderPlacement finder_place_face        (const FinderFrame     *face,
                                          const FinderFrame     *target,
                                          gboolean               mirror,
                                          gint                   side);
/* From the photo to pixels of the crop. */
FacetPoint      finder_placement_to_crop (const FinderPlacement *placement,
                                          FacetPoint             place);

/* Some part of a photo without faces. */
void            finder_lay_background    (const FinderAlbum     *album,
                                          FinderRandom          *random,
                                          gint                   side,
                                          gfloat                *pixels);
void            finder_lay_photo         (const FinderPhoto     *photo,
                                          const FinderPlacement *placement,
                                          FinderLaying           laying,
                                          FinderRandom          *random,
                                          gfloat                *pixels);
/* Something in front of @face. */
void            finder_lay_cover         (FinderRandom          *random,
                                          gint                   side,
                                          const FinderFrame     *face,
                                          gfloat                *pixels);
