/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Edit Face: the face in the selection, or in the layer, is encoded by a model,
 * moved in its latent space and decoded; the difference is added to the photo.
 * This file only connects arguments, layer, dialog and FacetEdit.
 */
#include <gegl.h>
#include <glib/gi18n-lib.h>

#include "dialog/edit-dialog.h"
#include "edit-arguments.h"
#include "edit-procedure.h"
#include "edit-session.h"
#include "layer/facet-layer.h"

static GimpValueArray *run (GimpProcedure *procedure,
                            GimpRunMode run_mode,
                            GimpImage *image,
                            GimpDrawable **drawables,
                            GimpProcedureConfig *config,
                            gpointer run_data);

GimpProcedure *
edit_procedure_new (GimpPlugIn *plug_in)
{
  GimpProcedure *procedure =
      gimp_image_procedure_new (plug_in, EDIT_PROCEDURE,
                                GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  gimp_procedure_set_image_types (procedure, "RGB*, GRAY*");
  gimp_procedure_set_sensitivity_mask (procedure,
                                       GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  gimp_procedure_set_menu_label (procedure, _ ("Edit _Face…"));
  gimp_procedure_add_menu_path (procedure, "<Image>/Filters/Facet");
  gimp_procedure_set_documentation (
      procedure,
      _ ("Change a face with sliders: its smile, its age, and what else a "
         "model has learned"),
      _ ("Finds the face in the selection or the layer, encodes it, moves its "
         "code and adds the difference to the photo. Only selected pixels "
         "change; with every number 0 none does."),
      NULL);
  gimp_procedure_set_attribution (procedure, "The Facet developers",
                                  "The Facet developers", "2026");

  edit_arguments_add (procedure);
  return procedure;
}

/* What the arguments say, with no dialog. */
static gboolean
apply (FacetLayer *layer, GimpProcedureConfig *config, GError **error)
{
  EditSession *session = edit_session_new (layer, config);
  gboolean good = edit_session_load (session, error) &&
                  edit_session_apply (session, error);

  edit_session_free (session);
  return good;
}

/* --- the face that was edited last ---------------------------------------- */

static void
recall_face (FacetLayer *layer, GimpProcedureConfig *config)
{
  FacetPoint points[FACET_N_POINTS];
  gboolean has_points;
  gint face;

  if (! facet_layer_recall (layer, &face, points, &has_points))
    return;
  edit_arguments_set_face (config, face);
  if (has_points)
    edit_arguments_set_points (config, points);
}

static void
remember_face (FacetLayer *layer, GimpProcedureConfig *config)
{
  FacetPoint points[FACET_N_POINTS];
  gboolean given;
  gint face;

  g_object_get (config, "face", &face, NULL);
  if (edit_arguments_get_points (config, points, &given, NULL))
    facet_layer_remember (layer, face, given ? points : NULL);
}

/* --- running -------------------------------------------------------------- */

static GimpValueArray *
run (GimpProcedure *procedure,
     GimpRunMode run_mode,
     GimpImage *image,
     GimpDrawable **drawables,
     GimpProcedureConfig *config,
     gpointer run_data)
{
  GimpPDBStatusType status = GIMP_PDB_SUCCESS;
  g_autoptr (FacetLayer) layer = NULL;
  GError *error = NULL;

  gegl_init (NULL, NULL);

  layer = facet_layer_new (image, drawables, &error);
  /* a script says itself which face it means */
  if (layer != NULL && run_mode != GIMP_RUN_NONINTERACTIVE)
    recall_face (layer, config);

  if (layer == NULL)
    status = GIMP_PDB_EXECUTION_ERROR;
  else if (run_mode == GIMP_RUN_INTERACTIVE)
    status = edit_dialog_run (procedure, config, layer, &error);
  else if (! apply (layer, config, &error))
    status = GIMP_PDB_EXECUTION_ERROR;

  if (run_mode != GIMP_RUN_NONINTERACTIVE && status == GIMP_PDB_SUCCESS)
    remember_face (layer, config);
  if (run_mode != GIMP_RUN_NONINTERACTIVE)
    gimp_displays_flush ();
  return gimp_procedure_new_return_values (procedure, status, error);
}
