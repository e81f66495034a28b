/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calibrating: two units of a yes/no direction lead from the mean no to the mean
 * yes, one unit of a number is a standard deviation.  That holds for codes
 * (facet-directions.h); decodes show less of it, for the mean of many smiles is
 * less than one.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>
#include <train/reader/facet-reader.h>

/* Makes @model's directions longer, as far as @reader (or NULL) reads them, until
 * that holds in decodes, too: of yes/no attributes for the faces without; of
 * numbers for all.  But at most 1.15 times, for further out lie no faces that the
 * decoder has learned.  What is measured in pixels stays as it is.  Tries them on
 * training photos (facet-direction-trial.h); where all of these have it, or none,
 * or where hardly any of it is read, nothing is done. */
void facet_calibrate_directions (FacetModel *model,
                                 FacetReader *reader,
                                 const FacetData *data,
                                 gint n_photos);
