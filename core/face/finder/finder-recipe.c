/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recipe is read by one table of its numbers; each has its range there.
 */
#include <glib/gi18n-lib.h>
#include <model/facet-recipe.h>
#include <stddef.h>
#include "finder-recipe.h"

#define MAX_FILTERS 256
#define LEAKY_RELU_SLOPE 0.1f
#define BATCH_NORM_MOMENTUM 0.98f
#define BATCH_NORM_EPSILON 1e-3f

typedef struct
{
  const gchar *group;
  const gchar *key;
  gsize offset;
  gboolean integer;
  gdouble minimum;
  gdouble maximum;
} Number;

#define INTEGER(group, key, minimum, maximum) \
  { group, #key, offsetof (FinderRecipe, key), TRUE, minimum, maximum }
#define REAL(group, key, minimum, maximum) \
  { group, #key, offsetof (FinderRecipe, key), FALSE, minimum, maximum }

static const Number numbers[] = {
  INTEGER ("finder", coarse_smallest, 6, 40),
  REAL ("finder", coarse_threshold, 0, 1),
  INTEGER ("finder", fine_side, 16, 128),
  REAL ("finder", fine_span, 1, 4),
  INTEGER ("finder", fine_units, 1, 1024),
  INTEGER ("finder", points_shared, 0, FINDER_MAX_CONVOLUTIONS),
  REAL ("finder", fine_threshold, 0, 1),
  REAL ("finder", threshold, 0, 1),
  INTEGER ("training", coarse_steps, 1, 10000000),
  INTEGER ("training", coarse_batch, 1, 1024),
  INTEGER ("training", fine_steps, 1, 10000000),
  INTEGER ("training", fine_batch, 1, 4096),
  INTEGER ("training", points_steps, 1, 10000000),
  REAL ("training", learning_rate, 1e-8, 1),
};

/* --- reading -----------------------------------------------------------------
 */

static gboolean
fail (GError **error,
      const gchar *source_name,
      const gchar *group,
      const gchar *key,
      const gchar *may_hold)
{
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("%s: “%s” in [%s] is missing or wrong; it must be %s"),
               source_name, key, group, may_hold);
  return FALSE;
}

static gboolean
read_number (GKeyFile *file,
             const gchar *source_name,
             const Number *number,
             FinderRecipe *recipe,
             GError **error)
{
  g_autoptr (GError) none = NULL;
  const gdouble value = g_key_file_get_double (file, number->group, number->key,
                                               &none);
  gpointer place = (guint8 *) recipe + number->offset;

  if (none || ! (value >= number->minimum && value <= number->maximum) ||
      (number->integer && value != (gint) value))
    {
      g_autofree gchar *range =
          g_strdup_printf (number->integer ?
                               _ ("a whole number from %g to %g") :
                               _ ("a number from %g to %g"),
                           number->minimum, number->maximum);

      return fail (error, source_name, number->group, number->key, range);
    }
  if (number->integer)
    *(gint *) place = (gint) value;
  else
    *(gdouble *) place = value;
  return TRUE;
}

static gboolean
read_list (GKeyFile *file,
           const gchar *source_name,
           const gchar *key,
           gint maximum,
           gint *n,
           gint *values,
           GError **error)
{
  gsize length = 0;
  g_autofree gint *list = g_key_file_get_integer_list (file, "finder", key,
                                                       &length, NULL);
  gboolean good = list && length >= 1 && length <= FINDER_MAX_CONVOLUTIONS &&
                  (*n == 0 || (gint) length == *n);

  for (gsize i = 0; good && i < length; i++)
    {
      values[i] = list[i];
      good = list[i] >= 1 && list[i] <= maximum;
    }
  if (! good)
    {
      g_autofree gchar *range = g_strdup_printf (
          _ ("up to %d whole numbers from 1 to %d, as many filters as strides"),
          FINDER_MAX_CONVOLUTIONS, maximum);

      return fail (error, source_name, "finder", key, range);
    }
  *n = (gint) length;
  return TRUE;
}

static gboolean
read_stacks (GKeyFile *file,
             const gchar *source_name,
             FinderRecipe *recipe,
             GError **error)
{
  gint product = 1;

  if (! read_list (file, source_name, "coarse_filters", MAX_FILTERS,
                   &recipe->coarse.n, recipe->coarse.filters, error) ||
      ! read_list (file, source_name, "coarse_strides", 2, &recipe->coarse.n,
                   recipe->coarse.strides, error) ||
      ! read_list (file, source_name, "fine_filters", MAX_FILTERS,
                   &recipe->fine.n, recipe->fine.filters, error) ||
      ! read_list (file, source_name, "fine_strides", 2, &recipe->fine.n,
                   recipe->fine.strides, error))
    return FALSE;
  for (gint i = 0; i < recipe->coarse.n; i++)
    product *= recipe->coarse.strides[i];
  return product == FINDER_CELL_PX ||
         fail (error, source_name, "finder", "coarse_strides",
               _ ("numbers whose product is 4"));
}

FinderRecipe *
finder_recipe_parse (const gchar *text,
                     gssize length,
                     const gchar *source_name,
                     GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (FinderRecipe) recipe = g_new0 (FinderRecipe, 1);
  g_autoptr (GError) cause = NULL;

  if (! g_key_file_load_from_data (file, text,
                                   length < 0 ? (gsize) -1 : (gsize) length,
                                   G_KEY_FILE_NONE, &cause))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("%s is not a recipe: %s"), source_name, cause->message);
      return NULL;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (! read_number (file, source_name, &numbers[i], recipe, error))
      return NULL;
  if (! read_stacks (file, source_name, recipe, error))
    return NULL;
  recipe->name = g_key_file_get_string (file, "finder", "name", NULL);
  recipe->licence = g_key_file_get_string (file, "training", "licence", NULL);
  recipe->description = g_key_file_get_string (file, "training", "description",
                                               NULL);
  if (! recipe->name)
    {
      fail (error, source_name, "finder", "name", _ ("a word"));
      return NULL;
    }
  return g_steal_pointer (&recipe);
}

