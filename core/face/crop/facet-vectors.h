/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pixels as vectors: four floats, of which a processor may do one pixel or two
 * at a time. */
#pragma once

#include <glib.h>

typedef gfloat Vec4 __attribute__ ((vector_size (16), aligned (16)));
typedef gint32 Ints4 __attribute__ ((vector_size (16), aligned (16)));
/* Two pixels, the first of which may lie anywhere that one may. */
typedef gfloat Vec8 __attribute__ ((vector_size (32), aligned (16)));

/* Inlined wherever it is used, so that what uses it decides for which processor
 * it is compiled. */
#define FACET_INLINE static inline __attribute__ ((always_inline))

/* A function that is compiled for the vectors of newer processors, too; which
 * one runs is decided when the program is loaded.  No sum and product are ever
 * fused, so that both give the same bytes. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define FACET_CLONES __attribute__ ((target_clones ("avx2", "default")))
#else
#define FACET_CLONES
#endif

/* Compilers know these loops as one instruction. Where one is not a number the
 * result is @b. */
FACET_INLINE Vec4
facet_vec4_larger (Vec4 a, Vec4 b)
{
  for (gint c = 0; c < 4; c++)
    a[c] = a[c] > b[c] ? a[c] : b[c];
  return a;
}

FACET_INLINE Vec4
facet_vec4_smaller (Vec4 a, Vec4 b)
{
  for (gint c = 0; c < 4; c++)
    a[c] = a[c] < b[c] ? a[c] : b[c];
  return a;
}
