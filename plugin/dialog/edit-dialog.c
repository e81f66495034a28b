/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog: a model, its sliders, and the layer on the canvas that follows
 * them.  The config object holds the arguments; the widgets write to it and
 * listen to it, so that GIMP's Reset and saved settings work.
 *
 * Whatever moves asks for an update; one idle of low priority does it, so that
 * many events make one picture and the last one always wins.
 */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <libgimp/gimpui.h>
#include <signal.h>
#include <string.h>

#include <plugin/edit-session.h>
#include <ui/facet-faces.h>
#include <ui/facet-model-chooser.h>
#include <ui/facet-plane.h>
#include <ui/facet-sliders.h>

#include "edit-dialog.h"
#include "edit-position.h"

#define PULSE_MS 80
#define WATCH_MS 500

/* What a tall list gets, where the screen has it. */
#define DIALOG_HEIGHT_PX 720
#define DIALOG_WIDTH_PX 500
#define SCREEN_PART 0.8

#define THUMBNAIL_PX 56

typedef struct
{
  GimpProcedureConfig *config;
  FacetLayer *layer;
  EditSession *session;

  GtkWidget *dialog;
  GtkWidget *chooser;
  GtkWidget *faces;
  GtkWidget *position; /* where the face is, in an expander */
  GtkWidget *expander;
  GtkWidget *message;
  GtkWidget *progress;
  GtkWidget *controls; /* all that needs a face */
  GtkWidget *plane;
  GtkWidget *sliders;
  GtkWidget *preview;

  gint edited_face;    /* its picture shows the points that were corrected */
  const gchar *notice; /* shown as long as there is no other message */
  gboolean writing;    /* the config changes because we write to it */
  gboolean gone;       /* the layer, and nothing brings it back     */
  guint update_idle;
  guint pulse_timeout;
} EditDialog;

static void build (EditDialog *self, GimpProcedure *procedure);
static void session_changed (EditSession *session,
                             EditSessionState state,
                             const GError *error,
                             gpointer data);
static gboolean quit (gpointer data);
static gboolean watch (gpointer data);

GimpPDBStatusType
edit_dialog_run (GimpProcedure *procedure,
                 GimpProcedureConfig *config,
                 FacetLayer *layer,
                 GError **error)
{
  EditDialog self = { .config = config, .layer = layer };
  GimpPDBStatusType status = GIMP_PDB_CANCEL;
  guint sources[4];

  if (! facet_layer_begin_preview (layer, error))
    return GIMP_PDB_EXECUTION_ERROR;

  gimp_ui_init ("facet");
  self.session = edit_session_new (layer, config);
  build (&self, procedure);
  sources[0] = g_unix_signal_add (SIGTERM, quit, &self);
  sources[1] = g_unix_signal_add (SIGINT, quit, &self);
  sources[2] = g_unix_signal_add (SIGHUP, quit, &self);
  sources[3] = g_timeout_add (WATCH_MS, watch, &self);
  edit_session_start (self.session, session_changed, &self);

  if (gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (self.dialog)))
    status = edit_session_apply (self.session, error) ?
                 GIMP_PDB_SUCCESS :
                 GIMP_PDB_EXECUTION_ERROR;
  facet_layer_end_preview (layer);

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  g_signal_handlers_disconnect_by_data (config, &self);
  edit_session_free (self.session);
  g_clear_handle_id (&self.update_idle, g_source_remove);
  g_clear_handle_id (&self.pulse_timeout, g_source_remove);
  gtk_widget_destroy (self.dialog);
  return status;
}

/* --- showing the edit ----------------------------------------------------- */

static void
show_message (EditDialog *self, const gchar *text)
{
  if (text[0] == '\0' && self->notice != NULL)
    text = self->notice;
  gtk_label_set_text (GTK_LABEL (self->message), text);
  gtk_widget_set_visible (self->message, text[0] != '\0');
}

static void
allow_ok (EditDialog *self, gboolean allow)
{
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_OK,
                                     allow);
}

/* No more can be done here than to cancel. */
static void
give_up (EditDialog *self, const GError *error)
{
  self->gone = TRUE;
  show_message (self, error->message);
  gtk_widget_set_sensitive (self->controls, FALSE);
  gtk_widget_set_sensitive (self->position, FALSE);
  gtk_widget_set_sensitive (self->faces, FALSE);
  gtk_widget_set_sensitive (self->chooser, FALSE);
  allow_ok (self, FALSE);
}

