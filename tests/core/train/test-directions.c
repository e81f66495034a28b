/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Named directions: each moves its own attribute, and what it does is told.
 */
#include <math.h>
#include <train/autoencoder/facet-directions.h>
#include <train/autoencoder/facet-latent-fit.h>
#include <train/autoencoder/principal/facet-principal.h>
#include <train/finish/facet-calibrate.h>
#include <train/finish/facet-untangle.h>
#include <train/judge/facet-judgement.h>
#include <train/reader/facet-readings.h>
#include "dots.h"

static const gchar reader_text[] = "[reader]\n"
                                   "name = tiny-reader\n"
                                   "attributes = smile;age\n"
                                   "input_dim = 8;8;1\n"
                                   "conv_filters = 4;4\n"
                                   "conv_kernel_size = 3;3\n"
                                   "conv_strides = 2;1\n";

/* --- fitting ------------------------------------------------------------- */

/* Codes that are a known mixture of two correlated attributes. */
static void
directions_keep_attributes_apart (void)
{
  GPtrArray *attributes = facet_attributes_parse ("age;turn", NULL);
  FacetLatents *latents = facet_latents_new_identity (3);
  FacetCodes codes = { .n = 500, .n_attributes = 2 };

  codes.codes = g_new (gfloat, 500 * 3);
  codes.attributes = g_new (gdouble, 500 * 2);
  for (guint64 i = 0; i < 500; i++)
    {
      const gdouble age = nn_random_normal (1, i);
      const gdouble turn = 0.6 * age + 0.8 * nn_random_normal (2, i);

      codes.attributes[2 * i] = 40 + 15 * age;
      codes.attributes[2 * i + 1] = turn;
      codes.codes[3 * i] = (gfloat) (2 * age);
      codes.codes[3 * i + 1] = (gfloat) (-1 * turn);
      codes.codes[3 * i + 2] = (gfloat) (0.5 * age + 0.5 * turn);
    }
  facet_directions_fit (latents, &codes, attributes);
  g_assert_cmpint (latents->n_directions, ==, 2);
  g_assert_cmpstr (latents->directions[0].name, ==, "age");
  g_assert_cmpfloat_with_epsilon (latents->directions[0].vector[0], 2, 0.15);
  g_assert_cmpfloat_with_epsilon (latents->directions[0].vector[1], 0, 0.02);
  g_assert_cmpfloat_with_epsilon (latents->directions[0].vector[2], 0.5, 0.05);
  g_assert_cmpfloat_with_epsilon (latents->directions[1].vector[0], 0, 0.02);
  g_assert_cmpfloat_with_epsilon (latents->directions[1].vector[1], -1, 0.1);
  facet_latents_free (latents);
  g_ptr_array_unref (attributes);
  g_free (codes.codes);
  g_free (codes.attributes);
}

/* --- untangling ---------------------------------------------------------- */

/* Mean change of @attribute in the decodes from two units of a direction down
 * to two up. */
static gdouble
response (FacetModel *model,
          const FacetData *data,
          gint direction,
          const gchar *attribute)
{
  const FacetAttribute *which = facet_attribute_find (attribute, NULL);
  const gfloat *vector =
      facet_model_get_latents (model)->directions[direction].vector;
  gdouble sum = 0;

  for (gint i = 0; i < N_PHOTOS; i++)
    for (gint end = -2; end <= 2; end += 4)
      {
        gfloat crop[SIDE * SIDE];
        gfloat code[3];

        for (gint p = 0; p < SIDE * SIDE; p++)
          crop[p] = facet_data_get_pixels (data, i)[p] / 255.0f;
        facet_model_encode (model, 1, crop, code);
        for (gint z = 0; z < 3; z++)
          code[z] += (gfloat) end * vector[z];
        facet_model_decode (model, 1, code, crop);
        sum += end * which->measure ((NnShape) { SIDE, SIDE, 1 }, crop);
      }
  return sum / (2 * N_PHOTOS);
}

