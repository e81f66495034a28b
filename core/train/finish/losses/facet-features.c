/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet-features.h"
#include <string.h>

void
facet_features_init (FacetFeatures *features,
                     const NnNetwork *network,
                     const gint *layers,
                     gint n_layers,
                     gint batch)
{
  features->n = n_layers;
  features->layers = g_memdup2 (layers, n_layers * sizeof (gint));
  features->sizes = g_new (gsize, n_layers);
  features->photos = g_new0 (gfloat *, n_layers);
  features->gradients = g_new0 (gfloat *, n_layers);
  for (gint f = 0; f < n_layers; f++)
    {
      const NnShape shape = nn_network_get_shape (network, layers[f]);
      const gsize size = (gsize) batch * shape.height * shape.width *
                         shape.channels;

      features->sizes[f] = size;
      features->photos[f] = g_new (gfloat, size);
      features->gradients[f] = g_new (gfloat, 2 * size);
    }
}

void
facet_features_clear (FacetFeatures *features)
{
  for (gint f = 0; f < features->n; f++)
    {
      g_free (features->photos[f]);
      g_free (features->gradients[f]);
    }
  g_free (features->photos);
  g_free (features->gradients);
  g_free (features->layers);
  g_free (features->sizes);
}

void
facet_features_keep (FacetFeatures *features, NnTape *tape)
{
  for (gint f = 0; f < features->n; f++)
    memcpy (features->photos[f], nn_tape_get_output (tape, features->layers[f]),
            features->sizes[f] * sizeof (gfloat));
}

static void
match (const gfloat *features,
       const gfloat *wanted,
       gsize n,
       gdouble weight,
       gfloat *gradient)
{
  const gfloat share = (gfloat) (weight / (gdouble) n);

  for (gsize i = 0; i < n; i++)
    gradient[i] = features[i] > wanted[i] ? share :
                  features[i] < wanted[i] ? -share :
                                            0.0f;
}

void
facet_features_match (FacetFeatures *features, NnTape *tape, gdouble weight)
{
  for (gint f = 0; f < features->n; f++)
    {
      const gint layer = features->layers[f];
      const gsize size = features->sizes[f];
      gfloat *gradient = features->gradients[f];

      memset (gradient + size, 0, size * sizeof (gfloat));
      match (nn_tape_get_output (tape, layer), features->photos[f], size,
             weight, gradient);
      nn_tape_add_gradient (tape, layer, gradient);
    }
}
