/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layers of a recipe's two networks with their shapes and parameters, known
 * before anything is allocated: a model file is checked against them, and the
 * table of layers is made of them.
 */
#pragma once

#include <model/facet-recipe.h>

/* Four layers a convolution (with activation, batch norm, dropout), and the few
 * at either end. */
#define FACET_MAX_LAYERS (4 * FACET_MAX_CONV_LAYERS + 4)

typedef struct
{
  gint    n;
  NnShape input;
  NnLayer layers[FACET_MAX_LAYERS];
  NnShape shapes[FACET_MAX_LAYERS]; /* what comes out of each */
} FacetLayers;

/* A parameter as nn_network_get_parameter () will have it. */
typedef struct
{
  const gchar *name;
  gboolean     trained;
  gint         n_dims;
  gint         dims[4];
  gint64       n_values;
} FacetLayerParameter;

#define FACET_MAX_LAYER_PARAMETERS 4

/* An error where a layer's output or a network's parameters would be larger
 * than anything useful (a recipe may come from a stranger's file), or where the
 * decoder does not end in input_dim. */
gboolean facet_layers_of_encoder     (const FacetRecipe   *recipe,
                                      const gchar         *source_name,
                                      FacetLayers         *layers,
                                      GError             **error);
gboolean facet_layers_of_decoder     (const FacetRecipe   *recipe,
                                      const gchar         *source_name,
                                      FacetLayers         *layers,
                                      GError             **error);
/* Returns how many parameters @layer has. */
gint     facet_layers_get_parameters (const FacetLayers   *layers,
                                      gint                 layer,
                                      FacetLayerParameter  parameters[FACET_MAX_LAYER_PARAMETERS]);
