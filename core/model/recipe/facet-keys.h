/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recipe's text: one table says of each key where its value goes, what it may
 * hold and what it holds when it is left out; reading, writing and the errors
 * all follow it.
 */
#pragma once

#include <model/facet-recipe.h>

#define FACET_KEY_MAX_CHOICES 4

/* What lies at a key's offset. */
typedef enum
{
  FACET_VALUE_TEXT,        /* gchar *                                         */
  FACET_VALUE_CHOICE,      /* gint, an index into the choices                 */
  FACET_VALUE_FLAG,        /* gboolean                                        */
  FACET_VALUE_INTEGER,     /* gint                                            */
  FACET_VALUE_NUMBER,      /* gdouble                                         */
  FACET_VALUE_SHAPE,       /* NnShape                                         */
  FACET_VALUE_FILTERS,     /* FacetConvStack; before its other two, for they  */
  FACET_VALUE_KERNEL_SIZE, /* are as many                                     */
  FACET_VALUE_STRIDES
} FacetValueKind;

typedef struct
{
  const gchar    *group;
  const gchar    *key;
  FacetValueKind  kind;
  gsize           offset; /* in the recipe              */
  const gchar    *preset; /* NULL: the key must be there */
  gdouble         minimum;
  gdouble         maximum;
  const gchar    *choices[FACET_KEY_MAX_CHOICES];
  gint            n_minimum; /* of filters; 0: 1                     */
  gint            n_maximum; /* of filters; 0: FACET_MAX_CONV_LAYERS */
} FacetKey;

/* Keys of one group or more, those of a group side by side. */
typedef struct
{
  const FacetKey *keys;
  gsize           n;
} FacetKeys;

/* Fills @recipe, zero until then; what it holds after an error is for
 * facet_keys_clear (), too.  Errors (FACET_MODEL_ERROR_RECIPE) name the source,
 * the key, what it holds and what it may hold. */
gboolean  facet_keys_parse   (const FacetKeys  *keys,
                              const gchar      *text,
                              gssize            length,
                              const gchar      *source_name,
                              gpointer          recipe,
                              GError          **error);
/* The text that facet_keys_parse () reads back as the same recipe. */
gchar    *facet_keys_to_text (const FacetKeys  *keys,
                              gconstpointer     recipe);
/* Frees the texts in @recipe. */
void      facet_keys_clear   (const FacetKeys  *keys,
                              gpointer          recipe);
/* Whether @text is that of a recipe with @group: what it is a recipe of shows in
 * its groups. */
gboolean  facet_keys_are_in  (const gchar      *text,
                              const gchar      *group);
/* A recipe file's text. */
gchar    *facet_recipe_read  (const gchar      *path,
                              gsize            *length,
                              GError          **error);

/* The keys of FacetRecipe. */
const FacetKeys *facet_recipe_get_keys (void);
