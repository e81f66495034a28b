/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Named directions: what to add to a code so that one attribute changes and the
 * others stay.
 *
 * By least squares on all attributes together the codes are explained as a sum
 * of a share of each: code = mean + Σ attribute_i · direction_i + rest, so that
 * what age does to a smile goes to age's share and not to the smile's.  One
 * unit is one standard deviation; of a yes/no attribute two units lead from the
 * mean of the no to the mean of the yes.
 */
#pragma once

#include "facet-codes.h"

/* Appends the directions of @attributes to those of @latents, to be read from @codes.
 * Attributes that are unknown of all photos or always the same are left out. */
void facet_directions_fit (FacetLatents *latents,
                           const FacetCodes *codes,
                           const GPtrArray *attributes);
