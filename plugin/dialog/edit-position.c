/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the face is, in the dialog.
 */
#include <glib/gi18n-lib.h>

#include <ui/facet-position.h>

#include "edit-position.h"

struct _EditPosition
{
  GtkBox parent_instance;

  GimpProcedureConfig *config;
  FacetLayer *layer;
  GtkWidget *view;
  GtkWidget *reset;
};

G_DEFINE_TYPE (EditPosition, edit_position, GTK_TYPE_BOX)

static void points_moved (EditPosition *position);
static void reset_clicked (EditPosition *position);

GtkWidget *
edit_position_new (GimpProcedureConfig *config, FacetLayer *layer)
{
  EditPosition *position = g_object_new (EDIT_TYPE_POSITION, "orientation",
                                         GTK_ORIENTATION_VERTICAL, "spacing", 6,
                                         NULL);

  position->config = g_object_ref (config);
  position->layer = layer;
  return GTK_WIDGET (position);
}

void
edit_position_show (EditPosition *position)
{
  FacetPoint points[FACET_N_POINTS];
  gboolean find, given;
  gint face;

  g_return_if_fail (EDIT_IS_POSITION (position));

  /* the photo in 8 bit is only made for those who look at it */
  if (! gtk_widget_get_mapped (GTK_WIDGET (position)))
    return;
  g_object_get (position->config, "find-face", &find, "face", &face, NULL);
  if (! edit_arguments_get_points (position->config, points, &given, NULL) ||
      ! given)
    facet_layer_get_points (position->layer, find, face, points);
  facet_position_set_photo (FACET_POSITION (position->view),
                            facet_layer_get_photo (position->layer));
  facet_position_set_points (FACET_POSITION (position->view), points);
  gtk_widget_set_sensitive (position->reset, given);
}

/* --- correcting ----------------------------------------------------------- */

static void
points_moved (EditPosition *position)
{
  FacetPoint points[FACET_N_POINTS];

  facet_position_get_points (FACET_POSITION (position->view), points);
  gtk_widget_set_sensitive (position->reset, TRUE);
  edit_arguments_set_points (position->config, points);
}

static void
reset_clicked (EditPosition *position)
{
  edit_arguments_set_points (position->config, NULL);
}

/* --- the widget ----------------------------------------------------------- */

static void
edit_position_finalize (GObject *object)
{
  g_clear_object (&EDIT_POSITION (object)->config);

  G_OBJECT_CLASS (edit_position_parent_class)->finalize (object);
}

static void
edit_position_class_init (EditPositionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = edit_position_finalize;
}

static void
edit_position_init (EditPosition *position)
{
  GtkBox *box = GTK_BOX (position);

  position->view = facet_position_new ();
  gtk_widget_set_halign (position->view, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (position->view, "changed",
                            G_CALLBACK (points_moved), position);
  gtk_box_pack_start (box, position->view, FALSE, FALSE, 0);

  position->reset = gtk_button_new_with_mnemonic (_ ("Reset Po_ints"));
  gtk_widget_set_tooltip_text (position->reset,
                               _ ("Back to where the face was found"));
  gtk_widget_set_halign (position->reset, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (position->reset, FALSE);
  g_signal_connect_swapped (position->reset, "clicked",
                            G_CALLBACK (reset_clicked), position);
  gtk_box_pack_start (box, position->reset, FALSE, FALSE, 0);
  gtk_widget_show_all (GTK_WIDGET (position));
}
