/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program `facet` as a shell sees it: what it writes, says and returns.
 */
#include <cli/commands.h>
#include <cli/photo-file/photo-file.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "../face/small-model.h"

static const gchar *program, *data;
static gchar *folder, *model;

/* Of the sample photo. */
#define WHOLE "0,0,512,512"
/* Of the small model. */
#define CROP_SIDE 32

static gchar *
in_folder (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

static gchar *
in_data (const gchar *name)
{
  return g_build_filename (data, name, NULL);
}

/* Runs facet with @arguments, NULL-terminated; what it prints is @output. */
static int
facet (gchar **output, gchar **errors, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autofree gchar *printed = NULL;
  g_autofree gchar *complained = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  va_list list;

  g_ptr_array_add (arguments, (gpointer) program);
  va_start (list, errors);
  do
    g_ptr_array_add (arguments, va_arg (list, gchar *));
  while (arguments->pdata[arguments->len - 1]);
  va_end (list);
  g_spawn_sync (NULL, (gchar **) arguments->pdata, NULL, 0, NULL, NULL,
                &printed, &complained, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  if (output)
    *output = g_steal_pointer (&printed);
  if (errors)
    *errors = g_steal_pointer (&complained);
  return WEXITSTATUS (status);
}

static PhotoFile *
load (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  PhotoFile *photo = photo_file_load (path, &error);

  g_assert_no_error (error);
  return photo;
}

static void
save (PhotoFile *photo, const gchar *path)
{
  g_autoptr (GError) error = NULL;

  photo_file_save (photo, path, &error);
  g_assert_no_error (error);
}

static void
assert_same_pixels (const PhotoFile *first, const PhotoFile *second)
{
  g_assert_cmpint (first->width, ==, second->width);
  g_assert_cmpint (first->height, ==, second->height);
  g_assert_cmpint (first->channels, ==, second->channels);
  g_assert_cmpint (first->depth_bytes, ==, second->depth_bytes);
  g_assert_cmpmem (first->pixels, first->height * photo_file_get_stride (first),
                   second->pixels,
                   second->height * photo_file_get_stride (second));
}

/* Pixels of @photo, 8 bit of three channels, that differ from @other's. */
static gint
count_changes (const PhotoFile *photo,
               const PhotoFile *other,
               gint x,
               gint y,
               gint side,
               gboolean inside)
{
  gint n = 0;

  for (gint row = 0; row < photo->height; row++)
    for (gint column = 0; column < photo->width; column++)
      {
        const gsize at = ((gsize) row * photo->width + column) * 3;
        const gboolean is_inside = row >= y && row < y + side && column >= x &&
                                   column < x + side;

        if (is_inside == inside)
          n += memcmp (photo->pixels + at, other->pixels + at, 3) != 0;
      }
  return n;
}

/* --- the tests -------------------------------------------------------------
 */

static void
no_offset_is_no_change (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("zero.png");

  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "-o", out,
                          "--region", WHOLE, "--refine", NULL),
                   ==, EXIT_DONE);
  {
    g_autoptr (PhotoFile) before = load (photo);
    g_autoptr (PhotoFile) after = load (out);

    assert_same_pixels (before, after);
  }
}

static void
only_the_region_changes (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("region.png");

  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--region",
                          "148,29,153,153", "--set", "1=3", "--set", "2=-2",
                          "-o", out, NULL),
                   ==, EXIT_DONE);
  {
    g_autoptr (PhotoFile) before = load (photo);
    g_autoptr (PhotoFile) after = load (out);

    g_assert_cmpint (count_changes (before, after, 148, 29, 153, FALSE), ==, 0);
    g_assert_cmpint (count_changes (before, after, 148, 29, 153, TRUE), >,
                     1000);
  }
}

/* Right eye, left eye, nose, right and left of the mouth. */
static void
the_points_say_where_the_face_is (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("points.png");

  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--points",
                          "205,105,242,110,220,127,203,141,235,146", "--set",
                          "1=3", "-o", out, NULL),
                   ==, EXIT_DONE);
  {
    g_autoptr (PhotoFile) before = load (photo);
    g_autoptr (PhotoFile) after = load (out);

    g_assert_cmpint (count_changes (before, after, 120, 10, 200, FALSE), ==, 0);
    g_assert_cmpint (count_changes (before, after, 120, 10, 200, TRUE), >,
                     1000);
  }
}

