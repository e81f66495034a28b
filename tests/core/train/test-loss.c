/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every loss's gradient is what moving each number a little shows it to be.
 */
#include <math.h>
#include <train/loop/facet-loss.h>

#define BATCH 3
#define SIDE 8
#define CHANNELS 3
#define CROP (SIDE * SIDE * CHANNELS)
#define Z_DIM 4
#define STEP 1e-3f

typedef struct
{
  FacetRecipe recipe;
  gfloat *weights;
  gfloat crop[BATCH * CROP];
  gfloat decode[BATCH * CROP];
  gfloat statistics[BATCH * 2 * Z_DIM];
} Case;

static void
fill (gfloat *values, gint n, guint64 seed, gfloat low, gfloat high)
{
  for (gint i = 0; i < n; i++)
    values[i] = low + (high - low) * nn_random_uniform (seed, (guint64) i);
}

static void
case_init (Case *test, FacetKind kind, FacetLoss loss)
{
  test->recipe = (FacetRecipe) { .kind = kind,
                                 .input_dim = { SIDE, SIDE, CHANNELS },
                                 .z_dim = Z_DIM,
                                 .loss = loss,
                                 .reconstruction_weight = 100,
                                 .divergence_weight = 0.7,
                                 .face_weight = 3 };
  test->weights = facet_loss_new_weights (&test->recipe);
  fill (test->crop, BATCH * CROP, 1, 0, 1);
  fill (test->decode, BATCH * CROP, 2, 0, 1);
  fill (test->statistics, BATCH * 2 * Z_DIM, 3, -1, 1);
}

static gdouble
total (const Case *test)
{
  return facet_loss_total (&test->recipe,
                           facet_loss_squared_error (&test->recipe,
                                                     test->weights, BATCH,
                                                     test->crop, test->decode),
                           facet_loss_divergence (&test->recipe, BATCH,
                                                  test->statistics));
}

static void
gradient_by_the_decode_is_numeric (gconstpointer loss)
{
  Case test;
  gfloat gradient[BATCH * CROP];

  case_init (&test, FACET_KIND_VAE, (FacetLoss) GPOINTER_TO_INT (loss));
  facet_loss_decode_gradient (&test.recipe, test.weights, BATCH, test.crop,
                              test.decode,
                              facet_loss_squared_error (&test.recipe,
                                                        test.weights, BATCH,
                                                        test.crop, test.decode),
                              gradient);
  for (gint i = 0; i < BATCH * CROP; i += 7)
    {
      const gfloat before = test.decode[i];
      gdouble more, less, numeric;

      test.decode[i] = before + STEP;
      more = total (&test);
      test.decode[i] = before - STEP;
      less = total (&test);
      test.decode[i] = before;
      numeric = (more - less) / (2 * STEP);
      g_assert_cmpfloat_with_epsilon (gradient[i], numeric,
                                      1e-5 + 2e-3 * fabs (numeric));
    }
  g_free (test.weights);
}

/* The code's part of the loss is taken to be a fixed sum of the code. */
static gdouble
total_by_code (const Case *test, const gfloat *code_gradient, guint64 seed)
{
  gfloat code[BATCH * Z_DIM];
  gdouble sum = facet_loss_total (&test->recipe, 0.01,
                                  facet_loss_divergence (&test->recipe, BATCH,
                                                         test->statistics));

  facet_loss_sample_code (&test->recipe, BATCH, test->statistics, seed, code);
  for (gint i = 0; i < BATCH * Z_DIM; i++)
    sum += (gdouble) code_gradient[i] * code[i];
  return sum;
}

static void
gradient_by_the_statistics_is_numeric (gconstpointer loss)
{
  Case test;
  gfloat code_gradient[BATCH * Z_DIM];
  gfloat gradient[BATCH * 2 * Z_DIM];

  case_init (&test, FACET_KIND_VAE, (FacetLoss) GPOINTER_TO_INT (loss));
  fill (code_gradient, BATCH * Z_DIM, 4, -1, 1);
  facet_loss_code_gradient (&test.recipe, BATCH, test.statistics, 99,
                            code_gradient, gradient);
  for (gint i = 0; i < BATCH * 2 * Z_DIM; i++)
    {
      const gfloat before = test.statistics[i];
      gdouble more, less, numeric;

      test.statistics[i] = before + STEP;
      more = total_by_code (&test, code_gradient, 99);
      test.statistics[i] = before - STEP;
      less = total_by_code (&test, code_gradient, 99);
      test.statistics[i] = before;
      numeric = (more - less) / (2 * STEP);
      g_assert_cmpfloat_with_epsilon (gradient[i], numeric,
                                      2e-3 + 2e-3 * fabs (numeric));
    }
  g_free (test.weights);
}

static void
code_of_an_autoencoder_is_its_statistics (void)
{
  Case test;
  gfloat code[BATCH * Z_DIM];
  gfloat gradient[BATCH * Z_DIM];

  case_init (&test, FACET_KIND_AE, FACET_LOSS_MSE);
  facet_loss_sample_code (&test.recipe, BATCH, test.statistics, 1, code);
  g_assert_cmpmem (code, sizeof code, test.statistics, sizeof code);
  facet_loss_code_gradient (&test.recipe, BATCH, test.statistics, 1, code,
                            gradient);
  g_assert_cmpmem (code, sizeof code, gradient, sizeof gradient);
  g_free (test.weights);
}

static void
weights_favour_the_face_and_have_mean_one (void)
{
  const FacetRecipe recipe = { .input_dim = { 64, 64, 3 }, .face_weight = 5 };
  g_autofree gfloat *weights = facet_loss_new_weights (&recipe);
  gdouble sum = 0;

  for (gint i = 0; i < 64 * 64; i++)
    sum += weights[i];
  g_assert_cmpfloat_with_epsilon (sum / (64 * 64), 1.0, 1e-5);
  g_assert_cmpfloat_with_epsilon (weights[35 * 64 + 32], 5 * weights[0], 1e-5);
  g_assert_true (facet_loss_in_face (recipe.input_dim, 32, 35));
  g_assert_false (facet_loss_in_face (recipe.input_dim, 2, 35));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    FacetLoss loss;
  } losses[] = { { "mse", FACET_LOSS_MSE },
                 { "book-vae", FACET_LOSS_BOOK_VAE },
                 { "optimal-sigma", FACET_LOSS_OPTIMAL_SIGMA } };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (losses); i++)
    {
      g_autofree gchar *decode =
          g_strdup_printf ("/loss/gradient_by_the_decode_is_numeric/%s",
                           losses[i].name);
      g_autofree gchar *statistics =
          g_strdup_printf ("/loss/gradient_by_the_statistics_is_numeric/%s",
                           losses[i].name);

      g_test_add_data_func (decode, GINT_TO_POINTER (losses[i].loss),
                            gradient_by_the_decode_is_numeric);
      g_test_add_data_func (statistics, GINT_TO_POINTER (losses[i].loss),
                            gradient_by_the_statistics_is_numeric);
    }
  g_test_add_func ("/loss/code_of_an_autoencoder_is_its_statistics",
                   code_of_an_autoencoder_is_its_statistics);
  g_test_add_func ("/loss/weights_favour_the_face_and_have_mean_one",
                   weights_favour_the_face_and_have_mean_one);
  return g_test_run ();
}
