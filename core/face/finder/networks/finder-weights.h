/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder's weights file: its networks' parameters and the recipe, as
 * safetensors.
 */
#pragma once

#include "finder-recipe.h"

typedef struct
{
  FinderRecipe *recipe;
  NnNetwork    *coarse; /* for one cell; its parameters serve every level */
  NnNetwork    *fine;
  NnNetwork    *points; /* places the points of faces that are found      */
} FinderWeights;

/* Takes @recipe over; the networks are initialised from @seed.  NULL where
 * memory does not suffice. */
FinderWeights *finder_weights_new         (FinderRecipe         *recipe,
                                           guint64               seed);
/* Errors are FACET_MODEL_ERROR_FILE and say what is wrong with the file. */
FinderWeights *finder_weights_load        (const gchar          *path,
                                           GError              **error);
/* Kernels as half floats, the rest as floats. */
gboolean       finder_weights_save        (const FinderWeights  *weights,
                                           const gchar          *path,
                                           GError              **error);
void           finder_weights_free        (FinderWeights        *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderWeights, finder_weights_free)

/* Copies all parameters between networks of the same layers. */
void           finder_network_copy        (NnNetwork            *to,
                                           NnNetwork            *from);
