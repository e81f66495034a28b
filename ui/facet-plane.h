/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetPlane: the whole latent space of a model with two components, as a map
 * of decodes around the photo's own place to drag a marker in (the article's
 * two-dimensional grid).  The first component runs to the right, the second
 * upwards, both as far as their sliders go.  The arrow keys move the marker,
 * Home takes it back to the middle.
 *
 * Signal "changed": the user moved the marker.
 */
#pragma once

#include <gtk/gtk.h>
#include <model/facet-model.h>

G_BEGIN_DECLS

#define FACET_TYPE_PLANE (facet_plane_get_type ())
G_DECLARE_FINAL_TYPE (FacetPlane, facet_plane, FACET, PLANE, GtkDrawingArea)

GtkWidget *facet_plane_new        (void);
/* Decodes the map around @code [z_dim]; the model is not kept. */
void       facet_plane_set_model  (FacetPlane   *plane,
                                   FacetModel   *model,
                                   const gfloat *code);
/* Offsets of the two components in σ.  Set does not emit "changed". */
void       facet_plane_get_values (FacetPlane   *plane,
                                   gdouble      *values);
void       facet_plane_set_values (FacetPlane   *plane,
                                   const gdouble *values);

G_END_DECLS
