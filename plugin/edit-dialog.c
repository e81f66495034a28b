/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog: a model, its sliders, and the layer on the canvas that follows
 * them.  The config object holds the arguments; sliders and plane write to it
 * and listen to it, so that GIMP's Reset and saved settings work.
 *
 * Loading a model and encoding the photo run in a thread while a bar pulses.
 * Whatever moves asks for an update; one idle of low priority does it, so that
 * many events make one picture and the last one always wins.
 */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <libgimp/gimpui.h>
#include <signal.h>
#include <string.h>

#include <ui/facet-model-chooser.h>
#include <ui/facet-plane.h>
#include <ui/facet-sliders.h>

#include "edit-arguments.h"
#include "edit-dialog.h"

#define PULSE_MS 80
#define WATCH_MS 500

/* What a tall list gets, where the screen has it. */
#define DIALOG_HEIGHT_PX 680
#define SCREEN_PART 0.8

typedef struct
{
  GimpProcedureConfig *config;
  FacetLayer *layer;
  FacetModel *model; /* of `edit`; both NULL while there is none */
  FacetEdit *edit;
  gchar *model_name; /* what was asked for last */

  GtkWidget *dialog;
  GtkWidget *chooser;
  GtkWidget *message;
  GtkWidget *progress;
  GtkWidget *controls; /* all that needs a face */
  GtkWidget *plane;
  GtkWidget *sliders;
  GtkWidget *preview;

  gboolean writing; /* the config changes because we write to it */
  gboolean gone;    /* the layer, and nothing brings it back     */
  guint n_loading;  /* threads under way */
  guint update_idle;
  guint pulse_timeout;
} EditDialog;

/* What a thread makes of a model's name. */
typedef struct
{
  EditDialog *self;
  gchar *model_name;
  FacetModel *model;
  FacetEdit *edit;
} Loading;

static void build (EditDialog *self, GimpProcedure *procedure);
static void start_loading (EditDialog *self);
static gboolean quit (gpointer data);
static gboolean watch (gpointer data);
static gboolean apply (EditDialog *self, GError **error);
static void finish (EditDialog *self);

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
  build (&self, procedure);
  sources[0] = g_unix_signal_add (SIGTERM, quit, &self);
  sources[1] = g_unix_signal_add (SIGINT, quit, &self);
  sources[2] = g_unix_signal_add (SIGHUP, quit, &self);
  sources[3] = g_timeout_add (WATCH_MS, watch, &self);
  start_loading (&self);

  if (gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (self.dialog)))
    status = apply (&self, error) ? GIMP_PDB_SUCCESS : GIMP_PDB_EXECUTION_ERROR;
  else
    facet_layer_end_preview (layer);

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  finish (&self);
  return status;
}

/* --- showing the edit --------------------------------------------------- */

static void
show_message (EditDialog *self, const gchar *text)
{
  gtk_label_set_text (GTK_LABEL (self->message), text);
  gtk_widget_set_visible (self->message, text[0] != '\0');
}

/* No more can be done here than to cancel. */
static void
give_up (EditDialog *self, const GError *error)
{
  self->gone = TRUE;
  show_message (self, error->message);
  gtk_widget_set_sensitive (self->controls, FALSE);
  gtk_widget_set_sensitive (self->chooser, FALSE);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_OK,
                                     FALSE);
}

static gboolean
update (gpointer data)
{
  EditDialog *self = data;
  g_autofree gdouble *offsets = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good = TRUE;

  self->update_idle = 0;
  if (self->edit == NULL || self->gone)
    return G_SOURCE_REMOVE;

  if (! gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->preview)))
    facet_layer_show_photo (self->layer);
  else
    {
      offsets = edit_arguments_get_offsets (self->config, self->model, &error);
      good = offsets != NULL &&
             facet_layer_preview (self->layer, self->edit, offsets,
                                  facet_model_get_latents (self->model)->n_axes,
                                  &error);
    }
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

/* Ends the preview and writes the edit. */
static gboolean
apply (EditDialog *self, GError **error)
{
  g_autofree gdouble *offsets = NULL;

  g_return_val_if_fail (self->edit != NULL, FALSE);

  offsets = edit_arguments_get_offsets (self->config, self->model, error);
  return offsets != NULL &&
         facet_layer_apply (self->layer, self->edit, offsets,
                            facet_model_get_latents (self->model)->n_axes,
                            error);
}

/* --- sliders, plane and config ------------------------------------------ */

static void
show_values (EditDialog *self, const gdouble *values)
{
  const FacetLatents *latents = facet_model_get_latents (self->model);

  facet_sliders_set_values (FACET_SLIDERS (self->sliders), values);
  if (latents->n_axes == 2)
    facet_plane_set_values (FACET_PLANE (self->plane),
                            values + latents->n_directions);
}

