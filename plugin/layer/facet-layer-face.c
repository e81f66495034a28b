/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the face is: the finder looks at the whole layer, once, and the
 * selection says which of its faces is meant.
 */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <face/finder/facet-finder.h>

#include "facet-layer-private.h"

static gboolean look_for_faces (FacetLayer *layer, GError **error);
static gboolean use_square (FacetLayer *layer, FacetCrop *crop, GError **error);

gboolean
facet_layer_look (FacetLayer *layer, GError **error)
{
  layer->looked = layer->looked || look_for_faces (layer, error);
  return layer->looked;
}

gboolean
facet_layer_find_crop (FacetLayer *layer,
                       gboolean find,
                       gint face,
                       const FacetPoint *points,
                       FacetCrop *crop,
                       GError **error)
{
  const gint n_faces = facet_layer_get_n_faces (layer);

  if (points != NULL && facet_points_are_swapped (points))
    {
      g_set_error_literal (
          error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
          _ ("points: right and left are swapped, or eyes and mouth; the right "
             "eye is the one on the left of an upright picture"));
      return FALSE;
    }
  if (points == NULL && find && ! layer->looked)
    return facet_layer_look (layer, error) &&
           facet_layer_find_crop (layer, find, face, points, crop, error);
  if (points == NULL && ! find)
    return use_square (layer, crop, error);
  if (points == NULL && layer->faces == NULL)
    {
      g_set_error_literal (
          error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
          _ ("The face finder is missing: install Facet again, so that "
             "finder.safetensors lies beside its models; or switch “Find the "
             "face” (find-face) off to take the square around the selection, "
             "or say where the face's points are (points)."));
      return FALSE;
    }

  if (face == 0)
    face = facet_layer_get_own_face (layer);
  if (points == NULL && face >= 1 && face <= n_faces)
    points = g_array_index (layer->faces, FacetFace, face - 1).points;
  if (points != NULL)
    *crop = facet_crop_from_points (points);
  else if (face == 0)
    g_set_error_literal (
        error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
        _ ("No face was found here: select one closely, switch “Find the face” "
           "(find-face) off to take the square around the selection, or say "
           "where its points are (points)."));
  else
    g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_REGION,
                 _ ("face: there is no face number %d; faces found: %d"), face,
                 n_faces);
  return points != NULL;
}

void
facet_layer_get_points (FacetLayer *layer,
                        gboolean find,
                        gint face,
                        FacetPoint *points)
{
  const GeglRectangle *bounds = &layer->bounds;
  FacetCrop square;

  if (face == 0)
    face = facet_layer_get_own_face (layer);
  if (find && face >= 1 && face <= facet_layer_get_n_faces (layer))
    {
      memcpy (points, g_array_index (layer->faces, FacetFace, face - 1).points,
              FACET_N_POINTS * sizeof *points);
      return;
    }
  square = facet_crop_from_rectangle (bounds->x, bounds->y, bounds->width,
                                      bounds->height);
  facet_crop_get_points (&square, points);
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
facet_layer_get_photo (FacetLayer *layer)
{
  const Babl *fish;
  gint stride;
  guchar *pixels;

  if (layer->rgb != NULL)
    return layer->rgb;
  layer->rgb = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, layer->width,
                               layer->height);
  fish = babl_fish (layer->format, babl_format ("R'G'B' u8"));
  stride = gdk_pixbuf_get_rowstride (layer->rgb);
  pixels = gdk_pixbuf_get_pixels (layer->rgb);
  for (gint y = 0; y < layer->height; y++)
    babl_process (fish,
                  layer->photo +
                      (gsize) y * facet_layer_row_bytes (layer, layer->width),
                  pixels + (gsize) y * stride, layer->width);
  return layer->rgb;
}

GdkPixbuf *
facet_layer_new_thumbnail (FacetLayer *layer, const FacetCrop *crop, gint side)
{
  FacetRectangle part = facet_crop_get_bounds (crop, 0, layer->width,
                                               layer->height);
  g_autoptr (GdkPixbuf) picture = NULL;
  gdouble scale;

  if (part.width == 0)
    part = (FacetRectangle) { 0, 0, layer->width, layer->height };
  picture = gdk_pixbuf_new_subpixbuf (facet_layer_get_photo (layer), part.x,
                                      part.y, part.width, part.height);
  scale = (gdouble) side / MAX (part.width, part.height);
  return gdk_pixbuf_scale_simple (picture, MAX (1, (gint) (scale * part.width)),
                                  MAX (1, (gint) (scale * part.height)),
                                  GDK_INTERP_BILINEAR);
}

/* A plug-in without the finder's weights can still edit where it is told the
 * face is. */
static gboolean
look_for_faces (FacetLayer *layer, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (FacetFinder) finder = facet_finder_load (NULL, &problem);
  GdkPixbuf *photo;

  if (finder == NULL &&
      g_error_matches (problem, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND))
    return TRUE;
  if (finder == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  photo = facet_layer_get_photo (layer);
  layer->faces = facet_finder_find (finder, gdk_pixbuf_read_pixels (photo),
                                    layer->width, layer->height, 3,
                                    (gsize) gdk_pixbuf_get_rowstride (photo), 0,
                                    error);
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
