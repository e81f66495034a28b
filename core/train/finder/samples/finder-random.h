/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream of random numbers for one sample.
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <nn/nn.h>

typedef struct
{
  guint64 seed;
  guint64 counter;
} FinderRandom;

/* In [@low, @high). */
static inline gdouble
finder_random (FinderRandom *random, gdouble low, gdouble high)
{
  return low + (high - low) * nn_random_uniform (random->seed,
                                                 random->counter++);
}

/* The same, its logarithm uniform. */
static inline gdouble
finder_random_log (FinderRandom *random, gdouble low, gdouble high)
{
  return low * exp (finder_random (random, 0.0, log (high / low)));
}

static inline gboolean
finder_random_chance (FinderRandom *random, gdouble probability)
{
  return finder_random (random, 0.0, 1.0) < probability;
}

/* 0 … @n - 1. */
static inline guint
finder_random_index (FinderRandom *random, guint n)
{
  return MIN ((guint) finder_random (random, 0.0, n), n - 1);
}
