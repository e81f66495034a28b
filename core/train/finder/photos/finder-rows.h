/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table of photos with one known face each.
 */
#pragma once

#include <face/finder/facet-finder.h>
#include <train/data/facet-data.h>

/* A row of a CSV with the columns of portraits.csv. */
typedef struct
{
  gchar     *file;
  FacetSplit split;
  FacetFace  face;
} FinderRow;

/* An array of FinderRow; columns file, box_x … left_mouth_y, and, if there,
 * split (else everything is train). */
GPtrArray *finder_rows_load (const gchar  *csv,
                             GError      **error);
