/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The arguments of plug-in-facet-edit as its GimpProcedureConfig holds them:
 *
 *   model     name or file of a model
 *   latents   offsets of the components from the photo's own code, in σ
 *   settings  "smile=1.5 3=-2", added to them
 */
#pragma once

#include <libgimp/gimp.h>
#include <model/facet-model.h>

/* Every error names the argument.  Free with facet_model_unref (). */
FacetModel *edit_arguments_load_model  (GimpProcedureConfig *config,
                                        GError             **error);
/* What latents and settings amount to: [n_axes] offsets in σ. */
gdouble    *edit_arguments_get_offsets (GimpProcedureConfig *config,
                                        FacetModel          *model,
                                        GError             **error);

/* The same as the dialog's sliders have them: [n_directions + n_axes]. What
 * cannot be read is 0. */
gdouble    *edit_arguments_get_values  (GimpProcedureConfig *config,
                                        FacetModel          *model);
void        edit_arguments_set_values  (GimpProcedureConfig *config,
                                        FacetModel          *model,
                                        const gdouble       *values);
/* Another model's arguments: its sliders start at 0. */
void        edit_arguments_set_model   (GimpProcedureConfig *config,
                                        const gchar         *name);
