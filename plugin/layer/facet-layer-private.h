/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetLayer's parts: what can be edited (facet-layer-checks.c), where the face
 * is (facet-layer-face.c) and was (facet-layer-memory.c), reading and writing
 * (facet-layer-pixels.c), what others paint on it meanwhile
 * (facet-layer-others.c) and else do to it (facet-layer-rescue.c).
 */
#pragma once

#include <gegl.h>

#include "facet-layer.h"

struct _FacetLayer
{
  GimpImage     *image;
  GimpDrawable  *drawable;
  const Babl    *format;
  gchar         *name;
  gint           offset_x; /* in the image, as it was at first       */
  gint           offset_y;
  gint           width;
  gint           height;
  guchar        *photo;   /* [height][width] of the format           */
  guchar        *painted; /* the photo with what others have painted on it in
                             the meantime; NULL: nothing             */
  gfloat        *left;    /* [height][width] how much of the photo, or an edit,
                             is seen through that, 0…1               */
  const Babl    *to_mix;  /* to the floats in which it is mixed, and back */
  const Babl    *from_mix;
  gboolean       traces;  /* of previews may be in what was painted  */
  gboolean       altered; /* as a whole, with the preview in it      */
  GeglRectangle  bounds;  /* of the selection, or the whole layer    */

  gboolean       looked;  /* for faces                               */
  GArray        *faces;   /* of FacetFace; NULL: there is no finder  */
  GdkPixbuf     *rgb;     /* the photo, 8 bit; NULL before it is asked for */

  GeglRectangle  square;  /* what edits write, within the layer      */
  guchar        *pixels;  /* its bytes, edited                       */
  gboolean       frozen;  /* a preview is going on                   */
  gboolean       shown;   /* the layer is not the photo              */
  gboolean       lost;    /* and cannot be put back              */
};

gboolean facet_layer_check_drawable (GimpImage     *image,
                                     GimpDrawable  *drawable,
                                     GError       **error);
/* The first of the layer and the groups it is in whose pixels are locked. */
GimpItem *facet_layer_find_locked   (GimpItem      *item);

/* While a preview is shown the image's undo is frozen, and a global parasite
 * that holds this process's id says so to other runs of the plug-in.  Undo that
 * a process froze which is gone is thawed. */
gboolean facet_layer_check_idle     (GimpImage     *image,
                                     GError       **error);
void     facet_layer_mark_busy      (GimpImage     *image);
void     facet_layer_mark_idle      (GimpImage     *image);

/* --- the layer's bytes ------------------------------------------------------ */

gint     facet_layer_row_bytes      (FacetLayer    *layer,
                                     gint           width);
guchar  *facet_layer_read           (FacetLayer    *layer,
                                     const GeglRectangle *rectangle);
/* Row @y of the square in the photo as it was read, of which edits are; in what
 * is there without an edit, with what others have painted; in `pixels`. */
guchar  *facet_layer_photo_row      (FacetLayer    *layer,
                                     gint           y);
guchar  *facet_layer_own_row        (FacetLayer    *layer,
                                     gint           y);
guchar  *facet_layer_pixels_row     (FacetLayer    *layer,
                                     gint           y);
/* Leaves of `pixels` what is selected and may be written, under what others have
 * painted. */
void     facet_layer_blend          (FacetLayer    *layer);
/* Whether `pixels` differ from what is there without an edit. */
gboolean facet_layer_is_changed     (FacetLayer    *layer);
void     facet_layer_write_own      (FacetLayer    *layer);
void     facet_layer_write_pixels   (FacetLayer    *layer);
/* The same as one undo step, in a layer that holds no edit.  FALSE if GIMP does
 * not let it be changed. */
gboolean facet_layer_write_undoable (FacetLayer    *layer);

/* --- what others have done to the layer ------------------------------------- */

/* Lays it over the edit in `pixels`. */
void     facet_layer_lay_paint_over (FacetLayer    *layer);

/* Whether the layer is there, of the size and the kind that it had. */
gboolean facet_layer_check_same     (FacetLayer    *layer,
                                     GError       **error);
/* Writes what is there without an edit, locked or not. */
void     facet_layer_put_back       (FacetLayer    *layer);
/* Makes that a new layer of the image. */
void     facet_layer_rescue         (FacetLayer    *layer);
