/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The convolution between a large and a small picture, as products.
 *
 * Down is one sweep: the window of a small pixel is `kernel` runs of `kernel`
 * large pixels.  Up, a large pixel (y, x) gets only the taps that are congruent
 * to y + pad and x + pad modulo the stride: the large pixels of each of the
 * stride² phases are a sweep of their own over neighbouring small pixels, with
 * stride 1 and a stride² of the taps, written to their interleaved places.
 */
#include <omp.h>

#include "products.h"

/* What a picture must have around it: zeros. */
typedef struct
{
  int before_y, before_x;
  int height, width; /* with the border */
} Border;

/* One axis of an up's phase: large pixel = first + i · stride, i < n, is the
 * sum of @n_taps taps; the last of them, kernel place @last_tap, falls on small
 * pixel start + i, those before it on the ones after. */
typedef struct
{
  int first;
  int n;
  int n_taps;
  int last_tap;
  int start;
} Phase;

static Phase
phase_of (int kernel, int stride, int pad, int large, int index)
{
  Phase phase = { 0 };
  int quotient;

  phase.n_taps = index < kernel ? (kernel - index + stride - 1) / stride : 0;
  phase.last_tap = index + (phase.n_taps - 1) * stride;
  quotient = pad > index ? (pad - index + stride - 1) / stride : 0;
  phase.first = quotient * stride + index - pad;
  phase.n = phase.first < large ? (large - phase.first + stride - 1) / stride :
                                  0;
  phase.start = quotient - (phase.n_taps - 1);
  return phase;
}

/* --- borders ----------------------------------------------------------------
 */

static void
down_axis (const NnGeometry *g,
           int pad,
           int large,
           int small,
           int *before,
           int *size)
{
  int reached = (small - 1) * g->stride + g->kernel;

  *before = pad;
  *size = reached > pad + large ? reached : pad + large;
}

static void
up_axis (const NnGeometry *g,
         int pad,
         int large,
         int small,
         int *before,
         int *size)
{
  int end = small;

  *before = 0;
  for (int index = 0; index < g->stride; index++)
    {
      Phase phase = phase_of (g->kernel, g->stride, pad, large, index);

      if (phase.n_taps == 0 || phase.n == 0)
        continue;
      if (-phase.start > *before)
        *before = -phase.start;
      if (phase.start + phase.n - 1 + phase.n_taps > end)
        end = phase.start + phase.n - 1 + phase.n_taps;
    }
  *size = *before + end;
}

static Border
border_of (const NnGeometry *g, NnPass pass)
{
  Border border;

  if (pass == NN_UP)
    {
      up_axis (g, g->pad_top, g->large_height, g->small_height,
               &border.before_y, &border.height);
      up_axis (g, g->pad_left, g->large_width, g->small_width, &border.before_x,
               &border.width);
    }
  else
    {
      down_axis (g, g->pad_top, g->large_height, g->small_height,
                 &border.before_y, &border.height);
      down_axis (g, g->pad_left, g->large_width, g->small_width,
                 &border.before_x, &border.width);
    }
  return border;
}

static bool
is_dense (const NnGeometry *g)
{
  return g->large_height == 1 && g->large_width == 1 && g->kernel == 1;
}

static int
input_channels (const NnGeometry *g, NnPass pass)
{
  return pass == NN_UP ? g->small_channels : g->large_channels;
}

static int
output_channels (const NnGeometry *g, NnPass pass)
{
  return pass == NN_UP ? g->large_channels : g->small_channels;
}

/* Few channels out of several. */
static bool
is_dot (const NnGeometry *g, NnPass pass)
{
  return output_channels (g, pass) <= NN_DOT_CHANNELS &&
         input_channels (g, pass) >= 4 && ! is_dense (g);
}

static size_t
bordered_size (const NnGeometry *g, NnPass pass, int batch)
{
  Border border = border_of (g, pass);

  return (size_t) batch * border.height * border.width *
             input_channels (g, pass) +
         NN_LANES;
}

