/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Data sets are read whole before training starts: at 64 × 64 a hundred
 * thousand colour faces take 1.2 GB, and an epoch then never waits for a file.
 * The idx format is that of http://yann.lecun.com/exdb/mnist/.
 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "facet-csv.h"
#include "facet-data.h"

/* Without a CSV one photo in this many is kept for validation. */
#define VALIDATION_ONE_IN 20
/* Mean difference of a photo's largest and smallest channel, in 8-bit levels,
 * under which it counts as gray: JPEG leaves about one level of chroma. */
#define GRAY_LEVELS 3.0
/* Three dimensions of unsigned bytes. */
#define IDX_IMAGES_MAGIC 0x00000803u
#define IDX_HEADER_BYTES 16
#define IDX_MAX_SIDE 4096

typedef struct
{
  gchar *name;
  FacetSplit split;
  const FacetCsv *csv; /* NULL where none says more of it */
  guint row;
} Photo;

struct _FacetData
{
  NnShape shape;
  gboolean color_only;
  GArray *photos;
  GByteArray *pixels;
  GPtrArray *skipped;
  GPtrArray *csvs; /* of FacetCsv */
};

static void
photo_clear (gpointer photo)
{
  g_free (((Photo *) photo)->name);
}

static guint
photo_size (const FacetData *data)
{
  return (guint) (data->shape.height * data->shape.width *
                  data->shape.channels);
}

FacetData *
facet_data_new (NnShape shape, gboolean color_only)
{
  FacetData *data = g_new0 (FacetData, 1);

  data->shape = shape;
  data->color_only = color_only;
  data->photos = g_array_new (FALSE, TRUE, sizeof (Photo));
  g_array_set_clear_func (data->photos, photo_clear);
  data->pixels = g_byte_array_new ();
  data->skipped = g_ptr_array_new_with_free_func (g_free);
  data->csvs = g_ptr_array_new_with_free_func ((GDestroyNotify) facet_csv_free);
  return data;
}

void
facet_data_free (FacetData *data)
{
  if (! data)
    return;
  g_array_unref (data->photos);
  g_byte_array_unref (data->pixels);
  g_ptr_array_unref (data->skipped);
  g_ptr_array_unref (data->csvs);
  g_free (data);
}

NnShape
facet_data_get_shape (const FacetData *data)
{
  return data->shape;
}

gint
facet_data_get_n (const FacetData *data)
{
  return (gint) data->photos->len;
}

const guint8 *
facet_data_get_pixels (const FacetData *data, gint index)
{
  return data->pixels->data + (gsize) index * photo_size (data);
}

const gchar *
facet_data_get_name (const FacetData *data, gint index)
{
  return g_array_index (data->photos, Photo, index).name;
}

FacetSplit
facet_data_get_split (const FacetData *data, gint index)
{
  return g_array_index (data->photos, Photo, index).split;
}

const gchar *
facet_data_get_field (const FacetData *data, gint index, const gchar *column)
{
  const Photo *photo = &g_array_index (data->photos, Photo, index);

  return photo->csv ?
             facet_csv_get (photo->csv, photo->row,
                            facet_csv_get_column (photo->csv, column)) :
             NULL;
}

GPtrArray *
facet_data_get_skipped (const FacetData *data)
{
  return data->skipped;
}

GArray *
facet_data_select (const FacetData *data, FacetSplit split)
{
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint i = 0; i < facet_data_get_n (data); i++)
    if (facet_data_get_split (data, i) == split)
      g_array_append_val (indices, i);
  return indices;
}

