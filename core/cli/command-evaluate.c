/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet evaluate: how well a model reconstructs photos.
 */
#include <face/refine/facet-refine.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-model.h>
#include <train/data/facet-augment.h>
#include <train/data/facet-data.h>
#include <train/judge/facet-baseline.h>
#include <train/judge/facet-judgement.h>
#include <train/judge/facet-measure.h>
#include <train/judge/facet-median.h>
#include <train/judge/facet-sheet.h>
#include <train/reader/facet-reader-trainer.h>
#include "commands.h"

typedef struct
{
  gchar *split;
  gchar *csv;
  gchar *reader;
  gchar *sheets;
  gboolean baseline;
  gboolean refine;
  gchar **arguments;
} Options;

static int
fail (const gchar *message)
{
  g_printerr ("facet evaluate: %s\n", message);
  return EXIT_FAILED;
}

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "split", 0, 0, G_OPTION_ARG_STRING, &options->split,
      N_ ("train, validation or test (default: all photos)"), "SPLIT" },
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
      N_ ("columns file, split, color (default: FOLDER.csv)"), "FILE" },
    { "reader", 0, 0, G_OPTION_ARG_FILENAME, &options->reader,
      N_ ("judges directions (default: that beside MODEL, if any)"), "READER" },
    { "sheets", 0, 0, G_OPTION_ARG_FILENAME, &options->sheets,
      N_ ("pictures: PREFIX-reconstructions.jpg, PREFIX-smile.jpg and so on"),
      "PREFIX" },
    { "baseline", 0, 0, G_OPTION_ARG_NONE, &options->baseline,
      N_ ("also the principal components of the train split, as many"), NULL },
    { "refine", 0, 0, G_OPTION_ARG_NONE, &options->refine,
      N_ ("also the codes refined as facet edit --refine does"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("MODEL FOLDER"));
  FacetSplit split;

  g_option_context_add_main_entries (context, entries, "facet");
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (! options->arguments || g_strv_length (options->arguments) != 2 ||
      (options->split && ! facet_split_parse (options->split, &split)))
    {
      g_set_error_literal (
          error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          _ ("usage: facet evaluate MODEL FOLDER [--split "
             "train|validation|test] [--csv FILE] "
             "[--reader READER] [--sheets PREFIX] [--baseline] [--refine]"));
      return FALSE;
    }
  return TRUE;
}

static GArray *
select_photos (const FacetData *data, const gchar *name)
{
  GArray *indices = NULL;
  FacetSplit split;

  if (name && facet_split_parse (name, &split))
    return facet_data_select (data, split);
  indices = g_array_new (FALSE, FALSE, sizeof (gint));
  for (gint i = 0; i < facet_data_get_n (data); i++)
    g_array_append_val (indices, i);
  return indices;
}

static gboolean
measure_photo (FacetModel *model,
               const guint8 *photo,
               gboolean refine,
               FacetMeasure *measure,
               GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  g_autofree gfloat *crop = g_new (gfloat, n);
  g_autofree gfloat *decode = g_new (gfloat, n);
  g_autofree gfloat *code = g_new (gfloat, recipe->z_dim);

  facet_augment_none (recipe, 1, photo, FALSE, crop);
  facet_model_encode (model, 1, crop, code);
  if (refine && ! facet_refine (model, crop, code, NULL, NULL, NULL, error))
    return FALSE;
  facet_model_decode (model, 1, code, decode);
  *measure = facet_measure (shape, crop, decode);
  return TRUE;
}

