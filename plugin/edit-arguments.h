/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The arguments of plug-in-facet-edit as its GimpProcedureConfig holds them:
 *
 *   model      name or file of a model
 *   latents    offsets of the components from the photo's own code, in σ
 *   settings   "smile=1.5 3=-2", added to them
 *   find-face  FALSE: the square around the selection or layer is the face
 *   face       which of the faces that are found, from 1; 0: the selected one
 *   detail     "keep", "difference" or "reconstruction"
 *   strength, feather, grain  as FacetEdit has them
 *   refine     look for a code that fits the face better
 */
#pragma once

#include <face/facet-edit.h>
#include <libgimp/gimp.h>
#include <model/facet-model.h>

void        edit_arguments_add         (GimpProcedure       *procedure);

/* Every error names the argument.  Free with facet_model_unref (). */
FacetModel *edit_arguments_load_model  (const gchar         *name,
                                        GError             **error);
/* What latents and settings amount to: [n_axes] offsets in σ. */
gdouble    *edit_arguments_get_offsets (GimpProcedureConfig *config,
                                        FacetModel          *model,
                                        GError             **error);
/* Gives @edit its mode, strength, feather and grain. */
gboolean    edit_arguments_set_up      (GimpProcedureConfig *config,
                                        FacetEdit           *edit,
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
