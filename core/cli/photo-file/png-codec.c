/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PNG by libpng.  Palettes and fewer than 8 bits become 8-bit channels; what is
 * in the file beside pixels goes into the new one, except for EXIF and XMP,
 * which are written as metadata.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <png.h>
#include <string.h>
#include "codecs.h"

/* The read structure lives on: it holds the other chunks. */
typedef struct
{
  png_structp png;
  png_infop info;
} Source;

static void
on_error (png_structp png, png_const_charp message)
{
  GError **error = png_get_error_ptr (png);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("not a sound PNG file (%s)"), message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
}

void
photo_png_free_source (gpointer source)
{
  Source *png = source;

  png_destroy_read_struct (&png->png, &png->info, NULL);
  g_free (png);
}

/* --- reading ---------------------------------------------------------------
 */

static void
ask_for_whole_channels (png_structp png, png_infop info)
{
  png_set_expand (png);
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (png);
  png_set_interlace_handling (png);
  png_read_update_info (png, info);
}

/* Without a profile, numbers may say what the colours are. */
static void
read_numbers (PhotoFile *file, png_structp png, png_infop info)
{
  double gamma = 0, at[8];
  const gboolean has_gamma = png_get_gAMA (png, info, &gamma) != 0;
  const gboolean has_places = png_get_cHRM (png, info, &at[0], &at[1], &at[2],
                                            &at[3], &at[4], &at[5], &at[6],
                                            &at[7]) != 0;

  if (has_gamma || has_places)
    file->profile = photo_png_make_profile (gamma, has_places ? at : NULL,
                                            file->channels <= 2);
  file->profile_is_made = file->profile != NULL;
}

static void
read_profile (PhotoFile *file, png_structp png, png_infop info)
{
  png_charp name;
  int compression;
  png_bytep profile;
  png_uint_32 length;

  if (png_get_iCCP (png, info, &name, &compression, &profile, &length))
    file->profile = g_bytes_new (profile, length);
  else if (! png_get_valid (png, info, PNG_INFO_sRGB))
    read_numbers (file, png, info);
}

/* What libpng may jump out of: it has no variables of its own that matter
 * afterwards. */
static gboolean
read_all (PhotoFile *file, Source *source, FILE *stream, GError **error)
{
  png_structp png = source->png;
  png_infop info = source->info;

  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_init_io (png, stream);
  png_read_info (png, info);
  ask_for_whole_channels (png, info);
  if (! photo_file_allocate (file, png_get_image_width (png, info),
                             png_get_image_height (png, info),
                             png_get_channels (png, info),
                             png_get_bit_depth (png, info) / 8, error))
    return FALSE;
  for (int pass = png_set_interlace_handling (png); pass > 0; pass--)
    for (gint y = 0; y < file->height; y++)
      png_read_row (png, file->pixels + y * photo_file_get_stride (file), NULL);
  png_read_end (png, info);
  read_profile (file, png, info);
  return TRUE;
}

gboolean
photo_png_read (PhotoFile *file, FILE *stream, GError **error)
{
  Source *source = g_new0 (Source, 1);

  source->png = png_create_read_struct (PNG_LIBPNG_VER_STRING, error, on_error,
                                        on_warning);
  source->info = png_create_info_struct (source->png);
  file->source = source;
  return read_all (file, source, stream, error);
}

/* --- writing ---------------------------------------------------------------
 */

/* What photo-file.c writes as metadata. */
static gboolean
is_metadata (const gchar *key)
{
  return strcmp (key, "XML:com.adobe.xmp") == 0 ||
         g_str_has_prefix (key, "Raw profile type ");
}

static void
keep_texts (const Source *source, png_structp png, png_infop info)
{
  png_textp texts;
  int n = 0;

  png_get_text (source->png, source->info, &texts, &n);
  for (int i = 0; i < n; i++)
    if (! is_metadata (texts[i].key))
      png_set_text (png, info, &texts[i], 1);
}

static void
keep_chunks (const Source *source, png_structp png, png_infop info)
{
  png_uint_32 x, y;
  int unit, intent;
  double gamma, at[8];

  if (png_get_pHYs (source->png, source->info, &x, &y, &unit))
    png_set_pHYs (png, info, x, y, unit);
  if (png_get_sRGB (source->png, source->info, &intent))
    png_set_sRGB (png, info, intent);
  if (png_get_gAMA (source->png, source->info, &gamma))
    png_set_gAMA (png, info, gamma);
  if (png_get_cHRM (source->png, source->info, &at[0], &at[1], &at[2], &at[3],
                    &at[4], &at[5], &at[6], &at[7]))
    png_set_cHRM (png, info, at[0], at[1], at[2], at[3], at[4], at[5], at[6],
                  at[7]);
  keep_texts (source, png, info);
}

static gboolean
write_all (const PhotoFile *file, png_structp png, png_infop info, FILE *stream)
{
  static const int color_types[] = { PNG_COLOR_TYPE_GRAY,
                                     PNG_COLOR_TYPE_GRAY_ALPHA,
                                     PNG_COLOR_TYPE_RGB,
                                     PNG_COLOR_TYPE_RGB_ALPHA };

  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_init_io (png, stream);
  png_set_IHDR (png, info, file->width, file->height, 8 * file->depth_bytes,
                color_types[file->channels - 1], PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (file->source && file->kind == PHOTO_PNG)
    keep_chunks (file->source, png, info);
  if (file->profile && ! file->profile_is_made)
    png_set_iCCP (png, info, "ICC profile", 0,
                  g_bytes_get_data (file->profile, NULL),
                  g_bytes_get_size (file->profile));
  png_write_info (png, info);
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (png);
  for (gint y = 0; y < file->height; y++)
    png_write_row (png, file->pixels + y * photo_file_get_stride (file));
  png_write_end (png, info);
  return TRUE;
}

gboolean
photo_png_write (const PhotoFile *file, FILE *stream, GError **error)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, error,
                                             on_error, on_warning);
  png_infop info = png_create_info_struct (png);
  const gboolean written = write_all (file, png, info, stream);

  png_destroy_write_struct (&png, &info);
  return written;
}
