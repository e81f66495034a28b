/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activations, dropout, batch norm and Adam.
 *
 * Rows of few channels are taken several at once, so that a line, as it is
 * called here, fills vectors; what belongs to a channel is laid out along a
 * line.  A chunk is as many rows as fit the nearest cache; each makes sums of
 * its own, which are then added in the order of chunks.
 */
#include "../pointwise.h"

#include <math.h>

#include "simd.h"

/* Values in a chunk, about. */
#define CHUNK_SIZE 8192
/* A line has at least so many values. */
#define LINE_SIZE 64

typedef uint32_t UInts __attribute__ ((vector_size (4 * NN_LANES)));

/* --- lines and chunks -------------------------------------------------------
 */

typedef struct
{
  int channels;
  int line;
  size_t n_rows;
  size_t n_chunks;
  size_t chunk_rows;
} Chunks;

static Chunks
split (size_t n_rows, int channels)
{
  Chunks chunks = { .channels = channels, .line = channels, .n_rows = n_rows };
  size_t line_rows = 1;

  while (channels < LINE_SIZE &&
         (chunks.line < LINE_SIZE || chunks.line % NN_LANES))
    {
      chunks.line += channels;
      line_rows++;
    }
  chunks.chunk_rows = CHUNK_SIZE / chunks.line * line_rows;
  if (chunks.chunk_rows == 0)
    chunks.chunk_rows = line_rows;
  chunks.n_chunks = (n_rows + chunks.chunk_rows - 1) / chunks.chunk_rows;
  return chunks;
}

static size_t
rows_in (const Chunks *chunks, size_t chunk)
{
  size_t left = chunks->n_rows - chunk * chunks->chunk_rows;

  return left < chunks->chunk_rows ? left : chunks->chunk_rows;
}

static size_t
first_value (const Chunks *chunks, size_t chunk)
{
  return chunk * chunks->chunk_rows * chunks->channels;
}

/* Scratch holds first what the chunks sum up, so many lines each, then what
 * belongs to channels, a line each. */
enum
{
  CHUNK_LINES = 3,
  TABLES = 5
};

static float *
chunk_sums (const Chunks *chunks, size_t chunk, float *scratch)
{
  return scratch + chunk * CHUNK_LINES * chunks->line;
}

static float *
table (const Chunks *chunks, int index, float *scratch)
{
  return scratch + (chunks->n_chunks * CHUNK_LINES + index) * chunks->line;
}

static void
set_in_table (const Chunks *chunks, float *values, int channel, float value)
{
  for (int i = channel; i < chunks->line; i += chunks->channels)
    values[i] = value;
}

static size_t
get_scratch_size (size_t n_rows, int channels)
{
  Chunks chunks = split (n_rows, channels);

  return (chunks.n_chunks * CHUNK_LINES + TABLES) * chunks.line;
}

static void
clear (float *values, int n)
{
  for (int i = 0; i < n; i++)
    values[i] = 0.0f;
}

/* Sums along a line to sums of channels, in their place. */
static void
fold_line (const Chunks *chunks, float *sums)
{
  for (int i = chunks->channels; i < chunks->line; i++)
    sums[i % chunks->channels] += sums[i];
}

static double
sum_of_chunks (const Chunks *chunks, int of, int channel, float *scratch)
{
  double sum = 0.0;

  for (size_t chunk = 0; chunk < chunks->n_chunks; chunk++)
    sum += chunk_sums (chunks, chunk, scratch)[of * chunks->line + channel];
  return sum;
}

static void
add_sums_of_chunks (const Chunks *chunks, int of, float *sums, float *scratch)
{
#pragma omp for schedule(static)
  for (int channel = 0; channel < chunks->channels; channel++)
    sums[channel] += sum_of_chunks (chunks, of, channel, scratch);
}

/* --- passes
 * ------------------------------------------------------------------- */

/* What a pass over a chunk reads and writes; each uses some of it.  Inputs and
 * outputs start at the chunk; tables and sums are lines. */
