/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet show: the article's and the book's numbers, and what a model is.
 */
#include <cli/commands.h>
#include <glib/gstdio.h>
#include <model/facet-model.h>
#include <string.h>
#include <sys/wait.h>

static const gchar *program, *source_root;

static gchar *
in_weights (const gchar *name)
{
  return g_build_filename (source_root, "weights", name, NULL);
}

static int
show (const gchar *argument, gchar **output, gchar **errors)
{
  const gchar *arguments[] = { program, "show", argument, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (gchar **) arguments, NULL, 0, NULL, NULL, output, errors,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
assert_shows (const gchar *file, const gchar *const *texts)
{
  g_autofree gchar *output = NULL;
  const gchar *at;

  g_assert_cmpint (show (file, &output, NULL), ==, EXIT_DONE);
  at = output;
  for (; *texts; texts++)
    {
      at = strstr (at, *texts);
      if (! at)
        g_error ("“%s” is not shown, or not in its place", *texts);
    }
}

static void
recipes_show_the_article_and_the_books_totals (void)
{
  g_autofree gchar *digits = in_weights ("digits.recipe");
  g_autofree gchar *book = in_weights ("faces-book.recipe");
  const gchar *digits_totals[] = { "Total params: 98,946",
                                   "Total params: 102,017", NULL };
  const gchar *book_totals[] = { "Total params: 1,732,944",
                                 "Total params: 917,123", NULL };

  assert_shows (digits, digits_totals);
  assert_shows (book, book_totals);
}

static void
a_model_shows_all_that_it_holds (void)
{
  const gchar *texts[] = { "encoder_conv3 (Conv2D)",
                           "Total params: 98,946",
                           "Total params: 102,017",
                           "2 dimensions",
                           "smile",
                           "-2 … 3.5",
                           "Smile: a unit",
                           "Handwritten digits",
                           "GPL-3.0-or-later",
                           "data: none",
                           NULL };
  const gfloat vector[] = { 1, 0 };
  g_autofree gchar *digits = in_weights ("digits.recipe");
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "odd name", NULL);
  g_autoptr (FacetRecipe) recipe = facet_recipe_load (digits, NULL);
  g_autoptr (FacetModel) model = facet_model_new (recipe, 1, NULL);

  facet_latents_append_direction (facet_model_get_latents (model), "smile",
                                  "Smile", "a unit", -2, 3.5, vector);
  facet_model_set_note (model, "data", "none");
  g_assert_true (facet_model_save (model, path, NULL));
  assert_shows (path, texts);
  g_unlink (path);
  g_rmdir (folder);
}

static void
what_cannot_be_shown_is_one_line_on_stderr (void)
{
  g_autofree gchar *photo = g_build_filename (source_root, "tests", "data",
                                              "astronaut.png", NULL);
  const gchar *names[] = { photo, source_root, "/nowhere", "",
                           "nowhere.recipe" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree gchar *output = NULL;
      g_autofree gchar *errors = NULL;

      g_assert_cmpint (show (names[i], &output, &errors), ==, EXIT_FAILED);
      g_assert_cmpstr (output, ==, "");
      g_assert_true (g_str_has_prefix (errors, "facet show: "));
      g_assert_nonnull (strstr (errors, names[i]));
      g_assert_true (strchr (errors, '\n') == errors + strlen (errors) - 1);
    }
}

static void
wrong_usage_is_another_exit_status (void)
{
  const gchar *arguments[] = { NULL, "--colour" };

  for (gsize i = 0; i < G_N_ELEMENTS (arguments); i++)
    {
      g_autofree gchar *errors = NULL;

      g_assert_cmpint (show (arguments[i], NULL, &errors), ==, EXIT_USAGE);
      g_assert_true (g_str_has_prefix (errors, "facet show: "));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  program = argv[1];
  source_root = argv[2];
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_func ("/show/recipes_show_the_article_and_the_books_totals",
                   recipes_show_the_article_and_the_books_totals);
  g_test_add_func ("/show/a_model_shows_all_that_it_holds",
                   a_model_shows_all_that_it_holds);
  g_test_add_func ("/show/what_cannot_be_shown_is_one_line_on_stderr",
                   what_cannot_be_shown_is_one_line_on_stderr);
  g_test_add_func ("/show/wrong_usage_is_another_exit_status",
                   wrong_usage_is_another_exit_status);
  return g_test_run ();
}
