/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network's layers, shapes and parameters.
 *
 * SAME padding as TensorFlow defines it: a convolution's output is ceil (input
 * / stride), what its taps need beyond the input is halved, the odd one goes
 * after.  A transposed convolution is the gradient of the convolution that
 * leads from its output to its input.
 */
#include "nn-internal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool product (int a, int b, int *result);
static bool layer_fits (const NnLayer *layer, NnShape input, NnShape *output);
static bool add_parameters (NnNetwork *network, int layer);
static bool shape_fits (NnShape shape);

NnNetwork *
nn_network_new (NnShape input, const NnLayer *layers, int n_layers)
{
  NnNetwork *network;
  size_t n = n_layers;

  if (n_layers < 0 || ! shape_fits (input))
    return NULL;
  network = calloc (1, sizeof *network);
  if (! network)
    return NULL;
  network->n_layers = n_layers;
  network->layers = calloc (n + 1, sizeof *network->layers);
  network->shapes = calloc (n + 1, sizeof *network->shapes);
  network->first_parameter = calloc (n + 1, sizeof (int));
  network->parameters = calloc (n + 1, 4 * sizeof *network->parameters);
  if (! network->layers || ! network->shapes || ! network->first_parameter ||
      ! network->parameters)
    goto fail;

  network->shapes[0] = input;
  for (int i = 0; i < n_layers; i++)
    {
      network->layers[i] = layers[i];
      if (! layer_fits (&layers[i], network->shapes[i],
                        &network->shapes[i + 1]))
        goto fail;
      if (! add_parameters (network, i))
        goto fail;
      network->first_parameter[i + 1] = network->n_parameters;
    }
  return network;

fail:
  nn_network_free (network);
  return NULL;
}

void
nn_network_free (NnNetwork *network)
{
  if (! network)
    return;
  for (int i = 0; i < network->n_parameters; i++)
    {
      nn_floats_free (network->parameters[i].value);
      nn_floats_free (network->parameters[i].gradient);
    }
  free (network->parameters);
  free (network->first_parameter);
  free (network->shapes);
  free (network->layers);
  free (network);
}

int
nn_network_get_n_layers (const NnNetwork *network)
{
  return network->n_layers;
}

const NnLayer *
nn_network_get_layer (const NnNetwork *network, int layer)
{
  return &network->layers[layer];
}

NnShape
nn_network_get_shape (const NnNetwork *network, int layer)
{
  return network->shapes[layer + 1];
}

int
nn_network_get_n_parameters (const NnNetwork *network)
{
  return network->n_parameters;
}

NnParameter *
nn_network_get_parameter (NnNetwork *network, int index)
{
  return &network->parameters[index];
}

/* Glorot and Bengio 2010: uniform within ±√(6 / (fan in + fan out)), the fans
 * being both channels of the kernel times its area. */
static void
initialize_kernel (NnParameter *kernel, uint64_t seed)
{
  int n_dims = kernel->n_dims;
  double fans = kernel->dims[n_dims - 2] + (double) kernel->dims[n_dims - 1];
  float limit;

  for (int i = 0; i < n_dims - 2; i++)
    fans *= kernel->dims[i];
  limit = sqrt (6.0 / fans);
  for (size_t i = 0; i < kernel->n_values; i++)
    kernel->value[i] = (2.0f * nn_random_uniform (seed, i) - 1.0f) * limit;
}

static void
fill (NnParameter *parameter, float value)
{
  for (size_t i = 0; i < parameter->n_values; i++)
    parameter->value[i] = value;
}

void
nn_network_initialize (NnNetwork *network, uint64_t seed)
{
  for (int i = 0; i < network->n_parameters; i++)
    {
      NnParameter *parameter = &network->parameters[i];
      int which = i - network->first_parameter[parameter->layer];

      if (! nn_layer_has_kernel (&network->layers[parameter->layer]))
        fill (parameter, which == NN_GAMMA || which == NN_MOVING_VARIANCE);
      else if (which == NN_KERNEL)
        initialize_kernel (parameter, nn_random_bits (seed, i));
      else
        fill (parameter, 0.0f);
    }
}

void
nn_network_clear_gradients (NnNetwork *network)
{
#pragma omp parallel num_threads(nn_get_threads())
  for (int i = 0; i < network->n_parameters; i++)
    {
      const NnParameter *parameter = &network->parameters[i];

      if (parameter->gradient)
#pragma omp for simd schedule(static) nowait
        for (size_t j = 0; j < parameter->n_values; j++)
          parameter->gradient[j] = 0.0f;
    }
}

/* --- for plan and tape ---------------------------------------------------- */

bool
nn_layer_has_kernel (const NnLayer *layer)
{
  return layer->kind == NN_CONV_2D || layer->kind == NN_CONV_2D_TRANSPOSE ||
         layer->kind == NN_DENSE;
}

NnPass
nn_layer_get_pass (const NnLayer *layer)
{
  return layer->kind == NN_CONV_2D_TRANSPOSE ? NN_UP : NN_DOWN;
}

NnParameter *
nn_layer_parameter (const NnNetwork *network, int layer, int which)
{
  return &network->parameters[network->first_parameter[layer] + which];
}

size_t
nn_shape_size (NnShape shape)
{
  return (size_t) shape.height * shape.width * shape.channels;
}

