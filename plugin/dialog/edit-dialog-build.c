/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog's widgets, and where they go.
 */
#include <glib/gi18n-lib.h>

#include <ui/facet-faces.h>
#include <ui/facet-model-chooser.h>
#include <ui/facet-plane.h>
#include <ui/facet-sliders.h>

#include "edit-dialog-private.h"
#include "edit-position.h"

/* What a tall list gets, where the screen has it. */
#define DIALOG_HEIGHT_PX 720
#define DIALOG_WIDTH_PX 500
#define SCREEN_PART 0.8
#define TITLE_PX 40 /* with the window's borders */
/* So much of what is unfolded is always seen. */
#define UNFOLDED_LEAST_PX 96

static void make_top (EditDialog *self);
static void make_options (EditDialog *self);
static GtkWidget *make_face (EditDialog *self);
static void make_position (EditDialog *self);
static GtkWidget *make_blending (EditDialog *self);
static void share_room (GtkWidget *first, GtkWidget *second);
static void let_grow (GtkDialog *dialog, GtkWidget *face);
static void set_size (GtkWindow *window);

void
edit_dialog_build (EditDialog *self, GimpProcedure *procedure)
{
  GimpProcedureDialog *dialog;
  GtkWidget *face;

  self->dialog = gimp_procedure_dialog_new (procedure, self->config,
                                            _ ("Edit Face"));
  dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  make_top (self);
  make_options (self);
  face = make_face (self);
  make_position (self);
  share_room (self->expander, make_blending (self));
  gimp_procedure_dialog_fill (dialog, "top", "options", "face-box", "position",
                              "blending", NULL);
  let_grow (GTK_DIALOG (dialog), face);
  set_size (GTK_WINDOW (dialog));
}

/* GIMP's dialog makes widgets of arguments and packs them by name.  Ours go
 * into boxes that it makes, so that its own buttons stay below; it makes none
 * that are empty. */
static GtkWidget *
own_box_new (EditDialog *self, const gchar *name)
{
  GimpProcedureDialog *dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  g_autofree gchar *space = g_strconcat (name, "-space", NULL);
  GtkWidget *box;

  gimp_procedure_dialog_get_label (dialog, space, NULL, FALSE, FALSE);
  box = gimp_procedure_dialog_fill_box (dialog, name, space, NULL);
  gtk_widget_hide (
      gimp_procedure_dialog_get_widget (dialog, space, GTK_TYPE_LABEL));
  gtk_box_set_spacing (GTK_BOX (box), 6);
  return box;
}

static void
make_top (EditDialog *self)
{
  GtkBox *box = GTK_BOX (own_box_new (self, "top"));
  g_autofree gchar *name = NULL;

  g_object_get (self->config, "model", &name, NULL);
  self->chooser = facet_model_chooser_new ();
  facet_model_chooser_set_name (FACET_MODEL_CHOOSER (self->chooser), name);
  gtk_box_pack_start (box, self->chooser, FALSE, FALSE, 0);
}

static void
make_options (EditDialog *self)
{
  GtkWidget *box =
      gimp_procedure_dialog_fill_box (GIMP_PROCEDURE_DIALOG (self->dialog),
                                      "options", "find-face", "refine", NULL);

  gtk_orientable_set_orientation (GTK_ORIENTABLE (box),
                                  GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (GTK_BOX (box), 12);
}

/* --- the face --------------------------------------------------------------
 */

static void
randomize_clicked (EditDialog *self)
{
  facet_sliders_randomize (FACET_SLIDERS (self->sliders), g_random_int ());
}

static GtkWidget *
message_new (void)
{
  GtkWidget *message = gtk_label_new (NULL);

  gtk_label_set_line_wrap (GTK_LABEL (message), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (message), 44);
  gtk_label_set_selectable (GTK_LABEL (message), TRUE);
  gtk_label_set_xalign (GTK_LABEL (message), 0.0);
  gtk_widget_set_no_show_all (message, TRUE);
  return message;
}

static GtkWidget *
progress_new (void)
{
  GtkWidget *progress = gtk_progress_bar_new ();

  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (progress), TRUE);
  gtk_widget_set_no_show_all (progress, TRUE);
  return progress;
}

static void
add_button (EditDialog *self,
            GtkBox *box,
            const gchar *label,
            const gchar *tooltip,
            GCallback clicked,
            gpointer data)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_box_pack_end (box, button, FALSE, FALSE, 0);
  g_signal_connect_swapped (button, "clicked", clicked, data);
}

