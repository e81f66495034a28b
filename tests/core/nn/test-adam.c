/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam's steps, against the paper's formulas worked out by hand. */
#include <glib.h>
#include <math.h>
#include <nn/nn.h>

/* A network of one number and its bias; the tape makes the gradients. */
static NnNetwork *
one_number (NnTape **tape)
{
  const NnLayer layer = { .kind = NN_DENSE, .filters = 1 };
  NnNetwork *network = nn_network_new ((NnShape) { 1, 1, 1 }, &layer, 1);

  *tape = nn_tape_new (network, 1);
  return network;
}

/* With beta_1 = beta_2 = 1/2 and epsilon = 1, gradients 2 and then -4:
 *   m = 1, v = 2; rate · √(1/2) / (1/2) = rate √2
 *     step √2 · 1 / (√2 + 1)
 *   m = -3/2, v = 9; rate · √(3/4) / (3/4) = rate 2/√3
 *     step 2/√3 · -3/2 / (3 + 1)
 */
static void
steps_are_those_of_the_paper (void)
{
  NnTape *tape;
  NnNetwork *network = one_number (&tape);
  NnAdam *adam = nn_adam_new (network, 0.5f, 0.5f, 1.0f);
  NnParameter *kernel = nn_network_get_parameter (network, 0);
  double expected = 5.0;

  kernel->value[0] = 5.0f;
  kernel->gradient[0] = 2.0f;
  nn_adam_step (adam, 0.1f);
  expected -= 0.1 * sqrt (2.0) / (sqrt (2.0) + 1.0);
  g_assert_cmpfloat_with_epsilon (kernel->value[0], expected, 5e-7);
  g_assert_cmpfloat (nn_adam_get_first_moment (adam, 0)[0], ==, 1.0f);
  g_assert_cmpfloat (nn_adam_get_second_moment (adam, 0)[0], ==, 2.0f);
  g_assert_cmpint (*nn_adam_get_step (adam), ==, 1);

  kernel->gradient[0] = -4.0f;
  nn_adam_step (adam, 0.2f);
  expected += 0.2 * 2.0 / sqrt (3.0) * 1.5 / 4.0;
  g_assert_cmpfloat_with_epsilon (kernel->value[0], expected, 1e-6);
  g_assert_cmpfloat (nn_adam_get_first_moment (adam, 0)[0], ==, -1.5f);
  g_assert_cmpfloat (nn_adam_get_second_moment (adam, 0)[0], ==, 9.0f);
  g_assert_cmpfloat (nn_network_get_parameter (network, 1)->value[0], ==, 0.0f);

  nn_adam_free (adam);
  nn_tape_free (tape);
  nn_network_free (network);
}

/* Keras's defaults: the first step is the learning rate, whatever the
 * gradient's size, as long as epsilon is small beside it. */
static void
first_step_is_the_learning_rate (void)
{
  NnTape *tape;
  NnNetwork *network = one_number (&tape);
  NnAdam *adam = nn_adam_new (network, 0.9f, 0.999f, 1e-7f);
  NnParameter *kernel = nn_network_get_parameter (network, 0);

  kernel->gradient[0] = -3000.0f;
  nn_adam_step (adam, 0.0005f);
  g_assert_cmpfloat_with_epsilon (kernel->value[0], 0.0005f, 1e-9);
  nn_adam_free (adam);
  nn_tape_free (tape);
  nn_network_free (network);
}

/* What a checkpoint keeps is enough to go on. */
static void
moments_and_step_resume (void)
{
  NnTape *tape;
  NnNetwork *network = one_number (&tape);
  NnAdam *adam = nn_adam_new (network, 0.9f, 0.999f, 1e-7f), *resumed;
  NnParameter *kernel = nn_network_get_parameter (network, 0);
  float rest, expected;

  for (int i = 0; i < 5; i++)
    {
      kernel->gradient[0] = sinf (i);
      nn_adam_step (adam, 0.01f);
    }
  rest = kernel->value[0];
  resumed = nn_adam_new (network, 0.9f, 0.999f, 1e-7f);
  for (int i = 0; i < 2; i++)
    {
      *nn_adam_get_first_moment (resumed, i) = *nn_adam_get_first_moment (adam,
                                                                          i);
      *nn_adam_get_second_moment (resumed,
                                  i) = *nn_adam_get_second_moment (adam, i);
    }
  *nn_adam_get_step (resumed) = *nn_adam_get_step (adam);
  nn_adam_step (adam, 0.01f);
  expected = kernel->value[0];
  kernel->value[0] = rest;
  nn_adam_step (resumed, 0.01f);
  g_assert_cmpfloat (kernel->value[0], ==, expected);
  g_assert_cmpfloat (expected, !=, rest);

  nn_adam_free (adam);
  nn_adam_free (resumed);
  nn_tape_free (tape);
  nn_network_free (network);
}

static void
moving_averages_have_no_moments (void)
{
  const NnLayer layer = { .kind = NN_BATCH_NORM,
                          .momentum = 0.99f,
                          .epsilon = 1e-3f };
  NnNetwork *network = nn_network_new ((NnShape) { 1, 1, 3 }, &layer, 1);
  NnTape *tape = nn_tape_new (network, 1);
  NnAdam *adam = nn_adam_new (network, 0.9f, 0.999f, 1e-7f);

  for (int i = 0; i < 4; i++)
    {
      g_assert_true ((nn_adam_get_first_moment (adam, i) != NULL) == (i < 2));
      g_assert_true ((nn_adam_get_second_moment (adam, i) != NULL) == (i < 2));
    }
  nn_network_get_parameter (network, 0)->gradient[1] = 1.0f;
  nn_adam_step (adam, 0.1f);
  g_assert_cmpfloat_with_epsilon (
      nn_network_get_parameter (network, 0)->value[1], 0.9f, 1e-6);
  g_assert_cmpfloat (nn_network_get_parameter (network, 3)->value[1], ==, 1.0f);
  nn_adam_free (adam);
  nn_tape_free (tape);
  nn_network_free (network);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/adam/steps_are_those_of_the_paper",
                   steps_are_those_of_the_paper);
  g_test_add_func ("/nn/adam/first_step_is_the_learning_rate",
                   first_step_is_the_learning_rate);
  g_test_add_func ("/nn/adam/moments_and_step_resume", moments_and_step_resume);
  g_test_add_func ("/nn/adam/moving_averages_have_no_moments",
                   moving_averages_have_no_moments);
  return g_test_run ();
}
