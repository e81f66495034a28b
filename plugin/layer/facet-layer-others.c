/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What others change while a preview is shown.  GIMP's own filters end when a
 * tool is taken up, but for a plug-in's dialog GIMP locks nothing: one can
 * paint beside it, and a script can change the layer.  Such pixels are noticed
 * because they are neither the photo's nor ours.  They become the photo's:
 * Cancel leaves them, and no edit touches them any more.  (While undo is frozen
 * a stroke cannot be undone; that is GIMP's.)
 *
 * It takes reading the whole square, as much as a third of an update, and so is
 * not done at every one, but whenever the user comes back to the dialog, and
 * before the photo is put back.
 */
#include <string.h>

#include "facet-layer-private.h"

static guchar *
get_taken_row (FacetLayer *layer, gint y)
{
  return layer->taken + (gsize) (layer->square.y + y) * layer->width +
         layer->square.x;
}

/* What of row @y is neither. */
static void
take_row (FacetLayer *layer, const guchar *now, gint y)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint width = layer->square.width;
  guchar *photo = facet_layer_photo_row (layer, y);
  const guchar *shown = layer->shown ? facet_layer_pixels_row (layer, y) :
                                       photo;

  if (memcmp (now, shown, (gsize) size * width) == 0)
    return;
  if (layer->taken == NULL)
    layer->taken = g_malloc0 ((gsize) layer->width * layer->height);
  for (gint x = 0; x < width; x++)
    if (memcmp (now + x * size, shown + x * size, size) != 0)
      {
        memcpy (photo + x * size, now + x * size, size);
        get_taken_row (layer, y)[x] = 1;
      }
}

gboolean
facet_layer_take_over (FacetLayer *layer)
{
  const gint row = facet_layer_row_bytes (layer, layer->square.width);
  g_autofree guchar *now = NULL;

  if (! layer->frozen || layer->pixels == NULL ||
      ! facet_layer_check (layer, NULL))
    return layer->taken != NULL;
  now = facet_layer_read (layer, &layer->square);
  for (gint y = 0; y < layer->square.height; y++)
    take_row (layer, now + (gsize) y * row, y);
  facet_layer_leave_taken (layer);
  return layer->taken != NULL;
}

void
facet_layer_leave_taken (FacetLayer *layer)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);

  if (layer->taken == NULL)
    return;
  for (gint y = 0; y < layer->square.height; y++)
    {
      const guchar *taken = get_taken_row (layer, y);
      const guchar *photo = facet_layer_photo_row (layer, y);
      guchar *pixels = facet_layer_pixels_row (layer, y);

      for (gint x = 0; x < layer->square.width; x++)
        if (taken[x])
          memcpy (pixels + x * size, photo + x * size, size);
    }
}
