/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet find: boxes and points of all faces of photos.
 */
#include <face/finder/facet-finder.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include "../commands.h"

typedef struct
{
  gchar *csv;
  gchar *finder;
  gint smallest_px;
  gchar **photos;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv,
      N_ ("write to a file instead of standard output"), "FILE" },
    { "finder", 0, 0, G_OPTION_ARG_FILENAME, &options->finder,
      N_ ("its weights (default: finder)"), "MODEL" },
    { "smallest", 0, 0, G_OPTION_ARG_INT, &options->smallest_px,
      N_ ("width of the narrowest face to look for (default: 40)"), "PIXELS" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->photos,
      NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("PHOTO…"));

  g_option_context_add_main_entries (context, entries, "facet");
  if (! g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (! options->photos || options->smallest_px < 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           _ ("usage: facet find PHOTO… [--csv FILE] "
                              "[--smallest PIXELS] [--finder MODEL]"));
      return FALSE;
    }
  return TRUE;
}

static void
append_number (GString *csv, const gchar *format, gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (csv, ',');
  g_string_append (csv, g_ascii_formatd (text, sizeof text, format, number));
}

/* A field of RFC 4180. */
static void
append_quoted (GString *csv, const gchar *text)
{
  const gboolean quote = strpbrk (text, ",\"\n\r") != NULL;

  if (quote)
    g_string_append_c (csv, '"');
  for (; *text; text++)
    {
      if (*text == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *text);
    }
  if (quote)
    g_string_append_c (csv, '"');
}

static void
append_face (GString *csv,
             const gchar *photo,
             GdkPixbuf *pixbuf,
             const FacetFace *face)
{
  append_quoted (csv, photo);
  g_string_append_printf (csv, ",%d,%d,", gdk_pixbuf_get_width (pixbuf),
                          gdk_pixbuf_get_height (pixbuf));
  append_number (csv, "%.1f", face->x);
  append_number (csv, "%.1f", face->y);
  append_number (csv, "%.1f", face->width);
  append_number (csv, "%.1f", face->height);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      append_number (csv, "%.1f", face->points[i].x);
      append_number (csv, "%.1f", face->points[i].y);
    }
  append_number (csv, "%.4f", face->score);
  g_string_append_c (csv, '\n');
}

static gboolean
find_faces (FacetFinder *finder,
            const gchar *path,
            gint smallest_px,
            GString *csv,
            GError **error)
{
  g_autoptr (GdkPixbuf) stored = gdk_pixbuf_new_from_file (path, error);
  g_autoptr (GdkPixbuf) photo = NULL;
  g_autoptr (GArray) faces = NULL;

  if (! stored)
    return FALSE;
  photo = gdk_pixbuf_apply_embedded_orientation (stored);
  faces = facet_finder_find (finder, gdk_pixbuf_read_pixels (photo),
                             gdk_pixbuf_get_width (photo),
                             gdk_pixbuf_get_height (photo),
                             gdk_pixbuf_get_n_channels (photo),
                             (gsize) gdk_pixbuf_get_rowstride (photo),
                             smallest_px, error);
  for (guint i = 0; faces && i < faces->len; i++)
    append_face (csv, path, photo, &g_array_index (faces, FacetFace, i));
  return faces != NULL;
}

static int
find (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetFinder) finder = facet_finder_load (options->finder, &error);
  g_autoptr (GString) csv = g_string_new (
      "file,width,height,split,box_x,box_y,box_w,box_h,right_eye_x,"
      "right_eye_y,left_eye_x,left_eye_y,nose_x,nose_y,right_mouth_x,"
      "right_mouth_y,left_mouth_x,left_mouth_y,score\n");

  for (gchar **photo = options->photos; finder && *photo; photo++)
    if (! find_faces (finder, *photo, options->smallest_px, csv, &error))
      {
        g_prefix_error (&error, "%s: ", *photo);
        break;
      }
  if (! error && options->csv)
    g_file_set_contents (options->csv, csv->str, (gssize) csv->len, &error);
  if (error)
    {
      g_printerr ("facet find: %s\n", error->message);
      return EXIT_FAILED;
    }
  if (! options->csv)
    fputs (csv->str, stdout);
  return EXIT_DONE;
}

int
facet_command_find (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;

  if (parse_options (&argc, &argv, &options, &error))
    status = find (&options);
  else
    g_printerr ("facet find: %s\n", error->message);
  g_free (options.csv);
  g_free (options.finder);
  g_strfreev (options.photos);
  return status;
}
