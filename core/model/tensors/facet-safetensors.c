/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading: the file is mapped, and its values stay where they are until they
 * are asked for.
 */
#include <glib/gi18n-lib.h>
#include <model/facet-model-private.h>
#include <string.h>
#include "facet-half.h"
#include "facet-safetensors-private.h"

#define MAX_FILE_BYTES (G_GINT64_CONSTANT (4) << 30)

/* --- the file ---------------------------------------------------------------
 */

static void
entry_clear (gpointer entry)
{
  g_free ((gpointer) ((FacetTensorEntry *) entry)->tensor.name);
}

FacetTensorFile *
facet_tensor_file_new_for_bytes (GBytes *bytes,
                                 const gchar *source_name,
                                 GError **error)
{
  g_autoptr (FacetTensorFile) file = g_new0 (FacetTensorFile, 1);

  file->source_name = g_strdup (source_name);
  file->bytes = g_bytes_ref (bytes);
  file->entries = g_array_new (FALSE, FALSE, sizeof (FacetTensorEntry));
  g_array_set_clear_func (file->entries, entry_clear);
  file->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  file->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          g_free);
  return facet_tensor_file_read_header (file, error) ? g_steal_pointer (&file) :
                                                       NULL;
}

FacetTensorFile *
facet_tensor_file_open (const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autoptr (GMappedFile) mapped = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (! facet_file_check (path, MAX_FILE_BYTES, error))
    return NULL;
  mapped = g_mapped_file_new (path, FALSE, error);
  if (! mapped)
    return NULL;
  bytes = g_mapped_file_get_bytes (mapped);
  return facet_tensor_file_new_for_bytes (bytes, shown, error);
}

void
facet_tensor_file_free (FacetTensorFile *file)
{
  if (! file)
    return;
  g_hash_table_unref (file->by_name);
  g_hash_table_unref (file->metadata);
  g_array_unref (file->entries);
  g_bytes_unref (file->bytes);
  g_free (file->source_name);
  g_free (file);
}

gint
facet_tensor_file_get_n (FacetTensorFile *file)
{
  return (gint) file->entries->len;
}

const FacetTensor *
facet_tensor_file_get (FacetTensorFile *file, gint index)
{
  return &g_array_index (file->entries, FacetTensorEntry, index).tensor;
}

const FacetTensor *
facet_tensor_file_lookup (FacetTensorFile *file, const gchar *name)
{
  const FacetTensorEntry *entry = g_hash_table_lookup (file->by_name, name);

  return entry ? &entry->tensor : NULL;
}

const gchar *
facet_tensor_file_get_metadata (FacetTensorFile *file, const gchar *key)
{
  return g_hash_table_lookup (file->metadata, key);
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

GPtrArray *
facet_tensor_file_list_metadata (FacetTensorFile *file)
{
  GPtrArray *keys = g_hash_table_get_keys_as_ptr_array (file->metadata);

  g_ptr_array_sort (keys, compare_keys);
  return keys;
}

/* --- values -----------------------------------------------------------------
 */

/* An exponent of all ones: infinite or not a number. */
static gboolean
floats_finite (const guint8 *bytes, gsize n)
{
  guint32 wrong = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, bytes + i * sizeof bits, sizeof bits);
      wrong |= (bits & 0x7f800000u) == 0x7f800000u;
    }
  return ! wrong;
}

static gboolean
halves_finite (const guint8 *bytes, gsize n)
{
  guint16 wrong = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint16 bits;

      memcpy (&bits, bytes + i * sizeof bits, sizeof bits);
      wrong |= (bits & 0x7c00u) == 0x7c00u;
    }
  return ! wrong;
}

gboolean
facet_tensor_file_check (FacetTensorFile *file,
                         const FacetTensor *tensor,
                         GError **error)
{
  const FacetTensorEntry *entry =
      (const FacetTensorEntry *) (const void *) tensor;

  if (tensor->half ? halves_finite (entry->bytes, tensor->n_values) :
                     floats_finite (entry->bytes, tensor->n_values))
    return TRUE;
  return facet_tensor_file_damaged (
      file, error, _ ("tensor “%s” holds infinite numbers or NaN"),
      tensor->name);
}

static void
convert_halves (const FacetTensorEntry *entry, gfloat *values)
{
  enum
  {
    BLOCK = 4096
  };
  guint16 halves[BLOCK];

  for (gsize first = 0; first < entry->tensor.n_values; first += BLOCK)
    {
      const gsize n = MIN (BLOCK, entry->tensor.n_values - first);

      memcpy (halves, entry->bytes + first * sizeof (guint16),
              n * sizeof (guint16));
      facet_half_to_float (halves, n, values + first);
    }
}

gboolean
facet_tensor_file_read (FacetTensorFile *file,
                        const FacetTensor *tensor,
                        gfloat *values,
                        GError **error)
{
  const FacetTensorEntry *entry =
      (const FacetTensorEntry *) (const void *) tensor;

  if (! facet_tensor_file_check (file, tensor, error))
    return FALSE;
  if (tensor->half)
    convert_halves (entry, values);
  else
    memcpy (values, entry->bytes, tensor->n_values * sizeof (gfloat));
  return TRUE;
}

const gfloat *
facet_tensor_file_peek (FacetTensorFile *file, const FacetTensor *tensor)
{
  const FacetTensorEntry *entry =
      (const FacetTensorEntry *) (const void *) tensor;
  const gboolean aligned = (guintptr) entry->bytes % sizeof (gfloat) == 0;

  return aligned && ! tensor->half ?
             (const gfloat *) (const void *) entry->bytes :
             NULL;
}

const guint16 *
facet_tensor_file_peek_halves (FacetTensorFile *file, const FacetTensor *tensor)
{
  const FacetTensorEntry *entry =
      (const FacetTensorEntry *) (const void *) tensor;
  const gboolean aligned = (guintptr) entry->bytes % sizeof (guint16) == 0;

  return aligned && tensor->half && G_BYTE_ORDER == G_LITTLE_ENDIAN ?
             (const guint16 *) (const void *) entry->bytes :
             NULL;
}
