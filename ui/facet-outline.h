/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines over a picture.
 */
#pragma once

#include <cairo.h>

/* Strokes the path so that it is seen on light and on dark alike. */
static inline void
facet_outline_stroke (cairo_t *cr)
{
  cairo_set_line_width (cr, 4.0);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, 2.0);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
}
