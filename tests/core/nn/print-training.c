/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a small network for a few steps and prints every number that comes of
 * it, a line each, for check-isas.py to compare between instruction sets and
 * processors.  No GLib, so that it can be built where there is none.
 */
#include <math.h>
#include <nn/nn.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 3
#define N_STEPS 2
#define SIDE 12
#define CHANNELS 3
#define N_VALUES (BATCH * SIDE * SIDE * CHANNELS)

static const NnLayer layers[] = {
  { .kind = NN_CONV_2D, .filters = 20, .kernel = 3, .stride = 2 },
  { .kind = NN_BATCH_NORM, .momentum = 0.9f, .epsilon = 1e-3f },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_DROPOUT, .rate = 0.25f },
  { .kind = NN_CONV_2D, .filters = 33, .kernel = 4, .stride = 1 },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_BATCH_NORM, .momentum = 0.9f, .epsilon = 1e-3f },
  { .kind = NN_DENSE, .filters = 5 },
  { .kind = NN_DENSE, .filters = 6 * 6 * 9 },
  { .kind = NN_RESHAPE, .shape = { 6, 6, 9 } },
  { .kind = NN_CONV_2D_TRANSPOSE, .filters = 17, .kernel = 3, .stride = 1 },
  { .kind = NN_BATCH_NORM, .momentum = 0.9f, .epsilon = 1e-3f },
  { .kind = NN_LEAKY_RELU, .slope = 0.3f },
  { .kind = NN_CONV_2D_TRANSPOSE, .filters = 3, .kernel = 3, .stride = 2 },
  { .kind = NN_SIGMOID },
};

static void
print_floats (const char *name, const float *floats, size_t n)
{
  double scale = 0.0;

  for (size_t i = 0; i < n; i++)
    scale = fmax (scale, fabs (floats[i]));
  for (size_t i = 0; i < n; i++)
    printf ("%s %.9g %.9g\n", name, floats[i], scale);
}

static void
step (NnNetwork *network, NnTape *tape, NnAdam *adam, const float *input, int n)
{
  static float gradient[N_VALUES], input_gradient[N_VALUES];
  const float *output = nn_tape_forward (tape, NN_TRAINING, BATCH, input, n);

  for (int i = 0; i < N_VALUES; i++)
    gradient[i] = output[i] - input[i];
  print_floats ("output", output, N_VALUES);
  nn_network_clear_gradients (network);
  nn_tape_backward (tape, gradient, true, input_gradient);
  print_floats ("input_gradient", input_gradient, N_VALUES);
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      if (parameter->trained)
        print_floats ("gradient", parameter->gradient, parameter->n_values);
    }
  nn_adam_step (adam, 0.01f);
}

int
main (void)
{
  static float input[N_VALUES], output[N_VALUES];
  NnNetwork *network = nn_network_new ((NnShape) { SIDE, SIDE, CHANNELS },
                                       layers, sizeof layers / sizeof *layers);
  NnTape *tape = network ? nn_tape_new (network, BATCH) : NULL;
  NnAdam *adam = tape ? nn_adam_new (network, 0.9f, 0.999f, 0.1f) : NULL;
  NnPlan *plan;

  if (! adam)
    return EXIT_FAILURE;
  printf ("isa %s\n", nn_get_isa ());
  nn_network_initialize (network, 1);
  for (int i = 0; i < N_VALUES; i++)
    input[i] = nn_random_uniform (2, i);
  for (int n = 0; n < N_STEPS; n++)
    step (network, tape, adam, input, n);

  plan = nn_plan_new (network, BATCH);
  if (! plan)
    return EXIT_FAILURE;
  nn_plan_run (plan, BATCH, input, output);
  print_floats ("planned", output, N_VALUES);
  nn_plan_free (plan);
  nn_adam_free (adam);
  nn_tape_free (tape);
  nn_network_free (network);
  return EXIT_SUCCESS;
}
