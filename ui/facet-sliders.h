/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetSliders: a scrolled list with a slider for everything that a model can
 * move: its named directions under their labels, then its components by number.
 * A slider at 0 is the photo's own value.  Each row has a label, a slider, a
 * number to type and a button that puts it back to 0 (so does a right click on
 * the slider).
 *
 * Tab goes through one row, from its slider to its button, and then on; Up and
 * Down on a slider or a button go to the next row's, Ctrl+Home and Ctrl+End to
 * the first and the last.  The list takes the focus in the row that had it last.
 *
 * Signal "changed": a value changed, by the user or by one of the functions
 * here that say so.
 */
#pragma once

#include <gtk/gtk.h>
#include <model/facet-model.h>

G_BEGIN_DECLS

/* As far as training went, in σ. */
#define FACET_COMPONENT_LIMIT 3.0

#define FACET_TYPE_SLIDERS (facet_sliders_get_type ())
G_DECLARE_FINAL_TYPE (FacetSliders, facet_sliders, FACET, SLIDERS, GtkBox)

GtkWidget *facet_sliders_new            (void);
/* Makes the rows, all at 0; @latents is not kept, NULL leaves the list empty. */
void       facet_sliders_set_latents    (FacetSliders       *sliders,
                                         const FacetLatents *latents);
gint       facet_sliders_get_n          (FacetSliders       *sliders);
/* @values [n]: the directions' first, then the components'.  Set clamps to the
 * sliders' ranges and does not emit "changed". */
void       facet_sliders_get_values     (FacetSliders       *sliders,
                                         gdouble            *values);
void       facet_sliders_set_values     (FacetSliders       *sliders,
                                         const gdouble      *values);
/* All to 0; emits "changed" once. */
void       facet_sliders_reset          (FacetSliders       *sliders);
/* The components at random, the directions as they are; emits "changed" once.
 * The same seed gives the same values. */
void       facet_sliders_randomize      (FacetSliders       *sliders,
                                         guint32             seed);

G_END_DECLS
