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
#define PIECE_PIXELS 64

/* Pixels of many channels are a power of two apart, which only a few lines of
 * the first cache can hold: the values of a few tiles are collected from the
 * pixels of a piece before they are used.  That pays where several tiles of
 * channels use them. */
#define PANEL_VALUES 8
#define PANELS 4
#define PANEL_TILE_VALUES NN_TILE_PIXELS (NN_TILE_VECTORS)
#define MOST_PANEL_PIXELS 128
#define LEAST_PANEL_TILES 3

/* Some rows of one picture, or some whole small pictures. */
typedef struct
{
  const float *large;
  const float *small;
  int n_images;
  int n_rows;
  bool first;
} Piece;

NN_INLINE void
load_sums (const Piece *piece,
           float *const *sums_at,
           int channel,
           const int n_values,
           const int n_vectors,
           Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS])
{
  UNROLL for (int i = 0; i < n_values; i++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          sums[i][v] = piece->first ?
                           (Floats) { 0 } :
                           load (sums_at[i] + channel + v * NN_LANES);
}

NN_INLINE void
store_sums (float *const *sums_at,
            int channel,
            const int n_values,
            const int n_vectors,
            Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS])
{
  UNROLL for (int i = 0; i < n_values; i++)
      UNROLL for (int v = 0; v < n_vectors; v++)
          store (sums_at[i] + channel + v * NN_LANES, sums[i][v]);
}

/* @n_pixels of a row: values[i][pixel · step] times small[pixel]. */
NN_INLINE void
add_pixels (const float *const *values,
            ptrdiff_t step,
            const float *small,
            ptrdiff_t n_channels,
            int n_pixels,
            const int n_values,
            const int n_vectors,
            Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS])
{
#pragma GCC unroll 2
  for (int pixel = 0; pixel < n_pixels; pixel++)
    {
      Floats across[NN_TILE_VECTORS];

      UNROLL for (int v = 0; v < n_vectors; v++)
          across[v] = load (small + v * NN_LANES);
      small += n_channels;
      UNROLL for (int i = 0; i < n_values; i++)
          UNROLL for (int v = 0; v < n_vectors; v++)
              sums[i][v] += values[i][pixel * step] * across[v];
    }
}

/* Inlined with constant @n_values and @n_vectors, so that sums[] is registers:
 * values where they stand in the picture. */
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
  const float *small = piece->small + channel;
  Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS];

  load_sums (piece, sums_at, channel, n_values, n_vectors, sums);
  for (int index = 0; index < piece->n_images * piece->n_rows; index++)
    {
      int image = piece->n_images == 1 ? 0 : index / piece->n_rows;
      int row = index - image * piece->n_rows;
      const float *large = piece->large + image * windows->input_strides.image +
                           row * windows->input_strides.row;
      const float *values[NN_MOST_TILE_PIXELS];

      UNROLL for (int i = 0; i < n_values; i++) values[i] = large + places[i];
      add_pixels (values, windows->input_strides.pixel, small,
                  outer->n_channels, windows->width, n_values, n_vectors, sums);
      small += (ptrdiff_t) windows->width * outer->n_channels;
    }
  store_sums (sums_at, channel, n_values, n_vectors, sums);
}

/* The same with the values of the piece's pixels collected in @panel. */
NN_INLINE void
panel_tile (const NnOuter *outer,
            const Piece *piece,
            const float *panel,
            float *const *sums_at,
            int channel,
            const int n_values,
            const int n_vectors)
{
  const float *values[NN_MOST_TILE_PIXELS];
  Floats sums[NN_MOST_TILE_PIXELS][NN_TILE_VECTORS];

  UNROLL for (int i = 0; i < n_values; i++) values[i] = panel + i;
  load_sums (piece, sums_at, channel, n_values, n_vectors, sums);
  add_pixels (values, PANEL_VALUES, piece->small + channel, outer->n_channels,
              piece->n_images * piece->n_rows * outer->windows.width, n_values,
              n_vectors, sums);
  store_sums (sums_at, channel, n_values, n_vectors, sums);
}

typedef void (*Tile) (const NnOuter *outer,
                      const Piece *piece,
                      const ptrdiff_t *places,
                      float *const *sums_at,
                      int channel);
typedef void (*PanelTile) (const NnOuter *outer,
                           const Piece *piece,
                           const float *panel,
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

#define PANEL_TILE(values, vectors)                                      \
  static void panel_tile_##values##_##vectors (const NnOuter *outer,     \
                                               const Piece *piece,       \
                                               const float *panel,       \
                                               float *const *sums_at,    \
                                               int channel)              \
  {                                                                      \
    panel_tile (outer, piece, panel, sums_at, channel, values, vectors); \
  }                                                                      \
  _Static_assert (values <= PANEL_VALUES, "too large a tile")

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

PANEL_TILE (6, 4);

static const PanelTile whole_panel_tile = panel_tile_6_4;
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

PANEL_TILE (6, 2);

static const PanelTile whole_panel_tile = panel_tile_6_2;
#endif

/* A walk over the values of a window. */
typedef struct
{
  int value, run, element;
} Place;

/* Where in a window the next @n values are, and their sums. */
static void
find_values (const NnOuter *outer,
             Place *place,
             int n,
             ptrdiff_t *places,
             float **sums_at)
{
  const NnWindows *windows = &outer->windows;

  for (int i = 0; i < n; i++)
    {
      places[i] = place->run * windows->run_stride + place->element;
      sums_at[i] = outer->sums + (size_t) place->value * outer->n_channels;
      place->value++;
      if (++place->element == windows->run_length)
        {
          place->element = 0;
          place->run++;
        }
    }
}

