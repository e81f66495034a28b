/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model in memory.  Networks are packed into plans when they are first used:
 * a program that only decodes never packs the encoder.  Of a VAE's encoder the
 * plan computes the means alone, by cutting the dense layer to its first half.
 */
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-model-private.h"
#include "recipe/facet-layers.h"

/* Larger batches are run in pieces: they are no faster, and activations take
 * their memory. */
#define MAX_BATCH 32

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
  return model->encoder;
}

NnNetwork *
facet_model_get_decoder (FacetModel *model)
{
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

/* --- encode and decode ------------------------------------------------------
 */

void
facet_model_parameters_changed (FacetModel *model)
{
  g_clear_pointer (&model->encoder_plan, nn_plan_free);
  g_clear_pointer (&model->decoder_plan, nn_plan_free);
  model->encoder_batch = 0;
  model->decoder_batch = 0;
}

/* Copies the first columns of each row: of [rows][from] to [rows][to]. */
static void
copy_parameter (const NnParameter *source, NnParameter *target)
{
  const gsize from = (gsize) source->dims[source->n_dims - 1];
  const gsize to = (gsize) target->dims[target->n_dims - 1];
  const gsize rows = target->n_values / to;

  if (from == to)
    memcpy (target->value, source->value, target->n_values * sizeof (gfloat));
  else
    for (gsize row = 0; row < rows; row++)
      memcpy (target->value + row * to, source->value + row * from,
              to * sizeof (gfloat));
}

/* A VAE's encoder without the log variances. */
static NnNetwork *
new_encoder_of_means (FacetModel *model)
{
  FacetLayers layers;
  NnNetwork *means;

  if (! facet_layers_of_encoder (model->recipe, "", &layers, NULL))
    return NULL;
  layers.layers[layers.n - 1].filters = model->recipe->z_dim;
  means = nn_network_new (layers.input, layers.layers, layers.n);
  for (int i = 0; means && i < nn_network_get_n_parameters (means); i++)
    copy_parameter (nn_network_get_parameter (model->encoder, i),
                    nn_network_get_parameter (means, i));
  return means;
}

/* Out of memory ends the program, as everywhere in GLib. */
static NnPlan *
new_plan (const NnNetwork *network, gint max_batch)
{
  NnPlan *plan = network ? nn_plan_new (network, max_batch) : NULL;

  if (! plan)
    g_error ("facet: there is not enough memory to run the network");
  return plan;
}

static void
need_encoder_plan (FacetModel *model, gint batch)
{
  NnNetwork *means = NULL;

  if (batch <= model->encoder_batch)
    return;
  g_clear_pointer (&model->encoder_plan, nn_plan_free);
  if (model->recipe->kind == FACET_KIND_VAE)
    {
      means = new_encoder_of_means (model);
      model->encoder_plan = new_plan (means, batch);
      nn_network_free (means);
    }
  else
    model->encoder_plan = new_plan (model->encoder, batch);
  model->encoder_batch = batch;
}

static void
need_decoder_plan (FacetModel *model, gint batch)
{
  if (batch <= model->decoder_batch)
    return;
  g_clear_pointer (&model->decoder_plan, nn_plan_free);
  model->decoder_plan = new_plan (model->decoder, batch);
  model->decoder_batch = batch;
}

static void
run_in_pieces (NnPlan *plan,
               gint batch,
               gsize input_size,
               const gfloat *input,
               gsize output_size,
               gfloat *output)
{
  for (gint first = 0; first < batch; first += MAX_BATCH)
    nn_plan_run (plan, MIN (MAX_BATCH, batch - first),
                 input + (gsize) first * input_size,
                 output + (gsize) first * output_size);
}

static gsize
crop_size (FacetModel *model)
{
  const NnShape shape = model->recipe->input_dim;

  return (gsize) shape.height * shape.width * shape.channels;
}

void
facet_model_encode (FacetModel *model,
                    gint batch,
                    const gfloat *crop,
                    gfloat *code)
{
  need_encoder_plan (model, MIN (batch, MAX_BATCH));
  run_in_pieces (model->encoder_plan, batch, crop_size (model), crop,
                 (gsize) model->recipe->z_dim, code);
}

void
facet_model_decode (FacetModel *model,
                    gint batch,
                    const gfloat *code,
                    gfloat *crop)
{
  need_decoder_plan (model, MIN (batch, MAX_BATCH));
  run_in_pieces (model->decoder_plan, batch, (gsize) model->recipe->z_dim, code,
                 crop_size (model), crop);
}
