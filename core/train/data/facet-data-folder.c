/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-data-private.h"

/* @color: "0", "1", or NULL where only the pixels tell. */
static void
add_photo (FacetData *data,
           const gchar *folder,
           const gchar *name,
           FacetSplit split,
           const gchar *color)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) file = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;

  if (data->color_only && g_strcmp0 (color, "0") == 0)
    return;
  file = gdk_pixbuf_new_from_file (path, &error);
  if (! file)
    {
      g_ptr_array_add (data->skipped,
                       g_strdup_printf ("%s: %s", path, error->message));
      return;
    }
  upright = gdk_pixbuf_apply_embedded_orientation (file);
  if (data->color_only && ! color && facet_data_is_gray (upright))
    return;
  if (! facet_data_add_pixbuf (data, upright, name, split))
    g_ptr_array_add (data->skipped,
                     g_strdup_printf (_ ("%s: out of memory"), path));
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* Sorted, so that the file system's order changes nothing. */
static GPtrArray *
list_folder (const gchar *folder, GError **error)
{
  g_autoptr (GDir) directory = g_dir_open (folder, 0, error);
  GPtrArray *names;
  const gchar *name;

  if (! directory)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (directory)))
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      if (name[0] != '.' && ! g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
is_csv (const gchar *name)
{
  return g_str_has_suffix (name, ".csv");
}

/* The CSV that belongs to a folder, or NULL. */
static gchar *
find_csv (const gchar *folder, const GPtrArray *names)
{
  g_autofree gchar *full = g_canonicalize_filename (folder, NULL);
  g_autofree gchar *beside = g_strconcat (full, ".csv", NULL);
  const gchar *inside = NULL;
  gint n = 0;

  if (g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&beside);
  for (guint i = 0; i < names->len; i++)
    if (is_csv (g_ptr_array_index (names, i)))
      {
        inside = g_ptr_array_index (names, i);
        n++;
      }
  return n == 1 ? g_build_filename (folder, inside, NULL) : NULL;
}

static gboolean
add_by_csv (FacetData *data,
            const gchar *folder,
            const gchar *path,
            gint limit,
            GError **error)
{
  FacetCsv *csv = facet_csv_load (path, error);
  gint file_column;

  if (! csv)
    return FALSE;
  g_ptr_array_add (data->csvs, csv);
  file_column = facet_csv_get_column (csv, "file");
  if (file_column < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” has no column “file” that names the photos"), path);
      return FALSE;
    }
  for (guint row = 0;
       row < csv->rows->len && ! facet_data_is_full (data, limit); row++)
    {
      const gchar *name = facet_csv_get (csv, row, file_column);
      const gchar *word = facet_csv_get (csv, row,
                                         facet_csv_get_column (csv, "split"));
      const gint n_before = facet_data_get_n (data);
      FacetSplit split = facet_split_of_name (name);

      if (word && word[0] && ! facet_split_parse (word, &split))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("“%s”: the split of “%s” is “%s”, not train, "
                          "validation or test"),
                       path, name, word);
          return FALSE;
        }
      add_photo (data, folder, name, split,
                 facet_csv_get (csv, row, facet_csv_get_column (csv, "color")));
      if (facet_data_get_n (data) > n_before)
        {
          FacetDataPhoto *photo = &g_array_index (data->photos, FacetDataPhoto,
                                                  n_before);

          photo->csv = csv;
          photo->row = row;
        }
    }
  return TRUE;
}

gboolean
facet_data_add_folder (FacetData *data,
                       const gchar *folder,
                       const gchar *csv,
                       gint limit,
                       GError **error)
{
  g_autoptr (GPtrArray) names = list_folder (folder, error);
  g_autofree gchar *found = NULL;

  if (! names)
    return FALSE;
  found = csv ? g_strdup (csv) : find_csv (folder, names);
  if (found)
    return add_by_csv (data, folder, found, limit, error);
  for (guint i = 0; i < names->len && ! facet_data_is_full (data, limit); i++)
    {
      const gchar *name = g_ptr_array_index (names, i);

      if (! is_csv (name))
        add_photo (data, folder, name, facet_split_of_name (name), NULL);
    }
  return TRUE;
}
