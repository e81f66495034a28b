/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The energy of details: how strong a crop's Laplacian is, block by block in
 * the face region, at full and at half size, and what to do to a decode to make
 * it as strong as the photo's.  Squared error makes details as faint as they are
 * uncertain; this asks for their strength, not for their place, which the other
 * parts of a finish see to.  Where it is known how they should look, in another
 * light or beside the face, they are compared pixel by pixel.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* Mean over the blocks of (rms (Laplacian of @decode) - @gain · r²/(r + 0.015))²,
 * where r is the rms of @photo's: of weak details, which are mostly grain, less
 * is asked; of the mean of the channels, summed over the sizes, at half of it
 * with @half_gain; the flatter the photo's block, the more it counts: the eye
 * finds a grain where there was none.
 * Adds @weight times its gradient by the decode to @gradient. */
gdouble facet_detail_loss (NnShape shape,
                           const gfloat *photo,
                           gdouble gain,
                           gdouble half_gain,
                           const gfloat *decode,
                           gdouble weight,
                           gfloat *gradient);

/* The same where the details are to be in their places, too: mean over the pixels
 * of (Laplacian of @decode - @gain · that of @wanted)², summed over the sizes. */
gdouble facet_detail_place_loss (NnShape shape,
                                 const gfloat *wanted,
                                 gdouble gain,
                                 const gfloat *decode,
                                 gdouble weight,
                                 gfloat *gradient);

/* The same with a gain of 1 for what is not in the face region. */
gdouble facet_detail_beside_loss (NnShape shape,
                                  const gfloat *wanted,
                                  const gfloat *decode,
                                  gdouble weight,
                                  gfloat *gradient);

/* Root mean square over @crop of the Laplacian in the face region. */
gdouble facet_detail_strength (NnShape shape, const gfloat *crop);
