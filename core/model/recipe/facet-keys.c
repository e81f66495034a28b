/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <model/facet-model-private.h>
#include "facet-key-value.h"

/* Recipes are a page of text. */
#define MAX_BYTES (64 * 1024)

/* --- reading ----------------------------------------------------------------
 */

static gboolean
load_key (GKeyFile *file,
          const FacetKey *key,
          gpointer recipe,
          const gchar *source_name,
          GError **error)
{
  const gboolean there = g_key_file_has_key (file, key->group, key->key, NULL);
  g_autofree gchar *text = NULL;
  g_autofree gchar *allowed = NULL;
  g_autoptr (GError) syntax = NULL;

  if (! there && key->preset)
    return facet_key_parse (key, key->preset, recipe);
  text = g_key_file_get_string (file, key->group, key->key, &syntax);
  if (text && facet_key_parse (key, text, recipe))
    return TRUE;

  allowed = facet_key_describe (key);
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

static const FacetKey *
find_key (const FacetKeys *keys, const gchar *group, const gchar *name)
{
  for (gsize i = 0; i < keys->n; i++)
    if (g_str_equal (keys->keys[i].group, group) &&
        g_str_equal (keys->keys[i].key, name))
      return &keys->keys[i];
  return NULL;
}

/* "[model], [training]" */
static gchar *
list_groups (const FacetKeys *keys)
{
  g_autoptr (GString) list = g_string_new (NULL);
  const gchar *last = NULL;

  for (gsize i = 0; i < keys->n; i++)
    {
      const gchar *group = keys->keys[i].group;

      if (! last || ! g_str_equal (group, last))
        g_string_append_printf (list, "%s[%s]", last ? ", " : "", group);
      last = group;
    }
  return g_string_free_and_steal (g_steal_pointer (&list));
}

static gboolean
has_group (const FacetKeys *keys, const gchar *group)
{
  for (gsize i = 0; i < keys->n; i++)
    if (g_str_equal (keys->keys[i].group, group))
      return TRUE;
  return FALSE;
}

static gchar *
list_keys (const FacetKeys *keys, const gchar *group)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (gsize i = 0; i < keys->n; i++)
    if (g_str_equal (keys->keys[i].group, group))
      g_string_append_printf (list, "%s%s", list->len ? ", " : "",
                              keys->keys[i].key);
  return g_string_free_and_steal (g_steal_pointer (&list));
}

static gboolean
check_group (const FacetKeys *keys,
             GKeyFile *file,
             const gchar *group,
             const gchar *source_name,
             GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  if (! has_group (keys, group))
    {
      g_autofree gchar *known = list_groups (keys);

      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s”: unknown group [%s]; it may have: %s"), source_name,
                   group, known);
      return FALSE;
    }
  for (gchar **name = names; name && *name; name++)
    if (! find_key (keys, group, *name))
      {
        g_autofree gchar *known = list_keys (keys, group);

        g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                     _ ("“%s”: unknown key “%s” in [%s]; it may have: %s"),
                     source_name, *name, group, known);
        return FALSE;
      }
  return TRUE;
}

static gboolean
load_keys (const FacetKeys *keys,
           GKeyFile *file,
           const gchar *source_name,
           gpointer recipe,
           GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (gchar **group = groups; *group; group++)
    if (! check_group (keys, file, *group, source_name, error))
      return FALSE;
  for (gsize i = 0; i < keys->n; i++)
    if (! load_key (file, &keys->keys[i], recipe, source_name, error))
      return FALSE;
  return TRUE;
}

gboolean
facet_keys_parse (const FacetKeys *keys,
                  const gchar *text,
                  gssize length,
                  const gchar *source_name,
                  gpointer recipe,
                  GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) syntax = NULL;

  if (! g_utf8_validate (text, length, NULL))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s” is not a recipe: it is not text in UTF-8"),
                   source_name);
      return FALSE;
    }
  if (! g_key_file_load_from_data (file, text, (gsize) length, G_KEY_FILE_NONE,
                                   &syntax))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
                   _ ("“%s” is not a recipe: %s"), source_name,
                   syntax->message);
      return FALSE;
    }
  return load_keys (keys, file, source_name, recipe, error);
}

gboolean
facet_keys_are_in (const gchar *text, const gchar *group)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  return g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE,
                                    NULL) &&
         g_key_file_has_group (file, group);
}

gchar *
facet_recipe_read (const gchar *path, gsize *length, GError **error)
{
  gchar *text = NULL;

  if (! facet_file_check (path, MAX_BYTES, error) ||
      ! g_file_get_contents (path, &text, length, error))
    return NULL;
  return text;
}

void
facet_keys_clear (const FacetKeys *keys, gpointer recipe)
{
  for (gsize i = 0; i < keys->n; i++)
    if (keys->keys[i].kind == FACET_VALUE_TEXT)
      g_clear_pointer ((gchar **) G_STRUCT_MEMBER_P (recipe,
                                                     keys->keys[i].offset),
                       g_free);
}

/* --- writing ----------------------------------------------------------------
 */

gchar *
facet_keys_to_text (const FacetKeys *keys, gconstpointer recipe)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (gsize i = 0; i < keys->n; i++)
    {
      g_autofree gchar *text = facet_key_to_text (&keys->keys[i], recipe);

      g_key_file_set_string (file, keys->keys[i].group, keys->keys[i].key,
                             text);
    }
  return g_key_file_to_data (file, NULL, NULL);
}
