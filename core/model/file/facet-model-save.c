/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "facet-model-file.h"

/* Kernels are nearly all of a file; what is added to or multiplied with whole
 * channels keeps its digits. */
static void
add_network (FacetTensorWriter *writer,
             const gchar *part,
             NnNetwork *network,
             gboolean half)
{
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);
      g_autofree gchar *name =
          facet_model_parameter_name (part, parameter->layer, parameter->name);

      facet_tensor_writer_add (writer, name, parameter->n_dims, parameter->dims,
                               parameter->value,
                               half && g_str_equal (parameter->name, "kernel"));
    }
}

static void
add_axes (FacetTensorWriter *writer, const FacetLatents *latents)
{
  const gint dims[] = { latents->n_axes, latents->z_dim };

  facet_tensor_writer_add (writer, "latents.mean", 1, &dims[1], latents->mean,
                           FALSE);
  facet_tensor_writer_add (writer, "latents.axes", 2, dims, latents->axes,
                           FALSE);
  facet_tensor_writer_add (writer, "latents.sigma", 1, dims, latents->sigma,
                           FALSE);
  facet_tensor_writer_add (writer, "latents.low", 1, dims, latents->low, FALSE);
  facet_tensor_writer_add (writer, "latents.high", 1, dims, latents->high,
                           FALSE);
}

/* Returns the vectors, which must live until the file is saved. */
static gfloat *
add_directions (FacetTensorWriter *writer, const FacetLatents *latents)
{
  const gint dims[] = { latents->n_directions, latents->z_dim };
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gchar *text = NULL;
  gfloat *vectors;

  if (latents->n_directions == 0)
    return NULL;
  vectors = g_new (gfloat, (gsize) dims[0] * dims[1]);
  for (gint i = 0; i < latents->n_directions; i++)
    {
      const FacetDirection *direction = &latents->directions[i];

      memcpy (vectors + (gsize) i * latents->z_dim, direction->vector,
              (gsize) latents->z_dim * sizeof (gfloat));
      g_key_file_set_string (file, direction->name, "label", direction->label);
      g_key_file_set_string (file, direction->name, "unit", direction->unit);
      g_key_file_set_double (file, direction->name, "minimum",
                             direction->minimum);
      g_key_file_set_double (file, direction->name, "maximum",
                             direction->maximum);
    }
  text = g_key_file_to_data (file, NULL, NULL);
  facet_tensor_writer_set_metadata (writer, "directions", text);
  facet_tensor_writer_add (writer, "latents.directions", 2, dims, vectors,
                           FALSE);
  return vectors;
}

static void
add_notes (FacetTensorWriter *writer, FacetModel *model)
{
  g_autoptr (GPtrArray) keys = facet_model_list_notes (model);

  for (guint i = 0; i < keys->len; i++)
    {
      const gchar *key = g_ptr_array_index (keys, i);
      g_autofree gchar *name = g_strconcat (FACET_MODEL_NOTE_PREFIX, key, NULL);

      facet_tensor_writer_set_metadata (writer, name,
                                        facet_model_get_note (model, key));
    }
}

gboolean
facet_model_save (FacetModel *model, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autofree gchar *format = g_strdup_printf ("%s%d", FACET_MODEL_FORMAT,
                                              FACET_MODEL_VERSION);
  g_autofree gchar *recipe = facet_recipe_to_text (model->recipe);
  g_autofree gfloat *directions = NULL;

  facet_model_need_parameters (model);
  facet_tensor_writer_set_metadata (writer, "format", format);
  facet_tensor_writer_set_metadata (writer, "recipe", recipe);
  add_notes (writer, model);
  add_network (writer, "encoder", model->encoder, model->recipe->half_storage);
  add_network (writer, "decoder", model->decoder, model->recipe->half_storage);
  add_axes (writer, model->latents);
  directions = add_directions (writer, model->latents);
  return facet_tensor_writer_save (writer, path, error);
}
