/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The training loop.  Every random choice is a function of the seed and of the
 * place in the training where it is made, and every sum has one order: the same
 * recipe, photos and seed give the same weights at any number of threads, in
 * one go or resumed from a checkpoint.
 *
 * After each epoch the validation photos are reconstructed and a checkpoint is
 * written; the model that comes out is the one of the epoch whose validation
 * loss was the lowest (the last one if there are no validation photos).
 */
#pragma once

#include <model/facet-model.h>
#include "facet-data.h"

typedef struct
{
  gint epoch; /* the one being done or just done, from 1 */
  gint n_epochs;
  gint step; /* done in this epoch                       */
  gint n_steps;
  gdouble loss; /* mean of this epoch so far                */
  gdouble photos_per_second;
  gdouble seconds_left;
  gboolean validated; /* the epoch is done; these hold: */
  gdouble validation_loss;
  gdouble validation_psnr; /* dB, mean over the photos      */
  gboolean best;
} FacetProgress;

/* After each step and after each epoch's validation; FALSE stops. */
typedef gboolean (*FacetProgressFunc) (const FacetProgress *progress,
                                       gpointer user_data);

typedef struct _FacetTrainer FacetTrainer;

/* The side of photos in the data set is facet_augment_get_factor () times
 * input_dim.  @data must outlive the trainer. */
FacetTrainer *facet_trainer_new (const FacetRecipe *recipe,
                                 const FacetData *data,
                                 guint64 seed,
                                 GError **error);
void facet_trainer_free (FacetTrainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetTrainer, facet_trainer_free)

/* Goes back to where the checkpoint was written.  An error where it belongs to
 * another recipe, seed or data set (more or fewer epochs are allowed). */
gboolean facet_trainer_resume (FacetTrainer *trainer,
                               const gchar *checkpoint,
                               GError **error);
gint facet_trainer_get_epoch (FacetTrainer *trainer);

/* Trains to the recipe's last epoch, then gives the model its best weights and
 * fits its latent space.  Stopped by @func: G_IO_ERROR_CANCELLED. */
gboolean facet_trainer_run (FacetTrainer *trainer,
                            const gchar *checkpoint,
                            FacetProgressFunc func,
                            gpointer user_data,
                            GError **error);
/* Belongs to the trainer. */
FacetModel *facet_trainer_get_model (FacetTrainer *trainer);
