/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The geometry of a convolution as the products see it, and what convolution.c
 * leaves to packing.c and gradient.c.
 *
 * Down is one sweep: the window of a small pixel is `kernel` runs of `kernel`
 * large pixels.  Up, a large pixel (y, x) gets only the taps that are congruent
 * to y + pad and x + pad modulo the stride: the large pixels of each of the
 * stride² phases are a sweep of their own over neighbouring small pixels, with
 * stride 1 and a stride² of the taps, written to their interleaved places.
 */
#pragma once

#include "products/products.h"

/* --- one axis --------------------------------------------------------------- */

/* One phase of one axis of an up: large pixel first + i · stride, i < n, is the
 * sum of @n_taps taps; the last of them, kernel place @last_tap, falls on small
 * pixel start + i, those before it on the ones after. */
typedef struct
{
  int first;
  int n;
  int n_taps;
  int last_tap;
  int start;
} Phase;

static inline Phase
phase_of (int kernel, int stride, int pad, int large, int index)
{
  Phase phase = { 0 };
  int quotient = pad > index ? (pad - index + stride - 1) / stride : 0;

  phase.n_taps = index < kernel ? (kernel - index + stride - 1) / stride : 0;
  phase.last_tap = index + (phase.n_taps - 1) * stride;
  phase.first = quotient * stride + index - pad;
  phase.n = phase.first < large ? (large - phase.first + stride - 1) / stride :
                                  0;
  phase.start = quotient - (phase.n_taps - 1);
  return phase;
}

static inline Phase
phase_of_rows (const NnGeometry *g, int index)
{
  return phase_of (g->kernel, g->stride, g->pad_top, g->large_height, index);
}

static inline Phase
phase_of_columns (const NnGeometry *g, int index)
{
  return phase_of (g->kernel, g->stride, g->pad_left, g->large_width, index);
}

/* How many of a phase's rows stand before output row @row. */
static inline int
phase_rows_before (const Phase *phase, int stride, int row)
{
  int n = row > phase->first ? (row - phase->first + stride - 1) / stride : 0;

  return n < phase->n ? n : phase->n;
}

/* --- pictures --------------------------------------------------------------- */

static inline bool
is_dense (const NnGeometry *g)
{
  return g->large_height == 1 && g->large_width == 1 && g->kernel == 1;
}

/* Few channels out of several: a strided up by stamps, else by dots. */
static inline bool
is_spread (const NnGeometry *g, NnPass pass)
{
  return pass == NN_UP && nn_spread_fits (g);
}

static inline bool
is_dot (const NnGeometry *g, NnPass pass)
{
  return pass != NN_KERNEL_GRADIENT &&
         nn_pass_output (g, pass).channels <= NN_DOT_CHANNELS &&
         nn_pass_input (g, pass).channels >= 4 && g->stride <= NN_DOT_STRIDE &&
         ! is_dense (g) && ! is_spread (g, pass);
}

/* Input rows [*from, *to) are what output rows [first, last) are made of;
 * some may be outside of the picture. */
static inline void
rows_needed (const NnGeometry *g,
             NnPass pass,
             int first,
             int last,
             int *from,
             int *to)
{
  if (pass != NN_UP)
    {
      *from = first * g->stride - g->pad_top;
      *to = (last - 1) * g->stride - g->pad_top + g->kernel;
      return;
    }
  *from = g->small_height;
  *to = 0;
  for (int index = 0; index < g->stride; index++)
    {
      Phase phase = phase_of_rows (g, index);
      int i = phase_rows_before (&phase, g->stride, first);
      int end = phase_rows_before (&phase, g->stride, last);

      if (i == end || phase.n_taps == 0)
        continue;
      if (phase.start + i < *from)
        *from = phase.start + i;
      if (phase.start + end - 1 + phase.n_taps > *to)
        *to = phase.start + end - 1 + phase.n_taps;
    }
  if (*to < *from)
    *to = *from;
}

/* The zeros of an axis are those of the other axis of a turned picture. */
static inline NnBorder
border_of (const NnGeometry *g, NnPass pass)
{
  NnGeometry turned = *g;
  NnShape in = nn_pass_input (g, pass), out = nn_pass_output (g, pass);
  int top, bottom, left, right;

  if (is_spread (g, pass))
    return (NnBorder) { 0, 0, in.height, in.width };
  turned.pad_top = g->pad_left;
  turned.large_height = g->large_width;
  turned.small_height = g->small_width;
  rows_needed (g, pass, 0, out.height, &top, &bottom);
  rows_needed (&turned, pass, 0, out.width, &left, &right);
  top = top < 0 ? -top : 0;
  left = left < 0 ? -left : 0;
  bottom = bottom > in.height ? bottom : in.height;
  right = right > in.width ? right : in.width;
  return (NnBorder) { top, left, top + bottom, left + right };
}

static inline bool
needs_border (const NnGeometry *g, NnPass pass)
{
  NnBorder border = border_of (g, pass);
  NnShape shape = nn_pass_input (g, pass);

  return border.height != shape.height || border.width != shape.width ||
         is_dot (g, pass);
}

