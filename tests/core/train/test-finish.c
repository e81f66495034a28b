/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Readers and finishes: they learn, they leave alone what they must, and they
 * give the same weights whatever the threads and however often they stopped.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <train/autoencoder/facet-latent-fit.h>
#include <train/data/facet-augment.h>
#include <train/finish/facet-finisher.h>
#include <train/finish/losses/facet-detail-loss.h>
#include <train/finish/losses/facet-discriminator-push.h>
#include <train/finish/losses/facet-discriminator.h>
#include <train/finish/losses/facet-finish-error.h>
#include <train/finish/losses/facet-pattern-loss.h>
#include <train/loop/facet-loss.h>
#include <train/reader/facet-reader-trainer.h>
#include <unistd.h>
#include "dots.h"

static const gchar reader_text[] = "[reader]\n"
                                   "name = tiny-reader\n"
                                   "attributes = brightness\n"
                                   "input_dim = 8;8;1\n"
                                   "conv_filters = 4;4\n"
                                   "conv_kernel_size = 3;3\n"
                                   "conv_strides = 2;1\n"
                                   "[training]\n"
                                   "learning_rate = 0.01\n"
                                   "batch = 8\n"
                                   "epochs = 60\n";

static const gchar finish_text[] = "[finish]\n"
                                   "discriminator_conv_filters = 4;8\n"
                                   "sharp = 0.5\n"
                                   "detail = 0.5\n"
                                   "detail_gain = 1\n"
                                   "lit_detail = 0.5\n"
                                   "beside = 1\n"
                                   "pattern = 5\n"
                                   "reader = 0.3\n"
                                   "learning_rate = 0.0002\n"
                                   "lead = 1\n"
                                   "weight_average = 0.99\n"
                                   "batch = 8\n"
                                   "epochs = 2\n";

static gchar *
new_path (void)
{
  return g_strdup_printf ("%s/facet-test-%d-%08x", g_get_tmp_dir (),
                          (gint) getpid (), g_random_int ());
}

static guint64
fingerprint (NnNetwork *network)
{
  guint64 hash = 14695981039346656037u;

  for (gint i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);
      const guint8 *bytes = (const guint8 *) parameter->value;

      for (gsize b = 0; b < parameter->n_values * sizeof (gfloat); b++)
        hash = (hash ^ bytes[b]) * 1099511628211u;
    }
  return hash;
}

/* @words are parted by |. */
static void
assert_says (const GError *error, const gchar *words)
{
  g_auto (GStrv) all = g_strsplit (words, "|", -1);

  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE);
  for (gchar **word = all; *word; word++)
    if (! strstr (error->message, *word))
      g_error ("“%s” does not say “%s”", error->message, *word);
}

/* --- readers ------------------------------------------------------------- */

static FacetReader *
train_reader (const FacetData *data)
{
  g_autoptr (GError) error = NULL;
  FacetReader *reader = facet_reader_new (reader_text, "test", 1, &error);
  g_autoptr (FacetReaderTrainer) trainer = NULL;

  g_assert_no_error (error);
  trainer = facet_reader_trainer_new (reader, data, 1, &error);
  g_assert_no_error (error);
  g_assert_true (facet_reader_trainer_run (trainer, NULL, NULL, NULL, &error));
  return reader;
}

static void
reader_learns_what_it_is_shown (void)
{
  g_autoptr (FacetData) data = new_dots (8);
  g_autoptr (FacetReader) reader = train_reader (data);
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_VALIDATION);
  gdouble explained;

  facet_reader_measure (reader, data, photos, &explained);
  g_assert_cmpfloat (explained, >, 0.8);
}

static void
reader_file_reads_back (void)
{
  g_autoptr (FacetData) data = new_dots (8);
  g_autoptr (FacetReader) reader = train_reader (data);
  g_autoptr (FacetReader) again = NULL;
  g_autofree gchar *path = new_path ();
  g_autoptr (GError) error = NULL;

  g_assert_true (facet_reader_save (reader, path, &error));
  again = facet_reader_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmphex (fingerprint (again->network), ==,
                   fingerprint (reader->network));
  g_assert_cmpfloat (again->mean[0], ==, reader->mean[0]);
  g_assert_true (g_file_set_contents (path, "nonsense", -1, NULL));
  g_assert_null (facet_reader_load (path, &error));
  g_assert_nonnull (error);
  g_remove (path);
}

