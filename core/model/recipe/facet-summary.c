/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table that Keras's Model.summary () prints, column for column, so that it
 * can be laid beside the article's.  Keras counts batch norm's moving
 * statistics among all parameters, as those not trained; a VAE's encoder has
 * the two dense layers that the engine holds as one.
 */
#include <model/facet-model.h>
#include "facet-layers.h"

#define WIDTH 65
#define OUTPUT_COLUMN 29
#define PARAMETERS_COLUMN 55

typedef struct
{
  const gchar *class_name;
  const gchar *name; /* Keras's for a layer that got none */
} Class;

static const Class classes[] = {
  [NN_CONV_2D] = { "Conv2D", "conv2d" },
  [NN_CONV_2D_TRANSPOSE] = { "Conv2DTranspose", "conv2d_transpose" },
  [NN_DENSE] = { "Dense", "dense" },
  [NN_RESHAPE] = { "Reshape", "reshape" },
  [NN_LEAKY_RELU] = { "LeakyReLU", "leaky_re_lu" },
  [NN_BATCH_NORM] = { "BatchNormalization", "batch_normalization" },
  [NN_DROPOUT] = { "Dropout", "dropout" },
  [NN_SIGMOID] = { "Activation", "activation" },
};

typedef struct
{
  GString *text;
  gint counts[G_N_ELEMENTS (classes)]; /* of layers without a name */
  gint64 total;
  gint64 trained;
} Summary;

static void
append_line (Summary *summary, gchar character)
{
  for (gint i = 0; i < WIDTH; i++)
    g_string_append_c (summary->text, character);
  g_string_append_c (summary->text, '\n');
}

static void
append_cell (GString *row, const gchar *cell, gint end)
{
  g_string_append (row, cell);
  if ((gint) row->len >= end)
    g_string_truncate (row, (gsize) end - 1);
  while ((gint) row->len < end)
    g_string_append_c (row, ' ');
}

static void
append_row (Summary *summary,
            const gchar *name,
            const gchar *output,
            const gchar *parameters)
{
  g_autoptr (GString) row = g_string_new (NULL);

  append_cell (row, name, OUTPUT_COLUMN);
  append_cell (row, output, PARAMETERS_COLUMN);
  append_cell (row, parameters, WIDTH);
  g_string_append_printf (summary->text, "%s\n", row->str);
}

/* @shape: of height 0 where it is flat. */
static void
append_layer (Summary *summary,
              const gchar *name,
              const gchar *class_name,
              NnShape shape,
              gint64 n_parameters)
{
  g_autofree gchar *layer = g_strdup_printf ("%s (%s)", name, class_name);
  g_autofree gchar *parameters = g_strdup_printf ("%" G_GINT64_FORMAT,
                                                  n_parameters);
  g_autofree gchar *output = NULL;

  if (shape.height == 0)
    output = g_strdup_printf ("(None, %d)", shape.channels);
  else
    output = g_strdup_printf ("(None, %d, %d, %d)", shape.height, shape.width,
                              shape.channels);
  append_row (summary, layer, output, parameters);
  append_line (summary, '_');
}

static NnShape
flat (gint n)
{
  return (NnShape) { 0, 0, n };
}

/* "1234567" to "1,234,567". */
static gchar *
with_commas (gint64 number)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GINT64_FORMAT, number);
  for (gssize at = (gssize) text->len - 3; at > 0; at -= 3)
    g_string_insert_c (text, at, ',');
  return g_string_free_and_steal (text);
}

static void
append_total (Summary *summary, const gchar *what, gint64 number)
{
  g_autofree gchar *text = with_commas (number);

  g_string_append_printf (summary->text, "%s: %s\n", what, text);
}

/* A convolution is named after its network, as the article does. */
static gchar *
layer_name (Summary *summary, const NnLayer *layer, gint convolution)
{
  gint count;

  if (layer->kind == NN_CONV_2D)
    return g_strdup_printf ("encoder_conv%d", convolution);
  if (layer->kind == NN_CONV_2D_TRANSPOSE)
    return g_strdup_printf ("decoder_conv_t%d", convolution);
  count = summary->counts[layer->kind]++;
  if (count == 0)
    return g_strdup (classes[layer->kind].name);
  return g_strdup_printf ("%s_%d", classes[layer->kind].name, count);
}

