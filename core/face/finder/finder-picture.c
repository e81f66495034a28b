/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shrinking is the mean of whole pixels, so that the small levels hold no
 * aliases.  A crop is sampled bilinearly from the level next finer than itself,
 * several times a pixel where it is finer by more than two.
 */
#include <math.h>
#include <nn/nn.h>
#include <string.h>
#include "finder-picture.h"

/* More samples along a pixel of a crop than this change nothing to be seen. */
#define MAX_SAMPLES 4

/* --- levels ------------------------------------------------------------------
 */

/* Adds @n pixels of a row, as R'G'B', to @sums; the last one is repeated up to
 * @n_sums. */
static void
add_row (const FinderLevel *level, gint y, gint n_sums, guint32 *sums)
{
  const gint row = MIN (y, level->height - 1);
  const guint8 *pixels = level->pixels + (gsize) row * level->stride;
  const gint step = level->channels;
  const gint green = step >= 3 ? 1 : 0;
  const gint n = MIN (level->width, n_sums);

  if (step == 3)
    for (gint i = 0; i < 3 * n; i++)
      sums[i] += pixels[i];
  else
    for (gint x = 0; x < n; x++)
      {
        sums[3 * x] += pixels[(gsize) x * step];
        sums[3 * x + 1] += pixels[(gsize) x * step + green];
        sums[3 * x + 2] += pixels[(gsize) x * step + 2 * green];
      }
  for (gint x = n; x < n_sums; x++)
    for (gint c = 0; c < 3; c++)
      sums[3 * x + c] += pixels[(gsize) (level->width - 1) * step + c * green];
}

/* One row of the shrunk level from @factor rows of @from. */
static void
shrink_row (const FinderLevel *from,
            gint factor,
            gint y,
            gint width,
            guint8 *to)
{
  const guint32 area = (guint32) factor * (guint32) factor;
  const gint n_sums = width * factor;
  g_autofree guint32 *sums = g_new0 (guint32, 3 * (gsize) n_sums);

  for (gint i = 0; i < factor; i++)
    add_row (from, y * factor + i, n_sums, sums);
  for (gint x = 0; x < width; x++)
    for (gint c = 0; c < 3; c++)
      {
        guint32 sum = area / 2;

        for (gint i = 0; i < factor; i++)
          sum += sums[3 * (x * factor + i) + c];
        to[3 * x + c] = (guint8) (sum / area);
      }
}

static gboolean
add_level (FinderPicture *picture, gint factor)
{
  const FinderLevel *from = &picture->levels[picture->n_levels - 1];
  const gint width = (from->width + factor - 1) / factor;
  const gint height = (from->height + factor - 1) / factor;
  guint8 *pixels = g_try_malloc_n ((gsize) width * height, 3);

  if (! pixels)
    return FALSE;
#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint y = 0; y < height; y++)
    shrink_row (from, factor, y, width, pixels + (gsize) y * width * 3);
  picture->owned[picture->n_levels] = pixels;
  picture->levels[picture->n_levels++] = (FinderLevel) {
    pixels, width, height, 3, (gsize) width * 3, from->factor * factor
  };
  return TRUE;
}

FinderPicture *
finder_picture_new (const guint8 *pixels,
                    gint width,
                    gint height,
                    gint channels,
                    gsize stride,
                    gint factor,
                    gint smallest_side)
{
  g_autoptr (FinderPicture) picture = g_new0 (FinderPicture, 1);
  const FinderLevel *last = &picture->levels[0];

  picture->levels[0] = (FinderLevel) { pixels,   width,  height,
                                       channels, stride, 1 };
  picture->n_levels = 1;
  do
    {
      if (! add_level (picture, picture->n_levels == 1 ? factor : 2))
        return NULL;
      last++;
    }
  while (MIN (last->width, last->height) > smallest_side &&
         picture->n_levels < FINDER_MAX_LEVELS);
  return g_steal_pointer (&picture);
}

void
finder_picture_free (FinderPicture *picture)
{
  for (gint i = 0; picture && i < picture->n_levels; i++)
    g_free (picture->owned[i]);
  g_free (picture);
}

