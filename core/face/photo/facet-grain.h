/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How grainy a photo is. */
#pragma once

#include <face/crop/facet-resample.h>

/* σ of the noise in the luma of the part of @image that lies within @reach
 * pixels of the place x, y, as far as it is smooth; 0 where there is too little
 * of it. */
gdouble facet_grain_estimate (const FacetImage *image,
                              gdouble           x,
                              gdouble           y,
                              gdouble           reach);
