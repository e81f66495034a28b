/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the shipped finder promises of groups: portraits that it was not trained
 * on, side by side in one photo, each of another size and turned otherwise.
 * Skipped where the portraits are not there.
 */
#include <face/finder/finder-shape.h>
#include <train/finder/photos/finder-album.h>

#define COLUMNS 4
#define ROWS 3
#define CELL_PX 320
#define WIDTH (COLUMNS * CELL_PX)
#define HEIGHT (ROWS * CELL_PX)
/* A portrait's side, in widths of its face. */
#define SPAN 1.9
#define SMALLEST_FACE_PX 60
#define EVERY 13

typedef struct
{
  guint8 *pixels; /* [HEIGHT][WIDTH][3] */
  FacetFace faces[COLUMNS * ROWS];
} Group;

static void
draw_portrait (const gchar *path,
               const FacetFace *face,
               gint cell,
               gint face_px,
               gdouble roll,
               Group *group)
{
  const gint side = (gint) (SPAN * face_px);
  const gint left = cell % COLUMNS * CELL_PX + (CELL_PX - side) / 2;
  const gint top = cell / COLUMNS * CELL_PX + (CELL_PX - side) / 2;
  const FacetPoint middle = { left + 0.5 * side, top + 0.5 * side };
  const gdouble scale = face_px / face->width;
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderPicture) picture = NULL;
  g_autofree gfloat *crop = g_new (gfloat, 3 * side * side);
  g_autofree guint8 *photo = NULL;
  gint width, height;

  photo = finder_photo_load (path, 1.0, 0, &width, &height, &error);
  g_assert_no_error (error);
  picture = finder_picture_new (photo, width, height, 3, 3 * (gsize) width, 2,
                                12);
  finder_picture_crop (picture,
                       &(FinderFrame) { face->x + 0.5 * face->width,
                                        face->y + 0.5 * face->height,
                                        face->width, roll },
                       SPAN, FALSE, side, crop);
  for (gint i = 0; i < side * side; i++)
    for (gint c = 0; c < 3; c++)
      group->pixels[3 * ((top + i / side) * WIDTH + left + i % side) + c] =
          (guint8) ((crop[3 * i + c] + 0.5f) * 255.0f + 0.5f);
  finder_face_set_box (&group->faces[cell], middle, scale * face->width,
                       scale * face->height, roll);
}

/* One in EVERY portraits of the test split, from the @first on. */
static void
draw_group (const gchar *folder,
            const GPtrArray *rows,
            guint first,
            Group *group)
{
  gint cell = 0;
  guint n = 0;

  for (guint i = 0; i < rows->len && cell < COLUMNS * ROWS; i++)
    {
      const FinderRow *row = g_ptr_array_index (rows, i);
      g_autofree gchar *path = g_build_filename (folder, row->file, NULL);

      if (row->split != FACET_SPLIT_TEST ||
          row->face.width < SMALLEST_FACE_PX || n++ % EVERY != first)
        continue;
      draw_portrait (path, &row->face, cell, 45 + 11 * cell,
                     (cell % 5 - 2) * 12.0 * G_PI / 180.0, group);
      cell++;
    }
  g_assert_cmpint (cell, ==, COLUMNS * ROWS);
}

static guint
count_found (const Group *group, const GArray *faces)
{
  guint n = 0;

  for (gint i = 0; i < COLUMNS * ROWS; i++)
    {
      gdouble best = 0.0;

      for (guint j = 0; j < faces->len; j++)
        best = MAX (best, finder_faces_overlap (&group->faces[i],
                                                &g_array_index (faces,
                                                                FacetFace, j)));
      g_test_message ("face %d of %.0f pixels' width: overlap %.2f", i,
                      group->faces[i].width, best);
      n += best >= 0.4;
    }
  return n;
}

static void
everybody_in_a_group_is_found_once (void)
{
  g_autofree gchar *folder = g_build_filename (g_getenv ("FACET_SOURCE_ROOT"),
                                               "..", "shared", "faces",
                                               "portraits", NULL);
  g_autofree gchar *table = g_strconcat (folder, ".csv", NULL);
  g_autoptr (FacetFinder) finder = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;

  if (! g_file_test (table, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the portraits are not there");
      return;
    }
  finder = facet_finder_load (NULL, &error);
  g_assert_no_error (error);
  rows = finder_rows_load (table, &error);
  g_assert_no_error (error);
  for (guint first = 0; first < EVERY; first += 4)
    {
      g_autofree guint8 *pixels = g_malloc (3 * WIDTH * HEIGHT);
      Group group = { pixels };
      g_autoptr (GArray) faces = NULL;

      for (gint i = 0; i < 3 * WIDTH * HEIGHT; i++)
        pixels[i] = (guint8) (90 + 60 * i / (3 * WIDTH * HEIGHT));
      draw_group (folder, rows, first, &group);
      faces = facet_finder_find (finder, pixels, WIDTH, HEIGHT, 3, 3 * WIDTH, 0,
                                 &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count_found (&group, faces), ==, COLUMNS * ROWS);
      g_assert_cmpuint (faces->len, ==, COLUMNS * ROWS);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/everybody_in_a_group_is_found_once",
                   everybody_in_a_group_is_found_once);
  return g_test_run ();
}
