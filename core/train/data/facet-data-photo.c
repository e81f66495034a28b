/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "facet-data-private.h"

/* Mean difference of a photo's largest and smallest channel, in 8-bit levels,
 * under which it counts as gray: JPEG leaves about one level of chroma. */
#define GRAY_LEVELS 3.0

gboolean
facet_data_is_gray (const GdkPixbuf *pixbuf)
{
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  const gint channels = gdk_pixbuf_get_n_channels (pixbuf);
  const gint width = gdk_pixbuf_get_width (pixbuf);
  const gint height = gdk_pixbuf_get_height (pixbuf);
  guint64 levels = 0;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        const guint8 *p = pixels +
                          (gsize) y * gdk_pixbuf_get_rowstride (pixbuf) +
                          (gsize) x * channels;

        levels += MAX (MAX (p[0], p[1]), p[2]) - MIN (MIN (p[0], p[1]), p[2]);
      }
  return (gdouble) levels < GRAY_LEVELS * width * height;
}

/* Scaled so that it just covers @shape. */
static GdkPixbuf *
pixbuf_cover (GdkPixbuf *pixbuf, NnShape shape)
{
  const gint width = gdk_pixbuf_get_width (pixbuf);
  const gint height = gdk_pixbuf_get_height (pixbuf);
  const gdouble scale = MAX ((gdouble) shape.width / width,
                             (gdouble) shape.height / height);
  const gint new_width = MAX (shape.width, (gint) (width * scale + 0.5));
  const gint new_height = MAX (shape.height, (gint) (height * scale + 0.5));

  if (new_width == width && new_height == height)
    return g_object_ref (pixbuf);
  return gdk_pixbuf_scale_simple (pixbuf, new_width, new_height,
                                  GDK_INTERP_BILINEAR);
}

/* R'G'B', or Rec. 601 luma, of one pixel; alpha is laid on white. */
static void
convert_pixel (const guint8 *from, gboolean alpha, gint channels, guint8 *to)
{
  guint8 rgb[3];

  for (gint c = 0; c < 3; c++)
    rgb[c] = alpha ?
                 (guint8) ((from[c] * from[3] + 255 * (255 - from[3]) + 127) /
                           255) :
                 from[c];
  if (channels == 3)
    memcpy (to, rgb, sizeof rgb);
  else
    to[0] = (guint8) ((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) /
                      1000);
}

static void
append_pixbuf (FacetData *data, const GdkPixbuf *pixbuf)
{
  const NnShape shape = data->shape;
  const gint channels = gdk_pixbuf_get_n_channels (pixbuf);
  const gint left = (gdk_pixbuf_get_width (pixbuf) - shape.width) / 2;
  const gint top = (gdk_pixbuf_get_height (pixbuf) - shape.height) / 2;
  guint8 *to;

  g_byte_array_set_size (data->pixels,
                         data->pixels->len + facet_data_get_photo_size (data));
  to = data->pixels->data + data->pixels->len -
       facet_data_get_photo_size (data);
  for (gint y = 0; y < shape.height; y++)
    {
      const guint8 *from = gdk_pixbuf_read_pixels (pixbuf) +
                           (gsize) (top + y) *
                               gdk_pixbuf_get_rowstride (pixbuf) +
                           (gsize) left * channels;

      for (gint x = 0; x < shape.width; x++)
        {
          convert_pixel (from, gdk_pixbuf_get_has_alpha (pixbuf),
                         shape.channels, to);
          from += channels;
          to += shape.channels;
        }
    }
}

/* GByteArray counts in 32 bits. */
static gboolean
has_room (const FacetData *data)
{
  return data->pixels->len <= G_MAXUINT / 2 - facet_data_get_photo_size (data);
}

gboolean
facet_data_add_pixbuf (FacetData *data,
                       GdkPixbuf *pixbuf,
                       const gchar *name,
                       FacetSplit split)
{
  g_autoptr (GdkPixbuf) cover = NULL;
  FacetDataPhoto photo = { .split = split };

  if (! has_room (data))
    return FALSE;
  cover = pixbuf_cover (pixbuf, data->shape);
  if (! cover)
    return FALSE;
  photo.name = g_strdup (name);
  append_pixbuf (data, cover);
  g_array_append_val (data->photos, photo);
  return TRUE;
}
