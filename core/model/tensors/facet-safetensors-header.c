/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The header goes through json-glib after a look at how deep and how wide it
 * is, and each entry is checked before it is believed.
 * https://huggingface.co/docs/safetensors/index#format
 */
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include "facet-safetensors-private.h"

#define LENGTH_BYTES 8
/* A header of ours has some ten kilobytes; these keep what json-glib builds of
 * a stranger's below some ten megabytes. */
#define MAX_HEADER_BYTES (1024 * 1024)
#define MAX_HEADER_DEPTH 3
#define MAX_HEADER_VALUES 65536

gboolean
facet_tensor_file_damaged (FacetTensorFile *file,
                           GError **error,
                           const gchar *format,
                           ...)
{
  g_autofree gchar *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
               _ ("“%s” is damaged or not a safetensors file: %s"),
               file->source_name, what);
  return FALSE;
}

/* --- the header -------------------------------------------------------------
 */

/* json-glib goes one call deeper for each bracket. */
static gboolean
check_header_size (FacetTensorFile *file,
                   const gchar *text,
                   gsize length,
                   GError **error)
{
  gboolean quoted = FALSE;
  gint depth = 0;
  gint n_values = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (quoted)
        {
          if (text[i] == '\\')
            i++;
          else if (text[i] == '"')
            quoted = FALSE;
          continue;
        }
      quoted = text[i] == '"';
      depth += (text[i] == '{' || text[i] == '[') -
               (text[i] == '}' || text[i] == ']');
      n_values += text[i] == ',' || text[i] == ':';
      if (depth > MAX_HEADER_DEPTH || n_values > MAX_HEADER_VALUES)
        return facet_tensor_file_damaged (
            file, error,
            _ ("its header is nested too deeply or "
               "has too many entries"));
    }
  return TRUE;
}

typedef struct
{
  GHashTable *seen; /* object and name of each member */
  gchar *twice;
} Members;

/* json-glib keeps the last of several members of one name. */
static void
on_object_member (JsonParser *parser,
                  JsonObject *object,
                  const gchar *name,
                  gpointer user_data)
{
  Members *members = user_data;

  if (! g_hash_table_add (members->seen,
                          g_strdup_printf ("%p %s", (gpointer) object, name)) &&
      ! members->twice)
    members->twice = g_strdup (name);
}

/* Parses, and finds a name that is there twice; NULL where there is none. */
static gboolean
parse_json (JsonParser *parser,
            const gchar *text,
            gsize length,
            gchar **twice,
            GError **error)
{
  Members members = { .seen = g_hash_table_new_full (g_str_hash, g_str_equal,
                                                     g_free, NULL) };
  gboolean parsed;

  g_signal_connect (parser, "object-member", G_CALLBACK (on_object_member),
                    &members);
  parsed = json_parser_load_from_data (parser, text, (gssize) length, error);
  g_signal_handlers_disconnect_by_data (parser, &members);
  g_hash_table_unref (members.seen);
  *twice = members.twice;
  return parsed;
}

static JsonObject *
parse_header (FacetTensorFile *file,
              JsonParser *parser,
              const gchar *text,
              gsize length,
              GError **error)
{
  g_autoptr (GError) syntax = NULL;
  g_autofree gchar *twice = NULL;

  if (text[0] != '{')
    {
      facet_tensor_file_damaged (file, error, _ ("its header is not JSON"));
      return NULL;
    }
  if (! check_header_size (file, text, length, error))
    return NULL;
  if (! parse_json (parser, text, length, &twice, &syntax))
    {
      facet_tensor_file_damaged (file, error, _ ("its header is not JSON (%s)"),
                                 syntax->message);
      return NULL;
    }
  if (twice)
    {
      facet_tensor_file_damaged (file, error, _ ("its header names “%s” twice"),
                                 twice);
      return NULL;
    }
  if (! json_parser_get_root (parser) ||
      ! JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      facet_tensor_file_damaged (file, error,
                                 _ ("its header is not a JSON object"));
      return NULL;
    }
  return json_node_get_object (json_parser_get_root (parser));
}

