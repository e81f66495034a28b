/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output[p][c] = Σ patch (p)[k] · weights[k][c] with the channels c in the
 * lanes: a tile of several pixels and vectors of channels stays in registers
 * (Goto and van de Geijn 2008, "Anatomy of high-performance matrix
 * multiplication"), each input value is broadcast, each row of weights read
 * once for all the tile's pixels.  The epilogue runs on the registers.
 */
#include "block.h"

/* Inlined with constant @n_pixels and @n_vectors, so that sums[] is registers.
 */
NN_INLINE void
tile (const NnProduct *product,
      const Block *block,
      const float *const *inputs,
      float *const *outputs,
      const int n_pixels,
      const int n_vectors)
{
  const NnWindows *windows = &product->windows;
  const float *weights = block->weights;
  int length = windows->run_length;
  /* copies, which stores to the output cannot change */
  const NnEpilogue epilogue = *product->epilogue;
  Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS];

  UNROLL for (int p = 0; p < n_pixels; p++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          sums[p][v] = load (block->bias + v * NN_LANES);

  /* By the time that the sums are there, so are the lines to write them to. */
  UNROLL for (int p = 0; p < n_pixels; p++)
      UNROLL for (int v = 0; v < n_vectors; v += 16 / NN_LANES)
          __builtin_prefetch (outputs[p] + block->first + v * NN_LANES, 1);

  for (int run = 0; run < windows->n_runs; run++)
    {
      const float *values[NN_MOST_TILE_PIXELS];

      UNROLL for (int p = 0; p < n_pixels; p++)
          values[p] = inputs[p] + run * windows->run_stride;
#pragma GCC unroll 4
      for (int i = 0; i < length; i++)
        {
          Floats row[NN_TILE_VECTORS];

          UNROLL for (int v = 0; v < n_vectors; v++)
              row[v] = load (weights + v * NN_LANES);
          weights += n_vectors * NN_LANES;
          UNROLL for (int p = 0; p < n_pixels; p++)
              UNROLL for (int v = 0; v < n_vectors; v++)
                  sums[p][v] += values[p][i] * row[v];
        }
    }

  finish (&epilogue, block, outputs, n_pixels, n_vectors, sums);
}

/* --- every size of tile ----------------------------------------------------
 */

typedef void (*Tile) (const NnProduct *product,
                      const Block *block,
                      const float *const *inputs,
                      float *const *outputs);

/* The assertion takes the semicolon. */
#define TILE(pixels, vectors)                                        \
  static void tile_##pixels##_##vectors (const NnProduct *product,   \
                                         const Block *block,         \
                                         const float *const *inputs, \
                                         float *const *outputs)      \
  {                                                                  \
    tile (product, block, inputs, outputs, pixels, vectors);         \
  }                                                                  \
  _Static_assert (pixels <= NN_TILE_PIXELS (vectors), "too large a tile")

/* Tiles of one to six pixels: each size of its own, since the best number for
 * a product is one of them.  Where more pixels fit, not all sizes are worth
 * their code, and the next larger one does; it is given its last pixel more
 * than once. */
#define TILES_TO_6(vectors) \
  TILE (1, vectors);        \
  TILE (2, vectors);        \
  TILE (3, vectors);        \
  TILE (4, vectors);        \
  TILE (5, vectors);        \
  TILE (6, vectors)
#define NAMES_TO_6(vectors)                                               \
  tile_1_##vectors, tile_2_##vectors, tile_3_##vectors, tile_4_##vectors, \
      tile_5_##vectors, tile_6_##vectors

#define TILES_TO_8(vectors) \
  TILE (1, vectors);        \
  TILE (2, vectors);        \
  TILE (4, vectors);        \
  TILE (6, vectors);        \
  TILE (8, vectors)
#define NAMES_TO_8(vectors)                                               \
  tile_1_##vectors, tile_2_##vectors, tile_4_##vectors, tile_4_##vectors, \
      tile_6_##vectors, tile_6_##vectors, tile_8_##vectors, tile_8_##vectors

#define TILES_TO_12(vectors) \
  TILES_TO_8 (vectors);      \
  TILE (12, vectors)
