/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Down and up by tiles.
 *
 * A thread transforms some tiles at a time, so many as the second cache holds;
 * multiplies them with the transformed weights, each frequency by itself;
 * and transforms the sums.  Down, the values are those of all phases, whose
 * sums add up; up, the sums are those of all phases, some of which are worked
 * on together.
 */
#include "winograd.h"

#include <omp.h>

/* Floats of a thread's values and sums, and the fewest tiles of them, which is
 * how often weights are used that come from the third cache. */
#define SLOT_FLOATS 65536
#define LEAST_TILES 24
#define MOST_SLOTS 64
/* Fewer tiles are not worth a thread. */
#define LEAST_SHARE 6

/* Phases of an up whose sums are worked on together have so many channels. */
#define GROUP_CHANNELS 128

/* There must be enough channels between the transforms, and not too much of the
 * tiles beyond the edges. */
bool
nn_winograd_fits (const NnGeometry *g)
{
  Tiles tiles = tiles_of (g, NN_UP);
  size_t by_tiles = (size_t) tiles.y.n_tiles * tiles.x.n_tiles *
                    NN_FREQUENCIES * tiles.n_phases;
  size_t direct = (size_t) g->small_height * g->small_width * g->kernel *
                  g->kernel;

  return ((g->kernel == 3 && g->stride == 1) ||
          (g->kernel == 4 && g->stride == 2)) &&
         g->large_channels >= 16 && g->small_channels >= 16 &&
         g->small_channels % NN_LANES == 0 && by_tiles * 5 <= direct * 4;
}

typedef struct
{
  const NnGeometry *geometry;
  NnPass pass;
  Tiles tiles;
  int n_values; /* of a tile at a frequency                       */
  int group;    /* phases of the result that are worked on at once */
  int n_groups;
  int n_channels; /* of a group, whole vectors */
  int chunk;      /* tiles      */
  size_t n_tiles;
  size_t n_slots;
  size_t values; /* floats from frequency to frequency */
  size_t sums;
  size_t weights; /* of a group and frequency */
  size_t slot;
} Plan;

static Plan
plan_of (const NnGeometry *g, NnPass pass, int batch)
{
  Plan plan = { .geometry = g, .pass = pass, .tiles = tiles_of (g, pass) };
  int n_phases = plan.tiles.n_phases;

  plan.group = 1;
  if (pass == NN_UP)
    while (plan.group < n_phases &&
           2 * plan.group * g->large_channels <= GROUP_CHANNELS)
      plan.group *= 2;
  plan.n_groups = pass == NN_UP ? n_phases / plan.group : 1;
  plan.n_values = pass == NN_UP ? g->small_channels :
                                  n_phases * g->large_channels;
  plan.n_channels = NN_PADDED (pass == NN_UP ? plan.group * g->large_channels :
                                               g->small_channels);
  plan.chunk = SLOT_FLOATS / NN_FREQUENCIES /
               (plan.n_values + plan.n_channels) / 12 * 12;
  plan.chunk = plan.chunk < LEAST_TILES ? LEAST_TILES : plan.chunk;
  plan.n_tiles = (size_t) batch * plan.tiles.y.n_tiles * plan.tiles.x.n_tiles;
  plan.n_slots = (plan.n_tiles + LEAST_SHARE - 1) / LEAST_SHARE;
  plan.n_slots = plan.n_slots < MOST_SLOTS ? plan.n_slots : MOST_SLOTS;
  plan.values = (size_t) plan.chunk * plan.n_values + APART;
  plan.sums = (size_t) plan.chunk * plan.n_channels + APART;
  plan.weights = (size_t) plan.n_values * plan.n_channels + APART;
  plan.slot = NN_FREQUENCIES * (plan.values + plan.sums) + g->large_channels +
              g->small_channels;
  plan.slot = (plan.slot + 15) / 16 * 16;
  return plan;
}

/* --- weights ----------------------------------------------------------------
 */

size_t
nn_winograd_packed (const NnGeometry *g, NnPass pass)
{
  Plan plan = plan_of (g, pass, 1);

  return plan.n_groups * NN_FREQUENCIES * plan.weights;
}

