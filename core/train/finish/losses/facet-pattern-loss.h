/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Patterns of the decoder's own: its transposed convolutions have kernels of
 * their own for every place between two of their inputs, so that what they make
 * can repeat every few pixels (Odena et al., Deconvolution and Checkerboard
 * Artifacts, 2016).  That is the cheapest detail there is, and no photo has it.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* The Laplacian of the luma of @decode - @wanted, averaged over the places
 * around that are multiples of 4 pixels away, and of 8; returns the mean square
 * of the first and a quarter of that of the second, and adds @weight times its
 * gradient by the decode to @gradient. */
gdouble facet_pattern_loss (NnShape shape,
                            const gfloat *wanted,
                            const gfloat *decode,
                            gdouble weight,
                            gfloat *gradient);