typedef struct
{
  const float *input;
  const float *gradient;
  float *output;
  const float *mean;
  const float *factor;
  const float *shift;
  const float *take;
  const float *take_by_input;
  float *sums[2];
  float slope_before;
  float slope_after;
  NnActivation activation;
  bool drops;
  uint32_t key[2];
  int32_t threshold;
  float kept;
} Pass;

/* Values @at… of the chunk, which are @column… of their line, @n at most a
 * vector. */
typedef void Body (const Pass *pass, size_t at, int column, int n);

NN_INLINE Floats
load_n (const float *from, int n)
{
  return n == NN_LANES ? load (from) : load_some (from, n);
}

NN_INLINE void
store_n (float *to, Floats values, int n)
{
  if (n == NN_LANES)
    store (to, values);
  else
    store_some (to, values, n);
}

NN_INLINE void
add_n (float *to, Floats values, int n)
{
  store_n (to, load_n (to, n) + values, n);
}

NN_INLINE void
for_each (Body body, Pass pass, size_t size, int line)
{
  for (size_t at = 0; at < size; at += line)
    {
      int length = size - at < (size_t) line ? (int) (size - at) : line;
      int column = 0;

      for (; column + NN_LANES <= length; column += NN_LANES)
        body (&pass, at + column, column, NN_LANES);
      if (column < length)
        body (&pass, at + column, column, length - column);
    }
}

/* --- dropout
 * ------------------------------------------------------------------- */

/* A chunk has a key of its own; within it Wellons's 32-bit hash of the position
 * decides, which vectorises where 64-bit multiplication does not. */
static void
set_dropout (Pass *pass, float rate, uint64_t seed, size_t chunk)
{
  uint64_t key = nn_random_bits (seed, chunk);

  pass->drops = rate > 0.0f;
  pass->key[0] = key;
  pass->key[1] = key >> 32;
  pass->threshold = rate * 0x1p31f;
  pass->kept = 1.0f / (1.0f - rate);
}

/* Multiplies by 0 or 1 / (1 - rate). */
NN_INLINE Floats
drop (const Pass *pass, size_t at, Floats values)
{
  UInts bits;

  for (int i = 0; i < NN_LANES; i++)
    bits[i] = i;
  bits = (bits + (uint32_t) at) ^ pass->key[0];
  bits = (bits ^ (bits >> 16)) * 0x21f0aaadu;
  bits ^= pass->key[1];
  bits = (bits ^ (bits >> 15)) * 0x735a2d97u;
  bits ^= bits >> 15;
  return (Floats) ((Ints) (values * pass->kept) &
                   ((Ints) (bits >> 1) >= pass->threshold));
}

/* --- activation and dropout
 * ------------------------------------------------------ */

NN_INLINE void
activate (const Pass *pass, size_t at, int column, int n)
{
  Floats x = load_n (pass->input + at, n);

  if (pass->activation == NN_ACTIVATION_LEAKY_RELU)
    x = leaky_relu (x, pass->slope_after);
  else if (pass->activation == NN_ACTIVATION_SIGMOID)
    x = sigmoid (x);
  if (pass->drops)
    x = drop (pass, at, x);
  store_n (pass->output + at, x, n);
}

/* A sigmoid's slope is y (1 - y); a leaky unit's sign, even that of a zero, is
 * its input's. */
NN_INLINE void
differentiate_activation (const Pass *pass, size_t at, int column, int n)
{
  Floats y = load_n (pass->input + at, n);
  Floats gradient = load_n (pass->gradient + at, n);

  if (pass->drops)
    {
      gradient = drop (pass, at, gradient);
      y = y * (1.0f / pass->kept);
    }
  if (pass->activation == NN_ACTIVATION_LEAKY_RELU)
    gradient = choose ((Ints) y < 0, gradient * pass->slope_after, gradient);
  else if (pass->activation == NN_ACTIVATION_SIGMOID)
    gradient = gradient * (y * (1.0f - y));
  store_n (pass->output + at, gradient, n);
  if (pass->sums[0])
    add_n (pass->sums[0] + column, gradient, n);
}

