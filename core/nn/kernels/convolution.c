/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Down and up as products, the work shared between threads, and the set of
 * kernels that this instruction set makes.
 */
#include <omp.h>

#include "convolution.h"
#include "winograd.h"

static size_t
get_packed_size (const NnGeometry *g, NnPass pass)
{
  return nn_winograd_fits (g) ? nn_winograd_packed (g, pass) :
                                nn_packed (g, pass);
}

static void
pack (const NnGeometry *g, NnPass pass, const float *kernel, float *packed)
{
  if (nn_winograd_fits (g))
    nn_winograd_pack (g, pass, kernel, packed);
  else
    nn_pack (g, pass, kernel, packed, omp_get_thread_num (),
             omp_get_num_threads ());
#pragma omp barrier
}

/* --- some rows of the output ------------------------------------------------
 */

/* What is to be done, and one of @n_shares of it. */
typedef struct
{
  const NnGeometry *geometry;
  NnPass pass;
  const float *packed;
  const NnEpilogue *epilogue;
  int share, n_shares;
} Job;

/* Of each of @batch pictures of the output, rows [from, to). */
typedef struct
{
  int batch, from, to;
} Rows;

static void
down_sweep (const Job *job,
            const Rows *rows,
            const NnPictures *input,
            const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  NnProduct product = { .windows = down_windows (g, rows->batch, input),
                        .output = output->first + rows->from * output->row,
                        .output_strides = { output->image, output->row,
                                            g->small_channels },
                        .n_channels = g->small_channels,
                        .packed = job->packed,
                        .epilogue = job->epilogue };

  product.windows.height = rows->to - rows->from;
  product.windows.input += rows->from * product.windows.input_strides.row;
  nn_sweep (&product, job->share, job->n_shares);
}

static void
down_dot (const Job *job,
          const Rows *rows,
          const NnPictures *input,
          const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  NnWindows windows = down_windows (g, rows->batch, input);
  NnDot dot = {
    .batch = rows->batch,
    .height = rows->to - rows->from,
    .width = g->small_width,
    .n_phases = 1,
    .phases = { { windows.input + rows->from * windows.input_strides.row,
                  windows.run_length, job->packed } },
    .input_strides = windows.input_strides,
    .n_runs = windows.n_runs,
    .run_stride = windows.run_stride,
    .output = output->first + rows->from * output->row,
    .output_strides = { output->image, output->row, g->small_channels },
    .n_channels = g->small_channels,
    .epilogue = job->epilogue
  };

  nn_dot (&dot, job->share, job->n_shares);
}

/* Of up's phase @y, rows [from, to). */
static void
up_sweeps (const Job *job,
           const Phase *y,
           int batch,
           int from,
           int to,
           const float *packed,
           const NnPictures *input,
           const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  ptrdiff_t in_pixel = g->small_channels, pixel = g->large_channels;

  for (int column = 0; column < g->stride; column++)
    {
      Phase x = phase_of_columns (g, column);
      /* A phase without taps reads nothing, wherever it starts. */
      ptrdiff_t start = y->n_taps && x.n_taps ? (y->start + from) * input->row +
                                                    x.start * in_pixel :
                                                0;
      NnProduct product = {
        .windows = { .batch = batch,
                     .height = to - from,
                     .width = x.n,
                     .input = input->first + start,
                     .input_strides = { input->image, input->row, in_pixel },
                     .n_runs = y->n_taps,
                     .run_stride = input->row,
                     .run_length = x.n_taps * g->small_channels },
        .output = output->first + (y->first + from * g->stride) * output->row +
                  x.first * pixel,
        .output_strides = { output->image, g->stride * output->row,
                            g->stride * pixel },
        .n_channels = g->large_channels,
        .packed = packed,
        .epilogue = job->epilogue
      };

      nn_sweep (&product, job->share, job->n_shares);
      packed += nn_phase_packed (g, y, &x);
    }
}

