/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a photo's file keeps when it is loaded and saved.
 */
#include <cli/photo-file/photo-file.h>
#include <glib/gstdio.h>
#include <lcms2.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <jpeglib.h> /* wants stdio.h before it */
#include <stdlib.h>
#include <string.h>

static gchar *folder;

static PhotoFile *
random_photo (gint width, gint height, gint channels, gint depth_bytes)
{
  PhotoFile *photo = photo_file_new (width, height, channels, depth_bytes);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);

  for (gsize i = 0; i < height * photo_file_get_stride (photo); i++)
    photo->pixels[i] = (guint8) g_rand_int (random);
  return photo;
}

/* A photo in a wide space, as some cameras write. */
static GBytes *
get_profile (void)
{
  const cmsCIExyY white = { 0.3457, 0.3585, 1.0 };
  const cmsCIExyYTRIPLE primaries = { { 0.64, 0.33, 1.0 },
                                      { 0.21, 0.71, 1.0 },
                                      { 0.15, 0.06, 1.0 } };
  cmsToneCurve *curve = cmsBuildGamma (NULL, 2.2);
  cmsToneCurve *curves[] = { curve, curve, curve };
  cmsHPROFILE profile = cmsCreateRGBProfile (&white, &primaries, curves);
  cmsUInt32Number length = 0;
  guint8 *bytes;

  cmsSaveProfileToMem (profile, NULL, &length);
  bytes = g_malloc (length);
  cmsSaveProfileToMem (profile, bytes, &length);
  cmsCloseProfile (profile);
  cmsFreeToneCurve (curve);
  return g_bytes_new_take (bytes, length);
}

static GExiv2Metadata *
get_metadata (GExiv2Orientation orientation)
{
  GExiv2Metadata *metadata = gexiv2_metadata_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = g_build_filename (folder, "plain.jpg", NULL);
  g_autoptr (PhotoFile) plain = random_photo (8, 8, 3, 1);

  photo_file_save (plain, path, &error);
  g_assert_no_error (error);
  gexiv2_metadata_open_path (metadata, path, &error);
  g_assert_no_error (error);
  gexiv2_metadata_try_set_tag_string (metadata, "Exif.Image.Artist", "Ada",
                                      &error);
  gexiv2_metadata_try_set_tag_string (metadata, "Xmp.dc.title", "Engine",
                                      &error);
  gexiv2_metadata_try_set_tag_string (metadata, "Iptc.Application2.City",
                                      "London", &error);
  gexiv2_metadata_try_set_orientation (metadata, orientation, &error);
  g_assert_no_error (error);
  return metadata;
}

/* Saves, loads; @name's ending says as what. */
static PhotoFile *
save_and_load (PhotoFile *photo, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  PhotoFile *loaded;

  photo_file_save (photo, path, &error);
  g_assert_no_error (error);
  loaded = photo_file_load (path, &error);
  g_assert_no_error (error);
  return loaded;
}

static void
png_keeps_every_bit (void)
{
  for (gint channels = 1; channels <= 4; channels++)
    for (gint depth_bytes = 1; depth_bytes <= 2; depth_bytes++)
      {
        g_autoptr (PhotoFile)
            photo = random_photo (37, 23, channels, depth_bytes);
        g_autoptr (PhotoFile) loaded = save_and_load (photo, "bits.png");

        g_assert_cmpint (loaded->channels, ==, channels);
        g_assert_cmpint (loaded->depth_bytes, ==, depth_bytes);
        g_assert_cmpmem (loaded->pixels, 23 * photo_file_get_stride (loaded),
                         photo->pixels, 23 * photo_file_get_stride (photo));
      }
}

