/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <train/data/facet-csv.h>
#include "finder-rows.h"

static const gchar *const columns[] = {
  "box_x",        "box_y",        "box_w",         "box_h",
  "right_eye_x",  "right_eye_y",  "left_eye_x",    "left_eye_y",
  "nose_x",       "nose_y",       "right_mouth_x", "right_mouth_y",
  "left_mouth_x", "left_mouth_y",
};

static void
row_free (gpointer data)
{
  FinderRow *row = data;

  g_free (row->file);
  g_free (row);
}

static FinderRow *
read_row (const FacetCsv *csv, guint index)
{
  FinderRow *row = g_new0 (FinderRow, 1);
  FacetFace *face = &row->face;
  gdouble *const places[] = {
    &face->x,           &face->y,           &face->width,
    &face->height,      &face->points[0].x, &face->points[0].y,
    &face->points[1].x, &face->points[1].y, &face->points[2].x,
    &face->points[2].y, &face->points[3].x, &face->points[3].y,
    &face->points[4].x, &face->points[4].y,
  };
  const gchar *split = facet_csv_get (csv, index,
                                      facet_csv_get_column (csv, "split"));

  row->file = g_strdup (
      facet_csv_get (csv, index, facet_csv_get_column (csv, "file")));
  if (! split || ! facet_split_parse (split, &row->split))
    row->split = FACET_SPLIT_TRAIN;
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    *places[i] = g_ascii_strtod (
        facet_csv_get (csv, index, facet_csv_get_column (csv, columns[i])),
        NULL);
  return row;
}

GPtrArray *
finder_rows_load (const gchar *path, GError **error)
{
  g_autoptr (FacetCsv) csv = facet_csv_load (path, error);
  GPtrArray *rows;

  if (! csv)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    if (facet_csv_get_column (csv, columns[i]) < 0 ||
        facet_csv_get_column (csv, "file") < 0)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                     _ ("%s needs a column “file” and a column “%s”"), path,
                     columns[i]);
        return NULL;
      }
  rows = g_ptr_array_new_with_free_func (row_free);
  for (guint i = 0; i < csv->rows->len; i++)
    g_ptr_array_add (rows, read_row (csv, i));
  return rows;
}
