/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the finder's recipe and weights file promise.
 */
#include <face/finder/facet-finder.h>
#include <face/finder/networks/finder-weights.h>
#include <glib/gstdio.h>
#include <model/facet-recipe.h>
#include <string.h>
#include "small-finder.h"

static void
a_recipe_read_back_is_the_same (void)
{
  g_autoptr (FinderRecipe) recipe = small_finder_recipe ();
  g_autofree gchar *text = finder_recipe_to_text (recipe);
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderRecipe)
      again = finder_recipe_parse (text, -1, "again", &error);
  g_autofree gchar *text_again = NULL;

  g_assert_no_error (error);
  text_again = finder_recipe_to_text (again);
  g_assert_cmpstr (text, ==, text_again);
}

static void
a_wrong_recipe_is_an_error_that_names_the_key (void)
{
  const struct
  {
    const gchar *from;
    const gchar *to;
    const gchar *key;
  } wrong[] = {
    { "fine_side = 16", "fine_side = 1e9", "fine_side" },
    { "fine_side = 16", "", "fine_side" },
    { "coarse_strides = 2;2", "coarse_strides = 2;1", "coarse_strides" },
    { "coarse_strides = 2;2", "coarse_strides = 2;2;2", "coarse_strides" },
    { "coarse_filters = 4;4", "coarse_filters = 4;-4", "coarse_filters" },
    { "threshold = 0.5\n", "threshold = nan\n", "threshold" },
    { "name = small", "", "name" },
    { "[finder]", "[", "recipe" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GString) text = g_string_new (SMALL_FINDER);
      g_autoptr (GError) error = NULL;
      guint n = g_string_replace (text, wrong[i].from, wrong[i].to, 0);
      FinderRecipe *recipe = finder_recipe_parse (text->str, -1, "wrong",
                                                  &error);

      g_assert_cmpuint (n, >, 0);
      g_assert_null (recipe);
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE);
      g_assert_nonnull (strstr (error->message, wrong[i].key));
    }
}

static void
saved_weights_load_again (void)
{
  g_autoptr (FinderWeights)
      weights = finder_weights_new (small_finder_recipe (), 3);
  g_autofree gchar *path = small_finder_path ();
  g_autoptr (FinderWeights) loaded = NULL;
  g_autoptr (GError) error = NULL;
  const gint last = nn_network_get_n_parameters (weights->fine) - 1;
  NnParameter *bias = nn_network_get_parameter (weights->fine, last);

  bias->value[2] = 0.123f;
  g_assert_true (finder_weights_save (weights, path, &error));
  loaded = finder_weights_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (nn_network_get_parameter (loaded->fine, last)->value[2],
                     ==, 0.123f);
  g_unlink (path);
}

/* Every prefix of a file, and every file with one byte changed, is loaded or
 * refused, and never crashes. */
static void
damaged_weights_are_errors (void)
{
  g_autoptr (FinderWeights)
      weights = finder_weights_new (small_finder_recipe (), 3);
  g_autofree gchar *path = small_finder_path ();
  g_autofree gchar *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  gint n_refused = 0;

  g_assert_true (finder_weights_save (weights, path, &error));
  g_assert_true (g_file_get_contents (path, &bytes, &length, &error));
  for (gsize cut = 0; cut < length; cut += 97)
    {
      g_autoptr (GError) refused = NULL;

      g_file_set_contents (path, bytes, (gssize) cut, NULL);
      g_assert_null (facet_finder_load (path, &refused));
      g_assert_nonnull (refused);
    }
  for (gsize place = 0; place < length; place += 61)
    {
      const gchar kept = bytes[place];
      FacetFinder *finder;

      bytes[place] ^= 0x15;
      g_file_set_contents (path, bytes, (gssize) length, NULL);
      finder = facet_finder_load (path, NULL);
      n_refused += finder == NULL;
      facet_finder_unref (finder);
      bytes[place] = kept;
    }
  g_assert_cmpint (n_refused, >, 0);
  g_unlink (path);
}

static void
what_is_no_finder_is_an_error (void)
{
  g_autofree gchar *path = small_finder_path ();
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) wrong = NULL;

  g_assert_null (facet_finder_load ("no such finder", &missing));
  g_assert_error (missing, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND);
  g_file_set_contents (path, SMALL_FINDER, -1, NULL);
  g_assert_null (facet_finder_load (path, &wrong));
  g_assert_error (wrong, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/a_recipe_read_back_is_the_same",
                   a_recipe_read_back_is_the_same);
  g_test_add_func ("/finder/a_wrong_recipe_is_an_error_that_names_the_key",
                   a_wrong_recipe_is_an_error_that_names_the_key);
  g_test_add_func ("/finder/saved_weights_load_again",
                   saved_weights_load_again);
  g_test_add_func ("/finder/damaged_weights_are_errors",
                   damaged_weights_are_errors);
  g_test_add_func ("/finder/what_is_no_finder_is_an_error",
                   what_is_no_finder_is_an_error);
  return g_test_run ();
}
