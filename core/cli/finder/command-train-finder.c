/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet train-finder: makes the face finder's weights of a recipe, portraits
 * whose faces are known, and photos without faces.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <train/finder/training/finder-trainer.h>
#include "../commands.h"
#include "../train/train-progress.h"

typedef struct
{
  gchar *output;
  gchar *csv;
  gchar **without_faces;
  gboolean resume;
  gint64 seed;
  gint limit;
  gint threads;
  gchar **arguments;
} Options;

static int
fail (const GError *error)
{
  g_printerr ("facet train-finder: %s\n", error->message);
  return EXIT_FAILED;
}

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("the weights file to write"), "MODEL" },
    { "without-faces", 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->without_faces,
      N_ ("photos without a face (more than once: more folders)"), "FOLDER" },
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
      N_ ("boxes and points (default: PORTRAITS.csv)"), "FILE" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options->resume,
      N_ ("go on from MODEL.checkpoint"), NULL },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options->seed,
      N_ ("of all random choices (default: 1)"), "N" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &options->limit,
      N_ ("use the first N portraits only"), "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->threads,
      N_ ("default: one for each processor"), "N" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("RECIPE PORTRAITS -o MODEL"));

  g_option_context_add_main_entries (context, entries, "facet");
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (! options->output || ! options->without_faces || ! options->arguments ||
      g_strv_length (options->arguments) != 2 || options->limit < 0 ||
      options->threads < 0)
    {
      g_set_error_literal (
          error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          _ ("usage: facet train-finder RECIPE PORTRAITS --without-faces "
             "FOLDER… -o MODEL [--resume] [--seed N] [--limit N] [--csv FILE] "
             "[--threads N]"));
      return FALSE;
    }
  return TRUE;
}

static void
clear_options (Options *options)
{
  g_free (options->output);
  g_free (options->csv);
  g_strfreev (options->without_faces);
  g_strfreev (options->arguments);
}

static gboolean
on_progress (const FinderProgress *progress, gpointer user_data)
{
  g_print ("%s %d/%d  loss %.4f  %.0f/s  %d negatives  %.0f s left\n",
           progress->what, progress->step, progress->n_steps, progress->loss,
           progress->samples_per_second, progress->n_negatives,
           progress->seconds_left);
  fflush (stdout);
  return ! facet_train_is_interrupted ();
}

static FinderAlbum *
read_album (const Options *options, GError **error)
{
  FinderAlbum *album = finder_album_load (options->arguments[1], options->csv,
                                          options->without_faces,
                                          options->limit, error);

  for (guint i = 0; album && i < album->skipped->len; i++)
    g_printerr (_ ("skipped: %s\n"),
                (const gchar *) g_ptr_array_index (album->skipped, i));
  if (album)
    g_print (_ ("%d photos with a face, %u without\n"), album->n_faces,
             album->photos->len - (guint) album->n_faces);
  return album;
}

static int
train (FinderRecipe *recipe, const Options *options)
{
  g_autofree gchar *checkpoint = g_strconcat (options->output, ".checkpoint",
                                              NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderAlbum) album = read_album (options, &error);
  g_autoptr (FinderTrainer) trainer = NULL;

  if (album)
    trainer = finder_trainer_new (recipe, album, (guint64) options->seed,
                                  &error);
  else
    finder_recipe_free (recipe);
  if (! trainer)
    return fail (error);
  if (options->resume && ! finder_trainer_resume (trainer, checkpoint, &error))
    return fail (error);
  facet_train_watch_interrupts ();
  if (! finder_trainer_run (trainer, checkpoint, on_progress, NULL, &error) ||
      ! finder_weights_save (finder_trainer_get_weights (trainer),
                             options->output, &error))
    return fail (error);
  return EXIT_DONE;
}

int
facet_command_train_finder (int argc, char **argv)
{
  Options options = { .seed = 1 };
  g_autoptr (GError) error = NULL;
  FinderRecipe *recipe;
  int status = EXIT_USAGE;

  if (! parse_options (&argc, &argv, &options, &error))
    g_printerr ("facet train-finder: %s\n", error->message);
  else if (! (recipe = finder_recipe_load (options.arguments[0], &error)))
    status = fail (error);
  else
    {
      if (options.threads > 0)
        nn_set_threads (options.threads);
      status = train (recipe, &options);
    }
  clear_options (&options);
  return status;
}
