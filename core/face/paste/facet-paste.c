/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * result = photo + strength · mask · (target − photo), for each pixel of the
 * photo, where the target is the photo and what the edit does to it (residual
 * transfer: Brock et al. 2017, "Neural Photo Editing with Introspective
 * Adversarial Networks").  A pixel for which that adds up to what it was keeps
 * its bytes.
 */
#include <face/crop/facet-vectors.h>
#include <nn/nn.h>
#include <string.h>
#include "facet-paste.h"
#include "facet-warp.h"

/* A row is done in pieces: what is computed of one stays in the nearest cache.
 */
#define PIECE_PX FACET_PHOTO_MOST

typedef struct
{
  gint x; /* of its first pixel in the photo */
  gint y;
  gint n;
} Piece;

typedef gfloat Pixels[4 * PIECE_PX] __attribute__ ((aligned (64)));

/* --- grain -----------------------------------------------------------------
 */

/* Noise of σ 1 that depends on nothing but the place: the sum of four bytes of
 * a hash (Murmur's last step), less its mean, by its deviation. */
FACET_INLINE gfloat
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

static gboolean
is_given_up (gint n, const gfloat *map)
{
  for (gint i = 0; i < n; i++)
    if (map[4 * i + 3] < 1.0f)
      return TRUE;
  return FALSE;
}

/* As far as the photo is given up. */
FACET_CLONES static void
add_grain (const Piece *piece, gfloat sigma, const gfloat *map, gfloat *target)
{
  gfloat noise[PIECE_PX];

  for (gint i = 0; i < piece->n; i++)
    noise[i] = sigma * get_noise (piece->x + i, piece->y);
  for (gint i = 0; i < piece->n; i++)
    {
      const gfloat given_up = CLAMP (1.0f - map[4 * i + 3], 0.0f, 1.0f);

      ((Vec4 *) target)[i] += given_up * noise[i];
    }
}

/* --- targets ---------------------------------------------------------------
 */

FACET_CLONES static void
add_map (gint n, const gfloat *photo, const gfloat *map, gfloat *target)
{
  for (gint i = 0; i < 4 * n; i++)
    target[i] = photo[i] + map[i];
}

FACET_CLONES static void
mix_map (gint n, const gfloat *map, gfloat *target)
{
  for (gint i = 0; i < n; i++)
    {
      const Vec4 add = ((const Vec4 *) map)[i];

      ((Vec4 *) target)[i] = ((Vec4 *) target)[i] * add[3] + add;
    }
}

static void
get_target (const FacetPaste *paste,
            const Piece *piece,
            const gfloat *photo,
            const gfloat *map,
            const gfloat *motion,
            gfloat *target)
{
  const gint n = piece->n;

  switch (paste->kind)
    {
    case FACET_PASTE_ADD:
      add_map (n, photo, map, target);
      break;
    case FACET_PASTE_PUT:
      memcpy (target, map, n * 4 * sizeof (gfloat));
      break;
    case FACET_PASTE_MOVE:
      facet_warp_row (paste->pixels, piece->x - paste->read.x,
                      piece->y - paste->read.y, n, motion, target);
      mix_map (n, map, target);
      if (paste->grain_sigma > 0.0 && is_given_up (n, map))
        add_grain (piece, (gfloat) paste->grain_sigma, map, target);
      break;
    }
}

/* What is out of 0…1 in the photo may stay so, but nothing gets out of it.  A
 * photo's number that is none stays none. */
FACET_CLONES static void
blend (gint n,
       const gfloat *photo,
       const gfloat *mask,
       gfloat strength,
       gfloat *target)
{
  const Vec4 black = { 0, 0, 0, 0 };
  const Vec4 white = { 1, 1, 1, 1 };
  Vec4 *pixels = (Vec4 *) target;

  for (gint i = 0; i < n; i++)
    {
      const Vec4 old = ((const Vec4 *) photo)[i];
      const Vec4 low = facet_vec4_smaller (old, black);
      const Vec4 high = facet_vec4_larger (old, white);
      Vec4 value = old + (pixels[i] - old) * (mask[i] * strength);

      value = facet_vec4_larger (low, value);
      value = facet_vec4_smaller (high, value);
      value[3] = old[3];
      pixels[i] = value;
    }
}

/* --- the whole -------------------------------------------------------------
 */

/* Leaves of a piece what is from the first to the last pixel of the mask;
 * returns where in @mask that begins. */
static const gfloat *
trim (Piece *piece, const gfloat *mask)
{
  while (piece->n > 0 && mask[piece->n - 1] == 0.0f)
    piece->n--;
  for (; piece->n > 0 && *mask == 0.0f; mask++)
    {
      piece->x++;
      piece->n--;
    }
  return mask;
}

/* The photo as numbers. */
static const gfloat *
get_photo (const FacetPaste *paste, const Piece *piece)
{
  const gsize row = piece->y - paste->read.y;

  return paste->pixels->pixels +
         4 * (row * paste->read.width + piece->x - paste->read.x);
}

/* @row: the bounds' row of pixels. */
static void
paste_piece (const FacetPaste *paste,
             const FacetImage *map,
             const FacetImage *motion,
             Piece piece,
             guint8 *row)
{
  const FacetGrid *grid = &paste->grid;
  const gint y = piece.y - grid->bounds.y;
  gint x = piece.x - grid->bounds.x;
  Pixels map_pixels, motion_pixels, target;
  gfloat mask_pixels[PIECE_PX];
  const gfloat *mask, *photo, *map_piece, *motion_piece = NULL;

  facet_grid_get_mask (grid, paste->feather, x, y, piece.n, mask_pixels);
  mask = trim (&piece, mask_pixels);
  if (piece.n == 0)
    return;
  x = piece.x - grid->bounds.x;
  photo = get_photo (paste, &piece);
  map_piece = facet_grid_get_row (grid, map, x, y, piece.n, map_pixels);
  if (motion)
    motion_piece = facet_grid_get_row (grid, motion, x, y, piece.n,
                                       motion_pixels);
  get_target (paste, &piece, photo, map_piece, motion_piece, target);
  blend (piece.n, photo, mask, (gfloat) paste->strength, target);
  facet_photo_write (paste->photo, piece.x, piece.y, piece.n, photo, target,
                     row + x * paste->photo->pixel_bytes);
}

void
facet_paste (const FacetPaste *paste, guint8 *pixels, gsize stride)
{
  const FacetRectangle *bounds = &paste->grid.bounds;
  g_autoptr (FacetImage) map = facet_grid_spread (&paste->grid, paste->map);
  g_autoptr (FacetImage) motion = NULL;

  if (paste->kind == FACET_PASTE_MOVE)
    motion = facet_grid_spread (&paste->grid, paste->motion);
#pragma omp parallel for schedule(dynamic, 8) num_threads(nn_get_threads())
  for (gint row = 0; row < bounds->height; row++)
    for (gint first = 0; first < bounds->width; first += PIECE_PX)
      {
        const Piece piece = { bounds->x + first, bounds->y + row,
                              MIN (PIECE_PX, bounds->width - first) };

        paste_piece (paste, map, motion, piece, pixels + row * stride);
      }
}
