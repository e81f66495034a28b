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
#include <face/crop/facet-vectors.h>
#include <face/facet-edit-error.h>
#include <glib/gi18n-lib.h>
#include <nn/nn.h>
#include <string.h>
#include "facet-photo.h"

#define MAX_PIXEL_BYTES 64

/* The sum of a float of no more than 2^22 and this is rounded to an integer,
 * which stands in its lowest bits. */
#define ROUNDER 12582912.0f

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

/* babl does not tell where in a pixel the colours are, but a colour of three
 * levels does. */
static gboolean
find_colours (FacetPhoto *photo, const Babl *format, gint levels)
{
  const gfloat steps = (gfloat) levels;
  const gfloat rgba[4] = { 1 / steps, 2 / steps, 3 / steps, 1 };
  const gint level_bytes = levels > G_MAXUINT8 ? 2 : 1;
  const gint n_levels = (gint) photo->pixel_bytes / level_bytes;
  guint16 wide[MAX_PIXEL_BYTES / 2] = { 0 };
  const guint8 *narrow = (const guint8 *) wide;
  gint found = 0;

  babl_process (babl_fish (babl_format ("R'G'B'A float"), format), rgba, wide,
                1);
  for (gint i = 0; i < n_levels; i++)
    {
      const gint level = level_bytes == 2 ? wide[i] : narrow[i];

      if (level < 1 || level > 3)
        continue;
      photo->colour_offsets[level - 1] = i * level_bytes;
      found |= 1 << (level - 1);
    }
  return found == 7; /* all three */
}

/* The steps from 0 to 1 of integers in sRGB that need nothing but a division;
 * 0: they need more. */
static gint
get_levels (FacetPhoto *photo, const Babl *format)
{
  const BablModelFlag flags = babl_get_model_flags (
      babl_format_get_model (format));
  const Babl *type = babl_format_get_type (format, 0);
  const gint levels = type == babl_type ("u8")  ? G_MAXUINT8 :
                      type == babl_type ("u16") ? G_MAXUINT16 :
                                                  0;

  if (levels > 0 && (flags & BABL_MODEL_FLAG_NONLINEAR) &&
      ! (flags & BABL_MODEL_FLAG_ASSOCIATED) &&
      babl_format_get_space (format) == babl_space ("sRGB") &&
      (photo->gray || find_colours (photo, format, levels)))
    return levels;
  return 0;
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
  photo->levels = get_levels (photo, format);
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

FACET_CLONES static void
round_to_levels (const FacetPhoto *photo, gint n, gfloat *rgba)
{
  const gfloat levels = (gfloat) photo->levels;

  for (gint i = 0; i < n * 4; i++)
    rgba[i] = (rgba[i] * levels + ROUNDER - ROUNDER) / levels;
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

/* --- writing ---------------------------------------------------------------
 */

FACET_INLINE void
put_levels (const FacetPhoto *photo,
            gint n,
            gint n_colours,
            gsize level_bytes,
            const gfloat *rgba,
            guint8 *pixels)
{
  const gfloat levels = (gfloat) photo->levels;
  const gsize bytes = photo->pixel_bytes;
  const gint offsets[3] = { photo->colour_offsets[0], photo->colour_offsets[1],
                            photo->colour_offsets[2] };

  for (gint i = 0; i < n; i++)
    {
      const Vec4 sum = ((const Vec4 *) rgba)[i] * levels + ROUNDER;
      const Ints4 bits = (Ints4) sum;

      for (gint c = 0; c < n_colours; c++)
        {
          const guint16 level = (guint16) bits[c];
          guint8 *place = pixels + i * bytes + offsets[c];

          if (level_bytes == 1)
            *place = (guint8) level;
          else
            memcpy (place, &level, 2);
        }
    }
}

/* What did not change is rounded to the level that it was. */
FACET_CLONES static void
write_levels (const FacetPhoto *photo,
              gint n,
              const gfloat *rgba,
              guint8 *pixels)
{
  const gboolean wide = photo->levels > G_MAXUINT8;

  if (photo->gray && wide)
    put_levels (photo, n, 1, 2, rgba, pixels);
  else if (photo->gray)
    put_levels (photo, n, 1, 1, rgba, pixels);
  else if (wide)
    put_levels (photo, n, 3, 2, rgba, pixels);
  else
    put_levels (photo, n, 3, 1, rgba, pixels);
}

static void
put_back_alpha (const FacetPhoto *photo, gint x, gint y, gint n, guint8 *pixels)
{
  const gsize bytes = photo->pixel_bytes;
  const guint8 *alpha = get_pixel (photo, x, y) + photo->alpha_offset;

  for (gint i = 0; i < n; i++)
    memcpy (pixels + i * bytes + photo->alpha_offset, alpha + i * bytes,
            photo->alpha_bytes);
}

/* A number that is none differs from nothing. */
FACET_CLONES static void
find_changes (gint n,
              const gfloat *before,
              const gfloat *after,
              guint8 *changed)
{
  for (gint i = 0; i < n; i++)
    {
      const Vec4 old = ((const Vec4 *) before)[i];
      const Vec4 new = ((const Vec4 *) after)[i];
      const Ints4 differs = (new < old) | (new > old);

      changed[i] = (differs[0] | differs[1] | differs[2]) != 0;
    }
}

static void
copy_changed (gint n,
              gsize bytes,
              const guint8 *changed,
              const guint8 *native,
              guint8 *pixels)
{
  for (gint i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && changed[end] == changed[i]; end++)
        ;
      if (changed[i])
        memcpy (pixels + i * bytes, native + i * bytes, (end - i) * bytes);
    }
}

void
facet_photo_write (const FacetPhoto *photo,
                   gint x,
                   gint y,
                   gint n,
                   const gfloat *before,
                   const gfloat *rgba,
                   guint8 *pixels)
{
  guint8 native[FACET_PHOTO_MOST * MAX_PIXEL_BYTES];
  guint8 changed[FACET_PHOTO_MOST];

  if (photo->levels > 0)
    {
      write_levels (photo, n, rgba, pixels);
      return;
    }
  find_changes (n, before, rgba, changed);
  babl_process (photo->to_native, rgba, native, n);
  put_back_alpha (photo, x, y, n, native);
  copy_changed (n, photo->pixel_bytes, changed, native, pixels);
}
