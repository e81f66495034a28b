/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * result = photo + strength · mask · difference, for each pixel of the photo
 * (residual transfer: Brock et al. 2017, "Neural Photo Editing with
 * Introspective Adversarial Networks").  A pixel for which that adds up to what
 * it was is not written.
 */
#include <nn/nn.h>
#include <string.h>
#include "facet-paste.h"

typedef struct
{
  gfloat *line;
  gfloat *map;
  gfloat *mask;
  gfloat *rgba;
  guint8 *changed;
  guint8 *native;
} Scratch;

static Scratch
scratch_new (gint width, gsize pixel_bytes)
{
  /* the grid's lines reach two nodes beyond the row */
  const gsize n = (gsize) width + 2;
  Scratch scratch;

  scratch.line = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.map = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
  scratch.rgba = g_aligned_alloc (n, 4 * sizeof (gfloat), 64);
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
  g_aligned_free (scratch->rgba);
  g_free (scratch->mask);
  g_free (scratch->changed);
  g_free (scratch->native);
}

/* What is out of 0…1 in the photo may stay so, but nothing gets out of it.
 * Comparing by < and > leaves a photo's NaN alone. */
static inline guint8
blend_pixel (const gfloat *photo,
             const gfloat *map,
             gfloat factor,
             gboolean overwrite,
             gfloat *out)
{
  guint8 changed = 0;

  for (gint c = 0; c < 3; c++)
    {
      const gfloat old = photo[c];
      const gfloat sum = old + factor * (overwrite ? map[c] - old : map[c]);
      const gfloat low = MIN (old, 0.0f);
      const gfloat high = MAX (old, 1.0f);
      const gfloat value = CLAMP (sum, low, high);

      changed |= value < old || value > old;
      out[c] = value;
    }
  out[3] = photo[3];
  return changed;
}

static gboolean
blend_row (const FacetPaste *paste,
           const gfloat *photo,
           const gfloat *map,
           Scratch *scratch)
{
  const gfloat strength = (gfloat) paste->strength;
  guint8 any = 0;

  for (gint x = 0; x < paste->grid.bounds.width; x++)
    {
      scratch->changed[x] = blend_pixel (photo + 4 * x, map + 4 * x,
                                         scratch->mask[x] * strength,
                                         paste->overwrite,
                                         scratch->rgba + 4 * x);
      any |= scratch->changed[x];
    }
  return any;
}

static void
paste_row (const FacetPaste *paste,
           const FacetImage *spread,
           gint y,
           Scratch *scratch,
           guint8 *pixels)
{
  const FacetRectangle *bounds = &paste->grid.bounds;
  const gsize row = bounds->y + y - paste->read.y;
  const gsize column = bounds->x - paste->read.x;
  const gfloat *photo = paste->pixels->pixels +
                        (row * paste->read.width + column) * 4;
  const gfloat *map = facet_grid_get_row (&paste->grid, spread, y,
                                          scratch->line, scratch->map);

  facet_grid_get_mask (&paste->grid, paste->feather, y, scratch->mask);
  if (blend_row (paste, photo, map, scratch))
    facet_photo_write (paste->photo, bounds->x, bounds->y + y, bounds->width,
                       scratch->rgba, scratch->changed, scratch->native,
                       pixels);
}

void
facet_paste (const FacetPaste *paste,
             const FacetImage *map,
             guint8 *pixels,
             gsize stride)
{
  const FacetRectangle *bounds = &paste->grid.bounds;
  g_autoptr (FacetImage) spread = facet_grid_spread (&paste->grid, map);

#pragma omp parallel num_threads(nn_get_threads())
  {
    Scratch scratch = scratch_new (bounds->width, paste->photo->pixel_bytes);

#pragma omp for schedule(static)
    for (gint y = 0; y < bounds->height; y++)
      paste_row (paste, spread, y, &scratch, pixels + y * stride);
    scratch_clear (&scratch);
  }
}
