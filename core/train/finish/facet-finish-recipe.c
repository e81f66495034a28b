/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <math.h>
#include "facet-finish-recipe.h"

#define GROUP "finish"
#define FILTERS "discriminator_conv_filters"

typedef struct
{
  const gchar *key;
  gsize offset;
  gboolean whole;
  gdouble preset;
  gdouble minimum;
  gdouble maximum;
} Key;

#define AT(member) G_STRUCT_OFFSET (FacetFinishRecipe, member)

/* clang-format off */
static const Key keys[] = {
  { "sharp", AT (sharp), FALSE, 0.5, 0, 100 },
  { "features", AT (features), FALSE, 1, 0, 100 },
  { "detail", AT (detail), FALSE, 0.5, 0, 1000 },
  { "reader", AT (reader), FALSE, 0.3, 0, 100 },
  { "learning_rate", AT (learning_rate), FALSE, 0.0002, 1e-9, 1 },
  { "discriminator_learning_rate", AT (discriminator_learning_rate), FALSE, 0.0002, 1e-9, 1 },
  { "weight_average", AT (weight_average), FALSE, 0.99, 0, 0.999999 },
  { "strength", AT (strength), FALSE, 1.0, 0.0, 2.0 },
  { "batch", AT (batch), TRUE, 16, 2, 512 },
  { "epochs", AT (epochs), TRUE, 4, 1, 100000 }
};
/* clang-format on */

/* What may change from one checkpoint to the next. */
static const gchar *const later[] = { "strength", "epochs" };

gboolean
facet_finish_is_recipe (const gchar *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  return g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE,
                                    NULL) &&
         g_key_file_has_group (file, GROUP);
}

static gboolean
refuse (const gchar *source_name,
        const gchar *key,
        const gchar *what,
        GError **error)
{
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("“%s”: “%s” in [%s] %s"), source_name, key, GROUP, what);
  return FALSE;
}

static gboolean
is_known (const gchar *name)
{
  gboolean known = g_str_equal (name, FILTERS);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    known = known || g_str_equal (name, keys[i].key);
  return known;
}

static gboolean
load_key (GKeyFile *file,
          const Key *key,
          FacetFinishRecipe *recipe,
          const gchar *source_name,
          GError **error)
{
  gpointer member = G_STRUCT_MEMBER_P (recipe, key->offset);
  gdouble value = key->preset;

  if (g_key_file_has_key (file, GROUP, key->key, NULL))
    {
      g_autoptr (GError) bad = NULL;
      g_autofree gchar *what = NULL;

      value = g_key_file_get_double (file, GROUP, key->key, &bad);
      what = g_strdup_printf (_ ("must be a number from %g to %g"),
                              key->minimum, key->maximum);
      if (bad || ! (value >= key->minimum && value <= key->maximum) ||
          (key->whole && value != floor (value)))
        return refuse (source_name, key->key, what, error);
    }
  if (key->whole)
    *(gint *) member = (gint) value;
  else
    *(gdouble *) member = value;
  return TRUE;
}

static gboolean
load_filters (GKeyFile *file,
              FacetFinishRecipe *recipe,
              const gchar *source_name,
              GError **error)
{
  static const gint preset[] = { 24, 48, 96, 128 };
  gsize n = G_N_ELEMENTS (preset);
  g_autofree gint *filters = g_memdup2 (preset, sizeof preset);

  if (g_key_file_has_key (file, GROUP, FILTERS, NULL))
    {
      g_free (filters);
      filters = g_key_file_get_integer_list (file, GROUP, FILTERS, &n, NULL);
    }
  for (gsize i = 0; i < n && filters; i++)
    if (filters[i] < 1 || filters[i] > 1024)
      n = 0;
  if (! filters || n < 2 || n > 6)
    return refuse (source_name, FILTERS,
                   _ ("must be 2 to 6 whole numbers from 1 to 1024, separated "
                      "by semicolons"),
                   error);
  recipe->discriminator.n = (gint) n;
  for (gsize i = 0; i < n; i++)
    recipe->discriminator.filters[i] = filters[i];
  return TRUE;
}

FacetFinishRecipe *
facet_finish_recipe_parse (const gchar *text,
                           const gchar *source_name,
                           GError **error)
{
  g_autoptr (FacetFinishRecipe) recipe = g_new0 (FacetFinishRecipe, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) names = NULL;

  if (! g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE,
                                   error))
    return NULL;
  names = g_key_file_get_keys (file, GROUP, NULL, error);
  for (gchar **name = names; name && *name; name++)
    if (! is_known (*name))
      {
        refuse (source_name, *name, _ ("is unknown"), error);
        return NULL;
      }
  for (gsize i = 0; names && i < G_N_ELEMENTS (keys); i++)
    if (! load_key (file, &keys[i], recipe, source_name, error))
      return NULL;
  if (! names || ! load_filters (file, recipe, source_name, error))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    g_key_file_remove_key (file, GROUP, later[i], NULL);
  recipe->text = g_key_file_to_data (file, NULL, NULL);
  return g_steal_pointer (&recipe);
}

void
facet_finish_recipe_free (FacetFinishRecipe *recipe)
{
  if (! recipe)
    return;
  g_free (recipe->text);
  g_free (recipe);
}
