/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Training a reader: cross-entropy for what is yes or no, squared error for
 * numbers, in standard deviations; photos of which an attribute is not known do
 * not count for it.
 */
#pragma once

#include <train/loop/facet-loop.h>
#include "facet-reader.h"

typedef struct _FacetReaderTrainer FacetReaderTrainer;

/* As facet_trainer_new () and its like; @reader and @data must outlive the
 * trainer. */
FacetReaderTrainer *facet_reader_trainer_new (FacetReader *reader,
                                              const FacetData *data,
                                              guint64 seed,
                                              GError **error);
void facet_reader_trainer_free (FacetReaderTrainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetReaderTrainer, facet_reader_trainer_free)

FacetLoop *facet_reader_trainer_get_loop (FacetReaderTrainer *trainer);

gboolean facet_reader_trainer_run (FacetReaderTrainer *trainer,
                                   const gchar *checkpoint,
                                   FacetProgressFunc func,
                                   gpointer user_data,
                                   GError **error);

/* The loss of one attribute and its gradient by the reader's output: @target is
 * a probability, or in standard deviations. */
gdouble facet_reader_loss (const FacetAttribute *attribute,
                           gfloat output,
                           gdouble target,
                           gfloat *gradient);

/* How much of each attribute's variance over @photos, indices into @data, the
 * reader explains (R²), [attributes]; NAN where nothing is known. */
void facet_reader_measure (FacetReader *reader,
                           const FacetData *data,
                           const GArray *photos,
                           gdouble *explained);