FinderRecipe *
finder_recipe_load (const gchar *path, GError **error)
{
  g_autofree gchar *text = NULL;
  gsize length;

  if (! g_file_get_contents (path, &text, &length, error))
    return NULL;
  return finder_recipe_parse (text, (gssize) length, path, error);
}

gchar *
finder_recipe_to_text (const FinderRecipe *recipe)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const FinderStack *coarse = &recipe->coarse;
  const FinderStack *fine = &recipe->fine;

  g_key_file_set_string (file, "finder", "name", recipe->name);
  g_key_file_set_integer_list (file, "finder", "coarse_filters",
                               (gint *) coarse->filters, (gsize) coarse->n);
  g_key_file_set_integer_list (file, "finder", "coarse_strides",
                               (gint *) coarse->strides, (gsize) coarse->n);
  g_key_file_set_integer_list (file, "finder", "fine_filters",
                               (gint *) fine->filters, (gsize) fine->n);
  g_key_file_set_integer_list (file, "finder", "fine_strides",
                               (gint *) fine->strides, (gsize) fine->n);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      const Number *number = &numbers[i];
      gconstpointer place = (const guint8 *) recipe + number->offset;

      if (number->integer)
        g_key_file_set_integer (file, number->group, number->key,
                                *(const gint *) place);
      else
        g_key_file_set_double (file, number->group, number->key,
                               *(const gdouble *) place);
    }
  if (recipe->licence)
    g_key_file_set_string (file, "training", "licence", recipe->licence);
  if (recipe->description)
    g_key_file_set_string (file, "training", "description",
                           recipe->description);
  return g_key_file_to_data (file, NULL, NULL);
}

void
finder_recipe_free (FinderRecipe *recipe)
{
  if (! recipe)
    return;
  g_free (recipe->name);
  g_free (recipe->licence);
  g_free (recipe->description);
  g_free (recipe);
}

/* --- networks ----------------------------------------------------------------
 */

/* Batch norm and leaky ReLU after what has just been added. */
static gint
add_norm (NnLayer *layers, gint n)
{
  layers[n++] = (NnLayer) { .kind = NN_BATCH_NORM,
                            .momentum = BATCH_NORM_MOMENTUM,
                            .epsilon = BATCH_NORM_EPSILON };
  layers[n++] = (NnLayer) { .kind = NN_LEAKY_RELU, .slope = LEAKY_RELU_SLOPE };
  return n;
}

static gint
add_stack (NnLayer *layers, const FinderStack *stack)
{
  gint n = 0;

  for (gint i = 0; i < stack->n; i++)
    {
      layers[n++] = (NnLayer) { .kind = NN_CONV_2D,
                                .filters = stack->filters[i],
                                .kernel = 3,
                                .stride = stack->strides[i] };
      n = add_norm (layers, n);
    }
  return n;
}

NnNetwork *
finder_recipe_new_coarse (const FinderRecipe *recipe, gint height, gint width)
{
  NnLayer layers[3 * FINDER_MAX_CONVOLUTIONS + 1];
  gint n = add_stack (layers, &recipe->coarse);

  layers[n++] = (NnLayer) { .kind = NN_CONV_2D,
                            .filters = FINDER_COARSE_N,
                            .kernel = 3,
                            .stride = 1 };
  return nn_network_new ((NnShape) { height, width, 3 }, layers, n);
}

NnNetwork *
finder_recipe_new_fine (const FinderRecipe *recipe)
{
  NnLayer layers[3 * FINDER_MAX_CONVOLUTIONS + 4];
  gint n = add_stack (layers, &recipe->fine);

  layers[n++] = (NnLayer) { .kind = NN_DENSE, .filters = recipe->fine_units };
  n = add_norm (layers, n);
  layers[n++] = (NnLayer) { .kind = NN_DENSE, .filters = FINDER_FINE_N };
  return nn_network_new ((NnShape) { recipe->fine_side, recipe->fine_side, 3 },
                         layers, n);
}

/* A convolution, its batch norm and its activation are three layers. */
gint
finder_recipe_get_shared_layers (const FinderRecipe *recipe)
{
  return 3 * recipe->points_shared;
}