static void
up_dot (const Job *job,
        const Phase *y,
        int batch,
        int from,
        int to,
        const float *packed,
        const NnPictures *input,
        const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  ptrdiff_t in_pixel = g->small_channels, pixel = g->large_channels;
  NnDot dot = {
    .batch = batch,
    .height = to - from,
    .width = g->large_width,
    .n_phases = g->stride,
    .input_strides = { input->image, input->row, in_pixel },
    .n_runs = y->n_taps,
    .run_stride = input->row,
    .output = output->first + (y->first + from * g->stride) * output->row,
    .output_strides = { output->image, g->stride * output->row, pixel },
    .n_channels = g->large_channels,
    .epilogue = job->epilogue
  };

  for (int column = 0; column < g->stride; column++)
    {
      Phase x = phase_of_columns (g, column);
      NnDotPhase *phase = &dot.phases[x.first];

      phase->run_length = x.n_taps * g->small_channels;
      phase->packed = packed;
      if (y->n_taps && x.n_taps)
        phase->input = input->first + (y->start + from) * input->row +
                       x.start * in_pixel;
      packed += nn_phase_packed (g, y, &x);
    }
  nn_dot (&dot, job->share, job->n_shares);
}

static void
run_up (const Job *job,
        const Rows *rows,
        const NnPictures *input,
        const NnPictures *output)
{
  const NnGeometry *g = job->geometry;
  const float *packed = job->packed;

  for (int row = 0; row < g->stride; row++)
    {
      Phase y = phase_of_rows (g, row);
      int from = phase_rows_before (&y, g->stride, rows->from);
      int to = phase_rows_before (&y, g->stride, rows->to);

      if (from < to && is_dot (g, NN_UP))
        up_dot (job, &y, rows->batch, from, to, packed, input, output);
      else if (from < to)
        up_sweeps (job, &y, rows->batch, from, to, packed, input, output);
      for (int column = 0; column < g->stride; column++)
        {
          Phase x = phase_of_columns (g, column);

          packed += nn_phase_packed (g, &y, &x);
        }
    }
}

/* A share of the rows of all pictures. */
static void
up_spread (const Job *job,
           const Rows *rows,
           const NnPictures *input,
           const NnPictures *output)
{
  size_t height = rows->to - rows->from;
  size_t first, last;

  nn_share_range (rows->batch * height, job->share, job->n_shares, &first,
                  &last);
  while (first < last)
    {
      size_t image = first / height;
      size_t end = last < (image + 1) * height ? last : (image + 1) * height;
      NnSpread spread = { .geometry = job->geometry,
                          .packed = job->packed,
                          .epilogue = job->epilogue,
                          .input = input->first + image * input->image,
                          .input_row = input->row,
                          .output = output->first + image * output->image,
                          .output_row = output->row,
                          .from = rows->from + first - image * height,
                          .to = rows->from + end - image * height };

      nn_spread (&spread);
      first = end;
    }
}

static void
run_rows (const Job *job,
          const Rows *rows,
          const NnPictures *input,
          const NnPictures *output)
{
  if (is_spread (job->geometry, job->pass))
    up_spread (job, rows, input, output);
  else if (job->pass == NN_UP)
    run_up (job, rows, input, output);
  else if (is_dot (job->geometry, NN_DOWN))
    down_dot (job, rows, input, output);
  else
    down_sweep (job, rows, input, output);
}

/* --- pictures within a border -----------------------------------------------
 */

/* A thread makes so many floats of output at a time, all phases of them, so
 * that interleaved lines of memory are complete before they leave the cache. */
#define BAND_FLOATS 16384

static int
band_rows (const NnGeometry *g, NnPass pass)
{
  NnShape out = nn_pass_output (g, pass);
  int rows = BAND_FLOATS / ((size_t) out.width * out.channels + 1);

  if (pass != NN_UP || is_spread (g, pass))
    return out.height;
  return rows < 2 * g->stride ? 2 * g->stride : rows / g->stride * g->stride;
}

/* Rows [first, last) of all pictures of the batch, one under the other. */
static void
run_bands (const Job *job,
           size_t first,
           size_t last,
           const NnPictures *input,
           const NnPictures *output)
{
  size_t height = nn_pass_output (job->geometry, job->pass).height;
  size_t band = band_rows (job->geometry, job->pass);

  while (first < last)
    {
      size_t image = first / height;
      size_t from = first - image * height, to = from + band;
      NnPictures in = *input, out = *output;
      Rows rows;

      to = to < height ? to : height;
      to = to < last - image * height ? to : last - image * height;
      in.first += image * in.image;
      out.first += image * out.image;
      rows = (Rows) { 1, from, to };
      run_rows (job, &rows, &in, &out);
      first += to - from;
    }
}

