/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One face of one photo being edited.  What does not change while a slider is
 * dragged (the photo as numbers, the crop, its code and its decode) is made
 * once; a render moves the code, decodes it and pastes what is different.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <face/paste/facet-paste.h>
#include "facet-edit.h"

/* Rec. 709, as sRGB. */
#define LUMA_RED 0.2126f
#define LUMA_GREEN 0.7152f
#define LUMA_BLUE 0.0722f

/* A side of a million pixels is no face. */
#define LARGEST_SIDE 1e6

struct _FacetEdit
{
  FacetModel *model;
  FacetPhoto *photo;
  FacetImage *pixels; /* of read */
  FacetRectangle read;
  FacetRectangle bounds;
  FacetCrop crop;
  NnShape shape;
  gint z_dim;

  gfloat *input;      /* input_dim: the crop */
  gfloat *code;       /* [z_dim]             */
  gfloat *own_decode; /* decode (code)       */
  gfloat *moved_code;
  gfloat *decode; /* decode (moved_code) */

  FacetMode mode;
  gdouble strength;
  gdouble feather;
};

G_DEFINE_QUARK (facet - edit - error - quark, facet_edit_error)

/* --- making one ------------------------------------------------------------
 */

static gboolean
check_crop (const FacetCrop *crop, gint width, gint height, GError **error)
{
  const gdouble side = facet_crop_get_side (crop);

  if (width < 1 || height < 1)
    g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                         _ ("there are no pixels to edit"));
  else if (! isfinite (crop->centre_x) || ! isfinite (crop->centre_y) ||
           ! isfinite (side) || side > LARGEST_SIDE)
    g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                         _ ("the region is larger than any photo; choose the "
                            "square around the face"));
  else if (side < FACET_EDIT_SMALLEST_SIDE)
    g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                 _ ("the region is %.4g pixels wide, too small for a face; "
                    "it has to be %d at least"),
                 side, FACET_EDIT_SMALLEST_SIDE);
  else if (facet_crop_get_bounds (crop, 0, width, height).width == 0)
    g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION,
                         _ ("the region lies outside the photo"));
  else
    return TRUE;
  return FALSE;
}

/* R'G'B' with a value that is not a number taken for black. */
static void
copy_crop (const FacetImage *image, gint channels, gfloat *crop)
{
  const gsize n = (gsize) image->width * image->height;

  for (gsize i = 0; i < n; i++)
    {
      const gfloat *pixel = image->pixels + 4 * i;
      gfloat rgb[3];

      for (gint c = 0; c < 3; c++)
        rgb[c] = pixel[c] > 0.0f ? MIN (pixel[c], 1.0f) : 0.0f;
      if (channels == 1)
        crop[i] = LUMA_RED * rgb[0] + LUMA_GREEN * rgb[1] + LUMA_BLUE * rgb[2];
      else
        memcpy (crop + 3 * i, rgb, sizeof rgb);
    }
}

static void
cut_and_encode (FacetEdit *edit)
{
  const FacetAffine to_photo = facet_crop_get_to_photo (&edit->crop,
                                                        edit->shape.width,
                                                        edit->shape.height);
  const gdouble margin = facet_resample_get_margin (&to_photo);
  g_autoptr (FacetImage)
      cut = facet_image_new (edit->shape.width, edit->shape.height);
  FacetAffine to_read = to_photo;

  edit->read = facet_crop_get_bounds (&edit->crop, margin, edit->photo->width,
                                      edit->photo->height);
  edit->pixels = facet_photo_read (edit->photo, &edit->read);
  to_read.x0 -= edit->read.x;
  to_read.y0 -= edit->read.y;
  facet_resample (edit->pixels, &to_read, cut);
  copy_crop (cut, edit->shape.channels, edit->input);
  facet_model_encode (edit->model, 1, edit->input, edit->code);
  facet_model_decode (edit->model, 1, edit->code, edit->own_decode);
}

FacetEdit *
facet_edit_new (FacetModel *model,
                const Babl *format,
                gconstpointer pixels,
                gint width,
                gint height,
                gint stride,
                const FacetCrop *crop,
                GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  FacetPhoto *photo;
  FacetEdit *edit;

  if (! check_crop (crop, width, height, error))
    return NULL;
  photo = facet_photo_new (format, pixels, width, height, stride, error);
  if (! photo)
    return NULL;
  edit = g_new0 (FacetEdit, 1);
  edit->model = facet_model_ref (model);
  edit->photo = photo;
  edit->crop = *crop;
  edit->bounds = facet_crop_get_bounds (crop, 0, width, height);
  edit->shape = shape;
  edit->z_dim = recipe->z_dim;
  edit->strength = 1.0;
  edit->feather = 0.1;
  edit->input = g_new (gfloat, n);
  edit->own_decode = g_new (gfloat, n);
  edit->decode = g_new (gfloat, n);
  edit->code = g_new (gfloat, recipe->z_dim);
  edit->moved_code = g_new (gfloat, recipe->z_dim);
  cut_and_encode (edit);
  memcpy (edit->decode, edit->own_decode, n * sizeof (gfloat));
  return edit;
}

void
facet_edit_free (FacetEdit *edit)
{
  facet_model_unref (edit->model);
  facet_photo_free (edit->photo);
  facet_image_free (edit->pixels);
  g_free (edit->input);
  g_free (edit->own_decode);
  g_free (edit->decode);
  g_free (edit->code);
  g_free (edit->moved_code);
  g_free (edit);
}

/* --- what it knows and what can be set -------------------------------------
 */