gchar *
facet_data_get_digest (const FacetData *data)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, data->pixels->data, data->pixels->len);
  for (gint i = 0; i < facet_data_get_n (data); i++)
    {
      const guchar split = (guchar) facet_data_get_split (data, i);
      const gchar *name = facet_data_get_name (data, i);

      g_checksum_update (checksum, (const guchar *) name,
                         (gssize) strlen (name) + 1);
      g_checksum_update (checksum, &split, 1);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/* --- splits -------------------------------------------------------------- */

static const gchar *const split_names[FACET_N_SPLITS] = { "train", "validation",
                                                          "test" };

const gchar *
facet_split_get_name (FacetSplit split)
{
  return split_names[split];
}

gboolean
facet_split_parse (const gchar *name, FacetSplit *split)
{
  for (gint i = 0; i < FACET_N_SPLITS; i++)
    if (g_ascii_strcasecmp (name, split_names[i]) == 0)
      {
        *split = (FacetSplit) i;
        return TRUE;
      }
  return FALSE;
}

/* FNV-1a, whose low digits are even enough; the same on every machine, as
 * g_str_hash () does not promise to be. */
static FacetSplit
split_of_name (const gchar *name)
{
  guint32 hash = 2166136261u;

  for (const gchar *c = name; *c; c++)
    hash = (hash ^ (guchar) *c) * 16777619u;
  return (hash >> 8) % VALIDATION_ONE_IN == 0 ? FACET_SPLIT_VALIDATION :
                                                FACET_SPLIT_TRAIN;
}

/* --- one photo ----------------------------------------------------------- */

static gboolean
pixbuf_is_gray (const GdkPixbuf *pixbuf)
{
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  const gint channels = gdk_pixbuf_get_n_channels (pixbuf);
  const gint width = gdk_pixbuf_get_width (pixbuf);
  const gint height = gdk_pixbuf_get_height (pixbuf);
  guint64 levels = 0;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        const guint8 *p = pixels +
                          (gsize) y * gdk_pixbuf_get_rowstride (pixbuf) +
                          (gsize) x * channels;

        levels += MAX (MAX (p[0], p[1]), p[2]) - MIN (MIN (p[0], p[1]), p[2]);
      }
  return (gdouble) levels < GRAY_LEVELS * width * height;
}

/* Scaled so that it just covers @shape. */
static GdkPixbuf *
pixbuf_cover (GdkPixbuf *pixbuf, NnShape shape)
{
  const gint width = gdk_pixbuf_get_width (pixbuf);
  const gint height = gdk_pixbuf_get_height (pixbuf);
  const gdouble scale = MAX ((gdouble) shape.width / width,
                             (gdouble) shape.height / height);
  const gint new_width = MAX (shape.width, (gint) (width * scale + 0.5));
  const gint new_height = MAX (shape.height, (gint) (height * scale + 0.5));

  if (new_width == width && new_height == height)
    return g_object_ref (pixbuf);
  return gdk_pixbuf_scale_simple (pixbuf, new_width, new_height,
                                  GDK_INTERP_BILINEAR);
}

/* R'G'B', or Rec. 601 luma, of one pixel; alpha is laid on white. */
static void
convert_pixel (const guint8 *from, gboolean alpha, gint channels, guint8 *to)
{
  guint8 rgb[3];

  for (gint c = 0; c < 3; c++)
    rgb[c] = alpha ?
                 (guint8) ((from[c] * from[3] + 255 * (255 - from[3]) + 127) /
                           255) :
                 from[c];
  if (channels == 3)
    memcpy (to, rgb, sizeof rgb);
  else
    to[0] = (guint8) ((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) /
                      1000);
}

static void
append_pixbuf (FacetData *data, const GdkPixbuf *pixbuf)
{
  const NnShape shape = data->shape;
  const gint channels = gdk_pixbuf_get_n_channels (pixbuf);
  const gint left = (gdk_pixbuf_get_width (pixbuf) - shape.width) / 2;
  const gint top = (gdk_pixbuf_get_height (pixbuf) - shape.height) / 2;
  guint8 *to;

  g_byte_array_set_size (data->pixels, data->pixels->len + photo_size (data));
  to = data->pixels->data + data->pixels->len - photo_size (data);
  for (gint y = 0; y < shape.height; y++)
    {
      const guint8 *from = gdk_pixbuf_read_pixels (pixbuf) +
                           (gsize) (top + y) *
                               gdk_pixbuf_get_rowstride (pixbuf) +
                           (gsize) left * channels;

      for (gint x = 0; x < shape.width; x++)
        {
          convert_pixel (from, gdk_pixbuf_get_has_alpha (pixbuf),
                         shape.channels, to);
          from += channels;
          to += shape.channels;
        }
    }
}

/* FALSE only where memory ran out while scaling. */
static gboolean
add_pixbuf (FacetData *data,
            GdkPixbuf *pixbuf,
            const gchar *name,
            FacetSplit split)
{
  g_autoptr (GdkPixbuf) cover = pixbuf_cover (pixbuf, data->shape);
  const Photo photo = { .name = g_strdup (name), .split = split };

  if (! cover)
    {
      g_free (photo.name);
      return FALSE;
    }
  append_pixbuf (data, cover);
  g_array_append_val (data->photos, photo);
  return TRUE;
}