/* A walk over the pixels of a piece, its values at places[] into panels. */
static void
collect (const NnOuter *outer,
         const Piece *piece,
         const ptrdiff_t *places,
         int n_panels,
         float *panel)
{
  const NnWindows *windows = &outer->windows;
  const int last = PANEL_TILE_VALUES - 1;

  for (int index = 0; index < piece->n_images * piece->n_rows; index++)
    {
      int image = index / piece->n_rows, row = index % piece->n_rows;
      const float *from = piece->large + image * windows->input_strides.image +
                          row * windows->input_strides.row;

      for (int column = 0; column < windows->width; column++)
        {
          for (int i = 0; i < n_panels; i++)
            {
              const ptrdiff_t *at = places + i * PANEL_TILE_VALUES;
              float *to = panel + i * MOST_PANEL_PIXELS * PANEL_VALUES;

              if (at[last] == at[0] + last)
                memcpy (to, from + at[0], PANEL_TILE_VALUES * sizeof *to);
              else
                for (int j = 0; j <= last; j++)
                  to[j] = from[at[j]];
            }
          from += windows->input_strides.pixel;
          panel += PANEL_VALUES;
        }
    }
}

/* Some panels of values by all vectors [vector, vector + n_vectors), which are
 * whole tiles. */
static void
add_panels (const NnOuter *outer,
            const Piece *piece,
            Place *place,
            int n_panels,
            int vector,
            int n_vectors)
{
  float panels[PANELS * MOST_PANEL_PIXELS * PANEL_VALUES];
  ptrdiff_t places[PANELS * PANEL_TILE_VALUES];
  float *sums_at[PANELS * PANEL_TILE_VALUES];

  find_values (outer, place, n_panels * PANEL_TILE_VALUES, places, sums_at);
  collect (outer, piece, places, n_panels, panels);
  for (int i = 0; i < n_panels; i++)
    for (int v = vector; v < vector + n_vectors; v += NN_TILE_VECTORS)
      whole_panel_tile (outer, piece,
                        panels + i * MOST_PANEL_PIXELS * PANEL_VALUES,
                        sums_at + i * PANEL_TILE_VALUES, v * NN_LANES);
}

/* One tile of values by all vectors [vector, vector + n_vectors). */
static void
add_tiles (const NnOuter *outer,
           const Piece *piece,
           Place *place,
           int left,
           int vector,
           int n_vectors)
{
  int most = NN_TILE_PIXELS (n_vectors < NN_TILE_VECTORS ? n_vectors :
                                                           NN_TILE_VECTORS);
  int size = left >= most ? 0 : left >= 3 ? 1 : 2;
  ptrdiff_t places[NN_MOST_TILE_PIXELS];
  float *sums_at[NN_MOST_TILE_PIXELS];

  find_values (outer, place,
               size == 0 ? most :
               size == 1 ? 3 :
                           1,
               places, sums_at);
  for (int v = 0; v < n_vectors; v += NN_TILE_VECTORS)
    {
      int rest = n_vectors - v;
      int width = rest < NN_TILE_VECTORS ? rest : NN_TILE_VECTORS;

      tiles[size][width - 1](outer, piece, places, sums_at,
                             (vector + v) * NN_LANES);
    }
}

/* Values [from, to) of vectors [vector, vector + n_vectors), over a piece. */
static void
add_columns (const NnOuter *outer,
             const Piece *piece,
             int from,
             int to,
             int vector,
             int n_vectors)
{
  int run_length = outer->windows.run_length;
  int n_pixels = piece->n_images * piece->n_rows * outer->windows.width;
  bool collected = n_vectors % NN_TILE_VECTORS == 0 &&
                   n_vectors >= LEAST_PANEL_TILES * NN_TILE_VECTORS &&
                   n_pixels <= MOST_PANEL_PIXELS;
  Place place = { from, from / run_length, from % run_length };

  while (place.value < to)
    {
      int n_panels = (to - place.value) / PANEL_TILE_VALUES;

      if (collected && n_panels > 0)
        add_panels (outer, piece, &place, n_panels < PANELS ? n_panels : PANELS,
                    vector, n_vectors);
      else
        add_tiles (outer, piece, &place, to - place.value, vector, n_vectors);
    }
}

/* Whole tiles of vectors first, then what is left over, whose tiles are of
 * another height. */
static void
add_piece (const NnOuter *outer, const Piece *piece, int from, int to)
{
  int n_vectors = outer->n_channels / NN_LANES;
  int rest = n_vectors % NN_TILE_VECTORS;

  if (n_vectors > rest)
    add_columns (outer, piece, from, to, 0, n_vectors - rest);
  if (rest)
    add_columns (outer, piece, from, to, n_vectors - rest, rest);
}

void
nn_outer (const NnOuter *outer, int share, int n_shares)
{
  const NnWindows *windows = &outer->windows;
  int n_values = windows->n_runs * windows->run_length;
  int n_rows = (PIECE_PIXELS + windows->width - 1) / windows->width;
  int n_images = 1;
  bool first = ! outer->add;
  size_t from, to;

  nn_share_range (n_values, share, n_shares, &from, &to);
  if (n_rows >= windows->height)
    {
      n_images = n_rows / windows->height;
      n_rows = windows->height;
    }
  for (int image = 0; image < windows->batch; image += n_images)
    for (int row = 0; row < windows->height; row += n_rows)
      {
        int images_left = windows->batch - image;
        int rows_left = windows->height - row;
        Piece piece = { windows->input + image * windows->input_strides.image +
                            row * windows->input_strides.row,
                        outer->small +
                            ((size_t) image * windows->height + row) *
                                windows->width * outer->n_channels,
                        images_left < n_images ? images_left : n_images,
                        rows_left < n_rows ? rows_left : n_rows, first };

        add_piece (outer, &piece, from, to);
        first = false;
      }
}
