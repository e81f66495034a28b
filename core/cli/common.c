/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands that read photos share: numbers from words, and a crop.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include "commands.h"
#include "common.h"

int
facet_cli_fail (const gchar *command, const GError *error)
{
  g_printerr ("facet %s: %s\n", command, error->message);
  return EXIT_FAILED;
}

int
facet_cli_usage (const gchar *command, const GError *error)
{
  g_printerr ("facet %s: %s\n", command, error->message);
  return EXIT_USAGE;
}

GArray *
facet_cli_parse_numbers (const gchar *option, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gdouble));

  for (gchar **word = words; *word; word++)
    {
      gchar *end;
      const gdouble number = g_ascii_strtod (g_strstrip (*word), &end);

      if (end == *word || *end || ! isfinite (number))
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("%s: “%s” is not a number"), option, *word);
          g_array_unref (numbers);
          return NULL;
        }
      g_array_append_val (numbers, number);
    }
  return numbers;
}

gboolean
facet_cli_parse_region (const gchar *region,
                        const PhotoFile *photo,
                        FacetCrop *crop,
                        GError **error)
{
  g_autoptr (GArray) numbers = NULL;
  const gdouble *number;

  *crop = facet_crop_from_rectangle (0, 0, photo->width, photo->height);
  if (! region)
    return TRUE;
  numbers = facet_cli_parse_numbers ("--region", region, error);
  if (! numbers)
    return FALSE;
  number = (const gdouble *) numbers->data;
  if (numbers->len != 4 || number[2] <= 0 || number[3] <= 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("--region: “%s” is not X,Y,WIDTH,HEIGHT in pixels"),
                   region);
      return FALSE;
    }
  *crop = facet_crop_from_rectangle (number[0], number[1], number[2],
                                     number[3]);
  return TRUE;
}

FacetEdit *
facet_cli_edit_new (FacetModel *model,
                    const PhotoFile *photo,
                    const FacetCrop *crop,
                    GError **error)
{
  return facet_edit_new (model, photo_file_get_format (photo), photo->pixels,
                         photo->width, photo->height,
                         (gint) photo_file_get_stride (photo), crop, error);
}