static void
reader_recipe_says_what_is_wrong (void)
{
  const struct
  {
    const gchar *from;
    const gchar *to;
    const gchar *words; /* all that the error says */
  } wrong[] = {
    { "conv_filters = 4;4", "conv_filters = 4;-4",
      "test|“conv_filters” in [reader]|4;-4|from 1 to" },
    { "conv_strides = 2;1", "conv_strides = 2",
      "“conv_strides” in [reader]|as many" },
    { "input_dim = 8;8;1\n", "", "[reader] lacks the key “input_dim”" },
    { "attributes = brightness\n", "", "[reader] lacks the key “attributes”" },
    { "attributes = brightness", "attributes = ;",
      "“attributes” in [reader]|1 to" },
    { "attributes = brightness", "attributes = beauty", "test|beauty|smile" },
    { "name =", "kind = AE\nname =", "unknown|kind|it may have: attributes" },
    { "name =", "encoder_conv_filters = 4;4\nname =",
      "unknown|encoder_conv_filters|conv_filters, conv_kernel_size" },
    { "batch = 8", "batch = 0", "“batch” in [training]" },
    { "[training]", "[finish]", "[finish]|it may have: [reader], [training]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GString) text = g_string_new (reader_text);
      g_autoptr (GError) error = NULL;
      const guint n = g_string_replace (text, wrong[i].from, wrong[i].to, 1);

      g_assert_cmpuint (n, ==, 1);
      g_assert_null (facet_reader_new (text->str, "test", 1, &error));
      assert_says (error, wrong[i].words);
    }
}

/* Which a model's recipe would not allow, for its decoder's sake. */
static void
reader_needs_no_decoder (void)
{
  g_autoptr (GString) text = g_string_new (reader_text);
  g_autoptr (FacetReader) reader = NULL;

  g_string_replace (text, "input_dim = 8;8;1", "input_dim = 7;7;1", 1);
  reader = facet_reader_new (text->str, "test", 1, NULL);
  g_assert_nonnull (reader);
  g_assert_cmpint (reader->recipe->z_dim, ==, 1);
  g_assert_cmpint (reader->recipe->encoder.n, ==, 2);
}

static void
shrinking_is_the_mean (void)
{
  g_autoptr (FacetReader)
      reader = facet_reader_new (reader_text, "test", 1, NULL);
  gfloat crop[SIDE * SIDE];
  gfloat small[64];

  for (gint i = 0; i < SIDE * SIDE; i++)
    crop[i] = (gfloat) i;
  facet_reader_shrink (reader, (NnShape) { SIDE, SIDE, 1 }, 1, crop, small);
  g_assert_cmpfloat (small[0], ==, (0 + 1 + 16 + 17) / 4.0f);
  g_assert_cmpfloat (small[63], ==, (238 + 239 + 254 + 255) / 4.0f);
  g_assert_false (facet_reader_fits (reader, (NnShape) { 12, 12, 1 }));
}

/* <shrunk crop, gradient> = <crop, spread gradient>, the second of two. */
static void
shrinking_and_spreading_are_adjoint (void)
{
  g_autoptr (FacetReader)
      reader = facet_reader_new (reader_text, "test", 1, NULL);
  const NnShape shape = { SIDE, SIDE, 1 };
  gfloat crops[2 * SIDE * SIDE];
  gfloat small[2 * 64];
  gfloat by_small[2 * 64];
  gfloat by_crops[2 * SIDE * SIDE];
  gdouble forward = 0, backward = 0;

  for (guint64 i = 0; i < 2 * SIDE * SIDE; i++)
    crops[i] = nn_random_normal (1, i);
  for (guint64 i = 0; i < 2 * 64; i++)
    by_small[i] = nn_random_normal (2, i);
  facet_reader_shrink (reader, shape, 2, crops, small);
  facet_reader_spread (reader, shape, 2, by_small, by_crops);
  for (gint i = 64; i < 2 * 64; i++)
    forward += (gdouble) small[i] * by_small[i];
  for (gint i = SIDE * SIDE; i < 2 * SIDE * SIDE; i++)
    backward += (gdouble) crops[i] * by_crops[i];
  g_assert_cmpfloat_with_epsilon (forward, backward, 1e-4);
}

static void
loss_of_a_reader_has_a_numeric_gradient (void)
{
  const gchar *const names[] = { "smile", "age" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (gfloat output = -2; output < 2.5f; output += 0.5f)
      {
        const FacetAttribute *attribute = facet_attribute_find (names[i], NULL);
        gfloat gradient, unused;
        const gdouble more = facet_reader_loss (attribute, output + 1e-3f, 0.3,
                                                &unused);
        const gdouble less = facet_reader_loss (attribute, output - 1e-3f, 0.3,
                                                &unused);

        facet_reader_loss (attribute, output, 0.3, &gradient);
        g_assert_cmpfloat_with_epsilon (gradient, (more - less) / 2e-3, 2e-3);
        g_assert_cmpfloat (facet_reader_loss (attribute, output, NAN,
                                              &gradient),
                           ==, 0.0);
        g_assert_cmpfloat (gradient, ==, 0.0f);
      }
}

/* --- the discriminator --------------------------------------------------- */

static void
spectral_norms_are_bounded (void)
{
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse (finish_text, "test", NULL);
  FacetDiscriminator *discriminator =
      facet_discriminator_new (recipe, (NnShape) { 32, 32, 3 }, 1);
  NnParameter *kernel = nn_network_get_parameter (discriminator->network, 2);
  const gint n_rows = kernel->dims[0] * kernel->dims[1] * kernel->dims[2];

  for (gsize i = 0; i < kernel->n_values; i++)
    kernel->value[i] *= 50;
  facet_discriminator_normalize (discriminator);
  for (guint64 trial = 0; trial < 50; trial++)
    {
      gdouble length = 0, result = 0;
      gdouble vector[8];

      for (gint j = 0; j < 8; j++)
        {
          vector[j] = nn_random_normal (trial, (guint64) j);
          length += vector[j] * vector[j];
        }
      for (gint row = 0; row < n_rows; row++)
        {
          gdouble sum = 0;

          for (gint j = 0; j < 8; j++)
            sum += kernel->value[row * 8 + j] * vector[j];
          result += sum * sum;
        }
      g_assert_cmpfloat (sqrt (result / length), <, 1.02 * FACET_SPECTRAL_NORM);
    }
  facet_discriminator_free (discriminator);
}

static void
looking_and_back_are_adjoint (void)
{
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse (finish_text, "test", NULL);
  const NnShape shape = { 32, 32, 3 };
  FacetDiscriminator *discriminator = facet_discriminator_new (recipe, shape,
                                                               1);
  const FacetGlance glance = facet_discriminator_glance (discriminator, 5);
  const gint n = 24 * 24 * 3;
  gfloat zero[32 * 32 * 3] = { 0 };
  gfloat crop[32 * 32 * 3];
  gfloat back[32 * 32 * 3] = { 0 };
  gfloat window[24 * 24 * 3];
  gfloat of_zero[24 * 24 * 3];
  gdouble forward = 0, backward = 0;

  g_assert_cmpint (discriminator->window.width, ==, 24);
  for (gint i = 0; i < 32 * 32 * 3; i++)
    crop[i] = nn_random_normal (1, (guint64) i);
  facet_discriminator_look (discriminator, &glance, crop, window);
  facet_discriminator_look (discriminator, &glance, zero, of_zero);
  for (gint i = 0; i < n; i++)
    {
      const gfloat weight = nn_random_normal (2, (guint64) i);

      forward += (gdouble) weight * (window[i] - of_zero[i]);
      of_zero[i] = weight;
    }
  facet_discriminator_add_back (discriminator, &glance, of_zero, back);
  for (gint i = 0; i < 32 * 32 * 3; i++)
    backward += (gdouble) back[i] * crop[i];
  g_assert_cmpfloat_with_epsilon (forward, backward, 1e-3);
  facet_discriminator_free (discriminator);
}

static void
discriminator_leaves_lit_faces (void)
{
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse (finish_text, "test", NULL);
  const NnShape shape = { 32, 32, 3 };
  const gsize size = 32 * 32 * 3;
  g_autofree gfloat *crops = g_new (gfloat, 2 * size);
  g_autofree gfloat *decodes = g_new (gfloat, 4 * size);
  FacetMove moves[] = { { 0, 1.0, FALSE }, { 1, 1.0, TRUE } };
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = size,
                                   .n = 2,
                                   .crops = crops,
                                   .moves = moves };
  FacetDiscriminatorPush push = { 0 };
  FacetLearner learner = { 0 };
  gdouble pushed[4] = { 0 };

  for (gsize i = 0; i < 2 * size; i++)
    crops[i] = nn_random_uniform (1, i);
  for (gsize i = 0; i < 4 * size; i++)
    decodes[i] = nn_random_uniform (2, i);
  g_assert_true (
      facet_discriminator_push_init (&push, recipe, shape, 2, 1, &learner));
  facet_discriminator_push_run (&push, 7, &batch, decodes);
  for (gsize i = 0; i < 4 * size; i++)
    pushed[i / size] += fabsf (push.gradient[i]);
  g_assert_cmpfloat (pushed[1], >, 0);
  g_assert_cmpfloat (pushed[2], >, 0);
  g_assert_cmpfloat (pushed[3], ==, 0);
  facet_learner_clear (&learner);
  facet_discriminator_push_clear (&push);
}

/* --- details ------------------------------------------------------------- */

typedef gdouble (*LossFunc) (NnShape shape,
                             const gfloat *photo,
                             const gfloat *decode,
                             gdouble weight,
                             gfloat *gradient);

static void
assert_numeric_gradient (LossFunc loss)
{
  const NnShape shape = { 32, 32, 3 };
  const gint n = 32 * 32 * 3;
  gfloat photo[32 * 32 * 3];
  gfloat decode[32 * 32 * 3];
  gfloat gradient[32 * 32 * 3] = { 0 };
  gfloat unused[32 * 32 * 3] = { 0 };
  gint n_moved = 0;

  for (gint i = 0; i < n; i++)
    {
      photo[i] = nn_random_uniform (1, (guint64) i);
      decode[i] = 0.5f * nn_random_uniform (2, (guint64) i);
    }
  loss (shape, photo, decode, 1000, gradient);
  for (gint i = 0; i < n; i += 41)
    {
      const gfloat before = decode[i];
      gdouble more, less, numeric;

      decode[i] = before + 1e-2f;
      more = 1000 * loss (shape, photo, decode, 1, unused);
      decode[i] = before - 1e-2f;
      less = 1000 * loss (shape, photo, decode, 1, unused);
      decode[i] = before;
      numeric = (more - less) / 2e-2;
      g_assert_cmpfloat_with_epsilon (gradient[i], numeric,
                                      2e-3 + 0.02 * fabs (numeric));
      n_moved += fabs (numeric) > 0.01;
    }
  g_assert_cmpint (n_moved, >, 5);
}

/* For a loss that asks for the photo itself, too. */
static void
assert_numeric_gradient_and_zero (LossFunc loss)
{
  const NnShape shape = { 32, 32, 3 };
  gfloat photo[32 * 32 * 3];
  gfloat unused[32 * 32 * 3] = { 0 };

  for (gint i = 0; i < 32 * 32 * 3; i++)
    photo[i] = nn_random_uniform (1, (guint64) i);
  g_assert_cmpfloat (loss (shape, photo, photo, 1, unused), ==, 0);
  assert_numeric_gradient (loss);
}

static gdouble
detail_loss (NnShape shape,
             const gfloat *photo,
             const gfloat *decode,
             gdouble weight,
             gfloat *gradient)
{
  return facet_detail_loss (shape, photo, 1.2, 0.9, decode, weight, gradient);
}

static void
detail_loss_has_a_numeric_gradient (void)
{
  assert_numeric_gradient (detail_loss);
}

/* Writes a gray crop of 32 × 32 and the same at half the contrast, which has
 * all details where they are. */
static void
fill_with_faint (gfloat *crop, gfloat *faint)
{
  for (gint i = 0; i < 32 * 32; i++)
    {
      crop[i] = nn_random_uniform (1, (guint64) i);
      faint[i] = 0.3f + 0.5f * crop[i];
    }
}

/* Half the gain asks for this contrast but for what counts as grain, of such
 * strong details one or two hundredths. */
static void
details_may_be_asked_to_be_stronger_or_fainter (void)
{
  const NnShape shape = { 32, 32, 1 };
  gfloat photo[32 * 32];
  gfloat faint[32 * 32];
  gfloat unused[32 * 32] = { 0 };
  gdouble last = 0.0;

  fill_with_faint (photo, faint);
  for (gdouble gain = 0.5; gain < 2.0; gain += 0.5)
    {
      const gdouble loss = facet_detail_loss (shape, photo, gain, gain, faint,
                                              1, unused);

      if (gain == 0.5)
        g_assert_cmpfloat (loss, <, 2e-5);
      else
        g_assert_cmpfloat (loss, >, last + 0.01);
      last = loss;
    }
}

/* Half the contrast fits half the gain; any other gain, at either size, does
 * not. */
static void
details_of_each_size_have_their_own_gain (void)
{
  const NnShape shape = { 32, 32, 1 };
  const gdouble gains[][2] = { { 1.0, 0.5 }, { 0.5, 1.0 } };
  gfloat photo[32 * 32];
  gfloat faint[32 * 32];
  gfloat unused[32 * 32] = { 0 };
  gdouble fit;

  fill_with_faint (photo, faint);
  fit = facet_detail_loss (shape, photo, 0.5, 0.5, faint, 1, unused);
  for (gint i = 0; i < 2; i++)
    g_assert_cmpfloat (facet_detail_loss (shape, photo, gains[i][0],
                                          gains[i][1], faint, 1, unused),
                       >, 100 * fit);
}

/* The loss of a decode that has @share of the photo's details, everywhere as
 * strong as @rms, about. */
static gdouble
loss_of_share (gfloat rms, gfloat share)
{
  const NnShape shape = { 32, 32, 1 };
  gfloat photo[32 * 32];
  gfloat decode[32 * 32];
  gfloat unused[32 * 32] = { 0 };

  for (gint i = 0; i < 32 * 32; i++)
    {
      const gfloat noise = nn_random_uniform (1, (guint64) i) - 0.5f;

      /* The Laplacian of uniform noise: σ² (1 + 1 + 1 + 1 + 16), σ² = 1/12. */
      photo[i] = 0.5f + rms / sqrtf (20.0f / 12.0f) * noise;
      decode[i] = 0.5f + share * (photo[i] - 0.5f);
    }
  return facet_detail_loss (shape, photo, 1.0, 1.0, decode, 1, unused);
}

/* At half the size noise is half as strong. */
static void
of_weak_details_less_is_asked (void)
{
  g_assert_cmpfloat (loss_of_share (0.2f, 0.9f), <, loss_of_share (0.2f, 1.0f));
  g_assert_cmpfloat (loss_of_share (0.2f, 0.9f), <, loss_of_share (0.2f, 0.7f));
  g_assert_cmpfloat (loss_of_share (0.015f, 0.45f), <,
                     loss_of_share (0.015f, 0.7f));
  g_assert_cmpfloat (loss_of_share (0.015f, 0.45f), <,
                     loss_of_share (0.015f, 0.2f));
}

/* Luma would be moved mostly by green, hardly by blue: yellow dots. */
static void
details_come_in_no_color (void)
{
  const NnShape shape = { 32, 32, 3 };
  LossFunc losses[] = { detail_loss, facet_detail_beside_loss,
                        facet_pattern_loss, facet_pattern_fixed_loss };
  gfloat photo[32 * 32 * 3];
  gfloat decode[32 * 32 * 3];

  for (gint i = 0; i < 32 * 32 * 3; i++)
    {
      photo[i] = nn_random_uniform (1, (guint64) i);
      decode[i] = nn_random_uniform (2, (guint64) i);
    }
  for (gsize l = 0; l < G_N_ELEMENTS (losses); l++)
    {
      gfloat gradient[32 * 32 * 3] = { 0 };
      gdouble pushed = 0.0;

      losses[l](shape, photo, decode, 1000, gradient);
      for (gint i = 0; i < 32 * 32; i++)
        {
          pushed += fabsf (gradient[3 * i]);
          g_assert_cmpfloat (gradient[3 * i], ==, gradient[3 * i + 1]);
          g_assert_cmpfloat (gradient[3 * i], ==, gradient[3 * i + 2]);
        }
      g_assert_cmpfloat (pushed, >, 0);
    }
}

static gdouble
place_loss (NnShape shape,
            const gfloat *wanted,
            const gfloat *decode,
            gdouble weight,
            gfloat *gradient)
{
  return facet_detail_place_loss (shape, wanted, 1.0, decode, weight, gradient);
}

static void
place_loss_has_a_numeric_gradient (void)
{
  assert_numeric_gradient_and_zero (place_loss);
}

static void
details_in_their_places_may_be_too_faint (void)
{
  const NnShape shape = { 32, 32, 1 };
  gfloat wanted[32 * 32];
  gfloat faint[32 * 32];
  gfloat unused[32 * 32] = { 0 };

  fill_with_faint (wanted, faint);
  g_assert_cmpfloat_with_epsilon (facet_detail_strength (shape, faint),
                                  0.5 * facet_detail_strength (shape, wanted),
                                  1e-6);
  g_assert_cmpfloat (facet_detail_place_loss (shape, wanted, 0.5, faint, 1,
                                              unused),
                     <, 1e-10);
  g_assert_cmpfloat (facet_detail_place_loss (shape, wanted, 1.0, faint, 1,
                                              unused),
                     >, 0.01);
}

static void
beside_loss_has_a_numeric_gradient (void)
{
  assert_numeric_gradient_and_zero (facet_detail_beside_loss);
}

/* One point at either place. */
static void
details_are_in_the_face_or_beside_it (void)
{
  const NnShape shape = { 32, 32, 1 };
  gfloat wanted[32 * 32] = { 0 };
  gfloat decode[32 * 32] = { 0 };
  gfloat gradient[32 * 32] = { 0 };
  gfloat other[32 * 32] = { 0 };

  decode[3 * 32 + 3] = 1.0f;
  g_assert_cmpfloat (facet_detail_place_loss (shape, wanted, 1.0, decode, 1,
                                              gradient),
                     ==, 0);
  g_assert_cmpfloat (facet_detail_beside_loss (shape, wanted, decode, 1, other),
                     >=, 20.0 / (32 * 32));
  decode[3 * 32 + 3] = 0.0f;
  decode[16 * 32 + 16] = 1.0f;
  g_assert_cmpfloat (facet_detail_place_loss (shape, wanted, 1.0, decode, 1,
                                              gradient),
                     >=, 20.0 / (32 * 32));
  g_assert_cmpfloat (facet_detail_beside_loss (shape, wanted, decode, 1, other),
                     ==, 0);
}

static void
pattern_losses_have_numeric_gradients (void)
{
  assert_numeric_gradient_and_zero (facet_pattern_loss);
  assert_numeric_gradient_and_zero (facet_pattern_fixed_loss);
}

/* The loss of gray dots, one in each square of 4 × 4 pixels: at the same place
 * in all, or at any; on noise up to @noise, which the photo has, too. */
static gdouble
loss_of_dots (gboolean anywhere, gfloat noise)
{
  const NnShape shape = { 64, 64, 1 };
  gfloat photo[64 * 64];
  gfloat decode[64 * 64];
  gfloat unused[64 * 64] = { 0 };

  for (gint i = 0; i < 64 * 64; i++)
    photo[i] = noise * nn_random_uniform (4, (guint64) i);
  memcpy (decode, photo, sizeof decode);
  for (gint y = 0; y < 64; y += 4)
    for (gint x = 0; x < 64; x += 4)
      {
        const guint64 square = (guint64) (y * 64 + x);
        const gint place = anywhere ?
                               (gint) (16 * nn_random_uniform (3, square)) :
                               5;

        decode[(y + place / 4) * 64 + x + place % 4] += 0.5f;
      }
  return facet_pattern_loss (shape, photo, decode, 1, unused);
}

static void
pattern_is_what_repeats (void)
{
  const gdouble scattered = loss_of_dots (TRUE, 0.0f);

  g_assert_cmpfloat (scattered, >, 0);
  g_assert_cmpfloat (loss_of_dots (FALSE, 0.0f), >, 8 * scattered);
}

/* The loss of a patch of 8 × 8 pixels that are lighter or darker, all by as
 * much: in turns, or anyhow. */
static gdouble
loss_of_patch (gboolean anyhow)
{
  const NnShape shape = { 64, 64, 1 };
  gfloat photo[64 * 64] = { 0 };
  gfloat decode[64 * 64] = { 0 };
  gfloat unused[64 * 64] = { 0 };

  for (gint i = 0; i < 8 * 8; i++)
    {
      const gint x = 28 + i % 8;
      const gint y = 28 + i / 8;
      const gboolean light = anyhow ?
                                 nn_random_uniform (5, (guint64) i) > 0.5f :
                                 (x + y) % 2;

      decode[y * 64 + x] = light ? 0.1f : -0.1f;
    }
  return facet_pattern_loss (shape, photo, decode, 1, unused);
}

static void
chequerboard_is_a_pattern (void)
{
  const gdouble anyhow = loss_of_patch (TRUE);

  g_assert_cmpfloat (anyhow, >, 0);
  g_assert_cmpfloat (loss_of_patch (FALSE), >, 15 * anyhow);
}

static void
details_mask_a_pattern (void)
{
  const gdouble flat = loss_of_dots (FALSE, 0.0f);
  const gdouble weak = loss_of_dots (FALSE, 0.03f);
  const gdouble strong = loss_of_dots (FALSE, 0.3f);

  g_assert_cmpfloat (strong, >, 0);
  g_assert_cmpfloat (weak, >, 4 * strong);
  g_assert_cmpfloat (flat, >, 2 * weak);
}

/* A lit face has its reconstruction's details in their places, a smiling one
 * has not.  These decodes are faint: the most is asked for. */
static void
details_are_asked_of_reconstructions_and_lit_faces (void)
{
  const NnShape shape = { 32, 32, 1 };
  const gsize size = 32 * 32;
  gfloat crops[2 * 32 * 32];
  gfloat decodes[4 * 32 * 32];
  gfloat gradient[4 * 32 * 32] = { 0 };
  gfloat wanted[4 * 32 * 32] = { 0 };
  FacetMove moves[] = { { 0, 1.0, FALSE }, { 1, 1.0, TRUE } };
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = size,
                                   .n = 2,
                                   .crops = crops,
                                   .moves = moves };
  const FacetFinishRecipe recipe = { .detail = 6,
                                     .detail_gain = 1.2,
                                     .half_detail_gain = 0.8,
                                     .lit_detail = 10 };

  for (gsize i = 0; i < 2 * size; i++)
    crops[i] = nn_random_uniform (1, i);
  for (gsize i = 0; i < 4 * size; i++)
    decodes[i] = (i / size == 3 ? 0.1f : 0.5f) * nn_random_uniform (2, i);
  facet_finish_add_details (&batch, &recipe, decodes, gradient);
  for (gsize b = 0; b < 2; b++)
    facet_detail_loss (shape, crops + b * size, 1.2, 0.8, decodes + b * size, 3,
                       wanted + b * size);
  facet_detail_place_loss (shape, decodes + size, 1.5, decodes + 3 * size, 5,
                           wanted + 3 * size);
  g_assert_cmpfloat (fabsf (wanted[3 * size + 500]), >, 0);
  g_assert_cmpmem (gradient, sizeof gradient, wanted, sizeof wanted);
}

