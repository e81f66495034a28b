/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient of a kernel by tiles: the small picture's pixels of a tile are
 * the filter, its r x r results the kernel's taps, and since transforms are
 * linear, the sums over all tiles are transformed once.
 *
 * The work is shared by rows of frequencies and blocks of the large picture's
 * values, each with the sums of the whole batch: so many as a thread's second
 * cache holds beside the transformed tiles.
 */
#include <omp.h>

#include "winograd.h"

/* Tiles that are transformed before they are multiplied. */
#define CHUNK_TILES 64
/* Tiles that all of a thread's work is done with before the next, so that they
 * come from memory once. */
#define SPAN_TILES (3 * CHUNK_TILES)
/* A block of fewer values would have the small picture transformed too often.
 */
#define LEAST_BLOCK 64

typedef struct
{
  const NnGeometry *geometry;
  Tiles tiles;
  size_t n_tiles;
  int n_values; /* large channels of all phases */
  int n_blocks;
  size_t sums;   /* floats of a frequency's sums, first in scratch */
  size_t values; /* of a thread's values of a frequency, behind them */
  size_t filters;
  size_t slot;
} Plan;

static Plan
plan_of (const NnGeometry *g, int batch)
{
  Plan plan = { .geometry = g, .tiles = tiles_of (g, NN_KERNEL_GRADIENT) };
  int n_phases = plan.tiles.n_phases;

  plan.n_tiles = (size_t) batch * plan.tiles.y.n_tiles * plan.tiles.x.n_tiles;
  plan.n_values = n_phases * g->large_channels;
  if (n_phases == 1)
    plan.n_blocks = g->large_channels < 2 * LEAST_BLOCK ?
                        1 :
                        g->large_channels / LEAST_BLOCK;
  else
    plan.n_blocks = g->large_channels > LEAST_BLOCK ? n_phases : n_phases / 2;
  plan.sums = (size_t) plan.n_values * g->small_channels + APART;
  plan.values = (size_t) CHUNK_TILES *
                    ((plan.n_values + plan.n_blocks - 1) / plan.n_blocks) +
                APART;
  plan.filters = (size_t) CHUNK_TILES * g->small_channels + APART;
  plan.slot = NN_POINTS * (plan.values + plan.filters) + g->large_channels +
              g->small_channels;
  plan.slot = (plan.slot + 15) / 16 * 16;
  return plan;
}

size_t
nn_winograd_gradient_scratch (const NnGeometry *g)
{
  Plan plan = plan_of (g, 1);

  return NN_FREQUENCIES * plan.sums + NN_POINTS * plan.n_blocks * plan.slot;
}

/* One row of frequencies of a block of values. */
typedef struct
{
  const Plan *plan;
  int row;
  size_t from, to; /* values */
  const float *large;
  const float *small;
  float *sums; /* of the row's first frequency */
  float *values;
  float *filters;
  float *zeros;
} Item;

/* --- transforms -------------------------------------------------------------
 */

/* Channels [first, last) of a tile; constant @whole and @row. */
NN_INLINE void
transform_values (const Plan *plan,
                  const Window *window,
                  const bool whole,
                  int first,
                  int last,
                  const int row,
                  float *values)
{
  for (int v = 0; v < NN_VECTORS (last - first); v++)
    {
      int at = vector_at (v, last - first);
      Floats across[NN_POINTS];

      UNROLL for (int x = 0; x < NN_POINTS; x++)
      {
        Floats column[NN_POINTS];

        UNROLL for (int y = 0; y < NN_POINTS; y++) column[y] = load (
            pixel_of (window, whole, NN_POINTS, y, x) + first + at);
        across[x] = transform_value (column, 1, row);
      }
      UNROLL for (int j = 0; j < NN_POINTS; j++)
          store (values + j * plan->values + at,
                 transform_value (across, 1, j));
    }
}