static void
profile_and_metadata_are_kept (void)
{
  const gchar *const first[] = { "keep.png", "keep.jpg", "keep.png",
                                 "keep.JPEG" };
  const gchar *const second[] = { "again.png", "again.jpg", "again.jpg",
                                  "again.png" };

  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    {
      g_autoptr (PhotoFile) photo = random_photo (40, 30, 3, 1);
      g_autoptr (PhotoFile) once = NULL;
      g_autoptr (PhotoFile) twice = NULL;
      g_autofree gchar *artist = NULL;
      g_autofree gchar *title = NULL;

      photo->profile = get_profile ();
      photo->metadata = get_metadata (GEXIV2_ORIENTATION_NORMAL);
      once = save_and_load (photo, first[i]);
      twice = save_and_load (once, second[i]);
      g_assert_nonnull (twice->profile);
      g_assert_true (g_bytes_equal (twice->profile, photo->profile));
      g_assert_true (photo_file_get_format (twice) !=
                     babl_format ("R'G'B' u8"));
      g_assert_nonnull (twice->metadata);
      artist = gexiv2_metadata_try_get_tag_string (twice->metadata,
                                                   "Exif.Image.Artist", NULL);
      title = gexiv2_metadata_try_get_tag_interpreted_string (twice->metadata,
                                                              "Xmp.dc.title",
                                                              NULL);
      g_assert_cmpstr (artist, ==, "Ada");
      g_assert_nonnull (strstr (title, "Engine"));
    }
}

/* One gray pixel of 128 that says what it means by numbers alone: linear light,
 * and primaries that are not sRGB's if @wide. */
static gchar *
write_png_with_numbers (gboolean wide, gboolean says_srgb)
{
  gchar *path = g_build_filename (folder, "numbers.png", NULL);
  FILE *stream = g_fopen (path, "wb");
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL,
                                             NULL);
  png_infop info = png_create_info_struct (png);
  const png_byte pixel[3] = { 128, 128, 128 };

  png_init_io (png, stream);
  png_set_IHDR (png, info, 1, 1, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (says_srgb)
    png_set_sRGB_gAMA_and_cHRM (png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  else
    png_set_gAMA (png, info, 1.0);
  if (wide)
    png_set_cHRM (png, info, 0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06);
  png_write_info (png, info);
  png_write_row (png, pixel);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  fclose (stream);
  return path;
}

static gboolean
has_chunk (const gchar *name, const gchar *chunk)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize i = 0; i + 4 <= length; i++)
    if (memcmp (bytes + i, chunk, 4) == 0)
      return TRUE;
  return FALSE;
}

