/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calibrating: two units of a yes/no direction lead from the mean no to the mean
 * yes, one unit of a number is a standard deviation.  That holds for codes
 * (facet-directions.h); decodes show less of it, for the mean of many smiles is
 * less than one.
 */
#pragma once

#include "facet-direction-trial.h"

/* Makes the directions of @trial's model longer, as far as its reader reads them,
 * until that holds in decodes, too: of yes/no attributes for the faces without;
 * of numbers for all.  But at most 1.15 times, for further out lie no faces that
 * the decoder has learned.  What is measured in pixels stays as it is.  Where all
 * photos have an attribute, or none, or where hardly any of it is read, nothing
 * is done. */
void facet_calibrate_directions (FacetDirectionTrial *trial);