/* Stronger than the photo they are no more than their reconstruction's. */
static void
strong_lit_faces_are_to_be_as_their_reconstructions (void)
{
  const NnShape shape = { 32, 32, 1 };
  const gsize size = 32 * 32;
  gfloat crop[32 * 32];
  gfloat decodes[2 * 32 * 32];
  gfloat gradient[2 * 32 * 32] = { 0 };
  gfloat wanted[32 * 32] = { 0 };
  FacetMove move = { 0, 1.0, TRUE };
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = size,
                                   .n = 1,
                                   .crops = crop,
                                   .moves = &move };
  const FacetFinishRecipe recipe = { .lit_detail = 7 };

  for (gsize i = 0; i < size; i++)
    {
      crop[i] = 0.1f * nn_random_uniform (1, i);
      decodes[i] = nn_random_uniform (2, i);
      decodes[size + i] = nn_random_uniform (3, i);
    }
  facet_finish_add_details (&batch, &recipe, decodes, gradient);
  facet_detail_place_loss (shape, decodes, 1.0, decodes + size, 7, wanted);
  g_assert_cmpfloat (fabsf (wanted[500]), >, 0);
  g_assert_cmpmem (gradient + size, sizeof wanted, wanted, sizeof wanted);
}

typedef void (*AddFunc) (const FacetFinishBatch *batch,
                         gdouble weight,
                         const gfloat *decodes,
                         gfloat *gradient);

