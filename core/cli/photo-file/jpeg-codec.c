/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JPEG by libjpeg.  What is not edited of a file that was a JPEG before keeps
 * its very coefficients, and what is gets its tables and sampling; comments and
 * the profile are kept, other metadata is not ours.
 */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <setjmp.h>
#include <unistd.h>
#include "codecs.h"
#include "jpeg-patch.h"

/* Of what was not a JPEG before. */
#define QUALITY 95

#define PROFILE_MARKER (JPEG_APP0 + 2)

typedef struct
{
  struct jpeg_error_mgr manager;
  jmp_buf jump;
  GError **error;
  char warning[JMSG_LENGTH_MAX]; /* the first */
} Catcher;

/* The decompressor lives on, unfinished, for finishing it would free its
 * tables, sampling and comments. */
typedef struct
{
  GBytes *bytes; /* the whole file */
  struct jpeg_decompress_struct jpeg;
  Catcher catcher;
} Source;

static void
on_error (j_common_ptr jpeg)
{
  Catcher *catcher = (Catcher *) jpeg->err;
  char message[JMSG_LENGTH_MAX];

  jpeg->err->format_message (jpeg, message);
  g_set_error (catcher->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("not a sound JPEG file (%s)"), message);
  longjmp (catcher->jump, 1);
}

/* By default libjpeg says no more than the first. */
static void
on_message (j_common_ptr jpeg)
{
  jpeg->err->format_message (jpeg, ((Catcher *) jpeg->err)->warning);
}

static struct jpeg_error_mgr *
catch_errors (Catcher *catcher, GError **error)
{
  jpeg_std_error (&catcher->manager);
  catcher->manager.error_exit = on_error;
  catcher->manager.output_message = on_message;
  catcher->error = error;
  catcher->warning[0] = '\0';
  return &catcher->manager;
}

void
photo_jpeg_free_source (gpointer source)
{
  Source *jpeg = source;

  jpeg_destroy_decompress (&jpeg->jpeg);
  g_bytes_unref (jpeg->bytes);
  g_free (jpeg);
}

/* --- reading ---------------------------------------------------------------
 */

static gboolean
choose_colors (j_decompress_ptr jpeg, GError **error)
{
  if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("a CMYK photo; convert it to RGB first"));
      return FALSE;
    }
  jpeg->out_color_space = jpeg->jpeg_color_space == JCS_GRAYSCALE ?
                              JCS_GRAYSCALE :
                              JCS_RGB;
  return TRUE;
}

static void
read_profile (PhotoFile *file, j_decompress_ptr jpeg)
{
  JOCTET *profile;
  unsigned int length;

  if (jpeg_read_icc_profile (jpeg, &profile, &length))
    {
      file->profile = g_bytes_new (profile, length);
      free (profile);
    }
}

/* What libjpeg says of the header and the profile is not about the pixels. */
static void
watch_for_damage (j_decompress_ptr jpeg)
{
  jpeg->err->num_warnings = 0;
  ((Catcher *) jpeg->err)->warning[0] = '\0';
}

