/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetLayer: the pixels of one layer that an edit may change.  It keeps the
 * photo's bytes in the layer's own format, finds the face, shows edits in place
 * while undo is frozen, takes them back byte for byte, and applies the last one
 * as one undo step.
 *
 * Places are in the layer's pixels.
 */
#pragma once

#include <face/facet-edit.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <libgimp/gimp.h>

#define FACET_LAYER_ERROR (facet_layer_error_quark ())

typedef enum
{
  FACET_LAYER_ERROR_DRAWABLE, /* not one editable layer                  */
  FACET_LAYER_ERROR_REGION,   /* nothing selected on it, too small, or no
                                 face                                    */
  FACET_LAYER_ERROR_BUSY,     /* another dialog, or undo is switched off */
  FACET_LAYER_ERROR_GONE      /* closed or locked in the meantime        */
} FacetLayerError;

typedef struct _FacetLayer FacetLayer;

GQuark      facet_layer_error_quark   (void);

/* Checks that @drawables is one layer that can be edited, and reads it. */
FacetLayer *facet_layer_new           (GimpImage        *image,
                                       GimpDrawable    **drawables,
                                       GError          **error);
/* Takes a preview back first. */
void        facet_layer_free          (FacetLayer       *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetLayer, facet_layer_free)

/* Whether the layer can still be written to; else the error says why. */
gboolean    facet_layer_check         (FacetLayer       *layer,
                                       GError          **error);

/* --- the face: nothing here calls GIMP, so that one thread may ---------------- */

/* Where face number @face is, of those that are found, the widest first; 0: the
 * one in the selection, or the widest. With @find FALSE, or where no finder is
 * installed: the square around the selection, or around the layer. */
gboolean    facet_layer_find_crop     (FacetLayer       *layer,
                                       gboolean          find,
                                       gint              face,
                                       FacetCrop        *crop,
                                       GError          **error);
FacetEdit  *facet_layer_new_edit      (FacetLayer       *layer,
                                       FacetModel       *model,
                                       const FacetCrop  *crop,
                                       GError          **error);
/* How many faces there are; 0 before they were looked for. */
gint        facet_layer_get_n_faces   (FacetLayer       *layer);
/* The number of the face that @face 0 means, or 0. */
gint        facet_layer_get_own_face  (FacetLayer       *layer);
/* A square picture of face number @face. */
GdkPixbuf  *facet_layer_new_thumbnail (FacetLayer       *layer,
                                       gint              face,
                                       gint              side);

/* --- showing and writing ------------------------------------------------------ */

/* What is shown and applied from now on are edits of @crop. */
void        facet_layer_set_crop      (FacetLayer       *layer,
                                       const FacetCrop  *crop);
/* Freezes the image's undo until facet_layer_end_preview (). */
gboolean    facet_layer_begin_preview (FacetLayer       *layer,
                                       GError          **error);
gboolean    facet_layer_preview       (FacetLayer       *layer,
                                       FacetEdit        *edit,
                                       const gdouble    *offsets,
                                       gint              n_offsets,
                                       GError          **error);
/* The photo as it was, while the preview goes on. */
void        facet_layer_show_photo    (FacetLayer       *layer);
void        facet_layer_end_preview   (FacetLayer       *layer);

/* Writes the edit as one undo step; an edit that changes nothing leaves none. */
gboolean    facet_layer_apply         (FacetLayer       *layer,
                                       FacetEdit        *edit,
                                       const gdouble    *offsets,
                                       gint              n_offsets,
                                       GError          **error);
