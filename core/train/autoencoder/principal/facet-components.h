/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Principal components of a tall table by subspace iteration (Halko,
 * Martinsson & Tropp, Finding Structure with Randomness, 2011).
 */
#pragma once

#include <glib.h>

typedef struct
{
  gint n_rows;
  gint n_columns;
  gint n_components;
  gfloat *basis; /* [n_components][n_columns], rows of unit length, by variance */
  gfloat *sigma; /* [n_components] */
} FacetComponents;

/* @table [n_rows][n_columns], each column's mean taken away. */
FacetComponents *facet_components_new (const gfloat *table,
                                       gint n_rows,
                                       gint n_columns,
                                       gint n_components,
                                       guint64 seed);
void facet_components_free (FacetComponents *components);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetComponents, facet_components_free)

/* @product [n][width] = @a [n][k] · @b [k][width]. */
void facet_components_multiply (const gfloat *a,
                                const gfloat *b,
                                gint n,
                                gint k,
                                gint width,
                                gfloat *product);
/* @product [k][width] = transpose of @a [n][k] · @b [n][width]. */
void facet_components_multiply_transposed (const gfloat *a,
                                           const gfloat *b,
                                           gint n,
                                           gint k,
                                           gint width,
                                           gfloat *product);
