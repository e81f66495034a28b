/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why a photo cannot be edited. */
#pragma once

#include <glib.h>

#define FACET_EDIT_ERROR (facet_edit_error_quark ())

typedef enum
{
  FACET_EDIT_ERROR_FORMAT, /* indexed or otherwise not editable */
  FACET_EDIT_ERROR_REGION, /* crop too small or outside         */
  FACET_EDIT_ERROR_LATENTS /* too many, NaN or infinite         */
} FacetEditError;

GQuark facet_edit_error_quark (void);
