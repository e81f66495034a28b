/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient of a kernel as outer products of the large picture's windows and
 * the small picture, summed over the batch in an order that does not depend on
 * the number of threads.
 */
#include <omp.h>

#include "convolution.h"

/* The batch is summed in groups, side by side, then the groups' sums in their
 * order.  Each group has sums of its own, so that large kernels have fewer; 2,
 * 4 or 8, which is as much for each of 2, 4 or 8 threads. */
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
  size_t most = GROUPED_VALUES / n_sums (g), n = 2;

  if (is_dense (g))
    return 1;
  while (n < most && n < MOST_GROUPS)
    n *= 2;
  return (size_t) batch < n ? batch : (int) n;
}

/* Where in scratch what lies. */
typedef struct
{
  size_t padded; /* after the copies within borders */
  size_t sums;
  size_t end;
} Layout;

static Layout
layout_of (const NnGeometry *g, int batch)
{
  int padded = NN_PADDED (g->small_channels);
  size_t n_pixels = (size_t) batch * g->small_height * g->small_width;
  Layout layout = { 0 };

  if (needs_border (g, NN_KERNEL_GRADIENT))
    layout.padded += chunks_scratch (g, NN_KERNEL_GRADIENT, batch);
  layout.sums = layout.padded;
  if (padded != g->small_channels)
    layout.sums += n_pixels * padded;
  layout.end = layout.sums + n_groups (g, batch) * n_sums (g);
  return layout;
}

size_t
nn_gradient_scratch (const NnGeometry *g, int max_batch)
{
  return layout_of (g, max_batch).end;
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
  bool started; /* sums are there, to be added to */
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
                   .started = false,
                   .share = 0,
                   .n_shares = 1 };
}

/* Rows [first, last) of @n pictures from @image on; @large is the first of
 * them. */
static void
sum_rows (Group *group,
          int image,
          int n,
          int first,
          int last,
          const NnPictures *large)
{
  const NnGeometry *g = group->geometry;
  int padded = NN_PADDED (g->small_channels);
  size_t row = (size_t) image * g->small_height + first;
  NnOuter outer = { .windows = down_windows (g, n, large),
                    .small = group->small + row * g->small_width * padded,
                    .n_channels = padded,
                    .sums = group->sums,
                    .add = group->started };

  outer.windows.input += first * outer.windows.input_strides.row;
  outer.windows.height = last - first;
  if (is_dense (g))
    {
      /* a batch of single pixels is as good as a row of them */
      outer.windows.width = n;
      outer.windows.input_strides.pixel = outer.windows.input_strides.image;
      outer.windows.batch = 1;
    }
  nn_outer (&outer, group->share, group->n_shares);
  group->started = true;
}

/* @n pictures from @image on, copied into a border a chunk at a time. */
static void
sum_copies (Group *group,
            const Chunk *chunk,
            int image,
            int n,
            const float *large,
            float *scratch)
{
  const NnGeometry *g = group->geometry;
  NnBorder border = border_of (g, NN_KERNEL_GRADIENT);
  size_t size = (size_t) g->large_height * g->large_width * g->large_channels;
  ptrdiff_t row = (ptrdiff_t) border.width * g->large_channels;
  NnPictures copied = { NULL, chunk->image, row };

  for (int first = 0; first < g->small_height; first += chunk->rows)
    {
      int last = first + chunk->rows < g->small_height ? first + chunk->rows :
                                                         g->small_height;
      int from, to;

      rows_needed (g, NN_KERNEL_GRADIENT, first, last, &from, &to);
      for (int i = 0; i < n; i++)
        copy_rows (g, NN_KERNEL_GRADIENT, large + (image + i) * size, from, to,
                   scratch + i * chunk->image);
      copied.first = scratch + border.left * g->large_channels - from * row;
      sum_rows (group, image, n, first, last, &copied);
    }
}

/* Collective: a group for each thread. */
static void
sum_whole_groups (const NnGeometry *g,
                  int batch,
                  const float *large,
                  const float *small,
                  float *sums,
                  float *scratch)
{
  int groups = n_groups (g, batch);
  Chunk chunk = chunk_of (g, NN_KERNEL_GRADIENT, batch / groups);

  scratch += chunk_slot (&chunk, omp_get_thread_num ());
#pragma omp for schedule(static)
  for (int index = 0; index < groups; index++)
    {
      Group group = group_of (g, batch, index, groups, small, sums);

      for (int image = group.from; image < group.to; image += chunk.images)
        sum_copies (&group, &chunk, image,
                    image + chunk.images < group.to ? chunk.images :
                                                      group.to - image,
                    large, scratch);
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
      sum_rows (&group, group.from, group.to - group.from, 0, g->small_height,
                &first);
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
  NnPictures pictures = nn_plain_pictures (large, nn_pass_input (g, NN_DOWN));
  Group group = group_of (g, batch, 0, 1, small, gradient);

  group.started = true;
  group.share = omp_get_thread_num ();
  group.n_shares = omp_get_num_threads ();
  sum_rows (&group, 0, batch, 0, 1, &pictures);
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
  NnBorder border = border_of (g, NN_KERNEL_GRADIENT);
  NnShape shape = nn_pass_input (g, NN_KERNEL_GRADIENT);
  NnPictures pictures = nn_plain_pictures (large, shape);
  ptrdiff_t row = (ptrdiff_t) border.width * shape.channels;

  if (needs_border (g, NN_KERNEL_GRADIENT))
    {
      if (omp_get_num_threads () <= n_groups (g, batch))
        {
          sum_whole_groups (g, batch, large, small, sums, scratch);
          return;
        }
#pragma omp for schedule(static)
      for (int image = 0; image < batch; image++)
        copy_rows (g, NN_KERNEL_GRADIENT, large + image * pictures.image,
                   -border.top, border.height - border.top,
                   scratch + image * border.height * row);
      pictures = (NnPictures) { scratch + border.top * row +
                                    border.left * shape.channels,
                                border.height * row, row };
    }
  sum_shares_of_groups (g, batch, &pictures, small, sums);
}

void
nn_add_kernel_gradient (const NnGeometry *g,
                        int batch,
                        const float *large,
                        const float *small,
                        float *gradient,
                        float *scratch)
{
  Layout layout = layout_of (g, batch);

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
  sum_groups (g, batch, large, small, scratch + layout.sums, scratch);
  add_groups (g, n_groups (g, batch), scratch + layout.sums, gradient);
}
