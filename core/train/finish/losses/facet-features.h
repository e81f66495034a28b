/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Features: what some inner layers of a network make of photos, and the gradient
 * that makes those of decodes like them (Wang et al., pix2pixHD, 2018).  Decodes
 * are twice as many as photos; of their first half, the reconstructions, it is
 * asked, of the other one it is not.
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

typedef struct
{
  gint n;             /* layers                                               */
  gint *layers;       /* [n]                                                  */
  gsize *sizes;       /* [n] values of one batch of photos                    */
  gfloat **photos;    /* [n][size]                                            */
  gfloat **gradients; /* [n][2·size]                                          */
} FacetFeatures;

/* Of @n_layers of @network and @batch photos. */
void facet_features_init (FacetFeatures *features,
                          const NnNetwork *network,
                          const gint *layers,
                          gint n_layers,
                          gint batch);
void facet_features_clear (FacetFeatures *features);

/* Those of the photos that @tape has just gone forward with. */
void facet_features_keep (FacetFeatures *features, NnTape *tape);
/* Adds @weight times the gradient of each layer's mean absolute difference to
 * what @tape goes backward with; it has just gone forward with decodes. */
void facet_features_match (FacetFeatures *features,
                           NnTape *tape,
                           gdouble weight);
