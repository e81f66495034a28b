/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sheet is a grid of crops with a little white between them.
 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include "facet-sheet.h"

#define GAP_PX 2
#define SHEET_COLUMNS 8
#define SHEET_ROWS 2
#define AXES_MAX_ROWS 12
#define AXES_COLUMNS 7
#define AXES_SIGMA 3.0
#define PLANE_SIDE_CROPS 15
#define DIRECTION_FACES 3
#define DIRECTION_COLUMNS 5
#define JPEG_QUALITY "70"

static GdkPixbuf *
sheet_new (NnShape shape, gint columns, gint rows, GError **error)
{
  GdkPixbuf *sheet = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8,
                                     columns * (shape.width + GAP_PX) - GAP_PX,
                                     rows * (shape.height + GAP_PX) - GAP_PX);

  if (sheet)
    gdk_pixbuf_fill (sheet, 0xffffffff);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                         _ ("out of memory"));
  return sheet;
}

static void
sheet_put (GdkPixbuf *sheet,
           NnShape shape,
           gint column,
           gint row,
           const gfloat *crop)
{
  const gint stride = gdk_pixbuf_get_rowstride (sheet);
  guint8 *to = gdk_pixbuf_get_pixels (sheet) +
               (gsize) row * (shape.height + GAP_PX) * stride +
               (gsize) column * (shape.width + GAP_PX) * 3;

  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      {
        for (gint c = 0; c < 3; c++)
          to[y * stride + x * 3 + c] = (guint8) lrintf (
              255.0f * CLAMP (crop[shape.channels == 3 ? c : 0], 0.0f, 1.0f));
        crop += shape.channels;
      }
}

static gboolean
sheet_save (GdkPixbuf *sheet, const gchar *path, GError **error)
{
  if (g_str_has_suffix (path, ".jpg"))
    return gdk_pixbuf_save (sheet, path, "jpeg", error, "quality", JPEG_QUALITY,
                            NULL);
  return gdk_pixbuf_save (sheet, path, "png", error, NULL);
}

/* The @i-th of @n photos spread over @indices. */
static const guint8 *
spread_photo (const FacetData *data, const GArray *indices, gint i, gint n)
{
  const gint at = (gint) ((gint64) i * (gint) indices->len / n);

  return facet_data_get_pixels (data, g_array_index (indices, gint, at));
}

static gfloat *
new_crop (NnShape shape)
{
  return g_new (gfloat, shape.height * shape.width * shape.channels);
}

gboolean
facet_sheet_reconstructions (FacetModel *model,
                             const FacetData *data,
                             const GArray *photos,
                             const gchar *path,
                             GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gint factor = facet_data_get_shape (data).width / shape.width;
  g_autofree gfloat *crop = new_crop (shape);
  g_autofree gfloat *code = g_new (gfloat, recipe->z_dim);
  const gint n = MIN (SHEET_COLUMNS * SHEET_ROWS, (gint) photos->len);
  g_autoptr (GdkPixbuf)
      sheet = sheet_new (shape, SHEET_COLUMNS, 2 * SHEET_ROWS, error);

  for (gint i = 0; sheet && i < n; i++)
    {
      const gint column = i % SHEET_COLUMNS;
      const gint row = 2 * (i / SHEET_COLUMNS);

      facet_augment_none (recipe, factor, spread_photo (data, photos, i, n),
                          FALSE, crop);
      sheet_put (sheet, shape, column, row, crop);
      facet_model_encode (model, 1, crop, code);
      facet_model_decode (model, 1, code, crop);
      sheet_put (sheet, shape, column, row + 1, crop);
    }
  return sheet && sheet_save (sheet, path, error);
}

/* The mean code moved by @offsets, decoded. */
static void
decode_offsets (FacetModel *model,
                const gdouble *offsets,
                gint n_offsets,
                gfloat *crop)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  g_autofree gfloat *code = g_new (gfloat, latents->z_dim);

  facet_latents_move (latents, latents->mean, offsets, n_offsets, code);
  facet_model_decode (model, 1, code, crop);
}