#define NAMES_TO_12(vectors)                                  \
  NAMES_TO_8 (vectors), tile_12_##vectors, tile_12_##vectors, \
      tile_12_##vectors, tile_12_##vectors

#if NN_TILE_VECTORS == 4
TILES_TO_12 (1);
TILES_TO_12 (2);
TILES_TO_8 (3);
TILES_TO_6 (4);

static const Tile tiles[NN_TILE_VECTORS][NN_MOST_TILE_PIXELS] = {
  { NAMES_TO_12 (1) },
  { NAMES_TO_12 (2) },
  { NAMES_TO_8 (3) },
  { NAMES_TO_6 (4) },
};
#else
TILES_TO_8 (1);
TILES_TO_6 (2);

static const Tile tiles[NN_TILE_VECTORS][NN_MOST_TILE_PIXELS] = {
  { NAMES_TO_8 (1) },
  { NAMES_TO_6 (2) },
};
#endif

/* --- pixels -----------------------------------------------------------------
 */

/* A walk over the pixels of a batch that crosses rows and pictures, so that
 * tiles are full whatever a picture's width. */
typedef struct
{
  const NnProduct *product;
  int image, row, column;
  const float *input;
  float *output;
} NnWalk;

NN_INLINE void
walk_to_row (NnWalk *place)
{
  const NnProduct *product = place->product;
  const NnStrides *in = &product->windows.input_strides;
  const NnStrides *out = &product->output_strides;

  place->input = product->windows.input + place->image * in->image +
                 place->row * in->row + place->column * in->pixel;
  place->output = product->output + place->image * out->image +
                  place->row * out->row + place->column * out->pixel;
}

NN_INLINE NnWalk
walk_from (const NnProduct *product, size_t pixel)
{
  int width = product->windows.width;
  int height = product->windows.height;
  size_t row = pixel / width;
  NnWalk place = { product,       row / height, row % height,
                   pixel % width, NULL,         NULL };

  walk_to_row (&place);
  return place;
}

/* The windows and outputs of the next @n pixels. */
NN_INLINE void
walk (NnWalk *place, int n, const float **inputs, float **outputs)
{
  const NnWindows *windows = &place->product->windows;
  ptrdiff_t in_pixel = windows->input_strides.pixel;
  ptrdiff_t out_pixel = place->product->output_strides.pixel;

  for (int p = 0; p < n; p++)
    {
      inputs[p] = place->input;
      outputs[p] = place->output;
      place->input += in_pixel;
      place->output += out_pixel;
      if (++place->column < windows->width)
        continue;
      place->column = 0;
      if (++place->row == windows->height)
        {
          place->row = 0;
          place->image++;
        }
      walk_to_row (place);
    }
}

/* --- a share of the work ---------------------------------------------------
 */

/* Pixels [from, to) of blocks of the same size, in tiles of nearly the same
 * size: one large tile and a small rest take longer than two middling ones. */
static void
sweep_pixels (const NnProduct *product,
              const Block *blocks,
              int n_blocks,
              size_t from,
              size_t to)
{
  const Tile *row = tiles[blocks->n_vectors - 1];
  int most = NN_TILE_PIXELS (blocks->n_vectors);
  NnWalk place = walk_from (product, from);
  size_t n_tiles = (to - from + most - 1) / most;
  size_t size = (to - from) / n_tiles;
  size_t n_larger = (to - from) % n_tiles;

  for (size_t i = 0; i < n_tiles; i++)
    {
      int n_pixels = size + (i < n_larger);
      const float *inputs[NN_MOST_TILE_PIXELS];
      float *outputs[NN_MOST_TILE_PIXELS];

      walk (&place, n_pixels, inputs, outputs);
      for (int p = n_pixels; p < most; p++)
        {
          inputs[p] = inputs[n_pixels - 1];
          outputs[p] = outputs[n_pixels - 1];
        }
      for (int j = 0; j < n_blocks; j++)
        row[n_pixels - 1](product, &blocks[j], inputs, outputs);
    }
}

/* Where the weights of all blocks fit the first cache, each tile does all of
 * them one after the other; else each block does all pixels. */
