/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processor's peak, measured: twelve independent chains of multiply-adds
 * keep every multiplier of x86-64 and arm64 processors busy (latency 4…5, two
 * to four issued a cycle) and fit into sixteen registers.  The vectors are as
 * wide as those of the kernels in use; SSE2 has no fused multiply-add and does
 * the two one after the other.
 */
#include "peak.h"

#include <omp.h>
#include <string.h>

#define N_CHAINS 12
#define N_ROUNDS 2000000
#define N_TRIALS 5

/* The chains' values stay near 1, so that none becomes denormal. */
#define DEFINE_CHAINS(name, bytes, attributes)                       \
  typedef float name##_vector __attribute__ ((vector_size (bytes))); \
                                                                     \
  attributes static float name (float factor, float term)            \
  {                                                                  \
    name##_vector factors = (name##_vector) { 0 } + factor;          \
    name##_vector terms = (name##_vector) { 0 } + term;              \
    name##_vector chains[N_CHAINS];                                  \
    name##_vector sum = { 0 };                                       \
                                                                     \
    for (int i = 0; i < N_CHAINS; i++)                               \
      chains[i] = factors + (float) i;                               \
    for (int round = 0; round < N_ROUNDS; round++)                   \
      {                                                              \
        _Pragma ("GCC unroll 12") for (int i = 0; i < N_CHAINS; i++) \
            chains[i] = chains[i] * factors + terms;                 \
      }                                                              \
    for (int i = 0; i < N_CHAINS; i++)                               \
      sum += chains[i];                                              \
    return sum[0];                                                   \
  }

#if defined(__x86_64__)
DEFINE_CHAINS (chains_avx512, 64, __attribute__ ((target ("avx512f"))))
DEFINE_CHAINS (chains_avx2, 32, __attribute__ ((target ("avx2,fma"))))
#endif
DEFINE_CHAINS (chains_base, 16, )

typedef float (*Chains) (float factor, float term);

static Chains
chains_of_isa (const char *isa, int *n_lanes)
{
#if defined(__x86_64__)
  if (strcmp (isa, "avx512") == 0)
    {
      *n_lanes = 16;
      return chains_avx512;
    }
  if (strcmp (isa, "avx2") == 0)
    {
      *n_lanes = 8;
      return chains_avx2;
    }
#endif
  *n_lanes = 4;
  return chains_base;
}

double
peak_measure (const char *isa, int n_threads)
{
  int n_lanes;
  Chains chains = chains_of_isa (isa, &n_lanes);
  double flops = 2.0 * N_CHAINS * N_ROUNDS * n_lanes * n_threads;
  double best = 0.0;
  float sum = 0.0f;

  for (int trial = 0; trial < N_TRIALS; trial++)
    {
      double start = omp_get_wtime ();
      double gigaflops;

#pragma omp parallel num_threads(n_threads) reduction(+ : sum)
      sum += chains (0.999f, 0.001f);

      gigaflops = flops / (omp_get_wtime () - start) * 1e-9;
      if (gigaflops > best)
        best = gigaflops;
    }

  /* The compiler must not drop what nobody reads. */
  return sum == 0.0f ? 0.0 : best;
}
