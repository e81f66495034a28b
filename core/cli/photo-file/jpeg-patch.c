/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lossless outside the edit, as jpegtran is: the old file's coefficients go
 * into the new one as they are.  What was edited is coded by itself, as the
 * smallest rectangle of whole units around it (a unit holds one or a few blocks
 * of each colour and is coded from its own pixels only), with the old tables
 * and sampling, and its blocks take the places of the old ones.
 */
#include <string.h>
#include "jpeg-patch.h"

/* In units; the end is outside. */
typedef struct
{
  gint left, top, right, bottom;
} Units;

static void
start_reading (j_decompress_ptr jpeg,
               gconstpointer bytes,
               gsize n_bytes,
               struct jpeg_error_mgr *errors)
{
  jpeg->err = errors;
  jpeg_create_decompress (jpeg);
  jpeg_mem_src (jpeg, bytes, n_bytes);
  jpeg_read_header (jpeg, TRUE);
}

/* --- what was edited -------------------------------------------------------
 */

static gint
get_unit_width (const struct jpeg_decompress_struct *jpeg)
{
  return jpeg->max_h_samp_factor * DCTSIZE;
}

static gint
get_unit_height (const struct jpeg_decompress_struct *jpeg)
{
  return jpeg->max_v_samp_factor * DCTSIZE;
}

/* Which units of a row of them differ in one row of pixels. */
static void
mark_row (const guint8 *before,
          const guint8 *after,
          gsize row_bytes,
          gsize unit_bytes,
          guint8 *edited)
{
  for (gsize start = 0; start < row_bytes; start += unit_bytes)
    if (memcmp (before + start, after + start,
                MIN (unit_bytes, row_bytes - start)) != 0)
      edited[start / unit_bytes] = TRUE;
}

/* [rows of units][units in a row], of the pool of @patch->shown: TRUE where a
 * pixel differs from what the old file shows. */
static guint8 *
find_edited (JpegPatch *patch,
             const PhotoFile *file,
             gint n_across,
             gint n_down)
{
  j_decompress_ptr jpeg = &patch->shown;
  const gsize row_bytes = photo_file_get_stride (file);
  const gsize unit_bytes = (gsize) get_unit_width (jpeg) * file->channels;
  const gsize n_units = (gsize) n_across * n_down;
  guint8 *edited = jpeg->mem->alloc_large ((j_common_ptr) jpeg, JPOOL_PERMANENT,
                                           n_units);
  JSAMPARRAY row = jpeg->mem->alloc_sarray ((j_common_ptr) jpeg,
                                            JPOOL_PERMANENT, row_bytes, 1);

  memset (edited, FALSE, n_units);
  jpeg->out_color_space = file->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg->dct_method = JDCT_FLOAT; /* as it was read */
  jpeg_start_decompress (jpeg);
  while (jpeg->output_scanline < jpeg->output_height)
    {
      const gsize y = jpeg->output_scanline;

      jpeg_read_scanlines (jpeg, row, 1);
      mark_row (row[0], file->pixels + y * row_bytes, row_bytes, unit_bytes,
                edited + y / get_unit_height (jpeg) * n_across);
    }
  return edited;
}

static Units
get_bounds (const guint8 *edited, gint n_across, gint n_down)
{
  Units bounds = { n_across, n_down, 0, 0 };

  for (gint y = 0; y < n_down; y++)
    for (gint x = 0; x < n_across; x++)
      if (edited[(gsize) y * n_across + x])
        {
          bounds.left = MIN (bounds.left, x);
          bounds.top = MIN (bounds.top, y);
          bounds.right = MAX (bounds.right, x + 1);
          bounds.bottom = MAX (bounds.bottom, y + 1);
        }
  return bounds;
}

/* --- the edited part, coded by itself --------------------------------------
 */

