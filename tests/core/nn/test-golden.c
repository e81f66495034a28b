/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine gives the numbers of an independent implementation: golden.py
 * made them and says what a file holds.
 */
#include <glib.h>
#include <math.h>
#include <nn/nn.h>
#include <string.h>

#define NAME_SIZE 16

typedef struct
{
  char *bytes;
  gsize size;
  gsize position;
} Records;

/* The next record, which has to be @name. */
static float *
next (Records *records, const char *name, guint32 *n)
{
  char *at = records->bytes + records->position;
  float *values;

  g_assert_cmpuint (records->position + NAME_SIZE + sizeof *n, <=,
                    records->size);
  g_assert_cmpstr (at, ==, name);
  memcpy (n, at + NAME_SIZE, sizeof *n);
  *n = GUINT32_FROM_LE (*n);
  records->position += NAME_SIZE + sizeof *n + *n * sizeof (float);
  g_assert_cmpuint (records->position, <=, records->size);
  values = g_new (float, *n + 1);
  memcpy (values, at + NAME_SIZE + sizeof *n, *n * sizeof (float));
  return values;
}

/* Within @tolerance of the largest expected value. */
static void
assert_near (const char *what,
             const float *values,
             const float *expected,
             gsize n,
             double tolerance)
{
  double scale = 1e-3;

  for (gsize i = 0; i < n; i++)
    scale = MAX (scale, fabs (expected[i]));
  for (gsize i = 0; i < n; i++)
    if (! (fabs (values[i] - expected[i]) <= tolerance * scale))
      g_error ("%s[%" G_GSIZE_FORMAT "] is %.8g, not %.8g", what, i, values[i],
               expected[i]);
}

static void
assert_next_near (Records *records,
                  const char *name,
                  const float *values,
                  gsize n_values,
                  double tolerance)
{
  guint32 n;
  g_autofree float *expected = next (records, name, &n);

  g_assert_cmpuint (n, ==, n_values);
  assert_near (name, values, expected, n, tolerance);
}

static NnNetwork *
read_network (Records *records)
{
  guint32 n_shape, n_layers;
  g_autofree float *shape = next (records, "input_shape", &n_shape);
  g_autofree float *numbers = next (records, "layers", &n_layers);
  g_autofree NnLayer *layers = g_new0 (NnLayer, n_layers / 11);
  NnNetwork *network;

  for (guint i = 0; i < n_layers / 11; i++)
    {
      float *l = numbers + 11 * i;

      layers[i] = (NnLayer) { l[0], l[1], l[2], l[3], { l[4], l[5], l[6] },
                              l[7], l[8], l[9], l[10] };
    }
  network = nn_network_new ((NnShape) { shape[0], shape[1], shape[2] }, layers,
                            n_layers / 11);
  g_assert_nonnull (network);
  return network;
}

static void
load_parameters (Records *records, NnNetwork *network)
{
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      guint32 n;
      g_autofree float *values = next (records, "parameter", &n);

      g_assert_cmpuint (n, ==, parameter->n_values);
      memcpy (parameter->value, values, n * sizeof (float));
    }
}

static void
check_forward_and_backward (Records *records,
                            NnNetwork *network,
                            NnMode mode,
                            int batch,
                            const float *input,
                            guint32 n_inputs)
{
  NnTape *tape = nn_tape_new (network, batch);
  guint32 n_outputs;
  const float *output = nn_tape_forward (tape, mode, batch, input, 0);
  g_autofree float *expected = next (records, "output", &n_outputs);
  g_autofree float *output_gradient = next (records, "output_gradient",
                                            &n_outputs);
  g_autofree float *input_gradient = g_new (float, n_inputs);

  assert_near ("output", output, expected, n_outputs, 2e-6);
  nn_tape_backward (tape, output_gradient, TRUE, input_gradient);
  assert_next_near (records, "input_gradient", input_gradient, n_inputs, 4e-6);
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      g_autofree float *nothing = g_new0 (float, parameter->n_values);

      assert_next_near (records, "gradient",
                        parameter->trained ? parameter->gradient : nothing,
                        parameter->n_values, 4e-6);
    }
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      assert_next_near (records, "moved", parameter->value, parameter->n_values,
                        1e-6);
    }
  nn_tape_free (tape);
}

