/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Four products are all that the kernels compute.  With
 *
 *   patch (p) = the floats input[p.pixel + r · run_stride + i],
 *               r < n_runs, i < run_length
 *
 * which is what a kernel's window covers at output pixel p (a row of a window
 * is contiguous in an NHWC picture, so it is one run), they are
 *
 *   sweep      output[p][c]   = Σ patch (p)[k] · weights[k][c]
 *   dot        the same for a handful of channels c
 *   spread     stamp (p)[c]   = Σ input[p][k] · weights[k][c], c a channel under
 *              a tap; the stamps, as large as the kernel, overlap and are added
 *   outer      sums[k][c]     = Σ over p of patch (p)[k] · small[p][c]
 *
 * and, of what is no longer a picture, matrix.
 *
 * A convolution is a sweep, a transposed one is a sweep for each phase of its
 * stride (a spread where it has few channels), a dense layer is a sweep over pictures of one pixel.  Pictures have
 * a border of zeros where windows reach over their edge.
 *
 * Every sum is taken in one order (k, or p, ascending) whatever the tile, the
 * share of the work or the number of threads.
 */
#pragma once

#include <stddef.h>

#include "../../nn-internal.h"
#include "../simd.h"

/* A vector register tile is NN_TILE_PIXELS (vectors) pixels of up to
 * NN_TILE_VECTORS vectors of channels: sums, one row of weights and an input
 * value fill the sixteen registers of SSE and AVX2, the 32 of AVX-512 and
 * arm64.  Two multiply-adds a cycle of latency 4 want eight sums or more. */
#if NN_LANES == 16 || defined(__aarch64__)
#define NN_TILE_VECTORS 4
#define NN_TILE_PIXELS(vectors) \
  ((vectors) == 4 ? 6 : (vectors) == 3 ? 8 : 12)
#define NN_MOST_TILE_PIXELS 12
#else
#define NN_TILE_VECTORS 2
#define NN_TILE_PIXELS(vectors) ((vectors) == 2 ? 6 : 8)
#define NN_MOST_TILE_PIXELS 8
#endif
#define NN_BLOCK (NN_TILE_VECTORS * NN_LANES)

/* Vectors for @n channels, and the channels that they hold. */
#define NN_VECTORS(n) (((n) + NN_LANES - 1) / NN_LANES)
#define NN_PADDED(n) (NN_VECTORS (n) * NN_LANES)

/* Where the pixels of a batch of pictures are, in floats. */
typedef struct
{
  ptrdiff_t image;
  ptrdiff_t row;
  ptrdiff_t pixel;
} NnStrides;

/* The windows of a product and the pixels they belong to. */
typedef struct
{
  int batch, height, width; /* pixels: of the output, or of small */
  const float *input;       /* first value of the first pixel's window */
  NnStrides input_strides;  /* from one window to the next */
  int n_runs;
  ptrdiff_t run_stride;
  int run_length;
} NnWindows;

typedef struct
{
  NnWindows windows;
  float *output;
  NnStrides output_strides;
  int n_channels;
  const float *packed;    /* weights as nn_sweep_pack () lays them out, */
  const uint16_t *halves; /* or instead as nn_dense_halves_pack () does */
  const NnEpilogue *epilogue;
} NnProduct;

/* Weights as they lie in a network: weight (run r, i, channel c) is at
 * first[r · run + (i / segment_length) · segment + (i % segment_length) ·
 * element + c · channel]. */
typedef struct
{
  const float *first;
  int n_runs, n_segments, segment_length, n_channels;
  ptrdiff_t run, segment, element, channel;
} NnWeights;

/* One of @n_shares of the work; shares may run at the same time. */
void   NN_FOR_ISA (nn_sweep)       (const NnProduct *product,
                                    int              share,
                                    int              n_shares);
size_t NN_FOR_ISA (nn_sweep_packed) (int              n_values,
                                    int              n_channels);
void   NN_FOR_ISA (nn_sweep_pack)  (const NnWeights *weights,
                                    float           *packed,
                                    int              share,
                                    int              n_shares);

/* Blocks [from, to) of the sweep of a single pixel, all of them whole. */
void   NN_FOR_ISA (nn_dense)       (const NnProduct *product,
                                    size_t           from,
                                    size_t           to);

/* The same of a batch of pixels, by weights in half precision. */
void   NN_FOR_ISA (nn_dense_halves) (const NnProduct *product,
                                     int              share,
                                     int              n_shares);
/* Halves, from [n_values][n_channels]. */
size_t NN_FOR_ISA (nn_dense_halves_packed) (int       n_values,
                                            int       n_channels);
void   NN_FOR_ISA (nn_dense_halves_pack) (int             n_values,
                                          int             n_channels,
                                          const uint16_t *halves,
                                          uint16_t       *packed,
                                          int             share,
                                          int             n_shares);

