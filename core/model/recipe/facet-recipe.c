/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One table says of each key where it goes, what it may hold and what it holds
 * when it is left out; reading, writing and the errors all follow it.
 */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-model-private.h>
#include <stdlib.h>
#include "facet-layers.h"

/* Recipes are a page of text. */
#define MAX_BYTES (64 * 1024)
#define MAX_CHOICES 4

typedef enum
{
  VALUE_TEXT,
  VALUE_CHOICE,
  VALUE_FLAG,
  VALUE_INTEGER,
  VALUE_NUMBER,
  VALUE_SHAPE,
  VALUE_FILTERS,
  VALUE_KERNEL_SIZE,
  VALUE_STRIDES
} ValueKind;

typedef struct
{
  const gchar *group;
  const gchar *key;
  ValueKind kind;
  gsize offset;        /* in FacetRecipe              */
  const gchar *preset; /* NULL: the key must be there */
  gdouble minimum;
  gdouble maximum;
  const gchar *choices[MAX_CHOICES];
} Key;

#define AT(member) G_STRUCT_OFFSET (FacetRecipe, member)
#define MODEL "model"
#define TRAINING "training"

/* clang-format off */
static const Key keys[] = {
  { MODEL, "name", VALUE_TEXT, AT (name), NULL },
  { MODEL, "kind", VALUE_CHOICE, AT (kind), NULL, 0, 0, { "AE", "VAE" } },
  { MODEL, "input_dim", VALUE_SHAPE, AT (input_dim), NULL, 1, FACET_MAX_SIDE },
  { MODEL, "encoder_conv_filters", VALUE_FILTERS, AT (encoder), NULL, 1, 2048 },
  { MODEL, "encoder_conv_kernel_size", VALUE_KERNEL_SIZE, AT (encoder), NULL, 1, 31 },
  { MODEL, "encoder_conv_strides", VALUE_STRIDES, AT (encoder), NULL, 1, 16 },
  { MODEL, "z_dim", VALUE_INTEGER, AT (z_dim), NULL, 1, FACET_MAX_Z_DIM },
  { MODEL, "decoder_conv_t_filters", VALUE_FILTERS, AT (decoder), NULL, 1, 2048 },
  { MODEL, "decoder_conv_t_kernel_size", VALUE_KERNEL_SIZE, AT (decoder), NULL, 1, 31 },
  { MODEL, "decoder_conv_t_strides", VALUE_STRIDES, AT (decoder), NULL, 1, 16 },
  { MODEL, "use_batch_norm", VALUE_FLAG, AT (use_batch_norm), "false" },
  { MODEL, "use_dropout", VALUE_FLAG, AT (use_dropout), "false" },
  { MODEL, "order", VALUE_CHOICE, AT (batch_norm_first), "activation;batch_norm", 0, 0,
    { "activation;batch_norm", "batch_norm;activation" } },
  { MODEL, "leaky_relu_slope", VALUE_NUMBER, AT (leaky_relu_slope), "0.3", 0, 1 },
  { MODEL, "batch_norm_momentum", VALUE_NUMBER, AT (batch_norm_momentum), "0.99", 0, 1 },
  { MODEL, "batch_norm_epsilon", VALUE_NUMBER, AT (batch_norm_epsilon), "0.001", 1e-10, 1 },
  { MODEL, "dropout_rate", VALUE_NUMBER, AT (dropout_rate), "0.25", 0, 0.95 },

  { TRAINING, "loss", VALUE_CHOICE, AT (loss), "mse", 0, 0,
    { "mse", "book-vae", "optimal-sigma" } },
  { TRAINING, "reconstruction_weight", VALUE_NUMBER, AT (reconstruction_weight), "10000", 1e-6, 1e9 },
  { TRAINING, "divergence_weight", VALUE_NUMBER, AT (divergence_weight), "1", 0, 1e6 },
  { TRAINING, "face_weight", VALUE_NUMBER, AT (face_weight), "1", 0.01, 100 },
  { TRAINING, "start", VALUE_CHOICE, AT (start), "random", 0, 0, { "random", "principal" } },
  { TRAINING, "learning_rate", VALUE_NUMBER, AT (learning_rate), "0.0005", 1e-9, 1 },
  { TRAINING, "schedule", VALUE_CHOICE, AT (cosine_schedule), "constant", 0, 0,
    { "constant", "cosine" } },
  { TRAINING, "warm_up", VALUE_INTEGER, AT (warm_up), "0", 0, 100000 },
  { TRAINING, "weight_average", VALUE_NUMBER, AT (weight_average), "0", 0, 0.999999 },
  { TRAINING, "batch", VALUE_INTEGER, AT (batch), "32", 1, 1024 },
  { TRAINING, "epochs", VALUE_INTEGER, AT (epochs), "200", 1, 100000 },
  { TRAINING, "mirror", VALUE_FLAG, AT (mirror), "false" },
  { TRAINING, "rotate", VALUE_NUMBER, AT (rotate_degrees), "0", 0, 180 },
  { TRAINING, "scale", VALUE_NUMBER, AT (scale), "0", 0, 0.5 },
  { TRAINING, "shift", VALUE_NUMBER, AT (shift), "0", 0, 0.5 },
  { TRAINING, "light", VALUE_NUMBER, AT (light), "0", 0, 1 },
  { TRAINING, "color", VALUE_CHOICE, AT (color_only), "all", 0, 0, { "all", "only" } },
  { TRAINING, "directions", VALUE_TEXT, AT (directions), "" },
  { TRAINING, "storage", VALUE_CHOICE, AT (half_storage), "float", 0, 0,
    { "float", "half" } },
  { TRAINING, "licence", VALUE_TEXT, AT (licence), "" },
  { TRAINING, "description", VALUE_TEXT, AT (description), "" }
};
/* clang-format on */

