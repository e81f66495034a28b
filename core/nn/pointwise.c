/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activations, dropout and batch norm, forward and backward.
 *
 * A chunk is as many rows as fit the nearest cache; each makes sums of its own,
 * which are then added in the order of chunks.
 */
#include "pointwise.h"

#include <math.h>

/* Values in a chunk, about. */
#define CHUNK_SIZE 16384

typedef struct
{
  size_t n_chunks;
  size_t chunk_rows;
  size_t n_rows;
} Chunks;

static Chunks
split (size_t n_rows, int channels)
{
  size_t chunk_rows = CHUNK_SIZE / channels;

  if (chunk_rows == 0)
    chunk_rows = 1;
  return (Chunks) { (n_rows + chunk_rows - 1) / chunk_rows, chunk_rows,
                    n_rows };
}

static size_t
rows_in (const Chunks *chunks, size_t chunk)
{
  size_t left = chunks->n_rows - chunk * chunks->chunk_rows;

  return left < chunks->chunk_rows ? left : chunks->chunk_rows;
}

size_t
nn_pointwise_get_scratch_size (size_t n_rows, int channels)
{
  return (split (n_rows, channels).n_chunks + 1) * 2 * channels;
}

/* --- dropout ----------------------------------------------------------------
 */

/* What a value is multiplied by: 0 or 1 / (1 - rate).  A chunk has a key of its
 * own; within it Wellons's 32-bit hash of the position decides, which
 * vectorises where 64-bit multiplication does not. */
typedef struct
{
  uint32_t key[2];
  uint32_t threshold;
  float kept;
} Dropout;

static Dropout
dropout_of_chunk (float rate, uint64_t seed, size_t chunk)
{
  uint64_t key = nn_random_bits (seed, chunk);

  return (Dropout) { { key, key >> 32 }, rate * 0x1p32f, 1.0f / (1.0f - rate) };
}

static inline float
dropout_factor (Dropout dropout, uint32_t position)
{
  uint32_t bits = position ^ dropout.key[0];

  bits = (bits ^ (bits >> 16)) * 0x21f0aaadu;
  bits ^= dropout.key[1];
  bits = (bits ^ (bits >> 15)) * 0x735a2d97u;
  bits ^= bits >> 15;
  return bits >= dropout.threshold ? dropout.kept : 0.0f;
}

/* --- sums -------------------------------------------------------------------
 */

/* Adds column @of of all chunks' sums ([chunk][2][channels]) to @sums. */
static void
add_chunk_sums (const Chunks *chunks,
                int channels,
                int of,
                const float *scratch,
                float *sums)
{
#pragma omp for schedule(static)
  for (int channel = 0; channel < channels; channel++)
    {
      double sum = 0.0;

      for (size_t chunk = 0; chunk < chunks->n_chunks; chunk++)
        sum += scratch[(2 * chunk + of) * channels + channel];
      sums[channel] += sum;
    }
}

static void
clear (float *sums, int channels)
{
  for (int channel = 0; channel < channels; channel++)
    sums[channel] = 0.0f;
}

void
nn_add_column_sums (size_t n_rows,
                    int channels,
                    const float *input,
                    float *sums,
                    float *scratch)
{
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      const float *x = input + chunk * chunks.chunk_rows * channels;
      float *sum = scratch + 2 * chunk * channels;
      size_t rows = rows_in (&chunks, chunk);

      clear (sum, channels);
      for (size_t row = 0; row < rows; row++)
        for (int channel = 0; channel < channels; channel++)
          sum[channel] += x[row * channels + channel];
    }
  add_chunk_sums (&chunks, channels, 0, scratch, sums);
}

/* --- activation and dropout
 * --------------------------------------------------- */

static inline float
leaky (float x, float slope)
{
  return x < 0.0f ? slope * x : x;
}

static inline float
leaky_slope (float x, float slope)
{
  return x < 0.0f ? slope : 1.0f;
}

void
nn_activate_forward (const NnActivate *activate,
                     size_t n_rows,
                     int channels,
                     const float *input,
                     float *output)
{
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = chunk * chunks.chunk_rows * channels;
      size_t n = rows_in (&chunks, chunk) * channels;
      Dropout dropout = dropout_of_chunk (activate->rate, activate->seed,
                                          chunk);
      const float *x = input + first;
      float *y = output + first;

      for (size_t i = 0; i < n; i++)
        {
          float value = x[i];

          if (activate->activation == NN_ACTIVATION_LEAKY_RELU)
            value = leaky (value, activate->slope);
          else if (activate->activation == NN_ACTIVATION_SIGMOID)
            value = 1.0f / (1.0f + expf (-value));
          if (activate->rate > 0.0f)
            value *= dropout_factor (dropout, i);
          y[i] = value;
        }
    }
}