/* Large pictures are shared by rows.  Of small ones each thread takes some of
 * the channels, or pixels, of each product. */
#define LEAST_SHARED_ROWS 8

static void
run_pictures (Job *job,
              int batch,
              const NnPictures *input,
              const NnPictures *output)
{
  NnShape out = nn_pass_output (job->geometry, job->pass);
  Rows rows = { batch, 0, out.height };
  size_t first, last;

  if (out.height < LEAST_SHARED_ROWS * job->n_shares || out.width < 16)
    {
      run_rows (job, &rows, input, output);
      return;
    }
  nn_share_range ((size_t) batch * out.height, job->share, job->n_shares,
                  &first, &last);
  job->share = 0;
  job->n_shares = 1;
  run_bands (job, first, last, input, output);
}

static NnBorder
get_border (const NnGeometry *g, NnPass pass)
{
  return nn_winograd_fits (g) ? (NnBorder) { 0 } : border_of (g, pass);
}

static void
run_bordered (const NnGeometry *g,
              NnPass pass,
              int batch,
              const float *packed,
              const NnEpilogue *epilogue,
              const NnPictures *input,
              const NnPictures *output)
{
  Job job = {
    g, pass, packed, epilogue, omp_get_thread_num (), omp_get_num_threads ()
  };

  run_pictures (&job, batch, input, output);
#pragma omp barrier
}

/* --- pictures without a border ----------------------------------------------
 */

static void
run_chunk (const Job *job,
           const Chunk *chunk,
           const Rows *rows,
           const float *input,
           const NnPictures *output,
           float *scratch)
{
  const NnGeometry *g = job->geometry;
  NnBorder border = border_of (g, job->pass);
  NnShape shape = nn_pass_input (g, job->pass);
  ptrdiff_t row = (ptrdiff_t) border.width * shape.channels;
  NnPictures copied = { scratch + border.left * shape.channels, chunk->image,
                        row };
  int from = -border.top, to = border.height - border.top;

  if (rows->from > 0 || rows->to < nn_pass_output (g, job->pass).height)
    rows_needed (g, job->pass, rows->from, rows->to, &from, &to);
  for (int image = 0; image < rows->batch; image++)
    copy_rows (g, job->pass,
               input +
                   (size_t) image * shape.height * shape.width * shape.channels,
               from, to, scratch + image * chunk->image);
  memset (scratch + rows->batch * chunk->image, 0, NN_SLACK * sizeof *scratch);
  copied.first -= from * row;
  if (rows->batch == 1)
    run_bands (job, rows->from, rows->to, &copied, output);
  else
    run_rows (job, rows, &copied, output);
}

/* Collective. */
static void
run_chunks (Job *job,
            int batch,
            const float *input,
            const NnPictures *output,
            float *scratch)
{
  const NnGeometry *g = job->geometry;
  NnShape in = nn_pass_input (g, job->pass),
          out = nn_pass_output (g, job->pass);
  Chunk chunk = chunk_of (g, job->pass,
                          (batch + job->n_shares - 1) / job->n_shares);
  int height = (out.height + chunk.rows - 1) / chunk.rows;
  int n_chunks = (batch + chunk.images - 1) / chunk.images * height;

  scratch += chunk_slot (&chunk, job->share);
  job->share = 0;
  job->n_shares = 1;
#pragma omp for schedule(static)
  for (int index = 0; index < n_chunks; index++)
    {
      int image = index / height * chunk.images;
      int from = index % height * chunk.rows;
      Rows rows = { chunk.images, from, from + chunk.rows };
      NnPictures to = *output;

      rows.batch = image + chunk.images > batch ? batch - image : chunk.images;
      rows.to = rows.to < out.height ? rows.to : out.height;
      to.first += image * to.image;
      run_chunk (job, &chunk, &rows,
                 input + (size_t) image * in.height * in.width * in.channels,
                 &to, scratch);
    }
}

