/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The faces in the layer, to choose from.
 */
#include <ui/facet-faces.h>

#include "edit-dialog-private.h"

#define THUMBNAIL_PX 56

static void face_chosen (EditDialog *self);

void
edit_dialog_connect_faces (EditDialog *self)
{
  g_signal_connect_swapped (self->faces, "changed", G_CALLBACK (face_chosen),
                            self);
}

static void
face_chosen (EditDialog *self)
{
  edit_arguments_set_face (self->config,
                           facet_faces_get_chosen (FACET_FACES (self->faces)));
}

/* Where face number @face is, corrected if it is the one that is edited. */
static GdkPixbuf *
picture_new (EditDialog *self, gint face, gint edited)
{
  FacetPoint points[FACET_N_POINTS];
  FacetCrop crop;
  gboolean given = FALSE;

  if (face == edited)
    edit_arguments_get_points (self->config, points, &given, NULL);
  if (! given)
    facet_layer_get_points (self->layer, TRUE, face, points);
  crop = facet_crop_from_points (points);
  return facet_layer_new_thumbnail (self->layer, &crop, THUMBNAIL_PX);
}

static void
show_picture (EditDialog *self, gint face, gint edited)
{
  g_autoptr (GdkPixbuf) picture = picture_new (self, face, edited);

  facet_faces_set_picture (FACET_FACES (self->faces), face, picture);
}

void
edit_dialog_show_faces (EditDialog *self)
{
  const gint n_faces = facet_layer_get_n_faces (self->layer);
  FacetFaces *faces = FACET_FACES (self->faces);
  gboolean find;
  gint face;

  g_object_get (self->config, "find-face", &find, "face", &face, NULL);
  gtk_widget_set_visible (self->faces, find && n_faces > 1);
  if (! find || n_faces <= 1)
    return;
  if (face < 1 || face > n_faces)
    face = MAX (1, facet_layer_get_own_face (self->layer));
  if (facet_faces_get_n (faces) != n_faces)
    {
      g_autoptr (GPtrArray)
          pictures = g_ptr_array_new_with_free_func (g_object_unref);

      for (gint i = 1; i <= n_faces; i++)
        g_ptr_array_add (pictures, picture_new (self, i, face));
      facet_faces_set (faces, pictures);
    }
  else
    {
      show_picture (self, self->edited_face, face);
      show_picture (self, face, face);
    }
  self->edited_face = face;
  facet_faces_set_chosen (faces, face);
}
