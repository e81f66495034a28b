/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that happens to activations between two kernels, in as few passes over
 * memory as it takes.  Arrays are [rows][channels]; every function is
 * collective (see nn-internal.h), and what it sums it sums over chunks of rows
 * that do not depend on the number of threads.
 */
#pragma once

#include "nn-internal.h"

/* Floats of scratch that the functions below need. */
size_t nn_pointwise_get_scratch_size (size_t              n_rows,
                                      int                 channels);

/* --- activation and dropout --------------------------------------------------
 *   output = dropout (activation (input)) */

typedef struct
{
  NnActivation activation;
  float        slope;
  float        rate; /* of dropout; 0 passes */
  uint64_t     seed; /* of dropout           */
} NnActivate;

/* @output may be @input. */
void   nn_activate_forward           (const NnActivate   *activate,
                                      size_t              n_rows,
                                      int                 channels,
                                      const float        *input,
                                      float              *output);
/* From what came out and its gradient to the input's gradient, whose sums over
 * rows are added to @bias_gradient unless that is NULL.  @input_gradient may be
 * @output_gradient. */
void   nn_activate_backward          (const NnActivate   *activate,
                                      size_t              n_rows,
                                      int                 channels,
                                      const float        *output,
                                      const float        *output_gradient,
                                      float              *input_gradient,
                                      float              *bias_gradient,
                                      float              *scratch);
/* Only the sums. */
void   nn_add_column_sums            (size_t              n_rows,
                                      int                 channels,
                                      const float        *input,
                                      float              *sums,
                                      float              *scratch);

/* --- batch norm, with an activation before or after and dropout -------------
 *   u = leaky (input)
 *   z = (u - mean) / deviation * gamma + beta
 *   output = dropout (leaky (z)) */

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

/* Mean and variance (divided by n, not n - 1) of the rows. */
void   nn_norm_measure               (const NnNorm       *norm,
                                      size_t              n_rows,
                                      const float        *input,
                                      float              *scratch);
void   nn_norm_forward               (const NnNorm       *norm,
                                      size_t              n_rows,
                                      const float        *input,
                                      float              *output);
/* @measured: mean and variance are those of @input, so that gradients flow
 * through them.  The parameters' gradients are added to, unless NULL;
 * @bias_gradient is that of a bias which was added to the input. */
void   nn_norm_backward              (const NnNorm       *norm,
                                      bool                measured,
                                      size_t              n_rows,
                                      const float        *input,
                                      const float        *output_gradient,
                                      float              *input_gradient,
                                      float              *gamma_gradient,
                                      float              *beta_gradient,
                                      float              *bias_gradient,
                                      float              *scratch);
