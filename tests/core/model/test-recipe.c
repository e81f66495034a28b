/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recipe is read strictly, written back the same, and becomes the article's
 * and the book's networks.
 */
#include <glib/gstdio.h>
#include <model/facet-model.h>
#include <string.h>

static const gchar small[] = "[model]\n"
                             "name = small\n"
                             "kind = VAE\n"
                             "input_dim = 8;8;3\n"
                             "encoder_conv_filters = 4;6\n"
                             "encoder_conv_kernel_size = 3;3\n"
                             "encoder_conv_strides = 2;1\n"
                             "z_dim = 5\n"
                             "decoder_conv_t_filters = 4;3\n"
                             "decoder_conv_t_kernel_size = 3;3\n"
                             "decoder_conv_t_strides = 1;2\n";

static FacetRecipe *
load_shipped (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("FACET_SOURCE_ROOT"),
                                             "weights", name, NULL);
  GError *error = NULL;
  FacetRecipe *recipe = facet_recipe_load (path, &error);

  g_assert_no_error (error);
  return recipe;
}

/* @text with the line of @key replaced. */
static gchar *
with_line (const gchar *text, const gchar *key, const gchar *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree gchar *start = g_strconcat (key, " =", NULL);

  for (gchar **l = lines; *l; l++)
    if (g_str_has_prefix (*l, start))
      {
        g_free (*l);
        *l = g_strdup (line);
      }
  return g_strjoinv ("\n", lines);
}

static void
assert_refused (const gchar *text, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (text, -1, "file.recipe", &error);
  g_auto (GStrv) expected = g_strsplit (words, "|", -1);

  g_assert_null (recipe);
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE);
  g_assert_nonnull (strstr (error->message, "file.recipe"));
  for (gchar **word = expected; *word; word++)
    if (! strstr (error->message, *word))
      g_error ("“%s” does not say “%s”", error->message, *word);
}

static void
text_reads_back_as_the_same_recipe (void)
{
  const gchar *names[] = { "digits.recipe", "faces-book.recipe",
                           "faces.recipe" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (FacetRecipe) recipe = load_shipped (names[i]);
      g_autofree gchar *text = facet_recipe_to_text (recipe);
      g_autoptr (FacetRecipe)
          again = facet_recipe_parse (text, -1, "text", NULL);
      g_autofree gchar *text_again = facet_recipe_to_text (again);

      g_assert_cmpstr (text, ==, text_again);
      g_assert_cmpstr (recipe->name, ==, again->name);
      g_assert_cmpmem (&recipe->encoder, sizeof recipe->encoder,
                       &again->encoder, sizeof again->encoder);
      g_assert_cmpmem (&recipe->decoder, sizeof recipe->decoder,
                       &again->decoder, sizeof again->decoder);
      g_assert_true (recipe->learning_rate == again->learning_rate);
      g_assert_true (recipe->batch_norm_first == again->batch_norm_first);
      g_assert_cmpint (recipe->loss, ==, again->loss);
      g_assert_cmpstr (recipe->description, ==, again->description);
    }
}

static void
odd_texts_and_numbers_survive (void)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_parse (small, -1, "s", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (FacetRecipe) again = NULL;

  g_free (recipe->description);
  recipe->description = g_strdup (
      "  two lines,\nа \"quote\"; # and = \\ signs ");
  recipe->learning_rate = 1.0 / 3000;
  text = facet_recipe_to_text (recipe);
  again = facet_recipe_parse (text, -1, "s", NULL);
  g_assert_nonnull (again);
  g_assert_cmpstr (again->description, ==, recipe->description);
  g_assert_true (again->learning_rate == recipe->learning_rate);
}

static void
keys_left_out_are_the_articles (void)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_parse (small, -1, "s", NULL);

  g_assert_false (recipe->use_batch_norm);
  g_assert_false (recipe->use_dropout);
  g_assert_false (recipe->batch_norm_first);
  g_assert_cmpfloat (recipe->leaky_relu_slope, ==, 0.3);
  g_assert_cmpfloat (recipe->batch_norm_momentum, ==, 0.99);
  g_assert_cmpfloat (recipe->batch_norm_epsilon, ==, 0.001);
  g_assert_cmpfloat (recipe->dropout_rate, ==, 0.25);
  g_assert_cmpint (recipe->loss, ==, FACET_LOSS_MSE);
  g_assert_cmpfloat (recipe->learning_rate, ==, 0.0005);
  g_assert_cmpint (recipe->batch, ==, 32);
  g_assert_cmpint (recipe->epochs, ==, 200);
  g_assert_cmpfloat (recipe->face_weight, ==, 1);
  g_assert_cmpstr (recipe->licence, ==, "");
}

