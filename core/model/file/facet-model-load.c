/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <model/recipe/facet-layers.h>
#include <string.h>
#include "facet-model-file.h"

gboolean
facet_model_loader_fail (const FacetModelLoader *loader,
                         GError **error,
                         const gchar *format,
                         ...)
{
  g_autofree gchar *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
               _ ("“%s” is not a usable model: %s"), loader->path, what);
  return FALSE;
}

/* --- tensors ----------------------------------------------------------------
 */

static gchar *
dims_to_text (gint n_dims, const gint64 *dims)
{
  GString *text = g_string_new ("[");

  for (gint i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "",
                            dims[i]);
  g_string_append_c (text, ']');
  return g_string_free_and_steal (text);
}

const FacetTensor *
facet_model_loader_find (FacetModelLoader *loader,
                         const gchar *name,
                         gint n_dims,
                         const gint64 *dims,
                         GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (loader->file, name);
  g_autofree gchar *is = NULL;
  g_autofree gchar *wanted = NULL;

  if (! tensor)
    {
      facet_model_loader_fail (loader, error, _ ("it lacks the tensor “%s”"),
                               name);
      return NULL;
    }
  g_hash_table_add (loader->known, g_strdup (name));
  if (tensor->n_dims == n_dims &&
      memcmp (tensor->dims, dims, (gsize) n_dims * sizeof *dims) == 0)
    return tensor;
  is = dims_to_text (tensor->n_dims, tensor->dims);
  wanted = dims_to_text (n_dims, dims);
  facet_model_loader_fail (loader, error,
                           _ ("tensor “%s” has the shape %s, not %s"), name, is,
                           wanted);
  return NULL;
}

static gboolean
check_network (FacetModelLoader *loader,
               const gchar *network,
               const FacetLayers *layers,
               GError **error)
{
  for (gint layer = 0; layer < layers->n; layer++)
    {
      FacetLayerParameter parameters[FACET_MAX_LAYER_PARAMETERS];
      const gint n = facet_layers_get_parameters (layers, layer, parameters);

      for (gint i = 0; i < n; i++)
        {
          g_autofree gchar *name =
              facet_model_parameter_name (network, layer, parameters[i].name);
          gint64 dims[4];

          for (gint d = 0; d < parameters[i].n_dims; d++)
            dims[d] = parameters[i].dims[d];
          if (! facet_model_loader_find (loader, name, parameters[i].n_dims,
                                         dims, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_networks (FacetModelLoader *loader,
                const FacetRecipe *recipe,
                GError **error)
{
  FacetLayers layers;

  return facet_layers_of_encoder (recipe, loader->path, &layers, error) &&
         check_network (loader, "encoder", &layers, error) &&
         facet_layers_of_decoder (recipe, loader->path, &layers, error) &&
         check_network (loader, "decoder", &layers, error);
}

static gboolean
check_variances (FacetModelLoader *loader,
                 const FacetTensor *tensor,
                 GError **error)
{
  g_autofree gfloat *values = g_new (gfloat, tensor->n_values);

  if (! facet_tensor_file_read (loader->file, tensor, values, error))
    return FALSE;
  for (gsize i = 0; i < tensor->n_values; i++)
    if (values[i] < 0)
      return facet_model_loader_fail (loader, error,
                                      _ ("“%s” holds a negative variance"),
                                      tensor->name);
  return TRUE;
}

static gboolean
check_values (FacetModelLoader *loader, GError **error)
{
  for (gint i = 0; i < facet_tensor_file_get_n (loader->file); i++)
    {
      const FacetTensor *tensor = facet_tensor_file_get (loader->file, i);

      if (! (g_str_has_suffix (tensor->name, ".moving_variance") ?
                 check_variances (loader, tensor, error) :
                 facet_tensor_file_check (loader->file, tensor, error)))
        return FALSE;
    }
  return TRUE;
}

/* --- load -------------------------------------------------------------------
 */

static FacetRecipe *
read_recipe (FacetModelLoader *loader, GError **error)
{
  const gchar *format = facet_tensor_file_get_metadata (loader->file, "format");
  const gchar *text = facet_tensor_file_get_metadata (loader->file, "recipe");
  guint64 version;

  if (! format || ! g_str_has_prefix (format, FACET_MODEL_FORMAT) ||
      ! g_ascii_string_to_unsigned (format + strlen (FACET_MODEL_FORMAT), 10, 1,
                                    G_MAXINT, &version, NULL) ||
      ! text)
    {
      facet_model_loader_fail (
          loader, error,
          _ ("it is a safetensors file of another program, or not a "
             "finished model"));
      return NULL;
    }
  if (version > FACET_MODEL_VERSION)
    {
      facet_model_loader_fail (loader, error,
                               _ ("it was written by a newer Facet"));
      return NULL;
    }
  return facet_recipe_parse (text, -1, loader->path, error);
}

static gboolean
check_nothing_else (FacetModelLoader *loader, GError **error)
{
  for (gint i = 0; i < facet_tensor_file_get_n (loader->file); i++)
    {
      const gchar *name = facet_tensor_file_get (loader->file, i)->name;

      if (! g_hash_table_contains (loader->known, name))
        return facet_model_loader_fail (
            loader, error, _ ("its recipe has no use for the tensor “%s”"),
            name);
    }
  return TRUE;
}

static void
read_notes (FacetModelLoader *loader, FacetModel *model)
{
  g_autoptr (GPtrArray) keys = facet_tensor_file_list_metadata (loader->file);

  for (guint i = 0; i < keys->len; i++)
    {
      const gchar *key = g_ptr_array_index (keys, i);

      if (g_str_has_prefix (key, FACET_MODEL_NOTE_PREFIX))
        facet_model_set_note (model, key + strlen (FACET_MODEL_NOTE_PREFIX),
                              facet_tensor_file_get_metadata (loader->file,
                                                              key));
    }
}

static FacetModel *
load (FacetModelLoader *loader, GError **error)
{
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (FacetRecipe) recipe = read_recipe (loader, error);
  g_autoptr (FacetLatents) latents = NULL;

  if (! recipe || ! check_networks (loader, recipe, error))
    return NULL;
  latents = facet_model_loader_read_latents (loader, recipe->z_dim, error);
  if (! latents || ! check_nothing_else (loader, error) ||
      ! check_values (loader, error))
    return NULL;
  model = facet_model_new_empty (g_steal_pointer (&recipe), error);
  if (! model)
    return NULL;
  facet_model_set_latents (model, g_steal_pointer (&latents));
  read_notes (loader, model);
  return g_steal_pointer (&model);
}

/* Takes @file over; the model keeps it. */
static FacetModel *
load_file (FacetTensorFile *file, const gchar *path, GError **error)
{
  g_autoptr (GHashTable)
      known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  FacetModelLoader loader = { .path = path, .file = file, .known = known };
  FacetModel *model = file ? load (&loader, error) : NULL;

  if (model)
    model->file = file;
  else
    facet_tensor_file_free (file);
  return model;
}

FacetModel *
facet_model_load (const gchar *name, GError **error)
{
  g_autofree gchar *path = facet_model_find (name, error);
  g_autofree gchar *shown = path ? g_filename_display_name (path) : NULL;

  if (! path)
    return NULL;
  return load_file (facet_tensor_file_open (path, error), shown, error);
}

FacetModel *
facet_model_new_for_bytes (GBytes *bytes,
                           const gchar *source_name,
                           GError **error)
{
  return load_file (facet_tensor_file_new_for_bytes (bytes, source_name, error),
                    source_name, error);
}
