/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans and tapes as wholes: they agree, share networks, drop at random, and
 * give the same bytes at any number of threads.
 */
#include <glib.h>
#include <math.h>
#include <nn/nn.h>
#include <string.h>

#define SEED 42
#define BATCH 3

static const NnLayer conv = { .kind = NN_CONV_2D,
                              .filters = 9,
                              .kernel = 3,
                              .stride = 2 };
static const NnLayer conv_t = { .kind = NN_CONV_2D_TRANSPOSE,
                                .filters = 7,
                                .kernel = 3,
                                .stride = 2 };
static const NnLayer dense = { .kind = NN_DENSE, .filters = 24 };
static const NnLayer square = { .kind = NN_RESHAPE, .shape = { 2, 2, 6 } };
static const NnLayer leaky = { .kind = NN_LEAKY_RELU, .slope = 0.3f };
static const NnLayer norm = { .kind = NN_BATCH_NORM,
                              .momentum = 0.9f,
                              .epsilon = 1e-3f };
static const NnLayer dropout = { .kind = NN_DROPOUT, .rate = 0.25f };
static const NnLayer sigmoid = { .kind = NN_SIGMOID };

/* Channels and sides enough for tiles, but for the first and the last. */
static const NnShape tiled_shape = { 17, 18, 5 };
static const NnLayer tiled[] = {
  { .kind = NN_CONV_2D, .filters = 32, .kernel = 3, .stride = 2 },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_CONV_2D, .filters = 16, .kernel = 3, .stride = 1 },
  { .kind = NN_BATCH_NORM, .momentum = 0.9f, .epsilon = 1e-3f },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_CONV_2D_TRANSPOSE, .filters = 20, .kernel = 4, .stride = 2 },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_BATCH_NORM, .momentum = 0.9f, .epsilon = 1e-3f },
  { .kind = NN_CONV_2D, .filters = 48, .kernel = 4, .stride = 2 },
  { .kind = NN_CONV_2D_TRANSPOSE, .filters = 16, .kernel = 3, .stride = 1 },
  { .kind = NN_CONV_2D_TRANSPOSE, .filters = 3, .kernel = 3, .stride = 1 },
  { .kind = NN_SIGMOID },
};

static gsize
shape_size (NnShape shape)
{
  return (gsize) shape.height * shape.width * shape.channels;
}

static float *
random_floats (gsize n, uint64_t seed)
{
  float *floats = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    floats[i] = nn_random_normal (seed, i);
  return floats;
}

static NnNetwork *
random_network (NnShape shape, const NnLayer *layers, int n_layers)
{
  NnNetwork *network = nn_network_new (shape, layers, n_layers);

  g_assert_nonnull (network);
  nn_network_initialize (network, SEED);
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      if (! g_str_equal (parameter->name, "kernel"))
        for (gsize j = 0; j < parameter->n_values; j++)
          parameter->value[j] = 0.5f + nn_random_uniform (SEED + i, j);
    }
  return network;
}

static void
assert_near (const float *values, const float *expected, gsize n)
{
  float scale = 1e-3f;

  for (gsize i = 0; i < n; i++)
    scale = MAX (scale, fabsf (expected[i]));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i], 4e-6f * scale);
}

/* --- plans ------------------------------------------------------------------
 */

static void
check_plan (NnShape shape, const NnLayer *layers, int n_layers)
{
  NnNetwork *network = random_network (shape, layers, n_layers);
  NnTape *tape = nn_tape_new (network, BATCH);
  NnPlan *plan = nn_plan_new (network, BATCH + 2);
  gsize n = BATCH * shape_size (nn_network_get_shape (network, n_layers - 1));
  g_autofree float *input = random_floats (BATCH * shape_size (shape), SEED);
  g_autofree float *output = g_new (float, n + 1);

  output[n] = 12345.0f;
  nn_plan_run (plan, BATCH, input, output);
  assert_near (output, nn_tape_forward (tape, NN_FROZEN, BATCH, input, SEED),
               n);
  g_assert_cmpfloat (output[n], ==, 12345.0f);
  nn_tape_free (tape);
  nn_plan_free (plan);
  nn_network_free (network);
}

