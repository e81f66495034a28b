/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loading and saving as GIMP does: the codec by what is in the file, the
 * photo turned upright, the metadata by exiv2.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include "codecs.h"

static gboolean
fail_errno (GError **error, const gchar *what, const gchar *path)
{
  const int number = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), what,
               path, g_strerror (number));
  return FALSE;
}

/* --- the photo in memory ---------------------------------------------------
 */

PhotoFile *
photo_file_new (gint width, gint height, gint channels, gint depth_bytes)
{
  PhotoFile *file = g_new0 (PhotoFile, 1);

  photo_file_allocate (file, width, height, channels, depth_bytes, NULL);
  return file;
}

gboolean
photo_file_allocate (PhotoFile *file,
                     gint width,
                     gint height,
                     gint channels,
                     gint depth_bytes,
                     GError **error)
{
  const gsize row = (gsize) width * channels * depth_bytes;

  file->width = width;
  file->height = height;
  file->channels = channels;
  file->depth_bytes = depth_bytes;
  file->pixels = g_try_malloc0_n (height, row);
  if (file->pixels)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               _ ("there is not enough memory for %d × %d pixels"), width,
               height);
  return FALSE;
}

static void
free_source (PhotoFile *file)
{
  if (file->source && file->kind == PHOTO_PNG)
    photo_png_free_source (file->source);
  else if (file->source)
    photo_jpeg_free_source (file->source);
  file->source = NULL;
}

void
photo_file_free (PhotoFile *file)
{
  free_source (file);
  g_clear_object (&file->metadata);
  g_clear_pointer (&file->profile, g_bytes_unref);
  g_free (file->damage);
  g_free (file->pixels);
  g_free (file);
}

gsize
photo_file_get_stride (const PhotoFile *file)
{
  return (gsize) file->width * file->channels * file->depth_bytes;
}

/* A profile that babl does not understand counts as none, as in GIMP. */
const Babl *
photo_file_get_format (const PhotoFile *file)
{
  static const gchar *encodings[4][2] = { { "Y' u8", "Y' u16" },
                                          { "Y'A u8", "Y'A u16" },
                                          { "R'G'B' u8", "R'G'B' u16" },
                                          { "R'G'B'A u8", "R'G'B'A u16" } };
  const gchar *problem = NULL;
  const Babl *space = NULL;

  if (file->profile)
    space = babl_space_from_icc (g_bytes_get_data (file->profile, NULL),
                                 g_bytes_get_size (file->profile),
                                 BABL_ICC_INTENT_RELATIVE_COLORIMETRIC,
                                 &problem);
  return babl_format_with_space (
      encodings[file->channels - 1][file->depth_bytes - 1], space);
}

/* --- upright ---------------------------------------------------------------
 */

/* Where in a @width × @height photo the pixel @x, @y of the upright one is. */
static gsize
find_pixel (GExiv2Orientation orientation,
            gint width,
            gint height,
            gint x,
            gint y)
{
  const gboolean swapped = orientation >= GEXIV2_ORIENTATION_ROT_90_HFLIP;
  const gboolean from_right = orientation == GEXIV2_ORIENTATION_HFLIP ||
                              orientation == GEXIV2_ORIENTATION_ROT_180 ||
                              orientation == GEXIV2_ORIENTATION_ROT_90_VFLIP ||
                              orientation == GEXIV2_ORIENTATION_ROT_270;
  const gboolean from_below = orientation == GEXIV2_ORIENTATION_ROT_180 ||
                              orientation == GEXIV2_ORIENTATION_VFLIP ||
                              orientation == GEXIV2_ORIENTATION_ROT_90 ||
                              orientation == GEXIV2_ORIENTATION_ROT_90_VFLIP;
  const gint column = swapped ? y : x;
  const gint row = swapped ? x : y;

  return (gsize) (from_below ? height - 1 - row : row) * width +
         (from_right ? width - 1 - column : column);
}

static gboolean
turn_upright (PhotoFile *file, GExiv2Orientation orientation, GError **error)
{
  const gboolean swapped = orientation >= GEXIV2_ORIENTATION_ROT_90_HFLIP;
  const gint width = file->width, height = file->height;
  const gsize bytes = file->channels * file->depth_bytes;
  g_autofree guint8 *old = file->pixels;
  guint8 *out;

  if (! photo_file_allocate (file, swapped ? height : width,
                             swapped ? width : height, file->channels,
                             file->depth_bytes, error))
    return FALSE;
  out = file->pixels;
  for (gint y = 0; y < file->height; y++)
    for (gint x = 0; x < file->width; x++, out += bytes)
      memcpy (out, old + bytes * find_pixel (orientation, width, height, x, y),
              bytes);
  return TRUE;
}

/* --- metadata --------------------------------------------------------------
 */

/* The old thumbnail would show the face as it was. */
static gboolean
read_metadata (PhotoFile *file, const gchar *path, GError **error)
{
  g_autoptr (GExiv2Metadata) metadata = gexiv2_metadata_new ();
  GExiv2Orientation orientation;

  if (! gexiv2_metadata_open_path (metadata, path, NULL) ||
      ! (gexiv2_metadata_has_exif (metadata) ||
         gexiv2_metadata_has_xmp (metadata) ||
         gexiv2_metadata_has_iptc (metadata)))
    return TRUE;
  gexiv2_metadata_try_erase_exif_thumbnail (metadata, NULL);
  orientation = gexiv2_metadata_try_get_orientation (metadata, NULL);
  if (orientation > GEXIV2_ORIENTATION_NORMAL &&
      orientation <= GEXIV2_ORIENTATION_ROT_270)
    {
      if (! turn_upright (file, orientation, error))
        return FALSE;
      gexiv2_metadata_try_set_orientation (metadata, GEXIV2_ORIENTATION_NORMAL,
                                           NULL);
      gexiv2_metadata_try_set_metadata_pixel_width (metadata, file->width,
                                                    NULL);
      gexiv2_metadata_try_set_metadata_pixel_height (metadata, file->height,
                                                     NULL);
    }
  file->metadata = g_steal_pointer (&metadata);
  return TRUE;
}

