/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output[p][c] = Σ patch (p)[k] · weights[k][c] for one to four channels c,
 * which would leave most lanes of a sweep empty: here the values k of a run
 * are in the lanes, several pixels and channels are summed side by side, and
 * the lanes of as many sums as there are lanes are added together at once.
 */
/* Adding up sixteen lanes costs more than a vector that long saves. */
#if NN_LANES == 16
#undef NN_LANES
#define NN_LANES 8
#endif

#include "products.h"

#define UNROLL _Pragma ("GCC unroll 16")

/* Pixels of each phase in a tile; with any number of channels and phases their
 * sums are whole vectors. */
#define TILE_PIXELS 8
#define MOST_SUMS (TILE_PIXELS * NN_DOT_STRIDE * NN_DOT_CHANNELS)

/* Lane i of the result is the sum of the lanes of sums[i]. */
#if NN_LANES == 8
NN_INLINE Floats
add_lanes (const Floats *sums)
{
  Floats quarters[4], pairs[2];

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
NN_INLINE Floats
add_lanes (const Floats *sums)
{
  Floats pairs[2];

  UNROLL for (int i = 0; i < 2; i++) pairs[i] =
      __builtin_shufflevector (sums[2 * i], sums[2 * i + 1], 0, 4, 1, 5) +
      __builtin_shufflevector (sums[2 * i], sums[2 * i + 1], 2, 6, 3, 7);
  return __builtin_shufflevector (pairs[0], pairs[1], 0, 1, 4, 5) +
         __builtin_shufflevector (pairs[0], pairs[1], 2, 3, 6, 7);
}
#endif

/* The epilogue's numbers for any NN_LANES results in a row. */
typedef struct
{
  float bias[NN_LANES + NN_DOT_CHANNELS];
  float scale[NN_LANES + NN_DOT_CHANNELS];
  float shift[NN_LANES + NN_DOT_CHANNELS];
} Repeated;

static void
repeat (float *to, const float *from, int n_channels)
{
  for (int i = 0; i < NN_LANES + NN_DOT_CHANNELS; i++)
    to[i] = from ? from[i % n_channels] : 0.0f;
}

/* --- sums -------------------------------------------------------------------
 */

/* @n_pixels of a phase from window @first on, where windows from @n on repeat
 * the last.  Inlined with constant @n_pixels and @n_channels, so that sums[] is
 * registers. */
NN_INLINE void
sum_pixels (const NnDot *dot,
            const NnDotPhase *phase,
            const float *input,
            int first,
            int n,
            const int n_pixels,
            const int n_channels,
            Floats *lanes)
{
  const float *weights = phase->packed;
  int n_steps = (phase->run_length + NN_LANES - 1) / NN_LANES;
  int place_step = dot->n_phases * n_channels;
  Floats sums[TILE_PIXELS * NN_DOT_CHANNELS];

  UNROLL for (int i = 0; i < n_pixels * n_channels; i++)
      sums[i] = (Floats) { 0 };

  for (int run = 0; n_steps && run < dot->n_runs; run++)
    {
      const float *values[TILE_PIXELS];

      UNROLL for (int p = 0; p < n_pixels; p++)
          values[p] = input + run * dot->run_stride +
                      (first + p < n ? first + p : n - 1) *
                          dot->input_strides.pixel;
      for (int step = 0; step < n_steps; step++)
        {
          Floats row[NN_DOT_CHANNELS];

          UNROLL for (int c = 0; c < n_channels; c++)
              row[c] = load (weights + c * NN_LANES);
          weights += n_channels * NN_LANES;
          UNROLL for (int p = 0; p < n_pixels; p++)
          {
            Floats value = load (values[p] + step * NN_LANES);

            UNROLL for (int c = 0; c < n_channels; c++)
                sums[p * n_channels + c] += value * row[c];
          }
        }
    }
  UNROLL for (int p = 0; p < n_pixels; p++)
      UNROLL for (int c = 0; c < n_channels; c++)
          lanes[p * place_step + c] = sums[p * n_channels + c];
}

/* Twelve sums or so at a time. */
NN_INLINE void
sum_tile (const NnDot *dot,
          const float *const *inputs,
          int column,
          const int n_channels,
          Floats *sums)
{
  const int n_pixels = n_channels == 1 ? 8 : n_channels == 4 ? 2 : 4;

  for (int j = 0; j < dot->n_phases; j++)
    {
      int n = (dot->width - j + dot->n_phases - 1) / dot->n_phases;
      int first = column / dot->n_phases;

      for (int i = 0; i < TILE_PIXELS && first + i < n; i += n_pixels)
        sum_pixels (dot, &dot->phases[j], inputs[j], first + i, n, n_pixels,
                    n_channels, sums + (i * dot->n_phases + j) * n_channels);
    }
}

/* --- results ----------------------------------------------------------------
 */

/* Writes the first @n_results of a tile.  Inlined with constant @n_channels. */
NN_INLINE void
finish_tile (const NnEpilogue *epilogue,
             const Repeated *repeated,
             const Floats *sums,
             int n_results,
             const int n_channels,
             float *output)
{
  int channel = 0;

  for (int i = 0; i < n_results; i += NN_LANES)
    {
      Floats result = add_lanes (sums + i) + load (repeated->bias + channel);

      if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU)
        result = leaky_relu (result, epilogue->slope);
      else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
        result = sigmoid (result);
      if (epilogue->scale)
        result = result * load (repeated->scale + channel) +
                 load (repeated->shift + channel);
      if (i + NN_LANES <= n_results)
        store (output + i, result);
      else
        store_some (output + i, result, n_results - i);
      channel = (channel + NN_LANES) % n_channels;
    }
}