static void
plan_equals_frozen_tape (void)
{
  const NnLayer networks[][12] = {
    { conv, norm, leaky, dropout, conv, norm, leaky, dropout, dense },
    { conv, leaky, norm, dropout, conv, leaky, norm, dropout, dense },
    { dense, square, conv_t, norm, leaky, dropout, conv_t, sigmoid },
    { conv, norm, norm, leaky, norm, norm, leaky, sigmoid, norm, dense,
      sigmoid },
    { norm, leaky, conv_t, leaky },
    { leaky, norm, sigmoid, norm, dropout, dense, square, norm, leaky },
    { dropout, sigmoid },
    { dense, square, norm, leaky, conv },
    { dropout }
  };
  const int lengths[] = { 9, 9, 8, 11, 4, 9, 2, 5, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    check_plan ((NnShape) { 7, 6, 5 }, networks[i], lengths[i]);
}

/* Layers that go by tiles, beside others that want a border. */
static void
plan_of_tiles_equals_frozen_tape (void)
{
  check_plan (tiled_shape, tiled, G_N_ELEMENTS (tiled));
}

static void
plan_outlives_its_network (void)
{
  const NnLayer layers[] = { conv, norm, leaky, dense };
  const NnShape shape = { 5, 5, 3 };
  NnNetwork *network = random_network (shape, layers, 4);
  NnPlan *plan = nn_plan_new (network, 1);
  g_autofree float *input = random_floats (shape_size (shape), SEED);
  float before[24], after[24];

  nn_plan_run (plan, 1, input, before);
  nn_network_get_parameter (network, 0)->value[0] += 1.0f;
  nn_network_free (network);
  nn_plan_run (plan, 1, input, after);
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
  nn_plan_free (plan);
}

/* --- tapes ------------------------------------------------------------------
 */

static void
tapes_add_their_gradients (void)
{
  const NnLayer layers[] = { conv, leaky, norm, dropout, dense, leaky };
  const NnShape shape = { 6, 7, 3 };
  NnNetwork *network = random_network (shape, layers, 6);
  NnTape *tapes[2] = { nn_tape_new (network, BATCH),
                       nn_tape_new (network, BATCH + 1) };
  g_autofree float *gradient = random_floats ((BATCH + 1) * 24, SEED + 9);
  g_autofree float *alone[2][6] = { 0 };

  for (int i = 0; i < 2; i++)
    {
      g_autofree float *input = random_floats ((BATCH + i) * shape_size (shape),
                                               SEED + i);

      nn_tape_forward (tapes[i], NN_TRAINING, BATCH + i, input, i);
      nn_network_clear_gradients (network);
      nn_tape_backward (tapes[i], gradient, true, NULL);
      for (int j = 0; j < 6; j++)
        {
          NnParameter *parameter = nn_network_get_parameter (network, j);

          if (parameter->trained)
            alone[i][j] = g_memdup2 (parameter->gradient,
                                     parameter->n_values * sizeof (float));
        }
    }
  nn_network_clear_gradients (network);
  nn_tape_backward (tapes[0], gradient, false, NULL);
  for (int j = 0; j < 2; j++)
    g_assert_cmpfloat (nn_network_get_parameter (network, j)->gradient[0], ==,
                       0.0f);
  for (int i = 0; i < 2; i++)
    nn_tape_backward (tapes[i], gradient, true, NULL);
  for (int j = 0; j < 6; j++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, j);

      for (gsize k = 0; parameter->trained && k < parameter->n_values; k++)
        alone[0][j][k] += alone[1][j][k];
      if (parameter->trained)
        assert_near (parameter->gradient, alone[0][j], parameter->n_values);
    }
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 6; j++)
      g_free (g_steal_pointer (&alone[i][j]));
  nn_tape_free (tapes[0]);
  nn_tape_free (tapes[1]);
  nn_network_free (network);
}

