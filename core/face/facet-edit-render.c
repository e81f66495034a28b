/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A render moves the code, decodes it and pastes what is different.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <face/paste/facet-paste.h>
#include "facet-edit-private.h"

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
  facet_edit_get_rgb (edit, edit->decode, edit->rgb);
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

FacetEditTimes
facet_edit_get_times (FacetEdit *edit)
{
  return edit->times;
}
