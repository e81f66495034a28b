/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet-median.h"
#include <stdlib.h>

static int
compare (const void *a, const void *b)
{
  const gdouble first = *(const gdouble *) a;
  const gdouble second = *(const gdouble *) b;

  return (first > second) - (first < second);
}

gdouble
facet_median (gdouble *values, gsize n)
{
  if (n == 0)
    return 0.0;
  qsort (values, n, sizeof *values, compare);
  return values[n / 2];
}
