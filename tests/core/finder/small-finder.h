/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A finder small enough to be trained and written within a test.
 */
#pragma once

#include <face/finder/networks/finder-recipe.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define SMALL_FINDER                                                           \
  "[finder]\nname = small\ncoarse_smallest = 10\ncoarse_filters = 4;4\n"       \
  "coarse_strides = 2;2\ncoarse_threshold = 0.2\nfine_side = 16\n"             \
  "fine_span = 1.8\nfine_filters = 4;8\nfine_strides = 2;2\nfine_units = 8\n"  \
  "points_side = 16\npoints_span = 1.4\npoints_filters = 4;8\n"             \
  "points_strides = 2;2\npoints_units = 8\n"                                 \
  "fine_threshold = 0.2\nthreshold = 0.5\n[training]\ncoarse_steps = 110\n"    \
  "coarse_batch = 2\nfine_steps = 220\nfine_batch = 8\npoints_steps = 110\n" \
  "bent_steps = 110\nbent_by = 0.1\nlearning_rate = 0.002\n"

static inline FinderRecipe *
small_finder_recipe (void)
{
  GError *error = NULL;
  FinderRecipe *recipe = finder_recipe_parse (SMALL_FINDER, -1, "small",
                                              &error);

  g_assert_no_error (error);
  return recipe;
}

/* A name for a file that is not there yet. */
static inline gchar *
small_finder_path (void)
{
  gchar *path = NULL;
  gint file = g_file_open_tmp ("finder-XXXXXX.safetensors", &path, NULL);

  g_assert_cmpint (file, >=, 0);
  close (file);
  return path;
}
