/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading comma separated values as RFC 4180 has them: a header line, quoted
 * fields that may hold commas, line breaks and doubled quotes.
 */
#pragma once

#include <glib.h>

typedef struct
{
  GPtrArray *header; /* of strings                      */
  GPtrArray *rows;   /* of GPtrArray, as long as header */
} FacetCsv;

FacetCsv *facet_csv_load (const gchar *path, GError **error);
void facet_csv_free (FacetCsv *csv);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetCsv, facet_csv_free)

/* -1 if there is no such column. */
gint facet_csv_get_column (const FacetCsv *csv, const gchar *name);
/* The field, or NULL for column -1. */
const gchar *facet_csv_get (const FacetCsv *csv, guint row, gint column);
