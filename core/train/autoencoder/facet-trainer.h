/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Training an autoencoder by a recipe.
 */
#pragma once

#include <model/facet-model.h>
#include <train/loop/facet-loop.h>

typedef struct _FacetTrainer FacetTrainer;

/* The side of photos in the data set is facet_augment_get_factor () times
 * input_dim.  @data must outlive the trainer. */
FacetTrainer *facet_trainer_new (const FacetRecipe *recipe,
                                 const FacetData *data,
                                 guint64 seed,
                                 GError **error);
void facet_trainer_free (FacetTrainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetTrainer, facet_trainer_free)

/* Goes back to where the checkpoint was written; see facet_loop_resume (). */
gboolean facet_trainer_resume (FacetTrainer *trainer,
                               const gchar *checkpoint,
                               GError **error);
gint facet_trainer_get_epoch (FacetTrainer *trainer);

/* Trains to the recipe's last epoch, then gives the model its best parameters
 * and fits its latent space.  Stopped by @func: G_IO_ERROR_CANCELLED. */
gboolean facet_trainer_run (FacetTrainer *trainer,
                            const gchar *checkpoint,
                            FacetProgressFunc func,
                            gpointer user_data,
                            GError **error);
/* Belongs to the trainer. */
FacetModel *facet_trainer_get_model (FacetTrainer *trainer);
