/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The principal start from inside: the photos' components, and the networks'
 * parameters that they become.
 *
 * A *value* is one number of the half-size picture on its way through the
 * layers: where the layers' picture is h × w, each of its places holds
 * (half height / h) · (half width / w) · channels values.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>
#include "facet-components.h"

/* Where a value of the deepest layer belongs in the block of pixels that one
 * place holds. */
typedef struct
{
  gint x;
  gint y;
  gint channel;
} FacetPrincipalPlace;

typedef struct
{
  const FacetRecipe *recipe;
  gint width; /* of the half-size picture */
  gint height;
  gint n_pixels; /* values of the half-size picture */
  gint block;    /* side of a place's block in the deepest layer */
  gint n_values; /* in a place of the deepest layer              */
  FacetPrincipalPlace *places;

  gint n_photos;
  gfloat *photos;  /* [n_photos][n_pixels]                     */
  gfloat *mean;    /* [n_pixels]                               */
  gfloat *weights; /* [n_pixels] square roots, their mean square 1 */
  FacetComponents *components;
  gfloat *codes; /* [n_photos][z_dim], of σ 1                  */
} FacetPrincipal;

/* The last layer of stride 2: it gives the half-size picture its full size. */
gint facet_principal_get_doubling_layer (const FacetConvStack *decoder);

/* Fills in all that comes of the photos; there are fewer components than latents
 * where there are too few photos.  The photos become weighted differences from
 * the mean. */
void facet_principal_find_components (FacetPrincipal *principal,
                                      const FacetData *data,
                                      guint64 seed);
/* The photos become what they are before the sigmoid. */
void facet_principal_invert_sigmoid (FacetPrincipal *principal);
/* Column means of @table, [n_photos][n_pixels]. */
gfloat *facet_principal_new_mean (const FacetPrincipal *principal,
                                  const gfloat *table);

/* The encoder's while the photos are differences, the decoder's when they are
 * before the sigmoid. */
void facet_principal_set_encoder (const FacetPrincipal *principal,
                                  NnNetwork *encoder);
void facet_principal_set_decoder (const FacetPrincipal *principal,
                                  NnNetwork *decoder);