/* Collective: one picture, whose rows all threads copy. */
static void
run_picture (Job *job,
             const float *input,
             const NnPictures *output,
             float *scratch)
{
  const NnGeometry *g = job->geometry;
  NnBorder border = border_of (g, job->pass);
  int channels = nn_pass_input (g, job->pass).channels;
  ptrdiff_t row = (ptrdiff_t) border.width * channels;
  NnPictures copied = { scratch + border.top * row + border.left * channels,
                        border.height * row, row };

#pragma omp for schedule(static)
  for (int y = 0; y < border.height; y++)
    copy_rows (g, job->pass, input, y - border.top, y - border.top + 1,
               scratch + y * row);
#pragma omp single
  memset (scratch + border.height * row, 0, NN_SLACK * sizeof *scratch);
  run_pictures (job, 1, &copied, output);
#pragma omp barrier
}

static void
run (const NnGeometry *g,
     NnPass pass,
     int batch,
     const float *packed,
     const NnEpilogue *epilogue,
     const float *input,
     const NnPictures *output,
     float *scratch)
{
  Job job = {
    g, pass, packed, epilogue, omp_get_thread_num (), omp_get_num_threads ()
  };
  NnPictures plain = nn_plain_pictures (input, nn_pass_input (g, pass));

  if (nn_winograd_fits (g))
    nn_winograd_run (g, pass, batch, packed, epilogue, input, output, scratch);
  else if (! needs_border (g, pass))
    run_bordered (g, pass, batch, packed, epilogue, &plain, output);
  else if (batch == 1)
    run_picture (&job, input, output, scratch);
  else
    run_chunks (&job, batch, input, output, scratch);
}

static size_t
get_scratch_size (const NnGeometry *g, NnPass pass, int max_batch)
{
  if (nn_winograd_fits (g))
    return pass == NN_KERNEL_GRADIENT ?
               nn_winograd_gradient_scratch (g) :
               nn_winograd_scratch (g, pass, max_batch);
  if (pass == NN_KERNEL_GRADIENT)
    return nn_gradient_scratch (g, max_batch);
  return needs_border (g, pass) ? chunks_scratch (g, pass, max_batch) : 0;
}

static void
add_kernel_gradient (const NnGeometry *g,
                     int batch,
                     const float *large,
                     const float *small,
                     float *gradient,
                     float *scratch)
{
  if (nn_winograd_fits (g))
    nn_winograd_add_gradient (g, batch, large, small, gradient, scratch);
  else
    nn_add_kernel_gradient (g, batch, large, small, gradient, scratch);
}

/* --- dense layers by halves -------------------------------------------------
 */

static size_t
get_halves_size (const NnGeometry *g)
{
  return nn_dense_halves_packed (g->large_channels, g->small_channels);
}

static void
pack_halves (const NnGeometry *g, const uint16_t *kernel, uint16_t *packed)
{
  nn_dense_halves_pack (g->large_channels, g->small_channels, kernel, packed,
                        omp_get_thread_num (), omp_get_num_threads ());
#pragma omp barrier
}

static void
run_halves (const NnGeometry *g,
            int batch,
            const uint16_t *packed,
            const NnEpilogue *epilogue,
            const float *input,
            const NnPictures *output)
{
  NnPictures plain = nn_plain_pictures (input, nn_pass_input (g, NN_DOWN));
  NnProduct product = { .windows = down_windows (g, batch, &plain),
                        .output = output->first,
                        .output_strides = { output->image, output->row,
                                            g->small_channels },
                        .n_channels = g->small_channels,
                        .halves = packed,
                        .epilogue = epilogue };

  nn_dense_halves (&product, omp_get_thread_num (), omp_get_num_threads ());
#pragma omp barrier
}

/* --- the set ----------------------------------------------------------------
 */

#define STRING_(name) #name
#define STRING(name) STRING_ (name)

extern const NnPointwise NN_FOR_ISA (nn_pointwise);
extern const NnKernels NN_FOR_ISA (nn_kernels);
const NnKernels NN_FOR_ISA (nn_kernels) = {
  .isa = STRING (NN_ISA),
  .get_packed_size = get_packed_size,
  .pack = pack,
  .get_scratch_size = get_scratch_size,
  .run = run,
  .get_border = get_border,
  .run_bordered = run_bordered,
  .add_kernel_gradient = add_kernel_gradient,
  .get_halves_size = get_halves_size,
  .pack_halves = pack_halves,
  .run_halves = run_halves,
  .pointwise = &NN_FOR_ISA (nn_pointwise),
};
