/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet train: makes a model of a recipe and photos.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <train/autoencoder/facet-trainer.h>
#include <train/data/facet-augment.h>
#include <train/finish/facet-finisher.h>
#include <train/judge/facet-sheet.h>
#include <train/reader/facet-reader-trainer.h>
#include "../commands.h"
#include "train-progress.h"

typedef struct
{
  gchar *output;
  gchar *csv;
  gchar *model;
  gchar *reader;
  gboolean resume;
  gint epochs;
  gint64 seed;
  gint limit;
  gint threads;
  gchar **arguments;
} Options;

static int
fail (GError *error)
{
  g_printerr ("facet train: %s\n", error->message);
  return EXIT_FAILED;
}

/* --- arguments ----------------------------------------------------------- */

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("the model file to write"), "MODEL" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options->resume,
      N_ ("go on from MODEL.checkpoint"), NULL },
    { "epochs", 0, 0, G_OPTION_ARG_INT, &options->epochs,
      N_ ("instead of the recipe's"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options->seed,
      N_ ("of all random choices (default: 1)"), "N" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &options->limit,
      N_ ("use the first N photos only"), "N" },
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
      N_ ("columns file, split, color (default: FOLDER.csv)"), "FILE" },
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model,
      N_ ("the trained model to be finished"), "MODEL" },
    { "reader", 0, 0, G_OPTION_ARG_FILENAME, &options->reader,
      N_ ("a reader that helps to finish"), "READER" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->threads,
      N_ ("default: one for each processor"), "N" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("RECIPE DATA… -o MODEL"));

  g_option_context_add_main_entries (context, entries, "facet");
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (! options->output || ! options->arguments ||
      g_strv_length (options->arguments) < 2 || options->epochs < 0 ||
      options->limit < 0 || options->threads < 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           _ ("usage: facet train RECIPE DATA… -o MODEL "
                              "[--resume] [--epochs N] [--seed N] [--limit N] "
                              "[--csv FILE] [--model MODEL] "
                              "[--reader READER] [--threads N]"));
      return FALSE;
    }
  return TRUE;
}

static void
clear_options (Options *options)
{
  g_free (options->output);
  g_free (options->csv);
  g_free (options->model);
  g_free (options->reader);
  g_strfreev (options->arguments);
}

/* --- the command --------------------------------------------------------- */

static FacetData *
read_data (const FacetRecipe *recipe, const Options *options, GError **error)
{
  const gint factor = facet_augment_get_factor (recipe);
  NnShape shape = recipe->input_dim;
  g_autoptr (FacetData) data = NULL;

  shape.height *= factor;
  shape.width *= factor;
  data = facet_data_new (shape, recipe->color_only);
  for (gchar **path = options->arguments + 1; *path; path++)
    if (! facet_data_add (data, *path, options->csv, options->limit, error))
      return NULL;
  for (guint i = 0; i < facet_data_get_skipped (data)->len; i++)
    g_printerr (_ ("skipped: %s\n"),
                (gchar *) g_ptr_array_index (facet_data_get_skipped (data), i));
  for (gint split = 0; split < FACET_N_SPLITS; split++)
    {
      g_autoptr (GArray) indices = facet_data_select (data, (FacetSplit) split);

      g_print ("%s: %u photos\n", facet_split_get_name ((FacetSplit) split),
               indices->len);
    }
  return g_steal_pointer (&data);
}

/* "weights/faces.safetensors" and "axes" give "weights/faces-axes.png". */
static gchar *
sheet_path (const gchar *output, const gchar *what)
{
  g_autofree gchar *stem = g_strdup (output);

  if (g_str_has_suffix (stem, ".safetensors"))
    *g_strrstr (stem, ".safetensors") = '\0';
  return g_strdup_printf ("%s-%s.png", stem, what);
}