/* Collective: copies the pictures of @batch into the middle of zeros. */
static void
add_border (const NnGeometry *g,
            NnPass pass,
            int batch,
            const float *input,
            float *bordered)
{
  Border border = border_of (g, pass);
  int channels = input_channels (g, pass);
  int height = pass == NN_UP ? g->small_height : g->large_height;
  int width = pass == NN_UP ? g->small_width : g->large_width;
  size_t row_size = (size_t) border.width * channels;
  size_t before = (size_t) border.before_x * channels;
  size_t middle = (size_t) width * channels;
  size_t after = row_size - before - middle;

#pragma omp for schedule(static) collapse(2)
  for (int image = 0; image < batch; image++)
    for (int y = 0; y < border.height; y++)
      {
        int from = y - border.before_y;
        float *row = bordered + ((size_t) image * border.height + y) * row_size;

        if (from < 0 || from >= height)
          {
            memset (row, 0, row_size * sizeof *row);
            continue;
          }
        memset (row, 0, before * sizeof *row);
        memcpy (row + before, input + ((size_t) image * height + from) * middle,
                middle * sizeof *row);
        memset (row + before + middle, 0, after * sizeof *row);
      }
}

/* --- weights ----------------------------------------------------------------
 */

static NnWeights
down_weights (const NnGeometry *g, const float *kernel)
{
  int run = g->kernel * g->large_channels;

  return (NnWeights) { .first = kernel,
                       .n_runs = g->kernel,
                       .n_segments = 1,
                       .segment_length = run,
                       .n_channels = g->small_channels,
                       .run = (ptrdiff_t) run * g->small_channels,
                       .segment = 0,
                       .element = g->small_channels,
                       .channel = 1 };
}

static NnWeights
up_weights (const NnGeometry *g,
            const float *kernel,
            const Phase *y,
            const Phase *x)
{
  ptrdiff_t tap = (ptrdiff_t) g->large_channels * g->small_channels;

  return (NnWeights) { .first = kernel +
                                (y->last_tap * g->kernel + x->last_tap) * tap,
                       .n_runs = y->n_taps,
                       .n_segments = x->n_taps,
                       .segment_length = g->small_channels,
                       .n_channels = g->large_channels,
                       .run = -g->stride * g->kernel * tap,
                       .segment = -g->stride * tap,
                       .element = 1,
                       .channel = g->small_channels };
}

static size_t
packed_size (const NnGeometry *g, NnPass pass, const NnWeights *weights)
{
  int run_length = weights->n_segments * weights->segment_length;

  return is_dot (g, pass) ?
             nn_dot_packed (weights->n_runs, run_length, weights->n_channels) :
             nn_sweep_packed (weights->n_runs * run_length,
                              weights->n_channels);
}

static void
pack_share (const NnGeometry *g,
            NnPass pass,
            const NnWeights *weights,
            float *packed)
{
  if (is_dot (g, pass))
    nn_dot_pack (weights, packed, omp_get_thread_num (),
                 omp_get_num_threads ());
  else
    nn_sweep_pack (weights, packed, omp_get_thread_num (),
                   omp_get_num_threads ());
}

/* Phase @index of stride² of an up. */
static void
phases_of (const NnGeometry *g, int index, Phase *y, Phase *x)
{
  *y = phase_of (g->kernel, g->stride, g->pad_top, g->large_height,
                 index / g->stride);
  *x = phase_of (g->kernel, g->stride, g->pad_left, g->large_width,
                 index % g->stride);
}

static size_t
get_packed_size (const NnGeometry *g, NnPass pass)
{
  size_t size = 0;

  if (pass == NN_DOWN)
    {
      NnWeights weights = down_weights (g, NULL);

      return packed_size (g, pass, &weights);
    }
  for (int index = 0; index < g->stride * g->stride; index++)
    {
      NnWeights weights;
      Phase y, x;

      phases_of (g, index, &y, &x);
      weights = up_weights (g, NULL, &y, &x);
      size += packed_size (g, pass, &weights);
    }
  return size;
}

static void
pack (const NnGeometry *g, NnPass pass, const float *kernel, float *packed)
{
  if (pass == NN_DOWN)
    {
      NnWeights weights = down_weights (g, kernel);

      pack_share (g, pass, &weights, packed);
    }
  else
    {
      for (int index = 0; index < g->stride * g->stride; index++)
        {
          NnWeights weights;
          Phase y, x;

          phases_of (g, index, &y, &x);
          weights = up_weights (g, kernel, &y, &x);
          pack_share (g, pass, &weights, packed);
          packed += packed_size (g, pass, &weights);
        }
    }
#pragma omp barrier
}

/* --- forward and back -------------------------------------------------------
 */

static bool
needs_border (const NnGeometry *g, NnPass pass)
{
  Border border = border_of (g, pass);
  int height = pass == NN_UP ? g->small_height : g->large_height;
  int width = pass == NN_UP ? g->small_width : g->large_width;

  return border.height != height || border.width != width || is_dot (g, pass);
}

static size_t
round_up (size_t size)
{
  return (size + 15) / 16 * 16;
}

