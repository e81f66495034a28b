/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The codes of many photos, and what is known of them.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-attributes.h>

typedef struct
{
  gint n;
  gint n_attributes;
  gfloat *codes;       /* [n][z_dim]                                         */
  gdouble *attributes; /* [n][n_attributes], NAN where unknown               */
} FacetCodes;

/* Of all photos of @split, and, where @both, of their mirror images behind
 * them.  @attributes, of FacetAttribute, may be NULL. */
FacetCodes *facet_codes_new (FacetModel *model,
                             const FacetData *data,
                             FacetSplit split,
                             gboolean both,
                             const GPtrArray *attributes);
void facet_codes_free (FacetCodes *codes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetCodes, facet_codes_free)