static void
colors_described_by_numbers_are_understood_and_kept (void)
{
  for (gint wide = 0; wide <= 1; wide++)
    {
      g_autofree gchar *path = write_png_with_numbers (wide, FALSE);
      g_autoptr (PhotoFile) photo = photo_file_load (path, NULL);
      g_autoptr (PhotoFile) png = save_and_load (photo, "same.png");
      g_autoptr (PhotoFile) jpeg = save_and_load (photo, "same.jpg");
      gfloat rgb[3];

      babl_process (babl_fish (photo_file_get_format (photo),
                               babl_format ("R'G'B' float")),
                    photo->pixels, rgb, 1);
      for (gint c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (
            rgb[c], 1.055 * pow (128 / 255.0, 1 / 2.4) - 0.055, 0.004);
      g_assert_true (has_chunk ("same.png", "gAMA"));
      g_assert_true (has_chunk ("same.png", "cHRM") == wide);
      g_assert_false (has_chunk ("same.png", "iCCP"));
      g_assert_true (photo_file_get_format (png) ==
                     photo_file_get_format (photo));
      g_assert_true (g_bytes_equal (jpeg->profile, photo->profile));
    }
}

static void
numbers_of_srgb_are_srgb (void)
{
  g_autofree gchar *path = write_png_with_numbers (FALSE, TRUE);
  g_autoptr (PhotoFile) photo = photo_file_load (path, NULL);

  g_assert_true (photo_file_get_format (photo) == babl_format ("R'G'B' u8"));
}

/* Each letter is one pixel; what is stored with an orientation is seen upright
 * as A B C over D E F. */
static void
orientation_is_upright (void)
{
  const struct
  {
    GExiv2Orientation orientation;
    gint width;
    const gchar *stored;
  } cases[] = {
    { GEXIV2_ORIENTATION_NORMAL, 3, "ABCDEF" },
    { GEXIV2_ORIENTATION_HFLIP, 3, "CBAFED" },
    { GEXIV2_ORIENTATION_ROT_180, 3, "FEDCBA" },
    { GEXIV2_ORIENTATION_VFLIP, 3, "DEFABC" },
    { GEXIV2_ORIENTATION_ROT_90_HFLIP, 2, "ADBECF" },
    { GEXIV2_ORIENTATION_ROT_90, 2, "CFBEAD" },
    { GEXIV2_ORIENTATION_ROT_90_VFLIP, 2, "FCEBDA" },
    { GEXIV2_ORIENTATION_ROT_270, 2, "DAEBFC" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PhotoFile)
          photo = photo_file_new (cases[i].width, 6 / cases[i].width, 1, 1);
      g_autoptr (PhotoFile) loaded = NULL;
      g_autoptr (PhotoFile) again = NULL;

      memcpy (photo->pixels, cases[i].stored, 6);
      photo->metadata = get_metadata (cases[i].orientation);
      loaded = save_and_load (photo, "turned.png");
      g_assert_cmpint (loaded->width, ==, 3);
      g_assert_cmpmem (loaded->pixels, 6, "ABCDEF", 6);
      again = save_and_load (loaded, "upright.png");
      g_assert_cmpmem (again->pixels, 6, "ABCDEF", 6);
    }
}

static void
a_jpeg_is_written_with_its_own_tables (void)
{
  g_autoptr (PhotoFile) photo = photo_file_new (64, 64, 3, 1);
  g_autoptr (PhotoFile) once = NULL;
  g_autoptr (PhotoFile) twice = NULL;
  gint most = 0;

  for (gint i = 0; i < 64 * 64 * 3; i++)
    photo->pixels[i] = (guint8) (128 + 60 * ((i / 600) % 2) + i % 7);
  once = save_and_load (photo, "once.jpg");
  twice = save_and_load (once, "twice.jpg");
  for (gint i = 0; i < 64 * 64 * 3; i++)
    most = MAX (most, abs (once->pixels[i] - twice->pixels[i]));
  g_assert_cmpint (most, <=, 2);
}

/* Noise, whose colours are kept for each @sampling × @sampling pixels. */
static gchar *
write_jpeg (gint width, gint height, gint sampling, gboolean in_steps)
{
  gchar *path = g_build_filename (folder, "camera.jpg", NULL);
  g_autoptr (PhotoFile) photo = random_photo (width, height, 3, 1);
  FILE *stream = g_fopen (path, "wb");
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;

  jpeg.err = jpeg_std_error (&errors);
  jpeg_create_compress (&jpeg);
  jpeg_stdio_dest (&jpeg, stream);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults (&jpeg);
  jpeg_set_quality (&jpeg, 60, TRUE);
  jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = sampling;
  if (in_steps)
    jpeg_simple_progression (&jpeg);
  jpeg_start_compress (&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height)
    {
      JSAMPROW row = photo->pixels + (gsize) jpeg.next_scanline * width * 3;

      jpeg_write_scanlines (&jpeg, &row, 1);
    }
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);
  fclose (stream);
  return path;
}

/* The pixel 50, 40 is edited.  Only its unit, 8 pixels for each @sampling, can
 * change, and what takes its colours to their neighbours: two pixels more. */
static void
what_is_not_edited_of_a_jpeg_stays (void)
{
  for (gint sampling = 1; sampling <= 2; sampling++)
    for (gint in_steps = 0; in_steps <= 1; in_steps++)
      for (gint width = 55; width <= 64; width += 9)
        {
          g_autofree gchar *path = write_jpeg (width, 45, sampling, in_steps);
          g_autoptr (PhotoFile) photo = photo_file_load (path, NULL);
          g_autoptr (PhotoFile) edited = photo_file_load (path, NULL);
          g_autoptr (PhotoFile) loaded = NULL;
          const gint unit = 8 * sampling;
          gint n_changed = 0;

          for (gint c = 0; c < 3; c++)
            edited->pixels[(40 * width + 50) * 3 + c] ^= 0x80;
          loaded = save_and_load (edited, "edited.jpg");
          for (gint i = 0; i < width * 45 * 3; i++)
            {
              const gint x = i / 3 % width, y = i / 3 / width;
              const gint left = 50 / unit * unit, top = 40 / unit * unit;

              if (loaded->pixels[i] == photo->pixels[i])
                continue;
              n_changed++;
              g_assert_cmpint (x, >=, left - 2);
              g_assert_cmpint (x, <, left + unit + 2);
              g_assert_cmpint (y, >=, top - 2);
              g_assert_cmpint (y, <, top + unit + 2);
            }
          g_assert_cmpint (n_changed, >, 0);
        }
}

