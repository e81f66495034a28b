/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the face is: the finder looks at the whole layer, once, and the
 * selection says which of its faces is meant.
 */
#include <glib/gi18n-lib.h>

#include <face/finder/facet-finder.h>

#include "facet-layer-private.h"

static gboolean look_for_faces (FacetLayer *layer, GError **error);
static gboolean use_square (FacetLayer *layer, FacetCrop *crop, GError **error);

gboolean
facet_layer_find_crop (FacetLayer *layer,
                       gboolean find,
                       gint face,
                       FacetCrop *crop,
                       GError **error)
{
  const gint n_faces = facet_layer_get_n_faces (layer);

  if (! find)
    return use_square (layer, crop, error);
  if (! layer->looked)
    {
      if (! look_for_faces (layer, error))
        return FALSE;
      layer->looked = TRUE;
      return facet_layer_find_crop (layer, find, face, crop, error);
    }
  if (layer->faces == NULL)
    return use_square (layer, crop, error);

  if (face == 0)
    face = facet_layer_get_own_face (layer);
  if (face >= 1 && face <= n_faces)
    {
      *crop = facet_crop_from_points (
          g_array_index (layer->faces, FacetFace, face - 1).points);
      return TRUE;
    }
  if (face == 0)
    g_set_error_literal (
        error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
        _ ("No face was found here: select one closely, and switch “Find the "
           "face” (find-face) off to take the square around the selection."));
  else
    g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                 _ ("face: there is no face number %d, only %d were found"),
                 face, n_faces);
  return FALSE;
}

FacetEdit *
facet_layer_new_edit (FacetLayer *layer,
                      FacetModel *model,
                      const FacetCrop *crop,
                      GError **error)
{
  return facet_edit_new (model, layer->format, layer->photo, layer->width,
                         layer->height,
                         facet_layer_row_bytes (layer, layer->width), crop,
                         error);
}

gint
facet_layer_get_n_faces (FacetLayer *layer)
{
  return layer->faces != NULL ? (gint) layer->faces->len : 0;
}

gint
facet_layer_get_own_face (FacetLayer *layer)
{
  if (layer->faces == NULL)
    return 0;
  return 1 + facet_faces_choose (layer->faces, layer->bounds.x, layer->bounds.y,
                                 layer->bounds.width, layer->bounds.height);
}

GdkPixbuf *
facet_layer_new_thumbnail (FacetLayer *layer, gint face, gint side)
{
  const FacetFace *found = &g_array_index (layer->faces, FacetFace, face - 1);
  const gint box = MAX (1, (gint) MAX (found->width, found->height));
  const GeglRectangle whole = { 0, 0, layer->width, layer->height };
  GeglRectangle square = { (gint) (found->x + found->width / 2 - box / 2),
                           (gint) (found->y + found->height / 2 - box / 2), box,
                           box };
  g_autoptr (GdkPixbuf) photo = NULL;
  g_autoptr (GdkPixbuf) part = NULL;
  gdouble scale;

  if (! gegl_rectangle_intersect (&square, &square, &whole))
    square = whole;
  photo = gdk_pixbuf_new_from_data (layer->rgb, GDK_COLORSPACE_RGB, FALSE, 8,
                                    layer->width, layer->height,
                                    3 * layer->width, NULL, NULL);
  part = gdk_pixbuf_new_subpixbuf (photo, square.x, square.y, square.width,
                                   square.height);
  scale = (gdouble) side / MAX (square.width, square.height);
  return gdk_pixbuf_scale_simple (part, MAX (1, (gint) (scale * square.width)),
                                  MAX (1, (gint) (scale * square.height)),
                                  GDK_INTERP_BILINEAR);
}

/* A plug-in without the finder's weights can still edit squares. */
static gboolean
look_for_faces (FacetLayer *layer, GError **error)
{
  const gsize n = (gsize) layer->width * layer->height;
  g_autoptr (GError) problem = NULL;
  g_autoptr (FacetFinder) finder = facet_finder_load (NULL, &problem);

  if (finder == NULL &&
      g_error_matches (problem, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND))
    return TRUE;
  if (finder == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  layer->rgb = g_malloc (3 * n);
  babl_process (babl_fish (layer->format, babl_format ("R'G'B' u8")),
                layer->photo, layer->rgb, (glong) n);
  layer->faces = facet_finder_find (finder, layer->rgb, layer->width,
                                    layer->height, 3, 3 * (gsize) layer->width,
                                    0, error);
  if (layer->faces == NULL)
    g_clear_pointer (&layer->rgb, g_free);
  return layer->faces != NULL;
}

static gboolean
use_square (FacetLayer *layer, FacetCrop *crop, GError **error)
{
  const GeglRectangle *bounds = &layer->bounds;

  if (MAX (bounds->width, bounds->height) < FACET_EDIT_SMALLEST_SIDE)
    {
      g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                   _ ("%d × %d pixels are too few for a face: select a larger "
                      "square around it."),
                   bounds->width, bounds->height);
      return FALSE;
    }
  *crop = facet_crop_from_rectangle (bounds->x, bounds->y, bounds->width,
                                     bounds->height);
  return TRUE;
}
