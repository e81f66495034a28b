/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Averages and best parameters are arrays beside those of the network, in the
 * order in which nn_network_get_parameter () counts.
 */
#include <string.h>
#include "facet-learner.h"

/* Keras's. */
#define ADAM_BETA_1 0.9f
#define ADAM_BETA_2 0.999f
#define ADAM_EPSILON 1e-7f

static gfloat **
new_copies (NnNetwork *network)
{
  const gint n = nn_network_get_n_parameters (network);
  gfloat **copies = g_new0 (gfloat *, n + 1);

  for (gint i = 0; i < n; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);

      copies[i] = g_memdup2 (parameter->value,
                             parameter->n_values * sizeof (gfloat));
    }
  return copies;
}

static void
free_copies (gfloat **copies)
{
  for (gint i = 0; copies && copies[i]; i++)
    g_free (copies[i]);
  g_free (copies);
}

gboolean
facet_learner_init (FacetLearner *learner,
                    const gchar *name,
                    NnNetwork *network,
                    gint max_batch,
                    FacetLearnerCopies copies)
{
  learner->name = name;
  learner->network = network;
  learner->tape = nn_tape_new (network, max_batch);
  learner->adam = nn_adam_new (network, ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON);
  if (copies & FACET_LEARNER_AVERAGE)
    learner->average = new_copies (network);
  if (copies & FACET_LEARNER_BEST)
    learner->best = new_copies (network);
  return learner->tape && learner->adam;
}

void
facet_learner_clear (FacetLearner *learner)
{
  g_clear_pointer (&learner->tape, nn_tape_free);
  g_clear_pointer (&learner->adam, nn_adam_free);
  g_clear_pointer (&learner->average, free_copies);
  g_clear_pointer (&learner->best, free_copies);
}

void
facet_learner_reset (FacetLearner *learner)
{
  facet_learner_keep_best (learner);
  for (gint i = 0; learner->average && learner->average[i]; i++)
    memcpy (learner->average[i], learner->best[i],
            nn_network_get_parameter (learner->network, i)->n_values *
                sizeof (gfloat));
}

static void
follow_average (FacetLearner *learner, gfloat share)
{
  for (gint i = 0; learner->average && learner->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (learner->network,
                                                               i);
      gfloat *average = learner->average[i];

      for (gsize j = 0; j < parameter->n_values; j++)
        average[j] += share * (parameter->value[j] - average[j]);
    }
}

void
facet_learner_step (FacetLearner *learner, gfloat rate, gfloat share)
{
  nn_adam_step (learner->adam, rate);
  follow_average (learner, share);
}

void
facet_learner_swap_average (FacetLearner *learner)
{
  for (gint i = 0; learner->average && learner->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (learner->network,
                                                               i);
      gfloat *average = learner->average[i];

      for (gsize j = 0; j < parameter->n_values; j++)
        {
          const gfloat own = parameter->value[j];

          parameter->value[j] = average[j];
          average[j] = own;
        }
    }
}

void
facet_learner_keep_best (FacetLearner *learner)
{
  for (gint i = 0; learner->best[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (learner->network,
                                                               i);

      memcpy (learner->best[i], parameter->value,
              parameter->n_values * sizeof (gfloat));
    }
}

void
facet_learner_restore_best (FacetLearner *learner)
{
  for (gint i = 0; learner->best[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (learner->network,
                                                               i);

      memcpy (parameter->value, learner->best[i],
              parameter->n_values * sizeof (gfloat));
    }
}
