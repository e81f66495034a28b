/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model's file: a tensor for each parameter, named encoder.LAYER.PARAMETER
 * and decoder.LAYER.PARAMETER (LAYER counts from 0), the latent space as
 * latents.mean, axes, sigma, low, high and directions, and as metadata:
 *
 *   format       facet-model-1
 *   recipe       the recipe's text
 *   directions   a key file: a group for each named direction, in the order of
 *                latents.directions, with label, unit, minimum, maximum
 *   training.…   notes
 *
 * The recipe says which tensors there must be; nothing is allocated for it
 * before the file has been seen to hold them.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "facet-model-private.h"
#include "facet-safetensors.h"
#include "recipe/facet-layers.h"

#define FORMAT "facet-model-"
#define VERSION 1
#define NOTE_PREFIX "training."
#define MAX_DIRECTIONS 256
/* Far more than any latent space has: larger numbers are damage. */
#define MAX_SIGMA 1e6
#define MAX_RANGE 1e3
/* Of an axis's length, which may have been stored as halves. */
#define LENGTH_TOLERANCE 0.01

typedef struct
{
  const gchar *path;
  FacetTensorFile *file;
  GHashTable *known; /* names of tensors that have a use */
} Loader;

static gboolean
wrong (const Loader *loader, GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
wrong (const Loader *loader, GError **error, const gchar *format, ...)
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

/* The tensor @name of shape @dims, or NULL. */
static const FacetTensor *
find_tensor (Loader *loader,
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
      wrong (loader, error, _ ("it lacks the tensor “%s”"), name);
      return NULL;
    }
  g_hash_table_add (loader->known, g_strdup (name));
  if (tensor->n_dims == n_dims &&
      memcmp (tensor->dims, dims, (gsize) n_dims * sizeof *dims) == 0)
    return tensor;
  is = dims_to_text (tensor->n_dims, tensor->dims);
  wanted = dims_to_text (n_dims, dims);
  wrong (loader, error, _ ("tensor “%s” has the shape %s, not %s"), name, is,
         wanted);
  return NULL;
}

static gchar *
parameter_name (const gchar *network, gint layer, const gchar *parameter)
{
  return g_strdup_printf ("%s.%d.%s", network, layer, parameter);
}

