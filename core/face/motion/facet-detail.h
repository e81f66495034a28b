/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetDetail: how an edit reaches the photo's own pixels.  What moved between
 * the photo's decode and the edited one moves in the photo, with all its
 * detail; what else became lighter or darker is added; and where the old
 * structure is gone (a mouth opens) the edited decode takes over, in the photo's
 * light. */
#pragma once

#include <face/crop/facet-resample.h>

typedef struct _FacetDetail FacetDetail;

/* @crop and its @decode, [height][width][3]; copied. */
FacetDetail *facet_detail_new      (gint          width,
                                    gint          height,
                                    const gfloat *crop,
                                    const gfloat *decode);
void         facet_detail_free     (FacetDetail  *detail);

/* The edited pixel p is
 *   keep (p) · photo (p + motion (p)) + add (p)
 * with @add's R'G'B' and, as its fourth channel, keep; and @motion's first two
 * channels, in pixels of the crop.  For the photo's own decode as @moved, keep
 * is 1 and all else 0, exactly. */
void         facet_detail_get_maps (const FacetDetail *detail,
                                    const gfloat      *moved,
                                    FacetImage        *add,
                                    FacetImage        *motion);
