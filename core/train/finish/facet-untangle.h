/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Untangling: named directions are made to change nothing but what they name.
 *
 * Least squares (facet-directions.h) explains the codes; what a decode shows of
 * a code is another matter, and labels that go together (beards and men) leave
 * their traces.  So the directions are tried: codes are moved to both ends of
 * each, and every attribute is read in the decodes.  That gives a matrix of
 * responses, and Newton's step to the combinations of directions of which each
 * moves its own attribute as far as before and the others not at all.
 */
#pragma once

#include "facet-direction-trial.h"

/* Changes the directions of @trial's model, as far as its reader reads them or
 * pixels tell.  @share, 0…1: how far to go in each step.  All the way costs a
 * direction some of its own strength at its ends, where attributes are neither
 * there nor not there by halves: so one that moves all others by less than
 * @all_from of what it moves its own attribute (in standard deviations, at its
 * high end) goes that much less far; by 0 all go alike. */
void facet_untangle_directions (FacetDirectionTrial *trial,
                                gint n_steps,
                                gdouble share,
                                gdouble all_from);
