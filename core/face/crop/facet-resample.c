/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Resampling by an affine map.  Where it shrinks, the source is halved by 2 × 2
 * boxes as often as leaves two to four of its pixels to each of the target, and
 * these are weighted by a tent that lies along the target's axes: boxes and
 * tents have no negative lobes, so no edge rings, and the box's first zero is
 * where the finest checkerboard would alias.  Where it magnifies, the surface
 * is Catmull and Rom's cubic (1974), which passes through the samples.
 */
#include <math.h>
#include <nn/nn.h>
#include <string.h>
#include "facet-resample.h"

typedef gfloat Vec4 __attribute__ ((vector_size (16), aligned (16)));

/* From this many source pixels to a target pixel on, halve the source. */
#define HALVE_FROM 4.0

FacetImage *
facet_image_new (gint width, gint height)
{
  FacetImage *image = g_new (FacetImage, 1);

  image->width = width;
  image->height = height;
  image->pixels = g_aligned_alloc ((gsize) width * height, sizeof (Vec4), 64);
  return image;
}

void
facet_image_free (FacetImage *image)
{
  g_aligned_free (image->pixels);
  g_free (image);
}

static inline Vec4
load (const FacetImage *image, gint x, gint y)
{
  const gint column = CLAMP (x, 0, image->width - 1);
  const gint row = CLAMP (y, 0, image->height - 1);

  return ((const Vec4 *) image->pixels)[(gsize) row * image->width + column];
}

/* --- halving ---------------------------------------------------------------
 */

static void
halve_row (const FacetImage *source, gint y, FacetImage *half)
{
  const Vec4 *upper = (const Vec4 *) source->pixels +
                      (gsize) 2 * y * source->width;
  const Vec4 *lower = 2 * y + 1 < source->height ? upper + source->width :
                                                   upper;
  Vec4 *out = (Vec4 *) half->pixels + (gsize) y * half->width;

  for (gint x = 0; x < half->width; x++)
    {
      const gint left = 2 * x;
      const gint right = MIN (left + 1, source->width - 1);

      out[x] = (upper[left] + upper[right] + lower[left] + lower[right]) *
               0.25f;
    }
}

static FacetImage *
halve (const FacetImage *source)
{
  FacetImage *half = facet_image_new ((source->width + 1) / 2,
                                      (source->height + 1) / 2);

#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint y = 0; y < half->height; y++)
    halve_row (source, y, half);
  return half;
}

/* --- shrinking -------------------------------------------------------------
 */

/* A tent along the axes of the target, in source pixels: its weight falls from
 * 1 in the middle to 0 at 1, where (across, down) = inverse · distance. */
typedef struct
{
  gdouble reach_x;
  gdouble reach_y;
  gfloat across_x;
  gfloat across_y;
  gfloat down_x;
  gfloat down_y;
} Tent;

static Tent
get_tent (const FacetAffine *to_source)
{
  const gdouble length_x = hypot (to_source->xx, to_source->yx);
  const gdouble length_y = hypot (to_source->xy, to_source->yy);
  const FacetAffine inverse = facet_affine_invert (to_source);
  /* never narrower than a pixel, or some pixels would catch none */
  const gdouble wide_x = MAX (1.0, length_x) / length_x;
  const gdouble wide_y = MAX (1.0, length_y) / length_y;

  return (Tent) {
    .reach_x = fabs (to_source->xx) * wide_x + fabs (to_source->xy) * wide_y,
    .reach_y = fabs (to_source->yx) * wide_x + fabs (to_source->yy) * wide_y,
    .across_x = (gfloat) (inverse.xx / wide_x),
    .across_y = (gfloat) (inverse.xy / wide_x),
    .down_x = (gfloat) (inverse.yx / wide_y),
    .down_y = (gfloat) (inverse.yy / wide_y),
  };
}

