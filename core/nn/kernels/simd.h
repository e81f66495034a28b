/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels' vectors.  Every file of this folder is compiled once for each
 * instruction set, with NN_ISA (its name) and NN_LANES (floats in a vector)
 * defined; NN_FOR_ISA () gives what is shared between the files a name of its
 * own in each.  a * b + c becomes one fused multiply-add where there is one.
 */
#pragma once

#include <stdint.h>
#include <string.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

#define NN_JOIN_(a, b) a##_##b
#define NN_JOIN(a, b) NN_JOIN_ (a, b)
#define NN_FOR_ISA(name) NN_JOIN (name, NN_ISA)

#define NN_INLINE static inline __attribute__ ((always_inline))

typedef float Floats __attribute__ ((vector_size (4 * NN_LANES)));
typedef int32_t Ints __attribute__ ((vector_size (4 * NN_LANES)));
typedef uint16_t Shorts __attribute__ ((vector_size (2 * NN_LANES)));
/* Not aligned, and allowed to lie anywhere. */
typedef float LooseFloats
    __attribute__ ((vector_size (4 * NN_LANES), aligned (4), may_alias));

NN_INLINE Floats
load (const float *from)
{
  return *(const LooseFloats *) from;
}

NN_INLINE void
store (float *to, Floats values)
{
  *(LooseFloats *) to = values;
}

/* The first @n of a vector; the others are 0. */
NN_INLINE Floats
load_some (const float *from, int n)
{
  float values[NN_LANES] = { 0 };

  for (int i = 0; i < n; i++)
    values[i] = from[i];
  return load (values);
}

NN_INLINE void
store_some (float *to, Floats values, int n)
{
  for (int i = 0; i < n; i++)
    to[i] = values[i];
}

/* Lanes of @a where @mask is all ones, of @b where it is 0. */
NN_INLINE Floats
choose (Ints mask, Floats a, Floats b)
{
  return (Floats) (((Ints) a & mask) | ((Ints) b & ~mask));
}

/* Half precision (IEEE 754 binary16) that is finite.  Compilers make a call or
 * a dozen instructions of what is one where the processor has it; else a
 * normal number's bits move, and a subnormal one counts units of 2⁻²⁴. */
NN_INLINE Floats
load_halves (const uint16_t *from)
{
#if defined(__F16C__) && NN_LANES == 16
  return (Floats) _mm512_cvtph_ps (_mm256_loadu_si256 ((const void *) from));
#elif defined(__F16C__) && NN_LANES == 8
  return (Floats) _mm256_cvtph_ps (_mm_loadu_si128 ((const void *) from));
#else
  Shorts halves;
  Ints bits, size, normal;
  Floats subnormal;

  memcpy (&halves, from, sizeof halves);
  bits = __builtin_convertvector (halves, Ints);
  size = bits & 0x7fff;
  normal = (size << 13) + (112 << 23);
  subnormal = __builtin_convertvector (size, Floats) * 0x1p-24f;
  return (Floats) ((Ints) choose (size < 0x400, subnormal, (Floats) normal) |
                   (bits & 0x8000) << 16);
#endif
}

/* Compilers know these loops as one instruction. */
NN_INLINE Floats
larger (Floats a, Floats b)
{
  for (int i = 0; i < NN_LANES; i++)
    a[i] = a[i] > b[i] ? a[i] : b[i];
  return a;
}

NN_INLINE Floats
smaller (Floats a, Floats b)
{
  for (int i = 0; i < NN_LANES; i++)
    a[i] = a[i] < b[i] ? a[i] : b[i];
  return a;
}

NN_INLINE Floats
leaky_relu (Floats x, float slope)
{
  return choose (x < 0.0f, x * slope, x);
}

/* e^x within 3e-7 of its value, x cut off where the float ends: 2^n · e^r with
 * |r| ≤ ln 2 / 2.  The sum with 1.5 · 2^23 rounds to the nearest integer, which
 * then stands in its lowest bits.  1 + r + r² (…) is a fit of the least largest
 * relative error, 1.1e-7. */
NN_INLINE Floats
exponential (Floats x)
{
  const float rounder = 12582912.0f;
  Floats shifted, n, r, square, sum;

  x = smaller (larger (x, (Floats) { 0 } - 87.0f), (Floats) { 0 } + 88.0f);
  shifted = x * 1.44269504f + rounder;
  n = shifted - rounder;
  r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  square = r * r;
  sum = (r * 0.0083125012f + 0.04189033f) * square +
        (r * 0.16667116f + 0.4999923f);
  sum = sum * square + (r + 1.0f);
  return (Floats) ((Ints) sum + ((Ints) shifted << 23));
}

NN_INLINE Floats
sigmoid (Floats x)
{
  return 1.0f / (1.0f + exponential (-x));
}
