/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Faces bent so that their eyes, noses and mouths lie where those of few people
 * do.  Whoever learns from the points of a detector learns its habits, too: it
 * draws each face towards the mean one, a long nose to a shorter, a narrow mouth
 * to a wider.  What a bent face's points were moved by is known exactly, so the
 * more of where they are comes from that, the more a network has to go by what
 * it sees.
 */
#pragma once

#include <face/crop/facet-points.h>
#include <face/finder/networks/finder-recipe.h>
#include "finder-random.h"

/* Most of the time moves the points of @target, each by up to @most along both
 * axes, and what is around them in the picture: @twice, of twice the @eye's
 * side, becomes @crop, of its side. */
void finder_warp (FinderRandom    *random,
                  const FinderEye *eye,
                  gdouble          most,
                  const gfloat    *twice,
                  gfloat          *crop,
                  gfloat          *target);