static gboolean
write_sheets (FacetModel *model,
              const FacetData *data,
              const gchar *output,
              GError **error)
{
  g_autoptr (GArray)
      validation = facet_data_select (data, FACET_SPLIT_VALIDATION);
  g_autofree gchar *sheet = sheet_path (output, "sheet");
  g_autofree gchar *axes = sheet_path (output, "axes");
  g_autofree gchar *plane = sheet_path (output, "plane");
  g_autofree gchar *directions = sheet_path (output, "directions");
  const FacetSplit split = validation->len ? FACET_SPLIT_VALIDATION :
                                             FACET_SPLIT_TRAIN;
  g_autoptr (GArray) photos = facet_data_select (data, split);

  return facet_sheet_reconstructions (model, data, photos, sheet, error) &&
         (facet_model_get_latents (model)->n_directions == 0 ||
          facet_sheet_directions (model, data, split, directions, error)) &&
         facet_sheet_axes (model, axes, error) &&
         (facet_model_get_recipe (model)->z_dim != 2 ||
          facet_sheet_plane (model, plane, error));
}

static int
explain_stop (gint epoch, GError *error, const gchar *checkpoint)
{
  if (! g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return fail (error);
  if (epoch > 0)
    g_printerr (_ ("\nfacet train: stopped; epoch %d is kept in “%s”: the same "
                   "command with --resume goes on from there\n"),
                epoch, checkpoint);
  else
    g_printerr (_ ("\nfacet train: stopped before the first epoch was done; "
                   "nothing is kept\n"));
  return EXIT_FAILED;
}

static void
print_reader (FacetReader *reader, const FacetData *data)
{
  const gint n = (gint) reader->attributes->len;
  g_autofree gdouble *explained = g_new (gdouble, n);
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_VALIDATION);

  facet_reader_measure (reader, data, photos, explained);
  g_print (_ ("explained variance of the validation photos:\n"));
  for (gint a = 0; a < n; a++)
    g_print (
        "  %-12s %.2f\n",
        ((FacetAttribute *) g_ptr_array_index (reader->attributes, a))->name,
        explained[a]);
}

static int
train_reader (const gchar *text, const Options *options)
{
  g_autofree gchar *checkpoint = g_strconcat (options->output, ".checkpoint",
                                              NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetReader) reader = NULL;
  g_autoptr (FacetReaderTrainer) trainer = NULL;
  g_autoptr (FacetData) data = NULL;
  gint64 last_us = 0;

  reader = facet_reader_new (text, options->arguments[0],
                             (guint64) options->seed, &error);
  if (! reader)
    return fail (error);
  if (options->epochs > 0)
    reader->recipe->epochs = options->epochs;
  data = read_data (reader->recipe, options, &error);
  if (! data)
    return fail (error);
  trainer = facet_reader_trainer_new (reader, data, (guint64) options->seed,
                                      &error);
  if (! trainer ||
      (options->resume &&
       ! facet_loop_resume (facet_reader_trainer_get_loop (trainer), checkpoint,
                            &error)))
    return fail (error);
  facet_train_watch_interrupts ();
  if (! facet_reader_trainer_run (trainer, checkpoint,
                                  facet_train_show_progress, &last_us, &error))
    return explain_stop (facet_reader_trainer_get_loop (trainer)->place.epoch,
                         error, checkpoint);
  if (! facet_reader_save (reader, options->output, &error))
    return fail (error);
  print_reader (reader, data);
  return EXIT_DONE;
}

static int
train (FacetRecipe *recipe, const Options *options)
{
  g_autofree gchar *checkpoint = g_strconcat (options->output, ".checkpoint",
                                              NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetData) data = read_data (recipe, options, &error);
  g_autoptr (FacetTrainer) trainer = NULL;
  gint64 last_us = 0;

  if (! data)
    return fail (error);
  trainer = facet_trainer_new (recipe, data, (guint64) options->seed, &error);
  if (! trainer)
    return fail (error);
  if (options->resume && ! facet_trainer_resume (trainer, checkpoint, &error))
    return fail (error);
  facet_train_watch_interrupts ();
  if (! facet_trainer_run (trainer, checkpoint, facet_train_show_progress,
                           &last_us, &error))
    return explain_stop (facet_trainer_get_epoch (trainer), error, checkpoint);
  if (! facet_model_save (facet_trainer_get_model (trainer), options->output,
                          &error) ||
      ! write_sheets (facet_trainer_get_model (trainer), data, options->output,
                      &error))
    return fail (error);
  g_print (_ ("%s is written; %s may be deleted, or kept to train on with "
              "--resume and more --epochs\n"),
           options->output, checkpoint);
  return EXIT_DONE;
}