/* Of one face that is whole it is the same as 1; the plug-in's 0 is, too. */
static void
face_0_is_what_is_edited_if_none_is_named (void)
{
  const gchar *const named[][3] = { { NULL },
                                    { "--face", "0" },
                                    { "--face", "1" } };
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("face.png");
  g_autoptr (PhotoFile) before = load (photo);
  g_autoptr (PhotoFile) first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    {
      g_autoptr (PhotoFile) after = NULL;

      g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--set",
                              "1=3", "-o", out, named[i][0], named[i][1], NULL),
                       ==, EXIT_DONE);
      after = load (out);
      if (first)
        assert_same_pixels (first, after);
      else
        first = g_steal_pointer (&after);
    }
  g_assert_cmpint (count_changes (before, first, 120, 10, 200, TRUE), >, 1000);
}

static void
latents_and_set_mean_the_same (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *first = in_folder ("latents.png");
  g_autofree gchar *second = in_folder ("set.png");

  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--latents",
                          "1.5,0,-2", "--region", WHOLE, "-o", first, NULL),
                   ==, EXIT_DONE);
  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--set",
                          "3=-2", "--set", "1=1.5", "--region", WHOLE, "-o",
                          second, NULL),
                   ==, EXIT_DONE);
  {
    g_autoptr (PhotoFile) one = load (first);
    g_autoptr (PhotoFile) other = load (second);

    assert_same_pixels (one, other);
  }
}

/* Each setting changes the bytes that the same offset gives. */
static void
settings_make_a_difference (void)
{
  const gchar *const settings[][2] = {
    { "--strength", "0.5" },      { "--feather", "0.4" },
    { "--detail", "difference" }, { "--detail", "reconstruction" },
    { "--refine", NULL },
  };
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *plain = in_folder ("plain.png");
  g_autofree gchar *set = in_folder ("set.png");
  g_autoptr (PhotoFile) first = NULL;

  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--region",
                          WHOLE, "--set", "1=2", "-o", plain, NULL),
                   ==, EXIT_DONE);
  first = load (plain);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr (PhotoFile) other = NULL;

      g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model,
                              "--region", WHOLE, "--set", "1=2", "-o", set,
                              settings[i][0], settings[i][1], NULL),
                       ==, EXIT_DONE);
      other = load (set);
      g_assert_cmpint (count_changes (first, other, 0, 0, 512, TRUE), >, 1000);
    }
}

static void
what_encode_prints_decodes (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *csv = in_folder ("codes,\"1\".csv");
  g_autofree gchar *picture = in_folder ("decode.png");
  g_autofree gchar *text = NULL;
  g_autofree gchar *table = NULL;
  g_auto (GStrv) lines = NULL;
  const gchar *numbers;

  g_assert_cmpint (facet (NULL, NULL, "encode", model, photo, photo, "--region",
                          WHOLE, "--csv", csv, NULL),
                   ==, EXIT_DONE);
  g_assert_cmpint (facet (&text, NULL, "encode", model, photo, photo,
                          "--region", WHOLE, NULL),
                   ==, EXIT_DONE);
  g_assert_true (g_file_get_contents (csv, &table, NULL, NULL));
  g_assert_cmpstr (text, ==, table);
  lines = g_strsplit (table, "\n", -1);
  g_assert_cmpint (g_strv_length (lines), ==, 4);
  g_assert_cmpstr (lines[0], ==, "file,1,2,3,4,5");
  g_assert_cmpstr (lines[1], ==, lines[2]);
  g_assert_true (g_str_has_prefix (lines[1], photo));
  numbers = lines[1] + strlen (photo) + 1;
  g_assert_cmpint (facet (NULL, NULL, "decode", model, "--latents", numbers,
                          "-o", picture, NULL),
                   ==, EXIT_DONE);
  {
    g_autoptr (PhotoFile) decoded = load (picture);

    g_assert_cmpint (decoded->width, ==, 32);
    g_assert_cmpint (decoded->height, ==, 32);
    g_assert_cmpint (decoded->channels, ==, 3);
  }
}

