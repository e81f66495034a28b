/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sweep of one pixel, which is a dense layer of a single picture: each
 * weight is used once, so that memory is what takes time.  Several blocks of
 * channels go side by side, whose sums hide each other's latency and whose
 * weights arrive as streams of their own; weights may be halves, which are half
 * as many bytes.  Sums are taken in the sweep's order.
 */
#include "block.h"

/* Eight vectors of sums or more, twelve where weights are used again. */
#define MOST_BLOCKS (8 / NN_TILE_VECTORS)
#define PIXELS 3
#define MOST_PIXEL_BLOCKS (4 / NN_TILE_VECTORS)

/* Inlined with constants, so that sums[] is registers. */
NN_INLINE void
tile (const NnProduct *product,
      const Block *blocks,
      const float *const *inputs,
      float *const *outputs,
      const int n_pixels,
      const int n_blocks,
      const bool halves)
{
  const NnEpilogue epilogue = *product->epilogue;
  int length = product->windows.run_length;
  size_t stride = (size_t) length * NN_BLOCK; /* from block to block */
  const uint16_t *half = blocks->halves;
  const float *whole = blocks->weights;
  Floats sums[MOST_BLOCKS][PIXELS][NN_TILE_VECTORS];

  UNROLL for (int b = 0; b < n_blocks; b++)
      UNROLL for (int p = 0; p < n_pixels; p++)
          UNROLL for (int v = 0; v < NN_TILE_VECTORS; v++)
              sums[b][p][v] = load (blocks[b].bias + v * NN_LANES);

#pragma GCC unroll 2
  for (int i = 0; i < length; i++)
    UNROLL for (int b = 0; b < n_blocks; b++)
        UNROLL for (int v = 0; v < NN_TILE_VECTORS; v++)
    {
      size_t at = b * stride + (size_t) i * NN_BLOCK + v * NN_LANES;
      Floats row = halves ? load_halves (half + at) : load (whole + at);

      UNROLL for (int p = 0; p < n_pixels; p++)
          sums[b][p][v] += inputs[p][i] * row;
    }

  UNROLL for (int b = 0; b < n_blocks; b++)
      finish (&epilogue, &blocks[b], outputs, n_pixels, NN_TILE_VECTORS,
              sums[b]);
}

/* The tile of one picture's @n_blocks blocks. */
NN_INLINE void
tile_of_blocks (const NnProduct *product,
                const Block *blocks,
                int n_blocks,
                const float *const *inputs,
                float *const *outputs,
                const bool halves)
{
  switch (n_blocks)
    {
    case 1:
      tile (product, blocks, inputs, outputs, 1, 1, halves);
      break;
    case 2:
      tile (product, blocks, inputs, outputs, 1, 2, halves);
      break;
#if NN_TILE_VECTORS == 2
    case 3:
      tile (product, blocks, inputs, outputs, 1, 3, halves);
      break;
    default:
      tile (product, blocks, inputs, outputs, 1, 4, halves);
#endif
    }
}

static void
tile_of_pixels (const NnProduct *product,
                const Block *blocks,
                int n_blocks,
                const float *const *inputs,
                float *const *outputs)
{
  if (n_blocks == 1)
    tile (product, blocks, inputs, outputs, PIXELS, 1, true);
#if NN_TILE_VECTORS == 2
  else
    tile (product, blocks, inputs, outputs, PIXELS, 2, true);
#endif
}

/* --- some blocks ------------------------------------------------------------
 */

/* How many of @n the next tile takes, so that tiles are of nearly one size. */
static int
next_size (size_t n, int most)
{
  size_t n_tiles = (n + most - 1) / most;

  return (n + n_tiles - 1) / n_tiles;
}

void
nn_dense (const NnProduct *product, size_t from, size_t to)
{
  while (from < to)
    {
      int n = next_size (to - from, MOST_BLOCKS);
      Block blocks[MOST_BLOCKS];

      for (int i = 0; i < n; i++)
        block_init (&blocks[i], product, from + i);
      tile_of_blocks (product, blocks, n, &product->windows.input,
                      &product->output, false);
      from += n;
    }
}