/* @body with what it branches on known to the compiler. */
NN_INLINE void
for_each_with (Body body,
               Pass pass,
               NnActivation activation,
               size_t size,
               int line)
{
  bool drops = pass.drops;

  pass.activation = activation;
  if (drops)
    {
      pass.drops = true;
      for_each (body, pass, size, line);
    }
  else
    {
      pass.drops = false;
      for_each (body, pass, size, line);
    }
}

NN_INLINE void
for_each_activation (Body body,
                     Pass pass,
                     NnActivation activation,
                     size_t size,
                     int line)
{
  if (activation == NN_ACTIVATION_NONE)
    for_each_with (body, pass, NN_ACTIVATION_NONE, size, line);
  else if (activation == NN_ACTIVATION_LEAKY_RELU)
    for_each_with (body, pass, NN_ACTIVATION_LEAKY_RELU, size, line);
  else
    for_each_with (body, pass, NN_ACTIVATION_SIGMOID, size, line);
}

static void
read_halves (size_t n, const uint16_t *halves, float *values)
{
  size_t n_vectors = n / NN_LANES;

#pragma omp for schedule(static)
  for (size_t i = 0; i <= n_vectors; i++)
    {
      size_t first = i * NN_LANES;
      uint16_t some[NN_LANES] = { 0 };

      if (i < n_vectors)
        {
          store (values + first, load_halves (halves + first));
          continue;
        }
      for (size_t j = first; j < n; j++)
        some[j - first] = halves[j];
      store_some (values + first, load_halves (some), n - first);
    }
}

static void
activate_forward (const NnActivate *activate_,
                  size_t n_rows,
                  int channels,
                  const float *input,
                  float *output)
{
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = first_value (&chunks, chunk);
      Pass pass = { .input = input + first,
                    .output = output + first,
                    .slope_after = activate_->slope };

      set_dropout (&pass, activate_->rate, activate_->seed, chunk);
      for_each_activation (activate, pass, activate_->activation,
                           rows_in (&chunks, chunk) * channels, chunks.line);
    }
}

static void
activate_backward (const NnActivate *activate_,
                   size_t n_rows,
                   int channels,
                   const float *output,
                   const float *output_gradient,
                   float *input_gradient,
                   float *bias_gradient,
                   float *scratch)
{
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = first_value (&chunks, chunk);
      float *sums = chunk_sums (&chunks, chunk, scratch);
      Pass pass = { .input = output + first,
                    .gradient = output_gradient + first,
                    .output = input_gradient + first,
                    .sums = { sums },
                    .slope_after = activate_->slope };

      clear (sums, chunks.line);
      set_dropout (&pass, activate_->rate, activate_->seed, chunk);
      for_each_activation (differentiate_activation, pass,
                           activate_->activation,
                           rows_in (&chunks, chunk) * channels, chunks.line);
      fold_line (&chunks, sums);
    }
  if (bias_gradient)
    add_sums_of_chunks (&chunks, 0, bias_gradient, scratch);
}

NN_INLINE void
add_up (const Pass *pass, size_t at, int column, int n)
{
  add_n (pass->sums[0] + column, load_n (pass->input + at, n), n);
}

static void
add_column_sums (size_t n_rows,
                 int channels,
                 const float *input,
                 float *sums,
                 float *scratch)
{
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      float *own = chunk_sums (&chunks, chunk, scratch);
      Pass pass = { .input = input + first_value (&chunks, chunk),
                    .sums = { own } };

      clear (own, chunks.line);
      for_each (add_up, pass, rows_in (&chunks, chunk) * channels, chunks.line);
      fold_line (&chunks, own);
    }
  add_sums_of_chunks (&chunks, 0, sums, scratch);
}

/* --- batch norm: the mean and variance
 * --------------------------------------------- */

NN_INLINE void
add_up_leaky (const Pass *pass, size_t at, int column, int n)
{
  Floats x = load_n (pass->input + at, n);

  add_n (pass->sums[0] + column, leaky_relu (x, pass->slope_before), n);
}