/* A file that ends early is libjpeg's to judge. */
static GBytes *
read_bytes (FILE *stream)
{
  GByteArray *bytes = g_byte_array_new ();
  guint8 part[1 << 16];
  gsize n;

  while ((n = fread (part, 1, sizeof part, stream)) > 0)
    g_byte_array_append (bytes, part, n);
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
read_all (PhotoFile *file, Source *source, GError **error)
{
  j_decompress_ptr jpeg = &source->jpeg;

  if (setjmp (source->catcher.jump))
    return FALSE;
  jpeg_create_decompress (jpeg);
  jpeg_mem_src (jpeg, g_bytes_get_data (source->bytes, NULL),
                g_bytes_get_size (source->bytes));
  jpeg_save_markers (jpeg, JPEG_COM, 0xffff);
  jpeg_save_markers (jpeg, PROFILE_MARKER, 0xffff);
  jpeg_read_header (jpeg, TRUE);
  if (! choose_colors (jpeg, error) ||
      ! photo_file_allocate (file, jpeg->image_width, jpeg->image_height,
                             jpeg->out_color_space == JCS_RGB ? 3 : 1, 1,
                             error))
    return FALSE;
  read_profile (file, jpeg);
  jpeg->dct_method = JDCT_FLOAT; /* as GIMP, for the same pixels */
  watch_for_damage (jpeg);
  jpeg_start_decompress (jpeg);
  while (jpeg->output_scanline < jpeg->output_height)
    {
      JSAMPROW row = file->pixels +
                     jpeg->output_scanline * photo_file_get_stride (file);

      jpeg_read_scanlines (jpeg, &row, 1);
    }
  if (source->catcher.warning[0])
    file->damage = g_strdup (source->catcher.warning);
  return TRUE;
}

gboolean
photo_jpeg_read (PhotoFile *file, FILE *stream, GError **error)
{
  Source *source = g_new0 (Source, 1);

  source->bytes = read_bytes (stream);
  source->jpeg.err = catch_errors (&source->catcher, error);
  file->source = source;
  return read_all (file, source, error);
}

/* --- writing ---------------------------------------------------------------
 */

/* NULL where @file was not a JPEG. */
static Source *
get_source (const PhotoFile *file)
{
  return file->kind == PHOTO_JPEG ? file->source : NULL;
}

/* Not where the photo was turned onto its side. */
static gboolean
can_be_patched (const PhotoFile *file)
{
  const Source *source = get_source (file);

  return source && file->width == (gint) source->jpeg.image_width &&
         file->height == (gint) source->jpeg.image_height &&
         file->channels == source->jpeg.out_color_components;
}

static void
choose_quality (const PhotoFile *file, j_compress_ptr jpeg)
{
  Source *source = get_source (file);

  if (source)
    jpeg_copy_critical_parameters (&source->jpeg, jpeg);
  jpeg->image_width = file->width;
  jpeg->image_height = file->height;
  jpeg->input_components = file->channels;
  jpeg->in_color_space = file->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  if (source)
    return;
  jpeg_set_defaults (jpeg);
  jpeg_set_quality (jpeg, QUALITY, TRUE);
  for (gint i = 0; i < jpeg->num_components; i++)
    jpeg->comp_info[i].h_samp_factor = jpeg->comp_info[i].v_samp_factor = 1;
}

/* What is coded smallest, and in steps as it was. */
static void
choose_coding (const PhotoFile *file, j_compress_ptr jpeg)
{
  const Source *source = get_source (file);

  if (source && source->jpeg.progressive_mode)
    jpeg_simple_progression (jpeg);
  jpeg->optimize_coding = TRUE;
}

static void
write_profile_and_comments (const PhotoFile *file, j_compress_ptr jpeg)
{
  const Source *source = get_source (file);

  if (file->profile)
    jpeg_write_icc_profile (jpeg, g_bytes_get_data (file->profile, NULL),
                            g_bytes_get_size (file->profile));
  if (! source)
    return;
  for (jpeg_saved_marker_ptr marker = source->jpeg.marker_list; marker;
       marker = marker->next)
    if (marker->marker == JPEG_COM)
      jpeg_write_marker (jpeg, JPEG_COM, marker->data, marker->data_length);
}

static void
write_patched (const PhotoFile *file, j_compress_ptr jpeg, JpegPatch *patch)
{
  jpeg_patch_make (patch, get_source (file)->bytes, file, jpeg->err);
  jpeg_copy_critical_parameters (&patch->old, jpeg);
  choose_coding (file, jpeg);
  jpeg_write_coefficients (jpeg, patch->coefficients);
  write_profile_and_comments (file, jpeg);
}

static void
write_pixels (const PhotoFile *file, j_compress_ptr jpeg)
{
  choose_quality (file, jpeg);
  choose_coding (file, jpeg);
  jpeg_start_compress (jpeg, TRUE);
  write_profile_and_comments (file, jpeg);
  while (jpeg->next_scanline < jpeg->image_height)
    {
      JSAMPROW row = file->pixels +
                     jpeg->next_scanline * photo_file_get_stride (file);

      jpeg_write_scanlines (jpeg, &row, 1);
    }
}

/* @patch is NULL where all pixels are to be coded. */
static gboolean
write_all (const PhotoFile *file,
           JpegPatch *patch,
           j_compress_ptr jpeg,
           Catcher *catcher,
           FILE *stream)
{
  if (setjmp (catcher->jump))
    return FALSE;
  jpeg_create_compress (jpeg);
  jpeg_stdio_dest (jpeg, stream);
  if (patch)
    write_patched (file, jpeg, patch);
  else
    write_pixels (file, jpeg);
  jpeg_finish_compress (jpeg);
  return TRUE;
}

static gboolean
write_jpeg (const PhotoFile *file,
            JpegPatch *patch,
            FILE *stream,
            GError **error)
{
  struct jpeg_compress_struct jpeg = { 0 };
  Catcher catcher;
  gboolean written;

  jpeg.err = catch_errors (&catcher, error);
  written = write_all (file, patch, &jpeg, &catcher, stream);
  if (patch)
    jpeg_patch_clear (patch);
  jpeg_destroy_compress (&jpeg);
  return written;
}

/* Of a damaged file what it shows can be written, if not what is in it. */
gboolean
photo_jpeg_write (const PhotoFile *file, FILE *stream, GError **error)
{
  JpegPatch patch = { 0 };

  if (can_be_patched (file) && write_jpeg (file, &patch, stream, NULL))
    return TRUE;
  rewind (stream);
  if (ftruncate (fileno (stream), 0) != 0)
    {
      g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                           g_strerror (errno));
      return FALSE;
    }
  return write_jpeg (file, NULL, stream, error);
}
