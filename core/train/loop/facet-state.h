/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What checkpoints are made of: a learner's parameters, average, best and Adam's
 * moments are tensors called LEARNER.PARAMETER.WHAT; whole numbers are metadata.
 */
#pragma once

#include <model/facet-safetensors.h>
#include "facet-learner.h"

void facet_state_write_learner (FacetTensorWriter *writer,
                                FacetLearner *learner);
/* An error where a tensor is not there or does not fit. */
gboolean facet_state_read_learner (FacetTensorFile *file,
                                   FacetLearner *learner,
                                   GError **error);

void facet_state_write_integer (FacetTensorWriter *writer,
                                const gchar *key,
                                gint64 number);
/* -1 where it is not there. */
gint64 facet_state_read_integer (FacetTensorFile *file, const gchar *key);
