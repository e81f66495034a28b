/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sums[p][c] = Σ values[p · row + k · column] · weights[k][c] for a block of
 * channels: what a sweep is without pictures and epilogue, for many products
 * that are too short for either.
 */
#include "products.h"

#define UNROLL _Pragma ("GCC unroll 16")

#define TILE_ROWS 6

/* A tile of sums, @n_rows by @n_vectors, stays in registers.  Inlined with
 * constants. */
NN_INLINE void
tile (const NnMatrix *matrix,
      const float *values,
      float *sums_at,
      const int n_rows,
      const int n_vectors)
{
  const float *weights = matrix->weights;
  const ptrdiff_t column = matrix->column;
  const float *rows[TILE_ROWS];
  Floats sums[TILE_ROWS][NN_TILE_VECTORS];

  UNROLL for (int i = 0; i < n_rows; i++)
  {
    rows[i] = values + i * matrix->row;
    UNROLL for (int v = 0; v < n_vectors; v++)
        sums[i][v] = matrix->add ?
                         load (sums_at + i * matrix->sums_row + v * NN_LANES) :
                         (Floats) { 0 };
  }
#pragma GCC unroll 4
  for (int k = 0; k < matrix->n_values; k++)
    {
      Floats across[NN_TILE_VECTORS];

      UNROLL for (int v = 0; v < n_vectors; v++)
          across[v] = load (weights + v * NN_LANES);
      UNROLL for (int i = 0; i < n_rows; i++)
          UNROLL for (int v = 0; v < n_vectors; v++)
              sums[i][v] += rows[i][k * column] * across[v];
      weights += n_vectors * NN_LANES;
    }
  UNROLL for (int i = 0; i < n_rows; i++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          store (sums_at + i * matrix->sums_row + v * NN_LANES, sums[i][v]);
}

/* @n_tiles one under the other. */
typedef void (*Tiles) (const NnMatrix *matrix,
                       const float *values,
                       float *sums,
                       int n_tiles);

/* The assertion takes the semicolon. */
#define TILES(n_rows, n_vectors)                                              \
  static void tiles_##n_rows##_##n_vectors (const NnMatrix *matrix,           \
                                            const float *values, float *sums, \
                                            int n_tiles)                      \
  {                                                                           \
    for (int i = 0; i < n_tiles; i++)                                         \
      tile (matrix, values + i * n_rows * matrix->row,                        \
            sums + i * n_rows * matrix->sums_row, n_rows, n_vectors);         \
  }                                                                           \
  _Static_assert (n_rows <= TILE_ROWS, "too large a tile")
#define TILES_TO_6(n_vectors) \
  TILES (1, n_vectors);       \
  TILES (2, n_vectors);       \
  TILES (3, n_vectors);       \
  TILES (4, n_vectors);       \
  TILES (5, n_vectors);       \
  TILES (6, n_vectors)
#define NAMES_TO_6(n_vectors)                                    \
  tiles_1_##n_vectors, tiles_2_##n_vectors, tiles_3_##n_vectors, \
      tiles_4_##n_vectors, tiles_5_##n_vectors, tiles_6_##n_vectors

TILES_TO_6 (1);
TILES_TO_6 (2);
#if NN_TILE_VECTORS == 4
TILES_TO_6 (3);
TILES_TO_6 (4);
#endif

static const Tiles tiles[NN_TILE_VECTORS][TILE_ROWS] = {
  { NAMES_TO_6 (1) },
  { NAMES_TO_6 (2) },
#if NN_TILE_VECTORS == 4
  { NAMES_TO_6 (3) },
  { NAMES_TO_6 (4) },
#endif
};

void
nn_matrix (const NnMatrix *matrix, int n_rows)
{
  const Tiles *sizes = tiles[matrix->n_channels / NN_LANES - 1];
  int n_tiles = (n_rows + TILE_ROWS - 1) / TILE_ROWS;
  int size, n_larger;

  if (n_tiles == 0)
    return;
  /* of nearly one size */
  size = n_rows / n_tiles;
  n_larger = n_rows % n_tiles;
  if (n_larger > 0)
    sizes[size](matrix, matrix->values, matrix->sums, n_larger);
  n_rows = n_larger * (size + 1);
  sizes[size - 1](matrix, matrix->values + n_rows * matrix->row,
                  matrix->sums + n_rows * matrix->sums_row, n_tiles - n_larger);
}
