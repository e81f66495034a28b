/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The idx format of http://yann.lecun.com/exdb/mnist/.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-data-private.h"

/* Three dimensions of unsigned bytes. */
#define IDX_IMAGES_MAGIC 0x00000803u
#define IDX_HEADER_BYTES 16
#define IDX_MAX_SIDE 4096

static guint32
big_endian (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 |
         (guint32) bytes[2] << 8 | bytes[3];
}

/* FALSE with no error set at the end of the stream. */
static gboolean
read_exactly (GInputStream *stream, guint8 *bytes, gsize size, GError **error)
{
  gsize n_read;

  return g_input_stream_read_all (stream, bytes, size, &n_read, NULL, error) &&
         n_read == size;
}

static GInputStream *
open_idx (const gchar *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GInputStream *stream = G_INPUT_STREAM (g_file_read (file, NULL, error));

  if (stream && g_str_has_suffix (path, ".gz"))
    {
      g_autoptr (GZlibDecompressor) decompressor = g_zlib_decompressor_new (
          G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      GInputStream *plain =
          g_converter_input_stream_new (stream, G_CONVERTER (decompressor));

      g_object_unref (stream);
      return plain;
    }
  return stream;
}

static GdkPixbuf *
pixbuf_of_gray (const guint8 *gray, gint width, gint height)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width,
                                      height);

  for (gint y = 0; pixbuf && y < height; y++)
    {
      guint8 *row = gdk_pixbuf_get_pixels (pixbuf) +
                    (gsize) y * gdk_pixbuf_get_rowstride (pixbuf);

      for (gint x = 0; x < width; x++)
        memset (row + 3 * x, gray[(gsize) y * width + x], 3);
    }
  return pixbuf;
}

static gboolean
set_idx_error (const gchar *path, const gchar *what, GError **error)
{
  /* A broken .gz has already said what is wrong with it. */
  if (error && *error)
    g_prefix_error (error, "%s: ", path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path,
                 what);
  return FALSE;
}

static gboolean
add_idx_images (FacetData *data,
                const gchar *path,
                GInputStream *stream,
                const guint8 *header,
                gint limit,
                GError **error)
{
  const guint32 n = big_endian (header + 4);
  const gint height = (gint) big_endian (header + 8);
  const gint width = (gint) big_endian (header + 12);
  g_autofree gchar *base = g_path_get_basename (path);
  g_autofree guint8 *gray = g_malloc ((gsize) height * width);

  for (guint32 i = 0; i < n && ! facet_data_is_full (data, limit); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%s:%u", base, i);
      g_autoptr (GdkPixbuf) pixbuf = NULL;

      if (! read_exactly (stream, gray, (gsize) height * width, error))
        return set_idx_error (path, _ ("the file ends too early"), error);
      pixbuf = pixbuf_of_gray (gray, width, height);
      if (! pixbuf || ! facet_data_add_pixbuf (data, pixbuf, name,
                                               facet_split_of_name (name)))
        return set_idx_error (path, _ ("out of memory"), error);
    }
  return TRUE;
}

gboolean
facet_data_add_idx (FacetData *data,
                    const gchar *path,
                    gint limit,
                    GError **error)
{
  g_autoptr (GInputStream) stream = open_idx (path, error);
  g_autoptr (GError) read_error = NULL;
  guint8 header[IDX_HEADER_BYTES];

  if (! stream)
    return FALSE;
  if (! read_exactly (stream, header, sizeof header, &read_error) ||
      big_endian (header) != IDX_IMAGES_MAGIC ||
      big_endian (header + 8) - 1 >= IDX_MAX_SIDE ||
      big_endian (header + 12) - 1 >= IDX_MAX_SIDE)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is neither a folder of photos nor an idx file of "
                      "images"),
                   path);
      return FALSE;
    }
  return add_idx_images (data, path, stream, header, limit, error);
}
