/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model of random weights for tests of everything around it.
 */
#include <string.h>
#include "small-model.h"

/* Random kernels of the usual size decode to almost nothing but gray. */
static void
strengthen (NnNetwork *network)
{
  const float factor = 3.0f;

  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      if (strcmp (parameter->name, "kernel") == 0)
        for (size_t k = 0; k < parameter->n_values; k++)
          parameter->value[k] *= factor;
    }
}

FacetModel *
small_model_new (gint channels)
{
  g_autofree gchar *text = g_strdup_printf (
      "[model]\nname = small\nkind = VAE\ninput_dim = 32;32;%d\n"
      "encoder_conv_filters = 4;8\nencoder_conv_kernel_size = 3;3\n"
      "encoder_conv_strides = 2;2\nz_dim = 5\n"
      "decoder_conv_t_filters = 8;%d\ndecoder_conv_t_kernel_size = 3;3\n"
      "decoder_conv_t_strides = 2;2\nuse_batch_norm = false\n"
      "use_dropout = false\n[training]\nloss = optimal-sigma\n",
      channels, channels);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (text, -1, "small", &error);
  FacetModel *model;

  g_assert_no_error (error);
  model = facet_model_new (recipe, 7, &error);
  g_assert_no_error (error);
  strengthen (facet_model_get_decoder (model));
  facet_model_parameters_changed (model);
  return model;
}