/* Tile @index of a chunk; constant @whole, @n and @row. */
NN_INLINE void
transform_filters (const Item *item,
                   const Window *window,
                   const bool whole,
                   const int n,
                   const int row,
                   int index)
{
  size_t stride = item->plan->filters;
  int n_channels = item->plan->geometry->small_channels;

  for (int first = 0; first < n_channels; first += NN_BLOCK)
    {
      int rest = n_channels - first;
      int width = rest < NN_BLOCK ? rest : NN_BLOCK;
      float *filters = item->filters + (size_t) first * CHUNK_TILES +
                       (size_t) index * width;

      for (int c = 0; c < width; c += NN_LANES)
        {
          Floats across[3];

          UNROLL for (int x = 0; x < n; x++)
          {
            Floats column[3];

            UNROLL for (int y = 0; y < n; y++) column[y] = load (
                pixel_of (window, whole, n, y, x) + first + c);
            across[x] = transform_filter (column, 1, n, row);
          }
          UNROLL for (int j = 0; j < NN_POINTS; j++)
              store (filters + j * stride + c,
                     transform_filter (across, 1, n, j));
        }
    }
}

/* Values [from, to), all of one phase. */
NN_INLINE void
transform_large_tiles (const Item *item,
                       size_t first,
                       size_t last,
                       size_t from,
                       size_t to,
                       const int row)
{
  const Plan *plan = item->plan;
  const NnGeometry *g = plan->geometry;
  ptrdiff_t picture_row = (ptrdiff_t) g->large_width * g->large_channels;
  int phase = from / g->large_channels, start = phase * g->large_channels;
  Lattice lattice = large_lattice (g, phase, picture_row);
  TilePlace place = tile_at (&plan->tiles, first);
  float *values = item->values + from - item->from;

  for (size_t index = first; index < last; index++)
    {
      Window window;

      find_window (&lattice,
                   item->large + place.image * g->large_height * picture_row,
                   place.y, place.x, NN_POINTS, item->zeros, &window);
      if (window.whole)
        transform_values (plan, &window, true, from - start, to - start, row,
                          values);
      else
        transform_values (plan, &window, false, from - start, to - start, row,
                          values);
      values += item->to - item->from;
      next_tile (&plan->tiles, &place);
    }
}

NN_INLINE void
transform_small_tiles (const Item *item,
                       size_t first,
                       size_t last,
                       const int n,
                       const int row)
{
  const Plan *plan = item->plan;
  const NnGeometry *g = plan->geometry;
  ptrdiff_t picture_row = (ptrdiff_t) g->small_width * g->small_channels;
  Lattice lattice = small_lattice (g, 0, picture_row);
  TilePlace place = tile_at (&plan->tiles, first);

  for (size_t index = first; index < last; index++)
    {
      Window window;

      find_window (&lattice,
                   item->small + place.image * g->small_height * picture_row,
                   place.y, place.x, n, item->zeros, &window);
      if (window.whole)
        transform_filters (item, &window, true, n, row, index - first);
      else
        transform_filters (item, &window, false, n, row, index - first);
      next_tile (&plan->tiles, &place);
    }
}

/* Constant @row. */
NN_INLINE void
transform_row (const Item *item, size_t first, size_t last, const int row)
{
  size_t n_channels = item->plan->geometry->large_channels;

  for (size_t from = item->from; from < item->to;)
    {
      size_t next = (from / n_channels + 1) * n_channels;
      size_t to = next < item->to ? next : item->to;

      transform_large_tiles (item, first, last, from, to, row);
      from = to;
    }
  if (item->plan->tiles.results == 2)
    transform_small_tiles (item, first, last, 2, row);
  else
    transform_small_tiles (item, first, last, 3, row);
}

static void
transform_tiles (const Item *item, size_t first, size_t last)
{
  switch (item->row)
    {
    case 0:
      transform_row (item, first, last, 0);
      break;
    case 1:
      transform_row (item, first, last, 1);
      break;
    case 2:
      transform_row (item, first, last, 2);
      break;
    default:
      transform_row (item, first, last, 3);
    }
}

/* --- sums -------------------------------------------------------------------
 */