/* A brightness that moves the light's side, too. */
static FacetModel *
new_tangled_model (const FacetData *data)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (dots_model_text, -1, "test", NULL);
  FacetModel *model;
  FacetDirection *directions;

  g_free (recipe->directions);
  recipe->directions = g_strdup ("brightness;light-side");
  model = facet_model_new (recipe, 3, NULL);
  g_assert_true (facet_principal_start (model, data, 1, NULL));
  g_assert_true (facet_latents_fit_model (model, data, NULL));
  directions = facet_model_get_latents (model)->directions;
  for (gint z = 0; z < 3; z++)
    directions[0].vector[z] += 0.5f * directions[1].vector[z];
  return model;
}

static void
untangle (FacetModel *model,
          const FacetData *data,
          gint n_steps,
          gdouble share,
          gdouble all_from)
{
  g_auto (FacetDirectionTrial) trial = { NULL };

  facet_direction_trial_init (&trial, model, NULL, data, N_PHOTOS);
  facet_untangle_directions (&trial, n_steps, share, all_from);
}

static void
untangled_directions_move_one_attribute (void)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_tangled_model (data);
  const gdouble own_before = response (model, data, 0, "brightness");
  const gdouble other_before = response (model, data, 0, "light-side");
  gdouble own, other;

  untangle (model, data, 2, 1.0, 0.0);
  own = response (model, data, 0, "brightness");
  other = response (model, data, 0, "light-side");
  g_assert_cmpfloat (fabs (other), <, 0.2 * fabs (other_before));
  g_assert_cmpfloat_with_epsilon (own / own_before, 1, 0.1);
}

static void
untangling_may_go_half_the_way (void)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_tangled_model (data);
  const gdouble before = response (model, data, 0, "light-side");

  untangle (model, data, 1, 0.5, 0.0);
  g_assert_cmpfloat_with_epsilon (response (model, data, 0, "light-side") /
                                      before,
                                  0.5, 0.1);
}

/* What is left of the light's side in a brightness that is untangled all the
 * way where it moves as much of it as @all_from of itself. */
static gdouble
left_of_side (gdouble all_from)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_tangled_model (data);
  const gdouble before = response (model, data, 0, "light-side");

  untangle (model, data, 1, 1.0, all_from);
  return response (model, data, 0, "light-side") / before;
}

static void
untangling_goes_as_far_as_it_needs_to (void)
{
  const gdouble all = left_of_side (1e-3);
  const gdouble hardly = left_of_side (1e3);
  const gdouble partly = left_of_side (1.5);

  g_assert_cmpfloat (fabs (all), <, 0.2);
  g_assert_cmpfloat_with_epsilon (hardly, 1, 0.01);
  g_assert_cmpfloat (partly, >, 0.3);
  g_assert_cmpfloat (partly, <, 0.8);
}

/* --- judging ------------------------------------------------------------- */

/* One that has learned nothing reads something, too. */
static FacetReader *
new_reader (void)
{
  g_autoptr (GError) error = NULL;
  FacetReader *reader = facet_reader_new (reader_text, "test", 1, &error);

  g_assert_no_error (error);
  return reader;
}

static void
judgement_has_two_ends_of_each_direction (void)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_dots_model (data);
  g_autoptr (FacetReader) reader = new_reader ();
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autoptr (GArray)
      judgements = facet_judge_directions (model, reader, data, photos);
  const FacetJudgement *low = &g_array_index (judgements, FacetJudgement, 0);
  const FacetJudgement *high = &g_array_index (judgements, FacetJudgement, 1);

  g_assert_cmpuint (judgements->len, ==, 2);
  g_assert_cmpstr (low->direction, ==, "brightness");
  g_assert_cmpfloat (low->amount, ==, -2);
  g_assert_cmpfloat (high->amount, ==, 2);
  g_assert_nonnull (high->attribute);
}

