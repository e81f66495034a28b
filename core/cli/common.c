/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands that read photos share: numbers from words, and a crop.
 */
#include <face/finder/facet-finder.h>
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

/* When babl starts it goes through all conversions that any program of the user
 * has needed: those of GIMP took a second and 350 MB (babl 0.1.112, AMD EPYC,
 * 2026), more than an edit.  The few of this program take nothing. */
void
facet_cli_init_babl (void)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_cache_dir (), "facet",
                                               NULL);

  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  babl_init ();
}

PhotoFile *
facet_cli_load_photo (const gchar *command, const gchar *path, GError **error)
{
  PhotoFile *photo = photo_file_load (path, error);

  if (photo && photo->damage)
    g_printerr (_ ("facet %s: warning: %s is cut off or damaged (%s); what is "
                   "missing of it is gray or coarse\n"),
                command, path, photo->damage);
  return photo;
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

static gboolean
parse_region (const gchar *region, FacetCrop *crop, GError **error)
{
  g_autoptr (GArray)
      numbers = facet_cli_parse_numbers ("--region", region, error);
  const gdouble *number;

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

static gboolean
parse_points (const gchar *text, FacetCrop *crop, GError **error)
{
  g_autoptr (GArray)
      numbers = facet_cli_parse_numbers ("--points", text, error);
  FacetPoint points[FACET_N_POINTS];

  if (! numbers)
    return FALSE;
  if (numbers->len != 2 * FACET_N_POINTS)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("--points: they are %d numbers, x and y of each point, "
                      "not %u"),
                   2 * FACET_N_POINTS, numbers->len);
      return FALSE;
    }
  for (gint i = 0; i < FACET_N_POINTS; i++)
    points[i] = (FacetPoint) { g_array_index (numbers, gdouble, 2 * i),
                               g_array_index (numbers, gdouble, 2 * i + 1) };
  if (facet_points_are_swapped (points))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           _ ("--points: right and left are swapped, or eyes "
                              "and mouth; the right eye is the one on the "
                              "left of an upright picture"));
      return FALSE;
    }
  *crop = facet_crop_from_points (points);
  return TRUE;
}

static GArray *
find_faces (FacetFinder *finder, const PhotoFile *photo, GError **error)
{
  const gsize n = (gsize) photo->width * photo->height;
  g_autofree guint8 *rgb = g_malloc (3 * n);

  babl_process (babl_fish (photo_file_get_format (photo),
                           babl_format ("R'G'B' u8")),
                photo->pixels, rgb, (glong) n);
  return facet_finder_find (finder, rgb, photo->width, photo->height, 3,
                            3 * (gsize) photo->width, 0, error);
}

static gboolean
choose_face (FacetFinder *finder,
             gint face,
             const PhotoFile *photo,
             FacetCrop *crop,
             GError **error)
{
  g_autoptr (GArray) faces = find_faces (finder, photo, error);

  if (! faces)
    return FALSE;
  if (face == 0 || faces->len == 0)
    face = 1 + facet_faces_choose (faces, 0, 0, photo->width, photo->height);
  if (face == 0)
    g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                         _ ("no face is found in the photo; say where it is "
                            "with --region or --points"));
  else if (face > (gint) faces->len)
    g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                 g_dngettext (GETTEXT_PACKAGE,
                              "there is only %u face in the photo",
                              "there are only %u faces in the photo",
                              faces->len),
                 faces->len);
  else
    {
      *crop = facet_crop_from_points (
          g_array_index (faces, FacetFace, face - 1).points);
      return TRUE;
    }
  return FALSE;
}

gboolean
facet_cli_choose_crop (const FacetCliPlace *place,
                       const PhotoFile *photo,
                       FacetCrop *crop,
                       GError **error)
{
  g_autoptr (FacetFinder) finder = NULL;
  g_autoptr (GError) problem = NULL;

  if (place->points)
    return parse_points (place->points, crop, error);
  if (place->region)
    return parse_region (place->region, crop, error);
  finder = facet_finder_load (NULL, &problem);
  if (finder)
    return choose_face (finder, place->face, photo, crop, error);
  if (g_error_matches (problem, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND))
    g_set_error_literal (
        error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND,
        _ ("the face finder is missing: say where the face is with --region, "
           "or install Facet again, so that finder.safetensors lies beside "
           "its models"));
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
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
