/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Something to train on: dots of different place and brightness, and a model of
 * them.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>

#define SIDE 16
#define N_PHOTOS 60

/* N_PHOTOS of one channel, by way of an idx file; the caller frees it. */
FacetData *new_dots (gint side);

/* A VAE of three latents with a direction for brightness. */
extern const gchar dots_model_text[];
/* It as it starts, its latent space fitted to @data; the caller unrefs it. */
FacetModel *new_dots_model (const FacetData *data);
