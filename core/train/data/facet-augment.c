/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each pixel of the crop is the mean of factor² samples of the photo, taken by
 * bilinear interpolation where the crop's pixel lies in it; beyond the photo
 * its edge goes on.  Light changes contrast around middle gray and brightness.
 */
#include <math.h>
#include "facet-augment.h"

/* Up to this side photos are kept at twice the size; above it the memory is
 * worth more. */
#define MAX_SIDE_KEPT_DOUBLE 64

enum
{
  RANDOM_MIRROR,
  RANDOM_ROTATE,
  RANDOM_SCALE,
  RANDOM_SHIFT_X,
  RANDOM_SHIFT_Y,
  RANDOM_BRIGHTNESS,
  RANDOM_CONTRAST
};

/* From pixels of the crop to pixels of the photo, and the light. */
typedef struct
{
  gdouble xx, xy, x0;
  gdouble yx, yy, y0;
  gfloat gain;
  gfloat lift;
} Move;

/* The finalizer of MurmurHash3, over each word in turn. */
guint64
facet_random_stream (guint64 seed, guint64 purpose, guint64 number)
{
  const guint64 words[] = { purpose, number };
  guint64 hash = seed;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      hash ^= words[i] + 0x9e3779b97f4a7c15u;
      hash ^= hash >> 33;
      hash *= 0xff51afd7ed558ccdu;
      hash ^= hash >> 33;
      hash *= 0xc4ceb9fe1a85ec53u;
      hash ^= hash >> 33;
    }
  return hash;
}

gint
facet_augment_get_factor (const FacetRecipe *recipe)
{
  const gboolean moves = recipe->rotate_degrees > 0 || recipe->scale > 0 ||
                         recipe->shift > 0;

  return moves && recipe->input_dim.width <= MAX_SIDE_KEPT_DOUBLE ? 2 : 1;
}

/* In ±@range. */
static gdouble
either_side (guint64 seed, guint64 counter, gdouble range)
{
  return (2.0 * nn_random_uniform (seed, counter) - 1.0) * range;
}

static Move
move_new (NnShape shape,
          gint factor,
          gboolean mirrored,
          gdouble radians,
          gdouble scale,
          gdouble shift_x,
          gdouble shift_y)
{
  const gdouble side = mirrored ? -1.0 : 1.0;
  const gdouble zoom = factor / scale;
  const gdouble cx = shape.width / 2.0;
  const gdouble cy = shape.height / 2.0;
  const gdouble cosine = cos (radians) * zoom;
  const gdouble sine = sin (radians) * zoom;
  Move move = { .xx = side * cosine,
                .xy = -sine,
                .yx = side * sine,
                .yy = cosine,
                .gain = 1.0f };

  move.x0 = factor * (cx + shift_x * shape.width) - move.xx * cx - move.xy * cy;
  move.y0 = factor * (cy + shift_y * shape.height) - move.yx * cx -
            move.yy * cy;
  return move;
}

static void
add_sample (const guint8 *photo,
            gint width,
            gint height,
            gint channels,
            gdouble x,
            gdouble y,
            gfloat *sum)
{
  const gdouble left = CLAMP (x - 0.5, 0.0, width - 1.0);
  const gdouble top = CLAMP (y - 0.5, 0.0, height - 1.0);
  const gint x0 = (gint) left;
  const gint y0 = (gint) top;
  const gint x1 = MIN (x0 + 1, width - 1);
  const gint y1 = MIN (y0 + 1, height - 1);
  const gfloat u = (gfloat) (left - x0);
  const gfloat v = (gfloat) (top - y0);
  const guint8 *a = photo + ((gsize) y0 * width + x0) * channels;
  const guint8 *b = photo + ((gsize) y0 * width + x1) * channels;
  const guint8 *c = photo + ((gsize) y1 * width + x0) * channels;
  const guint8 *d = photo + ((gsize) y1 * width + x1) * channels;

  for (gint i = 0; i < channels; i++)
    sum[i] += (1.0f - v) * ((1.0f - u) * a[i] + u * b[i]) +
              v * ((1.0f - u) * c[i] + u * d[i]);
}

static void
sample_pixel (NnShape shape,
              gint factor,
              const guint8 *photo,
              const Move *move,
              gint x,
              gint y,
              gfloat *pixel)
{
  gfloat sum[3] = { 0 };
  const gfloat share = 1.0f / (255.0f * factor * factor);

  for (gint i = 0; i < factor * factor; i++)
    {
      const gdouble px = x + (i % factor + 0.5) / factor;
      const gdouble py = y + (gdouble) (i / factor) / factor + 0.5 / factor;

      add_sample (photo, factor * shape.width, factor * shape.height,
                  shape.channels, move->xx * px + move->xy * py + move->x0,
                  move->yx * px + move->yy * py + move->y0, sum);
    }
  for (gint c = 0; c < shape.channels; c++)
    pixel[c] = CLAMP (sum[c] * share * move->gain + move->lift, 0.0f, 1.0f);
}

static void
sample (NnShape shape,
        gint factor,
        const guint8 *photo,
        const Move *move,
        gfloat *crop)
{
  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      {
        sample_pixel (shape, factor, photo, move, x, y, crop);
        crop += shape.channels;
      }
}

gboolean
facet_augment_is_mirrored (const FacetRecipe *recipe, guint64 seed)
{
  return recipe->mirror && nn_random_uniform (seed, RANDOM_MIRROR) < 0.5f;
}

void
facet_augment (const FacetRecipe *recipe,
               gint factor,
               const guint8 *photo,
               guint64 seed,
               gfloat *crop)
{
  const gdouble radians =
      either_side (seed, RANDOM_ROTATE, recipe->rotate_degrees) * G_PI / 180;
  Move move = move_new (recipe->input_dim, factor,
                        facet_augment_is_mirrored (recipe, seed), radians,
                        1.0 + either_side (seed, RANDOM_SCALE, recipe->scale),
                        either_side (seed, RANDOM_SHIFT_X, recipe->shift),
                        either_side (seed, RANDOM_SHIFT_Y, recipe->shift));
  const gdouble lift = either_side (seed, RANDOM_BRIGHTNESS, recipe->light);

  move.gain = (gfloat) (1.0 +
                        either_side (seed, RANDOM_CONTRAST, recipe->light));
  move.lift = (gfloat) (0.5 - 0.5 * move.gain + lift);
  sample (recipe->input_dim, factor, photo, &move, crop);
}

void
facet_augment_none (const FacetRecipe *recipe,
                    gint factor,
                    const guint8 *photo,
                    gboolean mirrored,
                    gfloat *crop)
{
  const Move move = move_new (recipe->input_dim, factor, mirrored, 0, 1, 0, 0);

  sample (recipe->input_dim, factor, photo, &move, crop);
}
