/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shrinking is the mean of whole pixels, so that the small levels hold no
 * aliases.  A crop is sampled bilinearly from the level nearest to its own
 * scale, several times a pixel where that is much finer.
 */
#include <math.h>
#include <nn/nn.h>
#include <string.h>
#include "finder-picture.h"

/* More samples along a pixel of a crop than this change nothing to be seen. */
#define MAX_SAMPLES 4
/* How far samples are apart, in pixels of their level. */
#define FINEST_SAMPLE 0.75
#define COARSEST_SAMPLE 1.5

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

/* Red, green, blue and whatever comes after them. */
typedef gfloat Color __attribute__ ((vector_size (16)));

/* Four bytes as numbers: twice interleaved with zeros, for which processors
 * have an instruction. */
static inline Color
read_bytes (const guint8 *bytes)
{
  typedef guint8 Bytes __attribute__ ((vector_size (16)));
  typedef guint16 Shorts __attribute__ ((vector_size (16)));
  typedef gint32 Integers __attribute__ ((vector_size (16)));
  const Bytes zero = { 0 };
  Bytes narrow;
  Shorts wide;
  gint32 four;

  memcpy (&four, bytes, sizeof four);
  narrow = (Bytes) (Integers) { four };
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  wide = (Shorts) __builtin_shufflevector (narrow, zero, 0, 16, 1, 17, 2, 18, 3,
                                           19, 4, 20, 5, 21, 6, 22, 7, 23);
  wide = __builtin_shufflevector (wide, (Shorts) zero, 0, 8, 1, 9, 2, 10, 3,
                                  11);
#else
  wide = (Shorts) __builtin_shufflevector (zero, narrow, 0, 16, 1, 17, 2, 18, 3,
                                           19, 4, 20, 5, 21, 6, 22, 7, 23);
  wide = __builtin_shufflevector ((Shorts) zero, wide, 0, 8, 1, 9, 2, 10, 3,
                                  11);
#endif
  return __builtin_convertvector ((Integers) wide, Color);
}

/* The pixel there, of @channels; of three, the byte behind it is read, too. */
static inline Color
read_pixel (const guint8 *pixel, gint channels)
{
  if (channels >= 3)
    return read_bytes (pixel);
  return (Color) { pixel[0], pixel[0], pixel[0], 0.0f };
}

/* The same where nothing may be read behind it. */
static inline Color
read_last_pixel (const guint8 *pixel, gint channels)
{
  const gint green = channels >= 3 ? 1 : 0;

  return (Color) { pixel[0], pixel[green], pixel[2 * green], 0.0f };
}

/* The color at @x, @y (of the level's own pixels, their middles at whole
 * numbers; outside the edge goes on) between four pixels. */
static inline Color
sample_level (const FinderLevel *level, gint channels, gfloat x, gfloat y)
{
  const gfloat inside_x = CLAMP (x, 0.0f, (gfloat) (level->width - 1));
  const gfloat inside_y = CLAMP (y, 0.0f, (gfloat) (level->height - 1));
  const gint left = (gint) inside_x;
  const gint top = (gint) inside_y;
  const gfloat u = inside_x - (gfloat) left;
  const gfloat v = inside_y - (gfloat) top;
  const gsize right = left + 1 < level->width ? (gsize) channels : 0;
  const gsize below = top + 1 < level->height ? level->stride : 0;
  const guint8 *pixel = level->pixels + (gsize) top * level->stride +
                        (gsize) left * (gsize) channels;
  Color corners[4];
  Color upper, lower;

  if (left + 2 < level->width)
    for (gint i = 0; i < 4; i++)
      corners[i] = read_pixel (pixel + (i & 1) * right + (i >> 1) * below,
                               channels);
  else
    for (gint i = 0; i < 4; i++)
      corners[i] = read_last_pixel (pixel + (i & 1) * right + (i >> 1) * below,
                                    channels);
  upper = corners[0] + u * (corners[1] - corners[0]);
  lower = corners[2] + u * (corners[3] - corners[2]);
  return upper + v * (lower - upper);
}

/* How a crop lies in a level: where its first sample is, and how far it is from
 * one to the next along both of its axes; @n samples along each pixel. */
typedef struct
{
  const FinderLevel *level;
  gint n;
  gfloat start_x;
  gfloat start_y;
  gfloat across_x;
  gfloat across_y;
  gfloat down_x;
  gfloat down_y;
} Raster;

static inline void
sample_row (const Raster *raster,
            gint channels,
            gint row,
            gint side,
            gfloat *to)
{
  const gint n = raster->n;
  const gfloat scale = 1.0f / (255.0f * (gfloat) (n * n));

  for (gint column = 0; column < side; column++)
    {
      Color sum = { 0 };

      for (gint i = 0; i < n; i++)
        for (gint j = 0; j < n; j++)
          {
            const gfloat u = (gfloat) (column * n + j);
            const gfloat v = (gfloat) (row * n + i);

            sum += sample_level (raster->level, channels,
                                 raster->start_x + u * raster->across_x +
                                     v * raster->down_x,
                                 raster->start_y + u * raster->across_y +
                                     v * raster->down_y);
          }
      for (gint c = 0; c < 3; c++)
        to[3 * column + c] = sum[c] * scale - 0.5f;
    }
}

/* The coarsest level that is not much coarser than a pixel of @pixel_size. */
static const FinderLevel *
choose_level (const FinderPicture *picture, gdouble pixel_size)
{
  gint index = 0;

  while (index + 1 < picture->n_levels &&
         picture->levels[index + 1].factor * FINEST_SAMPLE <= pixel_size)
    index++;
  return &picture->levels[index];
}

static Raster
make_raster (const FinderPicture *picture,
             const FinderFrame *frame,
             gdouble span,
             gboolean mirror,
             gint side)
{
  const gdouble pixel_size = span * frame->width / side;
  const FinderLevel *level = choose_level (picture, pixel_size);
  const gdouble size = pixel_size / level->factor;
  const gint n = CLAMP ((gint) ceil (size / COARSEST_SAMPLE), 1, MAX_SAMPLES);
  const gdouble x = size * cos (frame->angle) / n;
  const gdouble y = size * sin (frame->angle) / n;
  const gdouble turn = mirror ? -1.0 : 1.0;
  const gdouble half = 0.5 * (side * n - 1);

  return (Raster) {
    level,
    n,
    (gfloat) (frame->x / level->factor - 0.5 - half * (turn * x - y)),
    (gfloat) (frame->y / level->factor - 0.5 - half * (turn * y + x)),
    (gfloat) (turn * x),
    (gfloat) (turn * y),
    (gfloat) -y,
    (gfloat) x
  };
}

void
finder_picture_crop (const FinderPicture *picture,
                     const FinderFrame *frame,
                     gdouble span,
                     gboolean mirror,
                     gint side,
                     gfloat *crop)
{
  const Raster raster = make_raster (picture, frame, span, mirror, side);

  for (gint row = 0; row < side; row++)
    if (raster.level->channels == 3)
      sample_row (&raster, 3, row, side, crop + 3 * row * side);
    else
      sample_row (&raster, raster.level->channels, row, side,
                  crop + 3 * row * side);
}
