/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The losses' gradients are their derivatives.
 */
#include <math.h>
#include <string.h>
#include <train/finder/training/finder-loss.h>
#include "small-finder.h"

#define CELLS (FINDER_TILE_PX / FINDER_CELL_PX)
#define BATCH 2
#define N_COARSE (BATCH * CELLS * CELLS * FINDER_COARSE_N)
#define N_FINE (BATCH * FINDER_FINE_N)
#define STEP 1e-2f

static void
the_coarse_gradient_is_the_derivative (void)
{
  g_autoptr (FinderRecipe) recipe = small_finder_recipe ();
  const FinderTile tiles[BATCH] = { { 1, { { 30.0, 41.0, 14.0, 0.2 } } },
                                    { 0 } };
  static gfloat says[N_COARSE];
  static gfloat gradient[N_COARSE];
  static gfloat unused[N_COARSE];
  gint n_slopes = 0;

  for (gint i = 0; i < N_COARSE; i++)
    says[i] = nn_random_normal (1, (guint64) i);
  finder_loss_coarse (recipe, BATCH, tiles, says, gradient);
  for (gint i = 0; i < N_COARSE; i++)
    {
      const gfloat kept = says[i];
      gdouble difference;

      n_slopes += gradient[i] != 0.0f;
      if (i % 29 && (gradient[i] == 0.0f || i % FINDER_COARSE_N == 0))
        continue;
      says[i] = kept + STEP;
      difference = finder_loss_coarse (recipe, BATCH, tiles, says, unused);
      says[i] = kept - STEP;
      difference -= finder_loss_coarse (recipe, BATCH, tiles, says, unused);
      says[i] = kept;
      g_assert_cmpfloat_with_epsilon (difference / (2.0 * STEP), gradient[i],
                                      2e-3);
    }
  /* most places are asked to be no face, some where the face is */
  g_assert_cmpint (n_slopes, >, N_COARSE / FINDER_COARSE_N / 2);
}

typedef gdouble (*CropLoss) (gint batch,
                             const gfloat *targets,
                             const gfloat *says,
                             gfloat *gradient);

/* The gradient at random places goes to @gradient; the second of two crops
 * shows no face. */
static void
check_crop_loss (CropLoss crop_loss, gfloat *gradient)
{
  gfloat targets[N_FINE];
  gfloat says[N_FINE];
  gfloat unused[N_FINE];

  for (gint i = 0; i < N_FINE; i++)
    {
      says[i] = nn_random_normal (2, (guint64) i);
      targets[i] = 0.4f * nn_random_normal (3, (guint64) i);
    }
  targets[0] = 1.0f;
  targets[FINDER_FINE_N] = 0.0f;
  crop_loss (BATCH, targets, says, gradient);
  for (gint i = 0; i < N_FINE; i++)
    {
      const gfloat kept = says[i];
      gdouble difference;

      says[i] = kept + STEP;
      difference = crop_loss (BATCH, targets, says, unused);
      says[i] = kept - STEP;
      difference -= crop_loss (BATCH, targets, says, unused);
      says[i] = kept;
      g_assert_cmpfloat_with_epsilon (difference / (2.0 * STEP), gradient[i],
                                      0.05);
    }
}

static void
the_fine_gradient_is_the_derivative (void)
{
  gfloat gradient[N_FINE];

  check_crop_loss (finder_loss_fine, gradient);
  /* of what is no face only the logit counts */
  for (gint i = FINDER_FINE_N + 1; i < N_FINE; i++)
    g_assert_cmpfloat (gradient[i], ==, 0.0f);
}

static void
the_points_gradient_is_the_derivative (void)
{
  gfloat gradient[N_FINE];

  check_crop_loss (finder_loss_points, gradient);
  /* the logit is not asked for */
  for (gint i = 0; i < N_FINE; i += FINDER_FINE_N)
    g_assert_cmpfloat (gradient[i], ==, 0.0f);
}

static void
an_unknown_point_asks_for_nothing (void)
{
  gfloat targets[N_FINE] = { 0 };
  gfloat says[N_FINE];
  gfloat gradient[N_FINE];
  gdouble loss;

  for (gint i = 0; i < N_FINE; i++)
    says[i] = 1.0f;
  loss = finder_loss_points (BATCH, targets, says, gradient);
  targets[FINDER_FINE_POINTS + 3] = NAN;
  g_assert_cmpfloat (finder_loss_points (BATCH, targets, says, gradient), <,
                     loss);
  g_assert_cmpfloat (gradient[FINDER_FINE_POINTS + 3], ==, 0.0f);
  g_assert_cmpfloat (gradient[FINDER_FINE_POINTS + 4], >, 0.0f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/the_coarse_gradient_is_the_derivative",
                   the_coarse_gradient_is_the_derivative);
  g_test_add_func ("/finder/the_fine_gradient_is_the_derivative",
                   the_fine_gradient_is_the_derivative);
  g_test_add_func ("/finder/the_points_gradient_is_the_derivative",
                   the_points_gradient_is_the_derivative);
  g_test_add_func ("/finder/an_unknown_point_asks_for_nothing",
                   an_unknown_point_asks_for_nothing);
  return g_test_run ();
}