static void
a_jpeg_that_is_not_edited_shows_the_same (void)
{
  g_autofree gchar *path = write_jpeg (61, 47, 2, FALSE);
  g_autoptr (PhotoFile) photo = photo_file_load (path, NULL);
  g_autoptr (PhotoFile) loaded = save_and_load (photo, "same-again.jpg");

  g_assert_cmpmem (loaded->pixels, 47 * photo_file_get_stride (loaded),
                   photo->pixels, 47 * photo_file_get_stride (photo));
}

/* What follows the last row of blocks is read by nobody who only looks. */
static void
a_damaged_jpeg_that_can_be_seen_can_be_saved (void)
{
  g_autofree gchar *path = write_jpeg (64, 64, 1, FALSE);
  g_autofree gchar *bytes = NULL;
  g_autoptr (PhotoFile) photo = NULL;
  g_autoptr (PhotoFile) loaded = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  bytes[length - 1] = 0x07; /* no such marker */
  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  photo = photo_file_load (path, NULL);
  g_assert_nonnull (photo);
  loaded = save_and_load (photo, "repaired.jpg");
  g_assert_cmpint (loaded->width, ==, 64);
}

/* Progressive ones are read to their end before the first row is shown. */
static void
a_jpeg_that_is_cut_off_is_said_to_be (void)
{
  for (gint in_steps = 0; in_steps <= 1; in_steps++)
    {
      g_autofree gchar *path = write_jpeg (64, 64, 1, in_steps);
      g_autofree gchar *bytes = NULL;
      g_autoptr (PhotoFile) whole = photo_file_load (path, NULL);
      g_autoptr (PhotoFile) cut = NULL;
      gsize length;

      g_assert_null (whole->damage);
      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      g_assert_true (g_file_set_contents (path, bytes, length * 2 / 3, NULL));
      cut = photo_file_load (path, NULL);
      g_assert_nonnull (cut);
      g_assert_cmpstr (cut->damage, !=, NULL);
      g_assert_cmpstr (cut->damage, !=, "");
    }
}

/* What a viewer does not need for the pixels says nothing about them. */
static void
an_odd_header_is_no_damage (void)
{
  g_autofree gchar *path = write_jpeg (64, 64, 1, FALSE);
  g_autofree gchar *bytes = NULL;
  g_autoptr (PhotoFile) photo = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpmem (bytes + 6, 5, "JFIF", 5);
  bytes[11] = 7; /* a version of JFIF that is not known */
  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  photo = photo_file_load (path, NULL);
  g_assert_nonnull (photo);
  g_assert_null (photo->damage);
}

static void
sixteen_bits_become_a_jpeg_and_alpha_does_not (void)
{
  g_autoptr (PhotoFile) deep = photo_file_new (16, 16, 3, 2);
  g_autoptr (PhotoFile) transparent = photo_file_new (16, 16, 4, 1);
  g_autofree gchar *path = g_build_filename (folder, "alpha.jpg", NULL);
  g_autoptr (PhotoFile) flat = NULL;
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < 16 * 16 * 3; i++)
    ((guint16 *) deep->pixels)[i] = 0x8080;
  flat = save_and_load (deep, "deep.jpg");
  g_assert_cmpint (flat->pixels[100], ==, 0x80);
  g_assert_false (photo_file_save (transparent, path, &error));
  g_assert_nonnull (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Every file that ends early is an error or a photo, never a crash. */
static void
broken_files_are_refused (void)
{
  const gchar *const names[] = { "whole.png", "whole.jpg" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (PhotoFile) photo = random_photo (20, 20, 3, 1);
      g_autoptr (PhotoFile) loaded = NULL;
      g_autofree gchar *whole = g_build_filename (folder, names[i], NULL);
      g_autofree gchar *cut = g_build_filename (folder, "cut", NULL);
      g_autofree gchar *bytes = NULL;
      gsize length;

      photo->metadata = get_metadata (GEXIV2_ORIENTATION_NORMAL);
      loaded = save_and_load (photo, names[i]);
      g_assert_true (g_file_get_contents (whole, &bytes, &length, NULL));
      for (gsize n = 0; n < length; n += 1 + n / 5)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (PhotoFile) part = NULL;

          g_assert_true (g_file_set_contents (cut, bytes, n, NULL));
          part = photo_file_load (cut, &error);
          g_assert_true ((part == NULL) == (error != NULL));
          if (n < 300)
            g_assert_null (part);
        }
    }
}

