/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading data sets: what is read is what is there, and what cannot be read is
 * told and skipped.
 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-attributes.h>
#include <train/data/facet-augment.h>
#include <train/data/facet-csv.h>
#include <train/data/facet-data.h>

typedef struct
{
  gchar *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->folder = g_dir_make_tmp ("facet-test-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  GDir *directory = g_dir_open (fixture->folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (directory)))
    {
      g_autofree gchar *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_dir_close (directory);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
}

static gchar *
path_in (Fixture *fixture, const gchar *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
write_bytes (Fixture *fixture, const gchar *name, const void *bytes, gsize size)
{
  g_autofree gchar *path = path_in (fixture, name);

  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static void
write_text (Fixture *fixture, const gchar *name, const gchar *text)
{
  write_bytes (fixture, name, text, strlen (text));
}

/* One colour all over. */
static void
write_photo (Fixture *fixture, const gchar *name, gint side, guint32 rgba)
{
  g_autofree gchar *path = path_in (fixture, name);
  g_autoptr (GdkPixbuf)
      photo = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, side, side);

  gdk_pixbuf_fill (photo, rgba);
  g_assert_true (gdk_pixbuf_save (photo, path, "png", NULL, NULL));
}

/* --- CSV ----------------------------------------------------------------- */

static void
csv_keeps_quoted_commas_quotes_and_line_breaks (Fixture *fixture,
                                                gconstpointer user_data)
{
  g_autofree gchar *path = path_in (fixture, "a.csv");
  g_autoptr (FacetCsv) csv = NULL;

  write_text (fixture, "a.csv",
              "\357\273\277file,what\r\n"
              "a.jpg,\"one, \"\"two\"\"\nthree\"\r\n\r\nb.jpg,");
  csv = facet_csv_load (path, NULL);
  g_assert_nonnull (csv);
  g_assert_cmpuint (csv->rows->len, ==, 2);
  g_assert_cmpint (facet_csv_get_column (csv, "file"), ==, 0);
  g_assert_cmpint (facet_csv_get_column (csv, "nothing"), ==, -1);
  g_assert_cmpstr (facet_csv_get (csv, 0, 1), ==, "one, \"two\"\nthree");
  g_assert_cmpstr (facet_csv_get (csv, 1, 0), ==, "b.jpg");
  g_assert_cmpstr (facet_csv_get (csv, 1, 1), ==, "");
  g_assert_null (facet_csv_get (csv, 1, -1));
}

static void
csv_with_a_short_record_is_an_error (Fixture *fixture, gconstpointer user_data)
{
  g_autofree gchar *path = path_in (fixture, "a.csv");
  g_autoptr (GError) error = NULL;

  write_text (fixture, "a.csv", "file,split\na.jpg,train\nb.jpg\n");
  g_assert_null (facet_csv_load (path, &error));
  g_assert_nonnull (strstr (error->message, "record 2"));
}

/* --- folders ------------------------------------------------------------- */

static const NnShape small_colour = { 4, 4, 3 };

static void
unreadable_photos_are_named_and_skipped (Fixture *fixture,
                                         gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, FALSE);
  g_autoptr (GError) error = NULL;

  write_photo (fixture, "good.png", 4, 0xff8000ff);
  write_text (fixture, "broken.jpg", "no photo at all");
  g_assert_true (facet_data_add (data, fixture->folder, NULL, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (facet_data_get_n (data), ==, 1);
  g_assert_cmpstr (facet_data_get_name (data, 0), ==, "good.png");
  g_assert_cmpint (facet_data_get_pixels (data, 0)[1], ==, 0x80);
  g_assert_cmpuint (facet_data_get_skipped (data)->len, ==, 1);
  g_assert_nonnull (
      strstr (g_ptr_array_index (facet_data_get_skipped (data), 0),
              "broken.jpg"));
}

static void
folder_without_a_photo_is_an_error (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_false (facet_data_add (data, fixture->folder, NULL, 0, &error));
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

static void
csv_gives_splits_and_fields (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, TRUE);
  g_autoptr (GArray) test = NULL;
  g_autoptr (GError) error = NULL;

  write_photo (fixture, "a.png", 4, 0xff0000ff);
  write_photo (fixture, "b.png", 4, 0x00ff00ff);
  write_photo (fixture, "gray.png", 4, 0x808080ff);
  write_text (fixture, "faces.csv",
              "file,split,color,est_age\na.png,train,1,30.5\n"
              "b.png,test,1,\ngray.png,train,0,20\n");
  g_assert_true (facet_data_add (data, fixture->folder, NULL, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (facet_data_get_n (data), ==, 2);
  test = facet_data_select (data, FACET_SPLIT_TEST);
  g_assert_cmpuint (test->len, ==, 1);
  g_assert_cmpint (g_array_index (test, gint, 0), ==, 1);
  g_assert_cmpstr (facet_data_get_field (data, 0, "est_age"), ==, "30.5");
  g_assert_null (facet_data_get_field (data, 0, "est_smile"));
}

static void
unknown_split_is_an_error (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, FALSE);
  g_autoptr (GError) error = NULL;

  write_photo (fixture, "a.png", 4, 0xff0000ff);
  write_text (fixture, "faces.csv", "file,split\na.png,holdout\n");
  g_assert_false (facet_data_add (data, fixture->folder, NULL, 0, &error));
  g_assert_nonnull (strstr (error->message, "holdout"));
}

static void
gray_photos_are_left_out_of_colour_sets (Fixture *fixture,
                                         gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, TRUE);

  write_photo (fixture, "colour.png", 4, 0xc08040ff);
  write_photo (fixture, "gray.png", 4, 0x808080ff);
  g_assert_true (facet_data_add (data, fixture->folder, NULL, 0, NULL));
  g_assert_cmpint (facet_data_get_n (data), ==, 1);
  g_assert_cmpstr (facet_data_get_name (data, 0), ==, "colour.png");
}

/* Two pixels, red and blue, kept as TIFF would say "turned by a quarter". */
static void
photos_stand_upright (Fixture *fixture, gconstpointer user_data)
{
  g_autofree gchar *path = path_in (fixture, "turned.jpg");
  g_autofree gchar *jpeg = NULL;
  g_autoptr (GdkPixbuf)
      photo = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 32, 32);
  g_autoptr (GdkPixbuf) top = gdk_pixbuf_new_subpixbuf (photo, 0, 0, 32, 16);
  g_autoptr (FacetData) data = facet_data_new ((NnShape) { 32, 32, 1 }, FALSE);
  g_autoptr (GByteArray) with_exif = g_byte_array_new ();
  /* APP1: Exif, big-endian TIFF, one entry: orientation (0x112) is 6, that is
   * to be turned clockwise. */
  static const guint8 exif[] = {
    0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0,    0,    'M', 'M',
    0,    42,   0, 0,  0,   8,   0,   1,   0x01, 0x12, 0,   3,
    0,    0,    0, 1,  0,   6,   0,   0,   0,    0,    0,   0
  };
  gsize size;

  gdk_pixbuf_fill (photo, 0x000000ff);
  gdk_pixbuf_fill (top, 0xffffffff);
  g_assert_true (
      gdk_pixbuf_save_to_buffer (photo, &jpeg, &size, "jpeg", NULL, NULL));
  g_byte_array_append (with_exif, (guint8 *) jpeg, 2);
  g_byte_array_append (with_exif, exif, sizeof exif);
  g_byte_array_append (with_exif, (guint8 *) jpeg + 2, (guint) size - 2);
  write_bytes (fixture, "turned.jpg", with_exif->data, with_exif->len);

  g_assert_true (facet_data_add (data, fixture->folder, NULL, 0, NULL));
  g_assert_cmpint (facet_data_get_pixels (data, 0)[16 * 32 + 4], <, 40);
  g_assert_cmpint (facet_data_get_pixels (data, 0)[16 * 32 + 28], >, 215);
}

/* --- idx ----------------------------------------------------------------- */

static const guint8 idx[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,
                              0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8 };

static void
idx_is_read_plain_and_gz (Fixture *fixture, gconstpointer user_data)
{
  g_autofree gchar *plain = path_in (fixture, "plain");
  g_autofree gchar *packed = path_in (fixture, "packed.gz");
  g_autoptr (GFile) file = g_file_new_for_path (packed);
  g_autoptr (GFileOutputStream)
      stream = g_file_replace (file, NULL, FALSE, 0, NULL, NULL);
  g_autoptr (GZlibCompressor)
      compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr (GOutputStream)
      gz = g_converter_output_stream_new (G_OUTPUT_STREAM (stream),
                                          G_CONVERTER (compressor));
  g_autoptr (FacetData) data = facet_data_new ((NnShape) { 2, 2, 1 }, FALSE);

  g_assert_true (
      g_output_stream_write_all (gz, idx, sizeof idx, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (gz, NULL, NULL));
  write_bytes (fixture, "plain", idx, sizeof idx);
  g_assert_true (facet_data_add (data, plain, NULL, 0, NULL));
  g_assert_true (facet_data_add (data, packed, NULL, 0, NULL));
  g_assert_cmpint (facet_data_get_n (data), ==, 4);
  g_assert_cmpmem (facet_data_get_pixels (data, 0), 8, idx + 16, 8);
  g_assert_cmpmem (facet_data_get_pixels (data, 2), 8, idx + 16, 8);
}

static void
truncated_idx_is_an_error (Fixture *fixture, gconstpointer user_data)
{
  g_autofree gchar *path = path_in (fixture, "short");

  for (gsize size = 0; size < sizeof idx; size++)
    {
      g_autoptr (FacetData)
          data = facet_data_new ((NnShape) { 2, 2, 1 }, FALSE);
      g_autoptr (GError) error = NULL;

      write_bytes (fixture, "short", idx, size);
      g_assert_false (facet_data_add (data, path, NULL, 0, &error));
      g_assert_nonnull (error);
    }
}

static void
limit_reads_no_more (Fixture *fixture, gconstpointer user_data)
{
  g_autofree gchar *path = path_in (fixture, "plain");
  g_autoptr (FacetData) data = facet_data_new ((NnShape) { 2, 2, 1 }, FALSE);

  write_bytes (fixture, "plain", idx, sizeof idx - 4);
  g_assert_true (facet_data_add (data, path, NULL, 1, NULL));
  g_assert_cmpint (facet_data_get_n (data), ==, 1);
}

/* --- augmentation -------------------------------------------------------- */

static FacetRecipe
recipe_of (gint side)
{
  return (FacetRecipe) { .input_dim = { side, side, 1 } };
}

static void
augmentation_by_nothing_is_identity (void)
{
  const FacetRecipe recipe = recipe_of (8);
  guint8 photo[64];
  gfloat crop[64];
  gfloat none[64];

  for (gint i = 0; i < 64; i++)
    photo[i] = (guint8) (i * 4);
  facet_augment (&recipe, 1, photo, 12345, crop);
  facet_augment_none (&recipe, 1, photo, FALSE, none);
  for (gint i = 0; i < 64; i++)
    {
      g_assert_cmpfloat_with_epsilon (crop[i], photo[i] / 255.0f, 1e-6);
      g_assert_cmpfloat (crop[i], ==, none[i]);
    }
}

static void
mirrored_twice_is_identity (void)
{
  const FacetRecipe recipe = recipe_of (8);
  guint8 photo[64];
  guint8 mirrored[64];
  gfloat crop[64];

  for (gint i = 0; i < 64; i++)
    photo[i] = (guint8) (i * 4);
  facet_augment_none (&recipe, 1, photo, TRUE, crop);
  for (gint i = 0; i < 64; i++)
    {
      g_assert_cmpfloat_with_epsilon (crop[i],
                                      photo[i / 8 * 8 + 7 - i % 8] / 255.0f,
                                      1e-6);
      mirrored[i] = photo[i / 8 * 8 + 7 - i % 8];
    }
  facet_augment_none (&recipe, 1, mirrored, TRUE, crop);
  for (gint i = 0; i < 64; i++)
    g_assert_cmpfloat_with_epsilon (crop[i], photo[i] / 255.0f, 1e-6);
}

static void
half_of_the_crops_are_mirrored (void)
{
  FacetRecipe recipe = recipe_of (8);
  gint n = 0;

  for (guint64 i = 0; i < 2000; i++)
    g_assert_false (
        facet_augment_is_mirrored (&recipe, facet_random_stream (1, 2, i)));
  recipe.mirror = TRUE;
  for (guint64 i = 0; i < 2000; i++)
    n += facet_augment_is_mirrored (&recipe, facet_random_stream (1, 2, i));
  g_assert_cmpint (n, >, 900);
  g_assert_cmpint (n, <, 1100);
}

/* --- attributes ---------------------------------------------------------- */

static void
light_is_measured_in_the_face (void)
{
  const NnShape shape = { 64, 64, 3 };
  g_autofree gfloat *crop = g_new0 (gfloat, 64 * 64 * 3);
  const FacetAttribute *side = facet_attribute_find ("light-side", NULL);
  const FacetAttribute *brightness = facet_attribute_find ("brightness", NULL);
  const FacetAttribute *warmth = facet_attribute_find ("warmth", NULL);

  for (gint i = 0; i < 64 * 64; i++)
    {
      crop[3 * i] = i % 64 < 32 ? 0.25f : 0.75f;
      crop[3 * i + 1] = crop[3 * i];
      crop[3 * i + 2] = crop[3 * i];
    }
  g_assert_cmpfloat_with_epsilon (side->measure (shape, crop), 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (brightness->measure (shape, crop), 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (warmth->measure (shape, crop), 0.0, 1e-6);
  g_assert_true (side->turns);
}

static void
head_turn_of_a_mirrored_face_is_the_opposite (Fixture *fixture,
                                              gconstpointer user_data)
{
  g_autoptr (FacetData) data = facet_data_new (small_colour, FALSE);
  const FacetAttribute *turn = facet_attribute_find ("turn", NULL);
  const FacetAttribute *age = facet_attribute_find ("age", NULL);

  write_photo (fixture, "a.png", 4, 0xff0000ff);
  write_text (fixture, "faces.csv", "file,yaw,est_age\na.png,0.125,\n");
  g_assert_true (facet_data_add (data, fixture->folder, NULL, 0, NULL));
  g_assert_cmpfloat (facet_attribute_read (turn, data, 0, FALSE, small_colour,
                                           NULL),
                     ==, 0.125);
  g_assert_cmpfloat (facet_attribute_read (turn, data, 0, TRUE, small_colour,
                                           NULL),
                     ==, -0.125);
  g_assert_true (
      isnan (facet_attribute_read (age, data, 0, FALSE, small_colour, NULL)));
}

static void
unknown_attribute_is_an_error_that_lists_them (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (facet_attributes_parse ("smile;ears", &error));
  g_assert_nonnull (strstr (error->message, "ears"));
  g_assert_nonnull (strstr (error->message, "glasses"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) \
  g_test_add ("/data/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD (csv_keeps_quoted_commas_quotes_and_line_breaks);
  ADD (csv_with_a_short_record_is_an_error);
  ADD (unreadable_photos_are_named_and_skipped);
  ADD (folder_without_a_photo_is_an_error);
  ADD (csv_gives_splits_and_fields);
  ADD (unknown_split_is_an_error);
  ADD (gray_photos_are_left_out_of_colour_sets);
  ADD (photos_stand_upright);
  ADD (idx_is_read_plain_and_gz);
  ADD (truncated_idx_is_an_error);
  ADD (limit_reads_no_more);
  ADD (head_turn_of_a_mirrored_face_is_the_opposite);
#undef ADD
  g_test_add_func ("/data/augmentation_by_nothing_is_identity",
                   augmentation_by_nothing_is_identity);
  g_test_add_func ("/data/mirrored_twice_is_identity",
                   mirrored_twice_is_identity);
  g_test_add_func ("/data/half_of_the_crops_are_mirrored",
                   half_of_the_crops_are_mirrored);
  g_test_add_func ("/data/light_is_measured_in_the_face",
                   light_is_measured_in_the_face);
  g_test_add_func ("/data/unknown_attribute_is_an_error_that_lists_them",
                   unknown_attribute_is_an_error_that_lists_them);
  return g_test_run ();
}
