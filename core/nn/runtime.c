/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the whole engine stands on: how many threads, which kernels, and
 * memory.
 */
#include "nn-internal.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

/* --- threads -------------------------------------------------------------- */

static atomic_int n_threads_chosen;

void
nn_set_threads (int n_threads)
{
  atomic_store (&n_threads_chosen, n_threads > 0 ? n_threads : 0);
}

int
nn_get_threads (void)
{
  int n_threads = atomic_load (&n_threads_chosen);

  return n_threads > 0 ? n_threads : omp_get_max_threads ();
}

/* --- kernels -------------------------------------------------------------- */

const char *
nn_get_isa (void)
{
  return nn_get_kernels ()->isa;
}

/* --- memory --------------------------------------------------------------- */

/* By calloc () rather than aligned_alloc (): large blocks then cost no memory
 * before they are touched.  The block's own address stands before the floats.
 */
float *
nn_floats_new (size_t n, size_t of)
{
  size_t n_bytes;
  char *block, *floats;

  if (__builtin_mul_overflow (n, of, &n_bytes) ||
      __builtin_mul_overflow (n_bytes, sizeof (float), &n_bytes) ||
      __builtin_add_overflow (n_bytes, 2 * ALIGNMENT, &n_bytes))
    return NULL;
  block = calloc (1, n_bytes);
  if (! block)
    return NULL;
  floats = block + 2 * ALIGNMENT;
  floats -= (uintptr_t) floats % ALIGNMENT;
  memcpy (floats - sizeof block, &block, sizeof block);
  return (float *) floats;
}

void
nn_floats_free (float *floats)
{
  char *block;

  if (! floats)
    return;
  memcpy (&block, (char *) floats - sizeof block, sizeof block);
  free (block);
}