/* The outputs of layers inside are those of a network that ends there. */
static void
inner_outputs_are_those_of_shorter_networks (void)
{
  const NnLayer layers[] = { conv,    norm,  leaky,  dropout, conv,   leaky,
                             dropout, dense, square, sigmoid, norm,   leaky,
                             conv_t,  leaky, norm,   leaky,   dropout };
  const NnShape shape = { 6, 7, 3 };
  NnNetwork *network = random_network (shape, layers, G_N_ELEMENTS (layers));
  NnTape *tape = nn_tape_new (network, BATCH);
  g_autofree float *input = random_floats (BATCH * shape_size (shape), SEED);

  for (NnMode mode = NN_TRAINING; mode <= NN_FROZEN; mode++)
    {
      nn_tape_forward (tape, mode, BATCH, input, SEED);
      for (int n = 1; n <= (int) G_N_ELEMENTS (layers); n++)
        {
          NnNetwork *shorter = nn_network_new (shape, layers, n);
          gsize size = BATCH *
                       shape_size (nn_network_get_shape (shorter, n - 1));
          NnTape *shorter_tape;

          for (int i = 0; i < nn_network_get_n_parameters (shorter); i++)
            memcpy (nn_network_get_parameter (shorter, i)->value,
                    nn_network_get_parameter (network, i)->value,
                    nn_network_get_parameter (network, i)->n_values *
                        sizeof (float));
          shorter_tape = nn_tape_new (shorter, BATCH);
          assert_near (nn_tape_get_output (tape, n - 1),
                       nn_tape_forward (shorter_tape, mode, BATCH, input, SEED),
                       size);
          nn_tape_free (shorter_tape);
          nn_network_free (shorter);
        }
    }
  nn_tape_free (tape);
  nn_network_free (network);
}

static void
dropout_drops_its_rate_and_keeps_the_mean (void)
{
  const gsize n = 100000;
  NnNetwork *network = nn_network_new ((NnShape) { 1, 100, 1000 }, &dropout, 1);
  NnTape *tape = nn_tape_new (network, 1);
  g_autofree float *ones = g_new (float, n);
  g_autofree float *first = NULL;
  const float *output;
  gsize n_dropped = 0, n_both = 0;

  for (gsize i = 0; i < n; i++)
    ones[i] = 1.0f;
  output = nn_tape_forward (tape, NN_TRAINING, 1, ones, 1);
  first = g_memdup2 (output, n * sizeof (float));
  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (output[i] == 0.0f || output[i] == 1.0f / 0.75f);
      n_dropped += output[i] == 0.0f;
    }
  /* 25,000; standard deviation 137 */
  g_assert_cmpuint (n_dropped, >, 24300);
  g_assert_cmpuint (n_dropped, <, 25700);

  /* another seed, other drops: 6,250 in both; standard deviation 77 */
  output = nn_tape_forward (tape, NN_TRAINING, 1, ones, 2);
  for (gsize i = 0; i < n; i++)
    n_both += first[i] == 0.0f && output[i] == 0.0f;
  g_assert_cmpuint (n_both, >, 5850);
  g_assert_cmpuint (n_both, <, 6650);

  output = nn_tape_forward (tape, NN_TRAINING, 1, ones, 1);
  g_assert_cmpmem (output, n * sizeof (float), first, n * sizeof (float));
  output = nn_tape_forward (tape, NN_FROZEN, 1, ones, 1);
  g_assert_cmpmem (output, n * sizeof (float), ones, n * sizeof (float));
  nn_tape_free (tape);
  nn_network_free (network);
}