/* The pixels of a row are @stride interleaved phases, each with windows of its
 * own: pixel j + i · stride is sum i of phase j. */
#define NN_DOT_CHANNELS 4
#define NN_DOT_STRIDE 4

typedef struct
{
  const float *input; /* first value of the phase's first window */
  int run_length;     /* 0: no taps */
  const float *packed;
} NnDotPhase;

typedef struct
{
  int batch, height, width; /* pixels of the output */
  int n_phases;             /* at most NN_DOT_STRIDE */
  NnDotPhase phases[NN_DOT_STRIDE];
  NnStrides input_strides; /* from one window of a phase to the next */
  int n_runs;
  ptrdiff_t run_stride;
  float *output;
  NnStrides output_strides;
  int n_channels; /* at most NN_DOT_CHANNELS */
  const NnEpilogue *epilogue;
} NnDot;

/* Reads up to NN_SLACK floats beyond a run. */
void   NN_FOR_ISA (nn_dot)         (const NnDot     *dot,
                                    int              share,
                                    int              n_shares);
size_t NN_FOR_ISA (nn_dot_packed)  (int              n_runs,
                                    int              run_length,
                                    int              n_channels);
void   NN_FOR_ISA (nn_dot_pack)    (const NnWeights *weights,
                                    float           *packed,
                                    int              share,
                                    int              n_shares);

/* Rows [from, to) of one picture of a strided up with few output channels. */
typedef struct
{
  const NnGeometry *geometry;
  const float *packed;
  const NnEpilogue *epilogue;
  const float *input; /* without a border */
  ptrdiff_t input_row;
  float *output;
  ptrdiff_t output_row;
  int from, to;
} NnSpread;

/* Whether nn_spread () can and should be used. */
bool   NN_FOR_ISA (nn_spread_fits) (const NnGeometry *geometry);
void   NN_FOR_ISA (nn_spread)      (const NnSpread *spread);
size_t NN_FOR_ISA (nn_spread_packed) (const NnGeometry *geometry);
void   NN_FOR_ISA (nn_spread_pack) (const NnGeometry *geometry,
                                    const float      *kernel,
                                    float            *packed,
                                    int               share,
                                    int               n_shares);

typedef struct
{
  NnWindows windows;
  const float *small; /* [batch][height][width][channels] */
  int n_channels;     /* a multiple of NN_LANES */
  float *sums;        /* [n_runs · run_length][n_channels] */
  bool add;           /* to sums, rather than overwrite them */
} NnOuter;

void   NN_FOR_ISA (nn_outer)       (const NnOuter   *outer,
                                    int              share,
                                    int              n_shares);

/* One block of the channels of a product of matrices; shares are the caller's.
 */
typedef struct
{
  const float *values; /* value k of row p at p · row + k · column */
  ptrdiff_t row, column;
  int n_values;
  const float *weights; /* [n_values][n_channels] */
  int n_channels;       /* whole vectors, at most NN_BLOCK */
  float *sums;
  ptrdiff_t sums_row;
  bool add; /* to sums, rather than overwrite them */
} NnMatrix;

void   NN_FOR_ISA (nn_matrix)      (const NnMatrix  *matrix,
                                    int              n_rows);

#define nn_sweep NN_FOR_ISA (nn_sweep)
#define nn_sweep_packed NN_FOR_ISA (nn_sweep_packed)
#define nn_sweep_pack NN_FOR_ISA (nn_sweep_pack)
#define nn_dense NN_FOR_ISA (nn_dense)
#define nn_dense_halves NN_FOR_ISA (nn_dense_halves)
#define nn_dense_halves_packed NN_FOR_ISA (nn_dense_halves_packed)
#define nn_dense_halves_pack NN_FOR_ISA (nn_dense_halves_pack)
#define nn_dot NN_FOR_ISA (nn_dot)
#define nn_dot_packed NN_FOR_ISA (nn_dot_packed)
#define nn_dot_pack NN_FOR_ISA (nn_dot_pack)
#define nn_spread_fits NN_FOR_ISA (nn_spread_fits)
#define nn_spread NN_FOR_ISA (nn_spread)
#define nn_spread_packed NN_FOR_ISA (nn_spread_packed)
#define nn_spread_pack NN_FOR_ISA (nn_spread_pack)
#define nn_outer NN_FOR_ISA (nn_outer)
#define nn_matrix NN_FOR_ISA (nn_matrix)

/* Share @share of @n things: [from, to). */
NN_INLINE void
nn_share_range (size_t n, int share, int n_shares, size_t *from, size_t *to)
{
  *from = n * share / n_shares;
  *to = n * (share + 1) / n_shares;
}
