/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sums[k][c] = Σ over pixels p of patch (p)[k] · small[p][c]: the gradient of a
 * kernel.  A tile of several values k and vectors of channels stays in
 * registers while the pixels of a few rows go by; a piece of rows is small
 * enough that the caches hold it for all tiles.
 */
#include "products.h"

#define UNROLL _Pragma ("GCC unroll 16")

/* Pixels after which a tile's sums are written back: few enough that a piece
 * of 64 channels fits the first cache, enough that writing costs little. */
#define PIECE_PIXELS 96

/* Rows [first_row, last_row) of one picture. */
typedef struct
{
  const float *large;
  const float *small;
  int n_rows;
  bool first;
} Piece;

/* Inlined with constant @n_values and @n_vectors. */
NN_INLINE void
tile (const NnOuter *outer,
      const Piece *piece,
      const ptrdiff_t *places,
      float *const *sums_at,
      int channel,
      const int n_values,
      const int n_vectors)
{
  const NnWindows *windows = &outer->windows;
  ptrdiff_t step = windows->input_strides.pixel;
  ptrdiff_t n_channels = outer->n_channels;
  const float *small = piece->small + channel;
  Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS];

  UNROLL for (int i = 0; i < n_values; i++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          sums[i][v] = piece->first ?
                           (Floats) { 0 } :
                           load (sums_at[i] + channel + v * NN_LANES);

  for (int row = 0; row < piece->n_rows; row++)
    {
      const float *large = piece->large + row * windows->input_strides.row;
      const float *values[NN_MOST_TILE_PIXELS];

      UNROLL for (int i = 0; i < n_values; i++) values[i] = large + places[i];
#pragma GCC unroll 2
      for (int column = 0; column < windows->width; column++)
        {
          Floats across[NN_TILE_VECTORS];

          UNROLL for (int v = 0; v < n_vectors; v++)
              across[v] = load (small + v * NN_LANES);
          small += n_channels;
          UNROLL for (int i = 0; i < n_values; i++)
              UNROLL for (int v = 0; v < n_vectors; v++)
                  sums[i][v] += values[i][column * step] * across[v];
        }
    }

  UNROLL for (int i = 0; i < n_values; i++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          store (sums_at[i] + channel + v * NN_LANES, sums[i][v]);
}

typedef void (*Tile) (const NnOuter *outer,
                      const Piece *piece,
                      const ptrdiff_t *places,
                      float *const *sums_at,
                      int channel);

/* The assertion takes the semicolon. */
#define TILE(values, vectors)                                                \
  static void tile_##values##_##vectors (const NnOuter *outer,               \
                                         const Piece *piece,                 \
                                         const ptrdiff_t *places,            \
                                         float *const *sums_at, int channel) \
  {                                                                          \
    tile (outer, piece, places, sums_at, channel, values, vectors);          \
  }                                                                          \
  _Static_assert (values <= NN_MOST_TILE_PIXELS, "too large a tile")

/* As many values as fill the registers beside so many vectors of channels, a
 * few, and one. */
#if NN_TILE_VECTORS == 4
TILE (12, 1);
TILE (12, 2);
TILE (8, 3);
TILE (6, 4);
TILE (3, 1);
TILE (3, 2);
TILE (3, 3);
TILE (3, 4);
TILE (1, 1);
TILE (1, 2);
TILE (1, 3);
TILE (1, 4);

static const Tile tiles[3][NN_TILE_VECTORS] = {
  { tile_12_1, tile_12_2, tile_8_3, tile_6_4 },
  { tile_3_1, tile_3_2, tile_3_3, tile_3_4 },
  { tile_1_1, tile_1_2, tile_1_3, tile_1_4 },
};
#else
TILE (8, 1);
TILE (6, 2);
TILE (3, 1);
TILE (3, 2);
TILE (1, 1);
TILE (1, 2);

static const Tile tiles[3][NN_TILE_VECTORS] = {
  { tile_8_1, tile_6_2 },
  { tile_3_1, tile_3_2 },
  { tile_1_1, tile_1_2 },
};
#endif

/* Where in a window values [first, first + n) are, and their sums. */
static void
find_values (const NnOuter *outer,
             int first,
             int n,
             ptrdiff_t *places,
             float **sums_at)
{
  const NnWindows *windows = &outer->windows;

  for (int i = 0; i < n; i++)
    {
      int run = (first + i) / windows->run_length;
      int element = (first + i) % windows->run_length;

      places[i] = run * windows->run_stride + element;
      sums_at[i] = outer->sums + (size_t) (first + i) * outer->n_channels;
    }
}

/* Values [from, to) and one block of channels, over a piece. */
static void
add_piece (const NnOuter *outer,
           const Piece *piece,
           int from,
           int to,
           int channel,
           int n_vectors)
{
  int most = NN_TILE_PIXELS (n_vectors);

  while (from < to)
    {
      int left = to - from;
      int size = left >= most ? 0 : left >= 3 ? 1 : 2;
      int n = size == 0 ? most : size == 1 ? 3 : 1;
      ptrdiff_t places[NN_MOST_TILE_PIXELS];
      float *sums_at[NN_MOST_TILE_PIXELS];

      find_values (outer, from, n, places, sums_at);
      tiles[size][n_vectors - 1](outer, piece, places, sums_at, channel);
      from += n;
    }
}

void
nn_outer (const NnOuter *outer, int share, int n_shares)
{
  const NnWindows *windows = &outer->windows;
  int n_values = windows->n_runs * windows->run_length;
  int n_vectors = NN_VECTORS (outer->n_channels);
  int piece_rows = (PIECE_PIXELS + windows->width - 1) / windows->width;
  bool first = true;
  size_t from, to;

  nn_share_range (n_values, share, n_shares, &from, &to);
  for (int image = 0; image < windows->batch; image++)
    for (int row = 0; row < windows->height; row += piece_rows)
      {
        int left = windows->height - row;
        Piece piece = { windows->input + image * windows->input_strides.image +
                            row * windows->input_strides.row,
                        outer->small +
                            ((size_t) image * windows->height + row) *
                                windows->width * outer->n_channels,
                        left < piece_rows ? left : piece_rows, first };

        for (int vector = 0; vector < n_vectors; vector += NN_TILE_VECTORS)
          {
            int rest = n_vectors - vector;

            add_piece (outer, &piece, from, to, vector * NN_LANES,
                       rest < NN_TILE_VECTORS ? rest : NN_TILE_VECTORS);
          }
        first = false;
      }
}
