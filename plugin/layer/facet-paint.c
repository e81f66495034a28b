/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The colour is found by least squares: the point whose distances to all lines,
 * each weighted by how far its pixel went, are smallest together.
 */
#include <math.h>
#include <string.h>

#include "facet-paint.h"

/* What a pixel of 8 bit may be off by rounding twice, and how many of those
 * that changed clearly have to be no further off. */
#define STEP (1.0f / 255.0f)
#define TOLERANCE (1.5f * STEP)
#define CLEARLY (8.0f * STEP)
#define EXPLAINED 0.99

/* Lines that are this nearly parallel meet nowhere: the determinant of the
 * normal equations against the cube of their mean diagonal. */
#define SINGULAR 1e-4

/* Thinner than this nothing is seen any more. */
#define SOLID 0.002f

static gfloat *
convert (const guchar *pixels, gint n, const Babl *format, const Babl *to)
{
  gfloat *floats = g_new (gfloat, 4 * (gsize) n);

  babl_process (babl_fish (format, to), pixels, floats, n);
  return floats;
}

static gdouble
get_determinant (gdouble m[3][3])
{
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
         m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/* By Cramer's rule. */
static gboolean
solve (gdouble m[3][3], const gdouble *right, gfloat *solution)
{
  const gdouble determinant = get_determinant (m);
  const gdouble mean = (m[0][0] + m[1][1] + m[2][2]) / 3;

  if (! (determinant > SINGULAR * mean * mean * mean))
    return FALSE;
  for (gint c = 0; c < 3; c++)
    {
      gdouble replaced[3][3];

      memcpy (replaced, m, sizeof replaced);
      for (gint i = 0; i < 3; i++)
        replaced[i][c] = right[i];
      solution[c] = (gfloat) CLAMP (get_determinant (replaced) / determinant,
                                    0.0, 1.0);
    }
  return TRUE;
}

/* Sums (d·d I − d dᵀ) (colour − below) = 0 over all pixels, d = now − below. */
static gboolean
find_colour (const gfloat *below, const gfloat *now, gint n, gfloat *colour)
{
  gdouble m[3][3] = { { 0 } }, right[3] = { 0 };

  for (gint p = 0; p < n; p++)
    {
      const gfloat *b = below + 4 * (gsize) p;
      const gfloat *w = now + 4 * (gsize) p;
      const gdouble d[3] = { w[0] - b[0], w[1] - b[1], w[2] - b[2] };
      const gdouble length = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];

      for (gint i = 0; i < 3; i++)
        for (gint j = 0; j < 3; j++)
          {
            const gdouble a = (i == j ? length : 0) - d[i] * d[j];

            m[i][j] += a;
            right[i] += a * b[j];
          }
    }
  return solve (m, right, colour);
}

/* The point on the line that is nearest to @now. */
static gfloat
get_left (const gfloat *below, const gfloat *now, const gfloat *colour)
{
  gfloat product = 0, length = 0, left;

  for (gint c = 0; c < 3; c++)
    {
      product += (now[c] - below[c]) * (colour[c] - below[c]);
      length += (colour[c] - below[c]) * (colour[c] - below[c]);
    }
  left = length > 0 ? 1.0f - product / length : 0.0f;
  return left < SOLID ? 0.0f : MIN (left, 1.0f);
}

static gfloat
get_distance (const gfloat *a, const gfloat *b)
{
  return MAX (MAX (fabsf (a[0] - b[0]), fabsf (a[1] - b[1])),
              fabsf (a[2] - b[2]));
}

/* Compares as eyes do, and as most photos are stored. */
static gboolean
explains (const guchar *below,
          const guchar *now,
          const gfloat *painted,
          gint n,
          const Babl *format,
          const Babl *blending)
{
  const Babl *perceptual = babl_format_with_space ("R'G'B'A float", format);
  g_autofree gfloat *before = convert (below, n, format, perceptual);
  g_autofree gfloat *after = convert (now, n, format, perceptual);
  g_autofree gfloat *guess = convert ((const guchar *) painted, n, blending,
                                      perceptual);
  gint n_clear = 0, n_explained = 0;

  for (gint p = 0; p < n; p++)
    {
      const gsize i = 4 * (gsize) p;

      if (get_distance (before + i, after + i) < CLEARLY)
        continue;
      n_clear++;
      n_explained += get_distance (guess + i, after + i) <= TOLERANCE;
    }
  return n_clear > 0 && n_explained >= EXPLAINED * n_clear;
}

gboolean
facet_paint_fit (const guchar *below,
                 const guchar *now,
                 gint n,
                 const Babl *format,
                 const Babl *blending,
                 gfloat *left)
{
  g_autofree gfloat *b = convert (below, n, format, blending);
  g_autofree gfloat *w = convert (now, n, format, blending);
  g_autofree gfloat *fitted = g_new (gfloat, n);
  gfloat colour[3];

  if (! find_colour (b, w, n, colour))
    return FALSE;
  for (gint p = 0; p < n; p++)
    {
      gfloat *pixel = b + 4 * (gsize) p;

      fitted[p] = get_left (pixel, w + 4 * (gsize) p, colour);
      for (gint c = 0; c < 3; c++)
        pixel[c] = colour[c] + fitted[p] * (pixel[c] - colour[c]);
    }
  if (! explains (below, now, b, n, format, blending))
    return FALSE;
  memcpy (left, fitted, n * sizeof (gfloat));
  return TRUE;
}
