/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet decode: the picture of a code.
 */
#include <glib/gi18n-lib.h>
#include "commands.h"
#include "common.h"

typedef struct
{
  gchar *latents;
  gchar *output;
  gchar **arguments;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "latents", 0, 0, G_OPTION_ARG_STRING, &options->latents,
      N_ ("where along each axis, in σ from the mean"), "A,B,…" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("the picture to write"), "PNG" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("MODEL --latents A,B,… -o PNG"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (! options->latents || ! options->output || ! options->arguments ||
      g_strv_length (options->arguments) != 1)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           _ ("usage: facet decode MODEL --latents A,B,… "
                              "-o PNG"));
      return FALSE;
    }
  return photo_file_check_name (options->output, error);
}

static gboolean
check_number (FacetModel *model, const GArray *numbers, GError **error)
{
  const gint n_axes = facet_model_get_latents (model)->n_axes;

  if ((gint) numbers->len <= n_axes)
    return TRUE;
  g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS,
               _ ("--latents: %u numbers were given, but the model has %d"),
               numbers->len, n_axes);
  return FALSE;
}

static PhotoFile *
decode (FacetModel *model, const GArray *numbers)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const FacetLatents *latents = facet_model_get_latents (model);
  const NnShape shape = recipe->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  g_autofree gfloat *code = g_new (gfloat, recipe->z_dim);
  g_autofree gfloat *crop = g_new (gfloat, n);
  PhotoFile *picture = photo_file_new (shape.width, shape.height,
                                       shape.channels, 1);

  facet_latents_move (latents, latents->mean, (const gdouble *) numbers->data,
                      (gint) numbers->len, code);
  facet_model_decode (model, 1, code, crop);
  for (gsize i = 0; i < n; i++)
    picture->pixels[i] = crop[i] > 0.0f ?
                             (guint8) (MIN (crop[i], 1.0f) * 255.0f + 0.5f) :
                             0;
  return picture;
}

static int
run (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) numbers = NULL;
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (PhotoFile) picture = NULL;

  numbers = facet_cli_parse_numbers ("--latents", options->latents, &error);
  if (! numbers)
    return facet_cli_usage ("decode", error);
  model = facet_model_load (options->arguments[0], &error);
  if (! model || ! check_number (model, numbers, &error))
    return facet_cli_fail ("decode", error);
  picture = decode (model, numbers);
  if (! photo_file_save (picture, options->output, &error))
    return facet_cli_fail ("decode", error);
  return EXIT_DONE;
}

int
facet_command_decode (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  if (parse_options (&argc, &argv, &options, &error))
    status = run (&options);
  else
    status = facet_cli_usage ("decode", error);
  g_free (options.latents);
  g_free (options.output);
  g_strfreev (options.arguments);
  return status;
}