static inline Vec4
sample_tent (const FacetImage *source, const Tent *tent, gdouble x, gdouble y)
{
  const gint first_x = (gint) ceil (x - tent->reach_x - 0.5);
  const gint last_x = (gint) floor (x + tent->reach_x - 0.5);
  const gint first_y = (gint) ceil (y - tent->reach_y - 0.5);
  const gint last_y = (gint) floor (y + tent->reach_y - 0.5);
  Vec4 sum = { 0 };
  gfloat total = 0;

  for (gint j = first_y; j <= last_y; j++)
    for (gint i = first_x; i <= last_x; i++)
      {
        const gfloat distance_x = (gfloat) (i + 0.5 - x);
        const gfloat distance_y = (gfloat) (j + 0.5 - y);
        const gfloat across = 1.0f - fabsf (tent->across_x * distance_x +
                                            tent->across_y * distance_y);
        const gfloat down = 1.0f - fabsf (tent->down_x * distance_x +
                                          tent->down_y * distance_y);
        const gfloat weight = MAX (across, 0.0f) * MAX (down, 0.0f);

        sum += load (source, i, j) * weight;
        total += weight;
      }
  return sum / total;
}

/* --- magnifying ------------------------------------------------------------
 */

/* The four weights of Catmull and Rom for a place that is @t of the way from
 * the second sample to the third. */
static inline Vec4
get_weights (gfloat t)
{
  const Vec4 cube = { -0.5f, 1.5f, -1.5f, 0.5f };
  const Vec4 square = { 1.0f, -2.5f, 2.0f, -0.5f };
  const Vec4 line = { -0.5f, 0.0f, 0.5f, 0.0f };
  const Vec4 point = { 0.0f, 1.0f, 0.0f, 0.0f };

  return ((cube * t + square) * t + line) * t + point;
}

/* floor () of what is not far below 0, without a call. */
static inline gint
get_floor (gdouble place)
{
  const gint far = 1024;

  return (gint) (place + far) - far;
}

/* @corner: of sixteen pixels in rows of @width. */
static inline Vec4
mix_sixteen (const Vec4 *corner, gsize width, Vec4 across, Vec4 down)
{
  const Vec4 left = { across[0], across[0], across[0], across[0] };
  const Vec4 second = { across[1], across[1], across[1], across[1] };
  const Vec4 third = { across[2], across[2], across[2], across[2] };
  const Vec4 right = { across[3], across[3], across[3], across[3] };
  Vec4 sum = { 0 };

  for (gint j = 0; j < 4; j++, corner += width)
    sum += (corner[0] * left + corner[1] * second + corner[2] * third +
            corner[3] * right) *
           down[j];
  return sum;
}

static inline gboolean
has_sixteen (const FacetImage *source, gint column, gint row)
{
  return column >= 0 && row >= 0 && column + 4 <= source->width &&
         row + 4 <= source->height;
}

static inline const Vec4 *
get_corner (const FacetImage *source, gint column, gint row)
{
  return (const Vec4 *) source->pixels + (gsize) row * source->width + column;
}

static inline Vec4
sample_cubic (const FacetImage *source, gdouble x, gdouble y)
{
  const gint left = get_floor (x - 0.5);
  const gint top = get_floor (y - 0.5);
  const gint column = left - 1;
  const gint row = top - 1;
  const Vec4 across = get_weights ((gfloat) (x - 0.5 - left));
  const Vec4 down = get_weights ((gfloat) (y - 0.5 - top));
  Vec4 sum = { 0 };

  if (has_sixteen (source, column, row))
    return mix_sixteen (get_corner (source, column, row), source->width, across,
                        down);
  for (gint j = 0; j < 4; j++)
    {
      Vec4 line = { 0 };

      for (gint i = 0; i < 4; i++)
        line += load (source, column + i, row + j) * across[i];
      sum += line * down[j];
    }
  return sum;
}

/* --- the whole -------------------------------------------------------------
 */

/* Keeps a place within a few pixels of the source, where all that lies further
 * looks the same: so that no place is too far for an integer. */
static inline gdouble
near_source (gdouble place, gdouble reach, gint size)
{
  return CLAMP (place, -reach - 4.0, size + reach + 4.0);
}

