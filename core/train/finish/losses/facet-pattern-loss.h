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

/* The Laplacian of the mean channel of @decode - @wanted, averaged over the
 * places around that are multiples of 4 pixels away (11 × 11 of them), of 8,
 * the nearest 3 × 3 of those of 4, and 5 × 5 of those of 2; returns the mean
 * square of the first, a quarter of the second's, a twentieth of the third's and
 * two fifths of the fourth's, where @wanted has hardly any details up to six
 * times, for nothing masks it there, and adds @weight times its gradient by the
 * decode to @gradient. */
gdouble facet_pattern_loss (NnShape shape,
                            const gfloat *wanted,
                            const gfloat *decode,
                            gdouble weight,
                            gfloat *gradient);

/* Takes the means of a batch: what all decodes have at the same pixels is their
 * own, too, like the fixed pattern of a camera's sensor, and shows in the mean,
 * where what differs between faces is faint.  Returns the mean square of the
 * Laplacian of the mean channel of @decode - @wanted, where @wanted has hardly
 * any details up to six times, and adds @weight times its gradient by @decode to
 * @gradient. */
gdouble facet_pattern_fixed_loss (NnShape shape,
                                  const gfloat *wanted,
                                  const gfloat *decode,
                                  gdouble weight,
                                  gfloat *gradient);