static gboolean
check_network (Loader *loader,
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
          g_autofree gchar *name = parameter_name (network, layer,
                                                   parameters[i].name);
          gint64 dims[4];

          for (gint d = 0; d < parameters[i].n_dims; d++)
            dims[d] = parameters[i].dims[d];
          if (! find_tensor (loader, name, parameters[i].n_dims, dims, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_networks (Loader *loader, const FacetRecipe *recipe, GError **error)
{
  FacetLayers layers;

  return facet_layers_of_encoder (recipe, loader->path, &layers, error) &&
         check_network (loader, "encoder", &layers, error) &&
         facet_layers_of_decoder (recipe, loader->path, &layers, error) &&
         check_network (loader, "decoder", &layers, error);
}

static gboolean
check_variances (Loader *loader, const FacetTensor *tensor, GError **error)
{
  g_autofree gfloat *values = g_new (gfloat, tensor->n_values);

  if (! facet_tensor_file_read (loader->file, tensor, values, error))
    return FALSE;
  for (gsize i = 0; i < tensor->n_values; i++)
    if (values[i] < 0)
      return wrong (loader, error, _ ("“%s” holds a negative variance"),
                    tensor->name);
  return TRUE;
}

static gboolean
check_values (Loader *loader, GError **error)
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

static const FacetTensor *
tensor_of_parameter (FacetTensorFile *file,
                     const gchar *part,
                     const NnParameter *parameter)
{
  g_autofree gchar *name = parameter_name (part, parameter->layer,
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

/* --- latent space -----------------------------------------------------------
 */

static gboolean
read_latent_tensor (Loader *loader,
                    const gchar *name,
                    gint n_dims,
                    const gint64 *dims,
                    gfloat *values,
                    GError **error)
{
  const FacetTensor *tensor = find_tensor (loader, name, n_dims, dims, error);

  return tensor && facet_tensor_file_read (loader->file, tensor, values, error);
}

static gboolean
check_axis (Loader *loader,
            const FacetLatents *latents,
            gint axis,
            GError **error)
{
  const gfloat *vector = latents->axes + (gsize) axis * latents->z_dim;
  gdouble length = 0;

  for (gint z = 0; z < latents->z_dim; z++)
    length += (gdouble) vector[z] * vector[z];
  if (fabs (length - 1.0) > 2 * LENGTH_TOLERANCE)
    return wrong (loader, error,
                  _ ("axis %d of its latent space is not of "
                     "length 1"),
                  axis + 1);
  if (! (latents->sigma[axis] > 0 && latents->sigma[axis] < MAX_SIGMA))
    return wrong (loader, error, _ ("σ of axis %d is %g"), axis + 1,
                  latents->sigma[axis]);
  if (latents->low[axis] > latents->high[axis] ||
      fabsf (latents->low[axis]) > MAX_RANGE ||
      fabsf (latents->high[axis]) > MAX_RANGE)
    return wrong (loader, error, _ ("the range of axis %d is %g to %g"),
                  axis + 1, latents->low[axis], latents->high[axis]);
  return TRUE;
}

static gboolean
read_axes (Loader *loader, FacetLatents *latents, GError **error)
{
  const gint64 dims[] = { latents->n_axes, latents->z_dim };

  if (! read_latent_tensor (loader, "latents.mean", 1, &dims[1], latents->mean,
                            error) ||
      ! read_latent_tensor (loader, "latents.axes", 2, dims, latents->axes,
                            error) ||
      ! read_latent_tensor (loader, "latents.sigma", 1, dims, latents->sigma,
                            error) ||
      ! read_latent_tensor (loader, "latents.low", 1, dims, latents->low,
                            error) ||
      ! read_latent_tensor (loader, "latents.high", 1, dims, latents->high,
                            error))
    return FALSE;
  for (gint axis = 0; axis < latents->n_axes; axis++)
    if (! check_axis (loader, latents, axis, error))
      return FALSE;
  return TRUE;
}

/* What --set can name: letters, digits and underscores, a letter first. */
static gboolean
is_direction_name (const gchar *name)
{
  if (! g_ascii_isalpha (*name))
    return FALSE;
  while (g_ascii_isalnum (*name) || *name == '_' || *name == '-')
    name++;
  return *name == '\0';
}

static gboolean
read_direction (Loader *loader,
                GKeyFile *file,
                const gchar *name,
                const gfloat *vector,
                FacetLatents *latents,
                GError **error)
{
  g_autofree gchar *label = g_key_file_get_string (file, name, "label", NULL);
  g_autofree gchar *unit = g_key_file_get_string (file, name, "unit", NULL);
  const gdouble minimum = g_key_file_get_double (file, name, "minimum", NULL);
  const gdouble maximum = g_key_file_get_double (file, name, "maximum", NULL);

  if (! is_direction_name (name) || ! label || ! *label)
    return wrong (loader, error,
                  _ ("direction “%s” has no proper name or "
                     "label"),
                  name);
  if (! (minimum < maximum && minimum >= -MAX_RANGE && maximum <= MAX_RANGE))
    return wrong (loader, error, _ ("the range of direction “%s” is %g to %g"),
                  name, minimum, maximum);
  facet_latents_append_direction (latents, name, label, unit, minimum, maximum,
                                  vector);
  return TRUE;
}

static gboolean
read_directions (Loader *loader, FacetLatents *latents, GError **error)
{
  const gchar *text = facet_tensor_file_get_metadata (loader->file,
                                                      "directions");
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gfloat *vectors = NULL;
  g_auto (GStrv) names = NULL;
  gint64 dims[] = { 0, latents->z_dim };

  if (! text)
    return TRUE;
  if (! g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE,
                                   NULL))
    return wrong (loader, error, _ ("its list of directions is damaged"));
  names = g_key_file_get_groups (file, NULL);
  dims[0] = g_strv_length (names);
  if (dims[0] < 1 || dims[0] > MAX_DIRECTIONS)
    return wrong (loader, error, _ ("its list of directions is damaged"));
  vectors = g_new (gfloat, dims[0] * dims[1]);
  if (! read_latent_tensor (loader, "latents.directions", 2, dims, vectors,
                            error))
    return FALSE;
  for (gint i = 0; i < dims[0]; i++)
    if (! read_direction (loader, file, names[i],
                          vectors + (gsize) i * latents->z_dim, latents, error))
      return FALSE;
  return TRUE;
}

static FacetLatents *
read_latents (Loader *loader, gint z_dim, GError **error)
{
  const FacetTensor *sigma = facet_tensor_file_lookup (loader->file,
                                                       "latents.sigma");
  g_autoptr (FacetLatents) latents = NULL;

  if (! sigma || sigma->n_dims != 1 || sigma->dims[0] < 1 ||
      sigma->dims[0] > z_dim)
    {
      wrong (loader, error,
             _ ("the tensor “latents.sigma” must have 1 to %d "
                "numbers"),
             z_dim);
      return NULL;
    }
  latents = facet_latents_new (z_dim, (gint) sigma->dims[0]);
  if (! read_axes (loader, latents, error) ||
      ! read_directions (loader, latents, error))
    return NULL;
  return g_steal_pointer (&latents);
}

/* --- load -------------------------------------------------------------------
 */

static FacetRecipe *
read_recipe (Loader *loader, GError **error)
{
  const gchar *format = facet_tensor_file_get_metadata (loader->file, "format");
  const gchar *text = facet_tensor_file_get_metadata (loader->file, "recipe");
  guint64 version;

  if (! format || ! g_str_has_prefix (format, FORMAT) ||
      ! g_ascii_string_to_unsigned (format + strlen (FORMAT), 10, 1, G_MAXINT,
                                    &version, NULL) ||
      ! text)
    {
      wrong (loader, error,
             _ ("it is a safetensors file of another program, or not a "
                "finished model"));
      return NULL;
    }
  if (version > VERSION)
    {
      wrong (loader, error, _ ("it was written by a newer Facet"));
      return NULL;
    }
  return facet_recipe_parse (text, -1, loader->path, error);
}

static gboolean
check_nothing_else (Loader *loader, GError **error)
{
  for (gint i = 0; i < facet_tensor_file_get_n (loader->file); i++)
    {
      const gchar *name = facet_tensor_file_get (loader->file, i)->name;

      if (! g_hash_table_contains (loader->known, name))
        return wrong (loader, error,
                      _ ("its recipe has no use for the tensor “%s”"), name);
    }
  return TRUE;
}

static void
read_notes (Loader *loader, FacetModel *model)
{
  g_autoptr (GPtrArray) keys = facet_tensor_file_list_metadata (loader->file);

  for (guint i = 0; i < keys->len; i++)
    {
      const gchar *key = g_ptr_array_index (keys, i);

      if (g_str_has_prefix (key, NOTE_PREFIX))
        facet_model_set_note (model, key + strlen (NOTE_PREFIX),
                              facet_tensor_file_get_metadata (loader->file,
                                                              key));
    }
}

static FacetModel *
load (Loader *loader, GError **error)
{
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (FacetRecipe) recipe = read_recipe (loader, error);
  g_autoptr (FacetLatents) latents = NULL;

  if (! recipe || ! check_networks (loader, recipe, error))
    return NULL;
  latents = read_latents (loader, recipe->z_dim, error);
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
  Loader loader = { .path = path, .file = file, .known = known };
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

/* --- save -------------------------------------------------------------------
 */

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
      g_autofree gchar *name = parameter_name (part, parameter->layer,
                                               parameter->name);

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
      g_autofree gchar *name = g_strconcat (NOTE_PREFIX, key, NULL);

      facet_tensor_writer_set_metadata (writer, name,
                                        facet_model_get_note (model, key));
    }
}

gboolean
facet_model_save (FacetModel *model, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autofree gchar *format = g_strdup_printf ("%s%d", FORMAT, VERSION);
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