static void
write_config (EditDialog *self, const gdouble *values)
{
  self->writing = TRUE;
  edit_arguments_set_values (self->config, self->model, values);
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
  g_autofree gdouble *values = edit_arguments_get_values (self->config,
                                                          self->model);
  g_autofree gdouble *offsets = edit_arguments_get_offsets (self->config,
                                                            self->model, NULL);
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

static void
sliders_changed (EditDialog *self)
{
  g_autofree gdouble *values = NULL;

  values = g_new0 (gdouble,
                   facet_sliders_get_n (FACET_SLIDERS (self->sliders)) + 1);
  facet_sliders_get_values (FACET_SLIDERS (self->sliders), values);
  show_values (self, values);
  write_config (self, values);
}

static void
plane_changed (EditDialog *self)
{
  const FacetLatents *latents = facet_model_get_latents (self->model);
  g_autofree gdouble *values = NULL;

  values = g_new0 (gdouble, latents->n_directions + latents->n_axes + 1);
  facet_sliders_get_values (FACET_SLIDERS (self->sliders), values);
  facet_plane_get_values (FACET_PLANE (self->plane),
                          values + latents->n_directions);
  show_values (self, values);
  write_config (self, values);
}

static void
randomize_clicked (EditDialog *self)
{
  facet_sliders_randomize (FACET_SLIDERS (self->sliders), g_random_int ());
}

static void
config_changed (EditDialog *self)
{
  g_autofree gchar *name = NULL;

  if (self->writing || self->gone)
    return;
  g_object_get (self->config, "model", &name, NULL);
  facet_model_chooser_set_name (FACET_MODEL_CHOOSER (self->chooser), name);
  if (g_strcmp0 (name, self->model_name) != 0)
    start_loading (self);
  else if (self->edit != NULL)
    read_config (self);
}

static void
model_chosen (EditDialog *self)
{
  edit_arguments_set_model (self->config,
                            facet_model_chooser_get_name (
                                FACET_MODEL_CHOOSER (self->chooser)));
}

/* --- loading ------------------------------------------------------------ */

static void
loading_free (Loading *loading)
{
  g_free (loading->model_name);
  g_clear_pointer (&loading->edit, facet_edit_free);
  g_clear_pointer (&loading->model, facet_model_unref);
  g_free (loading);
}

static void
load_in_thread (GTask *task,
                gpointer source,
                gpointer data,
                GCancellable *cancellable)
{
  Loading *loading = data;
  GError *error = NULL;

  loading->model = facet_model_load (loading->model_name, &error);
  if (loading->model != NULL)
    loading->edit = facet_layer_new_edit (loading->self->layer, loading->model,
                                          &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
show_face (EditDialog *self, Loading *loading)
{
  const FacetLatents *latents;

  self->model = g_steal_pointer (&loading->model);
  self->edit = g_steal_pointer (&loading->edit);
  latents = facet_model_get_latents (self->model);
  facet_sliders_set_latents (FACET_SLIDERS (self->sliders), latents);
  gtk_widget_set_visible (self->plane, latents->n_axes == 2);
  if (latents->n_axes == 2)
    facet_plane_set_model (FACET_PLANE (self->plane), self->model,
                           facet_edit_get_code (self->edit));
  gtk_widget_show (self->controls);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_OK,
                                     TRUE);
  read_config (self);
}

static void
loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  EditDialog *self = data;
  Loading *loading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean good = g_task_propagate_boolean (G_TASK (result), &error);

  self->n_loading--;
  /* closed, or another was asked for meanwhile, or the same one twice */
  if (self->dialog == NULL || self->gone || self->edit != NULL ||
      g_strcmp0 (loading->model_name, self->model_name) != 0)
    return;

  g_clear_handle_id (&self->pulse_timeout, g_source_remove);
  gtk_widget_hide (self->progress);
  if (good)
    show_face (self, loading);
  else
    show_message (self, error->message);
}

static gboolean
pulse (gpointer progress)
{
  gtk_progress_bar_pulse (progress);
  return G_SOURCE_CONTINUE;
}

static void
forget_face (EditDialog *self)
{
  gtk_widget_hide (self->controls);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_OK,
                                     FALSE);
  g_clear_handle_id (&self->update_idle, g_source_remove);
  facet_layer_show_photo (self->layer);
  gimp_displays_flush ();
  g_clear_pointer (&self->edit, facet_edit_free);
  g_clear_pointer (&self->model, facet_model_unref);
}

