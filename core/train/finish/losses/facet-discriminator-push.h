/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What makes sharp: a discriminator learns to tell photos from decodes, and
 * pushes the decodes to where it takes them for photos (Goodfellow et al. 2014)
 * and where its features are the photos'.
 */
#pragma once

#include <train/loop/facet-learner.h>
#include "../facet-finish-batch.h"
#include "facet-discriminator.h"
#include "facet-features.h"

typedef struct
{
  FacetDiscriminator *discriminator;
  FacetLearner *learner; /* belongs to the caller                            */
  FacetFeatures features;
  gdouble feature_weight; /* relative to the discriminator itself            */
  gint batch;             /* photos; decodes are twice as many               */
  gsize crop_size;
  gsize window_size;
  FacetGlance *glances; /* [2·batch]                                         */
  gfloat *windows;      /* [2·batch]                                         */
  gfloat *window_gradient;
  gfloat *map_gradient; /* [2·batch][map]                                    */
  gfloat *gradient;     /* [2·batch][crop] by the decodes: the push          */
  gdouble hinge; /* moving mean of the discriminator's loss: 2 tells nothing */
} FacetDiscriminatorPush;

/* Makes the discriminator, and @learner of it; the learner is to be cleared
 * first.  FALSE: out of memory. */
gboolean facet_discriminator_push_init (FacetDiscriminatorPush *push,
                                        const FacetFinishRecipe *recipe,
                                        NnShape crop,
                                        gint batch,
                                        guint64 seed,
                                        FacetLearner *learner);
void facet_discriminator_push_clear (FacetDiscriminatorPush *push);

/* Fills in the push for the @decodes of @batch, and the gradients of the
 * discriminator's own parameters, down which it learns to tell them from the
 * photos; faces moved into another light are left out of both. */
void facet_discriminator_push_run (FacetDiscriminatorPush *push,
                                   guint64 seed,
                                   const FacetFinishBatch *batch,
                                   const gfloat *decodes);
