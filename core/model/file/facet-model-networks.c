/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet-model-file.h"

gchar *
facet_model_parameter_name (const gchar *network,
                            gint layer,
                            const gchar *parameter)
{
  return g_strdup_printf ("%s.%d.%s", network, layer, parameter);
}

static const FacetTensor *
tensor_of_parameter (FacetTensorFile *file,
                     const gchar *part,
                     const NnParameter *parameter)
{
  g_autofree gchar *name = facet_model_parameter_name (part, parameter->layer,
                                                       parameter->name);
  const FacetTensor *tensor = facet_tensor_file_lookup (file, name);

  g_assert (tensor && tensor->n_values == parameter->n_values);
  return tensor;
}

/* The values were seen to be sound when the model was loaded. */
static void
read_parameter (FacetTensorFile *file,
                const FacetTensor *tensor,
                gfloat *values)
{
  if (! facet_tensor_file_read (file, tensor, values, NULL))
    g_error ("facet: a model's file was changed while it was in use");
}

void
facet_network_use_file (NnNetwork *network,
                        const gchar *part,
                        FacetTensorFile *file,
                        GPtrArray *converted)
{
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);
      const FacetTensor *tensor = tensor_of_parameter (file, part, parameter);
      const gfloat *values = facet_tensor_file_peek (file, tensor);

      parameter->halves = g_str_equal (parameter->name, "kernel") ?
                              facet_tensor_file_peek_halves (file, tensor) :
                              NULL;
      if (! values && ! parameter->halves)
        {
          gfloat *copy = g_new (gfloat, tensor->n_values);

          read_parameter (file, tensor, copy);
          g_ptr_array_add (converted, copy);
          values = copy;
        }
      if (values)
        parameter->value = (gfloat *) values;
    }
}

void
facet_network_read_file (NnNetwork *network,
                         const gchar *part,
                         FacetTensorFile *file)
{
  for (int i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      read_parameter (file, tensor_of_parameter (file, part, parameter),
                      parameter->value);
    }
}
