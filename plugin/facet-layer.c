/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layer: its region, and the preview's life.
 */
#include <glib/gi18n-lib.h>

#include "facet-layer-private.h"

/* What resampling may look at around the square: several of the model's pixels,
 * of which there are at least 8 along a side. */
#define MARGIN_SIDES 0.5
#define MARGIN_PX 16

G_DEFINE_QUARK (facet - layer - error - quark, facet_layer_error)

static gboolean find_region (FacetLayer *layer, GError **error);
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
  if (! facet_layer_check_drawable (drawables[0], error) ||
      ! facet_layer_check_idle (image, error))
    return NULL;

  layer = g_new0 (FacetLayer, 1);
  layer->image = image;
  layer->drawable = drawables[0];
  layer->format = gimp_drawable_get_format (layer->drawable);
  if (! find_region (layer, error))
    return NULL;
  facet_layer_read_photo (layer);
  return g_steal_pointer (&layer);
}

void
facet_layer_free (FacetLayer *layer)
{
  if (layer == NULL)
    return;
  facet_layer_end_preview (layer);
  g_free (layer->photo);
  g_free (layer->pixels);
  g_free (layer);
}

FacetEdit *
facet_layer_new_edit (FacetLayer *layer, FacetModel *model, GError **error)
{
  return facet_edit_new (model, layer->format, layer->photo,
                         layer->surroundings.width, layer->surroundings.height,
                         facet_layer_row_bytes (layer, &layer->surroundings),
                         &layer->crop, error);
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
  if (! layer->shown || ! gimp_item_is_valid (GIMP_ITEM (layer->drawable)))
    return;
  facet_layer_write_photo (layer);
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
      gimp_displays_flush ();
    }
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

gboolean
facet_layer_check (FacetLayer *layer, GError **error)
{
  if (! gimp_image_is_valid (layer->image) ||
      ! gimp_item_is_valid (GIMP_ITEM (layer->drawable)))
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                           _ ("The image or its layer was closed while it was "
                              "being edited."));
      return FALSE;
    }
  if (gimp_drawable_get_format (layer->drawable) != layer->format)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                           _ ("The image's mode was changed while it was being "
                              "edited: cancel and start again."));
      return FALSE;
    }
  return TRUE;
}

/* --- the region --------------------------------------------------------- */

/* The selection's bounds in the layer's pixels, or the whole layer. */
static gboolean
find_bounds (FacetLayer *layer, GeglRectangle *bounds)
{
  gboolean selected;
  gint x1, y1, x2, y2, offset_x, offset_y;

  if (! gimp_selection_bounds (layer->image, &selected, &x1, &y1, &x2, &y2))
    return FALSE;
  gimp_drawable_get_offsets (layer->drawable, &offset_x, &offset_y);
  if (selected)
    gegl_rectangle_set (bounds, x1 - offset_x, y1 - offset_y, x2 - x1, y2 - y1);
  else
    gegl_rectangle_set (bounds, 0, 0, gimp_drawable_get_width (layer->drawable),
                        gimp_drawable_get_height (layer->drawable));
  return TRUE;
}

/* The square around @bounds, as far as the layer goes, and what lies around. */
static void
set_region (FacetLayer *layer, const GeglRectangle *bounds)
{
  const gint width = gimp_drawable_get_width (layer->drawable);
  const gint height = gimp_drawable_get_height (layer->drawable);
  const gdouble side = MAX (bounds->width, bounds->height);
  FacetCrop crop = facet_crop_from_rectangle (bounds->x, bounds->y,
                                              bounds->width, bounds->height);
  FacetRectangle square = facet_crop_get_bounds (&crop, 0, width, height);
  FacetRectangle around =
      facet_crop_get_bounds (&crop, MARGIN_PX + MARGIN_SIDES * side, width,
                             height);

  layer->square = *GEGL_RECTANGLE (square.x, square.y, square.width,
                                   square.height);
  layer->surroundings = *GEGL_RECTANGLE (around.x, around.y, around.width,
                                         around.height);
  crop.centre_x -= around.x;
  crop.centre_y -= around.y;
  layer->crop = crop;
}

static gboolean
find_region (FacetLayer *layer, GError **error)
{
  GeglRectangle bounds;
  gint x, y, width, height;

  if (! find_bounds (layer, &bounds) ||
      ! gimp_drawable_mask_intersect (layer->drawable, &x, &y, &width, &height))
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                           _ ("The selection lies outside of the layer: select "
                              "a face on it, or nothing."));
      return FALSE;
    }
  if (MAX (bounds.width, bounds.height) < FACET_EDIT_SMALLEST_SIDE)
    {
      g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                   _ ("%d × %d pixels are too few for a face: select a larger "
                      "square around it."),
                   bounds.width, bounds.height);
      return FALSE;
    }
  set_region (layer, &bounds);
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
                                  facet_layer_row_bytes (layer, &layer->square),
                                  error))
    return FALSE;
  facet_layer_blend (layer);
  return TRUE;
}
