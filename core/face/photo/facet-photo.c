/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The user's pixels.  babl converts them to numbers in sRGB and back, whatever
 * their format and colour space; but no conversion gives all formats their very
 * bytes back, so that what is not changed is never converted, and the alpha of
 * what is changed is put back from the original.  Nor does a conversion give
 * the same numbers always: babl measures, process by process, which of several
 * is fastest, and they differ in the last bit.  Integers that stand for
 * themselves are therefore rounded to what they mean; that is most photos.
 */
#include <face/facet-edit-error.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <nn/nn.h>
#include <string.h>
#include "facet-photo.h"

#define MAX_PIXEL_BYTES 64

/* --- formats ---------------------------------------------------------------
 */

static gboolean
check_format (const Babl *format, GError **error)
{
  const BablModelFlag flags = babl_get_model_flags (
      babl_format_get_model (format));

  if (! babl_format_is_palette (format) &&
      (flags & (BABL_MODEL_FLAG_RGB | BABL_MODEL_FLAG_GRAY)) &&
      babl_format_get_bytes_per_pixel (format) <= MAX_PIXEL_BYTES)
    return TRUE;
  g_set_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_FORMAT,
               _ ("the pixels are “%s”: only RGB and gray ones can be edited; "
                  "convert the image (Image ▸ Mode ▸ RGB)"),
               babl_get_name (format));
  return FALSE;
}

/* The steps from 0 to 1 of integers in sRGB that need nothing but a division;
 * 0: they need more. */
static gint
get_levels (const Babl *format)
{
  const BablModelFlag flags = babl_get_model_flags (
      babl_format_get_model (format));
  const Babl *type = babl_format_get_type (format, 0);

  if (! (flags & BABL_MODEL_FLAG_NONLINEAR) ||
      (flags & BABL_MODEL_FLAG_ASSOCIATED) ||
      babl_format_get_space (format) != babl_space ("sRGB"))
    return 0;
  return type == babl_type ("u8")  ? G_MAXUINT8 :
         type == babl_type ("u16") ? G_MAXUINT16 :
                                     0;
}

/* babl does not tell where in a pixel the alpha is; but of a black pixel only
 * the alpha's bytes can differ when nothing but the alpha does. */
static void
find_alpha (FacetPhoto *photo, const Babl *format)
{
  static const gdouble alphas[] = { 0, 1, 1.0 / 3.0, 0.7 };
  const Babl *fish = babl_fish (babl_format ("R'G'B'A double"), format);
  guint8 first[MAX_PIXEL_BYTES] = { 0 };
  gint end = 0;

  photo->alpha_offset = MAX_PIXEL_BYTES;
  for (guint i = 0; i < G_N_ELEMENTS (alphas); i++)
    {
      const gdouble black[4] = { 0, 0, 0, alphas[i] };
      guint8 pixel[MAX_PIXEL_BYTES] = { 0 };

      babl_process (fish, black, pixel, 1);
      if (i == 0)
        memcpy (first, pixel, sizeof first);
      for (gint byte = 0; byte < (gint) photo->pixel_bytes; byte++)
        if (pixel[byte] != first[byte])
          {
            photo->alpha_offset = MIN (photo->alpha_offset, byte);
            end = MAX (end, byte + 1);
          }
    }
  photo->alpha_bytes = MAX (0, end - photo->alpha_offset);
}

/* --- the photo -------------------------------------------------------------
 */

FacetPhoto *
facet_photo_new (const Babl *format,
                 gconstpointer pixels,
                 gint width,
                 gint height,
                 gint stride,
                 GError **error)
{
  const Babl *rgba = babl_format ("R'G'B'A float");
  FacetPhoto *photo;
  gsize row_bytes;

  if (! check_format (format, error))
    return NULL;
  photo = g_new0 (FacetPhoto, 1);
  photo->width = width;
  photo->height = height;
  photo->pixel_bytes = babl_format_get_bytes_per_pixel (format);
  photo->gray = (babl_get_model_flags (babl_format_get_model (format)) &
                 BABL_MODEL_FLAG_GRAY) != 0;
  photo->levels = get_levels (format);
  photo->to_float = babl_fish (format, rgba);
  photo->to_native = babl_fish (rgba, format);
  if (babl_format_has_alpha (format))
    find_alpha (photo, format);
  row_bytes = width * photo->pixel_bytes;
  photo->pixels = g_malloc (row_bytes * height);
  for (gint y = 0; y < height; y++)
    memcpy (photo->pixels + y * row_bytes,
            (const guint8 *) pixels + (gssize) y * stride, row_bytes);
  return photo;
}

void
facet_photo_free (FacetPhoto *photo)
{
  g_free (photo->pixels);
  g_free (photo);
}

static inline guint8 *
get_pixel (const FacetPhoto *photo, gint x, gint y)
{
  return photo->pixels + ((gsize) y * photo->width + x) * photo->pixel_bytes;
}

static void
round_to_levels (const FacetPhoto *photo, gint n, gfloat *rgba)
{
  const gfloat levels = (gfloat) photo->levels;

  for (gint i = 0; i < n * 4; i++)
    rgba[i] = rintf (rgba[i] * levels) / levels;
}

FacetImage *
facet_photo_read (const FacetPhoto *photo, const FacetRectangle *bounds)
{
  FacetImage *image = facet_image_new (bounds->width, bounds->height);

#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint y = 0; y < bounds->height; y++)
    {
      gfloat *row = image->pixels + (gsize) y * bounds->width * 4;

      babl_process (photo->to_float,
                    get_pixel (photo, bounds->x, bounds->y + y), row,
                    bounds->width);
      if (photo->levels > 0)
        round_to_levels (photo, bounds->width, row);
    }
  return image;
}

void
facet_photo_copy (const FacetPhoto *photo,
                  const FacetRectangle *bounds,
                  gpointer pixels,
                  gsize stride)
{
#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint y = 0; y < bounds->height; y++)
    memcpy ((guint8 *) pixels + y * stride,
            get_pixel (photo, bounds->x, bounds->y + y),
            bounds->width * photo->pixel_bytes);
}

void
facet_photo_write (const FacetPhoto *photo,
                   gint x,
                   gint y,
                   gint n,
                   gfloat *rgba,
                   const guint8 *changed,
                   guint8 *scratch,
                   guint8 *pixels)
{
  const guint8 *alpha = get_pixel (photo, x, y) + photo->alpha_offset;
  const gsize bytes = photo->pixel_bytes;

  if (photo->levels > 0)
    round_to_levels (photo, n, rgba);
  babl_process (photo->to_native, rgba, scratch, n);
  if (photo->alpha_bytes == 1)
    for (gint i = 0; i < n; i++)
      scratch[i * bytes + photo->alpha_offset] = alpha[i * bytes];
  else if (photo->alpha_bytes > 1)
    for (gint i = 0; i < n; i++)
      memcpy (scratch + i * bytes + photo->alpha_offset, alpha + i * bytes,
              photo->alpha_bytes);
  for (gint i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && changed[end] == changed[i]; end++)
        ;
      if (changed[i])
        memcpy (pixels + i * bytes, scratch + i * bytes, (end - i) * bytes);
    }
}
