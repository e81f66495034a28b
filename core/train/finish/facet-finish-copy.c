/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "facet-finish-copy.h"

/* A decoder begins with a dense layer: kernel and bias. */
#define N_DENSE_PARAMETERS 2

FacetModel *
facet_finish_copy_new (FacetModel *base, GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (base);
  g_autofree gchar *text = facet_recipe_to_text (recipe);
  g_autoptr (FacetRecipe)
      plain = facet_recipe_parse (text, -1, recipe->name, error);
  NnNetwork *networks[2][2] = { { facet_model_get_encoder (base), NULL },
                                { facet_model_get_decoder (base), NULL } };
  FacetModel *copy;

  if (! plain)
    return NULL;
  plain->kind = FACET_KIND_AE;
  copy = facet_model_new (plain, 1, error);
  if (! copy)
    return NULL;
  networks[0][1] = facet_model_get_encoder (copy);
  networks[1][1] = facet_model_get_decoder (copy);
  for (gint part = 0; part < 2; part++)
    for (gint i = 0; i < nn_network_get_n_parameters (networks[part][0]); i++)
      {
        const NnParameter *from = nn_network_get_parameter (networks[part][0],
                                                            i);
        NnParameter *to = nn_network_get_parameter (networks[part][1], i);
        const gint width = from->dims[from->n_dims - 1];
        const gint kept = to->dims[to->n_dims - 1];

        for (gsize row = 0; row < from->n_values / (gsize) width; row++)
          memcpy (to->value + row * kept, from->value + row * width,
                  (gsize) kept * sizeof (gfloat));
      }
  facet_model_parameters_changed (copy);
  return copy;
}

void
facet_finish_copy_freeze_dense (FacetModel *model)
{
  NnNetwork *decoder = facet_model_get_decoder (model);

  for (gint p = 0; p < N_DENSE_PARAMETERS; p++)
    {
      NnParameter *parameter = nn_network_get_parameter (decoder, p);

      memset (parameter->gradient, 0, parameter->n_values * sizeof (gfloat));
    }
}

void
facet_finish_copy_apply (FacetModel *model, FacetModel *base, gdouble strength)
{
  const gfloat share = (gfloat) strength;
  NnNetwork *finished = facet_model_get_decoder (model);
  NnNetwork *unfinished = facet_model_get_decoder (base);

  for (gint p = 0; p < nn_network_get_n_parameters (finished); p++)
    {
      const NnParameter *from = nn_network_get_parameter (unfinished, p);
      NnParameter *to = nn_network_get_parameter (finished, p);

      for (gsize i = 0; share != 1.0f && i < to->n_values; i++)
        to->value[i] = from->value[i] + share * (to->value[i] - from->value[i]);
    }
}
