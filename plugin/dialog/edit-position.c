/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the face is, in the dialog.
 */
#include <glib/gi18n-lib.h>

#include <ui/position/facet-position.h>

#include "edit-position.h"

#define SPACING_PX 12
#define HINT_WIDTH_CHARS 22

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
                                         GTK_ORIENTATION_HORIZONTAL, "spacing",
                                         SPACING_PX, NULL);

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

/* How to go about it. */
static GtkWidget *
hint_new (void)
{
  GtkWidget *hint = gtk_label_new (
      _ ("Drag a point to where it belongs in the face, or beside the points "
         "to move the whole face; the wheel changes its size. By keys: Tab, "
         "the arrows, + and −."));

  gtk_label_set_line_wrap (GTK_LABEL (hint), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (hint), HINT_WIDTH_CHARS);
  gtk_label_set_xalign (GTK_LABEL (hint), 0.0);
  gtk_label_set_yalign (GTK_LABEL (hint), 0.0);
  return hint;
}

static void
edit_position_init (EditPosition *position)
{
  GtkWidget *side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  position->view = facet_position_new ();
  g_signal_connect_swapped (position->view, "changed",
                            G_CALLBACK (points_moved), position);

  position->reset = gtk_button_new_with_mnemonic (_ ("Reset Po_ints"));
  gtk_widget_set_tooltip_text (position->reset,
                               _ ("Back to where the face was found"));
  gtk_widget_set_sensitive (position->reset, FALSE);
  g_signal_connect_swapped (position->reset, "clicked",
                            G_CALLBACK (reset_clicked), position);

  gtk_box_pack_start (GTK_BOX (side), hint_new (), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (side), position->reset, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (position), position->view, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (position), side, TRUE, TRUE, 0);
  gtk_widget_show_all (GTK_WIDGET (position));
}
