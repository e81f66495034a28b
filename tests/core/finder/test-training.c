/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the finder's training promises, on drawn faces of two sets.
 */
#include <gio/gio.h>
#include <math.h>
#include <model/facet-model.h>
#include <string.h>
#include <train/finder/samples/finder-samples.h>
#include <train/finder/training/finder-trainer.h>
#include "small-finder.h"

#define N_PHOTOS 6

typedef struct
{
  gchar *root;
  gchar *portraits;
  gchar *others[2];
} Photos;

static void
dot (GdkPixbuf *photo, gint x, gint y, gint radius, guint8 shade)
{
  guint8 *pixels = gdk_pixbuf_get_pixels (photo);
  const gint stride = gdk_pixbuf_get_rowstride (photo);

  for (gint dy = -radius; dy <= radius; dy++)
    for (gint dx = -radius; dx <= radius; dx++)
      if (dx * dx + dy * dy <= radius * radius)
        memset (pixels + (y + dy) * stride + 3 * (x + dx), shade, 3);
}

static GdkPixbuf *
draw (gint number, gboolean face)
{
  GdkPixbuf *photo = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 100, 100);

  gdk_pixbuf_fill (photo, 0x203040ffu + (guint) number * 0x08080800u);
  dot (photo, 50, 50, 28, 200);
  if (face)
    {
      dot (photo, 38, 42, 4, 20);
      dot (photo, 62, 42, 4, 20);
      dot (photo, 50, 56, 3, 120);
      dot (photo, 50, 67, 6, 60);
    }
  return photo;
}

static void
photos_init (Photos *photos)
{
  g_autoptr (GString) csv = g_string_new (
      "file,width,height,split,box_x,box_y,box_w,box_h,right_eye_x,"
      "right_eye_y,left_eye_x,left_eye_y,nose_x,nose_y,right_mouth_x,"
      "right_mouth_y,left_mouth_x,left_mouth_y\n");
  g_autofree gchar *table = NULL;

  photos->root = g_dir_make_tmp ("finder-XXXXXX", NULL);
  photos->portraits = g_build_filename (photos->root, "portraits", NULL);
  photos->others[0] = g_build_filename (photos->root, "others", NULL);
  photos->others[1] = NULL;
  g_mkdir (photos->portraits, 0700);
  g_mkdir (photos->others[0], 0700);
  for (gint i = 0; i < 2 * N_PHOTOS; i++)
    {
      g_autoptr (GdkPixbuf) photo = draw (i, i < N_PHOTOS);
      g_autofree gchar *path =
          g_strdup_printf ("%s/%s-%d.png",
                           i < N_PHOTOS ? photos->portraits : photos->others[0],
                           i % 2 ? "odd" : "even", i);

      g_assert_true (gdk_pixbuf_save (photo, path, "png", NULL, NULL));
      if (i < N_PHOTOS)
        g_string_append_printf (csv,
                                "%s-%d.png,100,100,train,25,17,50,66,38,42,62,"
                                "42,50,56,44,67,56,67\n",
                                i % 2 ? "odd" : "even", i);
    }
  table = g_strconcat (photos->portraits, ".csv", NULL);
  g_assert_true (g_file_set_contents (table, csv->str, -1, NULL));
}

static void
photos_clear (Photos *photos)
{
  const gchar *argv[] = { "rm", "-r", photos->root, NULL };

  g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                NULL, NULL, NULL, NULL);
  g_free (photos->root);
  g_free (photos->portraits);
  g_free (photos->others[0]);
}

static gboolean
stop_at_once (const FinderProgress *progress, gpointer user_data)
{
  return FALSE;
}

/* Trains and returns the weights file's bytes; with @interrupted it is stopped
 * as often as it reports and taken up again from its checkpoint. */
static GBytes *
train (const Photos *photos, gint n_threads, gboolean interrupted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderAlbum)
      album = finder_album_load (photos->portraits, NULL,
                                 (gchar **) photos->others, 0, &error);
  g_autoptr (FinderTrainer) trainer = NULL;
  g_autofree gchar *checkpoint = g_build_filename (photos->root, "checkpoint",
                                                   NULL);
  g_autofree gchar *path = g_build_filename (photos->root, "weights", NULL);
  gchar *bytes = NULL;
  gsize length = 0;

  g_assert_no_error (error);
  nn_set_threads (n_threads);
  trainer = finder_trainer_new (small_finder_recipe (), album, 5, &error);
  g_assert_no_error (error);
  while (! finder_trainer_run (trainer, checkpoint,
                               interrupted ? stop_at_once : NULL, NULL, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      finder_trainer_free (trainer);
      trainer = finder_trainer_new (small_finder_recipe (), album, 5, &error);
      g_assert_true (finder_trainer_resume (trainer, checkpoint, &error));
    }
  g_assert_true (
      finder_weights_save (finder_trainer_get_weights (trainer), path, &error));
  nn_set_threads (0);
  g_assert_true (g_file_get_contents (path, &bytes, &length, &error));
  return g_bytes_new_take (bytes, length);
}

