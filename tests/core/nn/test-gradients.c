/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradients that a tape computes are those that one measures by moving each
 * number a little to both sides.  Weighted sums of a network's outputs stand
 * for the loss; sums are in double and steps are large for float, so that
 * rounding is far below what is allowed.
 */
#include <glib.h>
#include <math.h>
#include <nn/nn.h>

#define SEED 20250101

typedef struct
{
  NnNetwork *network;
  NnTape *tape;
  NnMode mode;
  int batch;
  gsize n_inputs;
  gsize n_outputs;
  float *input;
  float *weights; /* of the outputs in the loss */
} Probe;

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

static void
randomize_parameters (NnNetwork *network)
{
  nn_network_initialize (network, SEED);
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      gboolean variance = g_str_equal (parameter->name, "moving_variance");

      if (g_str_equal (parameter->name, "kernel"))
        continue;
      for (gsize j = 0; j < parameter->n_values; j++)
        parameter->value[j] = variance ?
                                  0.5f + nn_random_uniform (SEED + i, j) :
                                  0.7f * nn_random_normal (SEED + i, j);
    }
}

static double
loss (Probe *probe)
{
  const float *output = nn_tape_forward (probe->tape, probe->mode, probe->batch,
                                         probe->input, SEED);
  double sum = 0.0;

  for (gsize i = 0; i < probe->n_outputs; i++)
    sum += (double) probe->weights[i] * output[i];
  return sum;
}

/* The slope; @between is how much it differs from one side to the other, as it
 * does at the kinks of leaky units.  NAN where that is too much. */
static double
measure_slope (Probe *probe, float *number, double at_rest, double *between)
{
  const float step = 2e-3f;
  float value = *number;
  double above, below;

  *number = value + step;
  above = (loss (probe) - at_rest) / ((double) *number - value);
  *number = value - step;
  below = (loss (probe) - at_rest) / ((double) *number - value);
  *number = value;
  *between = fabs (above - below);
  if (*between > 0.02 * (fabs (above) + fabs (below)) + 0.02)
    return NAN;
  return (above + below) / 2.0;
}

/* At most about @most of the numbers, evenly spread; returns how many could be
 * measured. */
static int
check_numbers (Probe *probe,
               const char *what,
               float *numbers,
               const float *gradients,
               gsize n,
               gsize most)
{
  gsize stride = n / most + 1;
  double at_rest = loss (probe), scale = 0.0, between;
  int n_measured = 0;

  for (gsize i = 0; i < n; i++)
    scale = MAX (scale, fabs (gradients[i]));
  for (gsize i = 0; i < n; i += stride)
    {
      double slope = measure_slope (probe, &numbers[i], at_rest, &between);

      if (isnan (slope))
        continue;
      n_measured++;
      if (fabs (slope - gradients[i]) >
          0.01 * fabs (slope) + 0.005 * scale + between / 2.0 + 2e-3)
        g_error ("%s[%" G_GSIZE_FORMAT "]: measured %g, computed %g", what, i,
                 slope, gradients[i]);
    }
  return n_measured;
}