FacetModel *
facet_edit_get_model (FacetEdit *edit)
{
  return edit->model;
}

const gfloat *
facet_edit_get_code (FacetEdit *edit)
{
  return edit->code;
}

const gfloat *
facet_edit_get_crop (FacetEdit *edit)
{
  return edit->input;
}

const gfloat *
facet_edit_get_decode (FacetEdit *edit)
{
  return edit->decode;
}

FacetRectangle
facet_edit_get_bounds (FacetEdit *edit)
{
  return edit->bounds;
}

void
facet_edit_set_mode (FacetEdit *edit, FacetMode mode)
{
  edit->mode = mode;
}

void
facet_edit_set_strength (FacetEdit *edit, gdouble strength)
{
  edit->strength = strength > 0.0 ? MIN (strength, 1.0) : 0.0;
}

void
facet_edit_set_feather (FacetEdit *edit, gdouble feather)
{
  edit->feather = feather > 0.0 ? MIN (feather, 0.5) : 0.0;
}

/* --- rendering -------------------------------------------------------------
 */

static gboolean
all_finite (const gfloat *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (! isfinite (values[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_offsets (FacetEdit *edit,
               const gdouble *offsets,
               gint n_offsets,
               GError **error)
{
  const gint n_axes = facet_model_get_latents (edit->model)->n_axes;

  if (n_offsets < 0 || n_offsets > n_axes)
    {
      g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS,
                   _ ("%d latents were given, but the model “%s” has %d"),
                   n_offsets, facet_model_get_recipe (edit->model)->name,
                   n_axes);
      return FALSE;
    }
  for (gint i = 0; i < n_offsets; i++)
    if (! isfinite (offsets[i]))
      {
        g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS,
                     _ ("latent %d is not a finite number"), i + 1);
        return FALSE;
      }
  return TRUE;
}

static gboolean
move_and_decode (FacetEdit *edit,
                 const gdouble *offsets,
                 gint n_offsets,
                 GError **error)
{
  const NnShape shape = edit->shape;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;

  facet_latents_move (facet_model_get_latents (edit->model), edit->code,
                      offsets, n_offsets, edit->moved_code);
  if (memcmp (edit->moved_code, edit->code, edit->z_dim * sizeof (gfloat)) == 0)
    memcpy (edit->decode, edit->own_decode, n * sizeof (gfloat));
  else if (all_finite (edit->moved_code, edit->z_dim))
    facet_model_decode (edit->model, 1, edit->moved_code, edit->decode);
  if (all_finite (edit->moved_code, edit->z_dim) &&
      all_finite (edit->decode, n))
    return TRUE;
  g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS,
                       _ ("the latents are so large that the model has no "
                          "picture for them"));
  return FALSE;
}

/* What the paste adds, or in a reconstruction puts: a model's single channel
 * counts for all three, and a gray photo gets the luma. */
static FacetImage *
get_map (const FacetEdit *edit)
{
  const gboolean difference = edit->mode == FACET_MODE_DIFFERENCE;
  const gint channels = edit->shape.channels;
  FacetImage *map = facet_image_new (edit->shape.width, edit->shape.height);
  const gsize n = (gsize) map->width * map->height;

  for (gsize i = 0; i < n; i++)
    {
      gfloat *out = map->pixels + 4 * i;

      for (gint c = 0; c < 3; c++)
        {
          const gsize from = channels == 1 ? i : 3 * i + c;

          out[c] = edit->decode[from];
          if (difference)
            out[c] -= edit->own_decode[from];
        }
      if (edit->photo->gray && channels == 3)
        out[0] = out[1] = out[2] = LUMA_RED * out[0] + LUMA_GREEN * out[1] +
                                   LUMA_BLUE * out[2];
      out[3] = 0;
    }
  return map;
}

static void
paste (FacetEdit *edit, guint8 *pixels, gsize stride)
{
  const FacetPaste settings = {
    .photo = edit->photo,
    .pixels = edit->pixels,
    .read = edit->read,
    .grid = facet_grid_new (&edit->crop, &edit->bounds,
                            MAX (edit->shape.width, edit->shape.height)),
    .feather = edit->feather,
    .strength = edit->strength,
    .overwrite = edit->mode == FACET_MODE_RECONSTRUCTION,
  };
  g_autoptr (FacetImage) map = get_map (edit);

  facet_paste (&settings, map, pixels, stride);
}

gboolean
facet_edit_render (FacetEdit *edit,
                   const gdouble *offsets,
                   gint n_offsets,
                   gpointer pixels,
                   gint stride,
                   GError **error)
{
  const FacetRectangle whole = { 0, 0, edit->photo->width,
                                 edit->photo->height };

  if (! check_offsets (edit, offsets, n_offsets, error) ||
      ! move_and_decode (edit, offsets, n_offsets, error))
    return FALSE;
  facet_photo_copy (edit->photo, &whole, pixels, stride);
  paste (edit,
         (guint8 *) pixels + (gsize) edit->bounds.y * stride +
             edit->bounds.x * edit->photo->pixel_bytes,
         stride);
  return TRUE;
}

gboolean
facet_edit_render_bounds (FacetEdit *edit,
                          const gdouble *offsets,
                          gint n_offsets,
                          gpointer pixels,
                          gint stride,
                          GError **error)
{
  if (! check_offsets (edit, offsets, n_offsets, error) ||
      ! move_and_decode (edit, offsets, n_offsets, error))
    return FALSE;
  facet_photo_copy (edit->photo, &edit->bounds, pixels, stride);
  paste (edit, pixels, stride);
  return TRUE;
}