static void
wrong_usage_is_2 (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("never.png");
  const gchar *const bad[][11] = {
    { NULL },
    { "paint" },
    { "edit" },
    { "edit", photo, "-m", model },
    { "edit", photo, "-o", out },
    { "edit", photo, "-m", model, "-o", "out.webp" },
    { "edit", photo, "-m", model, "-o", out, "--region", "1,2,3" },
    { "edit", photo, "-m", model, "-o", out, "--region", "1,2,0,4" },
    { "edit", photo, "-m", model, "-o", out, "--region", "1,2,x,4" },
    { "edit", photo, "-m", model, "-o", out, "--points", "1,2,3,4" },
    { "edit", photo, "-m", model, "-o", out, "--points",
      "242,110,205,105,220,127,203,141,235,146" },
    { "edit", photo, "-m", model, "-o", out, "--region", WHOLE, "--points",
      "205,105,242,110,220,127,203,141,235,146" },
    { "edit", photo, "-m", model, "-o", out, "--latents", "1,nan" },
    { "edit", photo, "-m", model, "-o", out, "--latents", "1,,2" },
    { "edit", photo, "-m", model, "-o", out, "--strange" },
    { "edit", photo, "-m", model, "-o", out, "--detail", "some" },
    { "edit", photo, "-m", model, "-o", out, "--strength", "1.5" },
    { "edit", photo, "-m", model, "-o", out, "--feather", "0.6" },
    { "edit", photo, "-m", model, "-o", out, "--feather", "nan" },
    { "edit", photo, "-m", model, "-o", out, "--grain", "-1" },
    { "edit", photo, "-m", model, "-o", out, "--face", "-1" },
    { "encode", model },
    { "decode", model, "-o", out },
    { "decode", model, "--latents", "a", "-o", out },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const gchar *const *w = bad[i];
      g_autofree gchar *printed = NULL;
      g_autofree gchar *complained = NULL;

      g_assert_cmpint (facet (&printed, &complained, w[0], w[1], w[2], w[3],
                              w[4], w[5], w[6], w[7], w[8], w[9], NULL),
                       ==, EXIT_USAGE);
      g_assert_cmpstr (printed, ==, "");
      g_assert_cmpstr (complained, !=, "");
    }
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
}

static void
failure_is_1_and_one_line (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *readme = in_data ("README.md");
  g_autofree gchar *out = in_folder ("never.png");
  g_autofree gchar *copy = in_folder ("copy.png");
  g_autofree gchar *nowhere = in_folder ("no/such/folder/out.png");
  g_autoptr (PhotoFile) original = load (photo);
  const gchar *const bad[][9] = {
    { "edit", "missing.png", "-m", model, "-o", out },
    { "edit", readme, "-m", model, "-o", out },
    { "edit", photo, "-m", "no-such-model", "-o", out },
    { "edit", photo, "-m", photo, "-o", out },
    { "edit", photo, "-m", model, "-o", nowhere },
    { "edit", photo, "-m", model, "-o", out, "--latents", "1,2,3,4,5,6" },
    { "edit", photo, "-m", model, "-o", out, "--set", "smirk=1" },
    { "edit", photo, "-m", model, "-o", out, "--region", "9000,0,50,50" },
    { "edit", photo, "-m", model, "-o", out, "--region", "10,10,2,2" },
    { "edit", photo, "-m", model, "-o", out, "--points",
      "9,9,9,9,9,9,9,9,9,9" },
    { "edit", copy, "-m", model, "-o", copy, "--set", "1=1" },
    { "encode", model, "missing.png" },
    { "encode", "no-such-model", photo },
    { "decode", model, "--latents", "1,2,3,4,5,6", "-o", out },
  };

  save (original, copy);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const gchar *const *w = bad[i];
      g_autofree gchar *complained = NULL;

      g_assert_cmpint (facet (NULL, &complained, w[0], w[1], w[2], w[3], w[4],
                              w[5], w[6], w[7], w[8], NULL),
                       ==, EXIT_FAILED);
      g_assert_true (g_str_has_prefix (complained, "facet "));
      g_assert_true (strchr (complained, '\n') ==
                     complained + strlen (complained) - 1);
    }
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  {
    g_autoptr (PhotoFile) kept = load (copy);

    assert_same_pixels (original, kept);
  }
}