/* That @add adds @loss against the photo and the unfinished decode. */
static void
assert_against_photo_and_teacher (AddFunc add, LossFunc loss)
{
  const NnShape shape = { 32, 32, 1 };
  const gsize size = 32 * 32;
  gfloat crop[32 * 32];
  gfloat teacher[32 * 32];
  gfloat decodes[2 * 32 * 32];
  gfloat gradient[2 * 32 * 32] = { 0 };
  gfloat wanted[2 * 32 * 32] = { 0 };
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = size,
                                   .n = 1,
                                   .crops = crop,
                                   .teacher = teacher };

  for (gsize i = 0; i < size; i++)
    {
      crop[i] = nn_random_uniform (1, i);
      teacher[i] = nn_random_uniform (2, i);
      decodes[i] = nn_random_uniform (3, i);
      decodes[size + i] = nn_random_uniform (4, i);
    }
  add (&batch, 6, decodes, gradient);
  loss (shape, crop, decodes, 6, wanted);
  loss (shape, teacher, decodes + size, 6, wanted + size);
  g_assert_cmpfloat (fabsf (wanted[100]), >, 0);
  g_assert_cmpfloat (fabsf (wanted[size + 100]), >, 0);
  g_assert_cmpmem (gradient, sizeof gradient, wanted, sizeof wanted);
}