gboolean
facet_sheet_axes (FacetModel *model, const gchar *path, GError **error)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  const gint rows = MIN (latents->n_axes, AXES_MAX_ROWS);
  g_autofree gfloat *crop = new_crop (shape);
  g_autoptr (GdkPixbuf) sheet = sheet_new (shape, AXES_COLUMNS, rows, error);

  for (gint row = 0; sheet && row < rows; row++)
    for (gint column = 0; column < AXES_COLUMNS; column++)
      {
        gdouble offsets[AXES_MAX_ROWS] = { 0 };

        offsets[row] = AXES_SIGMA * (2.0 * column / (AXES_COLUMNS - 1.0) - 1.0);
        decode_offsets (model, offsets, row + 1, crop);
        sheet_put (sheet, shape, column, row, crop);
      }
  return sheet && sheet_save (sheet, path, error);
}

gboolean
facet_sheet_plane (FacetModel *model, const gchar *path, GError **error)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  g_autofree gfloat *crop = new_crop (shape);
  g_autoptr (GdkPixbuf)
      sheet = sheet_new (shape, PLANE_SIDE_CROPS, PLANE_SIDE_CROPS, error);

  for (gint i = 0; sheet && i < PLANE_SIDE_CROPS * PLANE_SIDE_CROPS; i++)
    {
      const gint place[] = { i % PLANE_SIDE_CROPS, i / PLANE_SIDE_CROPS };
      gdouble offsets[2] = { 0 };
      const gint n_offsets = MIN (2, latents->n_axes);

      for (gint axis = 0; axis < n_offsets; axis++)
        offsets[axis] = latents->low[axis] +
                        (latents->high[axis] - latents->low[axis]) *
                            place[axis] / (PLANE_SIDE_CROPS - 1.0);
      decode_offsets (model, offsets, n_offsets, crop);
      sheet_put (sheet, shape, place[0], place[1], crop);
    }
  return sheet && sheet_save (sheet, path, error);
}

/* One row: the photo, then its code moved along @direction, decoded. */
static void
put_direction (GdkPixbuf *sheet,
               FacetModel *model,
               const FacetDirection *direction,
               const guint8 *photo,
               gint factor,
               gint row,
               gint n_steps)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  g_autofree gfloat *crop = new_crop (recipe->input_dim);
  g_autofree gfloat *code = g_new (gfloat, recipe->z_dim);
  g_autofree gfloat *moved = g_new (gfloat, recipe->z_dim);

  facet_augment_none (recipe, factor, photo, FALSE, crop);
  sheet_put (sheet, recipe->input_dim, 0, row, crop);
  facet_model_encode (model, 1, crop, code);
  for (gint column = 0; column < n_steps; column++)
    {
      const gdouble amount = direction->minimum +
                             (direction->maximum - direction->minimum) *
                                 column / (n_steps - 1.0);

      for (gint z = 0; z < recipe->z_dim; z++)
        moved[z] = code[z] + (gfloat) amount * direction->vector[z];
      facet_model_decode (model, 1, moved, crop);
      sheet_put (sheet, recipe->input_dim, 1 + column, row, crop);
    }
}

gboolean
facet_sheet_directions (FacetModel *model,
                        const FacetData *data,
                        FacetSplit split,
                        const gchar *path,
                        GError **error)
{
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  const FacetLatents *latents = facet_model_get_latents (model);
  const gint n = latents->n_directions;
  const gint factor = facet_data_get_shape (data).width / shape.width;
  g_autoptr (GArray) indices = facet_data_select (data, split);
  g_autoptr (GdkPixbuf) sheet = sheet_new (shape, 1 + AXES_COLUMNS, n, error);

  for (gint row = 0; sheet && row < n; row++)
    put_direction (sheet, model, &latents->directions[row],
                   spread_photo (data, indices, row, n), factor, row,
                   AXES_COLUMNS);
  return sheet && sheet_save (sheet, path, error);
}

gboolean
facet_sheet_direction (FacetModel *model,
                       const FacetData *data,
                       const GArray *photos,
                       gint direction,
                       const gchar *path,
                       GError **error)
{
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  const gint factor = facet_data_get_shape (data).width / shape.width;
  const gint n = MIN (DIRECTION_FACES, (gint) photos->len);
  g_autoptr (GdkPixbuf)
      sheet = sheet_new (shape, 1 + DIRECTION_COLUMNS, n, error);

  for (gint row = 0; sheet && row < n; row++)
    put_direction (sheet, model,
                   &facet_model_get_latents (model)->directions[direction],
                   spread_photo (data, photos, row, n), factor, row,
                   DIRECTION_COLUMNS);
  return sheet && sheet_save (sheet, path, error);
}