/* A sigmoid's slope is y (1 - y); a leaky unit's sign is its input's. */
void
nn_activate_backward (const NnActivate *activate,
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
      size_t first = chunk * chunks.chunk_rows * channels;
      size_t rows = rows_in (&chunks, chunk);
      Dropout dropout = dropout_of_chunk (activate->rate, activate->seed,
                                          chunk);
      float *sum = scratch + 2 * chunk * channels;

      clear (sum, channels);
      for (size_t i = 0; i < rows * channels; i++)
        {
          float value = output[first + i],
                gradient = output_gradient[first + i];

          if (activate->rate > 0.0f)
            {
              gradient *= dropout_factor (dropout, i);
              value *= 1.0f - activate->rate;
            }
          if (activate->activation == NN_ACTIVATION_LEAKY_RELU)
            gradient *= signbit (value) ? activate->slope : 1.0f;
          else if (activate->activation == NN_ACTIVATION_SIGMOID)
            gradient *= value * (1.0f - value);
          input_gradient[first + i] = gradient;
          sum[i % channels] += gradient;
        }
    }
  if (bias_gradient)
    add_chunk_sums (&chunks, channels, 0, scratch, bias_gradient);
}

/* --- batch norm
 * --------------------------------------------------------------- */

/* Each chunk's mean and sum of squares around it; then Chan, Golub and LeVeque
 * 1979 for their union. */
static void
measure_chunk (const NnNorm *norm, size_t rows, const float *x, float *sums)
{
  int channels = norm->channels;
  float *mean = sums, *squares = sums + channels;

  for (int channel = 0; channel < channels; channel++)
    {
      double sum = 0.0, square_sum = 0.0;

      for (size_t row = 0; row < rows; row++)
        sum += leaky (x[row * channels + channel], norm->slope_before);
      mean[channel] = sum / rows;
      for (size_t row = 0; row < rows; row++)
        {
          float u = leaky (x[row * channels + channel], norm->slope_before);

          square_sum += (double) (u - mean[channel]) * (u - mean[channel]);
        }
      squares[channel] = square_sum;
    }
}

void
nn_norm_measure (const NnNorm *norm,
                 size_t n_rows,
                 const float *input,
                 float *scratch)
{
  int channels = norm->channels;
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    measure_chunk (norm, rows_in (&chunks, chunk),
                   input + chunk * chunks.chunk_rows * channels,
                   scratch + 2 * chunk * channels);

#pragma omp for schedule(static)
  for (int channel = 0; channel < channels; channel++)
    {
      double mean = 0.0, squares = 0.0;

      for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
        mean += (double) scratch[2 * chunk * channels + channel] *
                rows_in (&chunks, chunk);
      mean /= n_rows;
      for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
        {
          double apart = scratch[2 * chunk * channels + channel] - mean;

          squares += scratch[(2 * chunk + 1) * channels + channel] +
                     apart * apart * rows_in (&chunks, chunk);
        }
      norm->mean[channel] = mean;
      norm->variance[channel] = squares / n_rows;
    }
}

static inline float
norm_z (const NnNorm *norm, float u, int channel)
{
  return (u - norm->mean[channel]) *
             (norm->inverse_deviation[channel] * norm->gamma[channel]) +
         norm->beta[channel];
}

void
nn_norm_forward (const NnNorm *norm,
                 size_t n_rows,
                 const float *input,
                 float *output)
{
  int channels = norm->channels;
  Chunks chunks = split (n_rows, channels);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    {
      size_t first = chunk * chunks.chunk_rows * channels;
      size_t rows = rows_in (&chunks, chunk);
      Dropout dropout = dropout_of_chunk (norm->rate, norm->seed, chunk);

      for (size_t i = 0; i < rows * channels; i++)
        {
          float u = leaky (input[first + i], norm->slope_before);
          float value = leaky (norm_z (norm, u, i % channels),
                               norm->slope_after);

          if (norm->rate > 0.0f)
            value *= dropout_factor (dropout, i);
          output[first + i] = value;
        }
    }
}

