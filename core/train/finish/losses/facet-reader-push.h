/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keeps faces alike and directions to their own attribute: a reader's
 * features of the reconstructions are to be the photos', and in what is moved
 * along a direction it is to read the photo's attributes, the direction's own
 * one further on.
 */
#pragma once

#include <train/reader/facet-reader.h>
#include "../facet-finish-batch.h"
#include "facet-features.h"

typedef struct
{
  FacetReader *reader; /* belongs to the caller                              */
  NnTape *tape;
  FacetFeatures features;
  gint n_attributes;
  gfloat *small; /* [2·batch] as the reader sees crops                       */
  gfloat *small_gradient;
  gfloat *outputs;         /* [batch][attributes] read in the photos         */
  gfloat *output_gradient; /* [2·batch][attributes]                          */
  gfloat *gradient;        /* [2·batch] by the decodes: the push             */
} FacetReaderPush;

/* FALSE: out of memory. */
gboolean facet_reader_push_init (FacetReaderPush *push,
                                 FacetReader *reader,
                                 const FacetFinishBatch *batch);
void facet_reader_push_clear (FacetReaderPush *push);

/* Fills in the push for @decodes. */
void facet_reader_push_run (FacetReaderPush *push,
                            const FacetFinishBatch *batch,
                            const gfloat *decodes);
