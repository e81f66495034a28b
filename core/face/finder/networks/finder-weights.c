/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A parameter's name in the file is its network's, the layer's number and its
 * own: "coarse.0.kernel".
 */
#include <glib/gi18n-lib.h>
#include <model/facet-recipe.h>
#include <model/facet-safetensors.h>
#include <string.h>
#include "finder-weights.h"

#define FORMAT "facet-finder-2"

static gchar *
parameter_name (const gchar *network, const NnParameter *parameter)
{
  return g_strdup_printf ("%s.%d.%s", network, parameter->layer,
                          parameter->name);
}

static FinderWeights *
new_weights (FinderRecipe *recipe)
{
  g_autoptr (FinderWeights) weights = g_new0 (FinderWeights, 1);

  weights->recipe = recipe;
  weights->coarse = finder_recipe_new_coarse (recipe, FINDER_CELL_PX,
                                              FINDER_CELL_PX);
  weights->fine = finder_recipe_new_eye (&recipe->fine);
  weights->points = finder_recipe_new_eye (&recipe->points);
  if (! weights->coarse || ! weights->fine || ! weights->points)
    return NULL;
  return g_steal_pointer (&weights);
}

FinderWeights *
finder_weights_new (FinderRecipe *recipe, guint64 seed)
{
  FinderWeights *weights = new_weights (recipe);

  if (weights)
    {
      nn_network_initialize (weights->coarse, seed);
      nn_network_initialize (weights->fine, seed + 1);
      nn_network_initialize (weights->points, seed + 2);
    }
  return weights;
}

void
finder_weights_free (FinderWeights *weights)
{
  if (! weights)
    return;
  if (weights->coarse)
    nn_network_free (weights->coarse);
  if (weights->fine)
    nn_network_free (weights->fine);
  if (weights->points)
    nn_network_free (weights->points);
  finder_recipe_free (weights->recipe);
  g_free (weights);
}

void
finder_network_copy (NnNetwork *to, NnNetwork *from)
{
  for (gint i = 0; i < nn_network_get_n_parameters (from); i++)
    {
      const NnParameter *source = nn_network_get_parameter (from, i);

      memcpy (nn_network_get_parameter (to, i)->value, source->value,
              source->n_values * sizeof (gfloat));
    }
}

/* --- reading -----------------------------------------------------------------
 */

static gboolean
is_alike (const FacetTensor *tensor, const NnParameter *parameter)
{
  gboolean alike = tensor && tensor->n_dims == parameter->n_dims;

  for (gint i = 0; alike && i < tensor->n_dims; i++)
    alike = tensor->dims[i] == parameter->dims[i];
  return alike;
}

static gboolean
read_network (FacetTensorFile *file,
              const gchar *path,
              const gchar *name,
              NnNetwork *network,
              GError **error)
{
  for (gint i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);
      g_autofree gchar *key = parameter_name (name, parameter);
      const FacetTensor *tensor = facet_tensor_file_lookup (file, key);

      if (! is_alike (tensor, parameter))
        {
          g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                       _ ("%s: tensor “%s” is missing or of a shape that the "
                          "file's own recipe does not ask for"),
                       path, key);
          return FALSE;
        }
      if (! facet_tensor_file_read (file, tensor, parameter->value, error))
        return FALSE;
    }
  return TRUE;
}

FinderWeights *
finder_weights_load (const gchar *path, GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, error);
  g_autoptr (FinderWeights) weights = NULL;
  FinderRecipe *recipe;
  const gchar *text;

  if (! file)
    return NULL;
  text = facet_tensor_file_get_metadata (file, "recipe");
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "format"), FORMAT) ||
      ! text)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("%s holds no face finder; its format should be “%s”"),
                   path, FORMAT);
      return NULL;
    }
  recipe = finder_recipe_parse (text, -1, path, error);
  if (! recipe)
    return NULL;
  weights = new_weights (recipe);
  if (! weights)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("%s: its networks do not fit into memory"), path);
      return NULL;
    }
  if (! read_network (file, path, "coarse", weights->coarse, error) ||
      ! read_network (file, path, "fine", weights->fine, error) ||
      ! read_network (file, path, "points", weights->points, error))
    return NULL;
  return g_steal_pointer (&weights);
}

/* --- writing -----------------------------------------------------------------
 */

static void
write_network (FacetTensorWriter *writer, const gchar *name, NnNetwork *network)
{
  for (gint i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (network, i);
      g_autofree gchar *key = parameter_name (name, parameter);

      facet_tensor_writer_add (writer, key, parameter->n_dims, parameter->dims,
                               parameter->value,
                               g_str_equal (parameter->name, "kernel"));
    }
}

gboolean
finder_weights_save (const FinderWeights *weights,
                     const gchar *path,
                     GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autofree gchar *recipe = finder_recipe_to_text (weights->recipe);

  facet_tensor_writer_set_metadata (writer, "format", FORMAT);
  facet_tensor_writer_set_metadata (writer, "recipe", recipe);
  if (*weights->recipe->licence)
    facet_tensor_writer_set_metadata (writer, "licence",
                                      weights->recipe->licence);
  write_network (writer, "coarse", weights->coarse);
  write_network (writer, "fine", weights->fine);
  write_network (writer, "points", weights->points);
  return facet_tensor_writer_save (writer, path, error);
}
