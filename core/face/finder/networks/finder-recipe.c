/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <model/recipe/facet-keys.h>
#include "finder-recipe.h"

#define MAX_FILTERS 256
#define MAX_STEPS 10000000
#define LEAKY_RELU_SLOPE 0.1f
#define BATCH_NORM_MOMENTUM 0.98f
#define BATCH_NORM_EPSILON 1e-3f

#define AT(member) G_STRUCT_OFFSET (FinderRecipe, member)
#define FINDER "finder"
#define TRAINING "training"

/* clang-format off */
static const FacetKey table[] = {
  { FINDER, "name", FACET_VALUE_TEXT, AT (name), NULL },
  { FINDER, "coarse_smallest", FACET_VALUE_INTEGER, AT (coarse_smallest), NULL, 6, 40 },
  { FINDER, "coarse_filters", FACET_VALUE_FILTERS, AT (coarse), NULL, 1, MAX_FILTERS },
  { FINDER, "coarse_strides", FACET_VALUE_STRIDES, AT (coarse), NULL, 1, 2 },
  { FINDER, "coarse_threshold", FACET_VALUE_NUMBER, AT (coarse_threshold), NULL, 0, 1 },
  { FINDER, "fine_side", FACET_VALUE_INTEGER, AT (fine.side), NULL, 16, 128 },
  { FINDER, "fine_span", FACET_VALUE_NUMBER, AT (fine.span), NULL, 1, 4 },
  { FINDER, "fine_filters", FACET_VALUE_FILTERS, AT (fine.stack), NULL, 1, MAX_FILTERS },
  { FINDER, "fine_strides", FACET_VALUE_STRIDES, AT (fine.stack), NULL, 1, 2 },
  { FINDER, "fine_units", FACET_VALUE_INTEGER, AT (fine.units), NULL, 1, 1024 },
  { FINDER, "points_side", FACET_VALUE_INTEGER, AT (points.side), NULL, 16, 128 },
  { FINDER, "points_span", FACET_VALUE_NUMBER, AT (points.span), NULL, 1, 4 },
  { FINDER, "points_filters", FACET_VALUE_FILTERS, AT (points.stack), NULL, 1, MAX_FILTERS },
  { FINDER, "points_strides", FACET_VALUE_STRIDES, AT (points.stack), NULL, 1, 2 },
  { FINDER, "points_units", FACET_VALUE_INTEGER, AT (points.units), NULL, 1, 1024 },
  { FINDER, "fine_threshold", FACET_VALUE_NUMBER, AT (fine_threshold), NULL, 0, 1 },
  { FINDER, "threshold", FACET_VALUE_NUMBER, AT (threshold), NULL, 0, 1 },

  { TRAINING, "coarse_steps", FACET_VALUE_INTEGER, AT (coarse_steps), NULL, 1, MAX_STEPS },
  { TRAINING, "coarse_batch", FACET_VALUE_INTEGER, AT (coarse_batch), NULL, 1, 1024 },
  { TRAINING, "fine_steps", FACET_VALUE_INTEGER, AT (fine_steps), NULL, 1, MAX_STEPS },
  { TRAINING, "fine_batch", FACET_VALUE_INTEGER, AT (fine_batch), NULL, 1, 4096 },
  { TRAINING, "points_steps", FACET_VALUE_INTEGER, AT (points_steps), NULL, 1, MAX_STEPS },
  { TRAINING, "bent_steps", FACET_VALUE_INTEGER, AT (bent_steps), "0", 0, MAX_STEPS },
  { TRAINING, "bent_by", FACET_VALUE_NUMBER, AT (bent_by), "0", 0, 0.2 },
  { TRAINING, "bent_eyes_from", FACET_VALUE_TEXT, AT (bent_eyes_from), "" },
  { TRAINING, "learning_rate", FACET_VALUE_NUMBER, AT (learning_rate), NULL, 1e-8, 1 },
  { TRAINING, "licence", FACET_VALUE_TEXT, AT (licence), "" },
  { TRAINING, "description", FACET_VALUE_TEXT, AT (description), "" }
};
/* clang-format on */

static const FacetKeys keys = { table, G_N_ELEMENTS (table) };

FinderRecipe *
finder_recipe_parse (const gchar *text,
                     gssize length,
                     const gchar *source_name,
                     GError **error)
{
  g_autoptr (FinderRecipe) recipe = g_new0 (FinderRecipe, 1);
  gint product = 1;

  if (! facet_keys_parse (&keys, text, length, source_name, recipe, error))
    return NULL;
  for (gint i = 0; i < recipe->coarse.n; i++)
    product *= recipe->coarse.strides[i];
  if (product != FINDER_CELL_PX)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s”: the product of “coarse_strides” in [%s] must be "
                      "%d"),
                   source_name, FINDER, FINDER_CELL_PX);
      return NULL;
    }
  return g_steal_pointer (&recipe);
}

FinderRecipe *
finder_recipe_load (const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  gsize length;
  g_autofree gchar *text = facet_recipe_read (path, &length, error);

  return text ? finder_recipe_parse (text, (gssize) length, shown, error) :
                NULL;
}

gchar *
finder_recipe_to_text (const FinderRecipe *recipe)
{
  return facet_keys_to_text (&keys, recipe);
}

void
finder_recipe_free (FinderRecipe *recipe)
{
  if (! recipe)
    return;
  facet_keys_clear (&keys, recipe);
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
add_stack (NnLayer *layers, const FacetConvStack *stack)
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
  NnLayer layers[3 * FACET_MAX_CONV_LAYERS + 1];
  gint n = add_stack (layers, &recipe->coarse);

  layers[n++] = (NnLayer) { .kind = NN_CONV_2D,
                            .filters = FINDER_COARSE_N,
                            .kernel = 3,
                            .stride = 1 };
  return nn_network_new ((NnShape) { height, width, 3 }, layers, n);
}

NnNetwork *
finder_recipe_new_eye (const FinderEye *eye)
{
  NnLayer layers[3 * FACET_MAX_CONV_LAYERS + 4];
  gint n = add_stack (layers, &eye->stack);

  layers[n++] = (NnLayer) { .kind = NN_DENSE, .filters = eye->units };
  n = add_norm (layers, n);
  layers[n++] = (NnLayer) { .kind = NN_DENSE, .filters = FINDER_FINE_N };
  return nn_network_new ((NnShape) { eye->side, eye->side, 3 }, layers, n);
}
