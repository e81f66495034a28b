/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output[p][c] = Σ patch (p)[k] · weights[k][c] for one to four channels c,
 * which would leave most lanes of a sweep empty: here the values k of a run
 * are in the lanes, a tile of pixels and channels is summed side by side, and
 * the lanes of several sums are added together at the end.
 */
#include "pixels.h"

#define UNROLL _Pragma ("GCC unroll 16")

/* Adding up sixteen lanes costs more than a vector that long saves. */
#if NN_LANES == 16
#define LANES 8
#else
#define LANES NN_LANES
#endif
#define MOST_PIXELS 8
#define MOST_SUMS 16
#define MOST_VECTORS (MOST_SUMS / LANES)

typedef float Values __attribute__ ((vector_size (4 * LANES)));
typedef float LooseValues
    __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));

NN_INLINE Values
load_values (const float *from)
{
  return *(const LooseValues *) from;
}

/* Lane i of the result is the sum of the lanes of sums[i]. */
#if LANES == 8
NN_INLINE Values
add_lanes (const Values *sums)
{
  Values quarters[4], pairs[2];

  UNROLL for (int i = 0; i < 4; i++)
      quarters[i] = __builtin_shufflevector (sums[i], sums[i + 4], 0, 1, 2, 3,
                                             8, 9, 10, 11) +
                    __builtin_shufflevector (sums[i], sums[i + 4], 4, 5, 6, 7,
                                             12, 13, 14, 15);
  UNROLL for (int i = 0; i < 2; i++)
      pairs[i] = __builtin_shufflevector (quarters[2 * i], quarters[2 * i + 1],
                                          0, 8, 1, 9, 4, 12, 5, 13) +
                 __builtin_shufflevector (quarters[2 * i], quarters[2 * i + 1],
                                          2, 10, 3, 11, 6, 14, 7, 15);
  return __builtin_shufflevector (pairs[0], pairs[1], 0, 1, 8, 9, 4, 5, 12,
                                  13) +
         __builtin_shufflevector (pairs[0], pairs[1], 2, 3, 10, 11, 6, 7, 14,
                                  15);
}
#else
NN_INLINE Values
add_lanes (const Values *sums)
{
  Values pairs[2];

  UNROLL for (int i = 0; i < 2; i++) pairs[i] =
      __builtin_shufflevector (sums[2 * i], sums[2 * i + 1], 0, 4, 1, 5) +
      __builtin_shufflevector (sums[2 * i], sums[2 * i + 1], 2, 6, 3, 7);
  return __builtin_shufflevector (pairs[0], pairs[1], 0, 1, 4, 5) +
         __builtin_shufflevector (pairs[0], pairs[1], 2, 3, 6, 7);
}
#endif

/* The epilogue's numbers, repeated for each pixel of a tile. */
typedef struct
{
  float bias[MOST_SUMS];
  float scale[MOST_SUMS];
  float shift[MOST_SUMS];
} Repeated;

static void
repeat (float *to, const float *from, int n_channels)
{
  for (int i = 0; i < MOST_SUMS; i++)
    to[i] = from ? from[i % n_channels] : 0.0f;
}

static void
finish (float *results, const NnEpilogue *epilogue, const Repeated *repeated)
{
  for (int i = 0; i < MOST_SUMS; i += NN_LANES)
    {
      Floats sum = load (results + i) + load (repeated->bias + i);

      if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU)
        sum = leaky_relu (sum, epilogue->slope);
      else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
        sum = sigmoid (sum);
      if (epilogue->scale)
        sum = sum * load (repeated->scale + i) + load (repeated->shift + i);
      store (results + i, sum);
    }
}

/* Inlined with constant @n_pixels and @n_channels; of the pixels, @n_valid are
 * written. */
