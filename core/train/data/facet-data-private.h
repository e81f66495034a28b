/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A data set from inside: what is read from a folder and what from an idx file
 * goes into it through here.
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include "facet-csv.h"
#include "facet-data.h"

typedef struct
{
  gchar *name;
  FacetSplit split;
  const FacetCsv *csv; /* NULL where none says more of it */
  guint row;
} FacetDataPhoto;

struct _FacetData
{
  NnShape shape;
  gboolean color_only;
  GArray *photos;
  GByteArray *pixels;
  GPtrArray *skipped;
  GPtrArray *csvs; /* of FacetCsv */
};

/* Bytes of one. */
guint facet_data_get_photo_size (const FacetData *data);
gboolean facet_data_is_full (const FacetData *data, gint limit);
/* Where no CSV says it: by a hash of the name. */
FacetSplit facet_split_of_name (const gchar *name);

/* Whether a photo has no colours. */
gboolean facet_data_is_gray (const GdkPixbuf *pixbuf);
/* Appends a photo, scaled and cut.  FALSE only where memory ran out. */
gboolean facet_data_add_pixbuf (FacetData *data,
                                GdkPixbuf *pixbuf,
                                const gchar *name,
                                FacetSplit split);

/* As facet_data_add (), of a folder and of an idx file. */
gboolean facet_data_add_folder (FacetData *data,
                                const gchar *folder,
                                const gchar *csv,
                                gint limit,
                                GError **error);
gboolean facet_data_add_idx (FacetData *data,
                             const gchar *path,
                             gint limit,
                             GError **error);
