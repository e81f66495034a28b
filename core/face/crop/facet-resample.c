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
#include "facet-resample.h"
#include "facet-sample.h"

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

/* --- halving ---------------------------------------------------------------
 */

FACET_CLONES static void
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

FACET_INLINE Vec4
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

        sum += facet_sample_pixel (source, i, j) * weight;
        total += weight;
      }
  return sum / total;
}

/* --- magnifying ------------------------------------------------------------
 */

/* floor () of what is not far below 0, without a call. */
static inline gint
get_floor (gdouble place)
{
  const gint far = 1024;

  return (gint) (place + far) - far;
}

FACET_INLINE Vec4
sample_cubic (const FacetImage *source, gdouble x, gdouble y)
{
  const gint left = get_floor (x - 0.5);
  const gint top = get_floor (y - 0.5);

  return facet_sample_between (source, left, top, (gfloat) (x - 0.5 - left),
                               (gfloat) (y - 0.5 - top));
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

FACET_CLONES static void
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
