/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The luma of crops (Rec. 601's weights for three channels, else the channels'
 * sum) and its Laplacian, with the ways back of their gradients.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* [pixels]; own it. */
gfloat *facet_luma_new (NnShape shape, const gfloat *crop);
/* Adds the gradient by the crop [pixels, channels] to @by_crop. */
void facet_luma_add_back (NnShape shape,
                          const gfloat *by_luma,
                          gfloat *by_crop);

/* [pixels], four neighbours less four times the middle, zero at the border; own
 * it. */
gfloat *facet_luma_new_laplacian (NnShape shape, const gfloat *luma);
/* Adds the gradient by the luma to @by_luma; the border of @by_laplacian does
 * not count. */
void facet_luma_add_back_laplacian (NnShape shape,
                                    const gfloat *by_laplacian,
                                    gfloat *by_luma);