G_DEFINE_QUARK (facet - model - error - quark, facet_model_error)

/* --- what a key may hold ----------------------------------------------------
 */

/* The shortest text that reads back as @number. */
static gchar *
number_to_text (gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  gchar format[8];

  for (gint digits = 1; digits <= 17; digits++)
    {
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        break;
    }
  return g_strdup (text);
}

static gchar *
describe_allowed (const Key *key)
{
  g_autofree gchar *minimum = number_to_text (key->minimum);
  g_autofree gchar *maximum = number_to_text (key->maximum);
  g_autofree gchar *choices = g_strjoinv (_ (" or "), (gchar **) key->choices);

  switch (key->kind)
    {
    case VALUE_CHOICE:
      return g_steal_pointer (&choices);
    case VALUE_FLAG:
      return g_strdup (_ ("true or false"));
    case VALUE_INTEGER:
      return g_strdup_printf (_ ("a whole number from %s to %s"), minimum,
                              maximum);
    case VALUE_NUMBER:
      return g_strdup_printf (_ ("a number from %s to %s"), minimum, maximum);
    case VALUE_SHAPE:
      return g_strdup_printf (
          _ ("height;width;channels: %s to %s pixels a side, 1 or 3 channels"),
          minimum, maximum);
    case VALUE_FILTERS:
      return g_strdup_printf (_ ("1 to %d whole numbers from %s to %s, "
                                 "separated by semicolons"),
                              FACET_MAX_CONV_LAYERS, minimum, maximum);
    case VALUE_KERNEL_SIZE:
    case VALUE_STRIDES:
      return g_strdup_printf (_ ("as many whole numbers as there are filters, "
                                 "from %s to %s, separated by semicolons"),
                              minimum, maximum);
    case VALUE_TEXT:
      break;
    }
  return g_strdup (_ ("a text that is not empty"));
}

/* --- reading ----------------------------------------------------------------
 */

/* Returns how many numbers there are, -1 where one is wrong or too many. */
static gint
parse_integers (const Key *key, const gchar *text, gint *numbers, gint maximum)
{
  g_auto (GStrv) words = g_strsplit (text, ";", -1);
  gint n = (gint) g_strv_length (words);

  if (n > 1 && *g_strstrip (words[n - 1]) == '\0')
    n--;
  if (n > maximum)
    return -1;
  for (gint i = 0; i < n; i++)
    {
      gint64 number;

      if (! g_ascii_string_to_signed (g_strstrip (words[i]), 10,
                                      (gint64) key->minimum,
                                      (gint64) key->maximum, &number, NULL))
        return -1;
      numbers[i] = (gint) number;
    }
  return n;
}