static gboolean
update (gpointer data)
{
  EditDialog *self = data;
  g_autoptr (GError) error = NULL;
  gboolean good = TRUE;

  self->update_idle = 0;
  if (edit_session_get_edit (self->session) == NULL || self->gone)
    return G_SOURCE_REMOVE;

  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->preview)))
    good = edit_session_preview (self->session, &error);
  else
    facet_layer_show_photo (self->layer);
  gimp_displays_flush ();
  if (! good &&
      g_error_matches (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE))
    give_up (self, error);
  else
    show_message (self, good ? "" : error->message);
  return G_SOURCE_REMOVE;
}

static void
queue_update (EditDialog *self)
{
  if (self->update_idle == 0)
    self->update_idle = g_idle_add_full (G_PRIORITY_LOW, update, self, NULL);
}

/* Nobody paints with the pointer in the dialog, so that it is enough to look
 * when it comes back, or when we change the layer by ourselves. */
static void
look_at_layer (EditDialog *self)
{
  const gchar *notice;

  if (self->gone || ! facet_layer_take_over (self->layer))
    return;
  notice = facet_layer_has_traces (self->layer) ?
               _ ("What was painted here in the meantime stays as it is, with "
                  "traces of the preview in it.") :
               _ ("What was painted here in the meantime stays.");
  if (notice == self->notice)
    return;
  self->notice = notice;
  show_message (self, "");
}

static gboolean
came_back (GtkWidget *dialog, const GdkEvent *event, EditDialog *self)
{
  /* from one of its own parts */
  if (event->type == GDK_ENTER_NOTIFY &&
      event->crossing.detail == GDK_NOTIFY_INFERIOR)
    return GDK_EVENT_PROPAGATE;
  look_at_layer (self);
  return GDK_EVENT_PROPAGATE;
}

/* --- sliders, plane and config -------------------------------------------- */

static const FacetLatents *
get_latents (EditDialog *self)
{
  return facet_model_get_latents (edit_session_get_model (self->session));
}

static void
show_values (EditDialog *self, const gdouble *values)
{
  const FacetLatents *latents = get_latents (self);

  facet_sliders_set_values (FACET_SLIDERS (self->sliders), values);
  if (latents->n_axes == 2)
    facet_plane_set_values (FACET_PLANE (self->plane),
                            values + latents->n_directions);
}

static void
write_config (EditDialog *self, const gdouble *values)
{
  self->writing = TRUE;
  edit_arguments_set_values (self->config,
                             edit_session_get_model (self->session), values);
  self->writing = FALSE;
  queue_update (self);
}

/* The sliders' ranges may be narrower than what a script has set: what is shown
 * is what counts.  Nothing is written that is there already, since the config
 * may hold our own notification back until `writing` is over, and would come
 * here again and again. */
static void
read_config (EditDialog *self)
{
  FacetModel *model = edit_session_get_model (self->session);
  g_autofree gdouble *values = edit_arguments_get_values (self->config, model);
  g_autofree gdouble *offsets = edit_arguments_get_offsets (self->config, model,
                                                            NULL);
  const gsize size = sizeof (gdouble) *
                     facet_sliders_get_n (FACET_SLIDERS (self->sliders));
  g_autofree gdouble *shown = g_memdup2 (values, size);

  facet_sliders_set_values (FACET_SLIDERS (self->sliders), values);
  facet_sliders_get_values (FACET_SLIDERS (self->sliders), shown);
  show_values (self, shown);
  if (offsets == NULL || memcmp (shown, values, size) != 0)
    write_config (self, shown);
  else
    queue_update (self);
}

static gdouble *
get_values (EditDialog *self)
{
  gdouble *values =
      g_new0 (gdouble, facet_sliders_get_n (FACET_SLIDERS (self->sliders)) + 1);

  facet_sliders_get_values (FACET_SLIDERS (self->sliders), values);
  return values;
}

static void
sliders_changed (EditDialog *self)
{
  g_autofree gdouble *values = get_values (self);

  show_values (self, values);
  write_config (self, values);
}

static void
plane_changed (EditDialog *self)
{
  g_autofree gdouble *values = get_values (self);

  facet_plane_get_values (FACET_PLANE (self->plane),
                          values + get_latents (self)->n_directions);
  show_values (self, values);
  write_config (self, values);
}

static void
randomize_clicked (EditDialog *self)
{
  facet_sliders_randomize (FACET_SLIDERS (self->sliders), g_random_int ());
}

static void
model_chosen (EditDialog *self)
{
  edit_arguments_set_model (self->config,
                            facet_model_chooser_get_name (
                                FACET_MODEL_CHOOSER (self->chooser)));
}

