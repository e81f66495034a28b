/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can be edited, and by one dialog at a time.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "facet-layer-private.h"

/* --- what can be edited ------------------------------------------------- */

GimpItem *
facet_layer_find_locked (GimpItem *item)
{
  while (item != NULL && ! gimp_item_get_lock_content (item))
    item = gimp_item_get_parent (item);
  return item;
}

/* Whether the layers of @image, or of a group in it, have it; GIMP gives a
 * layer that is in none the image it was made for. */
static gboolean
is_in_image (GimpItem *item, GimpImage *image)
{
  g_autofree GimpLayer **layers = gimp_image_get_layers (image);
  GimpItem *parent;
  gboolean found = FALSE;

  while ((parent = gimp_item_get_parent (item)) != NULL)
    item = parent;
  for (gint i = 0; layers[i] != NULL && ! found; i++)
    found = GIMP_ITEM (layers[i]) == item;
  return found;
}

/* A script may say anything. */
static gboolean
check_image (GimpItem *item, GimpImage *image, GError **error)
{
  GimpImage *own = gimp_item_get_image (item);
  g_autofree gchar *name = NULL;

  if (own == image && is_in_image (item, image))
    return TRUE;
  name = gimp_item_get_name (item);
  g_set_error (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
               is_in_image (item, own) ?
                   _ ("“%s” is a layer of another image: name the image that "
                      "it is in.") :
                   _ ("“%s” is not in an image: insert it into its image "
                      "first."),
               name);
  return FALSE;
}

gboolean
facet_layer_check_drawable (GimpImage *image,
                            GimpDrawable *drawable,
                            GError **error)
{
  const gchar *message = NULL;
  GimpItem *locked;

  if (GIMP_IS_LAYER_MASK (drawable))
    message = _ ("Facet cannot edit a layer mask: select the layer itself.");
  else if (! GIMP_IS_LAYER (drawable))
    message = _ ("Facet edits layers, not channels: select a layer.");
  else if (gimp_item_is_group (GIMP_ITEM (drawable)))
    message = _ ("Facet cannot edit a layer group: select a layer in it.");
  else if (gimp_drawable_is_indexed (drawable))
    message = _ ("Facet cannot edit indexed colors: convert the image with "
                 "Image > Mode > RGB first.");
  if (message != NULL)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
                           message);
      return FALSE;
    }
  if (! check_image (GIMP_ITEM (drawable), image, error))
    return FALSE;

  locked = facet_layer_find_locked (GIMP_ITEM (drawable));
  if (locked != NULL)
    {
      g_autofree gchar *name = gimp_item_get_name (locked);

      g_set_error (
          error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_DRAWABLE,
          _ ("The pixels of “%s” are locked: unlock them in the Layers "
             "dialog first."),
          name);
      return FALSE;
    }
  return TRUE;
}

/* --- one dialog at a time ----------------------------------------------- */

static gchar *
parasite_name (GimpImage *image)
{
  return g_strdup_printf ("facet-preview-%d", gimp_image_get_id (image));
}

void
facet_layer_mark_busy (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);
  g_autofree gchar *process = g_strdup_printf ("%ld", (glong) getpid ());
  GimpParasite *parasite = gimp_parasite_new (name, 0, strlen (process) + 1,
                                              process);

  gimp_attach_parasite (parasite);
  gimp_parasite_free (parasite);
}

void
facet_layer_mark_idle (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);

  gimp_detach_parasite (name);
}

/* The process that shows a preview on @image, 0 if there is none. */
static glong
find_previewer (GimpImage *image)
{
  g_autofree gchar *name = parasite_name (image);
  GimpParasite *parasite = gimp_get_parasite (name);
  glong process = 0;

  if (parasite != NULL)
    {
      guint32 length;
      const gchar *data = gimp_parasite_get_data (parasite, &length);
      g_autofree gchar *text = g_strndup (data, length);

      process = strtol (text, NULL, 10);
      gimp_parasite_free (parasite);
    }
  return MAX (process, 0);
}

gboolean
facet_layer_check_idle (GimpImage *image, GError **error)
{
  const glong process = find_previewer (image);

  if (process == 0)
    return TRUE;
  if (kill ((pid_t) process, 0) == 0 || errno == EPERM)
    {
      g_set_error_literal (error, FACET_LAYER_ERROR, FACET_LAYER_ERROR_BUSY,
                           _ ("Facet is open for this image already: finish "
                              "there first."));
      return FALSE;
    }
  facet_layer_mark_idle (image);
  gimp_image_undo_thaw (image);
  return TRUE;
}