static GtkWidget *
buttons_new (EditDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->preview = gtk_check_button_new_with_mnemonic (_ ("_Preview"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->preview), TRUE);
  gtk_widget_set_tooltip_text (self->preview,
                               _ ("Show the edit on the canvas; off, the photo "
                                  "as it was"));
  gtk_box_pack_start (GTK_BOX (box), self->preview, FALSE, FALSE, 0);
  add_button (self, GTK_BOX (box), _ ("Reset _All"),
              _ ("Put every slider back to 0"),
              G_CALLBACK (facet_sliders_reset), self->sliders);
  add_button (self, GTK_BOX (box), _ ("Ran_domize"),
              _ ("Set the components at random: a variation of "
                 "the face"),
              G_CALLBACK (randomize_clicked), self);
  return box;
}

static GtkWidget *
controls_new (EditDialog *self)
{
  GtkWidget *controls = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->plane = facet_plane_new ();
  gtk_widget_set_halign (self->plane, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_bottom (self->plane, 6);
  gtk_widget_set_no_show_all (self->plane, TRUE);
  gtk_box_pack_start (GTK_BOX (controls), self->plane, FALSE, FALSE, 0);

  self->sliders = facet_sliders_new ();
  gtk_box_pack_start (GTK_BOX (controls), self->sliders, TRUE, TRUE, 0);

  gtk_box_pack_start (GTK_BOX (controls), buttons_new (self), FALSE, FALSE, 0);
  gtk_widget_show_all (controls);
  gtk_widget_hide (controls);
  return controls;
}

static GtkWidget *
make_face (EditDialog *self)
{
  GtkWidget *box = own_box_new (self, "face-box");

  self->faces = facet_faces_new ();
  gtk_widget_set_no_show_all (self->faces, TRUE);
  self->message = message_new ();
  self->progress = progress_new ();
  self->controls = controls_new (self);
  gtk_box_pack_start (GTK_BOX (box), self->faces, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->message, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->controls, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->progress, FALSE, FALSE, 0);
  return box;
}

/* --- what is folded away ---------------------------------------------------
 */

/* Puts what is in the expander on a ground that scrolls where the screen is too
 * low for it, as with large letters. */
static GtkWidget *
let_scroll (GtkContainer *expander)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);
  GtkScrolledWindow *window = GTK_SCROLLED_WINDOW (scrolled);
  GtkWidget *content = g_object_ref (gtk_bin_get_child (GTK_BIN (expander)));

  gtk_scrolled_window_set_policy (window, GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_overlay_scrolling (window, FALSE);
  gtk_scrolled_window_set_propagate_natural_height (window, TRUE);
  gtk_scrolled_window_set_min_content_height (window, UNFOLDED_LEAST_PX);
  gtk_container_remove (expander, content);
  gtk_container_add (GTK_CONTAINER (scrolled), content);
  gtk_container_add (expander, scrolled);
  g_object_unref (content);
  return scrolled;
}

/* A part that is folded away; open, it takes its place from the sliders and not
 * from the screen.  GTK maps what is in such an expander before it is opened
 * for the first time, and lets the focus go there. */
static GtkWidget *
expander_new (EditDialog *self,
              const gchar *name,
              const gchar *title,
              const gchar *box_name)
{
  GimpProcedureDialog *dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  g_autofree gchar *title_name = g_strconcat (name, "-title", NULL);
  GtkWidget *expander;

  gimp_procedure_dialog_get_label (dialog, title_name, title, FALSE, TRUE);
  expander = gimp_procedure_dialog_fill_expander (dialog, name, title_name,
                                                  FALSE, box_name);
  gtk_expander_set_resize_toplevel (GTK_EXPANDER (expander), FALSE);
  g_object_bind_property (expander, "expanded",
                          let_scroll (GTK_CONTAINER (expander)), "visible",
                          G_BINDING_SYNC_CREATE);
  return expander;
}

/* The face is found right most of the time. */
static void
make_position (EditDialog *self)
{
  GtkWidget *box = own_box_new (self, "position-box");

  self->position = edit_position_new (self->config, self->layer);
  gtk_box_pack_start (GTK_BOX (box), self->position, FALSE, FALSE, 0);
  self->expander = expander_new (self, "position", _ ("_Where the face is"),
                                 "position-box");
}

