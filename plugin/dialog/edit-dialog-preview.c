/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layer on the canvas follows what is chosen in the dialog.  Whatever moves
 * asks for an update; one idle of low priority does it, so that many events
 * make one picture and the last one always wins.
 */
#include <glib/gi18n-lib.h>

#include "edit-dialog-private.h"

/* A script may paint while the pointer is in the dialog, or a key moves a
 * slider while it is not.  Looking for that takes too long for every step of a
 * drag, whose updates follow each other faster than this, but not for its
 * first. */
#define PAUSE_US (G_TIME_SPAN_SECOND / 5)

static gboolean
came_back (GtkWidget *dialog, const GdkEvent *event, EditDialog *self);

void
edit_dialog_connect_layer (EditDialog *self)
{
  g_signal_connect_swapped (self->preview, "toggled",
                            G_CALLBACK (edit_dialog_queue_update), self);
  gtk_widget_add_events (self->dialog, GDK_ENTER_NOTIFY_MASK);
  g_signal_connect (self->dialog, "enter-notify-event", G_CALLBACK (came_back),
                    self);
  g_signal_connect (self->dialog, "focus-in-event", G_CALLBACK (came_back),
                    self);
}

void
edit_dialog_show_message (EditDialog *self, const gchar *text)
{
  if (text[0] == '\0' && self->notice != NULL)
    text = self->notice;
  gtk_label_set_text (GTK_LABEL (self->message), text);
  gtk_widget_set_visible (self->message, text[0] != '\0');
}

void
edit_dialog_allow_ok (EditDialog *self, gboolean allow)
{
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_OK,
                                     allow);
}

void
edit_dialog_give_up (EditDialog *self, const GError *error)
{
  self->gone = TRUE;
  gtk_widget_hide (self->progress);
  edit_dialog_show_message (self, error->message);
  gtk_widget_set_sensitive (self->controls, FALSE);
  gtk_widget_set_sensitive (self->position, FALSE);
  gtk_widget_set_sensitive (self->faces, FALSE);
  gtk_widget_set_sensitive (self->chooser, FALSE);
  edit_dialog_allow_ok (self, FALSE);
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

  if (g_get_monotonic_time () - self->updated > PAUSE_US)
    edit_dialog_look_at_layer (self);
  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->preview)))
    good = edit_session_preview (self->session, &error);
  else
    facet_layer_show_photo (self->layer);
  gimp_displays_flush ();
  self->updated = g_get_monotonic_time ();
  if (! good &&
      g_error_matches (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE))
    edit_dialog_give_up (self, error);
  else
    edit_dialog_show_message (self, good ? "" : error->message);
  return G_SOURCE_REMOVE;
}

void
edit_dialog_queue_update (EditDialog *self)
{
  if (self->update_idle == 0)
    self->update_idle = g_idle_add_full (G_PRIORITY_LOW, update, self, NULL);
}

void
edit_dialog_look_at_layer (EditDialog *self)
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
  edit_dialog_show_message (self, "");
}

static gboolean
came_back (GtkWidget *dialog, const GdkEvent *event, EditDialog *self)
{
  /* from one of its own parts */
  if (event->type == GDK_ENTER_NOTIFY &&
      event->crossing.detail == GDK_NOTIFY_INFERIOR)
    return GDK_EVENT_PROPAGATE;
  edit_dialog_look_at_layer (self);
  return GDK_EVENT_PROPAGATE;
}