/* Tiles [from, to), which go along rows, then down pictures. */
NN_INLINE void
dot_tiles (const NnDot *dot, size_t from, size_t to, const int n_channels)
{
  const NnEpilogue epilogue = *dot->epilogue;
  int tile_width = TILE_PIXELS * dot->n_phases;
  int row_tiles = (dot->width + tile_width - 1) / tile_width;
  Repeated repeated;
  Floats sums[MOST_SUMS];

  memset (sums, 0, sizeof sums);
  repeat (repeated.bias, epilogue.bias, n_channels);
  repeat (repeated.scale, epilogue.scale, n_channels);
  repeat (repeated.shift, epilogue.shift, n_channels);
  for (size_t index = from; index < to; index++)
    {
      size_t row = index / row_tiles, image = row / dot->height;
      int column = index % row_tiles * tile_width;
      int left = dot->width - column;
      const float *inputs[NN_DOT_STRIDE];

      row %= dot->height;
      for (int j = 0; j < dot->n_phases; j++)
        inputs[j] = dot->phases[j].input + image * dot->input_strides.image +
                    row * dot->input_strides.row;
      sum_tile (dot, inputs, column, n_channels, sums);
      finish_tile (&epilogue, &repeated, sums,
                   (left < tile_width ? left : tile_width) * n_channels,
                   n_channels,
                   dot->output + image * dot->output_strides.image +
                       row * dot->output_strides.row +
                       column * dot->output_strides.pixel);
    }
}

void
nn_dot (const NnDot *dot, int share, int n_shares)
{
  int tile_width = TILE_PIXELS * dot->n_phases;
  size_t row_tiles = (dot->width + tile_width - 1) / tile_width;
  size_t from, to;

  nn_share_range (row_tiles * dot->batch * dot->height, share, n_shares, &from,
                  &to);
  switch (dot->n_channels)
    {
    case 1:
      dot_tiles (dot, from, to, 1);
      break;
    case 2:
      dot_tiles (dot, from, to, 2);
      break;
    case 3:
      dot_tiles (dot, from, to, 3);
      break;
    default:
      dot_tiles (dot, from, to, 4);
    }
}

/* --- packing: [run][step][channel][lane] -----------------------------------
 */

size_t
nn_dot_packed (int n_runs, int run_length, int n_channels)
{
  return (size_t) n_runs * ((run_length + NN_LANES - 1) / NN_LANES) * NN_LANES *
         n_channels;
}

void
nn_dot_pack (const NnWeights *weights, float *packed, int share, int n_shares)
{
  int length = weights->n_segments * weights->segment_length;
  int n_steps = (length + NN_LANES - 1) / NN_LANES;
  size_t from, to;

  nn_share_range (weights->n_runs, share, n_shares, &from, &to);
  for (size_t run = from; run < to; run++)
    for (int c = 0; c < weights->n_channels; c++)
      for (int i = 0; i < n_steps * NN_LANES; i++)
        {
          int segment = i / weights->segment_length;
          int element = i % weights->segment_length;
          size_t row = (run * n_steps + i / NN_LANES) * weights->n_channels + c;

          packed[row * NN_LANES + i % NN_LANES] =
              i < length ? weights->first[(ptrdiff_t) run * weights->run +
                                          segment * weights->segment +
                                          element * weights->element +
                                          c * weights->channel] :
                           0.0f;
        }
}
