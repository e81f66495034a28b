/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog's parts: its widgets (edit-dialog-build.c), what they and the
 * config say to each other (edit-dialog-values.c), the layer on the canvas that
 * follows (edit-dialog-preview.c), the choice of a face (edit-dialog-faces.c),
 * and its life (edit-dialog.c).
 */
#pragma once

#include <libgimp/gimpui.h>
#include <plugin/edit-session.h>

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
  gint64 updated; /* when the layer was last, in monotonic µs */
  guint pulse_timeout;
} EditDialog;

/* --- its widgets ------------------------------------------------------------ */

void     edit_dialog_build          (EditDialog     *self,
                                     GimpProcedure  *procedure);

/* --- sliders, plane and config ---------------------------------------------- */

/* From now on what is changed in one is shown in the others. */
void     edit_dialog_connect_values (EditDialog     *self);
/* Shows what the config says; there has to be a face. */
void     edit_dialog_read_config    (EditDialog     *self);
const FacetLatents *edit_dialog_get_latents (EditDialog *self);

/* --- the layer -------------------------------------------------------------- */

/* From now on it is looked at when the user comes back to the dialog, and before
 * it is changed after a pause. */
void     edit_dialog_connect_layer  (EditDialog     *self);
/* Whether others have painted there. */
void     edit_dialog_look_at_layer  (EditDialog     *self);
/* Asks for a new preview. */
void     edit_dialog_queue_update   (EditDialog     *self);
/* "" for none. */
void     edit_dialog_show_message   (EditDialog     *self,
                                     const gchar    *text);
void     edit_dialog_allow_ok       (EditDialog     *self,
                                     gboolean        allow);
/* No more can be done here than to cancel. */
void     edit_dialog_give_up        (EditDialog     *self,
                                     const GError   *error);

/* --- faces ------------------------------------------------------------------ */

/* From now on the one that is clicked on is the one that is edited. */
void     edit_dialog_connect_faces  (EditDialog     *self);
/* Pictures to choose from, where there is a choice. */
void     edit_dialog_show_faces     (EditDialog     *self);