/* Those of one large channel and phase, small channels @s…; @taps constant. */
NN_INLINE void
transform_weights (const Plan *plan,
                   int phase,
                   const float *kernel,
                   const int taps,
                   Floats *transformed)
{
  const NnGeometry *g = plan->geometry;
  ptrdiff_t tap = (ptrdiff_t) g->large_channels * g->small_channels;
  Floats weights[9], rows[NN_POINTS * 3];

  UNROLL for (int y = 0; y < taps; y++) UNROLL for (int x = 0; x < taps; x++)
  {
    /* up reads pixels before, so that its taps run backwards */
    int from_y = plan->pass == NN_UP ? taps - 1 - y : y;
    int from_x = plan->pass == NN_UP ? taps - 1 - x : x;
    int row = g->stride * from_y + phase / g->stride;
    int column = g->stride * from_x + phase % g->stride;

    weights[y * taps + x] = load (kernel + (row * g->kernel + column) * tap);
  }
  UNROLL for (int i = 0; i < NN_POINTS; i++)
      UNROLL for (int x = 0; x < taps; x++)
          rows[i * taps + x] = transform_filter (weights + x, taps, taps, i);
  UNROLL for (int i = 0; i < NN_FREQUENCIES; i++)
      transformed[i] = filter_scale (i) *
                       transform_filter (rows + i / NN_POINTS * taps, 1, taps,
                                         i % NN_POINTS);
}

/* Weights are [block][value][channel]. */
static size_t
place_of_weight (const Plan *plan, int value, int channel)
{
  int first = channel / NN_BLOCK * NN_BLOCK, rest = plan->n_channels - first;
  int width = rest < NN_BLOCK ? rest : NN_BLOCK;

  return (size_t) first * plan->n_values + (size_t) value * width + channel -
         first;
}

static void
store_weights (const Plan *plan,
               int phase,
               int large,
               int small,
               const Floats *transformed,
               float *packed)
{
  int channels = plan->geometry->large_channels;
  int group = plan->pass == NN_UP ? phase / plan->group : 0;
  float lanes[NN_FREQUENCIES][NN_LANES];

  packed += group * NN_FREQUENCIES * plan->weights;
  if (plan->pass == NN_DOWN)
    {
      packed += place_of_weight (plan, phase * channels + large, small);
      for (int i = 0; i < NN_FREQUENCIES; i++)
        store (packed + i * plan->weights, transformed[i]);
      return;
    }
  for (int i = 0; i < NN_FREQUENCIES; i++)
    store (lanes[i], transformed[i]);
  for (int lane = 0; lane < NN_LANES; lane++)
    {
      float *to = packed +
                  place_of_weight (plan, small + lane,
                                   phase % plan->group * channels + large);

      for (int i = 0; i < NN_FREQUENCIES; i++)
        to[i * plan->weights] = lanes[i][lane];
    }
}

void
nn_winograd_pack (const NnGeometry *g,
                  NnPass pass,
                  const float *kernel,
                  float *packed)
{
  Plan plan = plan_of (g, pass, 1);
  int n_vectors = plan.tiles.n_phases * g->small_channels / NN_LANES;
  /* large channels innermost: they share lines of up's weights */
#pragma omp for schedule(static)
  for (int vector = 0; vector < n_vectors; vector++)
    {
      int phase = vector * NN_LANES / g->small_channels;
      int small = vector * NN_LANES % g->small_channels;

      for (int large = 0; large < g->large_channels; large++)
        {
          const float *from = kernel + (size_t) large * g->small_channels +
                              small;
          Floats transformed[NN_FREQUENCIES];

          if (plan.tiles.taps == 2)
            transform_weights (&plan, phase, from, 2, transformed);
          else
            transform_weights (&plan, phase, from, 3, transformed);
          store_weights (&plan, phase, large, small, transformed, packed);
        }
    }
}

/* --- some tiles -------------------------------------------------------------
 */

