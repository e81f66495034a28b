/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layer: what is selected of it, and the preview's life.
 */
#include <glib/gi18n-lib.h>

#include "facet-layer-private.h"

G_DEFINE_QUARK (facet - layer - error - quark, facet_layer_error)

static gboolean find_bounds (FacetLayer *layer, GError **error);
static gboolean render (FacetLayer *layer,
                        FacetEdit *edit,
                        const gdouble *offsets,
                        gint n_offsets,
                        GError **error);

FacetLayer *
facet_layer_new (GimpImage *image, GimpDrawable **drawables, GError **error)
{
  g_autoptr (FacetLayer) layer = NULL;

  if (drawables == NULL || drawables[0] == NULL || drawables[1] != NULL)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
                           _ ("Facet edits one layer: select a single layer "
                              "and try again."));
      return NULL;
    }
  if (! facet_layer_check_drawable (image, drawables[0], error) ||
      ! facet_layer_check_idle (image, error))
    return NULL;

  layer = g_new0 (FacetLayer, 1);
  layer->image = image;
  layer->drawable = drawables[0];
  layer->format = gimp_drawable_get_format (layer->drawable);
  layer->width = gimp_drawable_get_width (layer->drawable);
  layer->height = gimp_drawable_get_height (layer->drawable);
  gimp_drawable_get_offsets (layer->drawable, &layer->offset_x,
                             &layer->offset_y);
  layer->name = gimp_item_get_name (GIMP_ITEM (layer->drawable));
  if (! find_bounds (layer, error))
    return NULL;
  layer->photo = facet_layer_read (layer, GEGL_RECTANGLE (0, 0, layer->width,
                                                          layer->height));
  return g_steal_pointer (&layer);
}

void
facet_layer_free (FacetLayer *layer)
{
  if (layer == NULL)
    return;
  facet_layer_end_preview (layer);
  g_free (layer->name);
  g_clear_pointer (&layer->faces, g_array_unref);
  g_clear_object (&layer->rgb);
  g_free (layer->photo);
  g_free (layer->painted);
  g_free (layer->left);
  g_free (layer->pixels);
  g_free (layer);
}

void
facet_layer_set_crop (FacetLayer *layer, const FacetCrop *crop)
{
  const FacetRectangle square = facet_crop_get_bounds (crop, 0, layer->width,
                                                       layer->height);

  facet_layer_show_photo (layer);
  layer->square = *GEGL_RECTANGLE (square.x, square.y, square.width,
                                   square.height);
  g_free (layer->pixels);
  layer->pixels = g_malloc (
      (gsize) facet_layer_row_bytes (layer, square.width) * square.height);
}

gboolean
facet_layer_begin_preview (FacetLayer *layer, GError **error)
{
  g_return_val_if_fail (! layer->frozen, FALSE);

  if (! gimp_image_undo_is_enabled (layer->image))
    {
      g_set_error_literal (
          error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_BUSY,
          _ ("Undo is switched off for this image, perhaps by "
             "another plug-in that is still open: close it and "
             "try again."));
      return FALSE;
    }
  facet_layer_mark_busy (layer->image);
  layer->frozen = gimp_image_undo_freeze (layer->image);
  return TRUE;
}

gboolean
facet_layer_preview (FacetLayer *layer,
                     FacetEdit *edit,
                     const gdouble *offsets,
                     gint n_offsets,
                     GError **error)
{
  g_return_val_if_fail (layer->frozen, FALSE);

  if (! facet_layer_check (layer, error) ||
      ! render (layer, edit, offsets, n_offsets, error))
    return FALSE;
  facet_layer_write_pixels (layer);
  layer->shown = TRUE;
  return TRUE;
}

void
facet_layer_show_photo (FacetLayer *layer)
{
  facet_layer_take_over (layer);
  if (! layer->shown)
    return;
  if (facet_layer_check_same (layer, NULL))
    facet_layer_put_back (layer);
  else
    layer->lost = layer->lost || facet_layer_is_changed (layer);
  layer->shown = FALSE;
}

void
facet_layer_end_preview (FacetLayer *layer)
{
  if (! layer->frozen)
    return;
  facet_layer_show_photo (layer);
  facet_layer_mark_idle (layer->image);
  if (gimp_image_is_valid (layer->image))
    {
      gimp_image_undo_thaw (layer->image);
      if (layer->lost)
        facet_layer_rescue (layer);
      gimp_displays_flush ();
    }
  layer->lost = FALSE;
  layer->frozen = FALSE;
}

gboolean
facet_layer_apply (FacetLayer *layer,
                   FacetEdit *edit,
                   const gdouble *offsets,
                   gint n_offsets,
                   GError **error)
{
  facet_layer_end_preview (layer);

  if (! facet_layer_check (layer, error) ||
      ! render (layer, edit, offsets, n_offsets, error))
    return FALSE;
  if (facet_layer_is_changed (layer) && ! facet_layer_write_undoable (layer))
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                           _ ("GIMP did not let the layer be changed: see "
                              "whether it is locked."));
      return FALSE;
    }
  return TRUE;
}

/* --- what is selected ----------------------------------------------------- */

static gboolean
find_bounds (FacetLayer *layer, GError **error)
{
  gboolean selected;
  gint x1, y1, x2, y2, x, y, width, height;

  if (! gimp_selection_bounds (layer->image, &selected, &x1, &y1, &x2, &y2) ||
      ! gimp_drawable_mask_intersect (layer->drawable, &x, &y, &width, &height))
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                           _ ("The selection lies outside of the layer: select "
                              "a face on it, or nothing."));
      return FALSE;
    }
  layer->bounds = *GEGL_RECTANGLE (0, 0, layer->width, layer->height);
  if (selected)
    layer->bounds = *GEGL_RECTANGLE (x1 - layer->offset_x, y1 - layer->offset_y,
                                     x2 - x1, y2 - y1);
  return TRUE;
}

/* --- rendering ------------------------------------------------------------ */

static gboolean
render (FacetLayer *layer,
        FacetEdit *edit,
        const gdouble *offsets,
        gint n_offsets,
        GError **error)
{
  if (! facet_edit_render_bounds (edit, offsets, n_offsets, layer->pixels,
                                  facet_layer_row_bytes (layer,
                                                         layer->square.width),
                                  error))
    return FALSE;
  facet_layer_blend (layer);
  return TRUE;
}