static void
pattern_is_that_of_no_photo_and_no_unfinished_decode (void)
{
  assert_against_photo_and_teacher (facet_finish_add_pattern,
                                    facet_pattern_loss);
}

static void
fixed_pattern_is_that_of_no_photo_and_no_unfinished_decode (void)
{
  assert_against_photo_and_teacher (facet_finish_add_fixed_pattern,
                                    facet_pattern_fixed_loss);
}

/* How much two reconstructions of flat photos are pushed: noise on one, and
 * @other times the same on the other one. */
static gdouble
push_on_a_pair (gfloat other)
{
  const NnShape shape = { 32, 32, 1 };
  const gsize size = 32 * 32;
  gfloat flat[2 * 32 * 32] = { 0 };
  gfloat decodes[4 * 32 * 32] = { 0 };
  gfloat gradient[4 * 32 * 32] = { 0 };
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = size,
                                   .n = 2,
                                   .crops = flat,
                                   .teacher = flat };
  gdouble pushed = 0.0;

  for (gsize i = 0; i < size; i++)
    {
      decodes[i] = nn_random_uniform (1, i) - 0.5f;
      decodes[size + i] = other * decodes[i];
    }
  facet_finish_add_fixed_pattern (&batch, 1000, decodes, gradient);
  for (gsize i = 0; i < 2 * size; i++)
    pushed += fabsf (gradient[i]);
  return pushed;
}

