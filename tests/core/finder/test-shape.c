/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the geometry of faces and the levels and crops of a photo promise.
 */
#include <face/finder/finder-picture.h>
#include <face/finder/finder-shape.h>
#include <math.h>

static void
points_of_a_frame_give_the_frame_back (void)
{
  const FinderFrame frame = { 120.0, 80.0, 55.0, -0.4 };
  FacetPoint points[FACET_N_POINTS];
  FinderFrame found;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    points[i] = finder_frame_to_photo (&frame, finder_mean_points[i]);
  found = finder_frame_from_points (points);
  g_assert_cmpfloat_with_epsilon (found.x, frame.x, 1e-9);
  g_assert_cmpfloat_with_epsilon (found.y, frame.y, 1e-9);
  g_assert_cmpfloat_with_epsilon (found.width, frame.width, 1e-9);
  g_assert_cmpfloat_with_epsilon (found.angle, frame.angle, 1e-9);
}

static void
to_the_photo_and_from_it_are_inverse (void)
{
  const FinderFrame frame = { -3.0, 7.0, 12.0, 2.0 };
  const FacetPoint inside = { 0.3, -0.9 };
  const FacetPoint back =
      finder_frame_from_photo (&frame, finder_frame_to_photo (&frame, inside));

  g_assert_cmpfloat_with_epsilon (back.x, inside.x, 1e-12);
  g_assert_cmpfloat_with_epsilon (back.y, inside.y, 1e-12);
}

static void
a_box_of_a_turned_ellipse_holds_it_exactly (void)
{
  FacetFace face = { 0 };

  finder_face_set_box (&face, (FacetPoint) { 10, 20 }, 6, 8, 0.0);
  g_assert_cmpfloat_with_epsilon (face.x, 7, 1e-12);
  g_assert_cmpfloat_with_epsilon (face.height, 8, 1e-12);
  finder_face_set_box (&face, (FacetPoint) { 10, 20 }, 6, 8, G_PI / 2);
  g_assert_cmpfloat_with_epsilon (face.width, 8, 1e-12);
  finder_face_set_box (&face, (FacetPoint) { 10, 20 }, 8, 8, 0.7);
  g_assert_cmpfloat_with_epsilon (face.width, 8, 1e-12);
  g_assert_cmpfloat_with_epsilon (face.y, 16, 1e-12);
}

static void
overlap_is_one_for_the_same_and_zero_for_apart (void)
{
  const FacetFace first = { 0, 0, 10, 10 };
  const FacetFace half = { 5, 0, 10, 10 };
  const FacetFace apart = { 20, 0, 10, 10 };

  g_assert_cmpfloat (finder_faces_overlap (&first, &first), ==, 1.0);
  g_assert_cmpfloat_with_epsilon (finder_faces_overlap (&first, &half),
                                  50.0 / 150.0, 1e-12);
  g_assert_cmpfloat (finder_faces_overlap (&first, &apart), ==, 0.0);
  g_assert_cmpfloat (finder_faces_nest (&first, &half), ==, 0.5);
  g_assert_cmpfloat (finder_faces_nest (&first, &apart), ==, 0.0);
}

static void
levels_are_means_down_to_the_smallest (void)
{
  guint8 pixels[8 * 12];
  g_autoptr (FinderPicture) picture = NULL;

  for (gint i = 0; i < 8 * 12; i++)
    pixels[i] = (guint8) (i % 12 < 4 ? 200 : 10 * (i % 2));
  picture = finder_picture_new (pixels, 12, 8, 1, 12, 4, 1);
  g_assert_cmpint (picture->n_levels, ==, 3);
  g_assert_cmpint (picture->levels[1].width, ==, 3);
  g_assert_cmpint (picture->levels[1].height, ==, 2);
  g_assert_cmpint (picture->levels[1].pixels[0], ==, 200);
  g_assert_cmpint (picture->levels[1].pixels[3], ==, 5);
  g_assert_cmpint (picture->levels[1].pixels[5], ==, 5);
  g_assert_cmpint (picture->levels[2].factor, ==, 8);
}

