/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights from their place in a network to the order that products read. */
#include "convolution.h"

static NnWeights
down_weights (const NnGeometry *g, const float *kernel)
{
  int run = g->kernel * g->large_channels;

  return (NnWeights) { .first = kernel,
                       .n_runs = g->kernel,
                       .n_segments = 1,
                       .segment_length = run,
                       .n_channels = g->small_channels,
                       .run = (ptrdiff_t) run * g->small_channels,
                       .segment = 0,
                       .element = g->small_channels,
                       .channel = 1 };
}

static NnWeights
up_weights (const NnGeometry *g,
            const float *kernel,
            const Phase *y,
            const Phase *x)
{
  ptrdiff_t tap = (ptrdiff_t) g->large_channels * g->small_channels;

  return (NnWeights) { .first = kernel +
                                (y->last_tap * g->kernel + x->last_tap) * tap,
                       .n_runs = y->n_taps,
                       .n_segments = x->n_taps,
                       .segment_length = g->small_channels,
                       .n_channels = g->large_channels,
                       .run = -g->stride * g->kernel * tap,
                       .segment = -g->stride * tap,
                       .element = 1,
                       .channel = g->small_channels };
}

static size_t
packed_size (const NnGeometry *g, NnPass pass, const NnWeights *weights)
{
  int run_length = weights->n_segments * weights->segment_length;

  return is_dot (g, pass) ?
             nn_dot_packed (weights->n_runs, run_length, weights->n_channels) :
             nn_sweep_packed (weights->n_runs * run_length,
                              weights->n_channels);
}

static void
pack_share (const NnGeometry *g,
            NnPass pass,
            const NnWeights *weights,
            float *packed,
            int share,
            int n_shares)
{
  if (is_dot (g, pass))
    nn_dot_pack (weights, packed, share, n_shares);
  else
    nn_sweep_pack (weights, packed, share, n_shares);
}

size_t
nn_phase_packed (const NnGeometry *g, const Phase *y, const Phase *x)
{
  NnWeights weights = up_weights (g, NULL, y, x);

  return packed_size (g, NN_UP, &weights);
}

size_t
nn_packed (const NnGeometry *g, NnPass pass)
{
  NnWeights weights = down_weights (g, NULL);
  size_t size = 0;

  if (is_spread (g, pass))
    return nn_spread_packed (g);
  if (pass == NN_DOWN)
    return packed_size (g, pass, &weights);
  for (int row = 0; row < g->stride; row++)
    for (int column = 0; column < g->stride; column++)
      {
        Phase y = phase_of_rows (g, row), x = phase_of_columns (g, column);

        size += nn_phase_packed (g, &y, &x);
      }
  return size;
}

void
nn_pack (const NnGeometry *g,
         NnPass pass,
         const float *kernel,
         float *packed,
         int share,
         int n_shares)
{
  NnWeights weights = down_weights (g, kernel);

  if (is_spread (g, pass))
    {
      nn_spread_pack (g, kernel, packed, share, n_shares);
      return;
    }
  if (pass == NN_DOWN)
    {
      pack_share (g, pass, &weights, packed, share, n_shares);
      return;
    }
  for (int row = 0; row < g->stride; row++)
    for (int column = 0; column < g->stride; column++)
      {
        Phase y = phase_of_rows (g, row), x = phase_of_columns (g, column);

        weights = up_weights (g, kernel, &y, &x);
        pack_share (g, pass, &weights, packed, share, n_shares);
        packed += packed_size (g, pass, &weights);
      }
}
