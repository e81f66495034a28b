/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strided up with a handful of output channels, whose phases are too short
 * for dots: each small pixel times the whole kernel is a stamp of the output, a
 * sweep with all lanes full; where stamps overlap they are added.
 *
 * On each axis output R - pad gets tap t of small pixel q = R div stride, with
 * t = R mod stride, tap t + stride of the one before it, and so on.  Of a row
 * the `stride` pixels of one q are contiguous, in the output and in each stamp,
 * and are added as vectors.
 */
#include "products.h"

/* Floats of the stamps that are needed at once, and of a row of the output:
 * both are on the stack. */
#define MOST_STAMPS 24576
#define MOST_ROW 4096
/* Vectors of the pixels of one q. */
#define MOST_VECTORS ((NN_DOT_CHANNELS * NN_DOT_STRIDE + 3) / NN_LANES + 1)

typedef struct
{
  const NnSpread *spread;
  int reach;    /* stamps that overlap, on each axis */
  int n_chunks; /* q of a row */
  int chunk;    /* floats of a q */
  size_t stamp; /* floats */
  size_t row;   /* floats of a row of stamps, with zeros at both ends */
} Plan;

static Plan
plan_of (const NnGeometry *g)
{
  Plan plan = { .reach = (g->kernel + g->stride - 1) / g->stride,
                .n_chunks = (g->large_width - 1 + g->pad_left) / g->stride + 1,
                .chunk = g->stride * g->large_channels,
                .stamp = NN_PADDED (g->kernel * g->kernel *
                                    g->large_channels) };
  int n_columns = plan.n_chunks > g->small_width ? plan.n_chunks :
                                                   g->small_width;

  plan.row = (n_columns + plan.reach - 1) * plan.stamp;
  return plan;
}

bool
nn_spread_fits (const NnGeometry *g)
{
  Plan plan;

  if (g->stride < 2 || g->stride > NN_DOT_STRIDE || g->kernel < g->stride ||
      g->kernel > 2 * g->stride || g->large_channels > NN_DOT_CHANNELS ||
      g->small_channels < 8 || g->large_width > MOST_ROW)
    return false;
  plan = plan_of (g);
  return plan.reach * plan.row <= MOST_STAMPS &&
         plan.n_chunks * plan.chunk <= MOST_ROW;
}

/* --- stamps ----------------------------------------------------------------
 */

/* Those of small row @y. */
static void
make_stamps (const Plan *plan, int y, float *stamps)
{
  const NnSpread *spread = plan->spread;
  const NnGeometry *g = spread->geometry;
  const NnEpilogue nothing = { .activation = NN_ACTIVATION_NONE };
  NnProduct product = {
    .windows = { .batch = 1,
                 .height = 1,
                 .width = g->small_width,
                 .input = spread->input + y * spread->input_row,
                 .input_strides = { 0, 0, g->small_channels },
                 .n_runs = 1,
                 .run_length = g->small_channels },
    .output = stamps + (plan->reach - 1) * plan->stamp,
    .output_strides = { 0, 0, (ptrdiff_t) plan->stamp },
    .n_channels = (int) plan->stamp,
    .packed = spread->packed,
    .epilogue = &nothing
  };

  nn_sweep (&product, 0, 1);
}

/* --- a row of the output ----------------------------------------------------
 */

/* Numbers for any NN_LANES values in a row. */
typedef struct
{
  float values[(MOST_VECTORS + 1) * NN_LANES + NN_DOT_CHANNELS];
} Pattern;

static Pattern
pattern_of (const float *from, int n_channels)
{
  Pattern pattern;

  for (size_t i = 0; i < sizeof pattern.values / sizeof *pattern.values; i++)
    pattern.values[i] = from ? from[i % n_channels] : 0.0f;
  return pattern;
}

/* Adds up the stamps of @n_rows rows, all @reach of each, and @bias.  Inlined
 * with constant @reach. */