static void
fixed_pattern_is_what_all_faces_have (void)
{
  const gdouble same = push_on_a_pair (1.0f);

  g_assert_cmpfloat (same, >, 1);
  g_assert_cmpfloat_with_epsilon (push_on_a_pair (0.0f) / same, 0.5, 1e-3);
  g_assert_cmpfloat (push_on_a_pair (-1.0f) / same, <, 1e-3);
}

static void
details_beside_are_the_photos_or_the_unfinished_decodes (void)
{
  assert_against_photo_and_teacher (facet_finish_add_beside,
                                    facet_detail_beside_loss);
}

/* A hatch whose means are the unfinished decode's: detail in the face, an
 * error beside it. */
static void
what_is_moved_may_have_details_in_the_face_only (void)
{
  const NnShape shape = { 32, 32, 1 };
  const gint n = 32 * 32;
  gfloat teacher[32 * 32] = { 0 };
  gfloat decodes[2 * 32 * 32] = { 0 };
  gfloat weights[32 * 32];
  gfloat gradient[2 * 32 * 32];
  const FacetFinishBatch batch = { .shape = shape,
                                   .crop_size = n,
                                   .n = 1,
                                   .teacher = teacher };
  gint n_in_face = 0;

  for (gint i = 0; i < n; i++)
    {
      weights[i] = 1.0f;
      decodes[n + i] = (i + i / 32) % 2 ? 0.25f : -0.25f;
    }
  facet_finish_moved_error (&batch, weights, decodes, gradient);
  for (gint i = 0; i < n; i++)
    if (facet_loss_in_face (shape, i % 32, i / 32))
      {
        g_assert_cmpfloat (gradient[n + i], ==, 0);
        n_in_face++;
      }
    else
      g_assert_cmpfloat_with_epsilon (gradient[n + i],
                                      2.0f / n * decodes[n + i], 1e-7);
  g_assert_cmpint (n_in_face, >, n / 8);
  g_assert_cmpint (n_in_face, <, 7 * n / 8);
}

/* --- finishes ------------------------------------------------------------ */

/* A finish of a model of dots, by the test's recipe and more keys. */
typedef struct
{
  FacetData *data;
  FacetModel *model;
  FacetFinishRecipe *recipe;
  FacetFinisher *finisher;
} Trial;

static void
trial_init (Trial *trial, const gchar *keys)
{
  g_autofree gchar *text = g_strconcat (finish_text, keys, NULL);

  trial->data = new_dots (SIDE);
  trial->model = new_dots_model (trial->data);
  trial->recipe = facet_finish_recipe_parse (text, "test", NULL);
  trial->finisher = facet_finisher_new (trial->recipe, trial->model, NULL,
                                        trial->data, 4, NULL);
}