/* Sums of a block of small channels are [value][channel]. */
static void
add_products (const Item *item, int n, bool add)
{
  const Plan *plan = item->plan;
  int n_channels = plan->geometry->small_channels;
  int n_values = item->to - item->from;

  for (int j = 0; j < NN_POINTS; j++)
    for (int first = 0; first < n_channels; first += NN_BLOCK)
      {
        int rest = n_channels - first;
        int width = rest < NN_BLOCK ? rest : NN_BLOCK;
        NnMatrix matrix = { .values = item->values + j * plan->values,
                            .row = 1,
                            .column = n_values,
                            .n_values = n,
                            .weights = item->filters + j * plan->filters +
                                       (size_t) first * CHUNK_TILES,
                            .n_channels = width,
                            .sums = item->sums + j * plan->sums +
                                    (size_t) first * plan->n_values +
                                    item->from * width,
                            .sums_row = width,
                            .add = add };

        nn_matrix (&matrix, n_values);
      }
}

/* Of large channel @large of @phase, small channels @small…; constant @taps. */
NN_INLINE void
add_results (const Plan *plan,
             int phase,
             int large,
             int small,
             const int taps,
             const float *sums,
             float *gradient)
{
  const NnGeometry *g = plan->geometry;
  int first = small / NN_BLOCK * NN_BLOCK, rest = g->small_channels - first;
  int width = rest < NN_BLOCK ? rest : NN_BLOCK;
  size_t at = (size_t) first * plan->n_values +
              ((size_t) phase * g->large_channels + large) * width + small -
              first;
  size_t tap = (size_t) g->large_channels * g->small_channels;
  Floats tile[NN_FREQUENCIES], results[9];

  UNROLL for (int i = 0; i < NN_FREQUENCIES; i++)
      tile[i] = load (sums + i * plan->sums + at) * filter_scale (i);
  transform_tile (tile, taps, results);
  UNROLL for (int y = 0; y < taps; y++) UNROLL for (int x = 0; x < taps; x++)
  {
    int row = g->stride * y + phase / g->stride;
    int column = g->stride * x + phase % g->stride;
    float *to = gradient + (row * g->kernel + column) * tap +
                (size_t) large * g->small_channels + small;

    store (to, load (to) + results[y * taps + x]);
  }
}

/* Tiles [first, last) of the items of this thread. */
static void
add_tiles (const Plan *plan, Item *item, size_t first, size_t last)
{
  float *sums = item->sums;
  size_t n_items = NN_POINTS * plan->n_blocks;

#pragma omp for schedule(static) nowait
  for (size_t index = 0; index < n_items; index++)
    {
      item->row = index / plan->n_blocks;
      nn_share_range (plan->n_values, index % plan->n_blocks, plan->n_blocks,
                      &item->from, &item->to);
      item->sums = sums + item->row * NN_POINTS * plan->sums;
      for (size_t at = first; at < last; at += CHUNK_TILES)
        {
          size_t end = at + CHUNK_TILES < last ? at + CHUNK_TILES : last;

          transform_tiles (item, at, end);
          add_products (item, end - at, at > 0);
        }
    }
  item->sums = sums;
}

void
nn_winograd_add_gradient (const NnGeometry *g,
                          int batch,
                          const float *large,
                          const float *small,
                          float *gradient,
                          float *scratch)
{
  Plan plan = plan_of (g, batch);
  size_t thread = omp_get_thread_num ();
  Item item = { .plan = &plan, .large = large, .small = small };

  if (thread < (size_t) NN_POINTS * plan.n_blocks)
    {
      item.sums = scratch;
      item.values = scratch + NN_FREQUENCIES * plan.sums + thread * plan.slot;
      item.filters = item.values + NN_POINTS * plan.values;
      item.zeros = item.filters + NN_POINTS * plan.filters;
      memset (item.zeros, 0,
              (g->large_channels + g->small_channels) * sizeof (float));
    }
  for (size_t first = 0; first < plan.n_tiles; first += SPAN_TILES)
    add_tiles (&plan, &item, first,
               first + SPAN_TILES < plan.n_tiles ? first + SPAN_TILES :
                                                   plan.n_tiles);
#pragma omp barrier
#pragma omp for schedule(static)
  for (int value = 0; value < plan.n_values; value++)
    for (int c = 0; c < g->small_channels; c += NN_LANES)
      {
        int phase = value / g->large_channels;
        int channel = value % g->large_channels;

        if (plan.tiles.taps == 2)
          add_results (&plan, phase, channel, c, 2, scratch, gradient);
        else
          add_results (&plan, phase, channel, c, 3, scratch, gradient);
      }
}
