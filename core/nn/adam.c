/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam (Kingma and Ba 2015), with the step size corrected as in the last
 * paragraph of the paper's section 2.
 */
#include "pointwise.h"

#include <math.h>
#include <stdlib.h>

#define CHUNK_SIZE 4096

struct _NnAdam
{
  NnNetwork *network;
  float beta_1;
  float beta_2;
  float epsilon;
  int64_t n_steps;
  float **moments; /* [parameters]: first, then second; NULL where untrained */
};

NnAdam *
nn_adam_new (NnNetwork *network, float beta_1, float beta_2, float epsilon)
{
  NnAdam *adam = calloc (1, sizeof *adam);

  if (! adam)
    return NULL;
  *adam = (NnAdam) { network, beta_1, beta_2, epsilon, 0, NULL };
  adam->moments = calloc (network->n_parameters + 1, sizeof *adam->moments);
  for (int i = 0; adam->moments && i < network->n_parameters; i++)
    if (network->parameters[i].trained)
      {
        adam->moments[i] = nn_floats_new (network->parameters[i].n_values, 2);
        if (! adam->moments[i])
          {
            nn_adam_free (adam);
            return NULL;
          }
      }
  if (! adam->moments)
    {
      free (adam);
      return NULL;
    }
  return adam;
}

void
nn_adam_free (NnAdam *adam)
{
  if (! adam)
    return;
  for (int i = 0; i < adam->network->n_parameters; i++)
    nn_floats_free (adam->moments[i]);
  free (adam->moments);
  free (adam);
}

static void
step_parameter (const NnAdamStep *step, NnParameter *parameter, float *moments)
{
  const NnPointwise *pointwise = nn_get_kernels ()->pointwise;
  size_t n = parameter->n_values;

#pragma omp for schedule(static) nowait
  for (size_t first = 0; first < n; first += CHUNK_SIZE)
    pointwise->adam_step (step, n - first < CHUNK_SIZE ? n - first : CHUNK_SIZE,
                          parameter->value + first, parameter->gradient + first,
                          moments + first, moments + n + first);
}

void
nn_adam_step (NnAdam *adam, float learning_rate)
{
  double n_steps = ++adam->n_steps;
  NnAdamStep step = { learning_rate * sqrt (1.0 - pow (adam->beta_2, n_steps)) /
                          (1.0 - pow (adam->beta_1, n_steps)),
                      adam->beta_1, adam->beta_2, adam->epsilon };

#pragma omp parallel num_threads(nn_get_threads())
  for (int i = 0; i < adam->network->n_parameters; i++)
    if (adam->moments[i] && adam->network->parameters[i].gradient)
      step_parameter (&step, &adam->network->parameters[i], adam->moments[i]);
}

float *
nn_adam_get_first_moment (NnAdam *adam, int index)
{
  return adam->moments[index];
}

float *
nn_adam_get_second_moment (NnAdam *adam, int index)
{
  if (! adam->moments[index])
    return NULL;
  return adam->moments[index] + adam->network->parameters[index].n_values;
}

int64_t *
nn_adam_get_step (NnAdam *adam)
{
  return &adam->n_steps;
}
