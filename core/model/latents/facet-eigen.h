/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Eigenvalues and eigenvectors of a real symmetric matrix: Householder
 * reflections to tridiagonal form, then QR steps with Wilkinson's shift (Golub
 * & Van Loan, Matrix Computations, 4th edition, algorithms 8.3.1 to 8.3.3).
 */
#pragma once

#include <glib.h>

/* @matrix [n][n] is overwritten.  @values [n] come out from the largest to the
 * smallest, @vectors [n][n] in the same order, each a row of length 1 whose
 * largest element in size is positive. */
void facet_eigen_symmetric (gint     n,
                            gdouble *matrix,
                            gdouble *values,
                            gdouble *vectors);