static FacetFinisher *
new_finisher (const FacetFinishRecipe *recipe,
              FacetModel *model,
              FacetReader *reader,
              const FacetData *data,
              const Options *options,
              const gchar *checkpoint,
              GError **error)
{
  g_autoptr (FacetFinisher)
      finisher = facet_finisher_new (recipe, model, reader, data,
                                     (guint64) options->seed, error);

  if (! finisher || (options->resume &&
                     ! facet_loop_resume (facet_finisher_get_loop (finisher),
                                          checkpoint, error)))
    return NULL;
  return g_steal_pointer (&finisher);
}

static int
finish (const FacetFinishRecipe *recipe,
        FacetModel *model,
        FacetReader *reader,
        const Options *options)
{
  g_autofree gchar *checkpoint = g_strconcat (options->output, ".checkpoint",
                                              NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetData)
      data = read_data (facet_model_get_recipe (model), options, &error);
  g_autoptr (FacetFinisher) finisher = NULL;
  gint64 last_us = 0;

  if (! data)
    return fail (error);
  finisher = new_finisher (recipe, model, reader, data, options, checkpoint,
                           &error);
  if (! finisher)
    return fail (error);
  facet_train_watch_interrupts ();
  if (! facet_finisher_run (finisher, checkpoint, facet_train_show_progress,
                            &last_us, &error))
    return explain_stop (facet_finisher_get_loop (finisher)->place.epoch, error,
                         checkpoint);
  if (! facet_model_save (facet_finisher_get_model (finisher), options->output,
                          &error) ||
      ! write_sheets (facet_finisher_get_model (finisher), data,
                      options->output, &error))
    return fail (error);
  return EXIT_DONE;
}

static int
train_finish (const gchar *text, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse (text, options->arguments[0], &error);
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (FacetReader) reader = NULL;

  if (! recipe)
    return fail (error);
  if (! options->model)
    {
      g_printerr (_ ("facet train: a recipe with [finish] needs --model, the "
                     "trained model to be finished\n"));
      return EXIT_USAGE;
    }
  if (options->epochs > 0)
    recipe->epochs = options->epochs;
  model = facet_model_load (options->model, &error);
  if (! model || (options->reader &&
                  ! (reader = facet_reader_load (options->reader, &error))))
    return fail (error);
  return finish (recipe, model, reader, options);
}

static int
train_autoencoder (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_load (options->arguments[0], &error);

  if (! recipe)
    return fail (error);
  if (options->epochs > 0)
    recipe->epochs = options->epochs;
  return train (recipe, options);
}

/* What kind of training a recipe asks for shows in its groups. */
static int
train_recipe (const Options *options)
{
  g_autofree gchar *text = NULL;

  if (options->threads > 0)
    nn_set_threads (options->threads);
  g_file_get_contents (options->arguments[0], &text, NULL, NULL);
  if (text && facet_reader_is_recipe (text))
    return train_reader (text, options);
  if (text && facet_finish_is_recipe (text))
    return train_finish (text, options);
  return train_autoencoder (options);
}

int
facet_command_train (int argc, char **argv)
{
  Options options = { .seed = 1 };
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;

  if (parse_options (&argc, &argv, &options, &error))
    status = train_recipe (&options);
  else
    g_printerr ("facet train: %s\n", error->message);
  clear_options (&options);
  return status;
}