static gint64
count_parameters (Summary *summary, const FacetLayers *layers, gint layer)
{
  FacetLayerParameter parameters[FACET_MAX_LAYER_PARAMETERS];
  gint64 n = 0;

  for (gint i = facet_layers_get_parameters (layers, layer, parameters);
       i-- > 0;)
    {
      n += parameters[i].n_values;
      if (parameters[i].trained)
        summary->trained += parameters[i].n_values;
    }
  summary->total += n;
  return n;
}

/* The encoder's end: the code, or the book's two heads and a sample of them. */
static void
append_code (Summary *summary,
             const FacetRecipe *recipe,
             const FacetLayers *layers)
{
  const gint64 n = count_parameters (summary, layers, layers->n - 1);
  const NnShape code = flat (recipe->z_dim);

  if (recipe->kind == FACET_KIND_AE)
    {
      append_layer (summary, "encoder_output", "Dense", code, n);
      return;
    }
  append_layer (summary, "mu", "Dense", code, n / 2);
  append_layer (summary, "log_var", "Dense", code, n / 2);
  append_layer (summary, "encoder_output", "Lambda", code, 0);
}

static void
append_layers (Summary *summary,
               const FacetRecipe *recipe,
               const FacetLayers *layers,
               gboolean encoder)
{
  gint convolution = 0;

  for (gint i = 0; i < layers->n; i++)
    {
      const NnLayer *layer = &layers->layers[i];
      g_autofree gchar *name = NULL;

      if (encoder && layer->kind == NN_DENSE)
        append_code (summary, recipe, layers);
      else if (encoder && layer->kind == NN_RESHAPE)
        append_layer (summary, "flatten", "Flatten",
                      flat (layers->shapes[i].channels), 0);
      else
        {
          name = layer_name (summary, layer, convolution);
          append_layer (summary, name, classes[layer->kind].class_name,
                        layer->kind == NN_DENSE ? flat (layer->filters) :
                                                  layers->shapes[i],
                        count_parameters (summary, layers, i));
        }
      convolution += layer->kind == NN_CONV_2D ||
                     layer->kind == NN_CONV_2D_TRANSPOSE;
    }
}

static void
append_network (Summary *summary,
                const FacetRecipe *recipe,
                const FacetLayers *layers,
                gboolean encoder)
{
  summary->total = 0;
  summary->trained = 0;
  g_string_append_printf (summary->text, "Model: \"%s\"\n",
                          encoder ? "encoder" : "decoder");
  append_line (summary, '_');
  append_row (summary, "Layer (type)", "Output Shape", "Param #");
  append_line (summary, '=');
  append_layer (summary, encoder ? "encoder_input" : "decoder_input",
                "InputLayer",
                encoder ? layers->input : flat (layers->input.channels), 0);
  append_layers (summary, recipe, layers, encoder);
  /* The last line is a double one. */
  g_string_truncate (summary->text, summary->text->len - (WIDTH + 1));
  append_line (summary, '=');
  append_total (summary, "Total params", summary->total);
  append_total (summary, "Trainable params", summary->trained);
  append_total (summary, "Non-trainable params",
                summary->total - summary->trained);
  append_line (summary, '_');
}

gchar *
facet_recipe_summary (const FacetRecipe *recipe, GError **error)
{
  Summary summary = { 0 };
  FacetLayers encoder, decoder;

  if (! facet_layers_of_encoder (recipe, recipe->name, &encoder, error) ||
      ! facet_layers_of_decoder (recipe, recipe->name, &decoder, error))
    return NULL;
  summary.text = g_string_new (NULL);
  append_network (&summary, recipe, &encoder, TRUE);
  g_string_append_c (summary.text, '\n');
  append_network (&summary, recipe, &decoder, FALSE);
  return g_string_free_and_steal (summary.text);
}