static gboolean
read_metadata (FacetTensorFile *file, JsonNode *node, GError **error)
{
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  if (! JSON_NODE_HOLDS_OBJECT (node))
    return facet_tensor_file_damaged (file, error,
                                      _ ("its __metadata__ is not an object"));
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value))
    {
      if (json_node_get_value_type (value) != G_TYPE_STRING)
        return facet_tensor_file_damaged (
            file, error, _ ("“%s” in its __metadata__ is not text"), key);
      g_hash_table_insert (file->metadata, g_strdup (key),
                           json_node_dup_string (value));
    }
  return TRUE;
}

/* --- one tensor -------------------------------------------------------------
 */

/* A member that is an array of at most @maximum whole numbers, none negative;
 * returns how many, or -1. */
static gint
get_numbers (JsonObject *object,
             const gchar *member,
             gint64 *numbers,
             guint maximum)
{
  JsonNode *node = json_object_get_member (object, member);
  JsonArray *array;
  guint n;

  if (! node || ! JSON_NODE_HOLDS_ARRAY (node))
    return -1;
  array = json_node_get_array (node);
  n = json_array_get_length (array);
  if (n > maximum)
    return -1;
  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (json_node_get_value_type (element) != G_TYPE_INT64)
        return -1;
      numbers[i] = json_node_get_int (element);
      if (numbers[i] < 0)
        return -1;
    }
  return (gint) n;
}

static gboolean
read_dtype (FacetTensorFile *file,
            const gchar *name,
            JsonObject *object,
            FacetTensor *tensor,
            GError **error)
{
  JsonNode *node = json_object_get_member (object, "dtype");
  const gchar *dtype;

  if (! node || json_node_get_value_type (node) != G_TYPE_STRING)
    return facet_tensor_file_damaged (file, error,
                                      _ ("tensor “%s” has no dtype"), name);
  dtype = json_node_get_string (node);
  tensor->half = g_str_equal (dtype, "F16");
  if (tensor->half || g_str_equal (dtype, "F32"))
    return TRUE;
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
               _ ("“%s”: tensor “%s” is of type %s; Facet reads F32 and F16"),
               file->source_name, name, dtype);
  return FALSE;
}

static gboolean
read_shape (FacetTensorFile *file,
            const gchar *name,
            JsonObject *object,
            FacetTensor *tensor,
            GError **error)
{
  const gint n_dims = get_numbers (object, "shape", tensor->dims,
                                   G_N_ELEMENTS (tensor->dims));

  if (n_dims < 0)
    return facet_tensor_file_damaged (
        file, error,
        _ ("the shape of tensor “%s” is not up to %d whole "
           "numbers"),
        name, (gint) G_N_ELEMENTS (tensor->dims));
  tensor->n_dims = n_dims;
  tensor->n_values = 1;
  for (gint i = 0; i < n_dims; i++)
    if (! g_size_checked_mul (&tensor->n_values, tensor->n_values,
                              (gsize) tensor->dims[i]))
      return facet_tensor_file_damaged (file, error,
                                        _ ("tensor “%s” is impossibly large"),
                                        name);
  return TRUE;
}

static gboolean
read_place (FacetTensorFile *file,
            const gchar *name,
            JsonObject *object,
            FacetTensorEntry *entry,
            GError **error)
{
  const gsize value_bytes = entry->tensor.half ? sizeof (guint16) :
                                                 sizeof (gfloat);
  gint64 offsets[2];
  gsize length;

  if (get_numbers (object, "data_offsets", offsets, 2) != 2 ||
      offsets[0] > offsets[1])
    return facet_tensor_file_damaged (
        file, error, _ ("tensor “%s” has no proper data_offsets"), name);
  if ((guint64) offsets[1] > file->data_length)
    return facet_tensor_file_damaged (
        file, error,
        _ ("tensor “%s” reaches beyond its end; it may have been "
           "cut off"),
        name);
  entry->begin = (gsize) offsets[0];
  entry->end = (gsize) offsets[1];
  if (! g_size_checked_mul (&length, entry->tensor.n_values, value_bytes) ||
      entry->end - entry->begin != length)
    return facet_tensor_file_damaged (
        file, error,
        _ ("the place of tensor “%s” does not fit its "
           "shape"),
        name);
  entry->bytes = file->data + entry->begin;
  return TRUE;
}

