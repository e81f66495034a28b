/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * EditPosition: the dialog's part that shows where the face is, and lets it be
 * corrected.  What the user moves becomes the argument `points`.
 */
#pragma once

#include <gtk/gtk.h>
#include <plugin/edit-arguments.h>
#include <plugin/layer/facet-layer.h>

G_BEGIN_DECLS

#define EDIT_TYPE_POSITION (edit_position_get_type ())
G_DECLARE_FINAL_TYPE (EditPosition, edit_position, EDIT, POSITION, GtkBox)

/* @layer has to live longer. */
GtkWidget *edit_position_new  (GimpProcedureConfig *config,
                               FacetLayer          *layer);
/* Shows the face that the config means; no thread may be looking for it. */
void       edit_position_show (EditPosition        *position);

G_END_DECLS