static gboolean
parse_number (const Key *key, const gchar *text, gdouble *number)
{
  gchar *end;

  *number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*number) &&
         *number >= key->minimum && *number <= key->maximum;
}

static gboolean
parse_choice (const Key *key, const gchar *text, gint *choice)
{
  for (gint i = 0; i < MAX_CHOICES && key->choices[i]; i++)
    if (g_str_equal (text, key->choices[i]))
      {
        *choice = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_flag (const gchar *text, gboolean *flag)
{
  *flag = g_str_equal (text, "true");
  return *flag || g_str_equal (text, "false");
}

static gboolean
parse_shape (const Key *key, const gchar *text, NnShape *shape)
{
  gint numbers[3];

  if (parse_integers (key, text, numbers, 3) != 3)
    return FALSE;
  *shape = (NnShape) { numbers[0], numbers[1], numbers[2] };
  return shape->channels == 1 || shape->channels == 3;
}

/* The filters come first: they say how many layers there are. */
static gboolean
parse_stack (const Key *key, const gchar *text, FacetConvStack *stack)
{
  gint *numbers = key->kind == VALUE_FILTERS     ? stack->filters :
                  key->kind == VALUE_KERNEL_SIZE ? stack->kernel_size :
                                                   stack->strides;
  const gint n = parse_integers (key, text, numbers, FACET_MAX_CONV_LAYERS);

  if (key->kind == VALUE_FILTERS)
    stack->n = n;
  return n > 0 && n == stack->n;
}

static gboolean
parse_value (const Key *key, const gchar *text, FacetRecipe *recipe)
{
  gpointer member = G_STRUCT_MEMBER_P (recipe, key->offset);
  gint number[1];

  switch (key->kind)
    {
    case VALUE_TEXT:
      *(gchar **) member = g_strdup (text);
      return key->preset || *text;
    case VALUE_CHOICE:
      return parse_choice (key, text, member);
    case VALUE_FLAG:
      return parse_flag (text, member);
    case VALUE_INTEGER:
      if (parse_integers (key, text, number, 1) != 1)
        return FALSE;
      *(gint *) member = *number;
      return TRUE;
    case VALUE_NUMBER:
      return parse_number (key, text, member);
    case VALUE_SHAPE:
      return parse_shape (key, text, member);
    case VALUE_FILTERS:
    case VALUE_KERNEL_SIZE:
    case VALUE_STRIDES:
      return parse_stack (key, text, member);
    }
  return FALSE;
}

static gboolean
load_key (GKeyFile *file,
          const Key *key,
          FacetRecipe *recipe,
          const gchar *source_name,
          GError **error)
{
  const gboolean there = g_key_file_has_key (file, key->group, key->key, NULL);
  g_autofree gchar *text = NULL;
  g_autofree gchar *allowed = NULL;
  g_autoptr (GError) syntax = NULL;

  if (! there && key->preset)
    return parse_value (key, key->preset, recipe);
  text = g_key_file_get_string (file, key->group, key->key, &syntax);
  if (text && parse_value (key, text, recipe))
    return TRUE;

  allowed = describe_allowed (key);
  if (! there)
    g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                 _ ("“%s”: [%s] lacks the key “%s”; it must be %s"),
                 source_name, key->group, key->key, allowed);
  else
    g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                 _ ("“%s”: “%s” in [%s] is “%s”; it must be %s"), source_name,
                 key->key, key->group, text ? text : syntax->message, allowed);
  return FALSE;
}

static const Key *
find_key (const gchar *group, const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group) && g_str_equal (keys[i].key, name))
      return &keys[i];
  return NULL;
}

static gchar *
list_keys (const gchar *group)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group))
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", keys[i].key);
  return g_string_free_and_steal (g_steal_pointer (&list));
}