/* Means over the photos; the sharpness is the median. */
static gboolean
measure_photos (FacetModel *model,
                const FacetData *data,
                const GArray *indices,
                gboolean refine,
                FacetMeasure *mean,
                GError **error)
{
  g_autofree double *sharpness = g_new (double, indices->len);
  const double n = indices->len;

  *mean = (FacetMeasure) { 0 };
  for (guint i = 0; i < indices->len; i++)
    {
      const guint8 *photo =
          facet_data_get_pixels (data, g_array_index (indices, gint, i));
      FacetMeasure one;

      if (! measure_photo (model, photo, refine, &one, error))
        return FALSE;
      mean->psnr += one.psnr / n;
      mean->face_psnr += one.face_psnr / n;
      mean->ssim += one.ssim / n;
      mean->pattern += one.pattern / n;
      mean->photo_pattern += one.photo_pattern / n;
      sharpness[i] = one.sharpness;
    }
  mean->sharpness = facet_median (sharpness, indices->len);
  return TRUE;
}

static gboolean
print_measures (FacetModel *model,
                const FacetData *data,
                const GArray *indices,
                gboolean refine,
                GError **error)
{
  FacetMeasure mean, refined;

  if (! measure_photos (model, data, indices, FALSE, &mean, error))
    return FALSE;
  g_print ("%u photos\n", indices->len);
  g_print ("PSNR %.2f dB, face region %.2f dB\n", mean.psnr, mean.face_psnr);
  g_print ("SSIM %.3f\n", mean.ssim);
  g_print ("sharpness %.2f\n", mean.sharpness);
  g_print ("pattern %.3f (photos %.3f)\n", mean.pattern, mean.photo_pattern);
  if (! refine)
    return TRUE;
  if (! measure_photos (model, data, indices, TRUE, &refined, error))
    return FALSE;
  g_print ("refined: PSNR %.2f dB, face region %.2f dB (%+.2f dB), SSIM %.3f, "
           "sharpness %.2f\n",
           refined.psnr, refined.face_psnr, refined.face_psnr - mean.face_psnr,
           refined.ssim, refined.sharpness);
  return TRUE;
}

static void
print_baseline (const FacetRecipe *recipe,
                const FacetData *data,
                const GArray *indices)
{
  FacetMeasure measure;

  if (facet_baseline_principal (data, indices, recipe->z_dim, &measure))
    g_print ("%d principal components: PSNR %.2f dB, face region %.2f dB, SSIM "
             "%.3f, sharpness %.2f\n",
             recipe->z_dim, measure.psnr, measure.face_psnr, measure.ssim,
             measure.sharpness);
  else
    g_printerr (_ ("facet evaluate: too few photos in the split “train” for "
                   "--baseline\n"));
}

/* --- directions ---------------------------------------------------------- */

static FacetReader *
load_reader (const Options *options, GError **error)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *model = NULL;
  gchar *suffix;

  if (options->reader)
    return facet_reader_load (options->reader, error);
  model = facet_model_find (options->arguments[0], error);
  if (! model)
    return NULL;
  suffix = g_strrstr (model, ".safetensors");
  if (suffix)
    *suffix = '\0';
  path = g_strconcat (model, ".reader", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return facet_reader_load (path, error);
  return NULL;
}

/* How good @reader is on photos whose attributes are known. */
static void
print_reader (FacetReader *reader, const FacetData *data, const GArray *indices)
{
  const guint n = reader->attributes->len;
  g_autofree gdouble *explained = g_new (gdouble, n);
  gint n_known = 0;

  facet_reader_measure (reader, data, indices, explained);
  for (guint a = 0; a < n; a++)
    if (! isnan (explained[a]))
      {
        const FacetAttribute *attribute = g_ptr_array_index (reader->attributes,
                                                             a);

        g_print ("%s%s %.2f", n_known++ ? ", " : "the reader explains (R²): ",
                 attribute->name, explained[a]);
      }
  if (n_known)
    g_print ("\n");
}

