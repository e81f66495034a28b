/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Losses: what training makes small, and their gradients.
 *
 *   mse            mean squared error (the article)
 *   book-vae       reconstruction_weight · mean squared error + KL (Foster,
 *                  Generative Deep Learning, 2019, chapter 3)
 *   optimal-sigma  D/2 · log (mean squared error) + KL, D the values of a crop
 *                  (Rybkin et al., Simple and Effective VAE Training with
 *                  Calibrated Decoders, 2021)
 *
 * all per photo, the KL times the recipe's divergence_weight.  Statistics are
 * what a VAE's encoder gives: [batch][2·z_dim], means, then log variances.  The
 * sums run in one order whatever the threads.
 */
#pragma once

#include <model/facet-recipe.h>

/* The face region of design: an ellipse, in sides of the crop. */
#define FACET_FACE_CENTRE_X 0.5
#define FACET_FACE_CENTRE_Y 0.547
#define FACET_FACE_RADIUS_X 0.28
#define FACET_FACE_RADIUS_Y 0.375

/* Whether the middle of a pixel lies in the face region. */
gboolean facet_loss_in_face (NnShape shape, gint x, gint y);
/* [height][width] weights of the squared error by the recipe's face_weight;
 * their mean is 1.  Free with g_free (). */
gfloat *facet_loss_new_weights (const FacetRecipe *recipe);

/* The weighted mean squared error of @batch crops. */
gdouble facet_loss_squared_error (const FacetRecipe *recipe,
                                  const gfloat *weights,
                                  gint batch,
                                  const gfloat *crop,
                                  const gfloat *decode);
/* The divergence of N(mean, variance) from N(0, 1), mean over the batch; 0 for
 * an AE. */
gdouble facet_loss_divergence (const FacetRecipe *recipe,
                               gint batch,
                               const gfloat *statistics);
/* The loss itself. */
gdouble facet_loss_total (const FacetRecipe *recipe,
                          gdouble squared_error,
                          gdouble divergence);
/* Its gradient by @decode, where the squared error is @squared_error. */
void facet_loss_decode_gradient (const FacetRecipe *recipe,
                                 const gfloat *weights,
                                 gint batch,
                                 const gfloat *crop,
                                 const gfloat *decode,
                                 gdouble squared_error,
                                 gfloat *gradient);

/* Reparameterisation: code = mean + exp (log variance / 2) · ε, ε from
 * nn_random_normal () of @seed.  An AE's code is its statistics. */
void facet_loss_sample_code (const FacetRecipe *recipe,
                             gint batch,
                             const gfloat *statistics,
                             guint64 seed,
                             gfloat *code);
/* The gradient by the statistics: through the code, and the divergence's own.
 */
void facet_loss_code_gradient (const FacetRecipe *recipe,
                               gint batch,
                               const gfloat *statistics,
                               guint64 seed,
                               const gfloat *code_gradient,
                               gfloat *gradient);