static void
trial_clear (Trial *trial)
{
  facet_finisher_free (trial->finisher);
  facet_finish_recipe_free (trial->recipe);
  facet_model_unref (trial->model);
  facet_data_free (trial->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trial, trial_clear)

static FacetModel *
trial_run (Trial *trial)
{
  g_assert_true (facet_finisher_run (trial->finisher, NULL, NULL, NULL, NULL));
  return facet_finisher_get_model (trial->finisher);
}

static gboolean
stop_after_first_epoch (const FacetProgress *progress, gpointer user_data)
{
  return ! (progress->validated && progress->epoch == 1);
}

/* Of the finished decoder. */
static guint64
finish (gint threads, gboolean interrupted)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetData) small = new_dots (8);
  g_autoptr (FacetModel) model = new_dots_model (data);
  g_autoptr (FacetReader) reader = train_reader (small);
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse (finish_text, "test", NULL);
  g_autofree gchar *checkpoint = new_path ();
  g_autoptr (FacetFinisher) finisher = NULL;
  g_autoptr (GError) error = NULL;
  guint64 result;

  nn_set_threads (threads);
  finisher = facet_finisher_new (recipe, model, reader, data, 4, &error);
  g_assert_no_error (error);
  if (interrupted)
    {
      g_assert_false (facet_finisher_run (finisher, checkpoint,
                                          stop_after_first_epoch, NULL,
                                          &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      facet_finisher_free (finisher);
      finisher = facet_finisher_new (recipe, model, reader, data, 4, NULL);
      g_assert_true (facet_loop_resume (facet_finisher_get_loop (finisher),
                                        checkpoint, &error));
      g_assert_no_error (error);
    }
  g_assert_true (facet_finisher_run (finisher, checkpoint, NULL, NULL, &error));
  g_assert_no_error (error);
  g_remove (checkpoint);
  nn_set_threads (0);
  result = fingerprint (
      facet_model_get_decoder (facet_finisher_get_model (finisher)));
  g_assert_cmphex (result, !=, fingerprint (facet_model_get_decoder (model)));
  return result;
}

static void
finish_is_the_same_at_any_thread_count (void)
{
  const guint64 one = finish (1, FALSE);

  g_assert_cmphex (finish (2, FALSE), ==, one);
  g_assert_cmphex (finish (3, FALSE), ==, one);
  g_assert_cmphex (finish (8, FALSE), ==, one);
}

static void
resumed_finish_is_uninterrupted (void)
{
  g_assert_cmphex (finish (0, TRUE), ==, finish (0, FALSE));
}

static void
finish_keeps_the_codes (void)
{
  g_auto (Trial) trial = { NULL };
  FacetModel *finished;
  gfloat crop[SIDE * SIDE];
  gfloat before[3];
  gfloat after[3];

  trial_init (&trial, "");
  finished = trial_run (&trial);
  g_assert_cmpint (facet_model_get_recipe (finished)->kind, ==, FACET_KIND_AE);
  for (gint i = 0; i < SIDE * SIDE; i++)
    crop[i] = nn_random_uniform (3, (guint64) i);
  facet_model_encode (trial.model, 1, crop, before);
  facet_model_encode (finished, 1, crop, after);
  for (gint z = 0; z < 3; z++)
    g_assert_cmpfloat_with_epsilon (before[z], after[z], 1e-5);
}

/* In the outer 30 % of the range are half of the draws, not 30 % of them. */
static void
ends_of_directions_come_more_often (void)
{
  g_auto (Trial) trial = { NULL };
  const gint photos[8] = { 0 };
  const FacetDirection *directions;
  FacetLoop *loop;
  FacetFinishBatch batch;
  gint n = 0, n_low = 0, n_high = 0;

  trial_init (&trial, "");
  directions = facet_model_get_latents (trial.model)->directions;
  loop = facet_finisher_get_loop (trial.finisher);
  facet_finish_batch_init (&batch, trial.model, 8);
  for (loop->place.step = 0; loop->place.step < 40; loop->place.step++)
    {
      facet_finish_batch_fill (&batch, loop, photos);
      for (gint b = 0; b < batch.n; b++)
        if (batch.moves[b].direction >= 0)
          {
            const FacetDirection *direction =
                &directions[batch.moves[b].direction];
            const gdouble at = (batch.moves[b].amount - direction->minimum) /
                               (direction->maximum - direction->minimum);

            g_assert_cmpfloat (at, >=, 0);
            g_assert_cmpfloat (at, <=, 1);
            n_low += at < 0.1464;
            n_high += at > 0.8536;
            n++;
          }
    }
  g_assert_cmpint (n, ==, 240);
  g_assert_cmpint (n_low, >, 45);
  g_assert_cmpint (n_low, <, 75);
  g_assert_cmpint (n_high, >, 45);
  g_assert_cmpint (n_high, <, 75);
  facet_finish_batch_clear (&batch);
}

static void
finish_leaves_the_dense_layer (void)
{
  g_auto (Trial) trial = { NULL };
  NnNetwork *before, *after;

  trial_init (&trial, "");
  before = facet_model_get_decoder (trial.model);
  after = facet_model_get_decoder (trial_run (&trial));
  for (gint p = 0; p < 3; p++)
    {
      const NnParameter *from = nn_network_get_parameter (before, p);
      const NnParameter *to = nn_network_get_parameter (after, p);
      const gboolean same = memcmp (from->value, to->value,
                                    from->n_values * sizeof (gfloat)) == 0;

      g_assert_cmpint (same, ==, p < 2);
    }
}

/* Of the decoder after a finish with @keys. */
static guint64
finish_by (const gchar *keys)
{
  g_auto (Trial) trial = { NULL };

  trial_init (&trial, keys);
  return fingerprint (facet_model_get_decoder (trial_run (&trial)));
}

/* With one more line in the recipe. */
static void
assert_decoder_is_left (const gchar *line)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_dots_model (data);

  g_assert_cmphex (finish_by (line), ==,
                   fingerprint (facet_model_get_decoder (model)));
}

static void
strength_0_leaves_the_decoder (void)
{
  assert_decoder_is_left ("strength = 0\n");
}

static void
decoder_waits_for_the_discriminator (void)
{
  assert_decoder_is_left ("lead = 1000\n");
}

/* Only the rate of what comes after the first step tells them apart. */
static void
a_constant_rate_ends_elsewhere (void)
{
  g_assert_cmphex (finish_by ("schedule = constant\n"), !=,
                   finish_by ("schedule = cosine\n"));
}

/* Nor does anything of it matter. */
static void
nobody_waits_for_no_discriminator (void)
{
  const guint64 without = finish_by ("sharp = 0\nlead = 1000\n");

  g_assert_cmphex (without, ==,
                   finish_by ("sharp = 0\ndiscriminator_learning_rate = 0.1\n"
                              "features = 9\n"));
  g_assert_cmphex (without, !=, finish_by ("lead = 1000\n"));
}

