/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One face of one photo being edited.  What does not change while a slider is
 * dragged (the photo as numbers, the crop, its code and its decode) is made
 * once; a render moves the code, decodes it and pastes what is different.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <face/motion/facet-detail.h>
#include <face/paste/facet-paste.h>
#include <face/photo/facet-grain.h>
#include "facet-edit.h"

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
  gboolean gray; /* the photo's format, or just its crop */

  gfloat *input;      /* input_dim: the crop */
  gfloat *code;       /* [z_dim]             */
  gfloat *own_decode; /* decode (code)       */
  gfloat *moved_code;
  gfloat *decode; /* decode (moved_code) */

  gfloat *own_rgb; /* [height][width][3], what they are in the photo: */
  gfloat *rgb;     /* their luma, if it is gray                       */
  FacetDetail *detail;
  gdouble grain_sigma;

  FacetEditTimes times; /* of the last render */
  FacetMode mode;
  gdouble strength;
  gdouble feather;
  gdouble grain;
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

/* A model's single channel counts for all three, and a gray photo gets the
 * luma. */
static void
get_rgb (const FacetEdit *edit, const gfloat *picture, gfloat *rgb)
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

/* What depends on the photo's own code. */
static void
decode_own (FacetEdit *edit)
{
  const gsize n = (gsize) edit->shape.width * edit->shape.height;
  g_autofree gfloat *crop = g_new (gfloat, 3 * n);

  facet_model_decode (edit->model, 1, edit->code, edit->own_decode);
  memcpy (edit->decode, edit->own_decode,
          n * edit->shape.channels * sizeof (gfloat));
  get_rgb (edit, edit->own_decode, edit->own_rgb);
  get_rgb (edit, edit->input, crop);
  g_clear_pointer (&edit->detail, facet_detail_free);
  edit->detail = facet_detail_new (edit->shape.width, edit->shape.height, crop,
                                   edit->own_rgb);
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
  edit->gray = edit->photo->gray ||
               (edit->shape.channels == 3 &&
                is_gray (edit->input,
                         (gsize) edit->shape.width * edit->shape.height));
  facet_model_encode (edit->model, 1, edit->input, edit->code);
  edit->grain_sigma =
      facet_grain_estimate (edit->pixels, edit->crop.centre_x - edit->read.x,
                            edit->crop.centre_y - edit->read.y,
                            GRAIN_REACH * facet_crop_get_side (&edit->crop));
  decode_own (edit);
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
  edit->mode = FACET_MODE_KEEP_DETAIL;
  edit->strength = 1.0;
  edit->feather = 0.1;
  edit->grain = 1.0;
  edit->input = g_new (gfloat, n);
  edit->own_decode = g_new (gfloat, n);
  edit->decode = g_new (gfloat, n);
  edit->code = g_new (gfloat, recipe->z_dim);
  edit->moved_code = g_new (gfloat, recipe->z_dim);
  edit->own_rgb = g_new (gfloat, 3 * n);
  edit->rgb = g_new (gfloat, 3 * n);
  cut_and_encode (edit);
  return edit;
}

