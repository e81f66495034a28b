/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The article's AutoEncoder._build (), with the book's order of batch norm and
 * activation (Foster, Generative Deep Learning, 2019) as the other choice:
 *
 *   encoder: n × (Conv2D, LeakyReLU [, BatchNorm] [, Dropout]), Flatten, Dense
 *   decoder: Dense, Reshape, n × (Conv2DTranspose, LeakyReLU …), the last one
 *            followed by the sigmoid alone
 */
#include <glib/gi18n-lib.h>
#include "facet-layers.h"

/* A model that runs while a slider moves stays far below both: 64 filters at
 * 512 × 512 pixels, and a dense layer of a quarter of a gigabyte. */
#define MAX_OUTPUTS (G_GINT64_CONSTANT (1) << 24)
#define MAX_PARAMETERS (G_GINT64_CONSTANT (1) << 26)

static gint
divide_up (gint size, gint by)
{
  return (size + by - 1) / by;
}

static gint64
shape_values (NnShape shape)
{
  return (gint64) shape.height * shape.width * shape.channels;
}

static NnShape
shape_in (const FacetLayers *layers, gint layer)
{
  return layer > 0 ? layers->shapes[layer - 1] : layers->input;
}

static NnShape
shape_out (const NnLayer *layer, NnShape in)
{
  switch (layer->kind)
    {
    case NN_CONV_2D:
      return (NnShape) { divide_up (in.height, layer->stride),
                         divide_up (in.width, layer->stride), layer->filters };
    case NN_CONV_2D_TRANSPOSE:
      return (NnShape) { in.height * layer->stride, in.width * layer->stride,
                         layer->filters };
    case NN_DENSE:
      return (NnShape) { 1, 1, layer->filters };
    case NN_RESHAPE:
      return layer->shape;
    default:
      return in;
    }
}

/* --- parameters -------------------------------------------------------------
 */

static FacetLayerParameter
parameter (const gchar *name, gboolean trained, gint n_dims, const gint *dims)
{
  FacetLayerParameter result = { .name = name,
                                 .trained = trained,
                                 .n_dims = n_dims,
                                 .n_values = 1 };

  for (gint i = 0; i < n_dims; i++)
    {
      result.dims[i] = dims[i];
      result.n_values *= dims[i];
    }
  return result;
}

gint
facet_layers_get_parameters (
    const FacetLayers *layers,
    gint layer,
    FacetLayerParameter parameters[FACET_MAX_LAYER_PARAMETERS])
{
  const NnLayer *l = &layers->layers[layer];
  const NnShape in = shape_in (layers, layer);
  const gint conv[] = { l->kernel, l->kernel, in.channels, l->filters };
  const gint transpose[] = { l->kernel, l->kernel, l->filters, in.channels };
  const gint dense[] = { (gint) shape_values (in), l->filters };

  switch (l->kind)
    {
    case NN_CONV_2D:
      parameters[0] = parameter ("kernel", TRUE, 4, conv);
      parameters[1] = parameter ("bias", TRUE, 1, &l->filters);
      return 2;
    case NN_CONV_2D_TRANSPOSE:
      parameters[0] = parameter ("kernel", TRUE, 4, transpose);
      parameters[1] = parameter ("bias", TRUE, 1, &l->filters);
      return 2;
    case NN_DENSE:
      parameters[0] = parameter ("kernel", TRUE, 2, dense);
      parameters[1] = parameter ("bias", TRUE, 1, &l->filters);
      return 2;
    case NN_BATCH_NORM:
      parameters[0] = parameter ("gamma", TRUE, 1, &in.channels);
      parameters[1] = parameter ("beta", TRUE, 1, &in.channels);
      parameters[2] = parameter ("moving_mean", FALSE, 1, &in.channels);
      parameters[3] = parameter ("moving_variance", FALSE, 1, &in.channels);
      return 4;
    default:
      return 0;
    }
}

/* --- layers -----------------------------------------------------------------
 */

static gboolean
add (FacetLayers *layers,
     NnLayer layer,
     const gchar *source_name,
     GError **error)
{
  FacetLayerParameter parameters[FACET_MAX_LAYER_PARAMETERS];
  gint64 n_outputs, n_parameters = 0;

  layers->layers[layers->n] = layer;
  layers->shapes[layers->n] = shape_out (&layer, shape_in (layers, layers->n));
  n_outputs = shape_values (layers->shapes[layers->n]);
  for (gint i = facet_layers_get_parameters (layers, layers->n, parameters);
       i-- > 0;)
    n_parameters += parameters[i].n_values;
  layers->n++;
  if (n_outputs <= MAX_OUTPUTS && n_parameters <= MAX_PARAMETERS)
    return TRUE;
  g_set_error (
      error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
      _ ("“%s”: one layer would have %.0f outputs and %.0f parameters; "
         "use fewer filters or larger encoder_conv_strides"),
      source_name, (gdouble) n_outputs, (gdouble) n_parameters);
  return FALSE;
}