static void
print_judgement (const FacetJudgement *judgement)
{
  g_autofree gchar *turned = g_strdup ("");

  if (judgement->attribute && judgement->attribute->yes_no &&
      judgement->n_others > 0)
    {
      g_free (turned);
      turned = g_strdup_printf ("%s %3.0f %% of %d",
                                judgement->amount > 0 ? "yes" : "no ",
                                100.0 * judgement->n_turned /
                                    judgement->n_others,
                                judgement->n_others);
    }
  g_print ("%-11s %+4.1f ", judgement->direction, judgement->amount);
  if (judgement->attribute)
    g_print ("%+8.2f %+6.2f ", judgement->moved, judgement->moved_sd);
  else
    g_print ("%8s %6s ", "-", "-");
  g_print (" %-16s %+6.2f %-10s  %5.2f %8.2f\n", turned, judgement->strayed_sd,
           judgement->strayed ? judgement->strayed->name : "",
           judgement->sharpness, judgement->sharpness_at_3);
}

/* What each direction does to what @reader (or NULL) reads and pixels tell. */
static void
print_directions (FacetModel *model,
                  FacetReader *reader,
                  const FacetData *data,
                  const GArray *indices)
{
  g_autoptr (GArray)
      judgements = facet_judge_directions (model, reader, data, indices);

  g_print (
      "\ndirection     by   reads   in σ  turned           other, in σ       "
      "sharpness, at 3\n");
  for (guint i = 0; i < judgements->len; i++)
    print_judgement (&g_array_index (judgements, FacetJudgement, i));
}

static gboolean
write_sheets (FacetModel *model,
              const FacetData *data,
              const GArray *indices,
              const gchar *prefix,
              GError **error)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  g_autofree gchar *all = g_strconcat (prefix, "-reconstructions.jpg", NULL);

  if (! facet_sheet_reconstructions (model, data, indices, all, error))
    return FALSE;
  for (gint d = 0; d < latents->n_directions; d++)
    {
      g_autofree gchar *path = g_strdup_printf ("%s-%s.jpg", prefix,
                                                latents->directions[d].name);

      if (! facet_sheet_direction (model, data, indices, d, path, error))
        return FALSE;
    }
  return TRUE;
}

static int
evaluate (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetData) data = NULL;
  g_autoptr (GArray) indices = NULL;
  g_autoptr (FacetReader) reader = NULL;
  g_autoptr (FacetModel)
      model = facet_model_load (options->arguments[0], &error);
  const FacetRecipe *recipe;

  if (! model)
    return fail (error->message);
  recipe = facet_model_get_recipe (model);
  data = facet_data_new (recipe->input_dim, recipe->color_only);
  if (! facet_data_add (data, options->arguments[1], options->csv, 0, &error))
    return fail (error->message);
  for (guint i = 0; i < facet_data_get_skipped (data)->len; i++)
    g_printerr (_ ("skipped: %s\n"),
                (gchar *) g_ptr_array_index (facet_data_get_skipped (data), i));
  indices = select_photos (data, options->split);
  if (indices->len == 0)
    return fail (_ ("no photo is in that split"));
  if (! print_measures (model, data, indices, options->refine, &error))
    return fail (error->message);
  if (options->baseline)
    print_baseline (recipe, data, indices);
  reader = load_reader (options, &error);
  if (error)
    return fail (error->message);
  if (reader && ! facet_reader_fits (reader, recipe->input_dim))
    g_clear_pointer (&reader, facet_reader_free);
  if (reader)
    print_reader (reader, data, indices);
  if (facet_model_get_latents (model)->n_directions > 0)
    print_directions (model, reader, data, indices);
  if (options->sheets &&
      ! write_sheets (model, data, indices, options->sheets, &error))
    return fail (error->message);
  return EXIT_DONE;
}

int
facet_command_evaluate (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;

  if (parse_options (&argc, &argv, &options, &error))
    status = evaluate (&options);
  else
    g_printerr ("facet evaluate: %s\n", error->message);
  g_free (options.split);
  g_free (options.csv);
  g_free (options.reader);
  g_free (options.sheets);
  g_strfreev (options.arguments);
  return status;
}
