/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model's file: a tensor for each parameter, named encoder.LAYER.PARAMETER
 * and decoder.LAYER.PARAMETER (LAYER counts from 0), the latent space as
 * latents.mean, axes, sigma, low, high and directions, and as metadata:
 *
 *   format       facet-model-1
 *   recipe       the recipe's text
 *   directions   a key file: a group for each named direction, in the order of
 *                latents.directions, with label, unit, minimum, maximum
 *   training.…   notes
 *
 * The recipe says which tensors there must be; nothing is allocated for it
 * before the file has been seen to hold them.
 */
#pragma once

#include <model/facet-model-private.h>

#define FACET_MODEL_FORMAT      "facet-model-"
#define FACET_MODEL_VERSION     1
#define FACET_MODEL_NOTE_PREFIX "training."

typedef struct
{
  const gchar     *path;
  FacetTensorFile *file;
  GHashTable      *known; /* names of tensors that have a use */
} FacetModelLoader;

/* Free with g_free (). */
gchar             *facet_model_parameter_name      (const gchar *network,
                                                    gint         layer,
                                                    const gchar *parameter);

/* FALSE, with an error that names the file. */
gboolean           facet_model_loader_fail         (const FacetModelLoader *loader,
                                                    GError                **error,
                                                    const gchar            *format,
                                                    ...) G_GNUC_PRINTF (3, 4);
/* The tensor @name of shape @dims, or NULL. */
const FacetTensor *facet_model_loader_find         (FacetModelLoader *loader,
                                                    const gchar      *name,
                                                    gint              n_dims,
                                                    const gint64     *dims,
                                                    GError          **error);
FacetLatents      *facet_model_loader_read_latents (FacetModelLoader *loader,
                                                    gint              z_dim,
                                                    GError          **error);