static GtkWidget *
detail_new (EditDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new_with_mnemonic (_ ("D_etail:"));
  GtkWidget *combo = gtk_combo_box_text_new ();
  GtkComboBoxText *list = GTK_COMBO_BOX_TEXT (combo);

  gtk_combo_box_text_append (list, "keep", _ ("Move the photo's pixels"));
  gtk_combo_box_text_append (list, "difference", _ ("Add the difference"));
  gtk_combo_box_text_append (list, "reconstruction",
                             _ ("Show the model's picture"));
  g_object_bind_property (self->config, "detail", combo, "active-id",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), combo);
  atk_object_set_name (gtk_widget_get_accessible (combo), _ ("Detail"));
  gtk_box_pack_start (GTK_BOX (box), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), combo, TRUE, TRUE, 0);
  gtk_widget_show_all (box);
  return box;
}

/* How the edit reaches the photo; most will not ask. */
static GtkWidget *
make_blending (EditDialog *self)
{
  GimpProcedureDialog *dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  GtkWidget *box, *detail;

  gimp_procedure_dialog_get_spin_scale (dialog, "strength", 1.0);
  gimp_procedure_dialog_get_spin_scale (dialog, "feather", 1.0);
  gimp_procedure_dialog_get_spin_scale (dialog, "grain", 1.0);
  box = gimp_procedure_dialog_fill_box (dialog, "blending-box", "strength",
                                        "feather", "grain", NULL);
  detail = detail_new (self);
  gtk_box_pack_start (GTK_BOX (box), detail, FALSE, FALSE, 0);
  gtk_box_reorder_child (GTK_BOX (box), detail, 0);
  return expander_new (self, "blending", _ ("_Blending"), "blending-box");
}

/* --- sizes -----------------------------------------------------------------
 */

/* Only the sliders. */
static void
let_grow (GtkDialog *dialog, GtkWidget *face)
{
  GtkContainer *content = GTK_CONTAINER (gtk_dialog_get_content_area (dialog));

  for (GList *child = gtk_container_get_children (content); child != NULL;
       child = g_list_delete_link (child, child))
    gtk_container_child_set (content, child->data, "expand",
                             child->data == (gpointer) face, NULL);
}

static GdkRectangle
get_screen (GtkWidget *window)
{
  GdkMonitor *monitor =
      gdk_display_get_monitor (gtk_widget_get_display (window), 0);
  GdkRectangle area = { 0, 0, G_MAXINT, G_MAXINT };

  if (monitor != NULL)
    gdk_monitor_get_workarea (monitor, &area);
  return area;
}

/* The height with which nothing that is unfolded has to scroll. */
static gint
get_wanted_height (GtkWidget *window)
{
  gint height;

  gtk_widget_get_preferred_height_for_width (
      window, gtk_widget_get_allocated_width (window), NULL, &height);
  return height;
}

/* As far as the screen goes, to the bottom and then to the top. */
static gboolean
make_room (gpointer data)
{
  GtkWindow *window = data;
  const GdkRectangle screen = get_screen (data);
  const gint most = screen.height - TITLE_PX;
  const gint wanted = MIN (get_wanted_height (data), most);
  gint width, height, x, y;

  gtk_window_get_size (window, &width, &height);
  if (wanted <= height)
    return G_SOURCE_REMOVE;
  gtk_window_get_position (window, &x, &y);
  if (y > screen.y + most - wanted)
    gtk_window_move (window, x, screen.y + most - wanted);
  gtk_window_resize (window, width, wanted);
  return G_SOURCE_REMOVE;
}

static void
expanded (GtkExpander *expander, GParamSpec *spec, GtkExpander *other)
{
  GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (expander));

  if (! gtk_expander_get_expanded (expander))
    return;
  if (get_wanted_height (window) + TITLE_PX > get_screen (window).height)
    gtk_expander_set_expanded (other, FALSE);
  /* once GTK has given it the least that it needs now */
  g_idle_add_full (G_PRIORITY_LOW, make_room, g_object_ref (window),
                   g_object_unref);
}

/* Where the screen is too low for both, opening one closes the other: the
 * buttons below have to be seen. */
static void
share_room (GtkWidget *first, GtkWidget *second)
{
  g_signal_connect (first, "notify::expanded", G_CALLBACK (expanded), second);
  g_signal_connect (second, "notify::expanded", G_CALLBACK (expanded), first);
}

/* Small screens keep some of the canvas in view. */
static void
set_size (GtkWindow *window)
{
  const gint most = (gint) (SCREEN_PART *
                            get_screen (GTK_WIDGET (window)).height);

  gtk_window_set_default_size (window, DIALOG_WIDTH_PX,
                               MIN (DIALOG_HEIGHT_PX, most));
}
