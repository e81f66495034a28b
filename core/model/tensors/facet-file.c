/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <model/facet-model-private.h>

gboolean
facet_file_check (const gchar *path, gint64 max_bytes, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  GStatBuf status;

  if (g_stat (path, &status) != 0)
    {
      const int number = errno;

      g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
                   _ ("“%s” cannot be read: %s"), shown, g_strerror (number));
      return FALSE;
    }
  if (! S_ISREG (status.st_mode))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("“%s” is a folder or a device, not a file"), shown);
      return FALSE;
    }
  if (status.st_size > max_bytes)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE,
                   _ ("“%s” is too large: it has more than %.0f bytes"), shown,
                   (gdouble) max_bytes);
      return FALSE;
    }
  return TRUE;
}