/* All pixels by blocks that are whole or the last.  That is written to where
 * its padding has room, then copied. */
static void
halves_by_blocks (const NnProduct *product, Block *blocks, int n)
{
  int batch = product->windows.batch;
  int n_pixels = batch == 1 ? 1 : PIXELS;
  int first = blocks->first, n_channels = blocks->n_channels;
  float padded[PIXELS][NN_BLOCK];

  if (n_channels < NN_BLOCK)
    {
      blocks->first = 0;
      blocks->n_channels = NN_BLOCK;
    }
  for (int pixel = 0; pixel < batch; pixel += n_pixels)
    {
      const float *inputs[PIXELS];
      float *outputs[PIXELS];

      for (int p = 0; p < n_pixels; p++)
        {
          int at = pixel + p < batch ? pixel + p : batch - 1;

          inputs[p] = product->windows.input +
                      at * product->windows.input_strides.image;
          outputs[p] = n_channels < NN_BLOCK ?
                           padded[p] :
                           product->output + at * product->output_strides.image;
        }
      if (n_pixels == 1)
        tile_of_blocks (product, blocks, n, inputs, outputs, true);
      else
        tile_of_pixels (product, blocks, n, inputs, outputs);
      for (int p = 0; n_channels < NN_BLOCK && p < n_pixels; p++)
        if (pixel + p < batch)
          memcpy (product->output +
                      (pixel + p) * product->output_strides.image + first,
                  padded[p], n_channels * sizeof (float));
    }
}

void
nn_dense_halves (const NnProduct *product, int share, int n_shares)
{
  size_t n_blocks = (product->n_channels + NN_BLOCK - 1) / NN_BLOCK;
  size_t n_whole = product->n_channels / NN_BLOCK;
  int most = product->windows.batch == 1 ? MOST_BLOCKS : MOST_PIXEL_BLOCKS;
  size_t from, to;

  nn_share_range (n_blocks, share, n_shares, &from, &to);
  while (from < to)
    {
      size_t last = to < n_whole ? to : n_whole;
      int n = from < last ? next_size (last - from, most) : 1;
      Block blocks[MOST_BLOCKS];

      for (int i = 0; i < n; i++)
        block_init (&blocks[i], product, from + i);
      halves_by_blocks (product, blocks, n);
      from += n;
    }
}

/* --- packing: [block][i][channel], every block whole ------------------------
 */

size_t
nn_dense_halves_packed (int n_values, int n_channels)
{
  return (size_t) n_values * ((n_channels + NN_BLOCK - 1) / NN_BLOCK) *
         NN_BLOCK;
}

/* So many rows at a time are read side by side. */
#define STRIP 16

void
nn_dense_halves_pack (int n_values,
                      int n_channels,
                      const uint16_t *halves,
                      uint16_t *packed,
                      int share,
                      int n_shares)
{
  size_t n_blocks = (n_channels + NN_BLOCK - 1) / NN_BLOCK;
  size_t from, to;

  nn_share_range (n_blocks, share, n_shares, &from, &to);
  for (int first = 0; first < n_values; first += STRIP)
    for (size_t block = from; block < to; block++)
      {
        int last = first + STRIP < n_values ? first + STRIP : n_values;
        int rest = n_channels - (int) block * NN_BLOCK;
        const uint16_t *row = halves + (size_t) first * n_channels +
                              block * NN_BLOCK;
        uint16_t *place = packed + (block * n_values + first) * NN_BLOCK;

        for (int i = first; i < last; i++)
          {
            if (rest >= NN_BLOCK)
              memcpy (place, row, NN_BLOCK * sizeof *place);
            else
              {
                memset (place, 0, NN_BLOCK * sizeof *place);
                memcpy (place, row, rest * sizeof *place);
              }
            place += NN_BLOCK;
            row += n_channels;
          }
      }
}
