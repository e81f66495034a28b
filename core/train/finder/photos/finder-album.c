/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loading, with gdk-pixbuf; its bilinear scaling takes means where it shrinks.
 */
#include <face/finder/finder-shape.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include "finder-album.h"

/* Photos without faces need no more. */
#define MAX_SIDE 1000
#define MIN_SIDE 64
#define SMALLEST_LEVEL 12

/* --- photos ------------------------------------------------------------------
 */

static guint8 *
copy_pixels (GdkPixbuf *pixbuf)
{
  const gint width = gdk_pixbuf_get_width (pixbuf);
  const gint height = gdk_pixbuf_get_height (pixbuf);
  const gint channels = gdk_pixbuf_get_n_channels (pixbuf);
  guint8 *pixels = g_malloc_n ((gsize) width * (gsize) height, 3);

  for (gint y = 0; y < height; y++)
    {
      const guint8 *row = gdk_pixbuf_read_pixels (pixbuf) +
                          (gsize) y * (gsize) gdk_pixbuf_get_rowstride (pixbuf);

      for (gint x = 0; x < width; x++)
        memcpy (pixels + 3 * ((gsize) y * (gsize) width + (gsize) x),
                row + (gsize) x * (gsize) channels, 3);
    }
  return pixels;
}

guint8 *
finder_photo_load (const gchar *path,
                   gdouble scale,
                   gint max_side,
                   gint *width,
                   gint *height,
                   GError **error)
{
  g_autoptr (GdkPixbuf) photo = gdk_pixbuf_new_from_file (path, error);
  g_autoptr (GdkPixbuf) upright = NULL;
  g_autoptr (GdkPixbuf) scaled = NULL;
  gint longer;

  if (! photo)
    return NULL;
  upright = gdk_pixbuf_apply_embedded_orientation (photo);
  *width = gdk_pixbuf_get_width (upright);
  *height = gdk_pixbuf_get_height (upright);
  longer = MAX (*width, *height);
  if (max_side > 0 && longer * scale > max_side)
    scale = (gdouble) max_side / longer;
  if (scale >= 1.0)
    return copy_pixels (upright);
  *width = MAX (1, (gint) (*width * scale + 0.5));
  *height = MAX (1, (gint) (*height * scale + 0.5));
  scaled = gdk_pixbuf_scale_simple (upright, *width, *height,
                                    GDK_INTERP_BILINEAR);
  return copy_pixels (scaled);
}

static void
photo_free (gpointer data)
{
  FinderPhoto *photo = data;

  finder_picture_free (photo->picture);
  g_free (photo->pixels);
  g_free (photo->set);
  g_free (photo);
}

static FinderPhoto *
photo_new (guint8 *pixels, gint width, gint height)
{
  FinderPhoto *photo = g_new0 (FinderPhoto, 1);

  photo->pixels = pixels;
  photo->picture = finder_picture_new (pixels, width, height, 3,
                                       3 * (gsize) width, 2, SMALLEST_LEVEL);
  return photo;
}

static void
scale_face (const FacetFace *face, gdouble scale, FacetFace *scaled)
{
  *scaled = *face;
  scaled->x *= scale;
  scaled->y *= scale;
  scaled->width *= scale;
  scaled->height *= scale;
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      scaled->points[i].x *= scale;
      scaled->points[i].y *= scale;
    }
}

/* --- albums ------------------------------------------------------------------
 */

static void
skip (FinderAlbum *album, const gchar *path, GError *error)
{
  g_ptr_array_add (album->skipped,
                   g_strdup_printf ("%s: %s", path,
                                    error ? error->message : _ ("too small")));
}

static gchar *
set_of (const gchar *file)
{
  const gchar *hyphen = strchr (file, '-');

  return hyphen ? g_strndup (file, (gsize) (hyphen - file)) : NULL;
}

static void
add_face (FinderAlbum *album, const gchar *folder, const FinderRow *row)
{
  g_autofree gchar *path = g_build_filename (folder, row->file, NULL);
  g_autoptr (GError) error = NULL;
  const gdouble scale = MIN (1.0, FINDER_ALBUM_FACE_PX / row->face.width);
  gint width, height;
  guint8 *pixels = finder_photo_load (path, scale, 0, &width, &height, &error);
  FinderPhoto *photo;

  if (! pixels)
    {
      skip (album, path, error);
      return;
    }
  photo = photo_new (pixels, width, height);
  photo->has_face = TRUE;
  photo->set = set_of (row->file);
  scale_face (&row->face, scale, &photo->face);
  photo->frame = finder_frame_from_points (photo->face.points);
  g_ptr_array_add (album->photos, photo);
  album->n_faces++;
}

static gint
compare_paths (gconstpointer first, gconstpointer second)
{
  return strcmp (*(const gchar *const *) first, *(const gchar *const *) second);
}

GPtrArray *
finder_folder_list (const gchar *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  GPtrArray *paths;
  const gchar *name;

  if (! dir)
    return NULL;
  paths = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)))
    {
      gchar *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, path);
      else
        g_free (path);
    }
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

static gboolean
add_without_faces (FinderAlbum *album, const gchar *folder, GError **error)
{
  g_autoptr (GPtrArray) paths = finder_folder_list (folder, error);

  for (guint i = 0; paths && i < paths->len; i++)
    {
      const gchar *path = g_ptr_array_index (paths, i);
      g_autoptr (GError) cause = NULL;
      gint width, height;
      guint8 *pixels = finder_photo_load (path, 1.0, MAX_SIDE, &width, &height,
                                          &cause);

      if (pixels && MIN (width, height) >= MIN_SIDE)
        g_ptr_array_add (album->photos, photo_new (pixels, width, height));
      else
        {
          skip (album, path, cause);
          g_free (pixels);
        }
    }
  return paths != NULL;
}

FinderAlbum *
finder_album_load (const gchar *folder,
                   const gchar *csv,
                   gchar **without_faces,
                   gint limit,
                   GError **error)
{
  g_autofree gchar *beside = g_strconcat (folder, ".csv", NULL);
  g_autoptr (GPtrArray) rows = finder_rows_load (csv ? csv : beside, error);
  g_autoptr (FinderAlbum) album = g_new0 (FinderAlbum, 1);

  if (! rows)
    return NULL;
  album->photos = g_ptr_array_new_with_free_func (photo_free);
  album->skipped = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < rows->len; i++)
    {
      const FinderRow *row = g_ptr_array_index (rows, i);

      if (row->split == FACET_SPLIT_TRAIN &&
          (limit == 0 || album->n_faces < limit))
        add_face (album, folder, row);
    }
  for (; without_faces && *without_faces; without_faces++)
    if (! add_without_faces (album, *without_faces, error))
      return NULL;
  if (album->n_faces == 0 || album->n_faces == (gint) album->photos->len)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("photos with faces: %d, without: %u; some of both are "
                      "needed"),
                   album->n_faces, album->photos->len - (guint) album->n_faces);
      return NULL;
    }
  return g_steal_pointer (&album);
}

void
finder_album_free (FinderAlbum *album)
{
  if (! album)
    return;
  g_clear_pointer (&album->photos, g_ptr_array_unref);
  g_clear_pointer (&album->skipped, g_ptr_array_unref);
  g_free (album);
}
