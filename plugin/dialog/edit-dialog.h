/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialog of plug-in-facet-edit.
 */
#pragma once

#include <libgimp/gimp.h>
#include <plugin/layer/facet-layer.h>

/* Runs the dialog; the edit that its user accepted is applied.  The layer is as
 * it was after anything but GIMP_PDB_SUCCESS, and when the process is asked to
 * end. */
GimpPDBStatusType edit_dialog_run (GimpProcedure       *procedure,
                                   GimpProcedureConfig *config,
                                   FacetLayer          *layer,
                                   GError             **error);