static void
check_network (NnShape shape,
               const NnLayer *layers,
               int n_layers,
               NnMode mode,
               int batch)
{
  Probe probe = { .mode = mode, .batch = batch };
  g_autofree float *input_gradient = NULL;
  int n_measured;

  probe.network = nn_network_new (shape, layers, n_layers);
  g_assert_nonnull (probe.network);
  randomize_parameters (probe.network);
  probe.tape = nn_tape_new (probe.network, batch + 1);
  probe.n_inputs = batch * shape_size (shape);
  probe.n_outputs = batch * shape_size (nn_network_get_shape (probe.network,
                                                              n_layers - 1));
  probe.input = random_floats (probe.n_inputs, SEED + 1);
  probe.weights = random_floats (probe.n_outputs, SEED + 2);
  input_gradient = g_new (float, probe.n_inputs);

  loss (&probe);
  nn_tape_backward (probe.tape, probe.weights, TRUE, input_gradient);
  n_measured = check_numbers (&probe, "input", probe.input, input_gradient,
                              probe.n_inputs, 30);
  g_assert_cmpint (n_measured, >, 0);
  for (int i = 0; i < nn_network_get_n_parameters (probe.network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (probe.network, i);

      if (parameter->trained)
        check_numbers (&probe, parameter->name, parameter->value,
                       parameter->gradient, parameter->n_values, 30);
    }

  nn_tape_free (probe.tape);
  nn_network_free (probe.network);
  g_free (probe.input);
  g_free (probe.weights);
}

static NnLayer
convolution (NnLayerKind kind, int filters, int kernel, int stride)
{
  return (NnLayer) { .kind = kind,
                     .filters = filters,
                     .kernel = kernel,
                     .stride = stride };
}

static NnLayer
leaky_relu (void)
{
  return (NnLayer) { .kind = NN_LEAKY_RELU, .slope = 0.3f };
}

static NnLayer
batch_norm (void)
{
  return (
      NnLayer) { .kind = NN_BATCH_NORM, .momentum = 0.99f, .epsilon = 1e-3f };
}

static NnLayer
dropout (void)
{
  return (NnLayer) { .kind = NN_DROPOUT, .rate = 0.25f };
}

static NnLayer
sigmoid (void)
{
  return (NnLayer) { .kind = NN_SIGMOID };
}

static NnLayer
dense (int units)
{
  return (NnLayer) { .kind = NN_DENSE, .filters = units };
}

static NnLayer
reshape (int height, int width, int channels)
{
  return (NnLayer) { .kind = NN_RESHAPE, .shape = { height, width, channels } };
}

static void
every_convolution (gconstpointer data)
{
  NnLayerKind kind = GPOINTER_TO_INT (data);
  int round = 0;

  for (int stride = 1; stride <= 3; stride++)
    for (int kernel = 1; kernel <= 7; kernel++, round++)
      {
        NnShape shape = { 1 + round * 5 % 9, 1 + round * 7 % 8, 1 + round % 4 };
        NnLayer layer = convolution (kind, 1 + round * 3 % 5, kernel, stride);

        check_network (shape, &layer, 1, NN_TRAINING, 1 + round % 5);
      }
}

static void
every_other_layer (void)
{
  const NnLayer layers[] = { dense (7),     reshape (5, 3, 12), leaky_relu (),
                             batch_norm (), dropout (),         sigmoid () };

  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    for (int batch = 2; batch <= 5; batch += 3)
      {
        check_network ((NnShape) { 5, 4, 9 }, &layers[i], 1, NN_TRAINING,
                       batch);
        check_network ((NnShape) { 5, 4, 9 }, &layers[i], 1, NN_FROZEN, batch);
      }
}

/* Each order of layers that a tape runs in a pass of its own. */
static void
every_order_between_kernels (void)
{
  const NnLayer a = leaky_relu (), n = batch_norm (), d = dropout (),
                s = sigmoid ();
  const NnLayer orders[][5] = { { n, a, d },    { a, n, d },
                                { a, n, a, d }, { n, d },
                                { d, n, a },    { n, s, d },
                                { s, n },       { a, d },
                                { a, a, s },    { n, n },
                                { s, d },       { n, a, a, n, d },
                                { d, d },       { reshape (2, 4, 5), n, a } };
  const int lengths[] = { 3, 3, 4, 2, 3, 3, 2, 2, 3, 2, 2, 5, 2, 3 };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    for (NnMode mode = NN_TRAINING; mode <= NN_FROZEN; mode++)
      {
        NnLayer layers[8] = { dense (40), reshape (4, 2, 5) };

        for (int j = 0; j < lengths[i]; j++)
          layers[2 + j] = orders[i][j];
        layers[2 + lengths[i]] = dense (3);
        /* with a kernel before, then without */
        check_network ((NnShape) { 1, 1, 6 }, layers, 3 + lengths[i], mode, 4);
        check_network ((NnShape) { 4, 2, 5 }, layers + 2, 1 + lengths[i], mode,
                       4);
      }
}

static void
encoder_in_both_orders (void)
{
  const NnLayer book[] = { convolution (NN_CONV_2D, 5, 3, 2),
                           batch_norm (),
                           leaky_relu (),
                           dropout (),
                           convolution (NN_CONV_2D, 4, 4, 1),
                           batch_norm (),
                           leaky_relu (),
                           dropout (),
                           reshape (1, 1, 80),
                           dense (6) };
  const NnLayer article[] = { convolution (NN_CONV_2D, 5, 3, 2),
                              leaky_relu (),
                              batch_norm (),
                              dropout (),
                              convolution (NN_CONV_2D, 4, 5, 3),
                              leaky_relu (),
                              batch_norm (),
                              dropout (),
                              dense (6) };

  for (NnMode mode = NN_TRAINING; mode <= NN_FROZEN; mode++)
    {
      check_network ((NnShape) { 7, 10, 3 }, book, G_N_ELEMENTS (book), mode,
                     3);
      check_network ((NnShape) { 9, 7, 1 }, article, G_N_ELEMENTS (article),
                     mode, 4);
    }
}

static void
decoder (void)
{
  const NnLayer layers[] = { dense (2 * 3 * 4),
                             reshape (2, 3, 4),
                             convolution (NN_CONV_2D_TRANSPOSE, 6, 3, 2),
                             batch_norm (),
                             leaky_relu (),
                             dropout (),
                             convolution (NN_CONV_2D_TRANSPOSE, 5, 3, 1),
                             leaky_relu (),
                             batch_norm (),
                             convolution (NN_CONV_2D_TRANSPOSE, 3, 4, 2),
                             sigmoid () };

  for (NnMode mode = NN_TRAINING; mode <= NN_FROZEN; mode++)
    check_network ((NnShape) { 1, 1, 5 }, layers, G_N_ELEMENTS (layers), mode,
                   3);
}

/* A loss that is a weighted sum of an inner layer's outputs, too. */
static void
gradient_added_to_an_inner_layer_is_numeric (void)
{
  const NnShape shape = { 6, 5, 3 };
  const NnLayer layers[] = {
    convolution (NN_CONV_2D, 4, 3, 2), leaky_relu (), batch_norm (),
    convolution (NN_CONV_2D, 5, 3, 1), leaky_relu (), dense (2)
  };
  NnNetwork *network = nn_network_new (shape, layers, G_N_ELEMENTS (layers));
  NnTape *tape = nn_tape_new (network, 1);
  const gsize n_inputs = shape_size (shape);
  const gsize n_inner = shape_size (nn_network_get_shape (network, 4));
  g_autofree float *input = random_floats (n_inputs, SEED + 1);
  g_autofree float *inner = random_floats (n_inner, SEED + 2);
  g_autofree float *gradient = g_new (float, n_inputs);
  const float outer[] = { 0.5f, -1.0f };

  randomize_parameters (network);
  nn_tape_forward (tape, NN_FROZEN, 1, input, SEED);
  g_assert_true (nn_tape_add_gradient (tape, 4, inner));
  g_assert_false (nn_tape_add_gradient (tape, 3, inner));
  nn_tape_backward (tape, outer, FALSE, gradient);
  for (gsize i = 0; i < n_inputs; i += 7)
    {
      const float value = input[i];
      double sums[2] = { 0, 0 };

      for (int side = 0; side < 2; side++)
        {
          const float *output;
          const float *features;

          input[i] = value + (side ? 1e-2f : -1e-2f);
          output = nn_tape_forward (tape, NN_FROZEN, 1, input, SEED);
          features = nn_tape_get_output (tape, 4);
          for (int o = 0; o < 2; o++)
            sums[side] += (double) outer[o] * output[o];
          for (gsize f = 0; f < n_inner; f++)
            sums[side] += (double) inner[f] * features[f];
          input[i] = value;
        }
      g_assert_cmpfloat_with_epsilon (gradient[i], (sums[1] - sums[0]) / 2e-2,
                                      0.05 + 0.05 * fabs (gradient[i]));
    }
  nn_tape_free (tape);
  nn_network_free (network);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  nn_set_threads (1); /* so small that more would only wait for each other */
  g_test_add_data_func ("/nn/gradients/every_convolution",
                        GINT_TO_POINTER (NN_CONV_2D), every_convolution);
  g_test_add_data_func ("/nn/gradients/every_transposed_convolution",
                        GINT_TO_POINTER (NN_CONV_2D_TRANSPOSE),
                        every_convolution);
  g_test_add_func ("/nn/gradients/every_other_layer", every_other_layer);
  g_test_add_func ("/nn/gradients/every_order_between_kernels",
                   every_order_between_kernels);
  g_test_add_func ("/nn/gradients/encoder_in_both_orders",
                   encoder_in_both_orders);
  g_test_add_func ("/nn/gradients/decoder", decoder);
  g_test_add_func ("/nn/gradients/gradient_added_to_an_inner_layer_is_numeric",
                   gradient_added_to_an_inner_layer_is_numeric);
  return g_test_run ();
}
