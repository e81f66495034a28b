/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetPosition: the photo around a face, and over it the five points and the
 * square that they make.  A point is dragged, or chosen with Tab and moved with
 * the arrow keys (ten times as far with Shift); the whole face is what is
 * dragged beside the points and what Tab comes to first, and the wheel, + and −
 * change its size.  Each of these has an accessible child
 * (facet-position-accessible.h).
 *
 * Signal "changed": the user moved a point; comes often while one is dragged.
 */
#pragma once

#include <face/crop/facet-crop.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FACET_TYPE_POSITION (facet_position_get_type ())
G_DECLARE_FINAL_TYPE (FacetPosition,
                      facet_position,
                      FACET,
                      POSITION,
                      GtkDrawingArea)

/* What can be chosen: the whole face, then each point. */
#define FACET_POSITION_WHOLE     0
#define FACET_POSITION_N_CHOICES (FACET_N_POINTS + 1)

GtkWidget *facet_position_new        (void);
/* @photo: the whole photo, 8 bit; a reference is kept. */
void       facet_position_set_photo  (FacetPosition    *position,
                                      GdkPixbuf        *photo);
/* [FACET_N_POINTS], in pixels of the photo.  Set does not emit "changed". */
void       facet_position_get_points (FacetPosition    *position,
                                      FacetPoint       *points);
void       facet_position_set_points (FacetPosition    *position,
                                      const FacetPoint *points);

/* FACET_POSITION_WHOLE, or 1 + the point's number. */
gint       facet_position_get_chosen (FacetPosition    *position);
void       facet_position_choose     (FacetPosition    *position,
                                      gint              choice);
const gchar *facet_position_get_choice_name (gint       choice);
/* A point's place, or the middle of the square, in pixels of the photo. */
FacetPoint facet_position_get_place  (FacetPosition    *position,
                                      gint              choice);
/* What it covers of the widget, in the widget's pixels. */
GdkRectangle facet_position_get_box  (FacetPosition    *position,
                                      gint              choice);

G_END_DECLS
