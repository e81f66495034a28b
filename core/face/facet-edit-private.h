/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetEdit's parts: making one and what can be set (facet-edit.c), what the
 * photo shows (facet-edit-crop.c), moving the code and pasting what is different
 * (facet-edit-render.c).
 */
#pragma once

#include <face/motion/facet-detail.h>
#include <face/photo/facet-photo.h>
#include "facet-edit.h"

struct _FacetEdit
{
  FacetModel     *model;
  FacetPhoto     *photo;
  FacetImage     *pixels;      /* of read                             */
  FacetRectangle  read;
  FacetRectangle  bounds;
  FacetCrop       crop;
  NnShape         shape;
  gint            z_dim;
  gboolean        gray;        /* the photo's format, or just its crop */

  gfloat         *input;       /* input_dim: the crop                 */
  gfloat         *code;        /* [z_dim]                             */
  gfloat         *own_decode;  /* decode (code)                       */
  gfloat         *moved_code;
  gfloat         *decode;      /* decode (moved_code)                 */

  gfloat         *own_rgb;     /* [height][width][3], what they are in
                                  the photo: their luma, if it is gray */
  gfloat         *rgb;
  FacetDetail    *detail;
  gdouble         grain_sigma;

  FacetEditTimes  times;       /* of the last render                  */
  FacetMode       mode;
  gdouble         strength;
  gdouble         feather;
  gdouble         grain;
};

/* --- the crop and its code, which change seldom ------------------------------- */

/* Whether @crop can be edited in a photo of @width × @height pixels. */
gboolean facet_edit_check_crop (const FacetCrop *crop,
                                gint             width,
                                gint             height,
                                GError         **error);
/* Cuts the crop out of the photo, encodes it and measures its grain. */
void     facet_edit_cut        (FacetEdit       *edit);
/* Makes all that depends on `code`. */
void     facet_edit_decode_own (FacetEdit       *edit);
/* What @picture, input_dim, is in the photo, [height][width][3]: a model's single
 * channel counts for all three, and a gray photo gets the luma. */
void     facet_edit_get_rgb    (const FacetEdit *edit,
                                const gfloat    *picture,
                                gfloat          *rgb);