/* Fills in what is read at column @a in photo @index, and in its code's decode
 * moved by @amount along @vector. */
static void
read_move (FacetModel *model,
           const FacetReadings *readings,
           const FacetData *data,
           gint index,
           const gfloat *vector,
           gdouble amount,
           gint a,
           gdouble *photo,
           gdouble *moved)
{
  gfloat crop[SIDE * SIDE];
  gfloat code[3];
  gdouble values[8];

  for (gint p = 0; p < SIDE * SIDE; p++)
    crop[p] = facet_data_get_pixels (data, index)[p] / 255.0f;
  facet_readings_read (readings, crop, values);
  *photo = values[a];
  facet_model_encode (model, 1, crop, code);
  for (gint z = 0; z < 3; z++)
    code[z] += (gfloat) amount * vector[z];
  facet_model_decode (model, 1, code, crop);
  facet_readings_read (readings, crop, values);
  *moved = values[a];
}

/* The untrained reader's odds of a smile, between a third and two thirds of the
 * photos yes. */
static void
set_half_way (FacetReader *reader, const FacetData *data)
{
  const gint last = nn_network_get_n_parameters (reader->network) - 1;
  gfloat *bias = nn_network_get_parameter (reader->network, last)->value;
  gdouble sum = 0;

  for (gint i = 0; i < N_PHOTOS; i++)
    {
      gfloat crop[SIDE * SIDE];
      gdouble values[2];

      for (gint p = 0; p < SIDE * SIDE; p++)
        crop[p] = facet_data_get_pixels (data, i)[p] / 255.0f;
      facet_reader_read (reader, (NnShape) { SIDE, SIDE, 1 }, 1, crop, values);
      sum += log (values[0] / (1 - values[0]));
    }
  bias[0] -= (gfloat) (sum / N_PHOTOS);
  nn_plan_free (g_steal_pointer (&reader->plan));
}

static void
yes_no_is_judged_where_it_is_not_so_yet (void)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_dots_model (data);
  g_autoptr (FacetReader) reader = new_reader ();
  g_autoptr (FacetReadings) readings = NULL;
  g_autoptr (GArray) photos = facet_data_select (data, FACET_SPLIT_TRAIN);
  g_autoptr (GArray) judgements = NULL;
  const gfloat vector[] = { 1, -1, 0.5f };

  set_half_way (reader, data);
  facet_latents_append_direction (facet_model_get_latents (model), "smile",
                                  "Smile", "", -3, 3, vector);
  readings = facet_readings_new (reader, model);
  judgements = facet_judge_directions (model, reader, data, photos);
  g_assert_cmpuint (judgements->len, ==, 4);
  for (guint j = 2; j < 4; j++)
    {
      const FacetJudgement *judgement = &g_array_index (judgements,
                                                        FacetJudgement, j);
      gdouble change = 0;
      gint n = 0;

      g_assert_cmpfloat (judgement->amount, ==, j == 2 ? -3 : 3);
      for (guint i = 0; i < photos->len; i++)
        {
          const gint index = g_array_index (photos, gint, i);
          gdouble photo, before, after;

          read_move (model, readings, data, index, vector, 0, 0, &photo,
                     &before);
          read_move (model, readings, data, index, vector, judgement->amount, 0,
                     &photo, &after);
          if ((photo > 0.5) == (judgement->amount > 0))
            continue;
          change += after - before;
          n++;
        }
      g_assert_cmpint (n, >, 0);
      g_assert_cmpint (n, <, (gint) photos->len);
      g_assert_cmpint (judgement->n_others, ==, n);
      g_assert_cmpfloat_with_epsilon (judgement->moved, change / n, 1e-6);
    }
}

/* --- calibrating --------------------------------------------------------- */

/* After brightness and the light's side. */
#define SMILE 2
#define AGE 3

/* Mean reading of a smile, moved by @amount, of the photos that are
 * reconstructed with one, or without. */
