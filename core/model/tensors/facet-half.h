/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Half precision (IEEE 754 binary16), in which files may store numbers.
 */
#pragma once

#include <glib.h>

/* The largest number that rounds to a finite half is a little below this. */
#define FACET_HALF_OVERFLOW 65520.0f

/* Exact, infinities and NaN included. */
void facet_half_to_float (const guint16 *halves,
                          gsize          n,
                          gfloat        *values);
/* Rounds to the nearest, ties to even.  @values are finite and in size under
 * FACET_HALF_OVERFLOW. */
void facet_half_from_float (const gfloat *values,
                            gsize         n,
                            guint16      *halves);
