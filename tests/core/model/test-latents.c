/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The latent space: its axes are those of numpy's principal component analysis,
 * and moving along them is exact where nothing moves.
 */
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <model/facet-model.h>
#include <model/latents/facet-eigen.h>
#include <string.h>
#include "pca-fixture.h"

static void
assert_near (const gfloat *values, const gfloat *expected, gint n)
{
  for (gint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i],
                                    1e-5 * (1 + fabs (expected[i])));
}

static void
fit_agrees_with_numpy (void)
{
  g_autoptr (FacetLatents)
      latents = facet_latents_new_fit (pca_codes, PCA_N, PCA_Z_DIM);

  g_assert_cmpint (latents->z_dim, ==, PCA_Z_DIM);
  g_assert_cmpint (latents->n_axes, ==, PCA_Z_DIM - 1);
  assert_near (latents->mean, pca_mean, PCA_Z_DIM);
  assert_near (latents->axes, pca_axes, PCA_Z_DIM * (PCA_Z_DIM - 1));
  assert_near (latents->sigma, pca_sigma, PCA_Z_DIM - 1);
  assert_near (latents->low, pca_low, PCA_Z_DIM - 1);
  assert_near (latents->high, pca_high, PCA_Z_DIM - 1);
}

static void
fit_is_the_same_at_any_thread_count (void)
{
  g_autoptr (FacetLatents) one = NULL;
  g_autoptr (FacetLatents) three = NULL;

  nn_set_threads (1);
  one = facet_latents_new_fit (pca_codes, PCA_N, PCA_Z_DIM);
  nn_set_threads (3);
  three = facet_latents_new_fit (pca_codes, PCA_N, PCA_Z_DIM);
  nn_set_threads (0);
  g_assert_cmpmem (one->axes, sizeof pca_axes, three->axes, sizeof pca_axes);
  g_assert_cmpmem (one->sigma, sizeof pca_sigma, three->sigma,
                   sizeof pca_sigma);
}

static void
codes_that_do_not_vary_give_the_identity (void)
{
  const gfloat same[] = { 3, -4, 3, -4, 3, -4 };
  const gfloat damaged[] = { 3, NAN, 2, 1 };
  g_autoptr (FacetLatents) constant = facet_latents_new_fit (same, 3, 2);
  g_autoptr (FacetLatents) single = facet_latents_new_fit (same, 1, 2);
  g_autoptr (FacetLatents) none = facet_latents_new_fit (same, 0, 2);
  g_autoptr (FacetLatents) nan = facet_latents_new_fit (damaged, 2, 2);
  FacetLatents *all[] = { constant, single, none, nan };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      const gfloat identity[] = { 1, 0, 0, 1 };

      g_assert_cmpint (all[i]->n_axes, ==, 2);
      g_assert_cmpmem (all[i]->axes, sizeof identity, identity,
                       sizeof identity);
      g_assert_cmpfloat (all[i]->sigma[1], ==, 1);
      g_assert_true (isfinite (all[i]->mean[0]));
    }
  g_assert_cmpfloat (constant->mean[1], ==, -4);
}

static gdouble
symmetric_element (gint i, gint j)
{
  return nn_random_normal (3, (guint64) MIN (i, j) * 1000 + MAX (i, j));
}

/* A vᵢ = λᵢ vᵢ, and the vectors are orthonormal. */
static void
assert_eigen (gint n, const gdouble *matrix)
{
  const gsize square = (gsize) n * n;
  g_autofree gdouble *work = g_memdup2 (matrix, square * sizeof (gdouble));
  g_autofree gdouble *values = g_new (gdouble, n);
  g_autofree gdouble *vectors = g_new (gdouble, square);
  gdouble size = 0;

  for (gsize i = 0; i < square; i++)
    size = MAX (size, fabs (matrix[i]));
  facet_eigen_symmetric (n, work, values, vectors);
  for (gint i = 0; i < n; i++)
    {
      const gdouble *v = vectors + (gsize) i * n;

      for (gint row = 0; row < n; row++)
        {
          gdouble product = 0;
          gdouble inner = 0;

          for (gint k = 0; k < n; k++)
            {
              product += matrix[(gsize) row * n + k] * v[k];
              inner += vectors[(gsize) row * n + k] * v[k];
            }
          g_assert_cmpfloat_with_epsilon (product, values[i] * v[row],
                                          1e-12 * (size + 1e-300) * n);
          g_assert_cmpfloat_with_epsilon (inner, row == i, 1e-12);
        }
      g_assert_true (i == 0 || values[i - 1] >= values[i]);
    }
}