static gdouble
mean_smile (FacetDirectionTrial *trial, gdouble amount, gboolean smiling)
{
  g_autofree gdouble *moved = facet_direction_trial_new_readings (
      trial, &trial->latents->directions[SMILE], amount);
  gdouble sum = 0;
  gint n = 0;

  for (gint i = 0; i < trial->n_photos; i++)
    if ((trial->before[i * trial->width] > 0.5) == smiling)
      {
        sum += moved[i * trial->width];
        n++;
      }
  g_assert_cmpint (n, >, 0);
  return sum / n;
}

typedef struct
{
  gdouble factor;
  gdouble share; /* of the way from no to yes, after it */
} Calibrated;

/* The untrained reader's odds of a smile: half of the reconstructions have one,
 * about, and it is sure of it. */
static void
set_half_way_of_decodes (FacetReader *reader,
                         FacetModel *model,
                         const FacetData *data)
{
  const gint last = nn_network_get_n_parameters (reader->network) - 1;
  gfloat *bias = nn_network_get_parameter (reader->network, last)->value;
  NnParameter *kernel = nn_network_get_parameter (reader->network, last - 1);
  g_auto (FacetDirectionTrial) trial = { NULL };
  gdouble sum = 0;

  for (gsize i = 0; i < kernel->n_values; i++)
    kernel->value[i] *= 30.0f;
  facet_direction_trial_init (&trial, model, reader, data, N_PHOTOS);
  for (gint i = 0; i < trial.n_photos; i++)
    {
      const gdouble smile = trial.before[i * trial.width];

      sum += log (smile / (1 - smile)) / trial.n_photos;
    }
  bias[0] -= (gfloat) sum;
  nn_plan_free (g_steal_pointer (&reader->plan));
}

/* A smile @length times as long as one that is chosen; brightness, which is
 * measured, stays. */
static Calibrated
calibrate (gfloat length)
{
  g_autoptr (FacetData) data = new_dots (SIDE);
  g_autoptr (FacetModel) model = new_tangled_model (data);
  g_autoptr (FacetReader) reader = new_reader ();
  FacetLatents *latents = facet_model_get_latents (model);
  const gfloat vector[] = { length, -length, 0.5f * length };
  const gfloat brightness = latents->directions[0].vector[0];
  g_auto (FacetDirectionTrial) trial = { NULL };
  Calibrated result;

  facet_latents_append_direction (latents, "smile", "Smile", "", -3, 3, vector);
  set_half_way_of_decodes (reader, model, data);
  facet_direction_trial_init (&trial, model, reader, data, N_PHOTOS);
  facet_calibrate_directions (&trial);
  g_assert_cmpfloat (latents->directions[0].vector[0], ==, brightness);
  result.factor = latents->directions[SMILE].vector[0] / length;
  for (gint z = 1; z < 3; z++)
    g_assert_cmpfloat_with_epsilon (latents->directions[SMILE].vector[z] /
                                        vector[z],
                                    result.factor, 1e-5);
  result.share = (mean_smile (&trial, 2, FALSE) -
                  mean_smile (&trial, 0, FALSE)) /
                 (mean_smile (&trial, 0, TRUE) - mean_smile (&trial, 0, FALSE));
  return result;
}

/* The longer it is, the less there is to do; what can be reached is. */
static void
two_units_lead_from_no_to_yes (void)
{
  const gfloat sign = calibrate (1.0f).share > 0 ? 1.0f : -1.0f;
  gdouble last = 1.15;
  gint n_between = 0;

  g_assert_cmpfloat_with_epsilon (calibrate (sign * 0.2f).factor, 1.15, 1e-5);
  g_assert_cmpfloat_with_epsilon (calibrate (sign * 5.0f).factor, 1, 1e-5);
  for (gfloat length = 0.2f; length < 5.0f; length *= 1.05f)
    {
      const Calibrated result = calibrate (sign * length);

      g_assert_cmpfloat (result.factor, <, last + 1e-5);
      g_assert_cmpfloat (result.factor, >, 1 - 1e-5);
      if (result.factor > 1.001 && result.factor < 1.149)
        {
          g_assert_cmpfloat_with_epsilon (result.share, 1, 0.02);
          n_between++;
        }
      last = result.factor;
    }
  g_assert_cmpint (n_between, >, 0);
}