static int
padding_before (int large, int small, int kernel, int stride)
{
  int64_t needed = (int64_t) (small - 1) * stride + kernel - large;

  return needed > 0 ? needed / 2 : 0;
}

NnGeometry
nn_network_get_geometry (const NnNetwork *network, int layer_index)
{
  const NnLayer *layer = &network->layers[layer_index];
  NnShape large = network->shapes[layer_index];
  NnShape small = network->shapes[layer_index + 1];

  if (layer->kind == NN_DENSE)
    return (NnGeometry) {
      1, 1, nn_shape_size (large), 1, 1, layer->filters, 1, 1, 0, 0
    };
  if (layer->kind == NN_CONV_2D_TRANSPOSE)
    {
      NnShape input = large;

      large = small;
      small = input;
    }
  return (NnGeometry) {
    large.height,
    large.width,
    large.channels,
    small.height,
    small.width,
    small.channels,
    layer->kernel,
    layer->stride,
    padding_before (large.height, small.height, layer->kernel, layer->stride),
    padding_before (large.width, small.width, layer->kernel, layer->stride)
  };
}

/* --- which shapes fit ------------------------------------------------------
 */

/* Sizes of one image and of one parameter stay within int, so that kernels may
 * count with it. */
static bool
product (int a, int b, int *result)
{
  return a > 0 && b > 0 && ! __builtin_mul_overflow (a, b, result);
}

static bool
shape_fits (NnShape shape)
{
  int n;

  return product (shape.height, shape.width, &n) &&
         product (n, shape.channels, &n);
}

static int
divide_up (int a, int b)
{
  return a / b + (a % b != 0);
}

static bool
convolution_fits (const NnLayer *layer, NnShape input, NnShape *output)
{
  int n;

  if (! product (layer->kernel, layer->kernel, &n) ||
      ! product (n, input.channels, &n) || ! product (n, layer->filters, &n) ||
      layer->stride <= 0)
    return false;
  output->channels = layer->filters;
  if (layer->kind == NN_CONV_2D_TRANSPOSE)
    return product (input.height, layer->stride, &output->height) &&
           product (input.width, layer->stride, &output->width);
  output->height = divide_up (input.height, layer->stride);
  output->width = divide_up (input.width, layer->stride);
  return true;
}

static bool
dense_fits (const NnLayer *layer, NnShape input, NnShape *output)
{
  int n;

  *output = (NnShape) { 1, 1, layer->filters };
  return product (nn_shape_size (input), layer->filters, &n);
}

static bool
layer_fits (const NnLayer *layer, NnShape input, NnShape *output)
{
  *output = input;
  switch (layer->kind)
    {
    case NN_CONV_2D:
    case NN_CONV_2D_TRANSPOSE:
      return convolution_fits (layer, input, output) && shape_fits (*output);
    case NN_DENSE:
      return dense_fits (layer, input, output);
    case NN_RESHAPE:
      *output = layer->shape;
      return shape_fits (*output) &&
             nn_shape_size (*output) == nn_shape_size (input);
    case NN_LEAKY_RELU:
      return layer->slope >= 0.0f && isfinite (layer->slope);
    case NN_BATCH_NORM:
      return layer->momentum >= 0.0f && layer->momentum <= 1.0f &&
             layer->epsilon > 0.0f && isfinite (layer->epsilon);
    case NN_DROPOUT:
      return layer->rate >= 0.0f && layer->rate < 1.0f;
    case NN_SIGMOID:
      return true;
    }
  return false;
}

/* --- parameters --------------------------------------------------------------
 */

static bool
add_parameter (NnNetwork *network,
               const char *name,
               int layer,
               bool trained,
               int n_dims,
               const int dims[])
{
  NnParameter *parameter = &network->parameters[network->n_parameters];

  parameter->name = name;
  parameter->layer = layer;
  parameter->trained = trained;
  parameter->n_dims = n_dims;
  parameter->n_values = 1;
  for (int i = 0; i < n_dims; i++)
    {
      parameter->dims[i] = dims[i];
      parameter->n_values *= dims[i];
    }
  parameter->value = nn_floats_new (parameter->n_values, 1);
  if (! parameter->value)
    return false;
  network->n_parameters++;
  return true;
}

static bool
add_parameters (NnNetwork *network, int index)
{
  const NnLayer *layer = &network->layers[index];
  int channels = network->shapes[index + 1].channels;

  if (nn_layer_has_kernel (layer))
    {
      NnGeometry geometry = nn_network_get_geometry (network, index);
      int dims[] = { geometry.kernel, geometry.kernel, geometry.large_channels,
                     geometry.small_channels };
      bool dense = layer->kind == NN_DENSE;

      return add_parameter (network, "kernel", index, true, dense ? 2 : 4,
                            dense ? dims + 2 : dims) &&
             add_parameter (network, "bias", index, true, 1, &channels);
    }
  if (layer->kind == NN_BATCH_NORM)
    {
      if (! add_parameter (network, "gamma", index, true, 1, &channels) ||
          ! add_parameter (network, "beta", index, true, 1, &channels) ||
          ! add_parameter (network, "moving_mean", index, false, 1,
                           &channels) ||
          ! add_parameter (network, "moving_variance", index, false, 1,
                           &channels))
        return false;
      fill (nn_layer_parameter (network, index, NN_GAMMA), 1.0f);
      fill (nn_layer_parameter (network, index, NN_MOVING_VARIANCE), 1.0f);
    }
  return true;
}
