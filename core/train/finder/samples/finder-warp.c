/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is seen at q was at q - d (q), d a sum of Gaussian bumps; a point p goes
 * to the q with q = p + d (q), found by iteration: d changes less than its
 * place does.
 */
#include "finder-warp.h"

/* Of the Gaussians, in face widths: a nose moves, and the mouth hardly. */
#define BUMP_SIGMA 0.19
/* Faces that are bent. */
#define CHANCE 0.8
#define ITERATIONS 12

typedef struct
{
  FacetPoint middle;
  FacetPoint shift;
} Bump;

static FacetPoint
displace (const Bump *bumps, FacetPoint place)
{
  FacetPoint sum = { 0 };

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gdouble x = place.x - bumps[i].middle.x;
      const gdouble y = place.y - bumps[i].middle.y;
      const gdouble weight = expf (
          (gfloat) ((x * x + y * y) / (-2.0 * BUMP_SIGMA * BUMP_SIGMA)));

      sum.x += weight * bumps[i].shift.x;
      sum.y += weight * bumps[i].shift.y;
    }
  return sum;
}

static void
move_points (const Bump *bumps, gfloat *points)
{
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const FacetPoint from = bumps[i].middle;
      FacetPoint to = from;

      for (gint n = 0; n < ITERATIONS; n++)
        {
          const FacetPoint shift = displace (bumps, to);

          to = (FacetPoint) { from.x + shift.x, from.y + shift.y };
        }
      points[2 * i] = (gfloat) to.x;
      points[2 * i + 1] = (gfloat) to.y;
    }
}

/* The color at @x, @y of @picture, between the middles of its pixels. */
static void
sample (gint side, const gfloat *picture, gdouble x, gdouble y, gfloat *color)
{
  const gdouble inside_x = CLAMP (x - 0.5, 0.0, side - 1.001);
  const gdouble inside_y = CLAMP (y - 0.5, 0.0, side - 1.001);
  const gint left = (gint) inside_x;
  const gint top = (gint) inside_y;
  const gfloat u = (gfloat) (inside_x - left);
  const gfloat v = (gfloat) (inside_y - top);
  const gfloat *pixel = picture + 3 * (top * side + left);

  for (gint c = 0; c < 3; c++)
    {
      const gfloat *below = pixel + 3 * side;
      const gfloat upper = pixel[c] + u * (pixel[c + 3] - pixel[c]);
      const gfloat lower = below[c] + u * (below[c + 3] - below[c]);

      color[c] = upper + v * (lower - upper);
    }
}

void
finder_warp (FinderRandom *random,
             const FinderEye *eye,
             gdouble most,
             const gfloat *twice,
             gfloat *crop,
             gfloat *target)
{
  const gint side = eye->side;
  const gdouble unit = side / eye->span;
  const gdouble range = finder_random_chance (random, CHANCE) ? most : 0.0;
  gfloat *points = target + FINDER_FINE_POINTS;
  Bump bumps[FACET_N_POINTS];

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      bumps[i].middle = (FacetPoint) { points[2 * i], points[2 * i + 1] };
      bumps[i].shift.x = finder_random (random, -range, range);
      bumps[i].shift.y = finder_random (random, -range, range);
    }
  move_points (bumps, points);
  for (gint i = 0; i < side * side; i++)
    {
      const gdouble x = i % side + 0.5;
      const gdouble y = i / side + 0.5;
      const FacetPoint shift = displace (bumps, (FacetPoint) {
                                                    (x - 0.5 * side) / unit,
                                                    (y - 0.5 * side) / unit });

      sample (2 * side, twice, 2.0 * (x - shift.x * unit),
              2.0 * (y - shift.y * unit), crop + 3 * i);
    }
}