static void
errors_name_key_value_and_what_is_allowed (void)
{
  static const struct
  {
    const gchar *key;
    const gchar *line;
    const gchar *words;
  } cases[] = {
    { "z_dim", "", "z_dim|lacks|1 to 512" },
    { "z_dim", "z_dim = 0", "z_dim|“0”|1 to 512" },
    { "z_dim", "z_dim = 513", "z_dim|“513”|1 to 512" },
    { "z_dim", "z_dim = 5;6", "z_dim|“5;6”" },
    { "z_dim", "z_dim = 5.0", "z_dim|“5.0”" },
    { "z_dim", "z_dim = 99999999999999999999", "z_dim|99999999999999999999" },
    { "name", "name =", "name" },
    { "kind", "kind = GAN", "kind|GAN|AE or VAE" },
    { "input_dim", "input_dim = 8;8", "input_dim|“8;8”|height;width;channels" },
    { "input_dim", "input_dim = 8;8;2", "input_dim|1 or 3 channels" },
    { "input_dim", "input_dim = 8;1024;3", "input_dim|512" },
    { "input_dim", "input_dim = 8;8;3;1", "input_dim" },
    { "encoder_conv_filters", "encoder_conv_filters = 4;-6",
      "encoder_conv_filters|-6|from 1" },
    { "encoder_conv_filters",
      "encoder_conv_filters =", "encoder_conv_filters|1 to 16" },
    { "encoder_conv_filters",
      "encoder_conv_filters = 1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1",
      "encoder_conv_filters|1 to 16" },
    { "encoder_conv_kernel_size", "encoder_conv_kernel_size = 3;3;3",
      "encoder_conv_kernel_size|as many" },
    { "encoder_conv_strides", "encoder_conv_strides = 2",
      "encoder_conv_strides|as many" },
    { "encoder_conv_strides", "encoder_conv_strides = 2;;1",
      "encoder_conv_strides" },
    { "kind", "kind = AE\nuse_dropout = yes", "use_dropout|yes|true or false" },
    { "kind", "kind = AE\nleaky_relu_slope = nan",
      "leaky_relu_slope|nan|0 to 1" },
    { "kind", "kind = AE\ndropout_rate = 1", "dropout_rate|0 to 0.95" },
    { "kind", "kind = AE\norder = batch_norm", "order|activation;batch_norm" },
    { "kind", "kind = AE\nz_dims = 3", "unknown key|z_dims|z_dim" },
    { "kind", "kind = AE\nbatch = 32", "unknown key|batch" },
    { "decoder_conv_t_strides",
      "decoder_conv_t_strides = 1;2\n[training]\nlearning_rate = 0,1",
      "learning_rate|0,1" },
    { "decoder_conv_t_strides",
      "decoder_conv_t_strides = 1;2\n[training]\nloss = mae",
      "loss|mae|mse or book-vae or optimal-sigma" },
    { "decoder_conv_t_strides", "decoder_conv_t_strides = 1;2\n[train]\n",
      "unknown group|train" },
    { "name", "name = a\\q", "name" },
    { "name", "no key here", "not a recipe" },
    { "decoder_conv_t_filters", "decoder_conv_t_filters = 4;1", "8;8;1|8;8;3" },
    { "decoder_conv_t_strides", "decoder_conv_t_strides = 2;2",
      "16;16;3|8;8;3" },
    { "input_dim", "input_dim = 9;9;3", "10;10;3|9;9;3|divisible" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = with_line (small, cases[i].key, cases[i].line);

      assert_refused (text, cases[i].words);
    }
}

static void
a_layer_larger_than_memory_is_refused (void)
{
  g_autofree gchar *wide = with_line (small, "encoder_conv_filters",
                                      "encoder_conv_filters = 4;2048");
  g_autofree gchar *large = with_line (wide, "input_dim",
                                       "input_dim = 512;512;3");
  g_autofree gchar *stride =
      with_line (small, "decoder_conv_t_filters",
                 "decoder_conv_t_filters = 2;2;2;2;2;2;2;2;2;2;2;2;2;2;2;3");
  g_autofree gchar *kernel = with_line (
      stride, "decoder_conv_t_kernel_size",
      "decoder_conv_t_kernel_size = 1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1");
  g_autofree gchar *overflowing =
      with_line (kernel, "decoder_conv_t_strides",
                 "decoder_conv_t_strides = "
                 "16;16;16;16;16;16;16;16;16;16;16;16;16;16;16;16");

  assert_refused (large, "one layer|outputs|parameters");
  assert_refused (overflowing, "one layer|outputs|parameters");
}

static void
files_that_are_no_recipes_are_refused (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "large.recipe", NULL);
  g_autofree gchar *large = g_strnfill (100 * 1024, '#');
  g_autoptr (GError) error = NULL;

  g_assert_null (facet_recipe_load (folder, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  g_assert_null (facet_recipe_load (path, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_null (facet_recipe_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "large.recipe"));
  g_rmdir (folder);
}

static gint64
count_values (NnNetwork *network)
{
  gint64 n = 0;

  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    n += (gint64) nn_network_get_parameter (network, i)->n_values;
  return n;
}

static void
assert_counts (const gchar *name, gint64 encoder_count, gint64 decoder_count)
{
  g_autoptr (FacetRecipe) recipe = load_shipped (name);
  NnNetwork *encoder = facet_recipe_new_encoder (recipe, NULL);
  NnNetwork *decoder = facet_recipe_new_decoder (recipe, NULL);
  const NnShape shape =
      nn_network_get_shape (decoder, nn_network_get_n_layers (decoder) - 1);

  g_assert_cmpint (count_values (encoder), ==, encoder_count);
  g_assert_cmpint (count_values (decoder), ==, decoder_count);
  g_assert_cmpint (shape.height, ==, recipe->input_dim.height);
  g_assert_cmpint (shape.width, ==, recipe->input_dim.width);
  g_assert_cmpint (shape.channels, ==, recipe->input_dim.channels);
  nn_network_free (encoder);
  nn_network_free (decoder);
}

static void
networks_have_the_article_and_the_books_parameters (void)
{
  assert_counts ("digits.recipe", 98946, 102017);
  assert_counts ("faces-book.recipe", 1732944, 917123);
}

static void
assert_layers (const gchar *order, NnLayerKind second, NnLayerKind third)
{
  g_autofree gchar *line = g_strdup_printf (
      "kind = AE\nuse_batch_norm = true\nuse_dropout = true\norder = %s",
      order);
  g_autofree gchar *text = with_line (small, "kind", line);
  g_autoptr (FacetRecipe) recipe = facet_recipe_parse (text, -1, "s", NULL);
  const NnLayerKind encoder_kinds[] = { NN_CONV_2D, second,  third, NN_DROPOUT,
                                        NN_CONV_2D, second,  third, NN_DROPOUT,
                                        NN_RESHAPE, NN_DENSE };
  const NnLayerKind decoder_kinds[] = {
    NN_DENSE, NN_RESHAPE, NN_CONV_2D_TRANSPOSE, second,
    third,    NN_DROPOUT, NN_CONV_2D_TRANSPOSE, NN_SIGMOID
  };
  NnNetwork *encoder = facet_recipe_new_encoder (recipe, NULL);
  NnNetwork *decoder = facet_recipe_new_decoder (recipe, NULL);

  g_assert_cmpint (nn_network_get_n_layers (encoder), ==,
                   G_N_ELEMENTS (encoder_kinds));
  for (gsize i = 0; i < G_N_ELEMENTS (encoder_kinds); i++)
    g_assert_cmpint (nn_network_get_layer (encoder, (int) i)->kind, ==,
                     encoder_kinds[i]);
  g_assert_cmpint (nn_network_get_n_layers (decoder), ==,
                   G_N_ELEMENTS (decoder_kinds));
  for (gsize i = 0; i < G_N_ELEMENTS (decoder_kinds); i++)
    g_assert_cmpint (nn_network_get_layer (decoder, (int) i)->kind, ==,
                     decoder_kinds[i]);
  nn_network_free (encoder);
  nn_network_free (decoder);
}

static void
layers_follow_in_the_order_that_the_recipe_says (void)
{
  assert_layers ("activation;batch_norm", NN_LEAKY_RELU, NN_BATCH_NORM);
  assert_layers ("batch_norm;activation", NN_BATCH_NORM, NN_LEAKY_RELU);
}

static void
a_vae_encodes_means_and_log_variances (void)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_parse (small, -1, "s", NULL);
  NnNetwork *encoder = facet_recipe_new_encoder (recipe, NULL);
  const NnShape code =
      nn_network_get_shape (encoder, nn_network_get_n_layers (encoder) - 1);

  g_assert_cmpint (code.channels, ==, 10);
  nn_network_free (encoder);
}

static void
the_table_of_digits_is_keras_own (void)
{
  static const gchar expected[] =
#include "digits-summary.h"
      ;
  g_autoptr (FacetRecipe) recipe = load_shipped ("digits.recipe");
  g_autofree gchar *summary = facet_recipe_summary (recipe, NULL);

  g_assert_cmpstr (summary, ==, expected);
}

static void
the_book_table_has_its_totals_and_heads (void)
{
  static const gchar *lines[] = {
    "encoder_conv3 (Conv2D)       (None, 8, 8, 64)          36928     \n",
    "batch_normalization_3 (Batch (None, 8, 8, 64)          256       \n",
    "flatten (Flatten)            (None, 4096)              0         \n",
    "mu (Dense)                   (None, 200)               819400    \n",
    "log_var (Dense)              (None, 200)               819400    \n",
    "encoder_output (Lambda)      (None, 200)               0         \n",
    "Total params: 1,732,944\nTrainable params: 1,732,496\n"
    "Non-trainable params: 448\n",
    "decoder_input (InputLayer)   (None, 200)               0         \n",
    "dense (Dense)                (None, 4096)              823296    \n",
    "reshape (Reshape)            (None, 8, 8, 64)          0         \n",
    "decoder_conv_t3 (Conv2DTrans (None, 128, 128, 3)       867       \n",
    "Total params: 917,123\nTrainable params: 916,803\n"
    "Non-trainable params: 320\n",
  };
  g_autoptr (FacetRecipe) recipe = load_shipped ("faces-book.recipe");
  g_autofree gchar *summary = facet_recipe_summary (recipe, NULL);
  const gchar *at = summary;

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      at = strstr (at, lines[i]);
      if (! at)
        g_error ("not in the table, or not in this order: %s", lines[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/text_reads_back_as_the_same_recipe",
                   text_reads_back_as_the_same_recipe);
  g_test_add_func ("/recipe/odd_texts_and_numbers_survive",
                   odd_texts_and_numbers_survive);
  g_test_add_func ("/recipe/keys_left_out_are_the_articles",
                   keys_left_out_are_the_articles);
  g_test_add_func ("/recipe/errors_name_key_value_and_what_is_allowed",
                   errors_name_key_value_and_what_is_allowed);
  g_test_add_func ("/recipe/a_layer_larger_than_memory_is_refused",
                   a_layer_larger_than_memory_is_refused);
  g_test_add_func ("/recipe/files_that_are_no_recipes_are_refused",
                   files_that_are_no_recipes_are_refused);
  g_test_add_func ("/recipe/networks_have_the_article_and_the_books_parameters",
                   networks_have_the_article_and_the_books_parameters);
  g_test_add_func ("/recipe/layers_follow_in_the_order_that_the_recipe_says",
                   layers_follow_in_the_order_that_the_recipe_says);
  g_test_add_func ("/recipe/a_vae_encodes_means_and_log_variances",
                   a_vae_encodes_means_and_log_variances);
  g_test_add_func ("/recipe/the_table_of_digits_is_keras_own",
                   the_table_of_digits_is_keras_own);
  g_test_add_func ("/recipe/the_book_table_has_its_totals_and_heads",
                   the_book_table_has_its_totals_and_heads);
  return g_test_run ();
}
