/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What cutting the crop and carrying it back promise.
 */
#include <face/paste/facet-grid.h>
#include <math.h>

#define SIDE 128

static FacetImage *
cut (const FacetImage *photo, const FacetCrop *crop)
{
  const FacetAffine to_photo = facet_crop_get_to_photo (crop, SIDE, SIDE);
  FacetImage *image = facet_image_new (SIDE, SIDE);

  facet_resample (photo, &to_photo, image);
  return image;
}

static void
a_fine_checkerboard_comes_out_flat (void)
{
  const FacetCrop crops[] = { { 2000, 2000, 1990, 0 },
                              { 1987.3, 2011.9, 900, 730 },
                              { 700, 650, 301.7, 0 } };
  g_autoptr (FacetImage) photo = facet_image_new (4000, 4000);

  for (gint y = 0; y < photo->height; y++)
    for (gint x = 0; x < photo->width; x++)
      for (gint c = 0; c < 4; c++)
        photo->pixels[(y * 4000 + x) * 4 + c] = (x + y) % 2;
  for (guint i = 0; i < G_N_ELEMENTS (crops); i++)
    {
      g_autoptr (FacetImage) image = cut (photo, &crops[i]);

      for (gint k = 0; k < SIDE * SIDE * 4; k++)
        g_assert_cmpfloat_with_epsilon (image->pixels[k], 0.5, 0.004);
    }
}

static void
an_edge_does_not_ring (void)
{
  const FacetCrop crop = { 600, 600, 500, 130 };
  g_autoptr (FacetImage) photo = facet_image_new (1200, 1200);
  g_autoptr (FacetImage) image = NULL;

  for (gint k = 0; k < 1200 * 1200 * 4; k++)
    photo->pixels[k] = k % 4800 < 2400 ? 0.25f : 0.75f;
  image = cut (photo, &crop);
  for (gint k = 0; k < SIDE * SIDE * 4; k++)
    {
      g_assert_cmpfloat (image->pixels[k], >=, 0.25f - 1e-5f);
      g_assert_cmpfloat (image->pixels[k], <=, 0.75f + 1e-5f);
    }
}

static gfloat
smooth (gdouble x, gdouble y)
{
  return (gfloat) (0.5 + 0.2 * sin (x) + 0.2 * cos (0.7 * y + 0.3 * x));
}

/* Cut out, carried back: the same function, to a part in a hundred of its
 * range, whatever the crop's size and turn. */
static void
a_smooth_photo_comes_back (void)
{
  const gint size = 700;
  const FacetCrop crops[] = {
    { 350, 350, 50, 0 },  { 350, 350, 64, 0 },     { 340, 355, 61, 33 },
    { 350, 350, 200, 0 }, { 345, 360, 150, 120 },  { 350, 350, 300, -90 },
    { 350, 350, 340, 0 }, { 348, 351, -90, -170 },
  };
  const FacetRectangle bounds = { 300, 310, 101, 77 };
  g_autoptr (FacetImage) photo = facet_image_new (size, size);
  const gint piece = 30;

  for (gint y = 0; y < size; y++)
    for (gint x = 0; x < size; x++)
      for (gint c = 0; c < 4; c++)
        photo->pixels[(y * size + x) * 4 + c] = smooth ((x + 0.5) / 40,
                                                        (y + 0.5) / 40);
  for (guint i = 0; i < G_N_ELEMENTS (crops); i++)
    {
      const FacetGrid grid = facet_grid_new (&crops[i], &bounds, SIDE);
      g_autoptr (FacetImage) image = cut (photo, &crops[i]);
      g_autoptr (FacetImage) spread = facet_grid_spread (&grid, image);

      for (gint y = 0; y < bounds.height; y++)
        for (gint x = 0; x < bounds.width; x += piece)
          {
            const gint n = MIN (piece, bounds.width - x);
            gfloat row[4 * 32] __attribute__ ((aligned (16))), mask[32];
            const gfloat *out = facet_grid_get_row (&grid, spread, x, y, n,
                                                    row);

            facet_grid_get_mask (&grid, 0.05, x, y, n, mask);
            for (gint j = 0; j < n; j++)
              if (mask[j] > 0.5f)
                g_assert_cmpfloat_with_epsilon (out[4 * j],
                                                smooth ((x + j + 300.5) / 40,
                                                        (y + 310.5) / 40),
                                                0.004);
          }
    }
}

