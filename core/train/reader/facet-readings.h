/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All that can be told of a crop: what a reader reads in it, and what is
 * measured in its pixels (the light).
 */
#pragma once

#include <model/facet-model.h>
#include "facet-reader.h"

typedef struct
{
  FacetReader *reader;   /* or NULL                                     */
  NnShape shape;         /* of the crops                                */
  GPtrArray *attributes; /* of FacetAttribute: the reader's, then those
                            measured that @model has a direction of     */
} FacetReadings;

/* @reader must outlive the readings. */
FacetReadings *facet_readings_new (FacetReader *reader, FacetModel *model);
void facet_readings_free (FacetReadings *readings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetReadings, facet_readings_free)

/* One crop's, [attributes]: probabilities, and numbers in their own units. */
void facet_readings_read (const FacetReadings *readings,
                          const gfloat *crop,
                          gdouble *values);
/* Of @n rows [attributes], [attributes]. */
gdouble *facet_readings_new_deviations (const FacetReadings *readings,
                                        const gdouble *rows,
                                        gint n);
