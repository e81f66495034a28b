/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file is a safetensors file with the recipe in its metadata; the recipe is
 * kept as that of an autoencoder without a decoder.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-safetensors.h>
#include <model/recipe/facet-keys.h>
#include <string.h>
#include "facet-reader.h"

#define READER_FORMAT "facet-reader-1"
#define GROUP "reader"
#define MAX_BATCH 32

gboolean
facet_reader_is_recipe (const gchar *text)
{
  return facet_keys_are_in (text, GROUP);
}

/* --- the recipe ---------------------------------------------------------- */

/* What the keys are read into. */
typedef struct
{
  FacetRecipe recipe;
  gchar *attributes;
} Parsed;

/* Those of a model, [reader] for [model] and conv_… for encoder_conv_…, without
 * what only a model has. */
static FacetKey *
new_keys (gsize *n)
{
  static const gchar *const others[] = { "kind", "z_dim", NULL };
  const FacetKeys *of_model = facet_recipe_get_keys ();
  FacetKey *keys = g_new0 (FacetKey, of_model->n + 1);

  keys[0] = (FacetKey) { GROUP, "attributes", FACET_VALUE_TEXT,
                         G_STRUCT_OFFSET (Parsed, attributes) };
  *n = 1;
  for (gsize i = 0; i < of_model->n; i++)
    {
      FacetKey key = of_model->keys[i];

      if (g_str_has_prefix (key.key, "decoder_") ||
          g_strv_contains (others, key.key))
        continue;
      if (g_str_has_prefix (key.key, "encoder_"))
        key.key += strlen ("encoder_");
      if (g_str_equal (key.group, "model"))
        key.group = GROUP;
      keys[(*n)++] = key;
    }
  return keys;
}

static GPtrArray *
parse_attributes (const gchar *names, const gchar *source_name, GError **error)
{
  g_autoptr (GPtrArray) attributes = facet_attributes_parse (names, error);

  if (! attributes)
    {
      g_prefix_error (error, "“%s”: ", source_name);
      return NULL;
    }
  if (attributes->len >= 1 && attributes->len <= FACET_MAX_Z_DIM)
    return g_steal_pointer (&attributes);
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("“%s”: “attributes” in [%s] must name 1 to %d attributes, "
                  "separated by semicolons"),
               source_name, GROUP, FACET_MAX_Z_DIM);
  return NULL;
}

static gboolean
parse (FacetReader *reader, const gchar *source_name, GError **error)
{
  Parsed parsed = { { 0 } };
  gsize n;
  g_autofree FacetKey *table = new_keys (&n);
  const FacetKeys keys = { table, n };

  if (facet_keys_parse (&keys, reader->recipe_text, -1, source_name, &parsed,
                        error))
    reader->attributes = parse_attributes (parsed.attributes, source_name,
                                           error);
  if (! reader->attributes)
    {
      facet_keys_clear (&keys, &parsed);
      return FALSE;
    }
  g_free (parsed.attributes);
  parsed.recipe.z_dim = (gint) reader->attributes->len;
  reader->recipe = g_memdup2 (&parsed.recipe, sizeof parsed.recipe);
  return TRUE;
}

FacetReader *
facet_reader_new (const gchar *recipe_text,
                  const gchar *source_name,
                  guint64 seed,
                  GError **error)
{
  g_autoptr (FacetReader) reader = g_new0 (FacetReader, 1);
  gint n;

  reader->recipe_text = g_strdup (recipe_text);
  if (! parse (reader, source_name, error))
    return NULL;
  reader->network = facet_recipe_new_encoder (reader->recipe, error);
  if (! reader->network)
    return NULL;
  nn_network_initialize (reader->network, seed);
  n = (gint) reader->attributes->len;
  reader->mean = g_new0 (gfloat, n);
  reader->deviation = g_new (gfloat, n);
  for (gint i = 0; i < n; i++)
    reader->deviation[i] = 1.0f;
  return g_steal_pointer (&reader);
}

void
facet_reader_free (FacetReader *reader)
{
  if (! reader)
    return;
  g_clear_pointer (&reader->plan, nn_plan_free);
  g_clear_pointer (&reader->network, nn_network_free);
  g_clear_pointer (&reader->recipe, facet_recipe_free);
  g_clear_pointer (&reader->attributes, g_ptr_array_unref);
  g_free (reader->recipe_text);
  g_free (reader->mean);
  g_free (reader->deviation);
  g_free (reader);
}

/* --- the file ------------------------------------------------------------ */

gboolean
facet_reader_save (FacetReader *reader, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  const gint n = (gint) reader->attributes->len;

  facet_tensor_writer_set_metadata (writer, "format", READER_FORMAT);
  facet_tensor_writer_set_metadata (writer, "recipe", reader->recipe_text);
  for (gint i = 0; i < nn_network_get_n_parameters (reader->network); i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (reader->network,
                                                               i);
      g_autofree gchar *name =
          g_strdup_printf ("reader.%d.%s", parameter->layer, parameter->name);

      facet_tensor_writer_add (writer, name, parameter->n_dims, parameter->dims,
                               parameter->value,
                               reader->recipe->half_storage &&
                                   parameter->n_dims > 1);
    }
  facet_tensor_writer_add (writer, "mean", 1, &n, reader->mean, FALSE);
  facet_tensor_writer_add (writer, "deviation", 1, &n, reader->deviation,
                           FALSE);
  return facet_tensor_writer_save (writer, path, error);
}

