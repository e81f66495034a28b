/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewer multiplications (Winograd 1980, "Arithmetic complexity of
 * computations"; Lavin and Gray 2016, "Fast algorithms for convolutional neural
 * networks"), for kernels of three taps on each phase of an axis, and of two:
 *
 *   kernel 3, stride 1    one phase,   tiles of 2 x 2 results
 *   kernel 4, stride 2    four phases, tiles of 3 x 3 results
 *
 * With r taps, m = 5 - r results and L[b][i] = large[stride · i + b - pad], the
 * pixels of phase b of the large picture, down, up and gradient are
 *
 *   small[p]               = Σ over b, a of L[b][p + a] · kernel[stride · a + b]
 *   L[b][i]                = Σ over a of small[i - a] · kernel[stride · a + b]
 *   kernel[stride · a + b] = Σ over p of small[p] · L[b][p + a]
 *
 * and on an axis m results of r taps, or r results of m products, come of four
 * values x and a filter f by four multiplications, which are those of polynomials
 * at 0, 1, -1 and infinity:
 *
 *   x to  x0 - x2, x1 + x2, x2 - x1, x1 - x3
 *   f to  f0, (f0 + f1 + f2) / 2, (f0 - f1 + f2) / 2, f2
 *         f0, (f0 + f1) / 2, (f0 - f1) / 2, f1
 *   s to  s0 + s1 + s2, s1 - s2 - s3
 *         s0 + s1 + s2, s1 - s2, s1 + s2 - s3
 *
 * On both axes that is 16 multiplications instead of 36.  Between the
 * transforms, each of the 16 numbers of a tile is a product of matrices of its
 * own: tiles by channels by channels.
 *
 * On a 2-core EPYC (Zen 3, AVX2), 2026-11-24, a training step of the faces
 * (decoder kernels 3;3;4;4;4;3, batch 32) takes 316 ms instead of 442, a decode
 * 2.0 ms instead of 3.1.
 */
#pragma once

#include "convolution.h"

#define NN_POINTS 4 /* on an axis */
#define NN_FREQUENCIES (NN_POINTS * NN_POINTS)

#define UNROLL _Pragma ("GCC unroll 16")

/* --- transforms ------------------------------------------------------------- */

/* @x has a step of @step vectors. */
NN_INLINE Floats
transform_value (const Floats *x, const int step, const int point)
{
  switch (point)
    {
    case 0:
      return x[0] - x[2 * step];
    case 1:
      return x[step] + x[2 * step];
    case 2:
      return x[2 * step] - x[step];
    default:
      return x[step] - x[3 * step];
    }
}

/* Not yet halved at points 1 and 2. */
NN_INLINE Floats
transform_filter (const Floats *f, const int step, const int taps,
                  const int point)
{
  const Floats last = f[(taps - 1) * step];

  switch (point)
    {
    case 0:
      return f[0];
    case 1:
      return taps == 3 ? (f[0] + last) + f[step] : f[0] + last;
    case 2:
      return taps == 3 ? (f[0] + last) - f[step] : f[0] - last;
    default:
      return last;
    }
}

NN_INLINE float
filter_scale (int frequency)
{
  int y = frequency / NN_POINTS, x = frequency % NN_POINTS;

  return (y % 3 ? 0.5f : 1.0f) * (x % 3 ? 0.5f : 1.0f);
}

/* Result @index of @n. */
NN_INLINE Floats
transform_sums (const Floats *s, const int step, const int n, const int index)
{
  if (index == 0)
    return s[0] + (s[step] + s[2 * step]);
  if (n == 2)
    return (s[step] - s[2 * step]) - s[3 * step];
  return index == 1 ? s[step] - s[2 * step] :
                      (s[step] + s[2 * step]) - s[3 * step];
}

/* The 16 sums of a tile to @n x @n results. */
NN_INLINE void
transform_tile (const Floats sums[NN_FREQUENCIES], const int n, Floats *results)
{
  Floats rows[3 * NN_POINTS];

  UNROLL for (int x = 0; x < NN_POINTS; x++)
      UNROLL for (int i = 0; i < n; i++)
          rows[i * NN_POINTS + x] = transform_sums (sums + x, NN_POINTS, n, i);
  UNROLL for (int i = 0; i < n; i++)
      UNROLL for (int j = 0; j < n; j++)
          results[i * n + j] = transform_sums (rows + i * NN_POINTS, 1, n, j);
}

/* Channels go in vectors; the last one, where they do not fill it, takes some
 * of the one before it again. */
NN_INLINE int
vector_at (int index, int n_channels)
{
  int at = index * NN_LANES;

  return at + NN_LANES <= n_channels ? at : n_channels - NN_LANES;
}

/* --- pixels ----------------------------------------------------------------- */

/* Every @step-th pixel of a picture, pixel (top, left) being (0, 0). */
typedef struct
{
  int step;
  int top, left;
  int height, width; /* of the picture */
  ptrdiff_t row;
  int channels;
} Lattice;

/* @phase is row · stride + column. */
static inline Lattice
large_lattice (const NnGeometry *g, int phase, ptrdiff_t row)
{
  return (Lattice) { g->stride,
                     phase / g->stride - g->pad_top,
                     phase % g->stride - g->pad_left,
                     g->large_height,
                     g->large_width,
                     row,
                     g->large_channels };
}

/* From @before pixels before the first. */
static inline Lattice
small_lattice (const NnGeometry *g, int before, ptrdiff_t row)
{
  return (Lattice) { 1,   -before, -before, g->small_height, g->small_width,
                     row, g->small_channels };
}

/* The pixels of a tile: pixel (i, j) is at first + i · down + j · right if the
 * whole of it is inside of the picture, else at its own place. */
typedef struct
{
  bool whole;
  const float *first;
  ptrdiff_t down, right;
  const float *pixels[NN_FREQUENCIES];
} Window;

/* @n x @n pixels from (y, x) on; @outside stands for those outside of the
 * picture.  Inlined with constant @n. */
NN_INLINE void
find_window (const Lattice *lattice,
             const float *picture,
             int y,
             int x,
             const int n,
             const float *outside,
             Window *window)
{
  const int step = lattice->step, reach = (n - 1) * step;
  int row = step * y + lattice->top, column = step * x + lattice->left;
  ptrdiff_t first = row * lattice->row + (ptrdiff_t) column * lattice->channels;

  window->down = step * lattice->row;
  window->right = (ptrdiff_t) step * lattice->channels;
  window->whole = row >= 0 && row + reach < lattice->height && column >= 0 &&
                  column + reach < lattice->width;
  if (window->whole)
    {
      window->first = picture + first;
      return;
    }
  for (int i = 0; i < n; i++, row += step)
    for (int j = 0; j < n; j++)
      {
        int at = column + j * step;
        bool inside = row >= 0 && row < lattice->height && at >= 0 &&
                      at < lattice->width;

        window->pixels[i * n + j] =
            inside ? picture + (first + i * window->down + j * window->right) :
                     outside;
      }
}

/* Inlined with @whole, @n, @i and @j constant. */
NN_INLINE const float *
pixel_of (const Window *window, const bool whole, const int n, int i, int j)
{
  return whole ? window->first + (i * window->down + j * window->right) :
                 window->pixels[i * n + j];
}

/* --- tiles ------------------------------------------------------------------ */

/* Tiles of the results of an axis that are inside of the picture. */
typedef struct
{
  int first;
  int n_tiles;
} TileAxis;

static inline TileAxis
tile_axis (const NnGeometry *g, NnPass pass, int large, int small, int pad)
{
  int size = g->stride == 1 ? 2 : 3;
  int first = pass == NN_UP ? pad / g->stride : 0;
  int last = pass == NN_UP ? (large - 1 + pad) / g->stride : small - 1;

  return (TileAxis) { first, (last - first + size) / size };
}

typedef struct
{
  int taps;    /* of a phase, on each axis */
  int results; /* of a tile, on each axis  */
  int n_phases;
  TileAxis y, x;
} Tiles;

static inline Tiles
tiles_of (const NnGeometry *g, NnPass pass)
{
  return (Tiles) { g->kernel / g->stride,
                   5 - g->kernel / g->stride,
                   g->stride * g->stride,
                   tile_axis (g, pass, g->large_height, g->small_height,
                              g->pad_top),
                   tile_axis (g, pass, g->large_width, g->small_width,
                              g->pad_left) };
}

/* A walk over the tiles of a batch. */
typedef struct
{
  int image;
  int row, column;
  int y, x; /* the tile's first result */
} TilePlace;

static inline TilePlace
tile_at (const Tiles *tiles, size_t index)
{
  size_t row = index / tiles->x.n_tiles;
  int y = row % tiles->y.n_tiles, x = index % tiles->x.n_tiles;

  return (TilePlace) { row / tiles->y.n_tiles, y, x,
                       tiles->y.first + y * tiles->results,
                       tiles->x.first + x * tiles->results };
}

static inline void
next_tile (const Tiles *tiles, TilePlace *place)
{
  place->x += tiles->results;
  if (++place->column < tiles->x.n_tiles)
    return;
  place->column = 0;
  place->x = tiles->x.first;
  place->y += tiles->results;
  if (++place->row < tiles->y.n_tiles)
    return;
  place->row = 0;
  place->y = tiles->y.first;
  place->image++;
}

/* Frequencies are so far apart that they do not share lines of the cache. */
#define APART 16

/* --- down and up: winograd.c ------------------------------------------------- */

#define nn_winograd_fits NN_FOR_ISA (nn_winograd_fits)
#define nn_winograd_packed NN_FOR_ISA (nn_winograd_packed)
#define nn_winograd_pack NN_FOR_ISA (nn_winograd_pack)
#define nn_winograd_scratch NN_FOR_ISA (nn_winograd_scratch)
#define nn_winograd_run NN_FOR_ISA (nn_winograd_run)

/* Whether this can and should be used. */
bool   nn_winograd_fits             (const NnGeometry *geometry);

/* The rest as in nn-internal.h, where it fits; all but sizes are collective. */
size_t nn_winograd_packed           (const NnGeometry *geometry,
                                     NnPass            pass);
void   nn_winograd_pack             (const NnGeometry *geometry,
                                     NnPass            pass,
                                     const float      *kernel,
                                     float            *packed);
size_t nn_winograd_scratch          (const NnGeometry *geometry,
                                     NnPass            pass,
                                     int               max_batch);
void   nn_winograd_run              (const NnGeometry *geometry,
                                     NnPass            pass,
                                     int               batch,
                                     const float      *packed,
                                     const NnEpilogue *epilogue,
                                     const float      *input,
                                     const NnPictures *output,
                                     float            *scratch);

/* --- the gradient of a kernel: winograd-gradient.c -------------------------- */

#define nn_winograd_gradient_scratch NN_FOR_ISA (nn_winograd_gradient_scratch)
#define nn_winograd_add_gradient NN_FOR_ISA (nn_winograd_add_gradient)

size_t nn_winograd_gradient_scratch (const NnGeometry *geometry);
void   nn_winograd_add_gradient     (const NnGeometry *geometry,
                                     int               batch,
                                     const float      *large,
                                     const float      *small,
                                     float            *gradient,
                                     float            *scratch);
