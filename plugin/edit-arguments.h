/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The arguments of plug-in-facet-edit as its GimpProcedureConfig holds them:
 *
 *   model      name or file of a model
 *   latents    offsets of the components from the photo's own code, in σ
 *   settings   "smile=1.5 3=-2", added to them
 *   find-face  FALSE: the square around the selection or layer is the face
 *   face       which of the faces that are found, from 1; 0: the one in the
 *              selection, or in the layer
 *   points     where the face is, so that it need not be found: x, y of the
 *              FACET_N_POINTS points in the layer's pixels; or empty
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
/* *@given: whether there are points, [FACET_N_POINTS]. */
gboolean    edit_arguments_get_points  (GimpProcedureConfig *config,
                                        FacetPoint          *points,
                                        gboolean            *given,
                                        GError             **error);
/* NULL: none. */
void        edit_arguments_set_points  (GimpProcedureConfig *config,
                                        const FacetPoint    *points);
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
/* Another face, found anew. */
void        edit_arguments_set_face    (GimpProcedureConfig *config,
                                        gint                 face);
/* Another model's arguments: its sliders start at 0. */
void        edit_arguments_set_model   (GimpProcedureConfig *config,
                                        const gchar         *name);