/* What follows a convolution. */
static gboolean
add_activation (const FacetRecipe *recipe,
                FacetLayers *layers,
                const gchar *source_name,
                GError **error)
{
  const NnLayer activation = { .kind = NN_LEAKY_RELU,
                               .slope = (gfloat) recipe->leaky_relu_slope };
  const NnLayer batch_norm = { .kind = NN_BATCH_NORM,
                               .momentum = (gfloat) recipe->batch_norm_momentum,
                               .epsilon = (gfloat) recipe->batch_norm_epsilon };
  const NnLayer dropout = { .kind = NN_DROPOUT,
                            .rate = (gfloat) recipe->dropout_rate };
  const gboolean before = recipe->use_batch_norm && recipe->batch_norm_first;
  const gboolean after = recipe->use_batch_norm && ! recipe->batch_norm_first;

  return (! before || add (layers, batch_norm, source_name, error)) &&
         add (layers, activation, source_name, error) &&
         (! after || add (layers, batch_norm, source_name, error)) &&
         (! recipe->use_dropout || add (layers, dropout, source_name, error));
}

static NnLayer
convolution (const FacetConvStack *stack, NnLayerKind kind, gint i)
{
  return (NnLayer) { .kind = kind,
                     .filters = stack->filters[i],
                     .kernel = stack->kernel_size[i],
                     .stride = stack->strides[i] };
}

/* The shape that the article calls shape_before_flattening. */
static NnShape
shape_before_flattening (const FacetRecipe *recipe)
{
  NnShape shape = recipe->input_dim;

  for (gint i = 0; i < recipe->encoder.n; i++)
    {
      const NnLayer layer = convolution (&recipe->encoder, NN_CONV_2D, i);

      shape = shape_out (&layer, shape);
    }
  return shape;
}

gboolean
facet_layers_of_encoder (const FacetRecipe *recipe,
                         const gchar *source_name,
                         FacetLayers *layers,
                         GError **error)
{
  const NnShape last = shape_before_flattening (recipe);
  const NnLayer flatten = { .kind = NN_RESHAPE,
                            .shape = { 1, 1, (gint) shape_values (last) } };
  const gint heads = recipe->kind == FACET_KIND_VAE ? 2 : 1;
  const NnLayer dense = { .kind = NN_DENSE, .filters = heads * recipe->z_dim };

  *layers = (FacetLayers) { .input = recipe->input_dim };
  for (gint i = 0; i < recipe->encoder.n; i++)
    if (! add (layers, convolution (&recipe->encoder, NN_CONV_2D, i),
               source_name, error) ||
        ! add_activation (recipe, layers, source_name, error))
      return FALSE;
  return add (layers, flatten, source_name, error) &&
         add (layers, dense, source_name, error);
}

static gboolean
check_decoded (const FacetRecipe *recipe,
               NnShape shape,
               const gchar *source_name,
               GError **error)
{
  const NnShape wanted = recipe->input_dim;

  if (shape.height == wanted.height && shape.width == wanted.width &&
      shape.channels == wanted.channels)
    return TRUE;
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("“%s”: the decoder would make %d;%d;%d of input_dim "
                  "%d;%d;%d. The last of decoder_conv_t_filters must be the "
                  "number of channels; decoder_conv_t_strides must multiply to "
                  "what encoder_conv_strides do, by which the sides must be "
                  "divisible"),
               source_name, shape.height, shape.width, shape.channels,
               wanted.height, wanted.width, wanted.channels);
  return FALSE;
}

gboolean
facet_layers_of_decoder (const FacetRecipe *recipe,
                         const gchar *source_name,
                         FacetLayers *layers,
                         GError **error)
{
  const NnShape start = shape_before_flattening (recipe);
  const NnLayer dense = { .kind = NN_DENSE,
                          .filters = (gint) shape_values (start) };
  const NnLayer reshape = { .kind = NN_RESHAPE, .shape = start };
  const NnLayer sigmoid = { .kind = NN_SIGMOID };
  const gint last = recipe->decoder.n - 1;

  *layers = (FacetLayers) { .input = { 1, 1, recipe->z_dim } };
  if (! add (layers, dense, source_name, error) ||
      ! add (layers, reshape, source_name, error))
    return FALSE;
  for (gint i = 0; i <= last; i++)
    if (! add (layers, convolution (&recipe->decoder, NN_CONV_2D_TRANSPOSE, i),
               source_name, error) ||
        (i < last && ! add_activation (recipe, layers, source_name, error)))
      return FALSE;
  return add (layers, sigmoid, source_name, error) &&
         check_decoded (recipe, layers->shapes[layers->n - 1], source_name,
                        error);
}

/* --- networks ---------------------------------------------------------------
 */

static NnNetwork *
new_network (const FacetLayers *layers, GError **error)
{
  NnNetwork *network = nn_network_new (layers->input, layers->layers,
                                       layers->n);

  if (! network)
    g_set_error_literal (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                         _ ("there is not enough memory for the network"));
  return network;
}

NnNetwork *
facet_recipe_new_encoder (const FacetRecipe *recipe, GError **error)
{
  FacetLayers layers;

  if (! facet_layers_of_encoder (recipe, recipe->name, &layers, error))
    return NULL;
  return new_network (&layers, error);
}

NnNetwork *
facet_recipe_new_decoder (const FacetRecipe *recipe, GError **error)
{
  FacetLayers layers;

  if (! facet_layers_of_decoder (recipe, recipe->name, &layers, error))
    return NULL;
  return new_network (&layers, error);
}
