/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Crops in gray: their luma (Rec. 601's weights for three channels, else the
 * channels' sum) and the mean of their channels; the Laplacian of either, with
 * the ways back of gradients.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* [pixels]; own it. */
gfloat *facet_luma_new (NnShape shape, const gfloat *crop);

/* The mean of the channels instead, for what is asked of all of them alike:
 * asked of the luma it would come in green and red, hardly in blue.  [pixels];
 * own it. */
gfloat *facet_luma_new_mean (NnShape shape, const gfloat *crop);
/* Adds the gradient by the crop [pixels, channels] to @by_crop. */
void facet_luma_add_back_mean (NnShape shape,
                               const gfloat *by_mean,
                               gfloat *by_crop);

/* [pixels], four neighbours less four times the middle, zero at the border; own
 * it. */
gfloat *facet_luma_new_laplacian (NnShape shape, const gfloat *luma);
/* Adds the gradient by the gray to @by_luma; the border of @by_laplacian does
 * not count. */
void facet_luma_add_back_laplacian (NnShape shape,
                                    const gfloat *by_laplacian,
                                    gfloat *by_luma);

/* How much a squared difference counts among details whose root mean square
 * Laplacian is @rms: they mask it.  1 at 0.05, 6 where there are none. */
gdouble facet_luma_unmasked (gdouble rms);
