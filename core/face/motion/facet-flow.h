/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dense motion between two small gray pictures. */
#pragma once

#include <glib.h>

/* @flow, [height][width][2]: the smooth motion (x, y in pixels) for which
 * source (p + flow (p)) looks like target (p).  Both pictures are
 * [height][width] in 0…1.  Exactly 0 everywhere where they are the same. */
void facet_flow_estimate (gint          width,
                          gint          height,
                          const gfloat *source,
                          const gfloat *target,
                          gfloat       *flow);
