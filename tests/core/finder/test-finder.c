/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the shipped finder promises.
 */
#include <face/finder/facet-finder.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <math.h>
#include <nn/nn.h>
#include <string.h>

/* Where the astronaut's face is (tests/data), by eye. */
static const FacetPoint astronaut[FACET_N_POINTS] = { { 204, 101 },
                                                      { 247, 103 },
                                                      { 225, 128 },
                                                      { 205, 141 },
                                                      { 244, 142 } };

static FacetFinder *
load_finder (void)
{
  g_autoptr (GError) error = NULL;
  FacetFinder *finder = facet_finder_load (NULL, &error);

  g_assert_no_error (error);
  return finder;
}

static GdkPixbuf *
load_astronaut (void)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("FACET_SOURCE_ROOT"),
                                             "tests", "data", "astronaut.png",
                                             NULL);
  g_autoptr (GError) error = NULL;
  GdkPixbuf *photo = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);
  return photo;
}

static GArray *
find (FacetFinder *finder, GdkPixbuf *photo)
{
  g_autoptr (GError) error = NULL;
  GArray *faces = facet_finder_find (finder, gdk_pixbuf_read_pixels (photo),
                                     gdk_pixbuf_get_width (photo),
                                     gdk_pixbuf_get_height (photo),
                                     gdk_pixbuf_get_n_channels (photo),
                                     gdk_pixbuf_get_rowstride (photo), 0,
                                     &error);

  g_assert_no_error (error);
  return faces;
}

static void
the_astronaut_is_found_once (void)
{
  g_autoptr (FacetFinder) finder = load_finder ();
  g_autoptr (GdkPixbuf) photo = load_astronaut ();
  g_autoptr (GArray) faces = find (finder, photo);
  const FacetFace *face = &g_array_index (faces, FacetFace, 0);

  g_assert_cmpuint (faces->len, ==, 1);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gdouble far = hypot (face->points[i].x - astronaut[i].x,
                                 face->points[i].y - astronaut[i].y);

      g_test_message ("point %d: %.1f, %.1f", i, face->points[i].x,
                      face->points[i].y);
      /* the eyes are 43 pixels apart */
      g_assert_cmpfloat (far, <, 5.0);
      g_assert_cmpfloat (face->points[i].x, >, face->x);
      g_assert_cmpfloat (face->points[i].x, <, face->x + face->width);
      g_assert_cmpfloat (face->points[i].y, >, face->y);
      g_assert_cmpfloat (face->points[i].y, <, face->y + face->height);
    }
}

static void
same_faces_at_any_thread_count (void)
{
  g_autoptr (FacetFinder) finder = load_finder ();
  g_autoptr (GdkPixbuf) photo = load_astronaut ();
  g_autoptr (GArray) one = NULL;

  nn_set_threads (1);
  one = find (finder, photo);
  for (gint n = 2; n <= 5; n++)
    {
      g_autoptr (GArray) many = NULL;

      nn_set_threads (n);
      many = find (finder, photo);
      g_assert_cmpmem (one->data, one->len * sizeof (FacetFace), many->data,
                       many->len * sizeof (FacetFace));
    }
  nn_set_threads (0);
}

static void
a_gray_and_a_mirrored_astronaut_are_found (void)
{
  g_autoptr (FacetFinder) finder = load_finder ();
  g_autoptr (GdkPixbuf) photo = load_astronaut ();
  g_autoptr (GdkPixbuf) mirrored = gdk_pixbuf_flip (photo, TRUE);
  g_autoptr (GdkPixbuf) gray = gdk_pixbuf_copy (photo);
  g_autoptr (GArray) faces = NULL;
  g_autoptr (GArray) gray_faces = NULL;
  gdouble x;

  faces = find (finder, mirrored);
  g_assert_cmpuint (faces->len, ==, 1);
  x = g_array_index (faces, FacetFace, 0).points[FACET_POINT_NOSE].x;
  g_assert_cmpfloat_with_epsilon (x, 512 - astronaut[FACET_POINT_NOSE].x, 6.0);
  gdk_pixbuf_saturate_and_pixelate (photo, gray, 0.0f, FALSE);
  gray_faces = find (finder, gray);
  g_assert_cmpuint (gray_faces->len, ==, 1);
}