/* Mean change of the age from two units down to two up, in deviations. */
static gdouble
change_of_age (const FacetDirectionTrial *trial)
{
  g_autofree gdouble *deviations =
      facet_readings_new_deviations (trial->readings, trial->before,
                                     trial->n_photos);
  gdouble change = 0;

  for (gint end = -2; end <= 2; end += 4)
    {
      g_autofree gdouble *moved = facet_direction_trial_new_readings (
          trial, &trial->latents->directions[AGE], end);

      for (gint i = 0; i < trial->n_photos; i++)
        change += (end > 0 ? 1 : -1) * moved[i * trial->width + 1];
    }
  return change / (trial->n_photos * deviations[1]);
}

/* A direction that changes age by 3.8 deviations instead of 4 becomes longer by
 * about a nineteenth; one that changes it by 2, by as much as is allowed; one
 * that changes it by 5 stays. */
static void
a_unit_of_a_number_is_a_deviation (void)
{
  const gdouble changes[] = { 2.0, 3.8, 5.0 };
  gfloat length = 0.1f;

  for (gsize k = 0; k < G_N_ELEMENTS (changes); k++)
    {
      g_autoptr (FacetData) data = new_dots (SIDE);
      g_autoptr (FacetModel) model = new_tangled_model (data);
      g_autoptr (FacetReader) reader = new_reader ();
      FacetLatents *latents = facet_model_get_latents (model);
      const gfloat none[] = { 0, 0, 0 };
      g_auto (FacetDirectionTrial) trial = { NULL };
      gfloat *vector;
      gdouble before;
      gdouble factor;

      facet_latents_append_direction (latents, "smile", "Smile", "", -3, 3,
                                      none);
      facet_latents_append_direction (latents, "age", "Age", "", -3, 3, none);
      vector = latents->directions[AGE].vector;
      vector[0] = 1.0f;
      facet_direction_trial_init (&trial, model, reader, data, N_PHOTOS);
      if (change_of_age (&trial) < 0)
        length = -fabsf (length);
      for (before = 0; before < changes[k]; length *= 1.02f)
        {
          g_assert_cmpfloat (fabsf (length), <, 1e3);
          vector[0] = length;
          before = change_of_age (&trial);
        }
      facet_calibrate_directions (&trial);
      factor = latents->directions[AGE].vector[0] / (length / 1.02f);
      g_assert_cmpfloat_with_epsilon (factor, CLAMP (4 / before, 1, 1.15),
                                      1e-4);
      if (k == 1)
        g_assert_cmpfloat_with_epsilon (change_of_age (&trial), 4, 0.1);
    }
}

static void
what_is_not_seen_to_come_stays_as_long (void)
{
  const gfloat sign = calibrate (1.0f).share > 0 ? 1.0f : -1.0f;

  g_assert_cmpfloat (calibrate (-sign).factor, ==, 1);
  g_assert_cmpfloat (calibrate (sign * 0.02f).factor, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/directions/" #name, name)
  ADD (directions_keep_attributes_apart);
  ADD (untangled_directions_move_one_attribute);
  ADD (untangling_goes_as_far_as_it_needs_to);
  ADD (untangling_may_go_half_the_way);
  ADD (judgement_has_two_ends_of_each_direction);
  ADD (yes_no_is_judged_where_it_is_not_so_yet);
  ADD (two_units_lead_from_no_to_yes);
  ADD (a_unit_of_a_number_is_a_deviation);
  ADD (what_is_not_seen_to_come_stays_as_long);
#undef ADD
  return g_test_run ();
}