static void
run_product (const NnGeometry *g, NnPass pass, const NnProduct *product)
{
  if (is_dot (g, pass))
    nn_dot (product, omp_get_thread_num (), omp_get_num_threads ());
  else
    nn_sweep (product, omp_get_thread_num (), omp_get_num_threads ());
}

/* The windows of down: small pixels over the large picture with its border. */
static NnWindows
down_windows (const NnGeometry *g, int batch, const float *input)
{
  Border border = border_of (g, NN_DOWN);
  ptrdiff_t row = (ptrdiff_t) border.width * g->large_channels;

  return (NnWindows) { .batch = batch,
                       .height = g->small_height,
                       .width = g->small_width,
                       .input = input,
                       .input_strides = { border.height * row, g->stride * row,
                                          (ptrdiff_t) g->stride *
                                              g->large_channels },
                       .n_runs = g->kernel,
                       .run_stride = row,
                       .run_length = g->kernel * g->large_channels };
}

static void
run_down (const NnGeometry *g,
          int batch,
          const float *packed,
          const NnEpilogue *epilogue,
          const float *input,
          float *output)
{
  ptrdiff_t pixel = g->small_channels;
  ptrdiff_t row = g->small_width * pixel;
  NnProduct product = { .windows = down_windows (g, batch, input),
                        .output = output,
                        .output_strides = { g->small_height * row, row, pixel },
                        .n_channels = g->small_channels,
                        .packed = packed,
                        .epilogue = epilogue };

  run_product (g, NN_DOWN, &product);
}

static void
run_phase (const NnGeometry *g,
           int batch,
           const Phase *y,
           const Phase *x,
           const float *packed,
           const NnEpilogue *epilogue,
           const float *input,
           float *output)
{
  Border border = border_of (g, NN_UP);
  ptrdiff_t in_pixel = g->small_channels, in_row = border.width * in_pixel;
  ptrdiff_t pixel = g->large_channels, row = g->large_width * pixel;
  /* A phase without taps reads nothing, wherever it starts. */
  ptrdiff_t start = y->n_taps && x->n_taps ?
                        (y->start + border.before_y) * in_row +
                            (x->start + border.before_x) * in_pixel :
                        0;
  NnProduct product = {
    .windows = { .batch = batch,
                 .height = y->n,
                 .width = x->n,
                 .input = input + start,
                 .input_strides = { border.height * in_row, in_row, in_pixel },
                 .n_runs = y->n_taps,
                 .run_stride = in_row,
                 .run_length = x->n_taps * g->small_channels },
    .output = output + y->first * row + x->first * pixel,
    .output_strides = { g->large_height * row, g->stride * row,
                        g->stride * pixel },
    .n_channels = g->large_channels,
    .packed = packed,
    .epilogue = epilogue
  };

  if (y->n > 0 && x->n > 0)
    run_product (g, NN_UP, &product);
}

static size_t
get_scratch_size (const NnGeometry *g, NnPass pass, int max_batch);

static void
run (const NnGeometry *g,
     NnPass pass,
     int batch,
     const float *packed,
     const NnEpilogue *epilogue,
     const float *input,
     float *output,
     float *scratch)
{
  if (needs_border (g, pass))
    {
      add_border (g, pass, batch, input, scratch);
      input = scratch;
    }
  if (pass == NN_DOWN)
    run_down (g, batch, packed, epilogue, input, output);
  else
    for (int index = 0; index < g->stride * g->stride; index++)
      {
        NnWeights weights;
        Phase y, x;

        phases_of (g, index, &y, &x);
        weights = up_weights (g, NULL, &y, &x);
        run_phase (g, batch, &y, &x, packed, epilogue, input, output);
        packed += packed_size (g, pass, &weights);
      }
#pragma omp barrier
}

/* --- the kernel's gradient --------------------------------------------------
 */

/* The batch is summed in so many groups, side by side, then the groups' sums
 * in their order.  Each has sums of its own: only small kernels have several.
 */
#define MOST_GROUPS 8
#define MOST_GROUP_VALUES 65536

static int
n_groups (const NnGeometry *g, int batch)
{
  size_t n_values = (size_t) g->kernel * g->kernel * g->large_channels *
                    NN_PADDED (g->small_channels);

  if (n_values > MOST_GROUP_VALUES)
    return 1;
  return batch < MOST_GROUPS ? batch : MOST_GROUPS;
}

/* Where in scratch what lies. */
typedef struct
{
  size_t bordered;
  size_t padded;
  size_t sums;
  size_t end;
} Layout;