NN_INLINE void
add_up_deviations (const Pass *pass, size_t at, int column, int n)
{
  Floats x = load_n (pass->input + at, n);
  Floats apart = leaky_relu (x, pass->slope_before) -
                 load_n (pass->mean + column, n);

  add_n (pass->sums[0] + column, apart, n);
  add_n (pass->sums[1] + column, apart * apart, n);
}

/* A first mean, then the sums of deviations and of their squares around it:
 * @lines are these three. */
static void
measure_chunk (const NnNorm *norm,
               const Chunks *chunks,
               size_t rows,
               const float *input,
               float *lines)
{
  float *mean = lines;
  Pass pass = { .input = input,
                .mean = mean,
                .sums = { lines },
                .slope_before = norm->slope_before };

  clear (lines, CHUNK_LINES * chunks->line);
  for_each (add_up_leaky, pass, rows * chunks->channels, chunks->line);
  fold_line (chunks, mean);
  for (int channel = 0; channel < chunks->channels; channel++)
    set_in_table (chunks, mean, channel, mean[channel] / rows);

  pass.sums[0] = lines + chunks->line;
  pass.sums[1] = lines + 2 * chunks->line;
  for_each (add_up_deviations, pass, rows * chunks->channels, chunks->line);
  fold_line (chunks, pass.sums[0]);
  fold_line (chunks, pass.sums[1]);
}

/* The union of the chunks' (Chan, Golub and LeVeque 1979). */
static void
measure_channel (const NnNorm *norm,
                 const Chunks *chunks,
                 int channel,
                 float *scratch)
{
  const int line = chunks->line;
  double mean = 0.0, squares = 0.0;

  for (size_t chunk = 0; chunk < chunks->n_chunks; chunk++)
    {
      const float *own = chunk_sums (chunks, chunk, scratch) + channel;

      mean += (double) own[0] * rows_in (chunks, chunk) + own[line];
    }
  mean /= chunks->n_rows;
  for (size_t chunk = 0; chunk < chunks->n_chunks; chunk++)
    {
      const float *own = chunk_sums (chunks, chunk, scratch) + channel;
      double apart = own[0] - mean;

      squares += own[2 * line] + 2.0 * apart * own[line] +
                 apart * apart * rows_in (chunks, chunk);
    }
  norm->mean[channel] = mean;
  norm->variance[channel] = squares > 0.0 ? squares / chunks->n_rows : 0.0;
}

