/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetEdit: one face of one photo being edited; pixels in, code out, code in,
 * pixels out.  The plug-in, the program `facet` and the tests are thin clients
 * of it, so that all of them write the same bytes.
 *
 *   result = photo + mask · warp (up (decode (z') − decode (z)))
 *
 * is the plainest of its modes; the others differ in what they add to a pixel.
 * The photo comes in its own pixel format (any babl format: gray or RGB, with
 * or without alpha, any precision, linear or not, any colour space) and goes
 * out in it.  A pixel that the edit does not change keeps its very bytes, and
 * alpha is never changed; with all offsets 0 that is every pixel.  A gray face
 * stays gray, also in a format that could have colours.
 */
#pragma once

#include <babl/babl.h>
#include <face/crop/facet-crop.h>
#include <face/facet-edit-error.h>
#include <face/refine/facet-refine.h>
#include <model/facet-model.h>

typedef enum
{
  FACET_MODE_KEEP_DETAIL,    /* the photo's own pixels move with the face,
                                what else changes is added, and where the
                                old structure is gone the decode takes over
                                in the photo's light; the default           */
  FACET_MODE_DIFFERENCE,     /* photo + difference                          */
  FACET_MODE_RECONSTRUCTION  /* the decode itself inside the mask; this
                                changes the photo at 0, too                 */
} FacetMode;

/* A crop with a shorter side, in pixels, is an error. */
#define FACET_EDIT_SMALLEST_SIDE 8

typedef struct _FacetEdit FacetEdit;

/* Copies @pixels ([height][stride bytes] of @format), cuts the crop and encodes
 * it.  @crop is in pixels of this rectangle, which is the whole layer or photo,
 * not only what lies in the crop: what is around the crop takes part in cutting
 * it, and same pixels give the same bytes. */
FacetEdit     *facet_edit_new         (FacetModel      *model,
                                       const Babl      *format,
                                       gconstpointer    pixels,
                                       gint             width,
                                       gint             height,
                                       gint             stride,
                                       const FacetCrop *crop,
                                       GError         **error);
void           facet_edit_free        (FacetEdit       *edit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetEdit, facet_edit_free)

FacetModel    *facet_edit_get_model   (FacetEdit       *edit);
/* The photo's own code, [z_dim]. */
const gfloat  *facet_edit_get_code    (FacetEdit       *edit);
/* The crop as the encoder sees it, and the last decode: input_dim, 0…1. */
const gfloat  *facet_edit_get_crop    (FacetEdit       *edit);
const gfloat  *facet_edit_get_decode  (FacetEdit       *edit);
/* The pixels that a render may change: never empty. */
FacetRectangle facet_edit_get_bounds  (FacetEdit       *edit);

void           facet_edit_set_mode    (FacetEdit       *edit,
                                       FacetMode        mode);
/* How much of the edit reaches the photo, 0…1 (default 1). */
void           facet_edit_set_strength (FacetEdit      *edit,
                                        gdouble         strength);
/* Width of the soft border as a fraction of the crop's side, 0…0.5
 * (default 0.1). */
void           facet_edit_set_feather (FacetEdit       *edit,
                                       gdouble          feather);

/* Noise as strong as the photo's where FACET_MODE_KEEP_DETAIL shows the decode,
 * which has none; a factor, 0…1 (default 1). */
void           facet_edit_set_grain    (FacetEdit       *edit,
                                        gdouble          grain);

/* Writes the whole edited rectangle to @pixels ([height][stride] of the photo's
 * format), offsets in σ as facet_latents_move () takes them. On error
 * nothing is written. */
gboolean       facet_edit_render      (FacetEdit       *edit,
                                       const gdouble   *offsets,
                                       gint             n_offsets,
                                       gpointer         pixels,
                                       gint             stride,
                                       GError         **error);
/* The same, but only the pixels of facet_edit_get_bounds (), [height][stride]
 * of them: what is outside never changes. */
gboolean       facet_edit_render_bounds (FacetEdit     *edit,
                                         const gdouble *offsets,
                                         gint           n_offsets,
                                         gpointer       pixels,
                                         gint           stride,
                                         GError       **error);

/* Where the last render's time went, in milliseconds. */
typedef struct
{
  gdouble decode_ms; /* code to crop                                          */
  gdouble copy_ms;   /* the photo's own pixels to the caller's                */
  gdouble motion_ms; /* two decodes to motion and what is added               */
  gdouble paste_ms;  /* these to the photo's pixels, moved and blended        */
} FacetEditTimes;

FacetEditTimes facet_edit_get_times    (FacetEdit       *edit);

/* A code that fits the face better than the encoder's, [z_dim], free with
 * g_free (); as facet_refine () finds it. It takes most of a second.  Does not
 * touch @edit: it may run in another thread while @edit is rendered, as long as
 * it is not freed and its code not set.  NULL with @error when cancelled. */
gfloat        *facet_edit_refine_code  (FacetEdit           *edit,
                                        GCancellable        *cancellable,
                                        FacetRefineProgress  progress,
                                        gpointer             data,
                                        GError             **error);
/* Makes @code, [z_dim], the photo's own, to which offsets are added. */
void           facet_edit_set_code     (FacetEdit           *edit,
                                        const gfloat        *code);
