/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The model that is being finished: a copy of the trained one, of which only the
 * decoder's convolutions learn.
 */
#pragma once

#include <model/facet-model.h>

/* A copy of @base as an AE: of a VAE's last dense layer the first half. */
FacetModel *facet_finish_copy_new (FacetModel *base, GError **error);

/* Clears the gradient of the decoder's dense layer, which stays as it is: it
 * alone has parameters for each place of the picture, and a discriminator gets
 * it to put the same marks into every face. */
void facet_finish_copy_freeze_dense (FacetModel *model);

/* Goes @strength times the way from the decoder of @base to that of @model
 * (Wang et al., ESRGAN, 2018, there from 0 to 1). */
void facet_finish_copy_apply (FacetModel *model,
                              FacetModel *base,
                              gdouble strength);
