/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing: the header is padded with blanks to a multiple of eight bytes, and
 * floats go before halves, so that each tensor of the file is aligned.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <model/facet-recipe.h>
#include <model/facet-safetensors.h>
#include <string.h>
#include <unistd.h>
#include "facet-half.h"

#define ALIGNMENT 8
#define BLOCK_VALUES 8192

/* Floats and halves are copied as they stand in memory. */
G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

typedef struct
{
  gchar *name;
  gint n_dims;
  gint dims[4];
  gsize n_values;
  const gfloat *values;
  gboolean half;
} Entry;

struct _FacetTensorWriter
{
  GArray *entries;
  JsonObject *metadata;
};

static void
entry_clear (gpointer entry)
{
  g_free (((Entry *) entry)->name);
}

FacetTensorWriter *
facet_tensor_writer_new (void)
{
  FacetTensorWriter *writer = g_new0 (FacetTensorWriter, 1);

  writer->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (writer->entries, entry_clear);
  writer->metadata = json_object_new ();
  return writer;
}

void
facet_tensor_writer_free (FacetTensorWriter *writer)
{
  if (! writer)
    return;
  g_array_unref (writer->entries);
  json_object_unref (writer->metadata);
  g_free (writer);
}

void
facet_tensor_writer_set_metadata (FacetTensorWriter *writer,
                                  const gchar *key,
                                  const gchar *value)
{
  json_object_set_string_member (writer->metadata, key, value);
}

void
facet_tensor_writer_add (FacetTensorWriter *writer,
                         const gchar *name,
                         gint n_dims,
                         const gint *dims,
                         const gfloat *values,
                         gboolean half)
{
  Entry entry = { .name = g_strdup (name),
                  .n_dims = n_dims,
                  .n_values = 1,
                  .values = values,
                  .half = half };

  for (gint i = 0; i < n_dims; i++)
    {
      entry.dims[i] = dims[i];
      entry.n_values *= (gsize) dims[i];
    }
  g_array_append_val (writer->entries, entry);
}

/* --- the header -------------------------------------------------------------
 */

static gsize
entry_bytes (const Entry *entry)
{
  return entry->n_values * (entry->half ? sizeof (guint16) : sizeof (gfloat));
}

static JsonArray *
array_of_dims (const Entry *entry)
{
  JsonArray *array = json_array_new ();

  for (gint i = 0; i < entry->n_dims; i++)
    json_array_add_int_element (array, entry->dims[i]);
  return array;
}

static void
add_to_header (JsonObject *header, const Entry *entry, gsize begin)
{
  JsonObject *object = json_object_new ();
  JsonArray *place = json_array_new ();

  json_array_add_int_element (place, (gint64) begin);
  json_array_add_int_element (place, (gint64) (begin + entry_bytes (entry)));
  json_object_set_string_member (object, "dtype", entry->half ? "F16" : "F32");
  json_object_set_array_member (object, "shape", array_of_dims (entry));
  json_object_set_array_member (object, "data_offsets", place);
  json_object_set_object_member (header, entry->name, object);
}

/* Both lengths of the file's format: that of the header, then the header. */
static GString *
new_header (FacetTensorWriter *writer)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree gchar *json = NULL;
  JsonObject *header = json_object_new ();
  GString *text = g_string_new (NULL);
  guint64 length;
  gsize begin = 0;

  json_object_set_object_member (header, "__metadata__",
                                 json_object_ref (writer->metadata));
  for (gint half = 0; half < 2; half++)
    for (guint i = 0; i < writer->entries->len; i++)
      {
        const Entry *entry = &g_array_index (writer->entries, Entry, i);

        if (! entry->half == ! half)
          {
            add_to_header (header, entry, begin);
            begin += entry_bytes (entry);
          }
      }
  json_node_take_object (root, header);
  json = json_to_string (root, FALSE);
  g_string_append_len (text, "12345678", sizeof length);
  g_string_append (text, json);
  while (text->len % ALIGNMENT)
    g_string_append_c (text, ' ');
  length = GUINT64_TO_LE ((guint64) (text->len - sizeof length));
  memcpy (text->str, &length, sizeof length);
  return text;
}

/* --- the file ---------------------------------------------------------------
 */

static gboolean
write_all (int fd, gconstpointer data, gsize length)
{
  const gchar *bytes = data;

  while (length > 0)
    {
      const gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      bytes += n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_halves (int fd, const gfloat *values, gsize n_values)
{
  guint16 halves[BLOCK_VALUES];

  for (gsize first = 0; first < n_values; first += BLOCK_VALUES)
    {
      const gsize n = MIN (BLOCK_VALUES, n_values - first);

      facet_half_from_float (values + first, n, halves);
      if (! write_all (fd, halves, n * sizeof (guint16)))
        return FALSE;
    }
  return TRUE;
}

/* FALSE: errno says why. */
static gboolean
write_file (FacetTensorWriter *writer, int fd)
{
  g_autoptr (GString) header = new_header (writer);

  if (! write_all (fd, header->str, header->len))
    return FALSE;
  for (gint half = 0; half < 2; half++)
    for (guint i = 0; i < writer->entries->len; i++)
      {
        const Entry *entry = &g_array_index (writer->entries, Entry, i);

        if (! entry->half != ! half)
          continue;
        if (! (half ? write_halves (fd, entry->values, entry->n_values) :
                      write_all (fd, entry->values, entry_bytes (entry))))
          return FALSE;
      }
  return fsync (fd) == 0;
}

/* So that the new name outlives a power cut, too; where a file system cannot,
 * the old file is there instead. */
static void
flush_folder (const gchar *folder)
{
  const int fd = g_open (folder, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  (void) ! fsync (fd);
  close (fd);
}

static gboolean
check_values (FacetTensorWriter *writer, const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  for (guint i = 0; i < writer->entries->len; i++)
    {
      const Entry *entry = &g_array_index (writer->entries, Entry, i);
      const gfloat limit = entry->half ? FACET_HALF_OVERFLOW : INFINITY;
      gboolean fits = TRUE;

      for (gsize v = 0; v < entry->n_values; v++)
        fits &= fabsf (entry->values[v]) < limit;
      if (! fits)
        {
          g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                       _ ("“%s” was not written: “%s” holds numbers that are "
                          "infinite, NaN or too large"),
                       shown, entry->name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
fail_to_write (const gchar *path, int number, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               _ ("“%s” was not written: %s"), shown, g_strerror (number));
  return FALSE;
}

gboolean
facet_tensor_writer_save (FacetTensorWriter *writer,
                          const gchar *path,
                          GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd, number;

  if (! check_values (writer, path, error))
    return FALSE;
  fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail_to_write (path, errno, error);
  number = write_file (writer, fd) ? 0 : errno;
  if (close (fd) != 0 && number == 0)
    number = errno;
  if (number == 0 && g_rename (temporary, path) != 0)
    number = errno;
  if (number == 0)
    flush_folder (folder);
  else
    g_unlink (temporary);
  return number == 0 || fail_to_write (path, number, error);
}
