/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A CSV is read in one pass over its characters, which remembers only whether
 * it stands inside quotes.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-csv.h"

static GPtrArray *
record_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static void
end_field (GPtrArray *record, GString *field)
{
  g_ptr_array_add (record, g_strdup (field->str));
  g_string_truncate (field, 0);
}

/* A line that is empty is no record. */
static void
end_record (GPtrArray *records, GPtrArray **record, GString *field)
{
  if ((*record)->len == 0 && field->len == 0)
    return;
  end_field (*record, field);
  g_ptr_array_add (records, *record);
  *record = record_new ();
}

static GPtrArray *
split_records (const gchar *text)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_ptr_array_unref);
  GPtrArray *record = record_new ();
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean quoted = FALSE;

  for (const gchar *c = text; *c; c++)
    {
      if (quoted && c[0] == '"' && c[1] == '"')
        g_string_append_c (field, *c++);
      else if (*c == '"')
        quoted = ! quoted;
      else if (quoted)
        g_string_append_c (field, *c);
      else if (*c == ',')
        end_field (record, field);
      else if (*c == '\n')
        end_record (records, &record, field);
      else if (*c != '\r')
        g_string_append_c (field, *c);
    }
  end_record (records, &record, field);
  g_ptr_array_unref (record);
  return records;
}

FacetCsv *
facet_csv_load (const gchar *path, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (FacetCsv) csv = g_new0 (FacetCsv, 1);

  if (! g_file_get_contents (path, &text, NULL, error))
    return NULL;
  csv->rows = split_records (g_str_has_prefix (text, "\357\273\277") ?
                                 text + strlen ("\357\273\277") :
                                 text);
  if (csv->rows->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is empty; a CSV needs a header line"), path);
      return NULL;
    }
  csv->header = g_ptr_array_steal_index (csv->rows, 0);
  for (guint row = 0; row < csv->rows->len; row++)
    {
      GPtrArray *fields = g_ptr_array_index (csv->rows, row);

      if (fields->len != csv->header->len)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("“%s”: record %u has %u fields, the header has %u"),
                       path, row + 1, fields->len, csv->header->len);
          return NULL;
        }
    }
  return g_steal_pointer (&csv);
}

void
facet_csv_free (FacetCsv *csv)
{
  if (! csv)
    return;
  g_clear_pointer (&csv->header, g_ptr_array_unref);
  g_clear_pointer (&csv->rows, g_ptr_array_unref);
  g_free (csv);
}

gint
facet_csv_get_column (const FacetCsv *csv, const gchar *name)
{
  for (guint i = 0; i < csv->header->len; i++)
    if (g_str_equal (g_ptr_array_index (csv->header, i), name))
      return (gint) i;
  return -1;
}

const gchar *
facet_csv_get (const FacetCsv *csv, guint row, gint column)
{
  if (column < 0)
    return NULL;
  return g_ptr_array_index ((GPtrArray *) g_ptr_array_index (csv->rows, row),
                            column);
}
