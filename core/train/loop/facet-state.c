/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include "facet-state.h"

/* --- learners ------------------------------------------------------------ */

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
    { "best", learner->best ? learner->best[index] : NULL },
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
for_each_of_learner (FacetLearner *learner,
                     StateFunc func,
                     gpointer user_data,
                     GError **error)
{
  for (gint i = 0; i < nn_network_get_n_parameters (learner->network); i++)
    if (! for_each_of_parameter (learner, i, func, user_data, error))
      return FALSE;
  return TRUE;
}

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

void
facet_state_write_learner (FacetTensorWriter *writer, FacetLearner *learner)
{
  for_each_of_learner (learner, write_state, writer, NULL);
}

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

gboolean
facet_state_read_learner (FacetTensorFile *file,
                          FacetLearner *learner,
                          GError **error)
{
  return for_each_of_learner (learner, read_state, file, error);
}

/* --- numbers ------------------------------------------------------------- */

void
facet_state_write_integer (FacetTensorWriter *writer,
                           const gchar *key,
                           gint64 number)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  facet_tensor_writer_set_metadata (writer, key, text);
}

gint64
facet_state_read_integer (FacetTensorFile *file, const gchar *key)
{
  const gchar *text = facet_tensor_file_get_metadata (file, key);

  return text ? g_ascii_strtoll (text, NULL, 10) : -1;
}