/* A photo whose lower half is missing can still be edited. */
static void
a_jpeg_that_is_cut_off_is_edited_with_a_warning (void)
{
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *cut = in_folder ("cut.jpg");
  g_autofree gchar *out = in_folder ("edited-cut.jpg");
  g_autofree gchar *bytes = NULL;
  g_autofree gchar *whole_words = NULL;
  g_autofree gchar *words = NULL;
  g_autoptr (PhotoFile) whole = load (photo);
  g_autoptr (PhotoFile) edited = NULL;
  gsize length;

  save (whole, cut);
  g_assert_cmpint (facet (NULL, &whole_words, "edit", cut, "-m", model,
                          "--region", "148,29,153,153", "--set", "1=3", "-o",
                          out, NULL),
                   ==, EXIT_DONE);
  g_assert_cmpstr (whole_words, ==, "");
  g_assert_true (g_file_get_contents (cut, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (cut, bytes, length / 2, NULL));
  g_assert_cmpint (facet (NULL, &words, "edit", cut, "-m", model, "--region",
                          "148,29,153,153", "--set", "1=3", "-o", out, NULL),
                   ==, EXIT_DONE);
  g_assert_nonnull (strstr (words, "cut.jpg is cut off or damaged"));
  g_assert_true (strchr (words, '\n') == words + strlen (words) - 1);
  edited = load (out);
  g_assert_cmpint (edited->height, ==, whole->height);
}

/* The program finds its models beside itself; a copy has none there.  Only
 * where the face need not be found is it of use. */
static void
without_a_finder_the_face_has_to_be_said (void)
{
  const gchar *const found[][3] = { { NULL }, { "--face", "1" } };
  const gchar *installed = program;
  g_autofree gchar *photo = in_data ("astronaut.png");
  g_autofree gchar *out = in_folder ("alone.png");
  g_autofree gchar *copy = in_folder ("facet");
  g_autofree gchar *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (installed, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents_full (copy, bytes, length,
                                           G_FILE_SET_CONTENTS_NONE, 0700,
                                           NULL));
  program = copy;
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    {
      g_autofree gchar *complained = NULL;

      g_assert_cmpint (facet (NULL, &complained, "edit", photo, "-m", model,
                              "--set", "1=3", "-o", out, found[i][0],
                              found[i][1], NULL),
                       ==, EXIT_FAILED);
      g_assert_nonnull (strstr (complained, "--region"));
      g_assert_nonnull (strstr (complained, "finder.safetensors"));
      g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
    }
  g_assert_cmpint (facet (NULL, NULL, "edit", photo, "-m", model, "--set",
                          "1=3", "-o", out, "--region", WHOLE, NULL),
                   ==, EXIT_DONE);
  program = installed;
}

/* A square of the sample photo as a crop of the model's size. */
static PhotoFile *
cut_crop (gint x, gint y)
{
  g_autofree gchar *path = in_data ("astronaut.png");
  g_autoptr (PhotoFile) photo = load (path);
  PhotoFile *crop = photo_file_new (CROP_SIDE, CROP_SIDE, 3, 1);

  for (gint i = 0; i < CROP_SIDE; i++)
    memcpy (crop->pixels + i * photo_file_get_stride (crop),
            photo->pixels + (y + i) * photo_file_get_stride (photo) + x * 3,
            photo_file_get_stride (crop));
  return crop;
}

static gdouble
psnr_of (FacetModel *small, const PhotoFile *crop)
{
  const gint n = CROP_SIDE * CROP_SIDE * 3;
  gfloat pixels[CROP_SIDE * CROP_SIDE * 3];
  gfloat decode[CROP_SIDE * CROP_SIDE * 3];
  gfloat code[16];
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    pixels[i] = crop->pixels[i] / 255.0f;
  facet_model_encode (small, 1, pixels, code);
  facet_model_decode (small, 1, code, decode);
  for (gint i = 0; i < n; i++)
    sum += (pixels[i] - decode[i]) * (pixels[i] - decode[i]);
  return -10.0 * log10 (sum / n);
}

static void
a_plain_folder_is_evaluated (void)
{
  static const gint corners[2][2] = { { 200, 80 }, { 40, 300 } };
  g_autofree gchar *crops = in_folder ("crops");
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetModel) small = facet_model_load (model, &error);
  gdouble wanted = 0.0, psnr, face, refined, refined_face;
  const gchar *line;

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (crops, 0700), ==, 0);
  for (gint i = 0; i < 2; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("%s/%d.png", crops, i);
      g_autoptr (PhotoFile) crop = cut_crop (corners[i][0], corners[i][1]);

      wanted += psnr_of (small, crop) / 2;
      save (crop, path);
    }
  g_assert_cmpint (facet (&text, NULL, "evaluate", model, crops, "--refine",
                          NULL),
                   ==, EXIT_DONE);
  for (gint i = 0; i < 2; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("%s/%d.png", crops, i);

      g_unlink (path);
    }
  g_rmdir (crops);
  g_assert_true (g_str_has_prefix (text, "2 photos\n"));
  line = strstr (text, "PSNR");
  g_assert_cmpint (sscanf (line, "PSNR %lf dB, face region %lf dB", &psnr,
                           &face),
                   ==, 2);
  g_assert_cmpfloat_with_epsilon (psnr, wanted, 0.0051);
  line = strstr (text, "refined: ");
  g_assert_cmpint (sscanf (line, "refined: PSNR %lf dB, face region %lf dB",
                           &refined, &refined_face),
                   ==, 2);
  g_assert_cmpfloat (refined_face, >, face);
}