static gboolean
is_full (const FacetData *data, gint limit)
{
  return limit > 0 && facet_data_get_n (data) >= limit;
}

/* GByteArray counts in 32 bits. */
static gboolean
has_room (const FacetData *data)
{
  return data->pixels->len <= G_MAXUINT / 2 - photo_size (data);
}

/* @color: "0", "1", or NULL where only the pixels tell. */
static void
add_photo (FacetData *data,
           const gchar *folder,
           const gchar *name,
           FacetSplit split,
           const gchar *color)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) file = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;

  if (data->color_only && g_strcmp0 (color, "0") == 0)
    return;
  file = gdk_pixbuf_new_from_file (path, &error);
  if (! file)
    {
      g_ptr_array_add (data->skipped,
                       g_strdup_printf ("%s: %s", path, error->message));
      return;
    }
  upright = gdk_pixbuf_apply_embedded_orientation (file);
  if (data->color_only && ! color && pixbuf_is_gray (upright))
    return;
  if (! has_room (data) || ! add_pixbuf (data, upright, name, split))
    g_ptr_array_add (data->skipped,
                     g_strdup_printf (_ ("%s: out of memory"), path));
}

/* --- a folder ------------------------------------------------------------ */

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* Sorted, so that the file system's order changes nothing. */
static GPtrArray *
list_folder (const gchar *folder, GError **error)
{
  g_autoptr (GDir) directory = g_dir_open (folder, 0, error);
  GPtrArray *names;
  const gchar *name;

  if (! directory)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (directory)))
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      if (name[0] != '.' && ! g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
is_csv (const gchar *name)
{
  return g_str_has_suffix (name, ".csv");
}

/* The CSV that belongs to a folder, or NULL. */
static gchar *
find_csv (const gchar *folder, const GPtrArray *names)
{
  g_autofree gchar *full = g_canonicalize_filename (folder, NULL);
  g_autofree gchar *beside = g_strconcat (full, ".csv", NULL);
  const gchar *inside = NULL;
  gint n = 0;

  if (g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&beside);
  for (guint i = 0; i < names->len; i++)
    if (is_csv (g_ptr_array_index (names, i)))
      {
        inside = g_ptr_array_index (names, i);
        n++;
      }
  return n == 1 ? g_build_filename (folder, inside, NULL) : NULL;
}

static gboolean
add_by_csv (FacetData *data,
            const gchar *folder,
            const gchar *path,
            gint limit,
            GError **error)
{
  FacetCsv *csv = facet_csv_load (path, error);
  gint file_column;

  if (! csv)
    return FALSE;
  g_ptr_array_add (data->csvs, csv);
  file_column = facet_csv_get_column (csv, "file");
  if (file_column < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” has no column “file” that names the photos"), path);
      return FALSE;
    }
  for (guint row = 0; row < csv->rows->len && ! is_full (data, limit); row++)
    {
      const gchar *name = facet_csv_get (csv, row, file_column);
      const gchar *word = facet_csv_get (csv, row,
                                         facet_csv_get_column (csv, "split"));
      const gint n_before = facet_data_get_n (data);
      FacetSplit split = split_of_name (name);

      if (word && word[0] && ! facet_split_parse (word, &split))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("“%s”: the split of “%s” is “%s”, not train, "
                          "validation or test"),
                       path, name, word);
          return FALSE;
        }
      add_photo (data, folder, name, split,
                 facet_csv_get (csv, row, facet_csv_get_column (csv, "color")));
      if (facet_data_get_n (data) > n_before)
        {
          Photo *photo = &g_array_index (data->photos, Photo, n_before);

          photo->csv = csv;
          photo->row = row;
        }
    }
  return TRUE;
}

static gboolean
add_folder (FacetData *data,
            const gchar *folder,
            const gchar *csv,
            gint limit,
            GError **error)
{
  g_autoptr (GPtrArray) names = list_folder (folder, error);
  g_autofree gchar *found = NULL;

  if (! names)
    return FALSE;
  found = csv ? g_strdup (csv) : find_csv (folder, names);
  if (found)
    return add_by_csv (data, folder, found, limit, error);
  for (guint i = 0; i < names->len && ! is_full (data, limit); i++)
    {
      const gchar *name = g_ptr_array_index (names, i);

      if (! is_csv (name))
        add_photo (data, folder, name, split_of_name (name), NULL);
    }
  return TRUE;
}

