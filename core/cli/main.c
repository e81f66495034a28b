/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program `facet`: `facet COMMAND …`, a file each.
 */
#include <glib/gi18n-lib.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "commands.h"

typedef struct
{
  const gchar *name;
  int (*run) (int argc, char **argv);
  const gchar *arguments;
  const gchar *purpose;
} Command;

static const Command commands[] = {
  { "show", facet_command_show, N_ ("FILE"),
    N_ ("the table of layers of a recipe or a model") },
  { "train", facet_command_train, N_ ("RECIPE DATA… -o MODEL"),
    N_ ("make a model of photos") },
  { "evaluate", facet_command_evaluate, N_ ("MODEL FOLDER"),
    N_ ("how well a model reconstructs photos") },
  { "encode", facet_command_encode, N_ ("MODEL PHOTO…"),
    N_ ("the codes of photos, as a table") },
  { "decode", facet_command_decode, N_ ("MODEL --latents A,B,… -o PNG"),
    N_ ("the picture of a code") },
  { "find", facet_command_find, N_ ("PHOTO…"),
    N_ ("boxes and points of all faces, as a table") },
  { "train-finder", facet_command_train_finder,
    N_ ("RECIPE PORTRAITS --without-faces FOLDER -o MODEL"),
    N_ ("make the face finder's weights") },
  { "evaluate-finder", facet_command_evaluate_finder, N_ ("FOLDER CSV"),
    N_ ("how well the face finder finds") },
  { "edit", facet_command_edit, N_ ("PHOTO -m MODEL -o OUT"),
    N_ ("change the face in a photo") },
};

/* Translations lie beside the program in the build and under the prefix where
 * it is installed. */
static void
choose_language (void)
{
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *folder = program ? g_path_get_dirname (program) : NULL;
  g_autofree gchar *built = NULL;

  setlocale (LC_ALL, "");
  if (folder)
    built = g_build_filename (folder, "..", "..", "po", NULL);
  if (built && g_file_test (built, G_FILE_TEST_IS_DIR))
    bindtextdomain (GETTEXT_PACKAGE, built);
  else
    bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static void
print_usage (FILE *stream)
{
  g_autoptr (GString) text = g_string_new (_ ("Usage: facet COMMAND …\n\n"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  facet %s %s\n      %s\n", commands[i].name,
                            _ (commands[i].arguments), _ (commands[i].purpose));
  g_string_append (text, _ ("\nfacet COMMAND --help tells more.\n"));
  fputs (text->str, stream);
}

static int
run (int argc, char **argv)
{
  if (argc >= 2 &&
      (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 ||
       strcmp (argv[1], "help") == 0))
    {
      print_usage (stdout);
      return EXIT_DONE;
    }
  for (guint i = 0; argc >= 2 && i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      {
        g_autofree gchar *name = g_strdup_printf ("facet %s", argv[1]);

        g_set_prgname (name);
        return commands[i].run (argc - 1, argv + 1);
      }
  print_usage (stderr);
  return EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  choose_language ();
  return run (argc, argv);
}