static void
help_is_0 (void)
{
  g_autofree gchar *text = NULL;

  g_assert_cmpint (facet (&text, NULL, "--help", NULL), ==, EXIT_DONE);
  g_assert_nonnull (strstr (text, "facet edit PHOTO"));
  g_assert_cmpint (facet (NULL, NULL, "edit", "--help", NULL), ==, EXIT_DONE);
}

int
main (int argc, char **argv)
{
  g_autoptr (FacetModel) small = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  babl_init ();
  g_test_init (&argc, &argv, NULL);
  program = argv[1];
  data = argv[2];
  folder = g_dir_make_tmp ("facet-cli-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE); /* none of the user's own models */
  g_unsetenv ("FACET_WEIGHTS_PATH");
  model = in_folder ("small.safetensors");
  small = small_model_new (3);
  facet_model_save (small, model, &error);
  g_assert_no_error (error);
  g_test_add_func ("/commands/no_offset_is_no_change", no_offset_is_no_change);
  g_test_add_func ("/commands/only_the_region_changes",
                   only_the_region_changes);
  g_test_add_func ("/commands/the_points_say_where_the_face_is",
                   the_points_say_where_the_face_is);
  g_test_add_func ("/commands/face_0_is_what_is_edited_if_none_is_named",
                   face_0_is_what_is_edited_if_none_is_named);
  g_test_add_func ("/commands/latents_and_set_mean_the_same",
                   latents_and_set_mean_the_same);
  g_test_add_func ("/commands/settings_make_a_difference",
                   settings_make_a_difference);
  g_test_add_func ("/commands/what_encode_prints_decodes",
                   what_encode_prints_decodes);
  g_test_add_func ("/commands/a_plain_folder_is_evaluated",
                   a_plain_folder_is_evaluated);
  g_test_add_func ("/commands/wrong_usage_is_2", wrong_usage_is_2);
  g_test_add_func ("/commands/failure_is_1_and_one_line",
                   failure_is_1_and_one_line);
  g_test_add_func ("/commands/a_jpeg_that_is_cut_off_is_edited_with_a_warning",
                   a_jpeg_that_is_cut_off_is_edited_with_a_warning);
  g_test_add_func ("/commands/without_a_finder_the_face_has_to_be_said",
                   without_a_finder_the_face_has_to_be_said);
  g_test_add_func ("/commands/help_is_0", help_is_0);
  status = g_test_run ();
  {
    const gchar *name;
    GDir *dir = g_dir_open (folder, 0, NULL);

    while ((name = g_dir_read_name (dir)))
      {
        g_autofree gchar *path = in_folder (name);

        g_unlink (path);
      }
    g_dir_close (dir);
    g_rmdir (folder);
  }
  babl_exit ();
  return status;
}