/* A thread's memory. */
typedef struct
{
  float *values;
  float *sums;
  float *zeros;
  float *nowhere; /* for results beyond the edges */
} Slot;

static Slot
slot_of (const Plan *plan, int index, float *scratch)
{
  Slot slot = { .values = scratch + index * plan->slot };

  slot.sums = slot.values + NN_FREQUENCIES * plan->values;
  slot.zeros = slot.sums + NN_FREQUENCIES * plan->sums;
  slot.nowhere = slot.zeros +
                 nn_pass_input (plan->geometry, plan->pass).channels;
  return slot;
}

/* All channels of a tile; constant @whole. */
NN_INLINE void
transform_values (const Plan *plan,
                  const Window *window,
                  const bool whole,
                  int n_channels,
                  float *values)
{
  for (int v = 0; v < NN_VECTORS (n_channels); v++)
    {
      int c = vector_at (v, n_channels);

      UNROLL for (int i = 0; i < NN_POINTS; i++)
      {
        Floats row[NN_POINTS];

        UNROLL for (int x = 0; x < NN_POINTS; x++)
        {
          Floats column[NN_POINTS];

          UNROLL for (int y = 0; y < NN_POINTS; y++)
              column[y] = load (pixel_of (window, whole, NN_POINTS, y, x) + c);
          row[x] = transform_value (column, 1, i);
        }
        UNROLL for (int j = 0; j < NN_POINTS; j++)
            store (values + (i * NN_POINTS + j) * plan->values + c,
                   transform_value (row, 1, j));
      }
    }
}

static void
transform_input (const Plan *plan,
                 size_t first,
                 size_t last,
                 const float *input,
                 const Slot *slot)
{
  const NnGeometry *g = plan->geometry;
  NnShape shape = nn_pass_input (g, plan->pass);
  ptrdiff_t row = (ptrdiff_t) shape.width * shape.channels;
  int n_phases = plan->pass == NN_UP ? 1 : plan->tiles.n_phases;

  for (int phase = 0; phase < n_phases; phase++)
    {
      Lattice lattice = plan->pass == NN_UP ?
                            small_lattice (g, plan->tiles.taps - 1, row) :
                            large_lattice (g, phase, row);
      TilePlace place = tile_at (&plan->tiles, first);
      float *values = slot->values + phase * shape.channels;

      for (size_t index = first; index < last; index++)
        {
          Window window;

          find_window (&lattice, input + place.image * shape.height * row,
                       place.y, place.x, NN_POINTS, slot->zeros, &window);
          if (window.whole)
            transform_values (plan, &window, true, shape.channels, values);
          else
            transform_values (plan, &window, false, shape.channels, values);
          values += plan->n_values;
          next_tile (&plan->tiles, &place);
        }
    }
}

static void
multiply (const Plan *plan, int n_tiles, const float *weights, const Slot *slot)
{
  for (int i = 0; i < NN_FREQUENCIES; i++)
    for (int first = 0; first < plan->n_channels; first += NN_BLOCK)
      {
        int rest = plan->n_channels - first;
        NnMatrix matrix = { .values = slot->values + i * plan->values,
                            .row = plan->n_values,
                            .column = 1,
                            .n_values = plan->n_values,
                            .weights = weights + i * plan->weights +
                                       (size_t) first * plan->n_values,
                            .n_channels = rest < NN_BLOCK ? rest : NN_BLOCK,
                            .sums = slot->sums + i * plan->sums + first,
                            .sums_row = plan->n_channels };

        nn_matrix (&matrix, n_tiles);
      }
}

NN_INLINE Floats
finish (const NnEpilogue *epilogue, int channel, Floats result)
{
  if (epilogue->bias)
    result += load (epilogue->bias + channel);
  if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU)
    result = leaky_relu (result, epilogue->slope);
  else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
    result = sigmoid (result);
  if (epilogue->scale)
    result = result * load (epilogue->scale + channel) +
             load (epilogue->shift + channel);
  return result;
}

