/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetModelChooser: a row to choose a model in: the names in the weights
 * folders, and any other file.
 *
 * Signal "changed": the user chose another model.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FACET_TYPE_MODEL_CHOOSER (facet_model_chooser_get_type ())
G_DECLARE_FINAL_TYPE (FacetModelChooser,
                      facet_model_chooser,
                      FACET,
                      MODEL_CHOOSER,
                      GtkBox)

GtkWidget   *facet_model_chooser_new      (void);
/* A name or a file.  Set does not emit "changed". */
const gchar *facet_model_chooser_get_name (FacetModelChooser *chooser);
void         facet_model_chooser_set_name (FacetModelChooser *chooser,
                                           const gchar       *name);

G_END_DECLS