/* The gradient at z. */
static inline float
norm_z_gradient (const NnNorm *norm,
                 Dropout dropout,
                 float gradient,
                 float u,
                 uint32_t i)
{
  float z = norm_z (norm, u, i % norm->channels);

  if (norm->rate > 0.0f)
    gradient *= dropout_factor (dropout, i);
  return gradient * leaky_slope (z, norm->slope_after);
}

/* The sums, over rows, of z's gradient and of it times u - mean. */
static void
sum_chunk (const NnNorm *norm,
           size_t rows,
           size_t chunk,
           const float *x,
           const float *gradient,
           float *sums)
{
  int channels = norm->channels;
  Dropout dropout = dropout_of_chunk (norm->rate, norm->seed, chunk);

  clear (sums, 2 * channels);
  for (size_t i = 0; i < rows * channels; i++)
    {
      float u = leaky (x[i], norm->slope_before);
      float dz = norm_z_gradient (norm, dropout, gradient[i], u, i);

      sums[i % channels] += dz;
      sums[channels + i % channels] += dz * (u - norm->mean[i % channels]);
    }
}

/* With measured mean and variance,
 *   du = gamma / deviation · (dz - Σdz/n - (u - mean) / variance' · Σ(dz (u -
 * mean))/n) where variance' has epsilon in it.  @sums: Σdz, then Σ(dz (u -
 * mean)). */
static void
differentiate_chunk (const NnNorm *norm,
                     bool measured,
                     size_t n_rows,
                     size_t rows,
                     size_t chunk,
                     const float *x,
                     const float *gradient,
                     const float *sums,
                     float *input_gradient,
                     float *bias_sums)
{
  int channels = norm->channels;
  Dropout dropout = dropout_of_chunk (norm->rate, norm->seed, chunk);

  clear (bias_sums, channels);
  for (size_t i = 0; i < rows * channels; i++)
    {
      int channel = i % channels;
      float inverse = norm->inverse_deviation[channel];
      float u = leaky (x[i], norm->slope_before);
      float du = norm_z_gradient (norm, dropout, gradient[i], u, i);

      if (measured)
        du -= sums[channel] / n_rows + (u - norm->mean[channel]) *
                                           (inverse * inverse) *
                                           (sums[channels + channel] / n_rows);
      du *= inverse * norm->gamma[channel];
      input_gradient[i] = du * leaky_slope (x[i], norm->slope_before);
      bias_sums[channel] += input_gradient[i];
    }
}

/* @sums are there for all; each thread clears, and adds to, its own channels.
 */
static void
add_parameter_gradients (const NnNorm *norm,
                         const float *sums,
                         float *gamma_gradient,
                         float *beta_gradient)
{
#pragma omp for schedule(static)
  for (int channel = 0; channel < norm->channels; channel++)
    {
      if (beta_gradient)
        beta_gradient[channel] += sums[channel];
      if (gamma_gradient)
        gamma_gradient[channel] += sums[norm->channels + channel] *
                                   norm->inverse_deviation[channel];
    }
}

void
nn_norm_backward (const NnNorm *norm,
                  bool measured,
                  size_t n_rows,
                  const float *input,
                  const float *output_gradient,
                  float *input_gradient,
                  float *gamma_gradient,
                  float *beta_gradient,
                  float *bias_gradient,
                  float *scratch)
{
  int channels = norm->channels;
  Chunks chunks = split (n_rows, channels);
  float *sums = scratch + chunks.n_chunks * 2 * channels;

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    sum_chunk (norm, rows_in (&chunks, chunk), chunk,
               input + chunk * chunks.chunk_rows * channels,
               output_gradient + chunk * chunks.chunk_rows * channels,
               scratch + 2 * chunk * channels);
#pragma omp single
  clear (sums, 2 * channels);
  add_chunk_sums (&chunks, channels, 0, scratch, sums);
  add_chunk_sums (&chunks, channels, 1, scratch, sums + channels);
  add_parameter_gradients (norm, sums, gamma_gradient, beta_gradient);

#pragma omp for schedule(static)
  for (size_t chunk = 0; chunk < chunks.n_chunks; chunk++)
    differentiate_chunk (norm, measured, n_rows, rows_in (&chunks, chunk),
                         chunk, input + chunk * chunks.chunk_rows * channels,
                         output_gradient + chunk * chunks.chunk_rows * channels,
                         sums,
                         input_gradient + chunk * chunks.chunk_rows * channels,
                         scratch + 2 * chunk * channels);
  if (bias_gradient)
    add_chunk_sums (&chunks, channels, 0, scratch, bias_gradient);
}
