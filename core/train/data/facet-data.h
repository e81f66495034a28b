/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Data sets: the photos that a model is trained on and judged by, kept in
 * memory as 8-bit squares, R'G'B' or gray.
 *
 * A data set is read from folders of photos (whatever gdk-pixbuf opens) and
 * from the image files of MNIST (idx, plain or .gz).  A folder's splits come
 * from a CSV: the one that is named, else FOLDER.csv beside the folder, else
 * the only *.csv inside it.  Its columns `file`, `split` (train, validation,
 * test) and `color` (0: a gray photo) are used, the last two if present.  What
 * no CSV assigns goes to train, but for one photo in twenty, chosen by a hash
 * of its name, that goes to validation.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

typedef enum
{
  FACET_SPLIT_TRAIN,
  FACET_SPLIT_VALIDATION,
  FACET_SPLIT_TEST,
  FACET_N_SPLITS
} FacetSplit;

typedef struct _FacetData FacetData;

/* Photos are scaled to cover @shape and cut to it around their middle; where
 * @shape has one channel they are turned to luma.  With @color_only gray photos
 * are left out. */
FacetData *facet_data_new (NnShape shape, gboolean color_only);
void facet_data_free (FacetData *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetData, facet_data_free)

/* Reads no more once the data set holds @limit photos (0: no limit).  @csv
 * may be NULL.  What cannot be read is skipped and told by
 * facet_data_get_skipped (); to find no photo at all is an error. */
gboolean facet_data_add (FacetData *data,
                         const gchar *path,
                         const gchar *csv,
                         gint limit,
                         GError **error);

NnShape facet_data_get_shape (const FacetData *data);
gint facet_data_get_n (const FacetData *data);
/* [height][width][channels] of photo @index. */
const guint8 *facet_data_get_pixels (const FacetData *data, gint index);
const gchar *facet_data_get_name (const FacetData *data, gint index);
FacetSplit facet_data_get_split (const FacetData *data, gint index);
/* What the photo's CSV says of it in @column; NULL where there is no CSV or no
 * such column. */
const gchar *facet_data_get_field (const FacetData *data,
                                   gint index,
                                   const gchar *column);
/* One line for each photo that was left out because it could not be read. */
GPtrArray *facet_data_get_skipped (const FacetData *data);
/* The indices of all photos of @split, in order; an array of gint. */
GArray *facet_data_select (const FacetData *data, FacetSplit split);
/* A digest of all pixels, names and splits: two data sets are alike if theirs
 * is. */
gchar *facet_data_get_digest (const FacetData *data);

const gchar *facet_split_get_name (FacetSplit split);
gboolean facet_split_parse (const gchar *name, FacetSplit *split);
