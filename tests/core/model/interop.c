/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What interop.py asks of Facet's own reader and writer:
 *
 *   interop tensors IN OUT    reads all tensors and metadata, writes them again
 *   interop new RECIPE OUT    a fresh model
 *   interop model IN OUT      loads a model, saves it
 */
#include <model/facet-model.h>
#include <model/facet-safetensors.h>
#include <stdio.h>
#include <string.h>

static gboolean
copy_tensors (const gchar *from, const gchar *to, GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (from, error);
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) keys = NULL;

  if (! file)
    return FALSE;
  keys = facet_tensor_file_list_metadata (file);
  for (guint i = 0; i < keys->len; i++)
    facet_tensor_writer_set_metadata (
        writer, g_ptr_array_index (keys, i),
        facet_tensor_file_get_metadata (file, g_ptr_array_index (keys, i)));
  for (gint i = 0; i < facet_tensor_file_get_n (file); i++)
    {
      const FacetTensor *tensor = facet_tensor_file_get (file, i);
      gfloat *values = g_new (gfloat, tensor->n_values + 1);
      gint dims[4];

      g_ptr_array_add (arrays, values);
      if (! facet_tensor_file_read (file, tensor, values, error))
        return FALSE;
      for (gint d = 0; d < tensor->n_dims; d++)
        dims[d] = (gint) tensor->dims[d];
      facet_tensor_writer_add (writer, tensor->name, tensor->n_dims, dims,
                               values, tensor->half);
    }
  return facet_tensor_writer_save (writer, to, error);
}

static gboolean
new_model (const gchar *from, const gchar *to, GError **error)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_load (from, error);
  g_autoptr (FacetModel) model = recipe ? facet_model_new (recipe, 1, error) :
                                          NULL;

  return model && facet_model_save (model, to, error);
}

static gboolean
copy_model (const gchar *from, const gchar *to, GError **error)
{
  g_autoptr (FacetModel) model = facet_model_load (from, error);

  return model && facet_model_save (model, to, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  if (argc != 4)
    return 2;
  if (strcmp (argv[1], "tensors") == 0)
    done = copy_tensors (argv[2], argv[3], &error);
  else if (strcmp (argv[1], "new") == 0)
    done = new_model (argv[2], argv[3], &error);
  else if (strcmp (argv[1], "model") == 0)
    done = copy_model (argv[2], argv[3], &error);
  if (! done)
    fprintf (stderr, "%s\n", error ? error->message : "what?");
  return done ? 0 : 1;
}
