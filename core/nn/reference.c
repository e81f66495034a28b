/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The convolution as it is written in the books, for the tests to hold the fast
 * kernels against: one loop for each index, sums in double, no packing.
 */
#include "pointwise.h"

#include <math.h>
#include <string.h>

static size_t
kernel_size (const NnGeometry *geometry)
{
  return (size_t) geometry->kernel * geometry->kernel *
         geometry->large_channels * geometry->small_channels;
}

static size_t
get_packed_size (const NnGeometry *geometry, NnPass pass)
{
  return kernel_size (geometry);
}

static void
pack (const NnGeometry *geometry,
      NnPass pass,
      const float *kernel,
      float *packed)
{
#pragma omp single
  memcpy (packed, kernel, kernel_size (geometry) * sizeof (float));
}

static size_t
get_scratch_size (const NnGeometry *geometry, NnPass pass, int max_batch)
{
  return 0;
}

static float
finish (const NnEpilogue *epilogue, int channel, double sum)
{
  float value = sum;

  if (epilogue->bias)
    value += epilogue->bias[channel];
  if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU && value < 0.0f)
    value *= epilogue->slope;
  else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
    value = 1.0f / (1.0f + expf (-value));
  if (epilogue->scale)
    value = value * epilogue->scale[channel] + epilogue->shift[channel];
  return value;
}

/* The values of the large picture under one tap, or NULL outside of it. */
static const float *
large_pixel (const NnGeometry *g,
             const float *large,
             int y,
             int x,
             int tap_y,
             int tap_x)
{
  int large_y = y * g->stride + tap_y - g->pad_top;
  int large_x = x * g->stride + tap_x - g->pad_left;

  if (large_y < 0 || large_y >= g->large_height || large_x < 0 ||
      large_x >= g->large_width)
    return NULL;
  return large +
         ((size_t) large_y * g->large_width + large_x) * g->large_channels;
}

/* The values of the small picture whose @tap falls on a pixel of the large
 * one, or NULL. */
static const float *
small_pixel (const NnGeometry *g,
             const float *small,
             int y,
             int x,
             int tap_y,
             int tap_x)
{
  int small_y = y + g->pad_top - tap_y;
  int small_x = x + g->pad_left - tap_x;

  if (small_y < 0 || small_x < 0 || small_y % g->stride || small_x % g->stride)
    return NULL;
  small_y /= g->stride;
  small_x /= g->stride;
  if (small_y >= g->small_height || small_x >= g->small_width)
    return NULL;
  return small +
         ((size_t) small_y * g->small_width + small_x) * g->small_channels;
}

static double
down_sum (const NnGeometry *g,
          const float *kernel,
          const float *large,
          int y,
          int x,
          int channel)
{
  double sum = 0.0;

  for (int tap_y = 0; tap_y < g->kernel; tap_y++)
    for (int tap_x = 0; tap_x < g->kernel; tap_x++)
      {
        const float *values = large_pixel (g, large, y, x, tap_y, tap_x);
        const float *weights = kernel + (size_t) (tap_y * g->kernel + tap_x) *
                                            g->large_channels *
                                            g->small_channels;

        if (values)
          for (int i = 0; i < g->large_channels; i++)
            sum += (double) values[i] *
                   weights[(size_t) i * g->small_channels + channel];
      }
  return sum;
}

static double
up_sum (const NnGeometry *g,
        const float *kernel,
        const float *small,
        int y,
        int x,
        int channel)
{
  double sum = 0.0;

  for (int tap_y = 0; tap_y < g->kernel; tap_y++)
    for (int tap_x = 0; tap_x < g->kernel; tap_x++)
      {
        const float *values = small_pixel (g, small, y, x, tap_y, tap_x);
        const float *weights = kernel + ((size_t) (tap_y * g->kernel + tap_x) *
                                             g->large_channels +
                                         channel) *
                                            g->small_channels;

        if (values)
          for (int i = 0; i < g->small_channels; i++)
            sum += (double) values[i] * weights[i];
      }
  return sum;
}

static void
run (const NnGeometry *g,
     NnPass pass,
     int batch,
     const float *packed,
     const NnEpilogue *epilogue,
     const float *input,
     const NnPictures *output,
     float *scratch)
{
  bool down = pass == NN_DOWN;
  int height = down ? g->small_height : g->large_height;
  int width = down ? g->small_width : g->large_width;
  int channels = down ? g->small_channels : g->large_channels;
  size_t input_size =
      down ? (size_t) g->large_height * g->large_width * g->large_channels :
             (size_t) g->small_height * g->small_width * g->small_channels;

#pragma omp for collapse(2) schedule(static)
  for (int image = 0; image < batch; image++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        for (int channel = 0; channel < channels; channel++)
          {
            const float *values = input + image * input_size;
            double sum = down ? down_sum (g, packed, values, y, x, channel) :
                                up_sum (g, packed, values, y, x, channel);
            output->first[image * output->image + y * output->row +
                          x * channels + channel] = finish (epilogue, channel,
                                                            sum);
          }
}

static double
gradient_sum (const NnGeometry *g,
              int batch,
              const float *large,
              const float *small,
              int tap_y,
              int tap_x,
              int large_channel,
              int small_channel)
{
  size_t large_size = (size_t) g->large_height * g->large_width *
                      g->large_channels;
  double sum = 0.0;

  for (int image = 0; image < batch; image++)
    for (int y = 0; y < g->small_height; y++)
      for (int x = 0; x < g->small_width; x++)
        {
          const float *values = large_pixel (g, large + image * large_size, y,
                                             x, tap_y, tap_x);
          size_t pixel =
              ((size_t) image * g->small_height + y) * g->small_width + x;

          if (values)
            sum += (double) values[large_channel] *
                   small[pixel * g->small_channels + small_channel];
        }
  return sum;
}

static void
add_kernel_gradient (const NnGeometry *g,
                     int batch,
                     const float *large,
                     const float *small,
                     float *gradient,
                     float *scratch)
{
  int n_taps = g->kernel * g->kernel;

#pragma omp for collapse(2) schedule(static)
  for (int tap = 0; tap < n_taps; tap++)
    for (int i = 0; i < g->large_channels; i++)
      for (int j = 0; j < g->small_channels; j++)
        gradient[((size_t) tap * g->large_channels + i) * g->small_channels +
                 j] += gradient_sum (g, batch, large, small, tap / g->kernel,
                                     tap % g->kernel, i, j);
}

const NnKernels nn_reference_kernels = {
  .isa = "reference",
  .get_packed_size = get_packed_size,
  .pack = pack,
  .get_scratch_size = get_scratch_size,
  .run = run,
  .add_kernel_gradient = add_kernel_gradient,
  .pointwise = &nn_pointwise_reference,
};