/* Not the temporary one beside it. */
static void
an_error_names_the_file_that_was_meant (void)
{
  g_autoptr (PhotoFile) photo = random_photo (4, 4, 3, 1);
  g_autofree gchar *path = g_build_filename (folder, "no-folder", "edited.png",
                                             NULL);
  g_autofree gchar *quoted = g_strdup_printf ("“%s”", path);
  g_autoptr (GError) error = NULL;

  g_assert_false (photo_file_save (photo, path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, quoted));
}

static void
no_temporary_file_is_left (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)))
    g_assert_false (g_str_has_suffix (name, ".part"));
  g_dir_close (dir);
}

int
main (int argc, char **argv)
{
  int status;

  babl_init ();
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("facet-photo-XXXXXX", NULL);
  g_test_add_func ("/photo_file/png_keeps_every_bit", png_keeps_every_bit);
  g_test_add_func ("/photo_file/profile_and_metadata_are_kept",
                   profile_and_metadata_are_kept);
  g_test_add_func (
      "/photo_file/colors_described_by_numbers_are_understood_and_kept",
      colors_described_by_numbers_are_understood_and_kept);
  g_test_add_func ("/photo_file/numbers_of_srgb_are_srgb",
                   numbers_of_srgb_are_srgb);
  g_test_add_func ("/photo_file/orientation_is_upright",
                   orientation_is_upright);
  g_test_add_func ("/photo_file/a_jpeg_is_written_with_its_own_tables",
                   a_jpeg_is_written_with_its_own_tables);
  g_test_add_func ("/photo_file/what_is_not_edited_of_a_jpeg_stays",
                   what_is_not_edited_of_a_jpeg_stays);
  g_test_add_func ("/photo_file/a_jpeg_that_is_not_edited_shows_the_same",
                   a_jpeg_that_is_not_edited_shows_the_same);
  g_test_add_func ("/photo_file/a_damaged_jpeg_that_can_be_seen_can_be_saved",
                   a_damaged_jpeg_that_can_be_seen_can_be_saved);
  g_test_add_func ("/photo_file/a_jpeg_that_is_cut_off_is_said_to_be",
                   a_jpeg_that_is_cut_off_is_said_to_be);
  g_test_add_func ("/photo_file/an_odd_header_is_no_damage",
                   an_odd_header_is_no_damage);
  g_test_add_func ("/photo_file/sixteen_bits_become_a_jpeg_and_alpha_does_not",
                   sixteen_bits_become_a_jpeg_and_alpha_does_not);
  g_test_add_func ("/photo_file/broken_files_are_refused",
                   broken_files_are_refused);
  g_test_add_func ("/photo_file/an_error_names_the_file_that_was_meant",
                   an_error_names_the_file_that_was_meant);
  g_test_add_func ("/photo_file/no_temporary_file_is_left",
                   no_temporary_file_is_left);
  status = g_test_run ();
  {
    const gchar *name;
    GDir *dir = g_dir_open (folder, 0, NULL);

    while ((name = g_dir_read_name (dir)))
      {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);

        g_unlink (path);
      }
    g_dir_close (dir);
    g_rmdir (folder);
  }
  babl_exit ();
  return status;
}
