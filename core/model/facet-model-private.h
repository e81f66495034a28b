/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share and nobody else needs.
 */
#pragma once

#include "facet-model.h"

struct _FacetModel
{
  gatomicrefcount references;
  FacetRecipe    *recipe;
  NnNetwork      *encoder;
  NnNetwork      *decoder;
  FacetLatents   *latents;
  GHashTable     *notes;         /* key to text                           */
  NnPlan         *encoder_plan;  /* made when first needed; means alone   */
  NnPlan         *decoder_plan;
  gint            encoder_batch; /* the largest that the plan runs        */
  gint            decoder_batch;
};

/* The model of a file's bytes. */
FacetModel   *facet_model_new_for_bytes (GBytes       *bytes,
                                         const gchar  *source_name,
                                         GError      **error);
/* Its networks allocated, not initialised; takes @recipe over. */
FacetModel   *facet_model_new_empty (FacetRecipe  *recipe,
                                     GError      **error);

/* Arrays for as many axes, all zero. */
FacetLatents *facet_latents_new     (gint          z_dim,
                                     gint          n_axes);

/* Whether @path is a regular file (opening a pipe would wait for ever) of at
 * most @max_bytes. */
gboolean      facet_file_check      (const gchar  *path,
                                     gint64        max_bytes,
                                     GError      **error);