void
finder_level_to_floats (const FinderLevel *level, gint multiple, gfloat *values)
{
  const gint width = (level->width + multiple - 1) / multiple * multiple;
  const gint height = (level->height + multiple - 1) / multiple * multiple;

#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gint y = 0; y < height; y++)
    {
      const guint8 *row = level->pixels +
                          (gsize) MIN (y, level->height - 1) * level->stride;
      gfloat *to = values + (gsize) y * width * 3;

      for (gint i = 0; i < 3 * level->width; i++)
        to[i] = row[i] * (1.0f / 255.0f) - 0.5f;
      for (gint x = level->width; x < width; x++)
        memcpy (to + 3 * x, to + 3 * (level->width - 1), 3 * sizeof (gfloat));
    }
}

/* --- crops -------------------------------------------------------------------
 */

/* Adds the pixel at @x, @y (of the level's own pixels, their middles at whole
 * numbers) to @sum. */
static void
add_sample (const FinderLevel *level, gfloat x, gfloat y, gfloat *sum)
{
  const gfloat inside_x = CLAMP (x, 0.0f, (gfloat) (level->width - 1));
  const gfloat inside_y = CLAMP (y, 0.0f, (gfloat) (level->height - 1));
  const gint left = (gint) inside_x;
  const gint top = (gint) inside_y;
  const gfloat u = inside_x - (gfloat) left;
  const gfloat v = inside_y - (gfloat) top;
  const gsize right = left + 1 < level->width ? (gsize) level->channels : 0;
  const gsize below = top + 1 < level->height ? level->stride : 0;
  const guint8 *pixel = level->pixels + (gsize) top * level->stride +
                        (gsize) left * level->channels;
  const gint green = level->channels >= 3 ? 1 : 0;

  for (gint c = 0; c < 3; c++)
    {
      const guint8 *one = pixel + c * green;
      const gfloat upper = one[0] + u * (gfloat) (one[right] - one[0]);
      const gfloat lower = one[below] +
                           u * (gfloat) (one[below + right] - one[below]);

      sum[c] += upper + v * (lower - upper);
    }
}

/* The coarsest level that is still finer than a pixel of @pixel_size. */
static const FinderLevel *
choose_level (const FinderPicture *picture, gdouble pixel_size)
{
  gint index = 0;

  while (index + 1 < picture->n_levels &&
         picture->levels[index + 1].factor <= pixel_size)
    index++;
  return &picture->levels[index];
}

void
finder_picture_crop (const FinderPicture *picture,
                     const FinderFrame *frame,
                     gdouble span,
                     gboolean mirror,
                     gint side,
                     gfloat *crop)
{
  const gdouble pixel_size = span * frame->width / side;
  const FinderLevel *level = choose_level (picture, pixel_size);
  const gdouble size = pixel_size / level->factor;
  const gint n = CLAMP ((gint) ceil (size), 1, MAX_SAMPLES);
  const gdouble step_x = size * cos (frame->angle) / n;
  const gdouble step_y = size * sin (frame->angle) / n;
  const gdouble turn = mirror ? -1.0 : 1.0;
  const gfloat scale = 1.0f / (255.0f * (gfloat) (n * n));

  for (gint row = 0; row < side; row++)
    for (gint column = 0; column < side; column++)
      {
        gfloat sum[3] = { 0 };
        gfloat *to = crop + 3 * ((gsize) row * side + column);

        for (gint i = 0; i < n * n; i++)
          {
            const gdouble u = turn *
                              (column * n + i % n + 0.5 - 0.5 * side * n);
            const gdouble v = row * n + i / n + 0.5 - 0.5 * side * n;

            add_sample (level,
                        (gfloat) (frame->x / level->factor - 0.5 + u * step_x -
                                  v * step_y),
                        (gfloat) (frame->y / level->factor - 0.5 + u * step_y +
                                  v * step_x),
                        sum);
          }
        for (gint c = 0; c < 3; c++)
          to[c] = sum[c] * scale - 0.5f;
      }
}