static void
face_chosen (EditDialog *self)
{
  edit_arguments_set_face (self->config,
                           facet_faces_get_chosen (FACET_FACES (self->faces)));
}

/* Points that were placed are the face's that was meant. */
static void
find_face_toggled (EditDialog *self)
{
  edit_arguments_set_points (self->config, NULL);
}

static void
config_changed (EditDialog *self)
{
  g_autofree gchar *name = NULL;

  if (self->writing || self->gone)
    return;
  g_object_get (self->config, "model", &name, NULL);
  facet_model_chooser_set_name (FACET_MODEL_CHOOSER (self->chooser), name);
  edit_session_changed (self->session);
  if (edit_session_get_edit (self->session) != NULL)
    read_config (self);
}

/* --- the session ---------------------------------------------------------- */

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

/* Pictures to choose from, where there is a choice. */
static void
show_faces (EditDialog *self)
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

static void
show_position (EditDialog *self)
{
  if (edit_session_get_state (self->session) != EDIT_SESSION_LOADING)
    edit_position_show (EDIT_POSITION (self->position));
}

static void
show_face (EditDialog *self)
{
  const FacetLatents *latents = get_latents (self);

  facet_sliders_set_latents (FACET_SLIDERS (self->sliders), latents);
  gtk_widget_set_visible (self->plane, latents->n_axes == 2);
  gtk_widget_show (self->controls);
  allow_ok (self, TRUE);
}

/* The photo's own code may be new. */
static void
show_code (EditDialog *self)
{
  if (get_latents (self)->n_axes == 2)
    facet_plane_set_model (FACET_PLANE (self->plane),
                           edit_session_get_model (self->session),
                           facet_edit_get_code (
                               edit_session_get_edit (self->session)));
  read_config (self);
}

static void
hide_face (EditDialog *self)
{
  g_clear_handle_id (&self->update_idle, g_source_remove);
  gtk_widget_hide (self->controls);
  allow_ok (self, FALSE);
  facet_layer_show_photo (self->layer);
  gimp_displays_flush ();
}

static gboolean
pulse (gpointer data)
{
  EditDialog *self = data;
  GtkProgressBar *bar = GTK_PROGRESS_BAR (self->progress);

  if (edit_session_get_state (self->session) == EDIT_SESSION_REFINING)
    gtk_progress_bar_set_fraction (bar,
                                   edit_session_get_progress (self->session));
  else
    gtk_progress_bar_pulse (bar);
  return G_SOURCE_CONTINUE;
}

static void
show_progress (EditDialog *self, const gchar *text)
{
  gtk_widget_set_visible (self->progress, text != NULL);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->progress), text);
  if (text == NULL)
    g_clear_handle_id (&self->pulse_timeout, g_source_remove);
  else if (self->pulse_timeout == 0)
    self->pulse_timeout = g_timeout_add (PULSE_MS, pulse, self);
}

/* Who has to say where the face is should not have to look for the place. */
static void
offer_position (EditDialog *self, const GError *error)
{
  if (g_error_matches (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION))
    gtk_expander_set_expanded (GTK_EXPANDER (self->expander), TRUE);
  show_position (self);
}

static void
session_changed (EditSession *session,
                 EditSessionState state,
                 const GError *error,
                 gpointer data)
{
  EditDialog *self = data;

  if (self->gone)
    return;
  switch (state)
    {
    case EDIT_SESSION_LOADING:
      /* the last one is shown until then, where there is one */
      if (edit_session_get_edit (session) != NULL)
        break;
      hide_face (self);
      show_message (self, "");
      show_progress (self, _ ("Reading the face…"));
      break;
    case EDIT_SESSION_FAILED:
      hide_face (self);
      show_faces (self);
      show_progress (self, NULL);
      show_message (self, error->message);
      offer_position (self, error);
      break;
    case EDIT_SESSION_REFINING:
    case EDIT_SESSION_READY:
      if (! gtk_widget_get_visible (self->controls))
        show_face (self);
      look_at_layer (self);
      show_faces (self);
      show_position (self);
      show_code (self);
      show_progress (self, state == EDIT_SESSION_READY ?
                               NULL :
                               _ ("Looking for a better fit…"));
      break;
    }
}

/* --- events from outside -------------------------------------------------- */

/* A polite signal is a Cancel: the layer is put back. */
static gboolean
quit (gpointer data)
{
  EditDialog *self = data;

  gtk_dialog_response (GTK_DIALOG (self->dialog), GTK_RESPONSE_CANCEL);
  return G_SOURCE_CONTINUE;
}

