/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A half has 1 bit of sign, 5 of exponent (bias 15) and 10 of mantissa; a float
 * 1, 8 (bias 127) and 23.  So a normal number's bits are moved by 13 places and
 * its exponent by 112.  A subnormal half counts units of 2⁻²⁴, which is what
 * floats from 0.5 to 1 count, too: adding 0.5 rounds to that unit.  Both loops
 * choose between values rather than branch, so that compilers vectorise them
 * (GCC where it need not think of floating-point traps).
 */
#include <string.h>
#include "facet-half.h"

#define SHIFT 13
#define REBIAS ((guint32) 112 << 23)
#define HALF_INFINITY 0x7c00u
#define SMALLEST_NORMAL_HALF 0x0400u
/* 2⁻¹⁴ and 0.5 as bits of a float. */
#define SMALLEST_NORMAL 0x38800000u
#define ONE_HALF 0x3f000000u

static inline gfloat
float_of_bits (guint32 bits)
{
  gfloat value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
bits_of_float (gfloat value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

void
facet_half_to_float (const guint16 *halves, gsize n, gfloat *values)
{
  for (gsize i = 0; i < n; i++)
    {
      const guint32 sign = (guint32) (halves[i] & 0x8000u) << 16;
      const guint32 size = halves[i] & 0x7fffu;
      const guint32 normal = (size << SHIFT) + REBIAS;
      const guint32 subnormal = bits_of_float ((gfloat) (gint32) size *
                                               0x1p-24f);
      const guint32 infinite = (size << SHIFT) + 2 * REBIAS;
      guint32 bits = size < SMALLEST_NORMAL_HALF ? subnormal : normal;

      bits = size >= HALF_INFINITY ? infinite : bits;
      values[i] = float_of_bits (sign | bits);
    }
}

void
facet_half_from_float (const gfloat *values, gsize n, guint16 *halves)
{
  for (gsize i = 0; i < n; i++)
    {
      const guint32 bits = bits_of_float (values[i]);
      const guint32 size = bits & 0x7fffffffu;
      const guint32 odd = (size >> SHIFT) & 1;
      const guint32 normal = (size - REBIAS + 0xfffu + odd) >> SHIFT;
      const guint32 subnormal = bits_of_float (float_of_bits (size) + 0.5f) -
                                ONE_HALF;

      halves[i] = (guint16) ((bits >> 16 & 0x8000u) |
                             (size < SMALLEST_NORMAL ? subnormal : normal));
    }
}