/* Mean and variance far from 0 and 1: no cancellation. */
static void
batch_norm_is_accurate_far_from_zero (void)
{
  const NnShape shape = { 40, 50, 3 };
  const gsize n = BATCH * 40 * 50;
  NnNetwork *network = nn_network_new (shape, &norm, 1);
  NnTape *tape = nn_tape_new (network, BATCH);
  g_autofree float *input = random_floats (3 * n, SEED);
  const float *output;

  for (gsize i = 0; i < 3 * n; i++)
    input[i] = 1000.0f * (i % 3) + 0.25f * (i % 3 + 1) * input[i];
  output = nn_tape_forward (tape, NN_TRAINING, BATCH, input, 0);
  for (int channel = 0; channel < 3; channel++)
    {
      double mean = 0.0, variance = 0.0, out_mean = 0.0, out_variance = 0.0;

      for (gsize i = channel; i < 3 * n; i += 3)
        mean += (double) input[i] / n;
      for (gsize i = channel; i < 3 * n; i += 3)
        variance += ((double) input[i] - mean) * (input[i] - mean) / n;
      for (gsize i = channel; i < 3 * n; i += 3)
        {
          out_mean += (double) output[i] / n;
          out_variance += (double) output[i] * output[i] / n;
        }
      g_assert_cmpfloat_with_epsilon (out_mean, 0.0, 3e-4);
      g_assert_cmpfloat_with_epsilon (out_variance,
                                      variance / (variance + 1e-3), 1e-3);
      g_assert_cmpfloat_with_epsilon (
          nn_network_get_parameter (network, 2)->value[channel], 0.1 * mean,
          1e-4 + 1e-7 * mean);
      g_assert_cmpfloat_with_epsilon (
          nn_network_get_parameter (network, 3)->value[channel],
          0.9 + 0.1 * variance, 1e-5);
    }
  nn_tape_free (tape);
  nn_network_free (network);
}

static void
sigmoid_is_accurate_and_never_leaves_its_range (void)
{
  const int n = 40001;
  NnNetwork *network = nn_network_new ((NnShape) { 1, 1, n }, &sigmoid, 1);
  NnTape *tape = nn_tape_new (network, 1);
  NnPlan *plan = nn_plan_new (network, 1);
  g_autofree float *input = g_new (float, n);
  g_autofree float *planned = g_new (float, n);
  const float *output;

  for (int i = 0; i < n; i++)
    input[i] = (i - n / 2) * 0.01f; /* ±200 */
  output = nn_tape_forward (tape, NN_TRAINING, 1, input, 0);
  nn_plan_run (plan, 1, input, planned);
  for (int i = 0; i < n; i++)
    {
      double expected = 1.0 / (1.0 + exp (-(double) input[i]));

      g_assert_cmpfloat_with_epsilon (output[i], expected,
                                      3e-7 * expected + 2e-38);
      g_assert_cmpfloat_with_epsilon (planned[i], expected,
                                      3e-7 * expected + 2e-38);
      g_assert_true (output[i] >= 0.0f && output[i] <= 1.0f);
    }
  nn_plan_free (plan);
  nn_tape_free (tape);
  nn_network_free (network);
}

/* --- threads ----------------------------------------------------------------
 */