static void
flat_pictures_and_noise_hold_no_face (void)
{
  g_autoptr (FacetFinder) finder = load_finder ();
  g_autofree guint8 *pixels = g_malloc (300 * 400 * 3);

  for (gint kind = 0; kind < 4; kind++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) faces = NULL;

      for (gint i = 0; i < 300 * 400 * 3; i++)
        pixels[i] = (guint8) (kind < 3 ?
                                  127 * kind :
                                  255 * nn_random_uniform (4, (guint64) i));
      faces = facet_finder_find (finder, pixels, 400, 300, 3, 1200, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (faces->len, ==, 0);
    }
}

static void
photos_of_any_shape_are_looked_at (void)
{
  static const gint sizes[][2] = { { 1, 1 },   { 1, 700 }, { 700, 1 },
                                   { 3, 2 },   { 39, 41 }, { 5, 3000 },
                                   { 640, 7 }, { 101, 67 } };
  g_autoptr (FacetFinder) finder = load_finder ();

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gint channels = 1; channels <= 4; channels++)
      {
        const gsize stride = (gsize) (sizes[i][0] * channels + 5);
        g_autofree guint8 *pixels = g_malloc0 (stride * sizes[i][1]);
        g_autoptr (GError) error = NULL;
        g_autoptr (GArray) faces = NULL;

        faces = facet_finder_find (finder, pixels, sizes[i][0], sizes[i][1],
                                   channels, stride, 10 * (gint) i, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (faces->len, ==, 0);
      }
}

static void
a_photo_without_pixels_is_an_error (void)
{
  g_autoptr (FacetFinder) finder = load_finder ();
  g_autoptr (GError) error = NULL;
  const guint8 none = 0;

  g_assert_null (facet_finder_find (finder, &none, 0, 5, 3, 0, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
a_selection_chooses_the_face_in_it (void)
{
  const FacetFace known[] = { { 100, 100, 60, 80 },
                              { 300, 100, 50, 60 },
                              { 10, 10, 40, 50 } };
  g_autoptr (GArray) faces = g_array_new (FALSE, FALSE, sizeof (FacetFace));

  g_array_append_vals (faces, known, G_N_ELEMENTS (known));
  g_assert_cmpint (facet_faces_choose (faces, 0, 0, 500, 500), ==, 0);
  g_assert_cmpint (facet_faces_choose (faces, 290, 90, 100, 100), ==, 1);
  g_assert_cmpint (facet_faces_choose (faces, 0, 0, 90, 90), ==, 2);
  g_assert_cmpint (facet_faces_choose (faces, 40, 50, 65, 65), ==, 2);
  g_assert_cmpint (facet_faces_choose (faces, 400, 400, 50, 50), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/the_astronaut_is_found_once",
                   the_astronaut_is_found_once);
  g_test_add_func ("/finder/same_faces_at_any_thread_count",
                   same_faces_at_any_thread_count);
  g_test_add_func ("/finder/a_gray_and_a_mirrored_astronaut_are_found",
                   a_gray_and_a_mirrored_astronaut_are_found);
  g_test_add_func ("/finder/flat_pictures_and_noise_hold_no_face",
                   flat_pictures_and_noise_hold_no_face);
  g_test_add_func ("/finder/photos_of_any_shape_are_looked_at",
                   photos_of_any_shape_are_looked_at);
  g_test_add_func ("/finder/a_photo_without_pixels_is_an_error",
                   a_photo_without_pixels_is_an_error);
  g_test_add_func ("/finder/a_selection_chooses_the_face_in_it",
                   a_selection_chooses_the_face_in_it);
  return g_test_run ();
}
