/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of a product's channels, and what becomes of a tile of its sums while
 * they are in registers.
 */
#pragma once

#include "products.h"

#define UNROLL _Pragma ("GCC unroll 16")

/* A block of channels, its numbers for the epilogue padded to whole vectors. */
typedef struct
{
  int first;
  int n_channels;
  int n_vectors;
  const float *weights;
  const uint16_t *halves; /* instead */
  float bias[NN_BLOCK];
  float scale[NN_BLOCK];
  float shift[NN_BLOCK];
} Block;

static inline void
copy_block (float *to, const float *from, const Block *block)
{
  memset (to, 0, NN_BLOCK * sizeof *to);
  if (from)
    memcpy (to, from + block->first, block->n_channels * sizeof *to);
}

static inline void
block_init (Block *block, const NnProduct *product, int index)
{
  const NnEpilogue *epilogue = product->epilogue;
  const NnWindows *windows = &product->windows;
  size_t before;
  int rest;

  block->first = index * NN_BLOCK;
  rest = product->n_channels - block->first;
  block->n_channels = rest < NN_BLOCK ? rest : NN_BLOCK;
  block->n_vectors = NN_VECTORS (block->n_channels);
  before = (size_t) block->first * windows->n_runs * windows->run_length;
  block->weights = product->packed ? product->packed + before : NULL;
  block->halves = product->halves ? product->halves + before : NULL;
  copy_block (block->bias, epilogue->bias, block);
  copy_block (block->scale, epilogue->scale, block);
  copy_block (block->shift, epilogue->shift, block);
}

/* Apart from tiles, which are many: sigmoids are long. */
static void __attribute__ ((noinline))
apply_sigmoid (Floats *sums, int n)
{
  for (int i = 0; i < n; i++)
    sums[i] = sigmoid (sums[i]);
}

/* Epilogue and output of @n_pixels of the block's first @n_vectors.  Inlined with
 * constant @n_pixels and @n_vectors, so that sums[] is registers. */
NN_INLINE void
finish (const NnEpilogue *epilogue,
        const Block *block,
        float *const *outputs,
        const int n_pixels,
        const int n_vectors,
        Floats sums[][NN_TILE_VECTORS])
{
  int rest = block->n_channels - (n_vectors - 1) * NN_LANES;

  if (epilogue->activation == NN_ACTIVATION_LEAKY_RELU)
    UNROLL for (int p = 0; p < n_pixels; p++)
        UNROLL for (int v = 0; v < n_vectors; v++)
            sums[p][v] = leaky_relu (sums[p][v], epilogue->slope);
  else if (epilogue->activation == NN_ACTIVATION_SIGMOID)
    {
      Floats values[NN_MOST_TILE_PIXELS * NN_TILE_VECTORS];

      UNROLL for (int p = 0; p < n_pixels; p++)
          UNROLL for (int v = 0; v < n_vectors; v++)
              values[p * n_vectors + v] = sums[p][v];
      apply_sigmoid (values, n_pixels * n_vectors);
      UNROLL for (int p = 0; p < n_pixels; p++)
          UNROLL for (int v = 0; v < n_vectors; v++)
              sums[p][v] = values[p * n_vectors + v];
    }
  if (epilogue->scale)
    UNROLL for (int p = 0; p < n_pixels; p++)
        UNROLL for (int v = 0; v < n_vectors; v++)
            sums[p][v] = sums[p][v] * load (block->scale + v * NN_LANES) +
                         load (block->shift + v * NN_LANES);

  UNROLL for (int p = 0; p < n_pixels; p++)
  {
    float *output = outputs[p] + block->first;

    UNROLL for (int v = 0; v < n_vectors - 1; v++)
        store (output + v * NN_LANES, sums[p][v]);
    if (rest >= NN_LANES)
      store (output + (n_vectors - 1) * NN_LANES, sums[p][n_vectors - 1]);
    else
      store_some (output + (n_vectors - 1) * NN_LANES, sums[p][n_vectors - 1],
                  rest);
  }
}
