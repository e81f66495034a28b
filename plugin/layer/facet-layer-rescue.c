/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What others do to a layer that is being edited beside painting on it: GIMP
 * lets it be locked, scaled, converted, turned, filtered, merged or deleted,
 * none of which can be undone while a preview is shown.  The photo is not lost
 * by that: a locked layer is opened for it, and where there is no place for it
 * any more it becomes a new layer.
 */
#include <glib/gi18n-lib.h>

#include "facet-layer-private.h"

gboolean
facet_layer_check (FacetLayer *layer, GError **error)
{
  GimpItem *locked;

  if (! facet_layer_check_same (layer, error))
    return FALSE;
  /* GIMP ends plug-ins that write there */
  locked = facet_layer_find_locked (GIMP_ITEM (layer->drawable));
  if (locked != NULL)
    {
      g_autofree gchar *name = gimp_item_get_name (locked);

      g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                   _ ("The pixels of “%s” were locked while they were being "
                      "edited: cancel, unlock them and start again."),
                   name);
      return FALSE;
    }
  return TRUE;
}

gboolean
facet_layer_check_same (FacetLayer *layer, GError **error)
{
  const gchar *message = NULL;

  if (! gimp_image_is_valid (layer->image) ||
      ! gimp_item_is_valid (GIMP_ITEM (layer->drawable)))
    message = _ ("The image was closed, or its layer merged or deleted, "
                 "while it was being edited.");
  else if (gimp_drawable_get_format (layer->drawable) != layer->format)
    message = _ ("The image's mode was changed while it was being edited: "
                 "cancel and start again.");
  else if (gimp_drawable_get_width (layer->drawable) != layer->width ||
           gimp_drawable_get_height (layer->drawable) != layer->height)
    message = _ ("The layer's size was changed while it was being edited: "
                 "cancel and start again.");
  else if (layer->altered)
    message = _ ("The whole layer was changed while it was being edited: "
                 "cancel and start again.");
  if (message != NULL)
    g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                         message);
  return message == NULL;
}

void
facet_layer_put_back (FacetLayer *layer)
{
  GSList *opened = NULL;
  GimpItem *locked;

  while ((locked = facet_layer_find_locked (GIMP_ITEM (layer->drawable))) !=
         NULL)
    {
      gimp_item_set_lock_content (locked, FALSE);
      opened = g_slist_prepend (opened, locked);
    }
  facet_layer_write_own (layer);
  for (; opened != NULL; opened = g_slist_delete_link (opened, opened))
    gimp_item_set_lock_content (opened->data, TRUE);
}

/* The image's mode may be another by now. */
static GimpImageType
get_type (FacetLayer *layer)
{
  const gboolean alpha = babl_format_has_alpha (layer->format);

  switch (gimp_image_get_base_type (layer->image))
    {
    case GIMP_GRAY:
      return alpha ? GIMP_GRAYA_IMAGE : GIMP_GRAY_IMAGE;
    case GIMP_INDEXED:
      return alpha ? GIMP_INDEXEDA_IMAGE : GIMP_INDEXED_IMAGE;
    default:
      return alpha ? GIMP_RGBA_IMAGE : GIMP_RGB_IMAGE;
    }
}

void
facet_layer_rescue (FacetLayer *layer)
{
  g_autofree gchar *name = NULL;
  g_autofree gchar *message = NULL;
  GimpLayer *rescued;
  GeglBuffer *buffer;

  name = g_strdup_printf (_ ("%s before the edit"), layer->name);
  rescued = gimp_layer_new (layer->image, name, layer->width, layer->height,
                            get_type (layer), 100, GIMP_LAYER_MODE_NORMAL);
  gimp_image_insert_layer (layer->image, rescued, NULL, 0);
  gimp_layer_set_offsets (rescued, layer->offset_x, layer->offset_y);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (rescued));
  gegl_buffer_set (buffer, NULL, 0, layer->format,
                   layer->painted != NULL ? layer->painted : layer->photo,
                   facet_layer_row_bytes (layer, layer->width));
  g_object_unref (buffer);
  gimp_drawable_update (GIMP_DRAWABLE (rescued), 0, 0, layer->width,
                        layer->height);
  message = g_strdup_printf (_ ("The layer was changed while an edit was shown "
                                "in it. As it was before, it is a new layer "
                                "now: “%s”."),
                             name);
  gimp_message (message);
}