static gboolean
read_entry (FacetTensorFile *file,
            const gchar *name,
            JsonNode *node,
            GError **error)
{
  FacetTensorEntry entry = { 0 };
  JsonObject *object;

  if (! JSON_NODE_HOLDS_OBJECT (node))
    return facet_tensor_file_damaged (file, error,
                                      _ ("tensor “%s” is not an object"), name);
  object = json_node_get_object (node);
  if (json_object_get_size (object) != 3)
    return facet_tensor_file_damaged (
        file, error,
        _ ("tensor “%s” does not have dtype, shape and "
           "data_offsets alone"),
        name);
  if (! read_dtype (file, name, object, &entry.tensor, error) ||
      ! read_shape (file, name, object, &entry.tensor, error) ||
      ! read_place (file, name, object, &entry, error))
    return FALSE;
  entry.tensor.name = g_strdup (name);
  g_array_append_val (file->entries, entry);
  return TRUE;
}

/* --- all of them ------------------------------------------------------------
 */

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const FacetTensorEntry *first = a;
  const FacetTensorEntry *second = b;

  if (first->begin != second->begin)
    return first->begin < second->begin ? -1 : 1;
  if (first->end != second->end)
    return first->end < second->end ? -1 : 1;
  return strcmp (first->tensor.name, second->tensor.name);
}

/* Each tensor begins where the one before it ends, the last at the file's. */
static gboolean
check_tiling (FacetTensorFile *file, GError **error)
{
  gsize end = 0;

  g_array_sort (file->entries, compare_places);
  for (guint i = 0; i < file->entries->len; i++)
    {
      FacetTensorEntry *entry = &g_array_index (file->entries, FacetTensorEntry,
                                                i);

      if (entry->begin < end)
        return facet_tensor_file_damaged (file, error,
                                          _ ("tensor “%s” overlaps another"),
                                          entry->tensor.name);
      if (entry->begin > end)
        return facet_tensor_file_damaged (
            file, error, _ ("there is a gap before tensor “%s”"),
            entry->tensor.name);
      end = entry->end;
      g_hash_table_insert (file->by_name, (gpointer) entry->tensor.name, entry);
    }
  if (end != file->data_length)
    return facet_tensor_file_damaged (
        file, error, _ ("%zu bytes at its end belong to no tensor"),
        file->data_length - end);
  return TRUE;
}

static gboolean
read_header (FacetTensorFile *file,
             const gchar *text,
             gsize length,
             GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonObject *header = parse_header (file, parser, text, length, error);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (! header)
    return FALSE;
  json_object_iter_init (&iter, header);
  while (json_object_iter_next (&iter, &name, &node))
    if (! (g_str_equal (name, "__metadata__") ?
               read_metadata (file, node, error) :
               read_entry (file, name, node, error)))
      return FALSE;
  return check_tiling (file, error);
}

gboolean
facet_tensor_file_read_header (FacetTensorFile *file, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (file->bytes, &size);
  guint64 header_length;

  if (size < LENGTH_BYTES)
    return facet_tensor_file_damaged (file, error, _ ("it has %zu bytes only"),
                                      size);
  memcpy (&header_length, bytes, sizeof header_length);
  header_length = GUINT64_FROM_LE (header_length);
  if (header_length > size - LENGTH_BYTES)
    return facet_tensor_file_damaged (
        file, error,
        _ ("its header reaches beyond its end; it may have been "
           "cut off"));
  if (header_length > MAX_HEADER_BYTES)
    return facet_tensor_file_damaged (file, error,
                                      _ ("its header is larger than %d bytes"),
                                      MAX_HEADER_BYTES);
  if (header_length == 0)
    return facet_tensor_file_damaged (file, error,
                                      _ ("its header is not JSON"));
  file->data = bytes + LENGTH_BYTES + header_length;
  file->data_length = size - LENGTH_BYTES - (gsize) header_length;
  return read_header (file, (const gchar *) bytes + LENGTH_BYTES,
                      (gsize) header_length, error);
}
