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

/* Numbers of faces go no further. */
#define FACET_LAYER_LAST_FACE 1000

typedef struct _FacetLayer FacetLayer;

GQuark      facet_layer_error_quark   (void);

/* Checks that @drawables is one layer of @image that can be edited, and reads
 * it. */
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

/* Looks for faces, once. */
gboolean    facet_layer_look          (FacetLayer       *layer,
                                       GError          **error);
/* Where face number @face is, of those that are found, the widest first; 0: the
 * one in the selection, or the widest; an error where no finder is installed.
 * With @find FALSE: the square around the selection, or around the layer.
 * @points, [FACET_N_POINTS] or NULL, are the face's where it need not be found.
 */
gboolean    facet_layer_find_crop     (FacetLayer       *layer,
                                       gboolean          find,
                                       gint              face,
                                       const FacetPoint *points,
                                       FacetCrop        *crop,
                                       GError          **error);
/* The points of that face, [FACET_N_POINTS]; usual ones in the square where
 * none is found. */
void        facet_layer_get_points    (FacetLayer       *layer,
                                       gboolean          find,
                                       gint              face,
                                       FacetPoint       *points);
FacetEdit  *facet_layer_new_edit      (FacetLayer       *layer,
                                       FacetModel       *model,
                                       const FacetCrop  *crop,
                                       GError          **error);
/* How many faces there are; 0 before they were looked for. */
gint        facet_layer_get_n_faces   (FacetLayer       *layer);
/* The number of the face that @face 0 means, or 0. */
gint        facet_layer_get_own_face  (FacetLayer       *layer);
/* The whole photo, 8 bit; it belongs to @layer. */
GdkPixbuf  *facet_layer_get_photo     (FacetLayer       *layer);
/* A small square picture of what is in @crop. */
GdkPixbuf  *facet_layer_new_thumbnail (FacetLayer       *layer,
                                       const FacetCrop  *crop,
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
/* Looks whether somebody painted on the layer in the meantime: that lies over
 * the photo and over edits of it from now on, without the preview that it was
 * painted on.  Whether there is any, now or before. */
gboolean    facet_layer_take_over     (FacetLayer       *layer);
/* Whether some of it was mixed with a preview in a way that cannot be told
 * apart; it stays as it is, with the preview's traces. */
gboolean    facet_layer_has_traces    (FacetLayer       *layer);
/* The photo, with what others have painted, while the preview goes on. */
void        facet_layer_show_photo    (FacetLayer       *layer);
void        facet_layer_end_preview   (FacetLayer       *layer);

/* Writes the edit as one undo step; an edit that changes nothing leaves none. */
gboolean    facet_layer_apply         (FacetLayer       *layer,
                                       FacetEdit        *edit,
                                       const gdouble    *offsets,
                                       gint              n_offsets,
                                       GError          **error);

/* --- remembering -------------------------------------------------------------- */

/* Which face it was, 0 the selected one, and its points where they were given,
 * else NULL. */
void        facet_layer_remember      (FacetLayer       *layer,
                                       gint              face,
                                       const FacetPoint *points);
/* FALSE where nothing is remembered that is still of use. */
gboolean    facet_layer_recall        (FacetLayer       *layer,
                                       gint             *face,
                                       FacetPoint       *points,
                                       gboolean         *has_points);
