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

static NnBorder
border_of (const NnGeometry *g, NnPass pass)
{
  NnBorder border;

  if (pass == NN_UP)
    {
      up_axis (g, g->pad_top, g->large_height, g->small_height, &border.top,
               &border.height);
      up_axis (g, g->pad_left, g->large_width, g->small_width, &border.left,
               &border.width);
    }
  else
    {
      down_axis (g, g->pad_top, g->large_height, g->small_height, &border.top,
                 &border.height);
      down_axis (g, g->pad_left, g->large_width, g->small_width, &border.left,
                 &border.width);
    }
  return border;
}

/* Height and width of what goes into @pass. */
static void
input_sides (const NnGeometry *g, NnPass pass, int *height, int *width)
{
  *height = pass == NN_UP ? g->small_height : g->large_height;
  *width = pass == NN_UP ? g->small_width : g->large_width;
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

static bool
needs_border (const NnGeometry *g, NnPass pass)
{
  NnBorder border = border_of (g, pass);
  int height, width;

  input_sides (g, pass, &height, &width);
  return border.height != height || border.width != width || is_dot (g, pass);
}

/* Of one picture. */
static size_t
bordered_size (const NnGeometry *g, NnPass pass)
{
  NnBorder border = border_of (g, pass);

  return (size_t) border.height * border.width * input_channels (g, pass);
}

/* The pictures at @bordered, border and all. */
static NnPictures
pictures_in_border (const NnGeometry *g, NnPass pass, float *bordered)
{
  NnBorder border = border_of (g, pass);
  ptrdiff_t row = (ptrdiff_t) border.width * input_channels (g, pass);

  return (NnPictures) { bordered + border.top * row +
                            border.left * input_channels (g, pass),
                        border.height * row, row };
}

/* Row @y, counted from the top of the border, of one picture. */
static void
copy_row (const NnGeometry *g,
          NnPass pass,
          int y,
          const float *input,
          float *bordered)
{
  NnBorder border = border_of (g, pass);
  int channels = input_channels (g, pass);
  size_t before = (size_t) border.left * channels;
  size_t row_size = (size_t) border.width * channels;
  float *row = bordered + y * row_size;
  size_t middle;
  int height, width;

  input_sides (g, pass, &height, &width);
  y -= border.top;
  middle = (size_t) width * channels;
  if (y < 0 || y >= height)
    {
      memset (row, 0, row_size * sizeof *row);
      return;
    }
  memset (row, 0, before * sizeof *row);
  memcpy (row + before, input + y * middle, middle * sizeof *row);
  memset (row + before + middle, 0, (row_size - before - middle) * sizeof *row);
}

/* Copies pictures into the middle of zeros. */
static void
copy_pictures (const NnGeometry *g,
               NnPass pass,
               int batch,
               const float *input,
               float *bordered)
{
  int height, width;

  input_sides (g, pass, &height, &width);
  for (int image = 0; image < batch; image++)
    {
      for (int y = 0; y < border_of (g, pass).height; y++)
        copy_row (g, pass, y, input, bordered);
      input += (size_t) height * width * input_channels (g, pass);
      bordered += bordered_size (g, pass);
    }
}

/* nn_dot () reads beyond the last picture. */
static void
clear_slack (const NnGeometry *g, NnPass pass, int batch, float *bordered)
{
  if (is_dot (g, pass))
    memset (bordered + batch * bordered_size (g, pass), 0,
            NN_SLACK * sizeof *bordered);
}

/* The same of one picture by all threads. */
static void
copy_picture_together (const NnGeometry *g,
                       NnPass pass,
                       const float *input,
                       float *bordered)
{
  int height = border_of (g, pass).height;

#pragma omp single nowait
  clear_slack (g, pass, 1, bordered);
#pragma omp for schedule(static)
  for (int y = 0; y < height; y++)
    copy_row (g, pass, y, input, bordered);
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

static NnPictures
plain_pictures (float *first, int height, int width, int channels)
{
  ptrdiff_t row = (ptrdiff_t) width * channels;

  return (NnPictures) { first, height * row, row };
}

static void
run_product (const NnGeometry *g,
             NnPass pass,
             const NnProduct *product,
             int share,
             int n_shares)
{
  if (is_dot (g, pass))
    nn_dot (product, share, n_shares);
  else
    nn_sweep (product, share, n_shares);
}

/* The windows of down: small pixels over the large pictures. */
static NnWindows
down_windows (const NnGeometry *g, int batch, const NnPictures *large)
{
  return (NnWindows) { .batch = batch,
                       .height = g->small_height,
                       .width = g->small_width,
                       .input = large->first - g->pad_top * large->row -
                                (ptrdiff_t) g->pad_left * g->large_channels,
                       .input_strides = { large->image, g->stride * large->row,
                                          (ptrdiff_t) g->stride *
                                              g->large_channels },
                       .n_runs = g->kernel,
                       .run_stride = large->row,
                       .run_length = g->kernel * g->large_channels };
}

/* One of @n_shares of a pass. */
typedef struct
{
  const NnGeometry *geometry;
  const float *packed;
  const NnEpilogue *epilogue;
  int share, n_shares;
} Job;

static void
run_down (const Job *job,
          int batch,
          const NnPictures *input,
          const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  NnProduct product = { .windows = down_windows (g, batch, input),
                        .output = output->first,
                        .output_strides = { output->image, output->row,
                                            g->small_channels },
                        .n_channels = g->small_channels,
                        .packed = job->packed,
                        .epilogue = job->epilogue };

  run_product (g, NN_DOWN, &product, job->share, job->n_shares);
}

static void
run_phase (const Job *job,
           const Phase *y,
           const Phase *x,
           int batch,
           const NnPictures *input,
           const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  ptrdiff_t in_pixel = g->small_channels, pixel = g->large_channels;
  /* A phase without taps reads nothing, wherever it starts. */
  ptrdiff_t start = y->n_taps && x->n_taps ?
                        y->start * input->row + x->start * in_pixel :
                        0;
  NnProduct product = {
    .windows = { .batch = batch,
                 .height = y->n,
                 .width = x->n,
                 .input = input->first + start,
                 .input_strides = { input->image, input->row, in_pixel },
                 .n_runs = y->n_taps,
                 .run_stride = input->row,
                 .run_length = x->n_taps * g->small_channels },
    .output = output->first + y->first * output->row + x->first * pixel,
    .output_strides = { output->image, g->stride * output->row,
                        g->stride * pixel },
    .n_channels = g->large_channels,
    .packed = job->packed,
    .epilogue = job->epilogue
  };

  if (y->n > 0 && x->n > 0)
    run_product (g, NN_UP, &product, job->share, job->n_shares);
}

static void
run_up (Job job, int batch, const NnPictures *input, const NnPictures *output)
{
  const NnGeometry *g = job.geometry;

  for (int index = 0; index < g->stride * g->stride; index++)
    {
      NnWeights weights;
      Phase y, x;

      phases_of (g, index, &y, &x);
      weights = up_weights (g, NULL, &y, &x);
      run_phase (&job, &y, &x, batch, input, output);
      job.packed += packed_size (g, NN_UP, &weights);
    }
}

static void
run_share (const Job *job,
           NnPass pass,
           int batch,
           const NnPictures *input,
           const NnPictures *output)
{
  if (pass == NN_DOWN)
    run_down (job, batch, input, output);
  else
    run_up (*job, batch, input, output);
}

static void
run_bordered (const NnGeometry *g,
              NnPass pass,
              int batch,
              const float *packed,
              const NnEpilogue *epilogue,
              const NnPictures *input,
              const NnPictures *output)
{
  Job job = { g, packed, epilogue, omp_get_thread_num (),
              omp_get_num_threads () };

  run_share (&job, pass, batch, input, output);
#pragma omp barrier
}

/* --- pictures without a border ----------------------------------------------
 */

/* Pictures are copied into their border a few at a time, just before they are
 * used, so that they stay in the second cache: so many floats. */
#define CHUNK_FLOATS 65536

static int
chunk_images (const NnGeometry *g, NnPass pass, int most)
{
  size_t fit = CHUNK_FLOATS / bordered_size (g, pass);

  return fit < 1 ? 1 : fit < (size_t) most ? (int) fit : most;
}

static size_t
round_up (size_t size)
{
  return (size + 15) / 16 * 16;
}

/* A thread's own place in scratch: with a static schedule, thread t gets none
 * of the chunks before chunk t. */
static float *
chunk_scratch (const NnGeometry *g, NnPass pass, int images, float *scratch)
{
  return scratch +
         omp_get_thread_num () * (images * bordered_size (g, pass) + NN_SLACK);
}

static size_t
get_bordered_scratch (const NnGeometry *g, NnPass pass, int max_batch)
{
  return needs_border (g, pass) ?
             round_up (max_batch * (bordered_size (g, pass) + NN_SLACK)) :
             0;
}

static void
run_chunks (Job *job,
            NnPass pass,
            int batch,
            const float *input,
            const NnPictures *output,
            float *scratch)
{
  const NnGeometry *g = job->geometry;
  int images = chunk_images (g, pass,
                             (batch + job->n_shares - 1) / job->n_shares);
  size_t input_size;
  int height, width;
  NnPictures bordered;

  input_sides (g, pass, &height, &width);
  input_size = (size_t) height * width * input_channels (g, pass);
  scratch = chunk_scratch (g, pass, images, scratch);
  bordered = pictures_in_border (g, pass, scratch);
  job->share = 0;
  job->n_shares = 1;
#pragma omp for schedule(static)
  for (int first = 0; first < batch; first += images)
    {
      int n = batch - first < images ? batch - first : images;
      NnPictures to = *output;

      to.first += first * to.image;
      copy_pictures (g, pass, n, input + first * input_size, scratch);
      clear_slack (g, pass, n, scratch);
      run_share (job, pass, n, &bordered, &to);
    }
}

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
  Job job = { g, packed, epilogue, omp_get_thread_num (),
              omp_get_num_threads () };
  NnPictures out = pass == NN_DOWN ?
                       plain_pictures (output, g->small_height, g->small_width,
                                       g->small_channels) :
                       plain_pictures (output, g->large_height, g->large_width,
                                       g->large_channels);
  NnPictures in;
  int height, width;

  if (needs_border (g, pass) && batch > 1)
    {
      run_chunks (&job, pass, batch, input, &out, scratch);
      return;
    }
  if (needs_border (g, pass))
    {
      copy_picture_together (g, pass, input, scratch);
      in = pictures_in_border (g, pass, scratch);
    }
  else
    {
      input_sides (g, pass, &height, &width);
      in = plain_pictures ((float *) input, height, width,
                           input_channels (g, pass));
    }
  run_share (&job, pass, batch, &in, &out);
#pragma omp barrier
}

/* --- the kernel's gradient --------------------------------------------------
 */

/* The batch is summed in groups, side by side, then the groups' sums in their
 * order.  Each group has sums of its own, so that large kernels have fewer. */
#define MOST_GROUPS 8
#define GROUPED_VALUES 524288

static size_t
n_sums (const NnGeometry *g)
{
  return (size_t) g->kernel * g->kernel * g->large_channels *
         NN_PADDED (g->small_channels);
}

static int
n_groups (const NnGeometry *g, int batch)
{
  size_t n = GROUPED_VALUES / n_sums (g);

  if (is_dense (g))
    return 1;
  n = n < 2 ? 2 : n > MOST_GROUPS ? MOST_GROUPS : n;
  return (size_t) batch < n ? batch : (int) n;
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
gradient_layout (const NnGeometry *g, int batch)
{
  int padded = NN_PADDED (g->small_channels);
  Layout layout = { 0 };

  layout.padded = layout.bordered +
                  get_bordered_scratch (g, NN_KERNEL_GRADIENT, batch);
  layout.sums = layout.padded;
  if (padded != g->small_channels)
    layout.sums += round_up ((size_t) batch * g->small_height * g->small_width *
                             padded);
  layout.end = layout.sums + n_groups (g, batch) * n_sums (g);
  return layout;
}

static size_t
get_scratch_size (const NnGeometry *g, NnPass pass, int max_batch)
{
  if (pass == NN_KERNEL_GRADIENT)
    return gradient_layout (g, max_batch).end;
  return get_bordered_scratch (g, pass, max_batch);
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

/* A group of pictures, or a share of its sums. */
typedef struct
{
  const NnGeometry *geometry;
  int from, to;
  const float *small;
  float *sums;
  bool add;
  int share, n_shares;
} Group;

static Group
group_of (const NnGeometry *g,
          int batch,
          int index,
          int groups,
          const float *small,
          float *sums)
{
  return (Group) { .geometry = g,
                   .from = (size_t) batch * index / groups,
                   .to = (size_t) batch * (index + 1) / groups,
                   .small = small,
                   .sums = sums + index * n_sums (g),
                   .share = 0,
                   .n_shares = 1 };
}

/* Pictures [from, to) of @group; @large is the first of them. */
static void
sum_pictures (const Group *group, int from, int to, const NnPictures *large)
{
  const NnGeometry *g = group->geometry;
  int padded = NN_PADDED (g->small_channels);
  NnOuter outer = { .windows = down_windows (g, to - from, large),
                    .small = group->small + (size_t) from * g->small_height *
                                                g->small_width * padded,
                    .n_channels = padded,
                    .sums = group->sums,
                    .add = group->add || from > group->from };

  if (is_dense (g))
    {
      /* a batch of single pixels is as good as a row of them */
      outer.windows.width = outer.windows.batch;
      outer.windows.input_strides.pixel = outer.windows.input_strides.image;
      outer.windows.batch = 1;
    }
  nn_outer (&outer, group->share, group->n_shares);
}

/* Collective: a group for each thread, which copies a few pictures at a time
 * into their border. */
static void
sum_whole_groups (const NnGeometry *g,
                  int batch,
                  const float *large,
                  const float *small,
                  float *sums,
                  float *scratch)
{
  int groups = n_groups (g, batch);
  int images = chunk_images (g, NN_KERNEL_GRADIENT, batch / groups);
  size_t size = (size_t) g->large_height * g->large_width * g->large_channels;
  NnPictures bordered;

  scratch = chunk_scratch (g, NN_KERNEL_GRADIENT, images, scratch);
  bordered = pictures_in_border (g, NN_KERNEL_GRADIENT, scratch);
#pragma omp for schedule(static)
  for (int index = 0; index < groups; index++)
    {
      Group group = group_of (g, batch, index, groups, small, sums);

      for (int from = group.from; from < group.to; from += images)
        {
          int to = from + images < group.to ? from + images : group.to;

          copy_pictures (g, NN_KERNEL_GRADIENT, to - from, large + from * size,
                         scratch);
          sum_pictures (&group, from, to, &bordered);
        }
    }
}

/* Collective: pictures that need no border, or more threads than groups. */
static void
sum_shares_of_groups (const NnGeometry *g,
                      int batch,
                      const NnPictures *large,
                      const float *small,
                      float *sums)
{
  int groups = n_groups (g, batch);
  int n_shares = (omp_get_num_threads () + groups - 1) / groups;

#pragma omp for schedule(static)
  for (int item = 0; item < groups * n_shares; item++)
    {
      Group group = group_of (g, batch, item / n_shares, groups, small, sums);
      NnPictures first = *large;

      first.first += group.from * large->image;
      group.share = item % n_shares;
      group.n_shares = n_shares;
      sum_pictures (&group, group.from, group.to, &first);
    }
}

/* Collective: a dense layer, whose sums are as many as the gradient's values,
 * adds to the gradient itself. */
static void
add_dense_gradient (const NnGeometry *g,
                    int batch,
                    const float *large,
                    const float *small,
                    float *gradient)
{
  NnPictures pictures = plain_pictures ((float *) large, 1, 1,
                                        g->large_channels);
  Group group = group_of (g, batch, 0, 1, small, gradient);

  group.add = true;
  group.share = omp_get_thread_num ();
  group.n_shares = omp_get_num_threads ();
  sum_pictures (&group, 0, batch, &pictures);
#pragma omp barrier
}

static void
sum_groups (const NnGeometry *g,
            int batch,
            const float *large,
            const float *small,
            float *sums,
            float *scratch)
{
  size_t size = (size_t) g->large_height * g->large_width * g->large_channels;
  NnPictures pictures;

  if (! needs_border (g, NN_KERNEL_GRADIENT))
    pictures = plain_pictures ((float *) large, g->large_height, g->large_width,
                               g->large_channels);
  else if (omp_get_num_threads () <= n_groups (g, batch))
    {
      sum_whole_groups (g, batch, large, small, sums, scratch);
      return;
    }
  else
    {
#pragma omp for schedule(static)
      for (int image = 0; image < batch; image++)
        copy_pictures (g, NN_KERNEL_GRADIENT, 1, large + image * size,
                       scratch + image * bordered_size (g, NN_KERNEL_GRADIENT));
      pictures = pictures_in_border (g, NN_KERNEL_GRADIENT, scratch);
    }
  sum_shares_of_groups (g, batch, &pictures, small, sums);
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

  if (is_dense (g) && g->small_channels % NN_LANES == 0)
    {
      add_dense_gradient (g, batch, large, small, gradient);
      return;
    }
  if (layout.sums != layout.padded)
    {
      pad_channels (g, batch, small, scratch + layout.padded);
      small = scratch + layout.padded;
    }
  sum_groups (g, batch, large, small, scratch + layout.sums,
              scratch + layout.bordered);
  add_groups (g, n_groups (g, batch), scratch + layout.sums, gradient);
}

/* --- the set ----------------------------------------------------------------
 */

#define STRING_(name) #name
#define STRING(name) STRING_ (name)

extern const NnPointwise NN_FOR_ISA (nn_pointwise);
extern const NnKernels NN_FOR_ISA (nn_kernels);
const NnKernels NN_FOR_ISA (nn_kernels) = {
  .isa = STRING (NN_ISA),
  .get_packed_size = get_packed_size,
  .pack = pack,
  .get_scratch_size = get_scratch_size,
  .run = run,
  .get_border = border_of,
  .run_bordered = run_bordered,
  .add_kernel_gradient = add_kernel_gradient,
  .pointwise = &NN_FOR_ISA (nn_pointwise),
};