/* All channels of a tile's @n x @n results; constant @n and @whole. */
NN_INLINE void
transform_results (const Plan *plan,
                   const NnEpilogue *epilogue_,
                   const float *sums,
                   int n_channels,
                   const int n,
                   const Window *window,
                   const bool whole)
{
  const NnEpilogue epilogue = *epilogue_;

  for (int v = 0; v < NN_VECTORS (n_channels); v++)
    {
      int c = vector_at (v, n_channels);
      Floats tile[NN_FREQUENCIES], results[9];

      UNROLL for (int i = 0; i < NN_FREQUENCIES; i++)
          tile[i] = load (sums + i * plan->sums + c);
      transform_tile (tile, n, results);
      UNROLL for (int i = 0; i < n; i++) UNROLL for (int j = 0; j < n; j++)
          store ((float *) pixel_of (window, whole, n, i, j) + c,
                 finish (&epilogue, c, results[i * n + j]));
    }
}

/* Results of @phase; constant @n. */
NN_INLINE void
transform_sums_of_tiles (const Plan *plan,
                         int phase,
                         size_t first,
                         size_t last,
                         const int n,
                         const NnEpilogue *epilogue,
                         const NnPictures *output,
                         const Slot *slot)
{
  const NnGeometry *g = plan->geometry;
  int n_channels = nn_pass_output (g, plan->pass).channels;
  const float *sums = slot->sums + phase % plan->group * n_channels;
  Lattice lattice = plan->pass == NN_UP ?
                        large_lattice (g, phase, output->row) :
                        small_lattice (g, 0, output->row);

  TilePlace place = tile_at (&plan->tiles, first);

  for (size_t index = first; index < last; index++)
    {
      Window window;

      find_window (&lattice, output->first + place.image * output->image,
                   place.y, place.x, n, slot->nowhere, &window);
      if (window.whole)
        transform_results (plan, epilogue, sums, n_channels, n, &window, true);
      else
        transform_results (plan, epilogue, sums, n_channels, n, &window, false);
      sums += plan->n_channels;
      next_tile (&plan->tiles, &place);
    }
}

static void
transform_output (const Plan *plan,
                  int group,
                  size_t first,
                  size_t last,
                  const NnEpilogue *epilogue,
                  const NnPictures *output,
                  const Slot *slot)
{
  for (int phase = group * plan->group; phase < (group + 1) * plan->group;
       phase++)
    if (plan->tiles.results == 2)
      transform_sums_of_tiles (plan, phase, first, last, 2, epilogue, output,
                               slot);
    else
      transform_sums_of_tiles (plan, phase, first, last, 3, epilogue, output,
                               slot);
}

size_t
nn_winograd_scratch (const NnGeometry *g, NnPass pass, int max_batch)
{
  Plan plan = plan_of (g, pass, max_batch);

  return plan.n_slots * plan.slot;
}

void
nn_winograd_run (const NnGeometry *g,
                 NnPass pass,
                 int batch,
                 const float *packed,
                 const NnEpilogue *epilogue,
                 const float *input,
                 const NnPictures *output,
                 float *scratch)
{
  Plan plan = plan_of (g, pass, batch);
  size_t thread = omp_get_thread_num (), n_shares = omp_get_num_threads ();
  size_t from = 0, to = 0;
  Slot slot;

  n_shares = n_shares < plan.n_slots ? n_shares : plan.n_slots;
  if (thread < n_shares)
    {
      nn_share_range (plan.n_tiles, thread, n_shares, &from, &to);
      slot = slot_of (&plan, thread, scratch);
      memset (slot.zeros, 0, nn_pass_input (g, pass).channels * sizeof (float));
    }
  while (from < to)
    {
      size_t end = from + plan.chunk < to ? from + plan.chunk : to;

      transform_input (&plan, from, end, input, &slot);
      for (int i = 0; i < plan.n_groups; i++)
        {
          multiply (&plan, end - from,
                    packed + i * NN_FREQUENCIES * plan.weights, &slot);
          transform_output (&plan, i, from, end, epilogue, output, &slot);
        }
      from = end;
    }
#pragma omp barrier
}
