/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facet-keys.h"
#include "facet-layers.h"

#define AT(member) G_STRUCT_OFFSET (FacetRecipe, member)
#define MODEL "model"
#define TRAINING "training"

/* clang-format off */
static const FacetKey table[] = {
  { MODEL, "name", FACET_VALUE_TEXT, AT (name), NULL },
  { MODEL, "kind", FACET_VALUE_CHOICE, AT (kind), NULL, 0, 0, { "AE", "VAE" } },
  { MODEL, "input_dim", FACET_VALUE_SHAPE, AT (input_dim), NULL, 1, FACET_MAX_SIDE },
  { MODEL, "encoder_conv_filters", FACET_VALUE_FILTERS, AT (encoder), NULL, 1, 2048 },
  { MODEL, "encoder_conv_kernel_size", FACET_VALUE_KERNEL_SIZE, AT (encoder), NULL, 1, 31 },
  { MODEL, "encoder_conv_strides", FACET_VALUE_STRIDES, AT (encoder), NULL, 1, 16 },
  { MODEL, "z_dim", FACET_VALUE_INTEGER, AT (z_dim), NULL, 1, FACET_MAX_Z_DIM },
  { MODEL, "decoder_conv_t_filters", FACET_VALUE_FILTERS, AT (decoder), NULL, 1, 2048 },
  { MODEL, "decoder_conv_t_kernel_size", FACET_VALUE_KERNEL_SIZE, AT (decoder), NULL, 1, 31 },
  { MODEL, "decoder_conv_t_strides", FACET_VALUE_STRIDES, AT (decoder), NULL, 1, 16 },
  { MODEL, "use_batch_norm", FACET_VALUE_FLAG, AT (use_batch_norm), "false" },
  { MODEL, "use_dropout", FACET_VALUE_FLAG, AT (use_dropout), "false" },
  { MODEL, "order", FACET_VALUE_CHOICE, AT (batch_norm_first), "activation;batch_norm", 0, 0,
    { "activation;batch_norm", "batch_norm;activation" } },
  { MODEL, "leaky_relu_slope", FACET_VALUE_NUMBER, AT (leaky_relu_slope), "0.3", 0, 1 },
  { MODEL, "batch_norm_momentum", FACET_VALUE_NUMBER, AT (batch_norm_momentum), "0.99", 0, 1 },
  { MODEL, "batch_norm_epsilon", FACET_VALUE_NUMBER, AT (batch_norm_epsilon), "0.001", 1e-10, 1 },
  { MODEL, "dropout_rate", FACET_VALUE_NUMBER, AT (dropout_rate), "0.25", 0, 0.95 },

  { TRAINING, "loss", FACET_VALUE_CHOICE, AT (loss), "mse", 0, 0,
    { "mse", "book-vae", "optimal-sigma" } },
  { TRAINING, "reconstruction_weight", FACET_VALUE_NUMBER, AT (reconstruction_weight), "10000", 1e-6, 1e9 },
  { TRAINING, "divergence_weight", FACET_VALUE_NUMBER, AT (divergence_weight), "1", 0, 1e6 },
  { TRAINING, "face_weight", FACET_VALUE_NUMBER, AT (face_weight), "1", 0.01, 100 },
  { TRAINING, "start", FACET_VALUE_CHOICE, AT (start), "random", 0, 0, { "random", "principal" } },
  { TRAINING, "learning_rate", FACET_VALUE_NUMBER, AT (learning_rate), "0.0005", 1e-9, 1 },
  { TRAINING, "schedule", FACET_VALUE_CHOICE, AT (cosine_schedule), "constant", 0, 0,
    { "constant", "cosine" } },
  { TRAINING, "warm_up", FACET_VALUE_INTEGER, AT (warm_up), "0", 0, 100000 },
  { TRAINING, "weight_average", FACET_VALUE_NUMBER, AT (weight_average), "0", 0, 0.999999 },
  { TRAINING, "batch", FACET_VALUE_INTEGER, AT (batch), "32", 1, 1024 },
  { TRAINING, "epochs", FACET_VALUE_INTEGER, AT (epochs), "200", 1, 100000 },
  { TRAINING, "mirror", FACET_VALUE_FLAG, AT (mirror), "false" },
  { TRAINING, "rotate", FACET_VALUE_NUMBER, AT (rotate_degrees), "0", 0, 180 },
  { TRAINING, "scale", FACET_VALUE_NUMBER, AT (scale), "0", 0, 0.5 },
  { TRAINING, "shift", FACET_VALUE_NUMBER, AT (shift), "0", 0, 0.5 },
  { TRAINING, "light", FACET_VALUE_NUMBER, AT (light), "0", 0, 1 },
  { TRAINING, "color", FACET_VALUE_CHOICE, AT (color_only), "all", 0, 0, { "all", "only" } },
  { TRAINING, "directions", FACET_VALUE_TEXT, AT (directions), "" },
  { TRAINING, "storage", FACET_VALUE_CHOICE, AT (half_storage), "float", 0, 0,
    { "float", "half" } },
  { TRAINING, "licence", FACET_VALUE_TEXT, AT (licence), "" },
  { TRAINING, "description", FACET_VALUE_TEXT, AT (description), "" }
};
/* clang-format on */

static const FacetKeys keys = { table, G_N_ELEMENTS (table) };

G_DEFINE_QUARK (facet - model - error - quark, facet_model_error)

const FacetKeys *
facet_recipe_get_keys (void)
{
  return &keys;
}

FacetRecipe *
facet_recipe_load (const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  gsize length;
  g_autofree gchar *text = facet_recipe_read (path, &length, error);

  return text ? facet_recipe_parse (text, (gssize) length, shown, error) : NULL;
}

FacetRecipe *
facet_recipe_parse (const gchar *text,
                    gssize length,
                    const gchar *source_name,
                    GError **error)
{
  g_autoptr (FacetRecipe) recipe = g_new0 (FacetRecipe, 1);
  FacetLayers layers;

  if (! facet_keys_parse (&keys, text, length, source_name, recipe, error) ||
      ! facet_layers_of_encoder (recipe, source_name, &layers, error) ||
      ! facet_layers_of_decoder (recipe, source_name, &layers, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

gchar *
facet_recipe_to_text (const FacetRecipe *recipe)
{
  return facet_keys_to_text (&keys, recipe);
}

void
facet_recipe_free (FacetRecipe *recipe)
{
  if (! recipe)
    return;
  facet_keys_clear (&keys, recipe);
  g_free (recipe);
}