static Layout
gradient_layout (const NnGeometry *g, int max_batch)
{
  int padded = NN_PADDED (g->small_channels);
  Layout layout = { 0 };

  layout.padded = layout.bordered;
  if (needs_border (g, NN_KERNEL_GRADIENT))
    layout.padded += round_up (
        bordered_size (g, NN_KERNEL_GRADIENT, max_batch));
  layout.sums = layout.padded;
  if (padded != g->small_channels)
    layout.sums += round_up ((size_t) max_batch * g->small_height *
                             g->small_width * padded);
  layout.end = layout.sums + (size_t) MOST_GROUPS * MOST_GROUP_VALUES;
  if (n_groups (g, MOST_GROUPS) == 1)
    layout.end = layout.sums +
                 (size_t) g->kernel * g->kernel * g->large_channels * padded;
  return layout;
}

static size_t
get_scratch_size (const NnGeometry *g, NnPass pass, int max_batch)
{
  if (pass == NN_KERNEL_GRADIENT)
    return gradient_layout (g, max_batch).end;
  return needs_border (g, pass) ? bordered_size (g, pass, max_batch) : 0;
}

/* Collective: pixels of whole vectors. */
static void
pad_channels (const NnGeometry *g, int batch, const float *small, float *padded)
{
  int n_padded = NN_PADDED (g->small_channels);
  size_t n_pixels = (size_t) batch * g->small_height * g->small_width;

#pragma omp for schedule(static)
  for (size_t pixel = 0; pixel < n_pixels; pixel++)
    {
      float *to = padded + pixel * n_padded;

      memset (to, 0, n_padded * sizeof *to);
      memcpy (to, small + pixel * g->small_channels,
              g->small_channels * sizeof *to);
    }
}

/* Collective: gradient += Σ over groups. */
static void
add_groups (const NnGeometry *g, int groups, const float *sums, float *gradient)
{
  int n_values = g->kernel * g->kernel * g->large_channels;
  int padded = NN_PADDED (g->small_channels);

#pragma omp for schedule(static)
  for (int value = 0; value < n_values; value++)
    for (int c = 0; c < g->small_channels; c++)
      {
        float sum = 0.0f;

        for (int group = 0; group < groups; group++)
          sum += sums[((size_t) group * n_values + value) * padded + c];
        gradient[(size_t) value * g->small_channels + c] += sum;
      }
}

static void
sum_group (const NnGeometry *g,
           int batch,
           int group,
           int groups,
           const float *large,
           const float *small,
           float *sums,
           int share,
           int n_shares)
{
  int padded = NN_PADDED (g->small_channels);
  int from = (size_t) batch * group / groups;
  int to = (size_t) batch * (group + 1) / groups;
  NnOuter outer = { .windows = down_windows (g, to - from, large),
                    .n_channels = padded };

  outer.windows.input += from * outer.windows.input_strides.image;
  outer.small = small +
                (size_t) from * g->small_height * g->small_width * padded;
  outer.sums = sums + (size_t) group * g->kernel * g->kernel *
                          g->large_channels * padded;
  nn_outer (&outer, share, n_shares);
}

static void
add_kernel_gradient (const NnGeometry *g,
                     int batch,
                     const float *large,
                     const float *small,
                     float *gradient,
                     float *scratch)
{
  Layout layout = gradient_layout (g, batch);
  int groups = n_groups (g, batch);
  int n_threads = omp_get_num_threads ();
  int shares = (n_threads + groups - 1) / groups;

  if (needs_border (g, NN_KERNEL_GRADIENT))
    {
      add_border (g, NN_KERNEL_GRADIENT, batch, large,
                  scratch + layout.bordered);
      large = scratch + layout.bordered;
    }
  if (layout.sums != layout.padded)
    {
      pad_channels (g, batch, small, scratch + layout.padded);
      small = scratch + layout.padded;
    }
#pragma omp for schedule(static)
  for (int item = 0; item < groups * shares; item++)
    sum_group (g, batch, item / shares, groups, large, small,
               scratch + layout.sums, item % shares, shares);
  add_groups (g, groups, scratch + layout.sums, gradient);
}

/* --- the set ----------------------------------------------------------------
 */

#define STRING_(name) #name
#define STRING(name) STRING_ (name)

extern const NnPointwise NN_FOR_ISA (nn_pointwise);
extern const NnKernels NN_FOR_ISA (nn_kernels);
const NnKernels NN_FOR_ISA (nn_kernels) = {
  STRING (NN_ISA),     get_packed_size,           pack, get_scratch_size, run,
  add_kernel_gradient, &NN_FOR_ISA (nn_pointwise)
};