void
facet_edit_free (FacetEdit *edit)
{
  facet_model_unref (edit->model);
  facet_photo_free (edit->photo);
  facet_image_free (edit->pixels);
  facet_detail_free (edit->detail);
  g_free (edit->own_rgb);
  g_free (edit->rgb);
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

FacetEditTimes
facet_edit_get_times (FacetEdit *edit)
{
  return edit->times;
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

void
facet_edit_set_grain (FacetEdit *edit, gdouble grain)
{
  edit->grain = grain > 0.0 ? MIN (grain, 1.0) : 0.0;
}

/* --- a better code ---------------------------------------------------------
 */

gfloat *
facet_edit_refine_code (FacetEdit *edit,
                        GCancellable *cancellable,
                        FacetRefineProgress progress,
                        gpointer data,
                        GError **error)
{
  gfloat *code = g_memdup2 (edit->code, edit->z_dim * sizeof (gfloat));

  if (facet_refine (edit->model, edit->input, code, cancellable, progress, data,
                    error))
    return code;
  g_free (code);
  return NULL;
}

void
facet_edit_set_code (FacetEdit *edit, const gfloat *code)
{
  memcpy (edit->code, code, edit->z_dim * sizeof (gfloat));
  decode_own (edit);
}

/* --- rendering -------------------------------------------------------------
 */

/* Milliseconds since @start, which becomes now. */
static gdouble
take_time (gint64 *start)
{
  const gint64 now = g_get_monotonic_time ();
  const gdouble ms = (now - *start) * 1e-3;

  *start = now;
  return ms;
}

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
is_moved (const FacetEdit *edit)
{
  return memcmp (edit->moved_code, edit->code, edit->z_dim * sizeof (gfloat)) !=
         0;
}

static gboolean
move_and_decode (FacetEdit *edit,
                 const gdouble *offsets,
                 gint n_offsets,
                 GError **error)
{
  const NnShape shape = edit->shape;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  gint64 start = g_get_monotonic_time ();

  edit->times = (FacetEditTimes) { 0 };
  facet_latents_move (facet_model_get_latents (edit->model), edit->code,
                      offsets, n_offsets, edit->moved_code);
  if (! is_moved (edit))
    memcpy (edit->decode, edit->own_decode, n * sizeof (gfloat));
  else if (all_finite (edit->moved_code, edit->z_dim))
    facet_model_decode (edit->model, 1, edit->moved_code, edit->decode);
  edit->times.decode_ms = take_time (&start);
  if (all_finite (edit->moved_code, edit->z_dim) &&
      all_finite (edit->decode, n))
    return TRUE;
  g_set_error_literal (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS,
                       _ ("the latents are so large that the model has no "
                          "picture for them"));
  return FALSE;
}

/* [height][width][3] and a fourth channel of zeros; less @subtract if given. */
static void
fill_map (gsize n, const gfloat *rgb, const gfloat *subtract, FacetImage *map)
{
  for (gsize i = 0; i < n; i++)
    {
      for (gint c = 0; c < 3; c++)
        map->pixels[4 * i + c] = subtract ?
                                     rgb[3 * i + c] - subtract[3 * i + c] :
                                     rgb[3 * i + c];
      map->pixels[4 * i + 3] = 0;
    }
}

/* Vectors from pixels of the crop to those of the photo. */
static void
turn_motion (const FacetEdit *edit, FacetImage *motion)
{
  const FacetAffine to_photo = facet_crop_get_to_photo (&edit->crop,
                                                        edit->shape.width,
                                                        edit->shape.height);
  const gsize n = (gsize) motion->width * motion->height;

  for (gsize i = 0; i < n; i++)
    {
      gfloat *move = motion->pixels + 4 * i;
      const gdouble x = move[0], y = move[1];

      move[0] = (gfloat) (to_photo.xx * x + to_photo.xy * y);
      move[1] = (gfloat) (to_photo.yx * x + to_photo.yy * y);
    }
}

static FacetPasteKind
fill_maps (FacetEdit *edit, FacetImage *map, FacetImage *motion)
{
  const gsize n = (gsize) map->width * map->height;

  switch (edit->mode)
    {
    case FACET_MODE_DIFFERENCE:
      fill_map (n, edit->rgb, edit->own_rgb, map);
      return FACET_PASTE_ADD;
    case FACET_MODE_RECONSTRUCTION:
      fill_map (n, edit->rgb, NULL, map);
      return FACET_PASTE_PUT;
    default:
      facet_detail_get_maps (edit->detail, edit->rgb, map, motion);
      turn_motion (edit, motion);
      return FACET_PASTE_MOVE;
    }
}

static void
paste (FacetEdit *edit, guint8 *pixels, gsize stride)
{
  const NnShape shape = edit->shape;
  g_autoptr (FacetImage) map = NULL;
  g_autoptr (FacetImage) motion = NULL;
  gint64 start = g_get_monotonic_time ();
  FacetPaste settings = {
    .photo = edit->photo,
    .pixels = edit->pixels,
    .read = edit->read,
    .grid = facet_grid_new (&edit->crop, &edit->bounds,
                            MAX (shape.width, shape.height)),
    .feather = edit->feather,
    .strength = edit->strength,
    .grain_sigma = edit->grain * edit->grain_sigma,
  };

  if (! is_moved (edit) && edit->mode != FACET_MODE_RECONSTRUCTION)
    return;
  map = facet_image_new (shape.width, shape.height);
  motion = facet_image_new (shape.width, shape.height);
  get_rgb (edit, edit->decode, edit->rgb);
  settings.kind = fill_maps (edit, map, motion);
  settings.map = map;
  settings.motion = motion;
  edit->times.motion_ms = take_time (&start);
  facet_paste (&settings, pixels, stride);
  edit->times.paste_ms = take_time (&start);
}

static void
copy (FacetEdit *edit,
      const FacetRectangle *bounds,
      gpointer pixels,
      gsize stride)
{
  gint64 start = g_get_monotonic_time ();

  facet_photo_copy (edit->photo, bounds, pixels, stride);
  edit->times.copy_ms = take_time (&start);
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
  copy (edit, &whole, pixels, stride);
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
  copy (edit, &edit->bounds, pixels, stride);
  paste (edit, pixels, stride);
  return TRUE;
}
