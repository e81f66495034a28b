/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet show: the table of layers of a recipe or a model; of a model also its
 * latent space, directions, licence and how it was trained.
 */
#include <glib/gi18n-lib.h>
#include <model/facet-model.h>
#include <stdio.h>
#include "commands.h"

/* A safetensors file has its header's bracket behind eight bytes of length. */
#define BRACKET_AT 8

static gboolean
is_recipe (const gchar *name)
{
  gchar start[BRACKET_AT + 1] = "";
  FILE *file;
  gsize n;

  if (g_str_has_suffix (name, ".recipe"))
    return TRUE;
  if (g_str_has_suffix (name, ".safetensors") ||
      ! g_file_test (name, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  file = fopen (name, "rb");
  n = file ? fread (start, 1, sizeof start, file) : 0;
  if (file)
    fclose (file);
  return n == sizeof start && start[BRACKET_AT] != '{';
}

static gboolean
print_summary (const FacetRecipe *recipe, GError **error)
{
  g_autofree gchar *summary = facet_recipe_summary (recipe, error);

  if (! summary)
    return FALSE;
  g_print ("%s", summary);
  return TRUE;
}

static gboolean
show_recipe (const gchar *path, GError **error)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_load (path, error);

  return recipe && print_summary (recipe, error);
}

static void
print_latents (const FacetLatents *latents)
{
  g_print (_ ("\nLatent space: %d dimensions, %d of them in use; σ, and the "
              "range of the training photos in σ:\n"),
           latents->z_dim, latents->n_axes);
  for (gint i = 0; i < latents->n_axes; i++)
    g_print ("%5d %12.5g %8.2f … %.2f\n", i + 1, latents->sigma[i],
             latents->low[i], latents->high[i]);
  if (latents->n_directions > 0)
    g_print (_ ("\nNamed directions, and how far they go:\n"));
  for (gint i = 0; i < latents->n_directions; i++)
    {
      const FacetDirection *direction = &latents->directions[i];

      g_print ("  %s  %g … %g  %s%s%s\n", direction->name, direction->minimum,
               direction->maximum, _ (direction->label),
               *direction->unit ? ": " : "",
               *direction->unit ? _ (direction->unit) : "");
    }
}

static void
print_notes (FacetModel *model)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  g_autoptr (GPtrArray) notes = facet_model_list_notes (model);

  if (*recipe->description)
    g_print (_ ("\nDescription: %s\n"), recipe->description);
  if (*recipe->licence)
    g_print (_ ("\nLicence: %s\n"), recipe->licence);
  if (notes->len > 0)
    g_print (_ ("\nHow it was trained:\n"));
  for (guint i = 0; i < notes->len; i++)
    {
      const gchar *key = g_ptr_array_index (notes, i);

      g_print ("  %s: %s\n", key, facet_model_get_note (model, key));
    }
}

static gboolean
show_model (const gchar *name, GError **error)
{
  g_autoptr (FacetModel) model = facet_model_load (name, error);

  if (! model || ! print_summary (facet_model_get_recipe (model), error))
    return FALSE;
  print_latents (facet_model_get_latents (model));
  print_notes (model);
  return TRUE;
}

static gboolean
parse_options (int *argc, char ***argv, gchar ***arguments, GError **error)
{
  const GOptionEntry entries[] = { { G_OPTION_REMAINING, 0, 0,
                                     G_OPTION_ARG_FILENAME_ARRAY, arguments,
                                     NULL, NULL },
                                   { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("FILE"));

  g_option_context_set_summary (
      context, _ ("FILE is a recipe, or a model by its name or file."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*arguments && g_strv_length (*arguments) == 1)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("usage: facet show FILE"));
  return FALSE;
}

int
facet_command_show (int argc, char **argv)
{
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  gboolean shown;

  if (! parse_options (&argc, &argv, &arguments, &error))
    {
      g_printerr ("facet show: %s\n", error->message);
      return EXIT_USAGE;
    }
  shown = is_recipe (arguments[0]) ? show_recipe (arguments[0], &error) :
                                     show_model (arguments[0], &error);
  if (! shown)
    g_printerr ("facet show: %s\n", error->message);
  return shown ? EXIT_DONE : EXIT_FAILED;
}
