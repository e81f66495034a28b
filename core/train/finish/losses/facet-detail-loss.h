/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The energy of details: how strong a crop's Laplacian is, block by block in
 * the face region, at full and at half size, and what to do to a decode to make
 * it as strong as the photo's.  Squared error makes details as faint as they are
 * uncertain; this asks for their strength, not for their place, which the other
 * parts of a finish see to.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

/* Mean over the blocks of (rms (Laplacian of @decode) - rms (of @photo))², of
 * the luma, summed over the sizes; the flatter the photo's block, the more it
 * counts: the eye finds a grain where there was none.  Adds @weight times its
 * gradient by the decode to @gradient. */
gdouble facet_detail_loss (NnShape shape,
                           const gfloat *photo,
                           const gfloat *decode,
                           gdouble weight,
                           gfloat *gradient);
