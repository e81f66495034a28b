/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading and writing the layer.  An edit is blended into the photo here, by
 * the selection's mask and without the channels that are switched off, because
 * GIMP blends with floats and not every format survives that: a pixel that is
 * not selected, or not edited, keeps its very bytes. gimp_drawable_merge_shadow
 * () is what makes the undo step; the blended bytes are then put over its
 * result.
 */
#include <string.h>

#include "facet-layer-private.h"

static void write_bytes (FacetLayer *layer,
                         const GeglRectangle *rectangle,
                         const guchar *bytes,
                         gint row_bytes);
static gfloat *read_mask (FacetLayer *layer);
static void blend_row (FacetLayer *layer, const gfloat *mask, gint y);
static void put_back_channels (FacetLayer *layer, gboolean mixed);

gint
facet_layer_row_bytes (FacetLayer *layer, gint width)
{
  return width * babl_format_get_bytes_per_pixel (layer->format);
}

guchar *
facet_layer_read (FacetLayer *layer, const GeglRectangle *rectangle)
{
  const gint row = facet_layer_row_bytes (layer, rectangle->width);
  guchar *bytes = g_malloc ((gsize) row * rectangle->height);
  GeglBuffer *buffer = gimp_drawable_get_buffer (layer->drawable);

  gegl_buffer_get (buffer, rectangle, 1.0, layer->format, bytes, row,
                   GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  return bytes;
}

static gsize
get_row_offset (FacetLayer *layer, gint y)
{
  return (gsize) (layer->square.y + y) *
             facet_layer_row_bytes (layer, layer->width) +
         facet_layer_row_bytes (layer, layer->square.x);
}

guchar *
facet_layer_photo_row (FacetLayer *layer, gint y)
{
  return layer->photo + get_row_offset (layer, y);
}

guchar *
facet_layer_own_row (FacetLayer *layer, gint y)
{
  return (layer->painted != NULL ? layer->painted : layer->photo) +
         get_row_offset (layer, y);
}

guchar *
facet_layer_pixels_row (FacetLayer *layer, gint y)
{
  return layer->pixels +
         (gsize) y * facet_layer_row_bytes (layer, layer->square.width);
}

void
facet_layer_blend (FacetLayer *layer)
{
  g_autofree gfloat *mask = read_mask (layer);

  if (mask != NULL)
    for (gint y = 0; y < layer->square.height; y++)
      blend_row (layer, mask + (gsize) y * layer->square.width, y);
  put_back_channels (layer, mask != NULL);
  facet_layer_lay_paint_over (layer);
}

gboolean
facet_layer_is_changed (FacetLayer *layer)
{
  const gint row = facet_layer_row_bytes (layer, layer->square.width);

  for (gint y = 0; y < layer->square.height; y++)
    if (memcmp (facet_layer_pixels_row (layer, y),
                facet_layer_own_row (layer, y), row) != 0)
      return TRUE;
  return FALSE;
}

void
facet_layer_write_own (FacetLayer *layer)
{
  write_bytes (layer, &layer->square, facet_layer_own_row (layer, 0),
               facet_layer_row_bytes (layer, layer->width));
}

void
facet_layer_write_pixels (FacetLayer *layer)
{
  write_bytes (layer, &layer->square, layer->pixels,
               facet_layer_row_bytes (layer, layer->square.width));
}

gboolean
facet_layer_write_undoable (FacetLayer *layer)
{
  GeglRectangle selected;
  GeglBuffer *shadow;
  g_autofree guchar *before = NULL;
  gint row;

  if (! gimp_drawable_mask_intersect (layer->drawable, &selected.x, &selected.y,
                                      &selected.width, &selected.height))
    return TRUE;

  /* GIMP merges all that is selected, which may be more than the square */
  before = facet_layer_read (layer, &selected);
  row = facet_layer_row_bytes (layer, selected.width);
  shadow = gimp_drawable_get_shadow_buffer (layer->drawable);
  gegl_buffer_set (shadow, &selected, 0, layer->format, before, row);
  gegl_buffer_set (shadow, &layer->square, 0, layer->format, layer->pixels,
                   facet_layer_row_bytes (layer, layer->square.width));
  g_object_unref (shadow);
  if (! gimp_drawable_merge_shadow (layer->drawable, TRUE))
    return FALSE;
  write_bytes (layer, &selected, before, row);
  facet_layer_write_pixels (layer);
  return TRUE;
}

/* --- the layer's bytes ---------------------------------------------------- */

static void
write_bytes (FacetLayer *layer,
             const GeglRectangle *rectangle,
             const guchar *bytes,
             gint row_bytes)
{
  GeglBuffer *buffer = gimp_drawable_get_buffer (layer->drawable);

  gegl_buffer_set (buffer, rectangle, 0, layer->format, bytes, row_bytes);
  g_object_unref (buffer);
  gimp_drawable_update (layer->drawable, rectangle->x, rectangle->y,
                        rectangle->width, rectangle->height);
}

/* --- blending ------------------------------------------------------------- */

/* The selection over the square, 0…1; NULL if there is no selection, which is
 * the same as all of it. */
static gfloat *
read_mask (FacetLayer *layer)
{
  const GeglRectangle *square = &layer->square;
  GeglRectangle in_image = *square;
  GimpSelection *selection = gimp_image_get_selection (layer->image);
  GeglBuffer *buffer;
  gfloat *mask;
  gint offset_x, offset_y;

  if (gimp_selection_is_empty (layer->image))
    return NULL;
  gimp_drawable_get_offsets (layer->drawable, &offset_x, &offset_y);
  in_image.x += offset_x;
  in_image.y += offset_y;
  mask = g_new (gfloat, (gsize) square->width * square->height);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (selection));
  gegl_buffer_get (buffer, &in_image, 1.0, babl_format ("Y float"), mask,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  return mask;
}

/* Mixes where the selection is soft; @native are the photo's bytes. */
static void
mix_row (FacetLayer *layer,
         const gfloat *mask,
         const guchar *native,
         guchar *mixed)
{
  const gint width = layer->square.width;
  const Babl *rgba = babl_format ("R'G'B'A float");
  const Babl *to_rgba = babl_fish (layer->format, rgba);
  g_autofree gfloat *photo = g_new (gfloat, 4 * width);
  g_autofree gfloat *edited = g_new (gfloat, 4 * width);

  babl_process (to_rgba, native, photo, width);
  babl_process (to_rgba, mixed, edited, width);
  for (gint i = 0; i < 4 * width; i++)
    photo[i] += mask[i / 4] * (edited[i] - photo[i]);
  babl_process (babl_fish (rgba, layer->format), photo, mixed, width);
}

static void
blend_row (FacetLayer *layer, const gfloat *mask, gint y)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint width = layer->square.width;
  const guchar *photo = facet_layer_photo_row (layer, y);
  guchar *pixels = facet_layer_pixels_row (layer, y);
  g_autofree guchar *mixed = NULL;

  for (gint x = 0; x < width; x++)
    {
      guchar *pixel = pixels + x * size;

      if (mask[x] >= 1.0f || memcmp (pixel, photo + x * size, size) == 0)
        continue;
      if (mask[x] > 0.0f && mixed == NULL)
        {
          mixed = g_memdup2 (pixels, (gsize) size * width);
          mix_row (layer, mask, photo, mixed);
        }
      memcpy (pixel, (mask[x] > 0.0f ? mixed : photo) + x * size, size);
    }
}

/* Channels that are switched off in the Channels dialog, and alpha, which no
 * edit changes but which a mix may have rounded. */
static void
put_back_channels (FacetLayer *layer, gboolean mixed)
{
  static const GimpChannelType types[] = { GIMP_CHANNEL_RED, GIMP_CHANNEL_GREEN,
                                           GIMP_CHANNEL_BLUE };
  const gint channels = babl_format_get_n_components (layer->format);
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint bytes = size / channels;

  for (gint c = 0; c < channels; c++)
    {
      const gboolean alpha = c == channels - 1 && channels % 2 == 0;
      const GimpChannelType type = channels < 3 ? GIMP_CHANNEL_GRAY : types[c];

      if (alpha ? ! mixed :
                  gimp_image_get_component_active (layer->image, type))
        continue;
      for (gint y = 0; y < layer->square.height; y++)
        for (gint x = 0; x < layer->square.width; x++)
          memcpy (facet_layer_pixels_row (layer, y) + x * size + c * bytes,
                  facet_layer_photo_row (layer, y) + x * size + c * bytes,
                  bytes);
    }
}
