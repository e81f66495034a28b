/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes, parameters and their first values; what a network must refuse. */
#include <glib.h>
#include <limits.h>
#include <math.h>
#include <nn/nn.h>
#include <string.h>

static void
assert_shape (NnShape shape, int height, int width, int channels)
{
  g_assert_cmpint (shape.height, ==, height);
  g_assert_cmpint (shape.width, ==, width);
  g_assert_cmpint (shape.channels, ==, channels);
}

static void
assert_parameter (NnNetwork *network,
                  int index,
                  const char *name,
                  int layer,
                  bool trained,
                  int n_dims,
                  const int dims[])
{
  NnParameter *parameter = nn_network_get_parameter (network, index);
  gsize n = 1;

  g_assert_cmpstr (parameter->name, ==, name);
  g_assert_cmpint (parameter->layer, ==, layer);
  g_assert_cmpint (parameter->trained, ==, trained);
  g_assert_cmpint (parameter->n_dims, ==, n_dims);
  for (int i = 0; i < n_dims; i++)
    {
      g_assert_cmpint (parameter->dims[i], ==, dims[i]);
      n *= dims[i];
    }
  g_assert_cmpuint (parameter->n_values, ==, n);
  g_assert_null (parameter->gradient);
}

static void
shapes_and_parameters_are_keras (void)
{
  const NnLayer layers[] = {
    { .kind = NN_CONV_2D, .filters = 32, .kernel = 3, .stride = 2 },
    { .kind = NN_BATCH_NORM, .momentum = 0.99f, .epsilon = 1e-3f },
    { .kind = NN_LEAKY_RELU, .slope = 0.3f },
    { .kind = NN_RESHAPE, .shape = { 1, 1, 4 * 3 * 32 } },
    { .kind = NN_DENSE, .filters = 6 },
    { .kind = NN_RESHAPE, .shape = { 1, 2, 3 } },
    { .kind = NN_CONV_2D_TRANSPOSE, .filters = 5, .kernel = 4, .stride = 3 },
  };
  NnNetwork *network = nn_network_new ((NnShape) { 7, 5, 3 }, layers, 7);
  const int norm = 32;

  g_assert_nonnull (network);
  g_assert_cmpint (nn_network_get_n_layers (network), ==, 7);
  g_assert_cmpint (nn_network_get_layer (network, 6)->kernel, ==, 4);
  assert_shape (nn_network_get_shape (network, -1), 7, 5, 3);
  assert_shape (nn_network_get_shape (network, 0), 4, 3, 32);
  assert_shape (nn_network_get_shape (network, 2), 4, 3, 32);
  assert_shape (nn_network_get_shape (network, 3), 1, 1, 384);
  assert_shape (nn_network_get_shape (network, 4), 1, 1, 6);
  assert_shape (nn_network_get_shape (network, 6), 3, 6, 5);

  g_assert_cmpint (nn_network_get_n_parameters (network), ==, 10);
  assert_parameter (network, 0, "kernel", 0, true, 4, (int[]) { 3, 3, 3, 32 });
  assert_parameter (network, 1, "bias", 0, true, 1, (int[]) { 32 });
  assert_parameter (network, 2, "gamma", 1, true, 1, &norm);
  assert_parameter (network, 3, "beta", 1, true, 1, &norm);
  assert_parameter (network, 4, "moving_mean", 1, false, 1, &norm);
  assert_parameter (network, 5, "moving_variance", 1, false, 1, &norm);
  assert_parameter (network, 6, "kernel", 4, true, 2, (int[]) { 384, 6 });
  assert_parameter (network, 7, "bias", 4, true, 1, (int[]) { 6 });
  assert_parameter (network, 8, "kernel", 6, true, 4, (int[]) { 4, 4, 5, 3 });
  assert_parameter (network, 9, "bias", 6, true, 1, (int[]) { 5 });
  for (int i = 0; i < 10; i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      for (gsize j = 0; j < parameter->n_values; j++)
        g_assert_cmpfloat (parameter->value[j], ==, i == 2 || i == 5);
    }
  nn_network_free (network);
}

static void
dense_flattens_its_input (void)
{
  const NnLayer layer = { .kind = NN_DENSE, .filters = 4 };
  NnNetwork *network = nn_network_new ((NnShape) { 3, 2, 5 }, &layer, 1);

  assert_parameter (network, 0, "kernel", 0, true, 2, (int[]) { 30, 4 });
  nn_network_free (network);
}