/* --- loading ---------------------------------------------------------------
 */

static gboolean
read_pixels (PhotoFile *file, FILE *stream, GError **error)
{
  static const guint8 png[] = { 0x89, 'P', 'N', 'G' };
  static const guint8 jpeg[] = { 0xff, 0xd8, 0xff };
  guint8 start[4] = { 0 };
  const gsize n = fread (start, 1, sizeof start, stream);

  rewind (stream);
  if (n == sizeof start && memcmp (start, png, sizeof png) == 0)
    {
      file->kind = PHOTO_PNG;
      return photo_png_read (file, stream, error);
    }
  if (n == sizeof start && memcmp (start, jpeg, sizeof jpeg) == 0)
    {
      file->kind = PHOTO_JPEG;
      return photo_jpeg_read (file, stream, error);
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("neither a PNG nor a JPEG file; save it as one of "
                          "them first"));
  return FALSE;
}

PhotoFile *
photo_file_load (const gchar *path, GError **error)
{
  g_autoptr (PhotoFile) file = g_new0 (PhotoFile, 1);
  FILE *stream = g_fopen (path, "rb");
  gboolean done;

  if (! stream)
    {
      fail_errno (error, _ ("cannot open “%s”: %s"), path);
      return NULL;
    }
  done = read_pixels (file, stream, error) && read_metadata (file, path, error);
  fclose (stream);
  if (done)
    return g_steal_pointer (&file);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

/* --- saving ----------------------------------------------------------------
 */

static gboolean
get_kind (const gchar *path, PhotoKind *kind)
{
  g_autofree gchar *lower = g_ascii_strdown (path, -1);

  *kind = g_str_has_suffix (lower, ".png") ? PHOTO_PNG : PHOTO_JPEG;
  return g_str_has_suffix (lower, ".png") || g_str_has_suffix (lower, ".jpg") ||
         g_str_has_suffix (lower, ".jpeg");
}

gboolean
photo_file_check_name (const gchar *path, GError **error)
{
  PhotoKind kind;

  if (get_kind (path, &kind))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
               _ ("“%s” does not end in .png, .jpg or .jpeg"), path);
  return FALSE;
}

/* The photo as 8 bit without alpha; itself where it is that already. */
static PhotoFile *
get_flat (PhotoFile *file, GError **error)
{
  PhotoFile *flat;

  if (file->channels == 2 || file->channels == 4)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("the photo has transparency, which a JPEG cannot "
                              "keep; write a .png"));
      return NULL;
    }
  if (file->depth_bytes == 1)
    return file;
  flat = photo_file_new (file->width, file->height, file->channels, 1);
  flat->profile = file->profile ? g_bytes_ref (file->profile) : NULL;
  babl_process (babl_fish (photo_file_get_format (file),
                           photo_file_get_format (flat)),
                file->pixels, flat->pixels, (glong) file->width * file->height);
  return flat;
}

static gboolean
write_pixels (PhotoFile *file, PhotoKind kind, FILE *stream, GError **error)
{
  PhotoFile *flat;
  gboolean written;

  if (kind == PHOTO_PNG)
    return photo_png_write (file, stream, error);
  flat = get_flat (file, error);
  written = flat && photo_jpeg_write (flat, stream, error);
  if (flat && flat != file)
    photo_file_free (flat);
  return written;
}

static gboolean
write_metadata (PhotoFile *file, const gchar *path, GError **error)
{
  return ! file->metadata ||
         gexiv2_metadata_save_file (file->metadata, path, error);
}

static gboolean
fail_to_write (GError **error, const gchar *path)
{
  return fail_errno (error, _ ("cannot write “%s”: %s"), path);
}

static gboolean
flush_to_disk (const gchar *temporary, const gchar *path, GError **error)
{
  const int descriptor = g_open (temporary, O_RDWR, 0);
  const gboolean flushed = descriptor >= 0 && fsync (descriptor) == 0;

  if (! flushed)
    fail_to_write (error, path);
  if (descriptor >= 0)
    close (descriptor);
  return flushed;
}

static gboolean
write_temporary (PhotoFile *file,
                 PhotoKind kind,
                 const gchar *temporary,
                 const gchar *path,
                 GError **error)
{
  const int descriptor = g_open (temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
  FILE *stream = descriptor >= 0 ? fdopen (descriptor, "wb") : NULL;
  gboolean written;

  if (! stream)
    return fail_to_write (error, path);
  written = write_pixels (file, kind, stream, error);
  if (written && fflush (stream) != 0)
    written = fail_to_write (error, path);
  fclose (stream);
  return written && write_metadata (file, temporary, error) &&
         flush_to_disk (temporary, path, error);
}

gboolean
photo_file_save (PhotoFile *file, const gchar *path, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *name = g_path_get_basename (path);
  g_autofree gchar *temporary = g_strdup_printf ("%s/.%s.%d.part", folder, name,
                                                 (gint) getpid ());
  PhotoKind kind;

  if (! photo_file_check_name (path, error) || ! get_kind (path, &kind))
    return FALSE;
  if (write_temporary (file, kind, temporary, path, error))
    {
      if (g_rename (temporary, path) == 0)
        return TRUE;
      fail_to_write (error, path);
    }
  g_unlink (temporary);
  return FALSE;
}
