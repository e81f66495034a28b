/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading and writing the layer.  All writing goes through the shadow buffer
 * and gimp_drawable_merge_shadow (), which blends by the selection's mask and
 * respects locked channels; taking back goes through the saved bytes, because
 * a round trip through floats is not exact in every format.
 *
 * While a preview is shown the image's undo is frozen, and a global parasite
 * that holds this process's id says so to other runs of the plug-in: undo that
 * is frozen by a process that is gone is thawed by the next run.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "facet-layer.h"

/* What resampling may look at around the square: several of the model's pixels,
 * of which there are at least 8 along a side. */
#define MARGIN_SIDES 0.5
#define MARGIN_PX 16

struct _FacetLayer
{
  GimpImage *image;
  GimpDrawable *drawable;
  const Babl *format;
  GeglRectangle surroundings; /* what is read of the layer           */
  GeglRectangle square;       /* what is written                     */
  FacetCrop crop;             /* in pixels of the surroundings       */
  guchar *photo;              /* bytes of the surroundings           */
  guchar *pixels;             /* edited bytes of the square          */
  gboolean frozen;            /* a preview is going on               */
  gboolean shown;             /* the layer is not the photo          */
};

G_DEFINE_QUARK (facet - layer - error - quark, facet_layer_error)

static gboolean check_drawable (GimpDrawable *drawable, GError **error);
static gboolean check_idle (GimpImage *image, GError **error);
static gboolean find_region (FacetLayer *layer, GError **error);
static void read_photo (FacetLayer *layer);
static gint row_bytes (FacetLayer *layer, const GeglRectangle *rectangle);
static const guchar *photo_square (FacetLayer *layer);
static gboolean render (FacetLayer *layer,
                        FacetEdit *edit,
                        const gdouble *offsets,
                        gint n_offsets,
                        GError **error);
static gboolean merge (FacetLayer *layer, gboolean undo, GError **error);
static void mark_busy (GimpImage *image);
static void mark_idle (GimpImage *image);

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
  if (! check_drawable (drawables[0], error) || ! check_idle (image, error))
    return NULL;

  layer = g_new0 (FacetLayer, 1);
  layer->image = image;
  layer->drawable = drawables[0];
  layer->format = gimp_drawable_get_format (layer->drawable);
  if (! find_region (layer, error))
    return NULL;
  read_photo (layer);
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
                         row_bytes (layer, &layer->surroundings), &layer->crop,
                         error);
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
  mark_busy (layer->image);
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
  facet_layer_show_photo (layer);
  return merge (layer, FALSE, error);
}

void
facet_layer_show_photo (FacetLayer *layer)
{
  const GeglRectangle *square = &layer->square;
  GeglBuffer *buffer;

  if (! layer->shown || ! gimp_item_is_valid (GIMP_ITEM (layer->drawable)))
    return;

  buffer = gimp_drawable_get_buffer (layer->drawable);
  gegl_buffer_set (buffer, square, 0, layer->format, photo_square (layer),
                   row_bytes (layer, &layer->surroundings));
  g_object_unref (buffer);
  gimp_drawable_update (layer->drawable, square->x, square->y, square->width,
                        square->height);
  layer->shown = FALSE;
}

void
facet_layer_end_preview (FacetLayer *layer)
{
  if (! layer->frozen)
    return;
  facet_layer_show_photo (layer);
  mark_idle (layer->image);
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

  return facet_layer_check (layer, error) &&
         render (layer, edit, offsets, n_offsets, error) &&
         merge (layer, TRUE, error);
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

/* --- what can be edited ------------------------------------------------- */

/* The first of the layer and the groups it is in whose pixels are locked. */
static GimpItem *
find_locked (GimpItem *item)
{
  while (item != NULL && ! gimp_item_get_lock_content (item))
    item = gimp_item_get_parent (item);
  return item;
}

static gboolean
check_drawable (GimpDrawable *drawable, GError **error)
{
  const gchar *message = NULL;
  GimpItem *locked;

  if (GIMP_IS_LAYER_MASK (drawable))
    message = _ ("Facet cannot edit a layer mask: select the layer itself.");
  else if (! GIMP_IS_LAYER (drawable))
    message = _ ("Facet edits layers, not channels: select a layer.");
  else if (gimp_item_is_group (GIMP_ITEM (drawable)))
    message = _ ("Facet cannot edit a layer group: select a layer in it.");
  else if (gimp_drawable_is_indexed (drawable))
    message = _ ("Facet cannot edit indexed colors: convert the image with "
                 "Image > Mode > RGB first.");
  if (message != NULL)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
                           message);
      return FALSE;
    }

  locked = find_locked (GIMP_ITEM (drawable));
  if (locked != NULL)
    {
      g_autofree gchar *name = gimp_item_get_name (locked);

      g_set_error (
          error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
          _ ("The pixels of “%s” are locked: unlock them in the Layers "
             "dialog first."),
          name);
      return FALSE;
    }
  return TRUE;
}

