/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernels to use: the best that this processor has, or those that the
 * environment variable FACET_ISA names.
 */
#include "../nn-internal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
extern const NnKernels nn_kernels_avx512;
extern const NnKernels nn_kernels_avx2;
extern const NnKernels nn_kernels_sse2;

static bool
has_avx512 (void)
{
  return __builtin_cpu_supports ("avx512f") &&
         __builtin_cpu_supports ("avx512bw") &&
         __builtin_cpu_supports ("avx512dq") &&
         __builtin_cpu_supports ("avx512vl");
}

static bool
has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") &&
         __builtin_cpu_supports ("f16c");
}
#elif defined(__aarch64__)
extern const NnKernels nn_kernels_neon;
#else
extern const NnKernels nn_kernels_generic;
#endif

static bool
always (void)
{
  return true;
}

/* The best first. */
static const struct
{
  const NnKernels *kernels;
  bool (*is_usable) (void);
} sets[] = {
#if defined(__x86_64__)
  { &nn_kernels_avx512, has_avx512 },
  { &nn_kernels_avx2, has_avx2 },
  { &nn_kernels_sse2, always },
#elif defined(__aarch64__)
  { &nn_kernels_neon, always },
#else
  { &nn_kernels_generic, always },
#endif
  { &nn_reference_kernels, always },
};

#define N_SETS ((int) (sizeof sets / sizeof *sets))

const NnKernels *
nn_list_kernels (int index)
{
  for (int i = 0; i < N_SETS; i++)
    if (sets[i].is_usable () && index-- == 0)
      return sets[i].kernels;
  return NULL;
}

static const NnKernels *
choose_kernels (void)
{
  const char *wanted = getenv ("FACET_ISA");
  const NnKernels *kernels;

  if (! wanted || ! *wanted)
    return nn_list_kernels (0);
  for (int i = 0; (kernels = nn_list_kernels (i)); i++)
    if (strcmp (kernels->isa, wanted) == 0)
      return kernels;
  fprintf (stderr,
           "FACET_ISA=%s: this processor has no such kernels; using %s.\n",
           wanted, nn_list_kernels (0)->isa);
  return nn_list_kernels (0);
}

const NnKernels *
nn_get_kernels (void)
{
  static _Atomic (const NnKernels *) chosen;
  const NnKernels *kernels = atomic_load (&chosen);

  if (! kernels)
    {
      kernels = choose_kernels ();
      atomic_store (&chosen, kernels);
    }
  return kernels;
}
