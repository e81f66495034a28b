/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A discriminator tells photos from decodes, patch by patch, by looking at the
 * square around the face, where all else is gray: what it does not see it
 * cannot ask for.  Strided convolutions lead to a map of one channel,
 * spectrally normalised (Miyato et al. 2018), trained with the hinge loss.  What
 * it sees is moved by a few pixels and lit differently each time, so that it
 * cannot learn the few photos by heart (Zhao et al., Differentiable
 * Augmentation, 2020).
 */
#pragma once

#include "../facet-finish-recipe.h"

/* Decodes differ from photos by little, and a discriminator that may not amplify
 * it tells them apart by less than the hinge loss's margin. */
#define FACET_SPECTRAL_NORM 2.0

/* Where a crop is looked at, and in which light. */
typedef struct
{
  gint x;
  gint y;
  gfloat gain;
  gfloat lift;
} FacetGlance;

typedef struct
{
  NnShape crop;
  NnShape window;
  NnNetwork *network;
  NnShape map;    /* of its output */
  gint n_features;
  gint feature_layers[FACET_FINISH_MAX_LAYERS]; /* outputs of its activations */
  gfloat *weights; /* [map] how much of a patch is face; mean 1 */
  gfloat *mask;    /* [crop pixels] how much of the crop is seen */
} FacetDiscriminator;

FacetDiscriminator *facet_discriminator_new (const FacetFinishRecipe *recipe,
                                             NnShape crop,
                                             guint64 seed);
void facet_discriminator_free (FacetDiscriminator *discriminator);

FacetGlance facet_discriminator_glance (const FacetDiscriminator *discriminator,
                                        guint64 seed);
/* The window of one crop as it is seen. */
void facet_discriminator_look (const FacetDiscriminator *discriminator,
                               const FacetGlance *glance,
                               const gfloat *crop,
                               gfloat *window);
/* Adds the gradient by the window to that by the crop. */
void facet_discriminator_add_back (const FacetDiscriminator *discriminator,
                                   const FacetGlance *glance,
                                   const gfloat *window_gradient,
                                   gfloat *crop_gradient);

/* Makes every kernel's largest singular value at most FACET_SPECTRAL_NORM. */
void facet_discriminator_normalize (FacetDiscriminator *discriminator);