/* --- one dialog at a time ----------------------------------------------- */

static gchar *
parasite_name (GimpImage *image)
{
  return g_strdup_printf ("facet-preview-%d", gimp_image_get_id (image));
}

static void
mark_busy (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);
  g_autofree gchar *process = g_strdup_printf ("%ld", (glong) getpid ());
  GimpParasite *parasite = gimp_parasite_new (name, 0, strlen (process) + 1,
                                              process);

  gimp_attach_parasite (parasite);
  gimp_parasite_free (parasite);
}

static void
mark_idle (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);

  gimp_detach_parasite (name);
}

/* The process that shows a preview on @image, 0 if there is none. */
static glong
find_previewer (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);
  GimpParasite *parasite = gimp_get_parasite (name);
  glong process = 0;

  if (parasite != NULL)
    {
      guint32 length;
      const gchar *data = gimp_parasite_get_data (parasite, &length);
      g_autofree gchar *text = g_strndup (data, length);

      process = strtol (text, NULL, 10);
      gimp_parasite_free (parasite);
    }
  return MAX (process, 0);
}

static gboolean
check_idle (GimpImage *image, GError **error)
{
  const glong process = find_previewer (image);

  if (process == 0)
    return TRUE;
  if (kill ((pid_t) process, 0) == 0 || errno == EPERM)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_BUSY,
                           _ ("Facet is open for this image already: finish "
                              "there first."));
      return FALSE;
    }
  mark_idle (image);
  gimp_image_undo_thaw (image);
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

static gint
row_bytes (FacetLayer *layer, const GeglRectangle *rectangle)
{
  return rectangle->width * babl_format_get_bytes_per_pixel (layer->format);
}

/* The photo's bytes where the square begins, in rows of the surroundings. */
static const guchar *
photo_square (FacetLayer *layer)
{
  return layer->photo +
         (gsize) (layer->square.y - layer->surroundings.y) *
             row_bytes (layer, &layer->surroundings) +
         (layer->square.x - layer->surroundings.x) *
             babl_format_get_bytes_per_pixel (layer->format);
}

static void
read_photo (FacetLayer *layer)
{
  const gint photo_row = row_bytes (layer, &layer->surroundings);
  const gint row = row_bytes (layer, &layer->square);
  GeglBuffer *buffer = gimp_drawable_get_buffer (layer->drawable);

  layer->photo = g_malloc ((gsize) photo_row * layer->surroundings.height);
  layer->pixels = g_malloc ((gsize) row * layer->square.height);
  gegl_buffer_get (buffer, &layer->surroundings, 1.0, layer->format,
                   layer->photo, photo_row, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
}

/* --- writing -------------------------------------------------------------- */

static gboolean
render (FacetLayer *layer,
        FacetEdit *edit,
        const gdouble *offsets,
        gint n_offsets,
        GError **error)
{
  return facet_edit_render_bounds (edit, offsets, n_offsets, layer->pixels,
                                   row_bytes (layer, &layer->square), error);
}

/* Whether the edited pixels are the photo's. */
static gboolean
is_unchanged (FacetLayer *layer)
{
  const gint row = row_bytes (layer, &layer->square);
  const gint photo_row = row_bytes (layer, &layer->surroundings);
  const guchar *photo = photo_square (layer);

  for (gint y = 0; y < layer->square.height; y++)
    if (memcmp (layer->pixels + (gsize) y * row, photo + (gsize) y * photo_row,
                row) != 0)
      return FALSE;
  return TRUE;
}

static void
fill_shadow (FacetLayer *layer, const GeglRectangle *selected)
{
  GeglBuffer *shadow = gimp_drawable_get_shadow_buffer (layer->drawable);

  /* the selection may have grown since: GIMP merges all of it */
  if (! gegl_rectangle_contains (&layer->square, selected))
    {
      GeglBuffer *buffer = gimp_drawable_get_buffer (layer->drawable);

      gegl_buffer_copy (buffer, selected, GEGL_ABYSS_NONE, shadow, selected);
      g_object_unref (buffer);
    }
  gegl_buffer_set (shadow, &layer->square, 0, layer->format, layer->pixels,
                   row_bytes (layer, &layer->square));
  g_object_unref (shadow);
}

/* Blends the edited pixels into the layer, which holds the photo, where it is
 * selected. */
static gboolean
merge (FacetLayer *layer, gboolean undo, GError **error)
{
  GeglRectangle selected;

  if (is_unchanged (layer) ||
      ! gimp_drawable_mask_intersect (layer->drawable, &selected.x, &selected.y,
                                      &selected.width, &selected.height))
    return TRUE;

  fill_shadow (layer, &selected);
  if (! gimp_drawable_merge_shadow (layer->drawable, undo))
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_GONE,
                           _ ("GIMP did not let the layer be changed: see "
                              "whether it is locked."));
      return FALSE;
    }
  layer->shown = ! undo;
  gimp_drawable_update (layer->drawable, selected.x, selected.y, selected.width,
                        selected.height);
  return TRUE;
}