static gboolean
check_group (GKeyFile *file,
             const gchar *group,
             const gchar *source_name,
             GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  if (! g_str_equal (group, MODEL) && ! g_str_equal (group, TRAINING))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s”: unknown group [%s]; a recipe has [%s] and [%s]"),
                   source_name, group, MODEL, TRAINING);
      return FALSE;
    }
  for (gchar **name = names; name && *name; name++)
    if (! find_key (group, *name))
      {
        g_autofree gchar *known = list_keys (group);

        g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                     _ ("“%s”: unknown key “%s” in [%s]; it may have: %s"),
                     source_name, *name, group, known);
        return FALSE;
      }
  return TRUE;
}

static gboolean
load_keys (GKeyFile *file,
           FacetRecipe *recipe,
           const gchar *source_name,
           GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (gchar **group = groups; *group; group++)
    if (! check_group (file, *group, source_name, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (! load_key (file, &keys[i], recipe, source_name, error))
      return FALSE;
  return TRUE;
}

FacetRecipe *
facet_recipe_load (const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autofree gchar *text = NULL;
  gsize length;

  if (! facet_file_check (path, MAX_BYTES, error) ||
      ! g_file_get_contents (path, &text, &length, error))
    return NULL;
  return facet_recipe_parse (text, (gssize) length, shown, error);
}

FacetRecipe *
facet_recipe_parse (const gchar *text,
                    gssize length,
                    const gchar *source_name,
                    GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (FacetRecipe) recipe = g_new0 (FacetRecipe, 1);
  g_autoptr (GError) syntax = NULL;
  FacetLayers layers;

  if (! g_utf8_validate (text, length, NULL))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s” is not a recipe: it is not text in UTF-8"),
                   source_name);
      return NULL;
    }
  if (! g_key_file_load_from_data (file, text, (gsize) length, G_KEY_FILE_NONE,
                                   &syntax))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s” is not a recipe: %s"), source_name,
                   syntax->message);
      return NULL;
    }
  if (! load_keys (file, recipe, source_name, error) ||
      ! facet_layers_of_encoder (recipe, source_name, &layers, error) ||
      ! facet_layers_of_decoder (recipe, source_name, &layers, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

void
facet_recipe_free (FacetRecipe *recipe)
{
  if (! recipe)
    return;
  g_free (recipe->name);
  g_free (recipe->directions);
  g_free (recipe->licence);
  g_free (recipe->description);
  g_free (recipe);
}

/* --- writing ----------------------------------------------------------------
 */

static gchar *
integers_to_text (const gint *numbers, gint n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ";" : "", numbers[i]);
  return g_string_free_and_steal (g_steal_pointer (&text));
}

static gchar *
value_to_text (const Key *key, const FacetRecipe *recipe)
{
  gconstpointer member = G_STRUCT_MEMBER_P (recipe, key->offset);
  const FacetConvStack *stack = member;
  const NnShape *shape = member;

  switch (key->kind)
    {
    case VALUE_TEXT:
      return g_strdup (*(gchar *const *) member);
    case VALUE_CHOICE:
      return g_strdup (key->choices[*(const gint *) member]);
    case VALUE_FLAG:
      return g_strdup (*(const gboolean *) member ? "true" : "false");
    case VALUE_INTEGER:
      return integers_to_text (member, 1);
    case VALUE_NUMBER:
      return number_to_text (*(const gdouble *) member);
    case VALUE_SHAPE:
      return g_strdup_printf ("%d;%d;%d", shape->height, shape->width,
                              shape->channels);
    case VALUE_FILTERS:
      return integers_to_text (stack->filters, stack->n);
    case VALUE_KERNEL_SIZE:
      return integers_to_text (stack->kernel_size, stack->n);
    case VALUE_STRIDES:
      return integers_to_text (stack->strides, stack->n);
    }
  return NULL;
}

gchar *
facet_recipe_to_text (const FacetRecipe *recipe)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree gchar *text = value_to_text (&keys[i], recipe);

      g_key_file_set_string (file, keys[i].group, keys[i].key, text);
    }
  return g_key_file_to_data (file, NULL, NULL);
}
