/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What bending faces promises, on a picture whose colors are its places.
 */
#include <string.h>
#include <train/finder/samples/finder-warp.h>

#define SIDE 48
#define TWICE (2 * SIDE)
#define N_COLORS (3 * TWICE * TWICE)

static const FinderEye eye = { .side = SIDE, .span = 1.3 };
static const gfloat usual[] = { -0.24f, -0.15f, 0.24f, -0.15f, 0.0f,
                                0.12f,  -0.2f,  0.32f, 0.2f,   0.32f };

/* Red is right, green is down, -0.5…0.5 along the side. */
static void
draw_places (gfloat *picture)
{
  for (gint i = 0; i < TWICE * TWICE; i++)
    {
      picture[3 * i] = (gfloat) ((i % TWICE + 0.5) / TWICE - 0.5);
      picture[3 * i + 1] = (gfloat) ((i / TWICE + 0.5) / TWICE - 0.5);
      picture[3 * i + 2] = 0.0f;
    }
}

/* What @crop shows at a place in face widths from its middle; @channel. */
static gdouble
look_at (const gfloat *crop, gdouble x, gdouble y, gint channel)
{
  const gdouble column = (x / eye.span + 0.5) * SIDE - 0.5;
  const gdouble row = (y / eye.span + 0.5) * SIDE - 0.5;
  const gint left = (gint) column;
  const gint top = (gint) row;
  const gdouble u = column - left;
  const gdouble v = row - top;
  const gfloat *at = crop + 3 * (top * SIDE + left) + channel;

  return (1.0 - v) * ((1.0 - u) * at[0] + u * at[3]) +
         v * ((1.0 - u) * at[3 * SIDE] + u * at[3 * SIDE + 3]);
}

static void
points_go_where_what_they_show_goes (void)
{
  g_autofree gfloat *picture = g_new (gfloat, N_COLORS);
  g_autofree gfloat *crop = g_new (gfloat, N_COLORS / 4);
  gdouble farthest = 0.0;

  draw_places (picture);
  for (guint64 seed = 0; seed < 30; seed++)
    {
      FinderRandom random = { seed, 0 };
      gfloat target[FINDER_FINE_N] = { 0 };
      gfloat *points = target + FINDER_FINE_POINTS;

      memcpy (points, usual, sizeof usual);
      finder_warp (&random, &eye, 0.11, picture, crop, target);
      for (gint i = 0; i < 10; i += 2)
        {
          const gdouble x = look_at (crop, points[i], points[i + 1], 0);
          const gdouble y = look_at (crop, points[i], points[i + 1], 1);

          farthest = MAX (farthest, hypot (points[i] - usual[i],
                                           points[i + 1] - usual[i + 1]));
          g_assert_cmpfloat_with_epsilon (x * eye.span, usual[i], 0.02);
          g_assert_cmpfloat_with_epsilon (y * eye.span, usual[i + 1], 0.02);
        }
    }
  g_assert_cmpfloat (farthest, >, 0.08);
}

static void
by_nothing_each_pixel_is_the_mean_of_four (void)
{
  g_autofree gfloat *picture = g_new (gfloat, N_COLORS);
  g_autofree gfloat *crop = g_new (gfloat, N_COLORS / 4);
  FinderRandom random = { 1, 0 };
  gfloat target[FINDER_FINE_N] = { 0 };

  for (gint i = 0; i < N_COLORS; i++)
    picture[i] = nn_random_uniform (7, (guint64) i) - 0.5f;
  memcpy (target + FINDER_FINE_POINTS, usual, sizeof usual);
  finder_warp (&random, &eye, 0.0, picture, crop, target);
  for (gint i = 0; i < SIDE * SIDE; i++)
    {
      const gfloat *at = picture +
                         3 * (2 * (i / SIDE) * TWICE + 2 * (i % SIDE));

      g_assert_cmpfloat_with_epsilon (crop[3 * i],
                                      0.25 * (at[0] + at[3] + at[3 * TWICE] +
                                              at[3 * TWICE + 3]),
                                      1e-5);
    }
  for (gint i = 0; i < 10; i++)
    g_assert_cmpfloat (target[FINDER_FINE_POINTS + i], ==, usual[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/points_go_where_what_they_show_goes",
                   points_go_where_what_they_show_goes);
  g_test_add_func ("/finder/by_nothing_each_pixel_is_the_mean_of_four",
                   by_nothing_each_pixel_is_the_mean_of_four);
  return g_test_run ();
}
