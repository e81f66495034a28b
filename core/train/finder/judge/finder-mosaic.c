/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "../photos/finder-album.h"
#include "finder-mosaic.h"

typedef struct
{
  guint8 *pixels;
  gint width;
  gint height;
} Photo;

static void
copy_photo (const Photo *from, Photo *to, gint x, gint y)
{
  const gint width = MIN (from->width, to->width - x);
  const gint height = MIN (from->height, to->height - y);

  for (gint row = 0; row < height; row++)
    memcpy (to->pixels +
                3 * ((gsize) (y + row) * (gsize) to->width + (gsize) x),
            from->pixels + 3 * (gsize) row * (gsize) from->width,
            3 * (gsize) width);
}

guint8 *
finder_mosaic_new (GPtrArray *paths, gint width, gint height)
{
  Photo mosaic = { g_malloc0 (3 * (gsize) width * (gsize) height), width,
                   height };
  gint x = 0;
  gint y = 0;
  gint row_height = 0;

  for (guint i = 0; y < height; i++)
    {
      const gchar *path = g_ptr_array_index (paths, i % paths->len);
      Photo photo = { 0 };

      photo.pixels = finder_photo_load (path, 1.0, 0, &photo.width,
                                        &photo.height, NULL);
      if (! photo.pixels)
        break;
      copy_photo (&photo, &mosaic, x, y);
      g_free (photo.pixels);
      row_height = MAX (row_height, photo.height);
      x += photo.width;
      if (x >= width)
        {
          x = 0;
          y += row_height;
          row_height = 0;
        }
    }
  return mosaic.pixels;
}