static void
initialization_is_glorot_uniform (void)
{
  const NnLayer layers[] = {
    { .kind = NN_CONV_2D_TRANSPOSE, .filters = 40, .kernel = 3, .stride = 2 },
    { .kind = NN_BATCH_NORM, .momentum = 0.99f, .epsilon = 1e-3f },
  };
  NnNetwork *network = nn_network_new ((NnShape) { 2, 2, 60 }, layers, 2);
  NnNetwork *again = nn_network_new ((NnShape) { 2, 2, 60 }, layers, 2);
  NnParameter *kernel = nn_network_get_parameter (network, 0);
  double limit = sqrt (6.0 / (9 * 60 + 9 * 40)), sum = 0.0, squares = 0.0,
         most = 0.0;

  nn_network_initialize (network, 7);
  for (gsize i = 0; i < kernel->n_values; i++)
    {
      sum += kernel->value[i];
      squares += kernel->value[i] * kernel->value[i];
      most = MAX (most, fabs (kernel->value[i]));
    }
  g_assert_cmpfloat (most, <=, limit);
  g_assert_cmpfloat (most, >, 0.999 * limit);
  g_assert_cmpfloat (fabs (sum / kernel->n_values), <, 0.02 * limit);
  g_assert_cmpfloat (fabs (squares / kernel->n_values / (limit * limit / 3.0) -
                           1.0),
                     <, 0.02);
  for (int i = 1; i < 6; i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      bool one = g_str_equal (parameter->name, "gamma") ||
                 g_str_equal (parameter->name, "moving_variance");

      for (gsize j = 0; j < parameter->n_values; j++)
        g_assert_cmpfloat (parameter->value[j], ==, one);
    }

  nn_network_initialize (again, 7);
  g_assert_cmpmem (kernel->value, kernel->n_values * sizeof (float),
                   nn_network_get_parameter (again, 0)->value,
                   kernel->n_values * sizeof (float));
  nn_network_initialize (again, 8);
  g_assert_cmpint (memcmp (kernel->value,
                           nn_network_get_parameter (again, 0)->value, 64),
                   !=, 0);
  nn_network_free (network);
  nn_network_free (again);
}

/* The very numbers: they must be these on every machine. */
static void
random_numbers_are_the_same_everywhere (void)
{
  double sum = 0.0, squares = 0.0, cubes = 0.0, neighbours = 0.0;
  const int n = 100000;

  g_assert_cmpfloat (nn_random_uniform (0, 0), ==, 0xa706dd * 0x1p-24f);
  g_assert_cmpfloat (nn_random_uniform (1, 0), ==, 0x5e41ab * 0x1p-24f);
  g_assert_cmpfloat (nn_random_uniform (0, 1), ==, 0xb382a3 * 0x1p-24f);
  for (int i = 0; i < n; i++)
    {
      float normal = nn_random_normal (3, i),
            uniform = nn_random_uniform (3, i);

      g_assert_cmpfloat (uniform, >=, 0.0f);
      g_assert_cmpfloat (uniform, <, 1.0f);
      sum += normal;
      squares += normal * normal;
      cubes += normal * normal * normal;
      neighbours += (uniform - 0.5) * (nn_random_uniform (4, i) - 0.5);
    }
  g_assert_cmpfloat (fabs (sum / n), <, 0.015);
  g_assert_cmpfloat (fabs (squares / n - 1.0), <, 0.02);
  g_assert_cmpfloat (fabs (cubes / n), <, 0.06);
  g_assert_cmpfloat (fabs (neighbours / n), <, 0.002);
}

static void
assert_refused (NnShape input, NnLayer layer)
{
  g_assert_null (nn_network_new (input, &layer, 1));
}

static void
what_does_not_fit_is_refused (void)
{
  const NnShape shape = { 4, 6, 8 };
  const NnLayer conv = { .kind = NN_CONV_2D,
                         .filters = 3,
                         .kernel = 3,
                         .stride = 2 };
  const NnLayer norm = { .kind = NN_BATCH_NORM,
                         .momentum = 0.99f,
                         .epsilon = 1e-3f };
  NnLayer layer;

  g_assert_null (nn_network_new ((NnShape) { 0, 6, 8 }, &conv, 1));
  g_assert_null (nn_network_new ((NnShape) { 4, -6, 8 }, &conv, 1));
  g_assert_null (nn_network_new ((NnShape) { 4, 6, 0 }, &conv, 1));
  g_assert_null (nn_network_new ((NnShape) { 65536, 65536, 65536 }, &norm, 1));
  g_assert_null (nn_network_new (shape, &conv, -1));

  for (NnLayerKind kind = NN_CONV_2D; kind <= NN_CONV_2D_TRANSPOSE; kind++)
    for (int i = 0; i < 3; i++)
      for (int value = -1; value <= 0; value++)
        {
          layer = conv;
          layer.kind = kind;
          *(int *[]) { &layer.filters, &layer.kernel,
                       &layer.stride }[i] = value;
          assert_refused (shape, layer);
        }
  assert_refused (shape, (NnLayer) { .kind = NN_DENSE, .filters = 0 });
  assert_refused (shape,
                  (NnLayer) { .kind = NN_RESHAPE, .shape = { 4, 6, 7 } });
  assert_refused (shape,
                  (NnLayer) { .kind = NN_RESHAPE, .shape = { -4, -6, 8 } });
  assert_refused (shape, (NnLayer) { .kind = NN_RESHAPE,
                                     .shape = { 1 << 16, 1 << 16, 192 } });
  for (int i = 0; i < 3; i++)
    assert_refused (shape, (NnLayer) { .kind = NN_LEAKY_RELU,
                                       .slope = (float[]) { -0.1f, NAN,
                                                            INFINITY }[i] });
  for (int i = 0; i < 4; i++)
    assert_refused (shape, (NnLayer) { .kind = NN_DROPOUT,
                                       .rate = (float[]) { -0.1f, 1.0f, 2.0f,
                                                           NAN }[i] });
  for (int i = 0; i < 3; i++)
    {
      layer = norm;
      layer.momentum = (float[]) { -0.1f, 1.1f, NAN }[i];
      assert_refused (shape, layer);
      layer = norm;
      layer.epsilon = (float[]) { 0.0f, -1.0f, NAN }[i];
      assert_refused (shape, layer);
    }
  assert_refused (shape, (NnLayer) { .kind = NN_SIGMOID + 1 });
  assert_refused (shape, (NnLayer) { .kind = -1 });
}