static void
same_weights_at_any_thread_count_and_resumed (void)
{
  Photos photos;
  g_autoptr (GBytes) one = NULL;
  g_autoptr (GBytes) three = NULL;
  g_autoptr (GBytes) resumed = NULL;

  photos_init (&photos);
  one = train (&photos, 1, FALSE);
  three = train (&photos, 3, FALSE);
  resumed = train (&photos, 1, TRUE);
  g_assert_true (g_bytes_equal (one, three));
  g_assert_true (g_bytes_equal (one, resumed));
  photos_clear (&photos);
}

static void
a_checkpoint_of_another_seed_is_an_error (void)
{
  Photos photos;
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderAlbum) album = NULL;
  g_autoptr (FinderTrainer) trainer = NULL;
  g_autoptr (FinderTrainer) other = NULL;
  g_autofree gchar *checkpoint = NULL;

  photos_init (&photos);
  checkpoint = g_build_filename (photos.root, "checkpoint", NULL);
  album = finder_album_load (photos.portraits, NULL, photos.others, 0, &error);
  trainer = finder_trainer_new (small_finder_recipe (), album, 5, &error);
  g_assert_false (
      finder_trainer_run (trainer, checkpoint, stop_at_once, NULL, &error));
  g_clear_error (&error);
  other = finder_trainer_new (small_finder_recipe (), album, 6, &error);
  g_assert_false (finder_trainer_resume (other, checkpoint, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  photos_clear (&photos);
}

/* Nose, mouth and box are learned of all, the eyes of some. */
static void
eyes_are_learned_from_the_sets_of_the_recipe (void)
{
  Photos photos;
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderAlbum) album = NULL;
  g_autoptr (FinderRecipe) recipe = small_finder_recipe ();
  gfloat crop[16 * 16 * 3];
  gfloat target[FINDER_FINE_N];
  gint n_odd = 0;

  photos_init (&photos);
  album = finder_album_load (photos.portraits, NULL, photos.others, 0, &error);
  g_assert_no_error (error);
  g_free (recipe->bent_eyes_from);
  recipe->bent_eyes_from = g_strdup ("odd;other");
  for (guint64 seed = 0; seed < 40; seed++)
    {
      const gint nose = FINDER_FINE_POINTS + 2 * FACET_POINT_NOSE;

      finder_sample_bent_face (album, recipe, seed, crop, target);
      n_odd += isfinite (target[FINDER_FINE_POINTS]);
      for (gint i = FINDER_FINE_POINTS; i < FINDER_FINE_N; i++)
        if (i >= nose)
          g_assert_true (isfinite (target[i]));
        else
          g_assert_cmpint (isnan (target[i]), ==,
                           isnan (target[FINDER_FINE_POINTS]));
    }
  g_assert_cmpint (n_odd, >, 5);
  g_assert_cmpint (n_odd, <, 35);
  photos_clear (&photos);
}

static void
a_recipe_that_trusts_no_eyes_is_an_error (void)
{
  Photos photos;
  g_autoptr (GError) error = NULL;
  g_autoptr (FinderAlbum) album = NULL;
  FinderRecipe *recipe = small_finder_recipe ();

  photos_init (&photos);
  album = finder_album_load (photos.portraits, NULL, photos.others, 0, &error);
  g_assert_no_error (error);
  g_free (recipe->bent_eyes_from);
  recipe->bent_eyes_from = g_strdup ("uneven");
  g_assert_null (finder_trainer_new (recipe, album, 5, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE);
  g_assert_nonnull (strstr (error->message, "bent_eyes_from"));
  photos_clear (&photos);
}

static void
a_table_without_boxes_is_an_error (void)
{
  Photos photos;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *table = NULL;

  photos_init (&photos);
  table = g_strconcat (photos.portraits, ".csv", NULL);
  g_assert_true (
      g_file_set_contents (table, "file,split\n1.png,train\n", -1, NULL));
  g_assert_null (
      finder_album_load (photos.portraits, NULL, photos.others, 0, &error));
  g_assert_nonnull (strstr (error->message, "box_x"));
  photos_clear (&photos);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finder/same_weights_at_any_thread_count_and_resumed",
                   same_weights_at_any_thread_count_and_resumed);
  g_test_add_func ("/finder/a_checkpoint_of_another_seed_is_an_error",
                   a_checkpoint_of_another_seed_is_an_error);
  g_test_add_func ("/finder/eyes_are_learned_from_the_sets_of_the_recipe",
                   eyes_are_learned_from_the_sets_of_the_recipe);
  g_test_add_func ("/finder/a_recipe_that_trusts_no_eyes_is_an_error",
                   a_recipe_that_trusts_no_eyes_is_an_error);
  g_test_add_func ("/finder/a_table_without_boxes_is_an_error",
                   a_table_without_boxes_is_an_error);
  return g_test_run ();
}
