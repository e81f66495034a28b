/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The middle one of some numbers.
 */
#pragma once

#include <glib.h>

/* Sorts @values; of an even number the upper one of the two in the middle.  0
 * where there are none. */
gdouble facet_median (gdouble *values, gsize n);
