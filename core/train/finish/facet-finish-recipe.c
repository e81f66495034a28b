/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <model/recipe/facet-keys.h>
#include "facet-finish-recipe.h"

#define AT(member) G_STRUCT_OFFSET (FacetFinishRecipe, member)
#define FINISH "finish"

/* clang-format off */
static const FacetKey table[] = {
  { FINISH, "discriminator_conv_filters", FACET_VALUE_FILTERS, AT (discriminator), "24;48;96;128", 1, 1024,
    .n_minimum = 2, .n_maximum = FACET_FINISH_MAX_LAYERS },
  { FINISH, "sharp", FACET_VALUE_NUMBER, AT (sharp), "0", 0, 100 },
  { FINISH, "features", FACET_VALUE_NUMBER, AT (features), "1", 0, 100 },
  { FINISH, "detail", FACET_VALUE_NUMBER, AT (detail), "24", 0, 1000 },
  { FINISH, "detail_gain", FACET_VALUE_NUMBER, AT (detail_gain), "1.7", 0, 10 },
  { FINISH, "half_detail_gain", FACET_VALUE_NUMBER, AT (half_detail_gain), "1.05", 0, 10 },
  { FINISH, "lit_detail", FACET_VALUE_NUMBER, AT (lit_detail), "65", 0, 1000 },
  { FINISH, "beside", FACET_VALUE_NUMBER, AT (beside), "1", 0, 1000 },
  { FINISH, "pattern", FACET_VALUE_NUMBER, AT (pattern), "50", 0, 100000 },
  { FINISH, "reader", FACET_VALUE_NUMBER, AT (reader), "2.2", 0, 100 },
  { FINISH, "learning_rate", FACET_VALUE_NUMBER, AT (learning_rate), "0.0003", 1e-9, 1 },
  { FINISH, "discriminator_learning_rate", FACET_VALUE_NUMBER, AT (discriminator_learning_rate), "0.0002", 1e-9, 1 },
  { FINISH, "lead", FACET_VALUE_INTEGER, AT (lead), "300", 0, 1000000 },
  { FINISH, "schedule", FACET_VALUE_CHOICE, AT (cosine_schedule), "cosine", 0, 0,
    { "constant", "cosine" } },
  { FINISH, "weight_average", FACET_VALUE_NUMBER, AT (weight_average), "0.998", 0, 0.999999 },
  { FINISH, "strength", FACET_VALUE_NUMBER, AT (strength), "1", 0, 2 },
  { FINISH, "batch", FACET_VALUE_INTEGER, AT (batch), "8", 2, 512 },
  { FINISH, "epochs", FACET_VALUE_INTEGER, AT (epochs), "6", 1, 100000 }
};
/* clang-format on */

static const FacetKeys keys = { table, G_N_ELEMENTS (table) };

/* What may change from one checkpoint to the next. */
static const gchar *const later[] = { "strength", "epochs" };

gboolean
facet_finish_is_recipe (const gchar *text)
{
  return facet_keys_are_in (text, FINISH);
}

static gchar *
without_later (const gchar *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    g_key_file_remove_key (file, FINISH, later[i], NULL);
  return g_key_file_to_data (file, NULL, NULL);
}

FacetFinishRecipe *
facet_finish_recipe_parse (const gchar *text,
                           const gchar *source_name,
                           GError **error)
{
  g_autoptr (FacetFinishRecipe) recipe = g_new0 (FacetFinishRecipe, 1);

  if (! facet_keys_parse (&keys, text, -1, source_name, recipe, error))
    return NULL;
  recipe->text = without_later (text);
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
