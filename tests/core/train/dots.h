/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Something to train on: dots of different place and brightness.
 */
#pragma once

#include <train/data/facet-data.h>

#define SIDE 16
#define N_PHOTOS 60

/* N_PHOTOS of one channel, by way of an idx file; the caller frees it. */
FacetData *new_dots (gint side);