static void
finish_recipe_says_what_is_wrong (void)
{
  const struct
  {
    const gchar *text;
    const gchar *words; /* all that the error says */
  } wrong[] = {
    { "sharp = -1", "test|sharp|[finish]|-1|from 0 to 100" },
    { "sharp = loud", "sharp|loud|a number" },
    { "schedule = linear", "schedule|linear|constant|cosine" },
    { "batch = 8.5", "batch|8.5|a whole number from 2 to 512" },
    { "discriminator_conv_filters = 8", "discriminator_conv_filters|2 to 6" },
    { "discriminator_conv_filters = 1;2;3;4;5;6;7", "2 to 6" },
    { "discriminator_conv_filters = 8;2000", "2000|from 1 to 1024" },
    { "blunt = 1", "unknown|blunt|it may have|sharp, features" },
    { "[training]\nbatch = 8", "unknown|[training]|it may have: [finish]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree gchar *text = g_strconcat ("[finish]\n", wrong[i].text, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (facet_finish_recipe_parse (text, "test", &error));
      assert_says (error, wrong[i].words);
    }
}

static void
finish_recipe_has_presets (void)
{
  g_autoptr (FacetFinishRecipe)
      recipe = facet_finish_recipe_parse ("[finish]\n", "test", NULL);

  g_assert_cmpint (recipe->discriminator.n, ==, 4);
  g_assert_cmpint (recipe->discriminator.filters[3], ==, 128);
  g_assert_cmpfloat (recipe->sharp, ==, 0);
  g_assert_cmpfloat (recipe->features, ==, 1.0);
  g_assert_cmpfloat (recipe->detail, ==, 24);
  g_assert_cmpfloat (recipe->detail_gain, ==, 1.7);
  g_assert_cmpfloat (recipe->half_detail_gain, ==, 1.05);
  g_assert_cmpfloat (recipe->lit_detail, ==, 65);
  g_assert_cmpfloat (recipe->beside, ==, 1);
  g_assert_cmpfloat (recipe->pattern, ==, 50);
  g_assert_cmpint (recipe->lead, ==, 300);
  g_assert_cmpfloat (recipe->reader, ==, 2.2);
  g_assert_cmpfloat (recipe->learning_rate, ==, 0.0003);
  g_assert_cmpfloat (recipe->discriminator_learning_rate, ==, 0.0002);
  g_assert_true (recipe->cosine_schedule);
  g_assert_cmpfloat (recipe->weight_average, ==, 0.998);
  g_assert_cmpfloat (recipe->strength, ==, 1.0);
  g_assert_cmpint (recipe->batch, ==, 8);
  g_assert_cmpint (recipe->epochs, ==, 6);
}

static void
strength_and_epochs_may_change_between_checkpoints (void)
{
  g_autoptr (GString) later = g_string_new (finish_text);
  g_autofree gchar *other = g_strconcat (finish_text, "sharp = 2\n", NULL);
  g_autoptr (FacetFinishRecipe)
      one = facet_finish_recipe_parse (finish_text, "test", NULL);
  g_autoptr (FacetFinishRecipe) two = NULL;
  g_autoptr (FacetFinishRecipe)
      three = facet_finish_recipe_parse (other, "test", NULL);

  g_string_replace (later, "epochs = 2", "epochs = 9\nstrength = 2", 1);
  two = facet_finish_recipe_parse (later->str, "test", NULL);
  g_assert_cmpint (two->epochs, ==, 9);
  g_assert_cmpstr (one->text, ==, two->text);
  g_assert_cmpstr (one->text, !=, three->text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/finish/" #name, name)
  ADD (reader_learns_what_it_is_shown);
  ADD (reader_file_reads_back);
  ADD (reader_recipe_says_what_is_wrong);
  ADD (reader_needs_no_decoder);
  ADD (shrinking_is_the_mean);
  ADD (shrinking_and_spreading_are_adjoint);
  ADD (loss_of_a_reader_has_a_numeric_gradient);
  ADD (spectral_norms_are_bounded);
  ADD (looking_and_back_are_adjoint);
  ADD (discriminator_leaves_lit_faces);
  ADD (detail_loss_has_a_numeric_gradient);
  ADD (details_may_be_asked_to_be_stronger_or_fainter);
  ADD (details_of_each_size_have_their_own_gain);
  ADD (of_weak_details_less_is_asked);
  ADD (details_come_in_no_color);
  ADD (place_loss_has_a_numeric_gradient);
  ADD (details_in_their_places_may_be_too_faint);
  ADD (beside_loss_has_a_numeric_gradient);
  ADD (details_are_in_the_face_or_beside_it);
  ADD (pattern_losses_have_numeric_gradients);
  ADD (pattern_is_what_repeats);
  ADD (chequerboard_is_a_pattern);
  ADD (details_mask_a_pattern);
  ADD (details_are_asked_of_reconstructions_and_lit_faces);
  ADD (strong_lit_faces_are_to_be_as_their_reconstructions);
  ADD (pattern_is_that_of_no_photo_and_no_unfinished_decode);
  ADD (fixed_pattern_is_that_of_no_photo_and_no_unfinished_decode);
  ADD (fixed_pattern_is_what_all_faces_have);
  ADD (details_beside_are_the_photos_or_the_unfinished_decodes);
  ADD (what_is_moved_may_have_details_in_the_face_only);
  ADD (finish_is_the_same_at_any_thread_count);
  ADD (resumed_finish_is_uninterrupted);
  ADD (finish_keeps_the_codes);
  ADD (ends_of_directions_come_more_often);
  ADD (finish_leaves_the_dense_layer);
  ADD (strength_0_leaves_the_decoder);
  ADD (decoder_waits_for_the_discriminator);
  ADD (nobody_waits_for_no_discriminator);
  ADD (a_constant_rate_ends_elsewhere);
  ADD (finish_recipe_says_what_is_wrong);
  ADD (finish_recipe_has_presets);
  ADD (strength_and_epochs_may_change_between_checkpoints);
#undef ADD
  return g_test_run ();
}