static void
resample_row (const FacetImage *source,
              const FacetAffine *to_source,
              const Tent *tent,
              gint row,
              FacetImage *target)
{
  Vec4 *out = (Vec4 *) target->pixels + (gsize) row * target->width;
  const gdouble start_x = to_source->xy * (row + 0.5) + to_source->x0;
  const gdouble start_y = to_source->yy * (row + 0.5) + to_source->y0;
  const gdouble reach_x = tent ? tent->reach_x : 0.0;
  const gdouble reach_y = tent ? tent->reach_y : 0.0;

  for (gint column = 0; column < target->width; column++)
    {
      const gdouble x = near_source (to_source->xx * (column + 0.5) + start_x,
                                     reach_x, source->width);
      const gdouble y = near_source (to_source->yx * (column + 0.5) + start_y,
                                     reach_y, source->height);

      out[column] = tent ? sample_tent (source, tent, x, y) :
                           sample_cubic (source, x, y);
    }
}

static gdouble
get_step (const FacetAffine *to_source)
{
  return MIN (hypot (to_source->xx, to_source->yx),
              hypot (to_source->xy, to_source->yy));
}

static gboolean
shrinks (const FacetAffine *to_source)
{
  return MAX (hypot (to_source->xx, to_source->yx),
              hypot (to_source->xy, to_source->yy)) > 1.0;
}

static FacetAffine
halved (const FacetAffine *affine)
{
  return (FacetAffine) { affine->xx / 2, affine->xy / 2, affine->x0 / 2,
                         affine->yx / 2, affine->yy / 2, affine->y0 / 2 };
}

void
facet_resample (const FacetImage *source,
                const FacetAffine *to_source,
                FacetImage *target)
{
  FacetAffine map = *to_source;
  g_autoptr (FacetImage) half = NULL;
  const gboolean use_tent = shrinks (to_source);
  Tent tent = { 0 };

  for (; get_step (&map) >= HALVE_FROM; map = halved (&map))
    {
      FacetImage *next = halve (half ? half : source);

      g_clear_pointer (&half, facet_image_free);
      half = next;
    }
  if (half)
    source = half;
  if (use_tent)
    tent = get_tent (&map);
#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint row = 0; row < target->height; row++)
    resample_row (source, &map, use_tent ? &tent : NULL, row, target);
}

gdouble
facet_resample_get_margin (const FacetAffine *to_source)
{
  const Tent tent = get_tent (to_source);

  /* the tent's reach, and two pixels for the cubic or the last halving */
  return MAX (tent.reach_x, tent.reach_y) + 2.0 +
         MAX (get_step (to_source), 1.0);
}

/* --- warping ---------------------------------------------------------------
 */

/* A motion shorter than this is none: it would change no byte, and most of a
 * face does not move. */
#define SHORTEST_MOTION_PX 0.002f

/* floor () of a motion, which is never as long as a photo may be wide. */
static inline gint
get_whole (gfloat motion)
{
  const gint far = 1 << 20;

  return (gint) ((gdouble) motion + far) - far;
}

void
facet_warp_row (const FacetImage *source,
                gint x,
                gint y,
                gint n,
                const gfloat *motion,
                gfloat *out)
{
  for (gint i = 0; i < n; i++)
    {
      const gfloat move_x = motion[4 * i], move_y = motion[4 * i + 1];
      const gint right = get_whole (move_x), lower = get_whole (move_y);
      const gint column = x + i + right - 1, row = y + lower - 1;
      Vec4 *pixel = (Vec4 *) out + i;

      if (fabsf (move_x) < SHORTEST_MOTION_PX &&
          fabsf (move_y) < SHORTEST_MOTION_PX)
        *pixel = load (source, x + i, y);
      else if (has_sixteen (source, column, row))
        *pixel = mix_sixteen (get_corner (source, column, row), source->width,
                              get_weights (move_x - right),
                              get_weights (move_y - lower));
      else
        *pixel =
            sample_cubic (source,
                          near_source (x + i + 0.5 + move_x, 0, source->width),
                          near_source (y + 0.5 + move_y, 0, source->height));
    }
}
