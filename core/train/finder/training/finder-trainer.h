/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Training the finder:
 *
 *   1. the coarse network on tiles;
 *   2. it looks at every photo of the album: what it takes for a face and is
 *      none becomes the fine network's negatives;
 *   3. the fine network on crops; after one third of its steps, and after two,
 *      both look at every photo again: what passes and is no face becomes
 *      negatives that come as often as all others together;
 *   4. the network that places the points, on faces alone, upright as the last
 *      look sees them; it has nothing to do with the others;
 *   5. the same on bent faces, the step size falling anew.
 *
 * The same recipe, photos and seed give the same weights at any number of
 * threads, in one go or resumed from a checkpoint.
 */
#pragma once

#include <face/finder/networks/finder-weights.h>
#include "../photos/finder-album.h"

typedef struct
{
  const gchar *what; /* "coarse", "fine", "points" */
  gint         step; /* done, of n_steps           */
  gint         n_steps;
  gdouble      loss; /* mean since the last report */
  gdouble      samples_per_second;
  gint         n_negatives;
  gdouble      seconds_left; /* of this network    */
} FinderProgress;

/* Now and then; FALSE stops after a checkpoint. */
typedef gboolean (*FinderProgressFunc) (const FinderProgress *progress,
                                        gpointer              user_data);

typedef struct _FinderTrainer FinderTrainer;

/* Takes @recipe over; @album must outlive the trainer.  An error where the
 * recipe's eyes are to be learned from sets that the album does not have. */
FinderTrainer       *finder_trainer_new         (FinderRecipe        *recipe,
                                                 const FinderAlbum   *album,
                                                 guint64              seed,
                                                 GError             **error);
void                 finder_trainer_free        (FinderTrainer       *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderTrainer, finder_trainer_free)

/* An error where the checkpoint is of another recipe, seed or album. */
gboolean             finder_trainer_resume      (FinderTrainer       *trainer,
                                                 const gchar         *checkpoint,
                                                 GError             **error);
/* Stopped by @func: G_IO_ERROR_CANCELLED. */
gboolean             finder_trainer_run         (FinderTrainer       *trainer,
                                                 const gchar         *checkpoint,
                                                 FinderProgressFunc   func,
                                                 gpointer             user_data,
                                                 GError             **error);
/* Belongs to the trainer. */
const FinderWeights *finder_trainer_get_weights (FinderTrainer       *trainer);