static void
eigenvectors_are_exact_for_easy_and_hard_matrices (void)
{
  const gint sizes[] = { 1, 2, 3, 7, 40, 130 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      const gint n = sizes[s];
      g_autofree gdouble *matrix = g_new0 (gdouble, (gsize) n * n);

      assert_eigen (n, matrix); /* zero */
      for (gint i = 0; i < n; i++)
        matrix[i * n + i] = 2;
      assert_eigen (n, matrix); /* one value n times */
      for (gint i = 0; i < n * n; i++)
        matrix[i] = 1;
      assert_eigen (n, matrix); /* of rank one */
      for (gint i = 0; i < n; i++)
        for (gint j = 0; j < n; j++)
          matrix[i * n + j] = symmetric_element (i, j);
      assert_eigen (n, matrix);
      for (gint i = 0; i < n; i++)
        for (gint j = 0; j < n; j++)
          matrix[i * n + j] *= pow (10, -(gdouble) (i + j) / 4);
      assert_eigen (n, matrix); /* graded over many powers of ten */
    }
}

/* --- moving -----------------------------------------------------------------
 */

static FacetLatents *
new_example (void)
{
  FacetLatents *latents = facet_latents_new_fit (pca_codes, PCA_N, PCA_Z_DIM);
  g_autofree gfloat *smile = g_new0 (gfloat, PCA_Z_DIM);

  for (gint z = 0; z < PCA_Z_DIM; z++)
    smile[z] = 0.5f * latents->sigma[0] * latents->axes[z] -
               2.0f * latents->sigma[2] * latents->axes[2 * PCA_Z_DIM + z];
  facet_latents_append_direction (latents, "smile", "Smile", NULL, -2, 4,
                                  smile);
  return latents;
}

static void
zero_is_identity (void)
{
  g_autoptr (FacetLatents) latents = new_example ();
  const gfloat origin[PCA_Z_DIM] = { 1e-30f, -0.0f, 3, 1e30f, -7.7f, 0.1f };
  const gdouble zeros[PCA_Z_DIM - 1] = { 0, -0.0 };
  gfloat code[PCA_Z_DIM];

  facet_latents_move (latents, origin, zeros, PCA_Z_DIM - 1, code);
  g_assert_cmpmem (code, sizeof code, origin, sizeof origin);
  facet_latents_move (latents, origin, NULL, 0, code);
  g_assert_cmpmem (code, sizeof code, origin, sizeof origin);
}

static void
offsets_are_sigmas_along_the_axes (void)
{
  g_autoptr (FacetLatents) latents = new_example ();
  const gdouble offsets[] = { 0, 1.5 };
  gfloat code[PCA_Z_DIM], in_place[PCA_Z_DIM];

  facet_latents_move (latents, pca_codes, offsets, 2, code);
  for (gint z = 0; z < PCA_Z_DIM; z++)
    g_assert_cmpfloat_with_epsilon (code[z],
                                    pca_codes[z] + 1.5 * pca_sigma[1] *
                                                       pca_axes[PCA_Z_DIM + z],
                                    1e-5);
  memcpy (in_place, pca_codes, sizeof in_place);
  facet_latents_move (latents, in_place, offsets, 2, in_place);
  g_assert_cmpmem (in_place, sizeof in_place, code, sizeof code);
}