/* The windows of down, over large pictures with their border. */
static inline NnWindows
down_windows (const NnGeometry *g, int batch, const NnPictures *large)
{
  return (NnWindows) {
    .batch = batch, .height = g->small_height, .width = g->small_width,
    .input = large->first - g->pad_top * large->row -
             (ptrdiff_t) g->pad_left * g->large_channels,
    .input_strides = { large->image, g->stride * large->row,
                       (ptrdiff_t) g->stride * g->large_channels },
    .n_runs = g->kernel, .run_stride = large->row,
    .run_length = g->kernel * g->large_channels
  };
}

/* --- copies within zeros ---------------------------------------------------- */

/* Rows [from, to) of a picture, those outside of it zeros, into @rows. */
static inline void
copy_rows (const NnGeometry *g,
           NnPass pass,
           const float *input,
           int from,
           int to,
           float *rows)
{
  NnBorder border = border_of (g, pass);
  NnShape shape = nn_pass_input (g, pass);
  size_t row_size = (size_t) border.width * shape.channels;
  size_t before = (size_t) border.left * shape.channels;
  size_t middle = (size_t) shape.width * shape.channels;

  for (int y = from; y < to; y++, rows += row_size)
    {
      if (y < 0 || y >= shape.height)
        {
          memset (rows, 0, row_size * sizeof *rows);
          continue;
        }
      memset (rows, 0, before * sizeof *rows);
      memcpy (rows + before, input + y * middle, middle * sizeof *rows);
      memset (rows + before + middle, 0,
              (row_size - before - middle) * sizeof *rows);
    }
}

/* Copies are made of so many floats at a time, just before they are used, so
 * that they stay in the second cache: some pictures, or else some rows of one.
 */
#define CHUNK_FLOATS 32768

typedef struct
{
  int images;
  int rows;      /* of the output */
  int most_rows; /* of the input, for these */
  size_t image;  /* floats of a whole picture, or of most_rows */
} Chunk;

static inline Chunk
chunk_of (const NnGeometry *g, NnPass pass, int most_images)
{
  NnBorder border = border_of (g, pass);
  int height = pass == NN_UP ? g->large_height : g->small_height;
  size_t row_size = (size_t) border.width * nn_pass_input (g, pass).channels;
  size_t image = row_size * border.height;
  size_t images = CHUNK_FLOATS / image;
  int taps = pass == NN_UP ? (g->kernel + g->stride - 1) / g->stride :
                             g->kernel;
  int rows, fit;

  if (images >= 1)
    return (Chunk) { images < (size_t) most_images ? (int) images : most_images,
                     height, border.height, image };
  fit = (int) (CHUNK_FLOATS / row_size) - taps - 1;
  rows = pass == NN_UP ? fit * g->stride : fit / g->stride + 1;
  rows = rows < g->stride ? g->stride : rows;
  rows = rows > height ? height : rows;
  fit = pass == NN_UP ? (rows + g->stride - 1) / g->stride + taps + 1 :
                        (rows - 1) * g->stride + taps;
  return (Chunk) { 1, rows, fit, fit * row_size };
}

/* Where in scratch thread @thread copies: with a static schedule it gets none of
 * the chunks before chunk @thread, so that there are no more places than
 * chunks. */
static inline size_t
chunk_slot (const Chunk *chunk, int thread)
{
  size_t size = chunk->images * chunk->image + NN_SLACK;

  return thread * ((size + 15) / 16 * 16);
}

/* Floats for all chunks of a batch, or for the whole of it within its border. */
static inline size_t
chunks_scratch (const NnGeometry *g, NnPass pass, int batch)
{
  NnBorder border = border_of (g, pass);
  Chunk chunk = chunk_of (g, pass, 1);
  int height = pass == NN_UP ? g->large_height : g->small_height;
  int n_chunks = batch * ((height + chunk.rows - 1) / chunk.rows);
  size_t whole = (size_t) border.height * border.width *
                     nn_pass_input (g, pass).channels +
                 2 * NN_SLACK;
  size_t slots = chunk_slot (&chunk, n_chunks);

  return slots > batch * whole ? slots : batch * whole;
}

/* --- weights: packing.c ----------------------------------------------------- */

/* A kernel's weights in the order that its products read them: those of down as
 * they are, those of up phase by phase, rows of phases first. */

#define nn_packed NN_FOR_ISA (nn_packed)
#define nn_phase_packed NN_FOR_ISA (nn_phase_packed)
#define nn_pack NN_FOR_ISA (nn_pack)

/* Floats of all phases, and of one of up's. */
size_t nn_packed       (const NnGeometry *geometry,
                        NnPass            pass);
size_t nn_phase_packed (const NnGeometry *geometry,
                        const Phase      *y,
                        const Phase      *x);
void   nn_pack         (const NnGeometry *geometry,
                        NnPass            pass,
                        const float      *kernel,
                        float            *packed,
                        int               share,
                        int               n_shares);

/* --- the gradient of a kernel: gradient.c ----------------------------------- */

/* See add_kernel_gradient in nn-internal.h. */

#define nn_gradient_scratch NN_FOR_ISA (nn_gradient_scratch)
#define nn_add_kernel_gradient NN_FOR_ISA (nn_add_kernel_gradient)

size_t nn_gradient_scratch    (const NnGeometry *geometry,
                               int               max_batch);
void   nn_add_kernel_gradient (const NnGeometry *geometry,
                               int               batch,
                               const float      *large,
                               const float      *small,
                               float            *gradient,
                               float            *scratch);