static void
start_loading (EditDialog *self)
{
  GTask *task = g_task_new (NULL, NULL, loaded, self);
  Loading *loading = g_new0 (Loading, 1);

  forget_face (self);
  show_message (self, "");
  gtk_widget_show (self->progress);
  if (self->pulse_timeout == 0)
    self->pulse_timeout = g_timeout_add (PULSE_MS, pulse, self->progress);

  g_free (self->model_name);
  g_object_get (self->config, "model", &self->model_name, NULL);
  loading->self = self;
  loading->model_name = g_strdup (self->model_name);
  g_task_set_task_data (task, loading, (GDestroyNotify) loading_free);
  self->n_loading++;
  g_task_run_in_thread (task, load_in_thread);
  g_object_unref (task);
}

/* --- events from outside ------------------------------------------------ */

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

/* --- widgets ------------------------------------------------------------ */

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
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (progress),
                             _ ("Reading the face…"));
  gtk_widget_set_no_show_all (progress, TRUE);
  return progress;
}

static void
pack_buttons (EditDialog *self, GtkBox *box)
{
  GtkWidget *button;

  self->preview = gtk_check_button_new_with_mnemonic (_ ("_Preview"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->preview), TRUE);
  gtk_widget_set_tooltip_text (self->preview,
                               _ ("Show the edit on the canvas; off, the photo "
                                  "as it was"));
  gtk_box_pack_start (box, self->preview, FALSE, FALSE, 0);
  g_signal_connect_swapped (self->preview, "toggled", G_CALLBACK (queue_update),
                            self);

  button = gtk_button_new_with_mnemonic (_ ("Reset _All"));
  gtk_widget_set_tooltip_text (button, _ ("Put every slider back to 0"));
  gtk_box_pack_end (box, button, FALSE, FALSE, 0);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (facet_sliders_reset),
                            self->sliders);

  button = gtk_button_new_with_mnemonic (_ ("Ran_domize"));
  gtk_widget_set_tooltip_text (
      button, _ ("Set the components at random: a variation of "
                 "the face"));
  gtk_box_pack_end (box, button, FALSE, FALSE, 0);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (randomize_clicked),
                            self);
}

static GtkWidget *
controls_new (EditDialog *self)
{
  GtkWidget *controls = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

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

  pack_buttons (self, GTK_BOX (buttons));
  gtk_box_pack_start (GTK_BOX (controls), buttons, FALSE, FALSE, 0);
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
  gtk_window_set_default_size (window, -1, height);
}

/* GIMP's dialog makes widgets of arguments and packs them by name; ours go into
 * a box that it makes, so that its own buttons stay below. */
static void
build (EditDialog *self, GimpProcedure *procedure)
{
  GimpProcedureDialog *dialog;
  GtkWidget *box;
  g_autofree gchar *name = NULL;

  self->dialog = gimp_procedure_dialog_new (procedure, self->config,
                                            _ ("Edit Face"));
  dialog = GIMP_PROCEDURE_DIALOG (self->dialog);
  self->message = message_new ();
  self->progress = progress_new ();
  g_object_get (self->config, "model", &name, NULL);
  self->chooser = facet_model_chooser_new ();
  facet_model_chooser_set_name (FACET_MODEL_CHOOSER (self->chooser), name);
  g_signal_connect_swapped (self->chooser, "changed", G_CALLBACK (model_chosen),
                            self);
  self->controls = controls_new (self);

  gimp_procedure_dialog_get_label (dialog, "space", NULL, FALSE, FALSE);
  box = gimp_procedure_dialog_fill_box (dialog, "face", "space", NULL);
  gtk_widget_hide (
      gimp_procedure_dialog_get_widget (dialog, "space", GTK_TYPE_LABEL));
  gtk_box_set_spacing (GTK_BOX (box), 6);
  gtk_widget_set_vexpand (box, TRUE);
  gtk_box_pack_start (GTK_BOX (box), self->chooser, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->message, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->progress, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->controls, TRUE, TRUE, 0);
  gimp_procedure_dialog_fill (dialog, "face", NULL);
  set_size (GTK_WINDOW (dialog));

  g_signal_connect_swapped (self->config, "notify", G_CALLBACK (config_changed),
                            self);
}

/* A thread that is still at work uses the layer: it is waited for. */
static void
finish (EditDialog *self)
{
  g_signal_handlers_disconnect_by_data (self->config, self);
  g_clear_handle_id (&self->update_idle, g_source_remove);
  g_clear_handle_id (&self->pulse_timeout, g_source_remove);
  g_clear_pointer (&self->dialog, gtk_widget_destroy);
  while (self->n_loading > 0)
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&self->edit, facet_edit_free);
  g_clear_pointer (&self->model, facet_model_unref);
  g_free (self->model_name);
}