static void
code_part (JpegPatch *patch, const PhotoFile *file, const Units *bounds)
{
  j_compress_ptr jpeg = &patch->coder;
  const gint x = bounds->left * get_unit_width (&patch->old);
  const gint y = bounds->top * get_unit_height (&patch->old);
  const gint right = bounds->right * get_unit_width (&patch->old);
  const gint bottom = bounds->bottom * get_unit_height (&patch->old);

  jpeg->err = patch->old.err;
  jpeg_create_compress (jpeg);
  jpeg_mem_dest (jpeg, &patch->coded_bytes, &patch->n_coded_bytes);
  jpeg_copy_critical_parameters (&patch->old, jpeg);
  jpeg->image_width = MIN (right, file->width) - x;
  jpeg->image_height = MIN (bottom, file->height) - y;
  jpeg->input_components = file->channels;
  jpeg->in_color_space = file->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_start_compress (jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height)
    {
      JSAMPROW row = file->pixels +
                     (y + jpeg->next_scanline) * photo_file_get_stride (file) +
                     (gsize) x * file->channels;

      jpeg_write_scanlines (jpeg, &row, 1);
    }
  jpeg_finish_compress (jpeg);
}

/* --- its blocks ------------------------------------------------------------
 */

/* One row of blocks of component @c: row @y of the part. */
static void
replace_row (JpegPatch *patch,
             jvirt_barray_ptr *coded,
             gint c,
             gint y,
             const guint8 *edited,
             const Units *bounds)
{
  j_common_ptr old = (j_common_ptr) &patch->old;
  j_common_ptr part = (j_common_ptr) &patch->coded;
  const jpeg_component_info *to = &patch->old.comp_info[c];
  const jpeg_component_info *from = &patch->coded.comp_info[c];
  const gint left = bounds->left * to->h_samp_factor;
  const gint top = bounds->top * to->v_samp_factor;
  JBLOCKARRAY rows = old->mem->access_virt_barray (old, patch->coefficients[c],
                                                   top + y, 1, TRUE);
  JBLOCKARRAY new_rows = part->mem->access_virt_barray (part, coded[c], y, 1,
                                                        FALSE);

  for (gint x = 0; x < (gint) from->width_in_blocks; x++)
    if (edited[(left + x) / to->h_samp_factor])
      memcpy (rows[0][left + x], new_rows[0][x], sizeof (JBLOCK));
}

static void
replace_blocks (JpegPatch *patch,
                const guint8 *edited,
                gint n_across,
                const Units *bounds)
{
  jvirt_barray_ptr *coded;

  start_reading (&patch->coded, patch->coded_bytes, patch->n_coded_bytes,
                 patch->old.err);
  coded = jpeg_read_coefficients (&patch->coded);
  for (gint c = 0; c < patch->old.num_components; c++)
    {
      const jpeg_component_info *component = &patch->coded.comp_info[c];

      for (gint y = 0; y < (gint) component->height_in_blocks; y++)
        {
          const gint row = bounds->top + y / component->v_samp_factor;

          replace_row (patch, coded, c, y, edited + (gsize) row * n_across,
                       bounds);
        }
    }
}

/* --- all of it -------------------------------------------------------------
 */

void
jpeg_patch_make (JpegPatch *patch,
                 GBytes *bytes,
                 const PhotoFile *file,
                 struct jpeg_error_mgr *errors)
{
  gsize n_bytes;
  gconstpointer start = g_bytes_get_data (bytes, &n_bytes);
  const guint8 *edited;
  gint n_across, n_down;
  Units bounds;

  start_reading (&patch->old, start, n_bytes, errors);
  patch->coefficients = jpeg_read_coefficients (&patch->old);
  n_across = (file->width - 1) / get_unit_width (&patch->old) + 1;
  n_down = (file->height - 1) / get_unit_height (&patch->old) + 1;
  start_reading (&patch->shown, start, n_bytes, errors);
  edited = find_edited (patch, file, n_across, n_down);
  bounds = get_bounds (edited, n_across, n_down);
  if (bounds.right == 0)
    return;
  code_part (patch, file, &bounds);
  replace_blocks (patch, edited, n_across, &bounds);
}

void
jpeg_patch_clear (JpegPatch *patch)
{
  jpeg_destroy_decompress (&patch->coded);
  jpeg_destroy_compress (&patch->coder);
  jpeg_destroy_decompress (&patch->shown);
  jpeg_destroy_decompress (&patch->old);
  free (patch->coded_bytes);
}
