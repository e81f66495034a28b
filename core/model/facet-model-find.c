/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where models are found by name.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-model-private.h"

#define SUFFIX ".safetensors"
/* The face finder lies beside the models and is none. */
#define FINDER "finder"
/* From a program built in build/NAME/tests/core/ROOM to the project's root. */
#define MAX_FOLDERS_UP 6

static void
add_folder (GPtrArray *folders, gchar *folder)
{
  g_ptr_array_add (folders, folder);
}

/* The `weights` beside the running program; for one that was not installed also
 * those of the sources that it was built from. */
static void
add_folders_of_program (GPtrArray *folders)
{
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *folder = program ? g_path_get_dirname (program) : NULL;

  if (! folder)
    return;
  add_folder (folders, g_build_filename (folder, "weights", NULL));
  for (gint i = 0; i < MAX_FOLDERS_UP; i++)
    {
      g_autofree gchar *parent = g_path_get_dirname (folder);
      g_autofree gchar *sources = g_build_filename (parent, "core", "model",
                                                    "facet-model.h", NULL);

      if (g_file_test (sources, G_FILE_TEST_IS_REGULAR))
        add_folder (folders, g_build_filename (parent, "weights", NULL));
      g_free (folder);
      folder = g_steal_pointer (&parent);
    }
}

static GPtrArray *
list_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const gchar *variable = g_getenv ("FACET_WEIGHTS_PATH");
  g_auto (GStrv) named = g_strsplit (variable ? variable : "",
                                     G_SEARCHPATH_SEPARATOR_S, -1);

  for (gchar **folder = named; *folder; folder++)
    if (**folder)
      add_folder (folders, g_strdup (*folder));
  add_folder (folders, g_build_filename (g_get_user_data_dir (), "facet",
                                         "weights", NULL));
  add_folders_of_program (folders);
  add_folder (folders, g_strdup (FACET_WEIGHTS_FOLDER));
  return folders;
}

static gboolean
is_file (const gchar *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static void
add_models (GHashTable *names, const gchar *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *file;

  while (dir && (file = g_dir_read_name (dir)))
    {
      g_autofree gchar *path = g_build_filename (folder, file, NULL);

      if (g_str_has_suffix (file, SUFFIX) && strlen (file) > strlen (SUFFIX) &&
          ! g_str_equal (file, FINDER SUFFIX) &&
          g_utf8_validate (file, -1, NULL) && is_file (path))
        g_hash_table_add (names,
                          g_strndup (file, strlen (file) - strlen (SUFFIX)));
    }
  g_clear_pointer (&dir, g_dir_close);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

gchar **
facet_model_list (void)
{
  g_autoptr (GHashTable)
      names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) folders = list_folders ();
  g_autoptr (GPtrArray) sorted = NULL;
  GStrvBuilder *list = g_strv_builder_new ();
  gchar **result;

  for (guint i = 0; i < folders->len; i++)
    add_models (names, g_ptr_array_index (folders, i));
  sorted = g_hash_table_get_keys_as_ptr_array (names);
  g_ptr_array_sort (sorted, compare_names);
  for (guint i = 0; i < sorted->len; i++)
    g_strv_builder_add (list, g_ptr_array_index (sorted, i));
  result = g_strv_builder_end (list);
  g_strv_builder_unref (list);
  return result;
}

static void
fail_to_find (const gchar *name, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (name);
  g_auto (GStrv) models = facet_model_list ();
  g_autofree gchar *known = g_strjoinv (", ", models);

  if (*known)
    g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND,
                 _ ("there is no model “%s”; name a file or one of: %s"), shown,
                 known);
  else
    g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND,
                 _ ("there is no model “%s”; name a file, or put models into "
                    "“%s/facet/weights”"),
                 shown, g_get_user_data_dir ());
}

gchar *
facet_model_find (const gchar *name, GError **error)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  g_autofree gchar *file =
      g_strconcat (name, g_str_has_suffix (name, SUFFIX) ? "" : SUFFIX, NULL);

  for (guint i = 0; i < folders->len && ! strchr (name, G_DIR_SEPARATOR); i++)
    {
      g_autofree gchar *path = g_build_filename (g_ptr_array_index (folders, i),
                                                 file, NULL);

      if (*name && is_file (path))
        return g_steal_pointer (&path);
    }
  /* A folder or the like is found, too: loading it says what it is. */
  if (*name && g_file_test (name, G_FILE_TEST_EXISTS))
    return g_strdup (name);
  fail_to_find (name, error);
  return NULL;
}