static gboolean
read_tensor (FacetTensorFile *file,
             const gchar *name,
             gsize n_values,
             gfloat *values,
             GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (file, name);

  if (! tensor || tensor->n_values != n_values)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("the reader is damaged: “%s” does not fit"), name);
      return FALSE;
    }
  return facet_tensor_file_read (file, tensor, values, error);
}

FacetReader *
facet_reader_load (const gchar *path, GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, error);
  g_autoptr (FacetReader) reader = NULL;
  const gchar *text;

  if (! file)
    return NULL;
  text = facet_tensor_file_get_metadata (file, "recipe");
  if (g_strcmp0 (facet_tensor_file_get_metadata (file, "format"),
                 READER_FORMAT) != 0 ||
      ! text)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("“%s” is not a reader; facet train makes one of a recipe "
                      "with a group [reader]"),
                   path);
      return NULL;
    }
  reader = facet_reader_new (text, path, 1, error);
  if (! reader)
    return NULL;
  for (gint i = 0; i < nn_network_get_n_parameters (reader->network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (reader->network, i);
      g_autofree gchar *name =
          g_strdup_printf ("reader.%d.%s", parameter->layer, parameter->name);

      if (! read_tensor (file, name, parameter->n_values, parameter->value,
                         error))
        return NULL;
    }
  if (! read_tensor (file, "mean", reader->attributes->len, reader->mean,
                     error) ||
      ! read_tensor (file, "deviation", reader->attributes->len,
                     reader->deviation, error))
    return NULL;
  return g_steal_pointer (&reader);
}

/* --- reading ------------------------------------------------------------- */

gboolean
facet_reader_fits (const FacetReader *reader, NnShape shape)
{
  const NnShape own = reader->recipe->input_dim;

  return shape.channels == own.channels && shape.width % own.width == 0 &&
         shape.height % own.height == 0 &&
         shape.width / own.width == shape.height / own.height;
}

void
facet_reader_shrink (const FacetReader *reader,
                     NnShape shape,
                     gint batch,
                     const gfloat *crops,
                     gfloat *small)
{
  const NnShape own = reader->recipe->input_dim;
  const gint factor = shape.width / own.width;
  const gint row = shape.width * shape.channels;
  const gfloat share = 1.0f / (gfloat) (factor * factor);

  for (gint y = 0; y < batch * own.height; y++)
    for (gint x = 0; x < own.width; x++)
      for (gint c = 0; c < own.channels; c++)
        {
          const gfloat *from = crops + (gsize) y * factor * row +
                               x * factor * shape.channels + c;
          gfloat sum = 0.0f;

          for (gint i = 0; i < factor * factor; i++)
            sum += from[i / factor * row + i % factor * shape.channels];
          *small++ = sum * share;
        }
}

void
facet_reader_spread (const FacetReader *reader,
                     NnShape shape,
                     gint batch,
                     const gfloat *by_small,
                     gfloat *by_crops)
{
  const NnShape own = reader->recipe->input_dim;
  const gint factor = shape.width / own.width;
  const gfloat share = 1.0f / (gfloat) (factor * factor);
  const gsize size = (gsize) shape.height * shape.width * shape.channels;
  const gsize own_size = (gsize) own.height * own.width * own.channels;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < batch; b++)
    for (gint i = 0; i < shape.height * shape.width; i++)
      for (gint c = 0; c < shape.channels; c++)
        {
          const gint x = i % shape.width / factor;
          const gint y = i / shape.width / factor;

          by_crops[b * size + i * shape.channels + c] =
              share *
              by_small[b * own_size + (y * own.width + x) * own.channels + c];
        }
}

void
facet_reader_read (FacetReader *reader,
                   NnShape shape,
                   gint batch,
                   const gfloat *crops,
                   gdouble *values)
{
  const NnShape own = reader->recipe->input_dim;
  const gint n = (gint) reader->attributes->len;
  const gsize own_size = (gsize) own.height * own.width * own.channels;
  const gsize size = (gsize) shape.height * shape.width * shape.channels;
  g_autofree gfloat *small = g_new (gfloat, MAX_BATCH * own_size);
  g_autofree gfloat *outputs = g_new (gfloat, MAX_BATCH * n);

  if (! reader->plan)
    reader->plan = nn_plan_new (reader->network, MAX_BATCH);
  for (gint first = 0; first < batch; first += MAX_BATCH)
    {
      const gint n_now = MIN (MAX_BATCH, batch - first);

      facet_reader_shrink (reader, shape, n_now, crops + (gsize) first * size,
                           small);
      nn_plan_run (reader->plan, n_now, small, outputs);
      for (gint i = 0; i < n_now * n; i++)
        {
          const FacetAttribute *attribute =
              g_ptr_array_index (reader->attributes, i % n);

          values[first * n + i] = attribute->yes_no ?
                                      1.0 / (1.0 + exp (-outputs[i])) :
                                      reader->mean[i % n] +
                                          reader->deviation[i % n] * outputs[i];
        }
    }
}
