/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Vectors are rows throughout, so that a rotation of two of them runs along
 * memory.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "facet-eigen.h"

/* Two or three steps an eigenvalue are usual; this is never reached. */
#define MAX_STEPS_PER_VALUE 60

static gdouble
dot (gint n, const gdouble *a, const gdouble *b)
{
  gdouble sum = 0;

  for (gint i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* The unit vector v for which (1 - 2 v vᵀ) x = ∓|x| e₁, in place; returns what
 * becomes of the first element.  Where there is nothing to do v is 0. */
static gdouble
householder (gint n, gdouble *x)
{
  gdouble largest = 0, length, image;

  for (gint i = 0; i < n; i++)
    largest = MAX (largest, fabs (x[i]));
  if (largest == 0)
    return 0;
  for (gint i = 0; i < n; i++)
    x[i] /= largest;
  length = sqrt (dot (n, x, x));
  image = -copysign (length, x[0]);
  x[0] -= image;
  length = sqrt (dot (n, x, x));
  for (gint i = 0; i < n; i++)
    x[i] /= length;
  return image * largest;
}

/* A ← H A H for H = 1 - 2 v vᵀ: with w = 2 (A v - (vᵀ A v) v) that is
 * A - v wᵀ - w vᵀ.  @rows are those of A, each from its element @first on. */
static void
reflect_both_sides (gint n,
                    gint first,
                    gdouble *matrix,
                    gint stride,
                    gdouble *v,
                    gdouble *w)
{
  gdouble *rows = matrix + (gsize) first * stride + first;
  gdouble share;

  for (gint i = 0; i < n; i++)
    w[i] = dot (n, rows + (gsize) i * stride, v);
  share = dot (n, v, w);
  for (gint i = 0; i < n; i++)
    w[i] = 2 * (w[i] - share * v[i]);
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      rows[(gsize) i * stride + j] -= v[i] * w[j] + w[i] * v[j];
}

/* Leaves the diagonal in @d [n], what is beside it in @e [n - 1], and
 * Householder vector k in row k of @matrix from element k + 1 on. */
static void
make_tridiagonal (gint n, gdouble *matrix, gdouble *d, gdouble *e)
{
  gdouble *w = g_new (gdouble, n);

  for (gint k = 0; k < n - 1; k++)
    {
      gdouble *v = matrix + (gsize) k * n + k + 1;

      d[k] = matrix[(gsize) k * n + k];
      if (k == n - 2)
        {
          /* Already tridiagonal. */
          e[k] = *v;
          *v = 0;
          break;
        }
      e[k] = householder (n - k - 1, v);
      reflect_both_sides (n - k - 1, k + 1, matrix, n, v, w);
    }
  d[n - 1] = matrix[(gsize) n * n - 1];
  g_free (w);
}

/* The rows of @q become those of (H₀ H₁ …)ᵀ, for the matrix is
 * (H₀ H₁ …) T (H₀ H₁ …)ᵀ. */
static void
multiply_reflections (gint n, const gdouble *matrix, gdouble *q)
{
  memset (q, 0, (gsize) n * n * sizeof (gdouble));
  for (gint i = 0; i < n; i++)
    q[(gsize) i * n + i] = 1;
  for (gint k = n - 3; k >= 0; k--)
    {
      const gdouble *v = matrix + (gsize) k * n + k + 1;
      const gint m = n - k - 1;

      for (gint i = k + 1; i < n; i++)
        {
          gdouble *row = q + (gsize) i * n + k + 1;
          const gdouble share = 2 * dot (m, row, v);

          for (gint j = 0; j < m; j++)
            row[j] -= share * v[j];
        }
    }
}

static void
rotate_rows (gint n, gdouble *first, gdouble *second, gdouble c, gdouble s)
{
  for (gint i = 0; i < n; i++)
    {
      const gdouble a = first[i];
      const gdouble b = second[i];

      first[i] = c * a - s * b;
      second[i] = s * a + c * b;
    }
}

/* One QR step with Wilkinson's shift on rows @low to @high. */
static void
qr_step (gint n, gint low, gint high, gdouble *d, gdouble *e, gdouble *q)
{
  const gdouble half = (d[high - 1] - d[high]) / 2;
  const gdouble last = e[high - 1];
  const gdouble root = half + copysign (hypot (half, last), half);
  gdouble x = d[low] - (d[high] - last / root * last);
  gdouble z = e[low];

  for (gint k = low; k < high; k++)
    {
      const gdouble r = hypot (x, z);
      const gdouble c = r == 0 ? 1 : x / r;
      const gdouble s = r == 0 ? 0 : -z / r;
      const gdouble a = d[k];
      const gdouble b = e[k];
      const gdouble g = d[k + 1];

      if (k > low)
        e[k - 1] = r;
      d[k] = c * c * a - 2 * c * s * b + s * s * g;
      d[k + 1] = s * s * a + 2 * c * s * b + c * c * g;
      e[k] = c * s * (a - g) + (c * c - s * s) * b;
      rotate_rows (n, q + (gsize) k * n, q + (gsize) (k + 1) * n, c, s);
      if (k < high - 1)
        {
          x = e[k];
          z = -s * e[k + 1];
          e[k + 1] *= c;
        }
    }
}

static gboolean
is_negligible (gint k, const gdouble *d, const gdouble *e, gdouble floor)
{
  return fabs (e[k]) <= DBL_EPSILON * (fabs (d[k]) + fabs (d[k + 1])) ||
         fabs (e[k]) <= floor;
}

static void
make_diagonal (gint n, gdouble *d, gdouble *e, gdouble *q)
{
  gdouble largest = 0, floor;
  gint high = n - 1;

  for (gint i = 0; i < n; i++)
    largest = MAX (largest, fabs (d[i]) + (i > 0 ? fabs (e[i - 1]) : 0));
  /* Beyond what the reflections left of the matrix's own digits. */
  floor = DBL_EPSILON * DBL_EPSILON * largest;
  for (gint steps = 0; high > 0 && steps < MAX_STEPS_PER_VALUE * n; steps++)
    {
      gint low;

      if (is_negligible (high - 1, d, e, floor))
        {
          high--;
          continue;
        }
      low = high - 1;
      while (low > 0 && ! is_negligible (low - 1, d, e, floor))
        low--;
      qr_step (n, low, high, d, e, q);
    }
}

typedef struct
{
  gdouble value;
  gint row;
} Rank;

static int
compare_ranks (const void *a, const void *b)
{
  const Rank *first = a;
  const Rank *second = b;

  if (first->value != second->value)
    return first->value > second->value ? -1 : 1;
  return first->row - second->row;
}

static void
copy_turned (gint n, const gdouble *from, gdouble *to)
{
  gdouble largest = 0;

  for (gint i = 0; i < n; i++)
    if (fabs (from[i]) > fabs (largest))
      largest = from[i];
  for (gint i = 0; i < n; i++)
    to[i] = largest < 0 ? -from[i] : from[i];
}

void
facet_eigen_symmetric (gint n,
                       gdouble *matrix,
                       gdouble *values,
                       gdouble *vectors)
{
  gdouble *e = g_new0 (gdouble, n);
  gdouble *q = g_new (gdouble, (gsize) n * n);
  Rank *ranks = g_new (Rank, n);

  make_tridiagonal (n, matrix, values, e);
  multiply_reflections (n, matrix, q);
  make_diagonal (n, values, e, q);
  for (gint i = 0; i < n; i++)
    ranks[i] = (Rank) { values[i], i };
  qsort (ranks, (size_t) n, sizeof (Rank), compare_ranks);
  for (gint i = 0; i < n; i++)
    {
      values[i] = ranks[i].value;
      copy_turned (n, q + (gsize) ranks[i].row * n, vectors + (gsize) i * n);
    }
  g_free (e);
  g_free (q);
  g_free (ranks);
}
