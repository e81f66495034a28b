/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A slider that is dragged over a face of a given size. */
#pragma once

#include <face/facet-edit.h>

/* Appends to @answer, for each of @n_timed renders after @n_warm that do not
 * count, five times in ms: decode, motion, paste, copy (FacetEditTimes), and
 * putting the pixels into a GEGL buffer such as GIMP's ("-" in a build without
 * GEGL). The face is @side pixels wide, 8-bit RGB, of noise. */
gboolean edit_time (FacetModel  *model,
                    FacetMode    mode,
                    gint         side,
                    gint         n_warm,
                    gint         n_timed,
                    GString     *answer,
                    GError     **error);
