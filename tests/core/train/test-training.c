/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Training makes the loss smaller, and the same weights whatever the threads
 * and however often it was stopped.
 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <train/autoencoder/facet-latent-fit.h>
#include <train/autoencoder/principal/facet-principal.h>
#include <train/autoencoder/facet-trainer.h>
#include <train/data/facet-augment.h>
#include <train/judge/facet-sheet.h>
#include <unistd.h>
#include "dots.h"

static const gchar recipe_text[] = DOTS_RECIPE "learning_rate = 0.003\n"
                                               "schedule = cosine\n"
                                               "weight_average = 0.9\n"
                                               "batch = 8\n"
                                               "epochs = 4\n"
                                               "mirror = true\n"
                                               "rotate = 3\n";

static FacetRecipe *
recipe_with (const gchar *more)
{
  g_autofree gchar *text = g_strconcat (recipe_text, more, NULL);
  g_autoptr (GError) error = NULL;
  FacetRecipe *recipe = facet_recipe_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return recipe;
}

static FacetData *
new_data (const FacetRecipe *recipe)
{
  return new_dots (SIDE * facet_augment_get_factor (recipe));
}

static guint64
add_network (guint64 hash, NnNetwork *network)
{
  for (gint i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);
      const guint8 *bytes = (const guint8 *) parameter->value;

      for (gsize b = 0; b < parameter->n_values * sizeof (gfloat); b++)
        hash = (hash ^ bytes[b]) * 1099511628211u;
    }
  return hash;
}

/* Of all bytes of both networks. */
static guint64
fingerprint (FacetModel *model)
{
  return add_network (add_network (14695981039346656037u,
                                   facet_model_get_encoder (model)),
                      facet_model_get_decoder (model));
}

