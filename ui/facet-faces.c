/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The row of faces.
 */
#include <glib/gi18n-lib.h>

#include "facet-faces.h"

enum
{
  CHANGED,
  N_SIGNALS
};

struct _FacetFaces
{
  GtkScrolledWindow parent_instance;

  GtkWidget *row;
  GPtrArray *buttons; /* of GtkRadioButton, a group; the first is not shown:
                         it is active when none is chosen */
  gboolean quiet;
};

G_DEFINE_TYPE (FacetFaces, facet_faces, GTK_TYPE_SCROLLED_WINDOW)

static guint signals[N_SIGNALS];

static GtkWidget *button_new (FacetFaces *faces,
                              GtkRadioButton *group,
                              GdkPixbuf *picture,
                              gint number);

GtkWidget *
facet_faces_new (void)
{
  return g_object_new (FACET_TYPE_FACES, NULL);
}

void
facet_faces_set (FacetFaces *faces, GPtrArray *pictures)
{
  GtkRadioButton *none;

  g_return_if_fail (FACET_IS_FACES (faces));

  facet_faces_set_chosen (faces, 0);
  for (guint i = 1; i < faces->buttons->len; i++)
    gtk_widget_destroy (faces->buttons->pdata[i]);
  g_ptr_array_set_size (faces->buttons, 1);
  none = faces->buttons->pdata[0];
  for (guint i = 0; i < pictures->len; i++)
    {
      GtkWidget *button = button_new (faces, none, pictures->pdata[i],
                                      (gint) i + 1);

      gtk_box_pack_start (GTK_BOX (faces->row), button, FALSE, FALSE, 0);
      g_ptr_array_add (faces->buttons, g_object_ref (button));
    }
  gtk_widget_show_all (faces->row);
}

void
facet_faces_set_picture (FacetFaces *faces, gint face, GdkPixbuf *picture)
{
  GtkWidget *image;

  g_return_if_fail (FACET_IS_FACES (faces));
  g_return_if_fail (face >= 1 && face < (gint) faces->buttons->len);

  image = gtk_bin_get_child (GTK_BIN (faces->buttons->pdata[face]));
  gtk_image_set_from_pixbuf (GTK_IMAGE (image), picture);
}

gint
facet_faces_get_n (FacetFaces *faces)
{
  g_return_val_if_fail (FACET_IS_FACES (faces), 0);

  return (gint) faces->buttons->len - 1;
}

gint
facet_faces_get_chosen (FacetFaces *faces)
{
  g_return_val_if_fail (FACET_IS_FACES (faces), 0);

  for (guint i = 0; i < faces->buttons->len; i++)
    if (gtk_toggle_button_get_active (faces->buttons->pdata[i]))
      return (gint) i;
  return 0;
}

void
facet_faces_set_chosen (FacetFaces *faces, gint face)
{
  g_return_if_fail (FACET_IS_FACES (faces));

  if (face < 0 || face >= (gint) faces->buttons->len)
    face = 0;
  faces->quiet = TRUE;
  gtk_toggle_button_set_active (faces->buttons->pdata[face], TRUE);
  faces->quiet = FALSE;
}

/* --- the buttons ---------------------------------------------------------- */

static void
toggled (GtkToggleButton *button, FacetFaces *faces)
{
  if (! faces->quiet && gtk_toggle_button_get_active (button))
    g_signal_emit (faces, signals[CHANGED], 0);
}

static GtkWidget *
button_new (FacetFaces *faces,
            GtkRadioButton *group,
            GdkPixbuf *picture,
            gint number)
{
  GtkWidget *button = gtk_radio_button_new_from_widget (group);
  g_autofree gchar *text = g_strdup_printf (_ ("Face %d"), number);

  gtk_toggle_button_set_mode (GTK_TOGGLE_BUTTON (button), FALSE);
  gtk_container_add (GTK_CONTAINER (button),
                     gtk_image_new_from_pixbuf (picture));
  gtk_widget_set_tooltip_text (button, text);
  atk_object_set_name (gtk_widget_get_accessible (button), text);
  g_signal_connect (button, "toggled", G_CALLBACK (toggled), faces);
  return button;
}

/* --- the widget ----------------------------------------------------------- */

static void
facet_faces_finalize (GObject *object)
{
  g_ptr_array_unref (FACET_FACES (object)->buttons);

  G_OBJECT_CLASS (facet_faces_parent_class)->finalize (object);
}

static void
facet_faces_class_init (FacetFacesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = facet_faces_finalize;

  signals[CHANGED] = g_signal_new ("changed", FACET_TYPE_FACES,
                                   G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
facet_faces_init (FacetFaces *faces)
{
  GtkWidget *none = g_object_ref_sink (gtk_radio_button_new (NULL));

  faces->buttons = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (faces->buttons, none);
  faces->row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 3);
  gtk_container_add (GTK_CONTAINER (faces), faces->row);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (faces),
                                  GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_widget_show (faces->row);
}
