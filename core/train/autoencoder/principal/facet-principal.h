/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starting where principal component analysis ends.
 *
 * The best linear autoencoder is known in closed form: the principal components
 * of the photos.  On a few thousand faces it reconstructs better than what a
 * convolutional autoencoder with as many latents reaches in tens of epochs from
 * random weights, because Adam is slow to find the hundreds of weak components.
 * So the networks are given that linear autoencoder to begin with, at half the
 * picture's resolution, and training goes on from there: in the encoder pixels
 * travel through the convolutions unharmed, rearranged as the picture gets
 * smaller and deeper, to the dense layer, which projects them on the components;
 * the decoder's dense layer gives the pixels (before the sigmoid) that fit the
 * codes best, and the transposed convolutions lay them out, each as a pair of
 * channels of opposite sign, whose difference passes a LeakyReLU unbent (the
 * looks-linear start of Balduzzi et al., The Shattered Gradients Problem, 2017).
 * All other channels start random and unheard.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>

/* An error where the recipe's layers cannot carry the picture: batch norm is
 * on, strides other than 1 and 2, too few filters, or as few photos as
 * latents. */
gboolean facet_principal_start (FacetModel *model,
                                const FacetData *data,
                                guint64 seed,
                                GError **error);
