/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the photo shows, which does not change while a slider is dragged: the
 * crop, its code, the decode of that, and how grainy it is.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <face/photo/facet-grain.h>
#include "facet-edit-private.h"

/* Rec. 709, as sRGB. */
#define LUMA_RED 0.2126f
#define LUMA_GREEN 0.7152f
#define LUMA_BLUE 0.0722f

/* A crop counts as gray if its channels are within GRAY_SPREAD of each other in
 * all pixels but one in a hundred: JPEG leaves that much colour in a gray
 * photo. Of 900 gray and 900 colour photos of faces, 880 and none are within
 * it; no colour one is below 17 / 255. */
#define GRAY_SPREAD (6.0f / 255.0f)
#define GRAY_EXCEPTIONS 100

/* Grain is measured this far from the crop's middle, as a fraction of its side:
 * on the face. */
#define GRAIN_REACH 0.25

/* A side of a million pixels is no face. */
#define LARGEST_SIDE 1e6

gboolean
facet_edit_check_crop (const FacetCrop *crop,
                       gint width,
                       gint height,
                       GError **error)
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

/* Whether a crop of three channels shows none of their colour. */
static gboolean
is_gray (const gfloat *crop, gsize n)
{
  gsize n_coloured = 0;

  for (gsize i = 0; i < n; i++)
    {
      const gfloat *rgb = crop + 3 * i;
      const gfloat high = MAX (MAX (rgb[0], rgb[1]), rgb[2]);
      const gfloat low = MIN (MIN (rgb[0], rgb[1]), rgb[2]);

      n_coloured += high - low > GRAY_SPREAD;
    }
  return n_coloured <= n / GRAY_EXCEPTIONS;
}

void
facet_edit_cut (FacetEdit *edit)
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
  edit->gray = edit->photo->gray ||
               (edit->shape.channels == 3 &&
                is_gray (edit->input,
                         (gsize) edit->shape.width * edit->shape.height));
  facet_model_encode (edit->model, 1, edit->input, edit->code);
  edit->grain_sigma =
      facet_grain_estimate (edit->pixels, edit->crop.centre_x - edit->read.x,
                            edit->crop.centre_y - edit->read.y,
                            GRAIN_REACH * facet_crop_get_side (&edit->crop));
  facet_edit_decode_own (edit);
}

void
facet_edit_decode_own (FacetEdit *edit)
{
  const gsize n = (gsize) edit->shape.width * edit->shape.height;
  g_autofree gfloat *crop = g_new (gfloat, 3 * n);

  facet_model_decode (edit->model, 1, edit->code, edit->own_decode);
  memcpy (edit->decode, edit->own_decode,
          n * edit->shape.channels * sizeof (gfloat));
  facet_edit_get_rgb (edit, edit->own_decode, edit->own_rgb);
  facet_edit_get_rgb (edit, edit->input, crop);
  g_clear_pointer (&edit->detail, facet_detail_free);
  edit->detail = facet_detail_new (edit->shape.width, edit->shape.height, crop,
                                   edit->own_rgb);
}

void
facet_edit_get_rgb (const FacetEdit *edit, const gfloat *picture, gfloat *rgb)
{
  const gsize n = (gsize) edit->shape.width * edit->shape.height;
  const gint channels = edit->shape.channels;

  for (gsize i = 0; i < n; i++)
    {
      const gfloat *in = picture + i * channels;
      gfloat *out = rgb + 3 * i;

      if (channels == 1)
        out[0] = out[1] = out[2] = in[0];
      else if (edit->gray)
        out[0] = out[1] = out[2] = LUMA_RED * in[0] + LUMA_GREEN * in[1] +
                                   LUMA_BLUE * in[2];
      else
        memcpy (out, in, 3 * sizeof (gfloat));
    }
}
