/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paint of one colour that was laid over a picture: where it is c thick,
 *
 *   now = (1 − c) · below + c · colour
 *
 * Each pixel lies on a straight line from what is below to the colour; so the
 * colour is where all these lines meet, and how far a pixel has gone is how much
 * the paint covers it.  Whether that is what happened can be seen from how well
 * it explains the pixels: a brush's stroke or a filled selection fits, what was
 * smudged, cloned or painted in several colours does not.
 */
#pragma once

#include <babl/babl.h>
#include <glib.h>

/* @below and @now: [n] pixels of @format; @blending: R, G, B and A as floats, in
 * which the mixing is supposed to have happened.  Writes to @left, [n], how much
 * of what is below can still be seen, 0…1.  FALSE, and nothing is written, where
 * paint of one colour does not explain it. */
gboolean facet_paint_fit (const guchar *below,
                          const guchar *now,
                          gint          n,
                          const Babl   *format,
                          const Babl   *blending,
                          gfloat       *left);