static void
every_kind_of_pixel_gives_the_same_levels (void)
{
  guint8 rgba[7 * 5 * 4];
  guint8 rgb[5 * 24];
  g_autoptr (FinderPicture) four = NULL;
  g_autoptr (FinderPicture) three = NULL;

  for (gint i = 0; i < 7 * 5; i++)
    for (gint c = 0; c < 4; c++)
      {
        rgba[4 * i + c] = (guint8) (37 * i + 90 * c);
        if (c < 3)
          rgb[i / 7 * 24 + i % 7 * 3 + c] = rgba[4 * i + c];
      }
  four = finder_picture_new (rgba, 7, 5, 4, 28, 2, 1);
  three = finder_picture_new (rgb, 7, 5, 3, 24, 2, 1);
  for (gint level = 1; level < four->n_levels; level++)
    g_assert_cmpmem (four->levels[level].pixels,
                     3 * four->levels[level].width * four->levels[level].height,
                     three->levels[level].pixels,
                     3 * three->levels[level].width *
                         three->levels[level].height);
}

static void
a_crop_of_the_whole_is_the_photo (void)
{
  const FinderFrame frame = { 8.0, 8.0, 16.0, 0.0 };
  guint8 pixels[16 * 16 * 3];
  gfloat crop[16 * 16 * 3];
  g_autoptr (FinderPicture) picture = NULL;

  for (gint i = 0; i < 16 * 16 * 3; i++)
    pixels[i] = (guint8) (i * 7);
  picture = finder_picture_new (pixels, 16, 16, 3, 48, 2, 4);
  finder_picture_crop (picture, &frame, 1.0, FALSE, 16, crop);
  for (gint i = 0; i < 16 * 16 * 3; i++)
    g_assert_cmpfloat_with_epsilon (crop[i], pixels[i] / 255.0 - 0.5, 1e-5);
  finder_picture_crop (picture, &frame, 1.0, TRUE, 16, crop);
  for (gint i = 0; i < 16; i++)
    g_assert_cmpfloat_with_epsilon (crop[3 * i],
                                    pixels[3 * (15 - i)] / 255.0 - 0.5, 1e-5);
}

static void
outside_of_a_photo_its_edge_goes_on (void)
{
  const FinderFrame frame = { -50.0, 2.0, 8.0, 0.3 };
  const guint8 pixels[] = { 255, 255, 255, 0, 0, 0 };
  gfloat crop[8 * 8 * 3];
  g_autoptr (FinderPicture)
      picture = finder_picture_new (pixels, 2, 1, 3, 6, 2, 4);

  finder_picture_crop (picture, &frame, 1.0, FALSE, 8, crop);
  for (gint i = 0; i < 8 * 8 * 3; i++)
    g_assert_cmpfloat_with_epsilon (crop[i], 0.5, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/points_of_a_frame_give_the_frame_back",
                   points_of_a_frame_give_the_frame_back);
  g_test_add_func ("/finder/to_the_photo_and_from_it_are_inverse",
                   to_the_photo_and_from_it_are_inverse);
  g_test_add_func ("/finder/a_box_of_a_turned_ellipse_holds_it_exactly",
                   a_box_of_a_turned_ellipse_holds_it_exactly);
  g_test_add_func ("/finder/overlap_is_one_for_the_same_and_zero_for_apart",
                   overlap_is_one_for_the_same_and_zero_for_apart);
  g_test_add_func ("/finder/levels_are_means_down_to_the_smallest",
                   levels_are_means_down_to_the_smallest);
  g_test_add_func ("/finder/every_kind_of_pixel_gives_the_same_levels",
                   every_kind_of_pixel_gives_the_same_levels);
  g_test_add_func ("/finder/a_crop_of_the_whole_is_the_photo",
                   a_crop_of_the_whole_is_the_photo);
  g_test_add_func ("/finder/outside_of_a_photo_its_edge_goes_on",
                   outside_of_a_photo_its_edge_goes_on);
  return g_test_run ();
}