static void
the_mask_is_soft_inside_and_nothing_outside (void)
{
  const FacetCrop crop = facet_crop_from_square (20, 30, 100);
  const FacetRectangle bounds = { 0, 0, 150, 150 };
  const FacetGrid grid = facet_grid_new (&crop, &bounds, SIDE);
  gfloat mask[152];

  facet_grid_get_mask (&grid, 0.1, 0, 80, 150, mask);
  g_assert_cmpfloat (mask[19], ==, 0.0f);
  g_assert_cmpfloat (mask[120], ==, 0.0f);
  g_assert_cmpfloat (mask[70], ==, 1.0f);
  g_assert_cmpfloat_with_epsilon (mask[24], 0.425, 0.02);
  for (gint x = 20; x < 30; x++)
    {
      g_assert_cmpfloat (mask[x], >, mask[x - 1]);
      g_assert_cmpfloat_with_epsilon (mask[x], mask[139 - x], 1e-5);
    }
  facet_grid_get_mask (&grid, 0.1, 0, 29, 150, mask);
  for (gint x = 0; x < 150; x++)
    g_assert_cmpfloat (mask[x], ==, 0.0f);
}

/* An upright face with 100 px from eye to eye and from eyes to mouth. */
static void
the_crop_is_the_one_of_the_points (void)
{
  const FacetPoint points[FACET_N_POINTS] = { { 200, 300 },
                                              { 300, 300 },
                                              { 250, 350 },
                                              { 215, 400 },
                                              { 285, 400 } };
  const FacetCrop crop = facet_crop_from_points (points);

  g_assert_cmpfloat_with_epsilon (crop.centre_x, 250, 1e-9);
  g_assert_cmpfloat_with_epsilon (crop.centre_y, 310, 1e-9);
  g_assert_cmpfloat_with_epsilon (crop.axis_x, 170, 1e-9);
  g_assert_cmpfloat_with_epsilon (crop.axis_y, 0, 1e-9);
}

static void
usual_points_of_a_crop_have_that_crop (void)
{
  const FacetCrop crops[] = { { 250, 310, 170, 0 },
                              { -20, 7.5, 31, -12 },
                              { 900, 800, -40, 300 } };

  for (guint i = 0; i < G_N_ELEMENTS (crops); i++)
    {
      FacetPoint points[FACET_N_POINTS];
      FacetCrop crop;

      facet_crop_get_points (&crops[i], points);
      crop = facet_crop_from_points (points);
      g_assert_cmpfloat_with_epsilon (crop.centre_x, crops[i].centre_x, 1e-9);
      g_assert_cmpfloat_with_epsilon (crop.centre_y, crops[i].centre_y, 1e-9);
      g_assert_cmpfloat_with_epsilon (crop.axis_x, crops[i].axis_x, 1e-9);
      g_assert_cmpfloat_with_epsilon (crop.axis_y, crops[i].axis_y, 1e-9);
    }
}

static void
swap (FacetPoint *points, gint a, gint b)
{
  const FacetPoint point = points[a];

  points[a] = points[b];
  points[b] = point;
}

static void
swapped_points_are_told_from_turned_and_profile_ones (void)
{
  const FacetCrop crops[] = { { 250, 310, 170, 0 },
                              { 250, 310, -170, 3 },
                              { 250, 310, 20, 160 } };
  const FacetPoint profile[FACET_N_POINTS] = { { 204, 300 },
                                               { 200, 300 },
                                               { 180, 330 },
                                               { 195, 360 },
                                               { 194, 360 } };

  g_assert_false (facet_points_are_swapped (profile));
  for (guint i = 0; i < G_N_ELEMENTS (crops); i++)
    {
      FacetPoint points[FACET_N_POINTS];

      facet_crop_get_points (&crops[i], points);
      g_assert_false (facet_points_are_swapped (points));
      swap (points, FACET_POINT_RIGHT_EYE, FACET_POINT_LEFT_EYE);
      g_assert_true (facet_points_are_swapped (points));
      swap (points, FACET_POINT_RIGHT_EYE, FACET_POINT_LEFT_EYE);
      swap (points, FACET_POINT_RIGHT_EYE, FACET_POINT_RIGHT_MOUTH);
      swap (points, FACET_POINT_LEFT_EYE, FACET_POINT_LEFT_MOUTH);
      g_assert_true (facet_points_are_swapped (points));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crop/a_fine_checkerboard_comes_out_flat",
                   a_fine_checkerboard_comes_out_flat);
  g_test_add_func ("/crop/an_edge_does_not_ring", an_edge_does_not_ring);
  g_test_add_func ("/crop/a_smooth_photo_comes_back",
                   a_smooth_photo_comes_back);
  g_test_add_func ("/crop/the_mask_is_soft_inside_and_nothing_outside",
                   the_mask_is_soft_inside_and_nothing_outside);
  g_test_add_func ("/crop/the_crop_is_the_one_of_the_points",
                   the_crop_is_the_one_of_the_points);
  g_test_add_func ("/crop/usual_points_of_a_crop_have_that_crop",
                   usual_points_of_a_crop_have_that_crop);
  g_test_add_func ("/crop/swapped_points_are_told_from_turned_and_profile_ones",
                   swapped_points_are_told_from_turned_and_profile_ones);
  return g_test_run ();
}