static double
train_step (NnNetwork *network,
            NnTape *tape,
            NnAdam *adam,
            int batch,
            const float *input,
            guint32 n,
            float learning_rate)
{
  g_autofree float *gradient = g_new (float, n);
  const float *output = nn_tape_forward (tape, NN_TRAINING, batch, input, 0);
  double loss = 0.0;

  for (guint32 i = 0; i < n; i++)
    {
      float error = output[i] - input[i];

      loss += (double) error * error / n;
      gradient[i] = 2.0f * error / n;
    }
  nn_network_clear_gradients (network);
  nn_tape_backward (tape, gradient, TRUE, NULL);
  nn_adam_step (adam, learning_rate);
  return loss;
}

static void
check_training (Records *records,
                NnNetwork *network,
                int batch,
                const float *input,
                guint32 n_inputs)
{
  guint32 n;
  g_autofree float *learning_rate = next (records, "learning_rate", &n);
  g_autofree float *losses = next (records, "losses", &n);
  NnTape *tape = nn_tape_new (network, batch);
  NnAdam *adam = nn_adam_new (network, 0.9f, 0.999f, 1e-7f);

  for (guint32 i = 0; i < n; i++)
    {
      double loss = train_step (network, tape, adam, batch, input, n_inputs,
                                *learning_rate);

      g_assert_cmpfloat (fabs (loss - losses[i]), <=, 1e-6 * losses[i]);
    }
  /* a tenth of a percent of what three steps can move */
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      g_autofree float *expected = next (records, "trained", &n);

      g_assert_cmpuint (n, ==, parameter->n_values);
      for (guint32 j = 0; j < n; j++)
        if (fabs (parameter->value[j] - expected[j]) >
            3e-6 + 1e-6 * fabs (expected[j]))
          g_error ("%s of layer %d [%u]: %.8g, not %.8g", parameter->name,
                   parameter->layer, j, parameter->value[j], expected[j]);
    }
  nn_adam_free (adam);
  nn_tape_free (tape);
}

static void
as_golden (gconstpointer name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..",
                                                 "data", "golden", name, NULL);
  Records records = { 0 }, parameters;
  g_autofree float *mode = NULL, *input = NULL;
  NnNetwork *network;
  NnShape shape;
  guint32 n;
  int batch;

  g_assert_true (
      g_file_get_contents (path, &records.bytes, &records.size, NULL));
  mode = next (&records, "mode", &n);
  network = read_network (&records);
  shape = nn_network_get_shape (network, -1);
  parameters = records;
  load_parameters (&records, network);
  input = next (&records, "input", &n);
  batch = n / (shape.height * shape.width * shape.channels);
  check_forward_and_backward (&records, network,
                              *mode ? NN_TRAINING : NN_FROZEN, batch, input, n);
  if (records.position < records.size)
    {
      load_parameters (&parameters, network);
      check_training (&records, network, batch, input, n);
    }
  g_assert_cmpuint (records.position, ==, records.size);
  nn_network_free (network);
  g_free (records.bytes);
}

int
main (int argc, char *argv[])
{
  g_autofree char *folder = NULL;
  const char *name;
  GDir *dir;

  g_test_init (&argc, &argv, NULL);
  folder = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "golden",
                                  NULL);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".floats"))
      {
        g_autofree char *test = g_strconcat ("/nn/golden/", name, NULL);

        g_test_add_data_func_full (test, g_strdup (name), as_golden, g_free);
      }
  g_dir_close (dir);
  return g_test_run ();
}