NN_INLINE void
tile (const NnProduct *product,
      const Repeated *repeated,
      const float *const *inputs,
      float *const *outputs,
      int n_valid,
      const int n_pixels,
      const int n_channels)
{
  const NnWindows *windows = &product->windows;
  const float *weights = product->packed;
  int n_steps = (windows->run_length + LANES - 1) / LANES;
  Values sums[MOST_SUMS];
  float results[MOST_SUMS];

  UNROLL for (int i = 0; i < MOST_SUMS; i++) sums[i] = (Values) { 0 };

  for (int run = 0; run < windows->n_runs; run++)
    {
      const float *values[MOST_PIXELS];

      UNROLL for (int p = 0; p < n_pixels; p++)
          values[p] = inputs[p] + run * windows->run_stride;
      for (int step = 0; step < n_steps; step++)
        {
          Values row[NN_DOT_CHANNELS];

          UNROLL for (int c = 0; c < n_channels; c++)
              row[c] = load_values (weights + c * LANES);
          weights += n_channels * LANES;
          UNROLL for (int p = 0; p < n_pixels; p++)
          {
            Values value = load_values (values[p] + step * LANES);

            UNROLL for (int c = 0; c < n_channels; c++)
                sums[p * n_channels + c] += value * row[c];
          }
        }
    }

  UNROLL for (int i = 0; i < MOST_VECTORS; i++) *
      (LooseValues *) (results + i * LANES) = add_lanes (sums + i * LANES);
  finish (results, product->epilogue, repeated);
  for (int p = 0; p < n_valid; p++)
    UNROLL for (int c = 0; c < n_channels; c++)
        outputs[p][c] = results[p * n_channels + c];
}

/* Pixels [from, to); what a last tile has too many is not written. */
NN_INLINE void
dot_pixels (const NnProduct *product,
            size_t from,
            size_t to,
            const int most,
            const int n_channels)
{
  const NnEpilogue *epilogue = product->epilogue;
  NnWalk place = walk_from (product, from);
  Repeated repeated;

  repeat (repeated.bias, epilogue->bias, n_channels);
  repeat (repeated.scale, epilogue->scale, n_channels);
  repeat (repeated.shift, epilogue->shift, n_channels);
  while (from < to)
    {
      int n_valid = to - from < (size_t) most ? (int) (to - from) : most;
      const float *inputs[MOST_PIXELS];
      float *outputs[MOST_PIXELS];

      walk (&place, n_valid, inputs, outputs);
      for (int p = n_valid; p < most; p++)
        inputs[p] = product->windows.input;
      tile (product, &repeated, inputs, outputs, n_valid, most, n_channels);
      from += n_valid;
    }
}

void
nn_dot (const NnProduct *product, int share, int n_shares)
{
  const NnWindows *windows = &product->windows;
  size_t n_pixels = (size_t) windows->batch * windows->height * windows->width;
  size_t from, to;

  nn_share_range (n_pixels, share, n_shares, &from, &to);
  switch (product->n_channels)
    {
    case 1:
      dot_pixels (product, from, to, 8, 1);
      break;
    case 2:
      dot_pixels (product, from, to, 4, 2);
      break;
    case 3:
      dot_pixels (product, from, to, 4, 3);
      break;
    default:
      dot_pixels (product, from, to, 3, 4);
    }
}

/* --- packing: [run][step][channel][lane] -----------------------------------
 */

size_t
nn_dot_packed (int n_runs, int run_length, int n_channels)
{
  return (size_t) n_runs * ((run_length + LANES - 1) / LANES) * LANES *
         n_channels;
}

void
nn_dot_pack (const NnWeights *weights, float *packed, int share, int n_shares)
{
  int length = weights->n_segments * weights->segment_length;
  int n_steps = (length + LANES - 1) / LANES;
  size_t from, to;

  nn_share_range (weights->n_runs, share, n_shares, &from, &to);
  for (size_t run = from; run < to; run++)
    for (int c = 0; c < weights->n_channels; c++)
      for (int i = 0; i < n_steps * LANES; i++)
        {
          int segment = i / weights->segment_length;
          int element = i % weights->segment_length;
          size_t row = (run * n_steps + i / LANES) * weights->n_channels + c;

          packed[row * LANES + i % LANES] =
              i < length ? weights->first[(ptrdiff_t) run * weights->run +
                                          segment * weights->segment +
                                          element * weights->element +
                                          c * weights->channel] :
                           0.0f;
        }
}