/* --- an idx file --------------------------------------------------------- */

static guint32
big_endian (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 |
         (guint32) bytes[2] << 8 | bytes[3];
}

/* FALSE with no error set at the end of the stream. */
static gboolean
read_exactly (GInputStream *stream, guint8 *bytes, gsize size, GError **error)
{
  gsize n_read;

  return g_input_stream_read_all (stream, bytes, size, &n_read, NULL, error) &&
         n_read == size;
}

static GInputStream *
open_idx (const gchar *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GInputStream *stream = G_INPUT_STREAM (g_file_read (file, NULL, error));

  if (stream && g_str_has_suffix (path, ".gz"))
    {
      g_autoptr (GZlibDecompressor) decompressor = g_zlib_decompressor_new (
          G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      GInputStream *plain =
          g_converter_input_stream_new (stream, G_CONVERTER (decompressor));

      g_object_unref (stream);
      return plain;
    }
  return stream;
}

static GdkPixbuf *
pixbuf_of_gray (const guint8 *gray, gint width, gint height)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width,
                                      height);

  for (gint y = 0; pixbuf && y < height; y++)
    {
      guint8 *row = gdk_pixbuf_get_pixels (pixbuf) +
                    (gsize) y * gdk_pixbuf_get_rowstride (pixbuf);

      for (gint x = 0; x < width; x++)
        memset (row + 3 * x, gray[(gsize) y * width + x], 3);
    }
  return pixbuf;
}

static gboolean
set_idx_error (const gchar *path, const gchar *what, GError **error)
{
  /* A broken .gz has already said what is wrong with it. */
  if (error && *error)
    g_prefix_error (error, "%s: ", path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path,
                 what);
  return FALSE;
}

static gboolean
add_idx_images (FacetData *data,
                const gchar *path,
                GInputStream *stream,
                const guint8 *header,
                gint limit,
                GError **error)
{
  const guint32 n = big_endian (header + 4);
  const gint height = (gint) big_endian (header + 8);
  const gint width = (gint) big_endian (header + 12);
  g_autofree gchar *base = g_path_get_basename (path);
  g_autofree guint8 *gray = g_malloc ((gsize) height * width);

  for (guint32 i = 0; i < n && ! is_full (data, limit); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%s:%u", base, i);
      g_autoptr (GdkPixbuf) pixbuf = NULL;

      if (! read_exactly (stream, gray, (gsize) height * width, error))
        return set_idx_error (path, _ ("the file ends too early"), error);
      pixbuf = pixbuf_of_gray (gray, width, height);
      if (! pixbuf || ! has_room (data) ||
          ! add_pixbuf (data, pixbuf, name, split_of_name (name)))
        return set_idx_error (path, _ ("out of memory"), error);
    }
  return TRUE;
}

static gboolean
add_idx (FacetData *data, const gchar *path, gint limit, GError **error)
{
  g_autoptr (GInputStream) stream = open_idx (path, error);
  g_autoptr (GError) read_error = NULL;
  guint8 header[IDX_HEADER_BYTES];

  if (! stream)
    return FALSE;
  if (! read_exactly (stream, header, sizeof header, &read_error) ||
      big_endian (header) != IDX_IMAGES_MAGIC ||
      big_endian (header + 8) - 1 >= IDX_MAX_SIDE ||
      big_endian (header + 12) - 1 >= IDX_MAX_SIDE)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is neither a folder of photos nor an idx file of "
                      "images"),
                   path);
      return FALSE;
    }
  return add_idx_images (data, path, stream, header, limit, error);
}

gboolean
facet_data_add (FacetData *data,
                const gchar *path,
                const gchar *csv,
                gint limit,
                GError **error)
{
  const gint n_before = facet_data_get_n (data);
  const gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);

  if (is_full (data, limit))
    return TRUE;
  if (! (is_folder ? add_folder (data, path, csv, limit, error) :
                     add_idx (data, path, limit, error)))
    return FALSE;
  if (facet_data_get_n (data) == n_before)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   data->color_only ?
                       _ ("“%s” holds no colour photo that can be read") :
                       _ ("“%s” holds no photo that can be read"),
                   path);
      return FALSE;
    }
  return TRUE;
}