static gboolean
watch (gpointer data)
{
  EditDialog *self = data;
  g_autoptr (GError) error = NULL;

  if (! self->gone && ! facet_layer_check (self->layer, &error))
    give_up (self, error);
  return G_SOURCE_CONTINUE;
}

/* --- widgets -------------------------------------------------------------- */

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
  g_signal_connect_swapped (self->preview, "toggled", G_CALLBACK (queue_update),
                            self);
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
  g_signal_connect_swapped (self->plane, "changed", G_CALLBACK (plane_changed),
                            self);

  self->sliders = facet_sliders_new ();
  gtk_box_pack_start (GTK_BOX (controls), self->sliders, TRUE, TRUE, 0);
  g_signal_connect_swapped (self->sliders, "changed",
                            G_CALLBACK (sliders_changed), self);

  gtk_box_pack_start (GTK_BOX (controls), buttons_new (self), FALSE, FALSE, 0);
  gtk_widget_show_all (controls);
  gtk_widget_hide (controls);
  return controls;
}

/* Small screens keep some of the canvas in view. */
static void
set_size (GtkWindow *window)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (window));
  GdkMonitor *monitor = gdk_display_get_monitor (display, 0);
  gint height = DIALOG_HEIGHT_PX;

  if (monitor != NULL)
    {
      GdkRectangle area;

      gdk_monitor_get_workarea (monitor, &area);
      height = MIN (height, (gint) (SCREEN_PART * area.height));
    }
  gtk_window_set_default_size (window, DIALOG_WIDTH_PX, height);
}

/* --- the dialog's boxes --------------------------------------------------- */

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
  g_signal_connect_swapped (self->chooser, "changed", G_CALLBACK (model_chosen),
                            self);
  gtk_box_pack_start (box, self->chooser, FALSE, FALSE, 0);
}

static GtkWidget *
make_face (EditDialog *self)
{
  GtkWidget *box = own_box_new (self, "face-box");

  self->faces = facet_faces_new ();
  gtk_widget_set_no_show_all (self->faces, TRUE);
  g_signal_connect_swapped (self->faces, "changed", G_CALLBACK (face_chosen),
                            self);
  self->message = message_new ();
  self->progress = progress_new ();
  self->controls = controls_new (self);
  gtk_box_pack_start (GTK_BOX (box), self->faces, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->message, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->controls, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->progress, FALSE, FALSE, 0);
  return box;
}

/* A part that is folded away; open, it takes its place from the sliders and not
 * from the screen. */
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
  return expander;
}

/* The face is found right most of the time. */
static void
make_position (EditDialog *self)
{
  GtkWidget *box = own_box_new (self, "position-box");

  self->position = edit_position_new (self->config, self->layer);
  gtk_box_pack_start (GTK_BOX (box), self->position, FALSE, FALSE, 0);
  g_signal_connect_swapped (self->position, "map", G_CALLBACK (show_position),
                            self);
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
static void
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
  expander_new (self, "blending", _ ("_Blending"), "blending-box");
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

static void
build (EditDialog *self, GimpProcedure *procedure)
{
  GimpProcedureDialog *dialog;
  GtkWidget *face;
  GtkContainer *content;

  self->dialog = gimp_procedure_dialog_new (procedure, self->config,
                                            _ ("Edit Face"));
  dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  make_top (self);
  make_options (self);
  face = make_face (self);
  make_position (self);
  make_blending (self);
  gimp_procedure_dialog_fill (dialog, "top", "options", "face-box", "position",
                              "blending", NULL);

  /* only the sliders grow */
  content = GTK_CONTAINER (gtk_dialog_get_content_area (GTK_DIALOG (dialog)));
  for (GList *child = gtk_container_get_children (content); child != NULL;
       child = g_list_delete_link (child, child))
    gtk_container_child_set (content, child->data, "expand",
                             child->data == (gpointer) face, NULL);
  set_size (GTK_WINDOW (dialog));
  g_signal_connect_swapped (self->config, "notify::find-face",
                            G_CALLBACK (find_face_toggled), self);
  g_signal_connect_swapped (self->config, "notify", G_CALLBACK (config_changed),
                            self);
  gtk_widget_add_events (self->dialog, GDK_ENTER_NOTIFY_MASK);
  g_signal_connect (dialog, "enter-notify-event", G_CALLBACK (came_back), self);
  g_signal_connect (dialog, "focus-in-event", G_CALLBACK (came_back), self);
}
