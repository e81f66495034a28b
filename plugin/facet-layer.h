/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetLayer: the pixels of one layer that an edit may change.  It finds the
 * square of the face, keeps the photo's bytes in the layer's own format, shows
 * edits in place while undo is frozen, takes them back byte for byte, and
 * applies the last one as one undo step.
 *
 * Rectangles are in the layer's pixels.
 */
#pragma once

#include <face/facet-edit.h>
#include <libgimp/gimp.h>

#define FACET_LAYER_ERROR (facet_layer_error_quark ())

typedef enum
{
  FACET_LAYER_ERROR_DRAWABLE, /* not one editable layer                 */
  FACET_LAYER_ERROR_REGION,   /* nothing selected on it, or too small   */
  FACET_LAYER_ERROR_BUSY,     /* another dialog, or undo is switched off */
  FACET_LAYER_ERROR_GONE      /* closed or locked in the meantime       */
} FacetLayerError;

typedef struct _FacetLayer FacetLayer;

GQuark      facet_layer_error_quark (void);

/* Checks that @drawables is one layer that can be edited and reads the photo
 * around the selection, or the whole layer if nothing is selected. */
FacetLayer *facet_layer_new         (GimpImage     *image,
                                     GimpDrawable **drawables,
                                     GError       **error);
/* Takes a preview back first. */
void        facet_layer_free        (FacetLayer    *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetLayer, facet_layer_free)

/* Encodes the face; calls nothing of GIMP, so that a thread may. */
FacetEdit  *facet_layer_new_edit    (FacetLayer    *layer,
                                     FacetModel    *model,
                                     GError       **error);

/* Freezes the image's undo until facet_layer_end_preview (). */
gboolean    facet_layer_begin_preview (FacetLayer  *layer,
                                     GError       **error);
gboolean    facet_layer_preview     (FacetLayer    *layer,
                                     FacetEdit     *edit,
                                     const gdouble *offsets,
                                     gint           n_offsets,
                                     GError       **error);
/* The photo as it was, while the preview goes on. */
void        facet_layer_show_photo  (FacetLayer    *layer);
void        facet_layer_end_preview (FacetLayer    *layer);

/* Writes the edit as one undo step; an edit that changes nothing leaves none. */
gboolean    facet_layer_apply       (FacetLayer    *layer,
                                     FacetEdit     *edit,
                                     const gdouble *offsets,
                                     gint           n_offsets,
                                     GError       **error);

/* Whether the layer can still be written to; else the error says why. */
gboolean    facet_layer_check       (FacetLayer    *layer,
                                     GError       **error);
