/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model in memory.
 */
#include <string.h>
#include "facet-model-private.h"

FacetModel *
facet_model_new_empty (FacetRecipe *recipe, GError **error)
{
  g_autoptr (FacetModel) model = g_new0 (FacetModel, 1);

  g_atomic_ref_count_init (&model->references);
  model->recipe = recipe;
  model->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        g_free);
  model->latents = facet_latents_new_identity (recipe->z_dim);
  model->encoder = facet_recipe_new_encoder (recipe, error);
  if (! model->encoder)
    return NULL;
  model->decoder = facet_recipe_new_decoder (recipe, error);
  if (! model->decoder)
    return NULL;
  return g_steal_pointer (&model);
}

FacetModel *
facet_model_new (const FacetRecipe *recipe, guint64 seed, GError **error)
{
  g_autofree gchar *text = facet_recipe_to_text (recipe);
  FacetRecipe *copy = facet_recipe_parse (text, -1, recipe->name, error);
  FacetModel *model = copy ? facet_model_new_empty (copy, error) : NULL;

  if (! model)
    return NULL;
  nn_network_initialize (model->encoder, 2 * seed);
  nn_network_initialize (model->decoder, 2 * seed + 1);
  return model;
}

FacetModel *
facet_model_ref (FacetModel *model)
{
  g_atomic_ref_count_inc (&model->references);
  return model;
}

void
facet_model_unref (FacetModel *model)
{
  if (! model || ! g_atomic_ref_count_dec (&model->references))
    return;
  facet_model_parameters_changed (model);
  g_clear_pointer (&model->encoder, nn_network_free);
  g_clear_pointer (&model->decoder, nn_network_free);
  facet_latents_free (model->latents);
  facet_recipe_free (model->recipe);
  facet_tensor_file_free (model->file);
  g_hash_table_unref (model->notes);
  g_free (model);
}

const FacetRecipe *
facet_model_get_recipe (FacetModel *model)
{
  return model->recipe;
}

NnNetwork *
facet_model_get_encoder (FacetModel *model)
{
  facet_model_need_parameters (model);
  return model->encoder;
}

NnNetwork *
facet_model_get_decoder (FacetModel *model)
{
  facet_model_need_parameters (model);
  return model->decoder;
}

FacetLatents *
facet_model_get_latents (FacetModel *model)
{
  return model->latents;
}

void
facet_model_set_latents (FacetModel *model, FacetLatents *latents)
{
  facet_latents_free (model->latents);
  model->latents = latents;
}

/* --- notes ------------------------------------------------------------------
 */

void
facet_model_set_note (FacetModel *model, const gchar *key, const gchar *text)
{
  if (text)
    g_hash_table_insert (model->notes, g_strdup (key), g_strdup (text));
  else
    g_hash_table_remove (model->notes, key);
}

const gchar *
facet_model_get_note (FacetModel *model, const gchar *key)
{
  return g_hash_table_lookup (model->notes, key);
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

GPtrArray *
facet_model_list_notes (FacetModel *model)
{
  GPtrArray *keys = g_hash_table_get_keys_as_ptr_array (model->notes);

  g_ptr_array_sort (keys, compare_keys);
  return keys;
}
