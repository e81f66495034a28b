/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our crop is the one that the training faces were cut by: cuts portraits by
 * their five points and compares with the aligned pictures.  Skipped where the
 * faces are not beside the project.
 */
#include <cli/photo-file/photo-file.h>
#include <face/crop/facet-resample.h>
#include <face/photo/facet-photo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 128
/* One in so many of the faces. */
#define EVERY 90

static const gchar *faces;

static FacetImage *
load (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (faces, folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhotoFile) file = photo_file_load (path, &error);
  g_autoptr (FacetPhoto) photo = NULL;
  FacetRectangle all = { 0 };

  g_assert_no_error (error);
  all.width = file->width;
  all.height = file->height;
  photo = facet_photo_new (photo_file_get_format (file), file->pixels,
                           file->width, file->height,
                           (gint) photo_file_get_stride (file), &error);
  g_assert_no_error (error);
  return facet_photo_read (photo, &all);
}

/* portraits.csv: the points are the last ten columns. */
static FacetImage *
cut (const gchar *name, gchar **columns)
{
  const gint first = (gint) g_strv_length (columns) - 2 * FACET_N_POINTS;
  g_autoptr (FacetImage) portrait = load ("portraits", name);
  FacetImage *image = facet_image_new (SIDE, SIDE);
  FacetPoint points[FACET_N_POINTS];
  FacetCrop crop;
  FacetAffine to_photo;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    points[i] = (FacetPoint) {
      g_ascii_strtod (columns[first + 2 * i], NULL),
      g_ascii_strtod (columns[first + 2 * i + 1], NULL),
    };
  crop = facet_crop_from_points (points);
  to_photo = facet_crop_get_to_photo (&crop, SIDE, SIDE);
  facet_resample (portrait, &to_photo, image);
  return image;
}

/* Peak signal to noise in dB over the middle, where no edge was made up. */
static gdouble
get_psnr (const FacetImage *first, const FacetImage *second)
{
  gdouble sum = 0;
  gint n = 0;

  for (gint y = SIDE / 4; y < SIDE * 3 / 4; y++)
    for (gint x = SIDE / 4; x < SIDE * 3 / 4; x++)
      for (gint c = 0; c < 3; c++, n++)
        {
          const gsize at = (y * SIDE + x) * 4 + c;
          const gdouble off = first->pixels[at] - second->pixels[at];

          sum += off * off;
        }
  return -10 * log10 (sum / n + 1e-10);
}

static int
compare (const void *a, const void *b)
{
  const gdouble first = *(const gdouble *) a, second = *(const gdouble *) b;

  return (first > second) - (first < second);
}

static void
portraits_are_cut_as_the_aligned_faces (void)
{
  g_autofree gchar *csv = g_build_filename (faces, "portraits.csv", NULL);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree gdouble *measures = NULL;
  gint n = 0;

  if (! g_file_get_contents (csv, &text, NULL, NULL))
    {
      g_test_skip ("the faces are not beside the project");
      return;
    }
  lines = g_strsplit (text, "\n", -1);
  measures = g_new (gdouble, g_strv_length (lines));
  for (guint i = 1; i < g_strv_length (lines) && *lines[i]; i += EVERY)
    {
      g_auto (GStrv) columns = g_strsplit (lines[i], ",", -1);
      g_autoptr (FacetImage) ours = cut (columns[0], columns);
      g_autoptr (FacetImage) theirs = load ("aligned", columns[0]);

      measures[n++] = get_psnr (ours, theirs);
    }
  qsort (measures, n, sizeof *measures, compare);
  g_test_message ("%d faces: median %.1f dB, lowest tenth below %.1f dB", n,
                  measures[n / 2], measures[n / 10]);
  g_assert_cmpfloat (measures[n / 2], >, 30.0);
  g_assert_cmpfloat (measures[n / 10], >, 24.0);
}

int
main (int argc, char **argv)
{
  int status;

  babl_init ();
  g_test_init (&argc, &argv, NULL);
  faces = argv[1];
  g_test_add_func ("/alignment/portraits_are_cut_as_the_aligned_faces",
                   portraits_are_cut_as_the_aligned_faces);
  status = g_test_run ();
  babl_exit ();
  return status;
}
