/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An image's own pixels, moved. */
#pragma once

#include <face/crop/facet-resample.h>

/* @n pixels to @out, [n][4]: pixel i is @source's at (@x + i, @y), its own
 * upper left corner, moved by the first two of @motion [n][4]. */
void facet_warp_row (const FacetImage *source,
                     gint              x,
                     gint              y,
                     gint              n,
                     const gfloat     *motion,
                     gfloat           *out);
