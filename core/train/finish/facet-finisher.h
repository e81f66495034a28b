/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finishing: the decoder of a trained model is made sharp, while its encoder,
 * and so its codes and what they mean, stay as they are.
 *
 * A decoder trained on squared error alone gives the mean of all faces that fit
 * a code, which is blurred.  Here it goes on learning to have details as strong
 * as the photos', and, if the recipe wants one, against a discriminator
 * (Goodfellow et al. 2014) and its features (Wang et al., pix2pixHD, 2018): on
 * reconstructions, on codes moved along the named directions and on codes drawn
 * from the latent space.  A reader's features keep the faces alike, and what it
 * reads keeps a direction to its own attribute.  Only the convolutions learn:
 * what they do is the same everywhere.  The discriminator pushes only
 * where the face is: elsewhere the squared error weighs too little to hold it
 * back from inventing grain.  Each part's gradient is scaled to that of the
 * squared error (Esser et al., Taming Transformers, 2021, at the decode).
 */
#pragma once

#include <model/facet-model.h>
#include <train/loop/facet-loop.h>
#include <train/reader/facet-reader.h>
#include "facet-finish-recipe.h"

typedef struct _FacetFinisher FacetFinisher;

/* @model is the trained one, whose directions are untangled
 * (facet-untangle.h); @reader may be NULL.  All arguments must outlive the
 * finisher. */
FacetFinisher *facet_finisher_new (const FacetFinishRecipe *recipe,
                                   FacetModel *model,
                                   FacetReader *reader,
                                   const FacetData *data,
                                   guint64 seed,
                                   GError **error);
void facet_finisher_free (FacetFinisher *finisher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetFinisher, facet_finisher_free)

FacetLoop *facet_finisher_get_loop (FacetFinisher *finisher);

/* To the last epoch; then the latent space of the finished model is fitted, and
 * its directions are untangled and calibrated (facet-calibrate.h).
 * Stopped by @func: G_IO_ERROR_CANCELLED. */
gboolean facet_finisher_run (FacetFinisher *finisher,
                             const gchar *checkpoint,
                             FacetProgressFunc func,
                             gpointer user_data,
                             GError **error);
/* The finished model belongs to the finisher.  It is an AE: a VAE's variances
 * are of no more use. */
FacetModel *facet_finisher_get_model (FacetFinisher *finisher);
