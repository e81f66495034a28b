/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet evaluate-finder: what share of known faces the finder finds, how often
 * it sees one where none is, how exact its points are, and how long it takes.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <nn/nn.h>
#include <train/finder/judge/finder-measure.h>
#include <train/finder/judge/finder-mosaic.h>
#include <train/judge/facet-median.h>
#include "../commands.h"

/* Four by three thousand pixels. */
#define LARGE_WIDTH 4000
#define LARGE_HEIGHT 3000
#define N_TIMINGS 7

typedef struct
{
  gchar *split;
  gchar *finder;
  gchar **without_faces;
  gint threads;
  gchar **arguments;
  FacetSplit chosen;
} Options;

static int
fail (const GError *error)
{
  g_printerr ("facet evaluate-finder: %s\n", error->message);
  return EXIT_FAILED;
}

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "split", 0, 0, G_OPTION_ARG_STRING, &options->split,
      N_ ("train, validation or test (default: test)"), "SPLIT" },
    { "without-faces", 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->without_faces,
      N_ ("photos without a face (more than once: more folders)"), "FOLDER" },
    { "finder", 0, 0, G_OPTION_ARG_FILENAME, &options->finder,
      N_ ("its weights (default: finder)"), "MODEL" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->threads,
      N_ ("default: one for each processor"), "N" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("FOLDER CSV"));

  g_option_context_add_main_entries (context, entries, "facet");
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  options->chosen = FACET_SPLIT_TEST;
  if (! options->arguments || g_strv_length (options->arguments) != 2 ||
      options->threads < 0 ||
      (options->split &&
       ! facet_split_parse (options->split, &options->chosen)))
    {
      g_set_error_literal (
          error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          _ ("usage: facet evaluate-finder FOLDER CSV [--split "
             "train|validation|test] [--without-faces FOLDER]… [--finder "
             "MODEL] [--threads N]"));
      return FALSE;
    }
  return TRUE;
}

/* --- faces -------------------------------------------------------------------
 */

static gboolean
measure_roll (FacetFinder *finder,
              const Options *options,
              const GPtrArray *rows,
              gdouble roll,
              GError **error)
{
  FinderMeasure measure;
  gboolean good = TRUE;

  finder_measure_init (&measure);
  for (guint i = 0; good && i < rows->len; i++)
    {
      const FinderRow *row = g_ptr_array_index (rows, i);
      g_autofree gchar *path = g_build_filename (options->arguments[0],
                                                 row->file, NULL);

      if (row->split == options->chosen)
        good = finder_measure_add (&measure, finder, path, row, roll, error);
    }
  if (good)
    g_print (_ ("rolled %+3.0f°: %d of %d faces (%.2f %%), %.2f false faces in "
                "50 photos, points off by %.2f %% of the eye distance\n"),
             roll, measure.n_found, measure.n_faces,
             100.0 * measure.n_found / MAX (1, measure.n_faces),
             50.0 * measure.n_false / MAX (1, measure.n_photos),
             100.0 * finder_measure_get_median_error (&measure));
  finder_measure_clear (&measure);
  return good;
}

static gboolean
measure_without_faces (FacetFinder *finder, const gchar *folder, GError **error)
{
  g_autoptr (GPtrArray) paths = finder_folder_list (folder, error);
  FinderMeasure measure;

  if (! paths)
    return FALSE;
  finder_measure_init (&measure);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GError) cause = NULL;

      if (! finder_measure_add (&measure, finder, g_ptr_array_index (paths, i),
                                NULL, 0.0, &cause))
        g_printerr (_ ("skipped: %s\n"), cause->message);
    }
  g_print (_ ("%s: %d false faces in %d photos without any\n"), folder,
           measure.n_false, measure.n_photos);
  finder_measure_clear (&measure);
  return TRUE;
}

/* --- time --------------------------------------------------------------------
 */

static gboolean
time_photo (FacetFinder *finder,
            GPtrArray *paths,
            const gchar *what,
            GError **error)
{
  g_autofree guint8 *photo = finder_mosaic_new (paths, LARGE_WIDTH,
                                                LARGE_HEIGHT);
  gdouble milliseconds[N_TIMINGS];
  guint n_faces = 0;

  for (gint i = 0; i < N_TIMINGS; i++)
    {
      const gint64 start_us = g_get_monotonic_time ();
      g_autoptr (GArray)
          faces = facet_finder_find (finder, photo, LARGE_WIDTH, LARGE_HEIGHT,
                                     3, 3 * LARGE_WIDTH, 0, error);

      if (! faces)
        return FALSE;
      milliseconds[i] = (gdouble) (g_get_monotonic_time () - start_us) / 1000;
      n_faces = faces->len;
    }
  g_print (_ ("%d×%d pixels of %s (%u faces found): %.0f ms (the middle one of "
              "%d), %d threads, %s\n"),
           LARGE_WIDTH, LARGE_HEIGHT, what, n_faces,
           facet_median (milliseconds, N_TIMINGS), N_TIMINGS, nn_get_threads (),
           nn_get_isa ());
  return TRUE;
}

static gboolean
time_portraits (FacetFinder *finder,
                const Options *options,
                const GPtrArray *rows,
                GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      const FinderRow *row = g_ptr_array_index (rows, i);

      if (row->split == options->chosen)
        g_ptr_array_add (paths, g_build_filename (options->arguments[0],
                                                  row->file, NULL));
    }
  return paths->len == 0 ||
         time_photo (finder, paths, _ ("portraits side by side"), error);
}

/* --- the command -------------------------------------------------------------
 */

static int
evaluate (const Options *options)
{
  static const gdouble rolls[] = { 0.0, -30.0, -15.0, 15.0, 30.0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = finder_rows_load (options->arguments[1], &error);
  g_autoptr (FacetFinder) finder = NULL;

  if (rows)
    finder = facet_finder_load (options->finder, &error);
  if (! finder)
    return fail (error);
  for (gsize i = 0; i < G_N_ELEMENTS (rolls); i++)
    if (! measure_roll (finder, options, rows, rolls[i], &error))
      return fail (error);
  for (gchar **folder = options->without_faces; folder && *folder; folder++)
    {
      g_autoptr (GPtrArray) paths = NULL;

      if (! measure_without_faces (finder, *folder, &error))
        return fail (error);
      paths = finder_folder_list (*folder, &error);
      if (paths->len && ! time_photo (finder, paths, *folder, &error))
        return fail (error);
    }
  if (! time_portraits (finder, options, rows, &error))
    return fail (error);
  return EXIT_DONE;
}

int
facet_command_evaluate_finder (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;

  if (! parse_options (&argc, &argv, &options, &error))
    g_printerr ("facet evaluate-finder: %s\n", error->message);
  else
    {
      if (options.threads > 0)
        nn_set_threads (options.threads);
      status = evaluate (&options);
    }
  g_free (options.split);
  g_free (options.finder);
  g_strfreev (options.without_faces);
  g_strfreev (options.arguments);
  return status;
}
