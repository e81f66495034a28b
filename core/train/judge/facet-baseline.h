/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a model is to be compared with: the best linear autoencoder with as many
 * latents, the principal components of the training photos.
 */
#pragma once

#include <train/data/facet-data.h>
#include "facet-measure.h"

/* The means of the measures over @photos (indices into @data), each rebuilt
 * from @n_components of the train split; ssim and sharpness, too.  FALSE where
 * there are not more training photos than components. */
gboolean facet_baseline_principal (const FacetData *data,
                                   const GArray *photos,
                                   gint n_components,
                                   FacetMeasure *measure);
