/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet encode: the codes of photos, as a table.  What it prints is what facet
 * decode takes: along each axis, in σ, from the mean of the training codes.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "commands.h"
#include "common.h"

typedef struct
{
  gchar *region;
  gchar *csv;
  gchar **arguments;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "region", 0, 0, G_OPTION_ARG_STRING, &options->region,
      N_ ("the square around the face, in pixels (default: where the finder "
          "finds one)"),
      "X,Y,W,H" },
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
      N_ ("write the table to a file"), "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("MODEL PHOTO…"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->arguments && g_strv_length (options->arguments) >= 2)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("usage: facet encode MODEL PHOTO… [--region X,Y,W,H] "
                          "[--csv FILE]"));
  return FALSE;
}

static void
append_header (const FacetLatents *latents, GString *table)
{
  g_string_append (table, "file");
  for (gint i = 0; i < latents->n_axes; i++)
    g_string_append_printf (table, ",%d", i + 1);
  g_string_append_c (table, '\n');
}

/* A name with a comma or a quote in it is quoted, as RFC 4180 says. */
static void
append_name (const gchar *name, GString *table)
{
  if (! strpbrk (name, ",\"\n\r"))
    {
      g_string_append (table, name);
      return;
    }
  g_string_append_c (table, '"');
  for (; *name; name++)
    {
      if (*name == '"')
        g_string_append_c (table, '"');
      g_string_append_c (table, *name);
    }
  g_string_append_c (table, '"');
}

static void
append_code (const FacetLatents *latents, const gfloat *code, GString *table)
{
  for (gint i = 0; i < latents->n_axes; i++)
    {
      const gfloat *axis = latents->axes + (gsize) i * latents->z_dim;
      gchar number[G_ASCII_DTOSTR_BUF_SIZE];
      gdouble along = 0;

      for (gint k = 0; k < latents->z_dim; k++)
        along += (gdouble) axis[k] * (code[k] - latents->mean[k]);
      g_ascii_formatd (number, sizeof number, "%.6g",
                       along / latents->sigma[i]);
      g_string_append_printf (table, ",%s", number);
    }
  g_string_append_c (table, '\n');
}

static gboolean
append_photo (FacetModel *model,
              const gchar *path,
              const Options *options,
              GString *table,
              GError **error)
{
  g_autoptr (PhotoFile) photo = facet_cli_load_photo ("encode", path, error);
  g_autoptr (FacetEdit) edit = NULL;
  const FacetCliPlace place = { .region = options->region };
  FacetCrop crop;

  if (! photo)
    return FALSE;
  if (facet_cli_choose_crop (&place, photo, &crop, error))
    edit = facet_cli_edit_new (model, photo, &crop, error);
  if (! edit)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  append_name (path, table);
  append_code (facet_model_get_latents (model), facet_edit_get_code (edit),
               table);
  return TRUE;
}

static int
run (const Options *options)
{
  g_autoptr (GString) table = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetModel)
      model = facet_model_load (options->arguments[0], &error);

  if (! model)
    return facet_cli_fail ("encode", error);
  append_header (facet_model_get_latents (model), table);
  for (gchar **path = options->arguments + 1; *path; path++)
    if (! append_photo (model, *path, options, table, &error))
      return g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE) ?
                 facet_cli_usage ("encode", error) :
                 facet_cli_fail ("encode", error);
  if (! options->csv)
    g_print ("%s", table->str);
  else if (! g_file_set_contents (options->csv, table->str, table->len, &error))
    return facet_cli_fail ("encode", error);
  return EXIT_DONE;
}

int
facet_command_encode (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  if (parse_options (&argc, &argv, &options, &error))
    {
      facet_cli_init_babl ();
      status = run (&options);
      babl_exit ();
    }
  else
    status = facet_cli_usage ("encode", error);
  g_free (options.region);
  g_free (options.csv);
  g_strfreev (options.arguments);
  return status;
}
