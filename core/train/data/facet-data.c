/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Data sets are read whole before training starts: at 64 × 64 a hundred
 * thousand colour faces take 1.2 GB, and an epoch then never waits for a file.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-data-private.h"

/* Without a CSV one photo in this many is kept for validation. */
#define VALIDATION_ONE_IN 20

static void
photo_clear (gpointer photo)
{
  g_free (((FacetDataPhoto *) photo)->name);
}

FacetData *
facet_data_new (NnShape shape, gboolean color_only)
{
  FacetData *data = g_new0 (FacetData, 1);

  data->shape = shape;
  data->color_only = color_only;
  data->photos = g_array_new (FALSE, TRUE, sizeof (FacetDataPhoto));
  g_array_set_clear_func (data->photos, photo_clear);
  data->pixels = g_byte_array_new ();
  data->skipped = g_ptr_array_new_with_free_func (g_free);
  data->csvs = g_ptr_array_new_with_free_func ((GDestroyNotify) facet_csv_free);
  return data;
}

void
facet_data_free (FacetData *data)
{
  if (! data)
    return;
  g_array_unref (data->photos);
  g_byte_array_unref (data->pixels);
  g_ptr_array_unref (data->skipped);
  g_ptr_array_unref (data->csvs);
  g_free (data);
}

NnShape
facet_data_get_shape (const FacetData *data)
{
  return data->shape;
}

gint
facet_data_get_n (const FacetData *data)
{
  return (gint) data->photos->len;
}

const guint8 *
facet_data_get_pixels (const FacetData *data, gint index)
{
  return data->pixels->data + (gsize) index * facet_data_get_photo_size (data);
}

const gchar *
facet_data_get_name (const FacetData *data, gint index)
{
  return g_array_index (data->photos, FacetDataPhoto, index).name;
}

FacetSplit
facet_data_get_split (const FacetData *data, gint index)
{
  return g_array_index (data->photos, FacetDataPhoto, index).split;
}

const gchar *
facet_data_get_field (const FacetData *data, gint index, const gchar *column)
{
  const FacetDataPhoto *photo = &g_array_index (data->photos, FacetDataPhoto,
                                                index);

  return photo->csv ?
             facet_csv_get (photo->csv, photo->row,
                            facet_csv_get_column (photo->csv, column)) :
             NULL;
}

GPtrArray *
facet_data_get_skipped (const FacetData *data)
{
  return data->skipped;
}

GArray *
facet_data_select (const FacetData *data, FacetSplit split)
{
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint i = 0; i < facet_data_get_n (data); i++)
    if (facet_data_get_split (data, i) == split)
      g_array_append_val (indices, i);
  return indices;
}

gchar *
facet_data_get_digest (const FacetData *data)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, data->pixels->data, data->pixels->len);
  for (gint i = 0; i < facet_data_get_n (data); i++)
    {
      const guchar split = (guchar) facet_data_get_split (data, i);
      const gchar *name = facet_data_get_name (data, i);

      g_checksum_update (checksum, (const guchar *) name,
                         (gssize) strlen (name) + 1);
      g_checksum_update (checksum, &split, 1);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/* --- splits -------------------------------------------------------------- */

static const gchar *const split_names[FACET_N_SPLITS] = { "train", "validation",
                                                          "test" };

const gchar *
facet_split_get_name (FacetSplit split)
{
  return split_names[split];
}

gboolean
facet_split_parse (const gchar *name, FacetSplit *split)
{
  for (gint i = 0; i < FACET_N_SPLITS; i++)
    if (g_ascii_strcasecmp (name, split_names[i]) == 0)
      {
        *split = (FacetSplit) i;
        return TRUE;
      }
  return FALSE;
}

/* FNV-1a, whose low digits are even enough; the same on every machine, as
 * g_str_hash () does not promise to be. */
FacetSplit
facet_split_of_name (const gchar *name)
{
  guint32 hash = 2166136261u;

  for (const gchar *c = name; *c; c++)
    hash = (hash ^ (guchar) *c) * 16777619u;
  return (hash >> 8) % VALIDATION_ONE_IN == 0 ? FACET_SPLIT_VALIDATION :
                                                FACET_SPLIT_TRAIN;
}

/* --- more photos ---------------------------------------------------------- */

guint
facet_data_get_photo_size (const FacetData *data)
{
  return (guint) (data->shape.height * data->shape.width *
                  data->shape.channels);
}

gboolean
facet_data_is_full (const FacetData *data, gint limit)
{
  return limit > 0 && facet_data_get_n (data) >= limit;
}

gboolean
facet_data_add (FacetData *data,
                const gchar *path,
                const gchar *csv,
                gint limit,
                GError **error)
{
  const gint n_before = facet_data_get_n (data);
  const gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);

  if (facet_data_is_full (data, limit))
    return TRUE;
  if (! (is_folder ? facet_data_add_folder (data, path, csv, limit, error) :
                     facet_data_add_idx (data, path, limit, error)))
    return FALSE;
  if (facet_data_get_n (data) == n_before)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   data->color_only ?
                       _ ("“%s” holds no colour photo that can be read") :
                       _ ("“%s” holds no photo that can be read"),
                   path);
      return FALSE;
    }
  return TRUE;
}
