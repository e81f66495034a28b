/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share and nobody else needs.
 */
#pragma once

#include "facet-model.h"
#include "facet-safetensors.h"

struct _FacetModel
{
  gatomicrefcount  references;
  FacetRecipe     *recipe;
  NnNetwork       *encoder;
  NnNetwork       *decoder;
  FacetTensorFile *file;         /* where the networks' values still lie,
                                    NULL once they have them themselves     */
  FacetLatents    *latents;
  GHashTable      *notes;        /* key to text                             */
  NnPlan          *encoder_plan; /* made when first needed; of a VAE the
                                    means alone                             */
  NnPlan          *decoder_plan;
  gint             encoder_batch; /* the largest that the plan runs         */
  gint             decoder_batch;
};

/* The model of a file's bytes. */
FacetModel   *facet_model_new_for_bytes (GBytes       *bytes,
                                         const gchar  *source_name,
                                         GError      **error);
/* Its networks allocated, not initialised; takes @recipe over. */
FacetModel   *facet_model_new_empty (FacetRecipe  *recipe,
                                     GError      **error);

/* Reads the networks' values, where they are still in the file alone. */
void          facet_model_need_parameters (FacetModel *model);

/* Reads the parameters of network @part ("encoder", "decoder") from a file that
 * was checked. */
void          facet_network_read_file (NnNetwork       *network,
                                       const gchar     *part,
                                       FacetTensorFile *file);
/* Points them to where they lie in the file, or to arrays with what had to be
 * converted, which go into @converted.  Their own arrays must be put back, and
 * their halves forgotten, when the network has been used. */
void          facet_network_use_file  (NnNetwork       *network,
                                       const gchar     *part,
                                       FacetTensorFile *file,
                                       GPtrArray       *converted);

/* Arrays for as many axes, all zero. */
FacetLatents *facet_latents_new     (gint          z_dim,
                                     gint          n_axes);

/* Whether @path is a regular file (opening a pipe would wait for ever) of at
 * most @max_bytes. */
gboolean      facet_file_check      (const gchar  *path,
                                     gint64        max_bytes,
                                     GError      **error);
