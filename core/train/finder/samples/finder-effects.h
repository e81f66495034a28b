/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may happen to a picture on its way into a photo: light, colour, blur and
 * noise.
 */
#pragma once

#include "finder-random.h"

/* @crop [side][side][3] in -0.5…0.5. */
void finder_effects_apply (FinderRandom *random,
                           gint          side,
                           gfloat       *crop);
/* Something flat in front of it, about @size pixels large, near @x, @y. */
void finder_effects_cover (FinderRandom *random,
                           gint          side,
                           gdouble       x,
                           gdouble       y,
                           gdouble       size,
                           gfloat       *crop);