NN_INLINE void
add_stamps (const Plan *plan,
            const float *const *rows,
            int n_rows,
            const int reach,
            const Pattern *bias,
            float *output)
{
  const NnGeometry *g = plan->spread->geometry;
  int n_last = (g->kernel - (reach - 1) * g->stride) * g->large_channels;
  ptrdiff_t stamp = (ptrdiff_t) plan->stamp;
  int chunk = plan->chunk;

  for (int v = 0; v < chunk; v += NN_LANES)
    {
      const Floats start = load (bias->values + v);
      Ints mask;

      for (int i = 0; i < NN_LANES; i++)
        mask[i] = v + i < n_last ? -1 : 0;
      for (int q = 0; q < plan->n_chunks; q++)
        {
          Floats sum = start;

          for (int row = 0; row < n_rows; row++)
            for (int i = 0; i < reach; i++)
              {
                Floats values = load (rows[row] + (q + reach - 1 - i) * stamp +
                                      i * chunk + v);

                sum += i < reach - 1 ? values : (Floats) ((Ints) values & mask);
              }
          if (v + NN_LANES <= chunk || chunk < NN_LANES)
            store (output + q * chunk + v, sum);
          else
            store_some (output + q * chunk + v, sum, chunk - v);
        }
    }
}

/* What the epilogue makes of @n values in a row. */
static void
finish_row (const NnEpilogue *epilogue,
            int n_channels,
            const float *values,
            int n,
            float *output)
{
  const Pattern scale = pattern_of (epilogue->scale, n_channels);
  const Pattern shift = pattern_of (epilogue->shift, n_channels);

#pragma GCC unroll 4
  for (int i = 0; i < n; i += NN_LANES)
    {
      Floats result = load (values + i);

      if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU)
        result = leaky_relu (result, epilogue->slope);
      else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
        result = sigmoid (result);
      if (epilogue->scale)
        result = result * load (scale.values + i % n_channels) +
                 load (shift.values + i % n_channels);
      if (i + NN_LANES <= n)
        store (output + i, result);
      else
        store_some (output + i, result, n - i);
    }
}

static void
make_row (const Plan *plan,
          const float *const *rows,
          int n_rows,
          const Pattern *bias,
          float *output)
{
  const NnSpread *spread = plan->spread;
  const NnGeometry *g = spread->geometry;
  float sums[MOST_ROW + NN_LANES];

  if (plan->reach == 2 && n_rows == 2)
    add_stamps (plan, rows, 2, 2, bias, sums);
  else if (plan->reach == 2)
    add_stamps (plan, rows, n_rows, 2, bias, sums);
  else
    add_stamps (plan, rows, n_rows, 1, bias, sums);
  finish_row (spread->epilogue, g->large_channels,
              sums + g->pad_left * g->large_channels,
              g->large_width * g->large_channels, output);
}

void
nn_spread (const NnSpread *spread)
{
  const NnGeometry *g = spread->geometry;
  const Pattern bias = pattern_of (spread->epilogue->bias, g->large_channels);
  float stamps[MOST_STAMPS + NN_SLACK];
  Plan plan = plan_of (g);
  int next = (spread->from + g->pad_top) / g->stride - plan.reach + 1;

  plan.spread = spread;
  next = next > 0 ? next : 0;
  memset (stamps, 0, (plan.reach * plan.row + NN_SLACK) * sizeof *stamps);
  for (int y = spread->from; y < spread->to; y++)
    {
      int q = (y + g->pad_top) / g->stride;
      const float *rows[2];
      int n_rows = 0;

      for (; next <= q && next < g->small_height; next++)
        make_stamps (&plan, next, stamps + next % plan.reach * plan.row);
      for (int tap = (y + g->pad_top) % g->stride; tap < g->kernel;
           tap += g->stride, q--)
        if (q >= 0 && q < g->small_height)
          rows[n_rows++] = stamps + q % plan.reach * plan.row +
                           tap * g->kernel * g->large_channels;
      make_row (&plan, rows, n_rows, &bias,
                spread->output + y * spread->output_row);
    }
}

/* --- packing ----------------------------------------------------------------
 */

/* A sweep whose channels are the kernel's taps and output channels. */
static NnWeights
weights_of (const NnGeometry *g, const float *kernel)
{
  return (NnWeights) { .first = kernel,
                       .n_runs = 1,
                       .n_segments = 1,
                       .segment_length = g->small_channels,
                       .n_channels = g->kernel * g->kernel * g->large_channels,
                       .element = 1,
                       .channel = g->small_channels };
}

size_t
nn_spread_packed (const NnGeometry *g)
{
  return nn_sweep_packed (g->small_channels,
                          g->kernel * g->kernel * g->large_channels);
}

void
nn_spread_pack (const NnGeometry *g,
                const float *kernel,
                float *packed,
                int share,
                int n_shares)
{
  NnWeights weights = weights_of (g, kernel);

  nn_sweep_pack (&weights, packed, share, n_shares);
}
