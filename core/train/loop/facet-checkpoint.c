/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The learners' states are tensors (facet-state.h); where the training stands
 * is in the metadata.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include "facet-checkpoint.h"
#include "facet-state.h"

#define CHECKPOINT_FORMAT "facet-checkpoint-1"

/* --- writing ------------------------------------------------------------- */

/* Each learner has taken its own number of steps. */
static gchar *
steps_key (const FacetLearner *learner)
{
  return g_strconcat ("steps.", learner->name, NULL);
}

gboolean
facet_checkpoint_save (const gchar *path,
                       const FacetCheckpointOrigin *origin,
                       const FacetCheckpointPlace *place,
                       FacetLearner *learners,
                       gint n_learners,
                       GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  gchar best[G_ASCII_DTOSTR_BUF_SIZE];

  facet_tensor_writer_set_metadata (writer, "format", CHECKPOINT_FORMAT);
  facet_tensor_writer_set_metadata (writer, "recipe", origin->recipe);
  facet_tensor_writer_set_metadata (writer, "data", origin->data);
  facet_tensor_writer_set_metadata (writer, "best_loss",
                                    g_ascii_dtostr (best, sizeof best,
                                                    place->best_loss));
  facet_state_write_integer (writer, "seed", (gint64) origin->seed);
  facet_state_write_integer (writer, "epoch", place->epoch);
  facet_state_write_integer (writer, "step", place->step);
  for (gint l = 0; l < n_learners; l++)
    {
      g_autofree gchar *key = steps_key (&learners[l]);

      facet_state_write_integer (writer, key,
                                 *nn_adam_get_step (learners[l].adam));
    }
  for (gint l = 0; l < n_learners; l++)
    facet_state_write_learner (writer, &learners[l]);
  return facet_tensor_writer_save (writer, path, error);
}

/* --- reading ------------------------------------------------------------- */

/* NULL, or what keeps the training from going on from @file. */
static const gchar *
find_mismatch (FacetTensorFile *file, const FacetCheckpointOrigin *origin)
{
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "format"),
                 CHECKPOINT_FORMAT) != 0)
    return _ ("it is not a checkpoint of facet train");
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "recipe"),
                 origin->recipe) != 0)
    return _ ("it was made with another recipe");
  if (facet_state_read_integer (file, "seed") != (gint64) origin->seed)
    return _ ("it was made with another --seed");
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "data"), origin->data) !=
      0)
    return _ ("it was made with other photos");
  return NULL;
}

gboolean
facet_checkpoint_load (const gchar *path,
                       const FacetCheckpointOrigin *origin,
                       FacetCheckpointPlace *place,
                       FacetLearner *learners,
                       gint n_learners,
                       GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, error);
  const gchar *best_loss;
  const gchar *mismatch;

  if (! file)
    return FALSE;
  mismatch = find_mismatch (file, origin);
  if (mismatch)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("cannot go on from “%s”: %s"), path, mismatch);
      return FALSE;
    }
  for (gint l = 0; l < n_learners; l++)
    if (! facet_state_read_learner (file, &learners[l], error))
      return FALSE;
  for (gint l = 0; l < n_learners; l++)
    {
      g_autofree gchar *key = steps_key (&learners[l]);

      *nn_adam_get_step (
          learners[l].adam) = MAX (0, facet_state_read_integer (file, key));
    }
  best_loss = facet_tensor_file_get_metadata (file, "best_loss");
  place->best_loss = best_loss ? g_ascii_strtod (best_loss, NULL) : INFINITY;
  place->epoch = (gint) MAX (0, facet_state_read_integer (file, "epoch"));
  place->step = MAX (0, facet_state_read_integer (file, "step"));
  return TRUE;
}