static void
norm_measure (const NnNorm *norm,
              size_t n_rows,
              const float *input,
              float *scratch)
{
  Chunks chunks = split (n_rows, norm->channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    measure_chunk (norm, &chunks, rows_in (&chunks, chunk),
                   input + first_value (&chunks, chunk),
                   chunk_sums (&chunks, chunk, scratch));
#pragma omp for schedule(static)
  for (int channel = 0; channel < norm->channels; channel++)
    measure_channel (norm, &chunks, channel, scratch);
}

/* --- batch norm: forward
 * ------------------------------------------------------------ */

enum
{
  MEAN,
  FACTOR,
  SHIFT,
  TAKE,
  TAKE_BY_INPUT
};

/* A pass with the tables that go with @norm, over a chunk. */
static Pass
pass_of_norm (const NnNorm *norm,
              const Chunks *chunks,
              size_t chunk,
              float *scratch)
{
  Pass pass = {
    .mean = table (chunks, MEAN, scratch),
    .factor = table (chunks, FACTOR, scratch),
    .shift = table (chunks, SHIFT, scratch),
    .take = table (chunks, TAKE, scratch),
    .take_by_input = table (chunks, TAKE_BY_INPUT, scratch),
    .slope_before = norm->slope_before,
    .slope_after = norm->slope_after,
  };

  set_dropout (&pass, norm->rate, norm->seed, chunk);
  return pass;
}

static void
make_norm_tables (const NnNorm *norm, const Chunks *chunks, float *scratch)
{
#pragma omp for schedule(static)
  for (int channel = 0; channel < norm->channels; channel++)
    {
      set_in_table (chunks, table (chunks, MEAN, scratch), channel,
                    norm->mean[channel]);
      set_in_table (chunks, table (chunks, FACTOR, scratch), channel,
                    norm->inverse_deviation[channel] * norm->gamma[channel]);
      set_in_table (chunks, table (chunks, SHIFT, scratch), channel,
                    norm->beta[channel]);
    }
}

/* u - mean, of which z is made. */
NN_INLINE Floats
apart_from_mean (const Pass *pass, Floats x, int column, int n)
{
  return leaky_relu (x, pass->slope_before) - load_n (pass->mean + column, n);
}

NN_INLINE Floats
z_of (const Pass *pass, Floats apart, int column, int n)
{
  return apart * load_n (pass->factor + column, n) +
         load_n (pass->shift + column, n);
}

NN_INLINE void
normalize (const Pass *pass, size_t at, int column, int n)
{
  Floats apart = apart_from_mean (pass, load_n (pass->input + at, n), column,
                                  n);
  Floats y = leaky_relu (z_of (pass, apart, column, n), pass->slope_after);

  if (pass->drops)
    y = drop (pass, at, y);
  store_n (pass->output + at, y, n);
}

static void
norm_forward (const NnNorm *norm,
              size_t n_rows,
              const float *input,
              float *output,
              float *scratch)
{
  Chunks chunks = split (n_rows, norm->channels);

  make_norm_tables (norm, &chunks, scratch);
#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = first_value (&chunks, chunk);
      Pass pass = pass_of_norm (norm, &chunks, chunk, scratch);

      pass.input = input + first;
      pass.output = output + first;
      for_each_with (normalize, pass, NN_ACTIVATION_NONE,
                     rows_in (&chunks, chunk) * norm->channels, chunks.line);
    }
}

/* --- batch norm: backward
 * -------------------------------------------------------------- */

NN_INLINE Floats
z_gradient (const Pass *pass, Floats apart, size_t at, int column, int n)
{
  Floats gradient = load_n (pass->gradient + at, n);

  if (pass->drops)
    gradient = drop (pass, at, gradient);
  return choose (z_of (pass, apart, column, n) < 0.0f,
                 gradient * pass->slope_after, gradient);
}

/* The sums of z's gradient, and of it times u - mean. */
NN_INLINE void
add_up_gradients (const Pass *pass, size_t at, int column, int n)
{
  Floats apart = apart_from_mean (pass, load_n (pass->input + at, n), column,
                                  n);
  Floats gradient = z_gradient (pass, apart, at, column, n);

  add_n (pass->sums[0] + column, gradient, n);
  add_n (pass->sums[1] + column, gradient * apart, n);
}

/* With measured mean and variance, variance' having epsilon in it,
 *   du = gamma / deviation
 *        · (dz - Σdz/n - (u - mean) · Σ(dz (u - mean)) / (n variance')) */
NN_INLINE void
differentiate_norm (const Pass *pass, size_t at, int column, int n)
{
  Floats x = load_n (pass->input + at, n);
  Floats apart = apart_from_mean (pass, x, column, n);
  Floats gradient = z_gradient (pass, apart, at, column, n);

  gradient = gradient - load_n (pass->take + column, n) -
             apart * load_n (pass->take_by_input + column, n);
  gradient = gradient * load_n (pass->factor + column, n);
  gradient = choose (x < 0.0f, gradient * pass->slope_before, gradient);
  store_n (pass->output + at, gradient, n);
  if (pass->sums[0])
    add_n (pass->sums[0] + column, gradient, n);
}

/* From the chunks' sums to the parameters' gradients and the last tables. */
static void
differentiate_channel (const NnNorm *norm,
                       bool measured,
                       const Chunks *chunks,
                       int channel,
                       const NnNormGradients *gradients,
                       float *scratch)
{
  float inverse = norm->inverse_deviation[channel];
  double sum = sum_of_chunks (chunks, 0, channel, scratch);
  double sum_by_input = sum_of_chunks (chunks, 1, channel, scratch);
  float take = measured ? sum / chunks->n_rows : 0.0;
  float take_by_input = measured ?
                            sum_by_input * inverse * inverse / chunks->n_rows :
                            0.0;

  set_in_table (chunks, table (chunks, TAKE, scratch), channel, take);
  set_in_table (chunks, table (chunks, TAKE_BY_INPUT, scratch), channel,
                take_by_input);
  if (gradients->beta)
    gradients->beta[channel] += sum;
  if (gradients->gamma)
    gradients->gamma[channel] += sum_by_input * inverse;
}