#define FIRST_CACHE_FLOATS 4096
#define MOST_BLOCKS 8

void
nn_sweep (const NnProduct *product, int share, int n_shares)
{
  const NnWindows *windows = &product->windows;
  size_t n_pixels = (size_t) windows->batch * windows->height * windows->width;
  int n_values = windows->n_runs * windows->run_length;
  int n_blocks = (product->n_channels + NN_BLOCK - 1) / NN_BLOCK;
  int together = product->n_channels % NN_BLOCK == 0 &&
                         n_values * product->n_channels <= FIRST_CACHE_FLOATS &&
                         n_blocks <= MOST_BLOCKS ?
                     n_blocks :
                     1;
  bool single = n_pixels == 1 && windows->n_runs == 1;
  bool by_pixels = ! single &&
                   (together > 1 ||
                    n_pixels >= (size_t) 8 * NN_MOST_TILE_PIXELS * n_shares);
  size_t from, to;

  if (n_pixels == 0)
    return;
  nn_share_range (by_pixels ? n_pixels : n_pixels * n_blocks, share, n_shares,
                  &from, &to);
  if (single)
    {
      size_t n_whole = product->n_channels / NN_BLOCK;

      nn_dense (product, from, to < n_whole ? to : n_whole);
      from = from > n_whole ? from : n_whole;
    }
  for (int index = 0; index < n_blocks && from < to; index += together)
    {
      size_t before = by_pixels ? 0 : index * n_pixels;
      size_t first = from > before ? from - before : 0;
      size_t last = to - before < n_pixels ? to - before : n_pixels;
      Block blocks[MOST_BLOCKS];

      if (to <= before || first >= last)
        continue;
      for (int i = 0; i < together; i++)
        block_init (&blocks[i], product, index + i);
      sweep_pixels (product, blocks, together, first, last);
    }
}

/* --- packing: [block][run][i][channel] -------------------------------------
 */

size_t
nn_sweep_packed (int n_values, int n_channels)
{
  return (size_t) n_values * NN_PADDED (n_channels);
}

/* Rows [segment_length] of one segment and block. */
static void
pack_segment (const NnWeights *weights,
              const float *from,
              int n_channels,
              int n_padded,
              float *to)
{
  if (weights->channel == 1)
    {
      for (int i = 0; i < weights->segment_length; i++)
        {
          /* of constant size where it can be: there are many */
          if (n_channels == NN_BLOCK)
            memcpy (to, from + i * weights->element, NN_BLOCK * sizeof *to);
          else
            {
              memcpy (to, from + i * weights->element, n_channels * sizeof *to);
              memset (to + n_channels, 0, (n_padded - n_channels) * sizeof *to);
            }
          to += n_padded;
        }
      return;
    }
  for (int c = 0; c < n_padded; c++)
    for (int i = 0; i < weights->segment_length; i++)
      to[(ptrdiff_t) i * n_padded + c] =
          c < n_channels ? from[c * weights->channel + i * weights->element] :
                           0.0f;
}

void
nn_sweep_pack (const NnWeights *weights, float *packed, int share, int n_shares)
{
  size_t n_segments = (size_t) weights->n_runs * weights->n_segments;
  size_t n_blocks = (weights->n_channels + NN_BLOCK - 1) / NN_BLOCK;
  size_t from, to;

  nn_share_range (n_blocks * n_segments, share, n_shares, &from, &to);
  for (size_t item = from; item < to; item++)
    {
      int block = item / n_segments;
      int index = item % n_segments;
      int run = index / weights->n_segments;
      int segment = index % weights->n_segments;
      int first = block * NN_BLOCK;
      int rest = weights->n_channels - first;
      int n_channels = rest < NN_BLOCK ? rest : NN_BLOCK;
      int n_padded = NN_PADDED (n_channels);

      pack_segment (weights,
                    weights->first + run * weights->run +
                        segment * weights->segment + first * weights->channel,
                    n_channels, n_padded,
                    packed + (n_segments * first + (size_t) index * n_padded) *
                                 weights->segment_length);
    }
}