static guint64
train_with_threads (const gchar *more, gint threads, guint64 seed)
{
  g_autoptr (FacetRecipe) recipe = recipe_with (more);
  g_autoptr (FacetData) data = new_data (recipe);
  g_autoptr (FacetTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  guint64 result;

  nn_set_threads (threads);
  trainer = facet_trainer_new (recipe, data, seed, &error);
  g_assert_no_error (error);
  g_assert_true (facet_trainer_run (trainer, NULL, NULL, NULL, &error));
  result = fingerprint (facet_trainer_get_model (trainer));
  nn_set_threads (0);
  return result;
}

static void
same_weights_at_any_thread_count (gconstpointer more)
{
  const guint64 one = train_with_threads (more, 1, 5);

  g_assert_cmphex (train_with_threads (more, 2, 5), ==, one);
  g_assert_cmphex (train_with_threads (more, 3, 5), ==, one);
  g_assert_cmphex (train_with_threads (more, 8, 5), ==, one);
  g_assert_cmphex (train_with_threads (more, 2, 6), !=, one);
}

/* --- stopping and going on ----------------------------------------------- */

static gboolean
stop_after_epoch (const FacetProgress *progress, gpointer epoch)
{
  return ! (progress->validated && progress->epoch == GPOINTER_TO_INT (epoch));
}

static gboolean
stop_within_epoch (const FacetProgress *progress, gpointer epoch)
{
  return ! (progress->epoch == GPOINTER_TO_INT (epoch) && progress->step == 2);
}

static gchar *
new_checkpoint_path (void)
{
  return g_strdup_printf ("%s/facet-test-%d-%08x.checkpoint", g_get_tmp_dir (),
                          (gint) getpid (), g_random_int ());
}

static guint64
train_interrupted (FacetProgressFunc stop)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("");
  g_autoptr (FacetData) data = new_data (recipe);
  g_autofree gchar *checkpoint = new_checkpoint_path ();
  g_autoptr (FacetTrainer) first = facet_trainer_new (recipe, data, 5, NULL);
  g_autoptr (FacetTrainer) second = facet_trainer_new (recipe, data, 5, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      facet_trainer_run (first, checkpoint, stop, GINT_TO_POINTER (2), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (facet_trainer_resume (second, checkpoint, &error));
  g_assert_no_error (error);
  g_assert_cmpint (facet_trainer_get_epoch (second), >=, 1);
  g_assert_true (facet_trainer_run (second, checkpoint, NULL, NULL, &error));
  g_remove (checkpoint);
  return fingerprint (facet_trainer_get_model (second));
}

static void
resumed_is_uninterrupted (void)
{
  const guint64 whole = train_with_threads ("", 0, 5);

  g_assert_cmphex (train_interrupted (stop_after_epoch), ==, whole);
  g_assert_cmphex (train_interrupted (stop_within_epoch), ==, whole);
}

static void
checkpoint_of_another_recipe_or_seed_is_refused (void)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("");
  g_autoptr (FacetRecipe) other = recipe_with ("scale = 0.1\n");
  g_autoptr (FacetRecipe) longer = recipe_with ("");
  g_autoptr (FacetData) data = new_data (recipe);
  g_autofree gchar *checkpoint = new_checkpoint_path ();
  g_autoptr (FacetTrainer) trainer = facet_trainer_new (recipe, data, 5, NULL);
  g_autoptr (FacetTrainer) by_recipe = facet_trainer_new (other, data, 5, NULL);
  g_autoptr (FacetTrainer) by_seed = facet_trainer_new (recipe, data, 6, NULL);
  g_autoptr (FacetTrainer) more = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (facet_trainer_run (trainer, checkpoint, NULL, NULL, NULL));
  g_assert_false (facet_trainer_resume (by_recipe, checkpoint, &error));
  g_assert_nonnull (strstr (error->message, "recipe"));
  g_clear_error (&error);
  g_assert_false (facet_trainer_resume (by_seed, checkpoint, &error));
  g_assert_nonnull (strstr (error->message, "seed"));
  longer->epochs = 9;
  more = facet_trainer_new (longer, data, 5, NULL);
  g_assert_true (facet_trainer_resume (more, checkpoint, NULL));
  g_remove (checkpoint);
}

/* --- what comes out ------------------------------------------------------ */

typedef struct
{
  gdouble first;
  gdouble last;
} Losses;

static gboolean
note_losses (const FacetProgress *progress, gpointer user_data)
{
  Losses *losses = user_data;

  if (progress->validated && progress->epoch == 0)
    losses->first = progress->validation_loss;
  if (progress->validated)
    losses->last = progress->validation_loss;
  return TRUE;
}

static void
training_lowers_the_validation_loss (void)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("");
  g_autoptr (FacetData) data = NULL;
  g_autoptr (FacetTrainer) trainer = NULL;
  Losses losses = { NAN, NAN };

  recipe->epochs = 20;
  data = new_data (recipe);
  trainer = facet_trainer_new (recipe, data, 1, NULL);
  g_assert_true (facet_trainer_run (trainer, NULL, note_losses, &losses, NULL));
  g_assert_cmpfloat (losses.last, <, losses.first - 10);
}

static gdouble
error_of_start (const gchar *more, gint z_dim)
{
  g_autoptr (FacetRecipe) recipe = recipe_with (more);
  g_autoptr (FacetData) data = NULL;
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (GError) error = NULL;
  gfloat crop[SIDE * SIDE];
  gfloat decode[SIDE * SIDE];
  gfloat code[16];
  gdouble sum = 0;

  recipe->z_dim = z_dim;
  recipe->encoder.filters[1] = 8;
  data = new_data (recipe);
  model = facet_model_new (recipe, 1, NULL);
  g_assert_true (facet_principal_start (model, data, 1, &error));
  g_assert_no_error (error);
  for (gint i = 0; i < N_PHOTOS; i++)
    {
      facet_augment_none (recipe, facet_augment_get_factor (recipe),
                          facet_data_get_pixels (data, i), FALSE, crop);
      facet_model_encode (model, 1, crop, code);
      facet_model_decode (model, 1, code, decode);
      for (gint p = 0; p < SIDE * SIDE; p++)
        sum += (decode[p] - crop[p]) * (decode[p] - crop[p]);
    }
  return sum / (N_PHOTOS * SIDE * SIDE);
}

