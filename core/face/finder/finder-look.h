/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The looks at a photo that the finder is made of; training mines its hard
 * negatives with them.
 */
#pragma once

#include "facet-finder.h"
#include "finder-picture.h"
#include "networks/finder-weights.h"

/* A place where a face may be. */
typedef struct
{
  FinderFrame frame;
  gfloat      logit; /* of its being a face */
} FinderPlace;

/* What the fine network says of a place. */
typedef struct
{
  gfloat     logit;
  FacetPoint points[FACET_N_POINTS]; /* in the photo            */
  FacetPoint box_middle;             /* in the photo            */
  gdouble    box_width;              /* along the frame's axes, */
  gdouble    box_height;             /* in pixels of the photo  */
} FinderVerdict;

typedef struct _FinderLook FinderLook;

/* Plans of @weights as they are now; NULL where memory does not suffice. */
FinderLook *finder_look_new    (const FinderWeights *weights);
void        finder_look_free   (FinderLook          *look);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderLook, finder_look_free)

/* The factor by which a photo is shrunk so that the coarse network sees faces
 * from @smallest_px on, and where the levels of its picture end. */
gint        finder_look_get_factor        (FinderLook *look,
                                           gint        smallest_px);
gint        finder_look_get_smallest_side (FinderLook *look);

/* Places on all levels of @picture from 1 on whose probability is at least
 * @threshold, the best first, each far from better ones: an array of FinderPlace.
 * NULL where memory does not suffice. */
GArray     *finder_look_coarsely          (FinderLook           *look,
                                           const FinderPicture  *picture,
                                           gdouble               threshold);
/* Looks at @n frames of @picture. */
void        finder_look_finely            (FinderLook           *look,
                                           const FinderPicture  *picture,
                                           gint                  n,
                                           const FinderFrame    *frames,
                                           FinderVerdict        *verdicts);
/* The same, at each frame and at its mirror image: the mean of both. */
void        finder_look_twice             (FinderLook           *look,
                                           const FinderPicture  *picture,
                                           gint                  n,
                                           const FinderFrame    *frames,
                                           FinderVerdict        *verdicts);
/* Places points and boxes of faces that have been turned upright, by the network
 * made for that, at both sides, too; its logits mean nothing. */
void        finder_look_for_points        (FinderLook           *look,
                                           const FinderPicture  *picture,
                                           gint                  n,
                                           const FinderFrame    *frames,
                                           FinderVerdict        *verdicts);

gdouble     finder_logit_to_probability   (gdouble               logit);
