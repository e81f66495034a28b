/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetFaces: a row of pictures of the faces in a photo, one of which is chosen.
 *
 * Signal "changed": the user chose another.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FACET_TYPE_FACES (facet_faces_get_type ())
G_DECLARE_FINAL_TYPE (FacetFaces, facet_faces, FACET, FACES, GtkScrolledWindow)

GtkWidget *facet_faces_new        (void);
/* @pictures: of GdkPixbuf. */
void       facet_faces_set        (FacetFaces *faces,
                                   GPtrArray  *pictures);
void       facet_faces_set_picture (FacetFaces *faces,
                                   gint        face,
                                   GdkPixbuf  *picture);
gint       facet_faces_get_n      (FacetFaces *faces);
/* Counted from 1; 0 is none.  Set does not emit "changed". */
gint       facet_faces_get_chosen (FacetFaces *faces);
void       facet_faces_set_chosen (FacetFaces *faces,
                                   gint        face);

G_END_DECLS