static void
what_overflows_is_refused (void)
{
  const NnShape shape = { 4, 6, 8 };

  for (NnLayerKind kind = NN_CONV_2D; kind <= NN_CONV_2D_TRANSPOSE; kind++)
    {
      assert_refused (shape, (NnLayer) { .kind = kind,
                                         .filters = INT_MAX,
                                         .kernel = 1,
                                         .stride = 1 });
      assert_refused (shape, (NnLayer) { .kind = kind,
                                         .filters = 3,
                                         .kernel = INT_MAX,
                                         .stride = 1 });
      assert_refused (shape, (NnLayer) { .kind = kind,
                                         .filters = 65536,
                                         .kernel = 181,
                                         .stride = 1 });
    }
  assert_refused (shape, (NnLayer) { .kind = NN_CONV_2D_TRANSPOSE,
                                     .filters = 1,
                                     .kernel = 1,
                                     .stride = INT_MAX });
  assert_refused (shape, (NnLayer) { .kind = NN_CONV_2D_TRANSPOSE,
                                     .filters = 1,
                                     .kernel = 1,
                                     .stride = 1 << 14 });
  assert_refused (shape,
                  (NnLayer) { .kind = NN_DENSE, .filters = INT_MAX / 191 });
}

/* A stride longer than the picture is odd, but fits. */
static void
long_strides_fit (void)
{
  const NnLayer layer = { .kind = NN_CONV_2D,
                          .filters = 3,
                          .kernel = 3,
                          .stride = INT_MAX };
  NnNetwork *network = nn_network_new ((NnShape) { 4, 6, 8 }, &layer, 1);

  g_assert_nonnull (network);
  assert_shape (nn_network_get_shape (network, 0), 1, 1, 3);
  nn_network_free (network);
}

static void
plans_and_tapes_too_large_are_refused (void)
{
  const NnLayer layers[] = {
    { .kind = NN_CONV_2D, .filters = 1 << 10, .kernel = 1, .stride = 1 },
    { .kind = NN_SIGMOID },
    { .kind = NN_CONV_2D, .filters = 1, .kernel = 1, .stride = 1 }
  };
  NnNetwork *network = nn_network_new ((NnShape) { 1 << 10, 1 << 10, 1 },
                                       layers, 3);

  g_assert_nonnull (network);
  g_assert_null (nn_plan_new (network, INT_MAX));
  g_assert_null (nn_tape_new (network, INT_MAX));
  g_assert_null (nn_plan_new (network, 0));
  g_assert_null (nn_tape_new (network, -1));
  nn_network_free (network);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/network/shapes_and_parameters_are_keras",
                   shapes_and_parameters_are_keras);
  g_test_add_func ("/nn/network/dense_flattens_its_input",
                   dense_flattens_its_input);
  g_test_add_func ("/nn/network/initialization_is_glorot_uniform",
                   initialization_is_glorot_uniform);
  g_test_add_func ("/nn/network/random_numbers_are_the_same_everywhere",
                   random_numbers_are_the_same_everywhere);
  g_test_add_func ("/nn/network/what_does_not_fit_is_refused",
                   what_does_not_fit_is_refused);
  g_test_add_func ("/nn/network/what_overflows_is_refused",
                   what_overflows_is_refused);
  g_test_add_func ("/nn/network/long_strides_fit", long_strides_fit);
  g_test_add_func ("/nn/network/plans_and_tapes_too_large_are_refused",
                   plans_and_tapes_too_large_are_refused);
  return g_test_run ();
}
