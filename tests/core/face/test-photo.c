/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What FacetPhoto promises of numbers.
 */
#include <face/photo/facet-photo.h>
#include <string.h>

#define N_LEVELS (G_MAXUINT16 + 1)

/* babl chooses among its conversions by time: what it gives differs in the last
 * bit from process to process. */
static void
integers_are_read_as_what_they_mean (void)
{
  static const gchar *const formats[] = { "R'G'B' u8",  "R'G'B'A u8",
                                          "Y' u8",      "R'G'B' u16",
                                          "Y' u16",     "R'G'B'A u16",
                                          "cairo-RGB24" };

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    {
      const Babl *format = babl_format (formats[f]);
      const gboolean wide = babl_format_get_type (format, 0) ==
                            babl_type ("u16");
      const gint n_components = babl_format_get_n_components (format);
      const gint levels = wide ? G_MAXUINT16 : G_MAXUINT8;
      const FacetRectangle all = { 0, 0, levels + 1, 1 };
      g_autofree guint16 *pixels = g_new (guint16, N_LEVELS * 4);
      g_autoptr (FacetPhoto) photo = NULL;
      g_autoptr (FacetImage) image = NULL;
      g_autoptr (GError) error = NULL;

      for (gint i = 0; i < (levels + 1) * n_components; i++)
        if (wide)
          pixels[i] = (guint16) (i / n_components);
        else
          ((guint8 *) pixels)[i] = (guint8) (i / n_components);
      photo = facet_photo_new (format, pixels, levels + 1, 1, 0, &error);
      g_assert_no_error (error);
      image = facet_photo_read (photo, &all);
      for (gint i = 0; i <= levels; i++)
        for (gint c = 0; c < 3; c++)
          g_assert_cmpfloat (image->pixels[4 * i + c], ==,
                             (gfloat) i / (gfloat) levels);
    }
}

/* Just below and just above the middle between two levels. */
static void
numbers_go_to_the_nearest_level (void)
{
  const guint8 black[4 * 3] = { 0 };
  const gfloat offsets[3] = { -0.49f, 0.0f, 0.49f };
  const gfloat before[4 * 4] __attribute__ ((aligned (16))) = { 0 };
  gfloat rgba[4 * 4] __attribute__ ((aligned (16))) = { 0 };
  guint8 pixels[4 * 3] = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetPhoto)
      photo = facet_photo_new (babl_format ("R'G'B' u8"), black, 4, 1,
                               sizeof black, &error);

  g_assert_no_error (error);
  for (gint level = 1; level < G_MAXUINT8; level++)
    {
      for (gint i = 0; i < 3; i++)
        for (gint c = 0; c < 4; c++)
          rgba[4 * i + c] = ((gfloat) level + offsets[i]) / G_MAXUINT8;
      facet_photo_write (photo, 0, 0, 4, before, rgba, pixels);
      for (gint i = 0; i < 3 * 3; i++)
        g_assert_cmpint (pixels[i], ==, level);
      for (gint i = 3 * 3; i < 4 * 3; i++)
        g_assert_cmpint (pixels[i], ==, 0);
    }
}

/* Blue comes first, and a fourth byte is nobody's. */
static void
colours_go_to_their_places (void)
{
  const guint8 old[4] = { 30, 20, 10, 99 };
  const guint8 expected[4] = { 31, 22, 13, 99 };
  const FacetRectangle all = { 0, 0, 1, 1 };
  guint8 pixels[4] = { 30, 20, 10, 99 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetPhoto) photo = facet_photo_new (babl_format ("cairo-RGB24"),
                                                  old, 1, 1, 4, &error);
  g_autoptr (FacetImage) before = NULL;
  g_autoptr (FacetImage) after = NULL;

  g_assert_no_error (error);
  before = facet_photo_read (photo, &all);
  after = facet_photo_read (photo, &all);
  for (gint c = 0; c < 3; c++)
    {
      g_assert_cmpfloat (before->pixels[c], ==, (gfloat) old[2 - c] / 255);
      after->pixels[c] = (gfloat) expected[2 - c] / 255;
    }
  facet_photo_write (photo, 0, 0, 1, before->pixels, after->pixels, pixels);
  g_assert_cmpmem (pixels, 4, expected, 4);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  babl_init ();
  g_test_add_func ("/photo/integers_are_read_as_what_they_mean",
                   integers_are_read_as_what_they_mean);
  g_test_add_func ("/photo/numbers_go_to_the_nearest_level",
                   numbers_go_to_the_nearest_level);
  g_test_add_func ("/photo/colours_go_to_their_places",
                   colours_go_to_their_places);
  status = g_test_run ();
  babl_exit ();
  return status;
}
