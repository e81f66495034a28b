/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each learner's parameters, average, best and Adam's moments are tensors
 * called LEARNER.PARAMETER.WHAT; where the training stands is in the metadata.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-safetensors.h>
#include "facet-checkpoint.h"

#define CHECKPOINT_FORMAT "facet-checkpoint-1"

typedef gboolean (*StateFunc) (const gchar *name,
                               gsize n_values,
                               gfloat *values,
                               gpointer user_data,
                               GError **error);

/* Calls @func for each array that is the state of one parameter's training. */
static gboolean
for_each_of_parameter (FacetLearner *learner,
                       gint index,
                       StateFunc func,
                       gpointer user_data,
                       GError **error)
{
  const NnParameter *parameter = nn_network_get_parameter (learner->network,
                                                           index);
  const struct
  {
    const gchar *kind;
    gfloat *values;
  } states[] = {
    { "value", parameter->value },
    { "average", learner->average ? learner->average[index] : NULL },
    { "best", learner->best[index] },
    { "first", nn_adam_get_first_moment (learner->adam, index) },
    { "second", nn_adam_get_second_moment (learner->adam, index) },
  };

  for (gsize s = 0; s < G_N_ELEMENTS (states); s++)
    {
      g_autofree gchar *name = g_strdup_printf ("%s.%d.%s", learner->name,
                                                index, states[s].kind);

      if (states[s].values && ! func (name, parameter->n_values,
                                      states[s].values, user_data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
for_each_state (FacetLearner *learners,
                gint n_learners,
                StateFunc func,
                gpointer user_data,
                GError **error)
{
  for (gint l = 0; l < n_learners; l++)
    for (gint i = 0; i < nn_network_get_n_parameters (learners[l].network); i++)
      if (! for_each_of_parameter (&learners[l], i, func, user_data, error))
        return FALSE;
  return TRUE;
}

/* --- writing ------------------------------------------------------------- */

static gboolean
write_state (const gchar *name,
             gsize n_values,
             gfloat *values,
             gpointer writer,
             GError **error)
{
  const gint dims[] = { (gint) n_values };

  facet_tensor_writer_add (writer, name, 1, dims, values, FALSE);
  return TRUE;
}

static void
write_integer (FacetTensorWriter *writer, const gchar *key, gint64 number)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  facet_tensor_writer_set_metadata (writer, key, text);
}

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
  write_integer (writer, "seed", (gint64) origin->seed);
  write_integer (writer, "epoch", place->epoch);
  write_integer (writer, "step", place->step);
  for (gint l = 0; l < n_learners; l++)
    {
      g_autofree gchar *key = steps_key (&learners[l]);

      write_integer (writer, key, *nn_adam_get_step (learners[l].adam));
    }
  return for_each_state (learners, n_learners, write_state, writer, error) &&
         facet_tensor_writer_save (writer, path, error);
}

/* --- reading ------------------------------------------------------------- */

static gboolean
read_state (const gchar *name,
            gsize n_values,
            gfloat *values,
            gpointer file,
            GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (file, name);

  if (! tensor || tensor->n_values != n_values)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("the checkpoint is damaged: “%s” does not fit"), name);
      return FALSE;
    }
  return facet_tensor_file_read (file, tensor, values, error);
}

static gint64
read_integer (FacetTensorFile *file, const gchar *key)
{
  const gchar *text = facet_tensor_file_get_metadata (file, key);

  return text ? g_ascii_strtoll (text, NULL, 10) : -1;
}

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
  if (read_integer (file, "seed") != (gint64) origin->seed)
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
  if (! for_each_state (learners, n_learners, read_state, file, error))
    return FALSE;
  for (gint l = 0; l < n_learners; l++)
    {
      g_autofree gchar *key = steps_key (&learners[l]);

      *nn_adam_get_step (learners[l].adam) = MAX (0, read_integer (file, key));
    }
  best_loss = facet_tensor_file_get_metadata (file, "best_loss");
  place->best_loss = best_loss ? g_ascii_strtod (best_loss, NULL) : INFINITY;
  place->epoch = (gint) MAX (0, read_integer (file, "epoch"));
  place->step = MAX (0, read_integer (file, "step"));
  return TRUE;
}