static void
differentiate_chunk (const NnNorm *norm,
                     const Chunks *chunks,
                     size_t chunk,
                     Pass pass,
                     bool sums_wanted,
                     float *scratch)
{
  size_t size = rows_in (chunks, chunk) * chunks->channels;
  float *sums = chunk_sums (chunks, chunk, scratch);

  if (sums_wanted)
    {
      clear (sums, chunks->line);
      pass.sums[0] = sums;
      for_each_with (differentiate_norm, pass, NN_ACTIVATION_NONE, size,
                     chunks->line);
      fold_line (chunks, sums);
    }
  else
    {
      pass.sums[0] = NULL;
      for_each_with (differentiate_norm, pass, NN_ACTIVATION_NONE, size,
                     chunks->line);
    }
}

static void
norm_backward (const NnNorm *norm,
               bool measured,
               size_t n_rows,
               const float *input,
               const float *output_gradient,
               float *input_gradient,
               const NnNormGradients *gradients,
               float *scratch)
{
  Chunks chunks = split (n_rows, norm->channels);

  make_norm_tables (norm, &chunks, scratch);
#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = first_value (&chunks, chunk);
      Pass pass = pass_of_norm (norm, &chunks, chunk, scratch);
      float *sums = chunk_sums (&chunks, chunk, scratch);

      clear (sums, 2 * chunks.line);
      pass.input = input + first;
      pass.gradient = output_gradient + first;
      pass.sums[0] = sums;
      pass.sums[1] = sums + chunks.line;
      for_each_with (add_up_gradients, pass, NN_ACTIVATION_NONE,
                     rows_in (&chunks, chunk) * norm->channels, chunks.line);
      fold_line (&chunks, sums);
      fold_line (&chunks, sums + chunks.line);
    }
#pragma omp for schedule(static)
  for (int channel = 0; channel < norm->channels; channel++)
    differentiate_channel (norm, measured, &chunks, channel, gradients,
                           scratch);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = first_value (&chunks, chunk);
      Pass pass = pass_of_norm (norm, &chunks, chunk, scratch);

      pass.input = input + first;
      pass.gradient = output_gradient + first;
      pass.output = input_gradient + first;
      differentiate_chunk (norm, &chunks, chunk, pass, gradients->bias != NULL,
                           scratch);
    }
  if (gradients->bias)
    add_sums_of_chunks (&chunks, 0, gradients->bias, scratch);
}

/* --- Adam
 * ------------------------------------------------------------------------------
 */

static void
adam_step (const NnAdamStep *step,
           size_t n,
           float *restrict values,
           const float *restrict gradients,
           float *restrict first_moments,
           float *restrict second_moments)
{
  const float rate = step->rate, epsilon = step->epsilon;
  const float follow_1 = 1.0f - step->beta_1, follow_2 = 1.0f - step->beta_2;

#pragma omp simd
  for (size_t i = 0; i < n; i++)
    {
      float gradient = gradients[i];
      float first = first_moments[i] + (gradient - first_moments[i]) * follow_1;
      float second = second_moments[i] +
                     (gradient * gradient - second_moments[i]) * follow_2;

      first_moments[i] = first;
      second_moments[i] = second;
      values[i] -= rate * first / (sqrtf (second) + epsilon);
    }
}

extern const NnPointwise NN_FOR_ISA (nn_pointwise);
const NnPointwise NN_FOR_ISA (nn_pointwise) = {
  get_scratch_size,  read_halves,     activate_forward,
  activate_backward, add_column_sums, norm_measure,
  norm_forward,      norm_backward,   adam_step
};
