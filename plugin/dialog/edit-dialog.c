/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog: a model, its sliders, and the layer on the canvas that follows
 * them.  The config object holds the arguments; the widgets write to it and
 * listen to it, so that GIMP's Reset and saved settings work.
 */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

#include <ui/facet-plane.h>
#include <ui/facet-sliders.h>

#include "edit-dialog-private.h"
#include "edit-dialog.h"
#include "edit-position.h"

#define PULSE_MS 80
#define WATCH_MS 500

static void show_position (EditDialog *self);
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
  edit_dialog_build (&self, procedure);
  edit_dialog_connect_values (&self);
  edit_dialog_connect_faces (&self);
  edit_dialog_connect_layer (&self);
  g_signal_connect_swapped (self.position, "map", G_CALLBACK (show_position),
                            &self);
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

/* --- the session ---------------------------------------------------------- */

static void
show_position (EditDialog *self)
{
  if (edit_session_get_state (self->session) != EDIT_SESSION_LOADING)
    edit_position_show (EDIT_POSITION (self->position));
}

static void
show_face (EditDialog *self)
{
  const FacetLatents *latents = edit_dialog_get_latents (self);

  facet_sliders_set_latents (FACET_SLIDERS (self->sliders), latents);
  gtk_widget_set_visible (self->plane, latents->n_axes == 2);
  gtk_widget_show (self->controls);
  edit_dialog_allow_ok (self, TRUE);
}

/* The photo's own code may be new. */
static void
show_code (EditDialog *self)
{
  if (edit_dialog_get_latents (self)->n_axes == 2)
    facet_plane_set_model (FACET_PLANE (self->plane),
                           edit_session_get_model (self->session),
                           facet_edit_get_code (
                               edit_session_get_edit (self->session)));
  edit_dialog_read_config (self);
}

static void
hide_face (EditDialog *self)
{
  g_clear_handle_id (&self->update_idle, g_source_remove);
  gtk_widget_hide (self->controls);
  edit_dialog_allow_ok (self, FALSE);
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
      edit_dialog_show_message (self, "");
      show_progress (self, _ ("Reading the face…"));
      break;
    case EDIT_SESSION_FAILED:
      hide_face (self);
      edit_dialog_show_faces (self);
      show_progress (self, NULL);
      edit_dialog_show_message (self, error->message);
      offer_position (self, error);
      break;
    case EDIT_SESSION_REFINING:
    case EDIT_SESSION_READY:
      if (! gtk_widget_get_visible (self->controls))
        show_face (self);
      edit_dialog_look_at_layer (self);
      edit_dialog_show_faces (self);
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
    edit_dialog_give_up (self, error);
  return G_SOURCE_CONTINUE;
}
