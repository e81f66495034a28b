/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * result = photo + strength · mask · (target − photo), for each pixel of the
 * photo, where the target is the photo and what the edit does to it (residual
 * transfer: Brock et al. 2017, "Neural Photo Editing with Introspective
 * Adversarial Networks").  A pixel for which that adds up to what it was is not
 * written.
 */
#include <nn/nn.h>
#include <string.h>
#include "facet-paste.h"

typedef gfloat Vec4 __attribute__ ((vector_size (16), aligned (16)));
typedef gint32 Lanes __attribute__ ((vector_size (16), aligned (16)));
typedef gint64 Halves __attribute__ ((vector_size (16), aligned (16)));

/* One row; pixels of four floats. */
typedef struct
{
  gfloat *line; /* of the grid's nodes    */
  gfloat *map;
  gfloat *motion;
  gfloat *target;
  gfloat *mask; /* [1]                    */
  guint8 *changed;
  guint8 *native;
} Scratch;

/* The part of a row that lies in the mask. */
typedef struct
{
  gint first;
  gint n;
} Span;

static Scratch
scratch_new (gint width, gsize pixel_bytes)
{
  /* the grid's lines reach two nodes beyond the row */
  const gsize n = (gsize) width + 2;
  Scratch scratch;

  scratch.line = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.map = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.motion = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.target = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.mask = g_new (gfloat, n);
  scratch.changed = g_new (guint8, n);
  scratch.native = g_malloc (n * pixel_bytes);
  return scratch;
}

static void
scratch_clear (Scratch *scratch)
{
  g_aligned_free (scratch->line);
  g_aligned_free (scratch->map);
  g_aligned_free (scratch->motion);
  g_aligned_free (scratch->target);
  g_free (scratch->mask);
  g_free (scratch->changed);
  g_free (scratch->native);
}

static Span
get_span (const gfloat *mask, gint width)
{
  gint first = 0, end = width;

  while (first < end && mask[first] == 0.0f)
    first++;
  while (end > first && mask[end - 1] == 0.0f)
    end--;
  return (Span) { first, end - first };
}

/* --- grain -----------------------------------------------------------------
 */

/* Noise of σ 1 that depends on nothing but the place: the sum of four bytes of
 * a hash (Murmur's last step), less its mean, by its deviation. */
static inline gfloat
get_noise (guint32 x, guint32 y)
{
  guint32 hash = (x * 0x9e3779b1u) ^ (y * 0x85ebca77u);
  gint sum;

  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  hash ^= hash >> 16;
  sum = (hash & 255) + (hash >> 8 & 255) + (hash >> 16 & 255) + (hash >> 24);
  return (sum - 510) * (1.0f / 147.8f);
}

static void
add_grain (gfloat sigma,
           gint x,
           gint y,
           gint n,
           const gfloat *map,
           gfloat *target)
{
  for (gint i = 0; i < n; i++)
    {
      const gfloat given_up = 1.0f - map[4 * i + 3];
      gfloat noise;

      if (given_up <= 0.0f)
        continue;
      noise = sigma * MIN (given_up, 1.0f) * get_noise (x + i, y);
      for (gint c = 0; c < 3; c++)
        target[4 * i + c] += noise;
    }
}

/* --- targets ---------------------------------------------------------------
 */

static void
add_map (gint n, const gfloat *photo, const gfloat *map, gfloat *target)
{
  for (gint i = 0; i < 4 * n; i++)
    target[i] = photo[i] + map[i];
}

static void
mix_map (gint n, const gfloat *map, gfloat *target)
{
  for (gint i = 0; i < n; i++)
    {
      const Vec4 add = ((const Vec4 *) map)[i];

      ((Vec4 *) target)[i] = ((Vec4 *) target)[i] * add[3] + add;
    }
}

/* @x, @y: of the span's first pixel in the photo. */
static void
get_target (const FacetPaste *paste,
            Span span,
            gint x,
            gint y,
            const gfloat *photo,
            const gfloat *map,
            const gfloat *motion,
            gfloat *target)
{
  switch (paste->kind)
    {
    case FACET_PASTE_ADD:
      add_map (span.n, photo, map, target);
      break;
    case FACET_PASTE_PUT:
      memcpy (target, map, span.n * 4 * sizeof (gfloat));
      break;
    case FACET_PASTE_MOVE:
      facet_warp_row (paste->pixels, x - paste->read.x, y - paste->read.y,
                      span.n, motion, target);
      mix_map (span.n, map, target);
      if (paste->grain_sigma > 0.0)
        add_grain ((gfloat) paste->grain_sigma, x, y, span.n, map, target);
      break;
    }
}

static inline Vec4
choose (Lanes which, Vec4 yes, Vec4 no)
{
  return (Vec4) ((which & (Lanes) yes) | (~which & (Lanes) no));
}

/* What is out of 0…1 in the photo may stay so, but nothing gets out of it.
 * Comparing by < and > leaves a photo's NaN alone. */
static gboolean
blend (gint n,
       const gfloat *photo,
       const gfloat *mask,
       gfloat strength,
       gfloat *target,
       guint8 *changed)
{
  const Vec4 black = { 0, 0, 0, 0 };
  const Vec4 white = { 1, 1, 1, 1 };
  Vec4 *pixels = (Vec4 *) target;
  guint8 any = 0;

  for (gint i = 0; i < n; i++)
    {
      const Vec4 old = ((const Vec4 *) photo)[i];
      const Vec4 low = choose (old < black, old, black);
      const Vec4 high = choose (old > white, old, white);
      Vec4 value = old + (pixels[i] - old) * (mask[i] * strength);
      Halves differs;

      value = choose (value < low, low, value);
      value = choose (value > high, high, value);
      value[3] = old[3];
      differs = (Halves) ((value < old) | (value > old));
      pixels[i] = value;
      changed[i] = (differs[0] | differs[1]) != 0;
      any |= changed[i];
    }
  return any;
}

/* --- the whole -------------------------------------------------------------
 */

static void
paste_row (const FacetPaste *paste,
           const FacetImage *map,
           const FacetImage *motion,
           gint row,
           Scratch *scratch,
           guint8 *pixels)
{
  const FacetGrid *grid = &paste->grid;
  const gint y = grid->bounds.y + row;
  const gfloat *map_row, *motion_row = NULL, *photo;
  Span span;
  gint x;

  facet_grid_get_mask (grid, paste->feather, row, scratch->mask);
  span = get_span (scratch->mask, grid->bounds.width);
  if (span.n == 0)
    return;
  x = grid->bounds.x + span.first;
  photo =
      paste->pixels->pixels +
      ((gsize) (y - paste->read.y) * paste->read.width + x - paste->read.x) * 4;
  map_row = facet_grid_get_row (grid, map, row, scratch->line, scratch->map) +
            4 * span.first;
  if (motion)
    motion_row = facet_grid_get_row (grid, motion, row, scratch->line,
                                     scratch->motion) +
                 4 * span.first;
  get_target (paste, span, x, y, photo, map_row, motion_row, scratch->target);
  if (blend (span.n, photo, scratch->mask + span.first,
             (gfloat) paste->strength, scratch->target, scratch->changed))
    facet_photo_write (paste->photo, x, y, span.n, scratch->target,
                       scratch->changed, scratch->native,
                       pixels + span.first * paste->photo->pixel_bytes);
}

void
facet_paste (const FacetPaste *paste, guint8 *pixels, gsize stride)
{
  const FacetRectangle *bounds = &paste->grid.bounds;
  g_autoptr (FacetImage) map = facet_grid_spread (&paste->grid, paste->map);
  g_autoptr (FacetImage) motion = NULL;

  if (paste->kind == FACET_PASTE_MOVE)
    motion = facet_grid_spread (&paste->grid, paste->motion);
#pragma omp parallel num_threads(nn_get_threads())
  {
    Scratch scratch = scratch_new (bounds->width, paste->photo->pixel_bytes);

#pragma omp for schedule(static)
    for (gint row = 0; row < bounds->height; row++)
      paste_row (paste, map, motion, row, &scratch, pixels + row * stride);
    scratch_clear (&scratch);
  }
}
