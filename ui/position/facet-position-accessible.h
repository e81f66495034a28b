/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetPosition for those who do not see it: an accessible child for each of
 * what can be chosen, the whole face first.  A child's name says what it is, its
 * description where in the photo, its extents where on the screen; it can be
 * focused and says when it is.  When it moves, its description changes and a
 * screen reader is given the new place to speak.
 */
#pragma once

#include "facet-position.h"

#define FACET_TYPE_POSITION_ACCESSIBLE (facet_position_accessible_get_type ())

GType facet_position_accessible_get_type (void);

/* Another one is chosen, or the focus has come or gone. */
void  facet_position_accessible_chosen   (FacetPosition *position);
/* What is chosen has moved. */
void  facet_position_accessible_moved    (FacetPosition *position);
