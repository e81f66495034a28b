/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Augmentation: each time a photo is trained on it is mirrored, turned, scaled,
 * moved and lit a little differently, so that the model learns faces and not
 * this one picture.
 */
#pragma once

#include <model/facet-recipe.h>

/* A seed for one purpose and number of it: independent streams of random
 * numbers from the one seed of a training. */
guint64 facet_random_stream (guint64 seed, guint64 purpose, guint64 number);

/* How many times the side of the recipe's input_dim photos are to be kept at,
 * so that turning and moving them does not blur what the model learns. */
gint facet_augment_get_factor (const FacetRecipe *recipe);

/* @photo: 8 bit, [factor·height][factor·width][channels]; @crop: 0…1, of the
 * recipe's input_dim.  The same @seed gives the same crop. */
void facet_augment (const FacetRecipe *recipe,
                    gint factor,
                    const guint8 *photo,
                    guint64 seed,
                    gfloat *crop);
/* Whether that crop is mirrored. */
gboolean facet_augment_is_mirrored (const FacetRecipe *recipe, guint64 seed);
/* The photo as it is. */
void facet_augment_none (const FacetRecipe *recipe,
                         gint factor,
                         const guint8 *photo,
                         gboolean mirrored,
                         gfloat *crop);
