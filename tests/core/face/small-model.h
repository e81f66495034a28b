/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small untrained model whose decodes differ strongly from code to code. */
#pragma once

#include <model/facet-model.h>

FacetModel *small_model_new (gint channels);
