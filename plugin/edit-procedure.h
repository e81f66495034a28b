/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plug-in-facet-edit: Filters ▸ Facet ▸ Edit Face…
 */
#pragma once

#include <libgimp/gimp.h>

#define EDIT_PROCEDURE "plug-in-facet-edit"

GimpProcedure *edit_procedure_new (GimpPlugIn *plug_in);
