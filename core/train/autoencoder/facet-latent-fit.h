/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The latent space of a trained model, as sliders need it.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>

/* Encodes the training photos (mirrored, too, where the recipe mirrors), fits
 * principal axes to the codes, sorts them by how much one σ either way changes
 * the decoded picture, turns each so that more of it is brighter and leaves
 * those out that change nothing to be seen.  Then fits the recipe's named
 * directions; to name one that does not exist is an error. */
gboolean facet_latents_fit_model (FacetModel *model,
                                  const FacetData *data,
                                  GError **error);
