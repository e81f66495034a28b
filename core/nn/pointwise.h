/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that happens to activations between two kernels, and to parameters after
 * a step, in as few passes over memory as it takes.
 *
 * Activations are [rows][channels].  Except adam_step () every function is
 * collective (see nn-internal.h); what it sums it sums over chunks of rows that
 * do not depend on the number of threads.
 */
#pragma once

#include "nn-internal.h"

/* output = dropout (activation (input)) */
typedef struct
{
  NnActivation activation;
  float        slope;
  float        rate; /* of dropout; 0 passes */
  uint64_t     seed; /* of dropout           */
} NnActivate;

/* u = leaky (input)
 * z = (u - mean) / deviation * gamma + beta
 * output = dropout (leaky (z)) */
typedef struct
{
  float        slope_before; /* 1 is no activation */
  float        slope_after;
  float        rate;
  uint64_t     seed;
  int          channels;
  float        epsilon;
  const float *gamma;
  const float *beta;
  float       *mean;              /* of u; [channels] */
  float       *variance;
  float       *inverse_deviation; /* 1 / √(variance + epsilon) */
} NnNorm;

/* Where the gradients of a batch norm's parameters, and of a bias right before
 * it, are added; NULL where they are not wanted. */
typedef struct
{
  float *gamma;
  float *beta;
  float *bias;
} NnNormGradients;

/* An Adam step of @n numbers. */
typedef struct
{
  float  rate; /* corrected for bias */
  float  beta_1;
  float  beta_2;
  float  epsilon;
} NnAdamStep;

struct _NnPointwise
{
  /* Floats of scratch that the functions below need; aligned to 64 bytes. */
  size_t (*get_scratch_size)  (size_t                 n_rows,
                               int                    channels);

  /* Halves that are finite, as they are. */
  void   (*read_halves)       (size_t                 n,
                               const uint16_t        *halves,
                               float                 *values);

  /* @output may be @input. */
  void   (*activate_forward)  (const NnActivate      *activate,
                               size_t                 n_rows,
                               int                    channels,
                               const float           *input,
                               float                 *output);
  /* From what came out and its gradient to the input's gradient, whose sums
   * over rows are added to @bias_gradient unless that is NULL.
   * @input_gradient may be @output_gradient. */
  void   (*activate_backward) (const NnActivate      *activate,
                               size_t                 n_rows,
                               int                    channels,
                               const float           *output,
                               const float           *output_gradient,
                               float                 *input_gradient,
                               float                 *bias_gradient,
                               float                 *scratch);
  /* Adds the sums over rows to @sums. */
  void   (*add_column_sums)   (size_t                 n_rows,
                               int                    channels,
                               const float           *input,
                               float                 *sums,
                               float                 *scratch);

  /* Mean and variance (divided by n, not n - 1) of the rows. */
  void   (*norm_measure)      (const NnNorm          *norm,
                               size_t                 n_rows,
                               const float           *input,
                               float                 *scratch);
  void   (*norm_forward)      (const NnNorm          *norm,
                               size_t                 n_rows,
                               const float           *input,
                               float                 *output,
                               float                 *scratch);
  /* @measured: mean and variance are those of @input, so that gradients flow
   * through them.  @input_gradient may be @output_gradient. */
  void   (*norm_backward)     (const NnNorm          *norm,
                               bool                   measured,
                               size_t                 n_rows,
                               const float           *input,
                               const float           *output_gradient,
                               float                 *input_gradient,
                               const NnNormGradients *gradients,
                               float                 *scratch);

  void   (*adam_step)         (const NnAdamStep      *step,
                               size_t                 n,
                               float                 *values,
                               const float           *gradients,
                               float                 *first_moments,
                               float                 *second_moments);
};

extern const NnPointwise nn_pointwise_reference;