static void
principal_start_reconstructs_better_with_more_latents (void)
{
  const gdouble three = error_of_start ("", 3);
  const gdouble twelve = error_of_start ("", 12);

  g_assert_cmpfloat (three, <, 0.02);
  g_assert_cmpfloat (twelve, <, 0.7 * three);
}

static void
principal_start_goes_through_layers_of_full_size (void)
{
  const gdouble plain = error_of_start ("", 3);
  const gdouble further =
      error_of_start ("[model]\n"
                      "decoder_conv_t_filters = 8;2;4;1\n"
                      "decoder_conv_t_kernel_size = 3;4;3;3\n"
                      "decoder_conv_t_strides = 2;2;1;1\n",
                      3);

  g_assert_cmpfloat_with_epsilon (further, plain, 1e-6);
}

static void
principal_start_refuses_layers_that_cannot_carry_it (void)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("start = principal\n");
  g_autoptr (FacetData) data = new_data (recipe);
  g_autoptr (FacetTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;

  recipe->encoder.filters[1] = 3;
  trainer = facet_trainer_new (recipe, data, 1, NULL);
  g_assert_false (facet_trainer_run (trainer, NULL, NULL, NULL, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE);
}

static void
sheets_are_written (void)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("");
  g_autoptr (FacetData) data = new_data (recipe);
  g_autoptr (FacetModel) model = facet_model_new (recipe, 1, NULL);
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autofree gchar *path = new_checkpoint_path ();
  g_autoptr (GdkPixbuf) sheet = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (facet_latents_fit_model (model, data, &error));
  g_assert_true (
      facet_sheet_reconstructions (model, data, photos, path, &error));
  sheet = gdk_pixbuf_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_pixbuf_get_width (sheet), ==, 8 * 18 - 2);
  g_assert_true (facet_sheet_axes (model, path, &error));
  g_assert_true (facet_sheet_plane (model, path, &error));
  g_assert_no_error (error);
  g_remove (path);
}

static void
a_direction_has_a_sheet (void)
{
  g_autoptr (FacetRecipe) recipe = recipe_with ("directions = brightness\n");
  g_autoptr (FacetData) data = new_data (recipe);
  g_autoptr (FacetModel) model = facet_model_new (recipe, 1, NULL);
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autofree gchar *stem = new_checkpoint_path ();
  g_autofree gchar *path = g_strconcat (stem, ".jpg", NULL);
  g_autofree gchar *format = NULL;
  g_autoptr (GError) error = NULL;
  gint width, height;

  g_assert_true (facet_latents_fit_model (model, data, &error));
  g_assert_true (facet_sheet_direction (model, data, photos, 0, path, &error));
  format = gdk_pixbuf_format_get_name (
      gdk_pixbuf_get_file_info (path, &width, &height));
  g_assert_cmpstr (format, ==, "jpeg");
  g_assert_cmpint (width, ==, 6 * 18 - 2);
  g_assert_cmpint (height, ==, 3 * 18 - 2);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/training/same_weights_at_any_thread_count", "",
                        same_weights_at_any_thread_count);
  g_test_add_data_func ("/training/same_weights_from_a_principal_start",
                        "start = principal\n",
                        same_weights_at_any_thread_count);
  g_test_add_func ("/training/resumed_is_uninterrupted",
                   resumed_is_uninterrupted);
  g_test_add_func ("/training/checkpoint_of_another_recipe_or_seed_is_refused",
                   checkpoint_of_another_recipe_or_seed_is_refused);
  g_test_add_func ("/training/training_lowers_the_validation_loss",
                   training_lowers_the_validation_loss);
  g_test_add_func (
      "/training/principal_start_reconstructs_better_with_more_latents",
      principal_start_reconstructs_better_with_more_latents);
  g_test_add_func ("/training/principal_start_goes_through_layers_of_full_size",
                   principal_start_goes_through_layers_of_full_size);
  g_test_add_func (
      "/training/principal_start_refuses_layers_that_cannot_carry_it",
      principal_start_refuses_layers_that_cannot_carry_it);
  g_test_add_func ("/training/sheets_are_written", sheets_are_written);
  g_test_add_func ("/training/a_direction_has_a_sheet",
                   a_direction_has_a_sheet);
  return g_test_run ();
}