/* All that a training step makes, then what a plan gives: one checksum. */
static char *
checksum_of_training (NnShape shape,
                      const NnLayer *layers,
                      int n_layers,
                      int n_threads)
{
  const int batch = 5;
  NnNetwork *network = random_network (shape, layers, n_layers);
  NnTape *tape = nn_tape_new (network, batch);
  NnAdam *adam = nn_adam_new (network, 0.9f, 0.999f, 1e-7f);
  gsize n_inputs = batch * shape_size (shape);
  gsize n_outputs = batch *
                    shape_size (nn_network_get_shape (network, n_layers - 1));
  g_autofree float *input = random_floats (n_inputs, SEED);
  g_autofree float *gradient = random_floats (n_outputs, SEED + 1);
  g_autofree float *input_gradient = g_new (float, n_inputs);
  g_autofree float *planned = g_new (float, n_outputs);
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  NnPlan *plan;
  char *text;

  nn_set_threads (n_threads);
  g_assert_cmpint (nn_get_threads (), ==, n_threads);
  for (int step = 0; step < 2; step++)
    {
      const float *output = nn_tape_forward (tape, NN_TRAINING, batch, input,
                                             step);

      g_checksum_update (checksum, (const guchar *) output,
                         n_outputs * sizeof (float));
      nn_network_clear_gradients (network);
      nn_tape_backward (tape, gradient, true, input_gradient);
      g_checksum_update (checksum, (const guchar *) input_gradient,
                         n_inputs * sizeof (float));
      nn_adam_step (adam, 0.001f);
      for (int i = 0; i < nn_network_get_n_parameters (network); i++)
        {
          NnParameter *parameter = nn_network_get_parameter (network, i);
          gsize size = parameter->n_values * sizeof (float);

          g_checksum_update (checksum, (const guchar *) parameter->value, size);
          if (parameter->trained)
            g_checksum_update (checksum, (const guchar *) parameter->gradient,
                               size);
        }
    }
  plan = nn_plan_new (network, batch);
  nn_plan_run (plan, batch, input, planned);
  g_checksum_update (checksum, (const guchar *) planned,
                     n_outputs * sizeof (float));

  text = g_strdup (g_checksum_get_string (checksum));
  g_checksum_free (checksum);
  nn_plan_free (plan);
  nn_adam_free (adam);
  nn_tape_free (tape);
  nn_network_free (network);
  nn_set_threads (0);
  return text;
}

static void
check_threads (NnShape shape, const NnLayer *layers, int n_layers)
{
  g_autofree char *one = checksum_of_training (shape, layers, n_layers, 1);

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *more = checksum_of_training (shape, layers, n_layers,
                                                    (int[]) { 2, 3, 8 }[i]);

      g_assert_cmpstr (more, ==, one);
    }
}

static void
same_bytes_at_any_thread_count (void)
{
  const NnLayer layers[] = { conv,  norm,    leaky,  dropout, conv,   leaky,
                             norm,  dropout, dense,  square,  conv_t, norm,
                             leaky, dropout, conv_t, sigmoid };

  check_threads ((NnShape) { 33, 47, 5 }, layers, G_N_ELEMENTS (layers));
}

static void
same_bytes_of_tiles_at_any_thread_count (void)
{
  check_threads (tiled_shape, tiled, G_N_ELEMENTS (tiled));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/plan/equals_frozen_tape", plan_equals_frozen_tape);
  g_test_add_func ("/nn/plan/of_tiles_equals_frozen_tape",
                   plan_of_tiles_equals_frozen_tape);
  g_test_add_func ("/nn/plan/outlives_its_network", plan_outlives_its_network);
  g_test_add_func ("/nn/tape/gradients_of_two_add", tapes_add_their_gradients);
  g_test_add_func ("/nn/tape/inner_outputs_are_those_of_shorter_networks",
                   inner_outputs_are_those_of_shorter_networks);
  g_test_add_func ("/nn/tape/dropout_drops_its_rate_and_keeps_the_mean",
                   dropout_drops_its_rate_and_keeps_the_mean);
  g_test_add_func ("/nn/tape/batch_norm_is_accurate_far_from_zero",
                   batch_norm_is_accurate_far_from_zero);
  g_test_add_func ("/nn/tape/sigmoid_is_accurate_and_never_leaves_its_range",
                   sigmoid_is_accurate_and_never_leaves_its_range);
  g_test_add_func ("/nn/threads/same_bytes_at_any_thread_count",
                   same_bytes_at_any_thread_count);
  g_test_add_func ("/nn/threads/same_bytes_of_tiles",
                   same_bytes_of_tiles_at_any_thread_count);
  return g_test_run ();
}