static void
settings_name_directions_and_components (void)
{
  g_autoptr (FacetLatents) latents = new_example ();
  gdouble offsets[PCA_Z_DIM - 1] = { 1, 1, 1, 1, 1 };
  g_autoptr (GError) error = NULL;

  g_assert_true (facet_latents_parse (
      latents, " smile=2, 3=-2.5\t1=+.5\n5=1e-1,,smile=-1 ", offsets, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (offsets[0], 1 + 0.5 + 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (offsets[1], 1, 1e-6);
  g_assert_cmpfloat_with_epsilon (offsets[2], 1 - 2.5 - 2.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (offsets[3], 1, 1e-6);
  g_assert_cmpfloat_with_epsilon (offsets[4], 1.1, 1e-6);
  g_assert_true (facet_latents_parse (latents, "", offsets, &error));
}

static void
settings_do_not_depend_on_the_locale (void)
{
  g_autoptr (FacetLatents) latents = new_example ();
  gdouble offsets[PCA_Z_DIM - 1] = { 0 };
  const gchar *names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8" };
  const gchar *set = NULL;

  for (gsize i = 0; ! set && i < G_N_ELEMENTS (names); i++)
    set = setlocale (LC_NUMERIC, names[i]);
  if (! set)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  g_assert_true (facet_latents_parse (latents, "2=1.5", offsets, NULL));
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpfloat (offsets[1], ==, 1.5);
}

static void
wrong_settings_are_named_and_change_nothing (void)
{
  static const struct
  {
    const gchar *settings;
    const gchar *word;
    const gchar *allowed;
  } cases[] = {
    { "1=1 frown=2", "frown=2", "smile" },
    { "1=1 Smile=2", "Smile=2", "smile" },
    { "0=1", "0=1", "1…5" },
    { "6=1", "6=1", "1…5" },
    { "1.5=1", "1.5=1", "1…5" },
    { "-1=1", "-1=1", "1…5" },
    { "2=1 smile", "smile", "NAME=VALUE" },
    { "=1", "=1", "NAME=VALUE" },
    { "smile=4.1", "smile=4.1", "-2 to 4" },
    { "smile=-2.1", "smile=-2.1", "-2 to 4" },
    { "smile=", "smile=", "-2 to 4" },
    { "smile=1x", "smile=1x", "-2 to 4" },
    { "1=nan", "1=nan", "-10 to 10" },
    { "1=inf", "1=inf", "-10 to 10" },
    { "1=10.5", "1=10.5", "-10 to 10" },
    { "1=1=1", "1=1=1", "-10 to 10" },
  };
  g_autoptr (FacetLatents) latents = new_example ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gdouble offsets[PCA_Z_DIM - 1] = { 7, 7, 7, 7, 7 };
      g_autoptr (GError) error = NULL;

      g_assert_false (
          facet_latents_parse (latents, cases[i].settings, offsets, &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_nonnull (strstr (error->message, cases[i].allowed));
      for (gint axis = 0; axis < PCA_Z_DIM - 1; axis++)
        g_assert_cmpfloat (offsets[axis], ==, 7);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/latents/fit_agrees_with_numpy", fit_agrees_with_numpy);
  g_test_add_func ("/latents/fit_is_the_same_at_any_thread_count",
                   fit_is_the_same_at_any_thread_count);
  g_test_add_func ("/latents/codes_that_do_not_vary_give_the_identity",
                   codes_that_do_not_vary_give_the_identity);
  g_test_add_func ("/latents/eigenvectors_are_exact_for_easy_and_hard_matrices",
                   eigenvectors_are_exact_for_easy_and_hard_matrices);
  g_test_add_func ("/latents/zero_is_identity", zero_is_identity);
  g_test_add_func ("/latents/offsets_are_sigmas_along_the_axes",
                   offsets_are_sigmas_along_the_axes);
  g_test_add_func ("/latents/settings_name_directions_and_components",
                   settings_name_directions_and_components);
  g_test_add_func ("/latents/settings_do_not_depend_on_the_locale",
                   settings_do_not_depend_on_the_locale);
  g_test_add_func ("/latents/wrong_settings_are_named_and_change_nothing",
                   wrong_settings_are_named_and_change_nothing);
  return g_test_run ();
}
