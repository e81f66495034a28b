/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chances and ranges were chosen so that people still see the face at once.
 */
#include "finder-effects.h"

static void
make_gray (gint n, gfloat *crop)
{
  for (gint i = 0; i < n; i++)
    {
      gfloat *pixel = crop + 3 * i;
      const gfloat luma = 0.299f * pixel[0] + 0.587f * pixel[1] +
                          0.114f * pixel[2];

      pixel[0] = pixel[1] = pixel[2] = luma;
    }
}

/* Contrast, brightness, a cast, and a bent curve instead of a gamma. */
static void
change_light (FinderRandom *random, gboolean gray, gint n, gfloat *crop)
{
  const gdouble contrast = finder_random_log (random, 0.55, 1.5);
  const gdouble brightness = finder_random (random, -0.2, 0.2);
  const gdouble bend = finder_random (random, -0.5, 0.5);
  gfloat gain[3];
  gfloat offset[3];

  for (gint c = 0; c < 3; c++)
    {
      const gdouble cast = gray ? 0.0 : finder_random (random, -0.08, 0.08);
      const gdouble tint = gray ? 1.0 : finder_random (random, 0.85, 1.15);

      gain[c] = (gfloat) (contrast * tint);
      offset[c] = (gfloat) (brightness + cast);
    }
  for (gint i = 0; i < 3 * n; i++)
    {
      const gfloat value = crop[i];
      const gfloat bent = value + (gfloat) bend * (0.25f - value * value);

      crop[i] = bent * gain[i % 3] + offset[i % 3];
    }
}

/* [1 2 1] / 4 along both directions. */
static void
blur_line (gint side, gsize step, gfloat *line)
{
  gfloat before = line[0];

  for (gint i = 0; i < side; i++)
    {
      const gfloat own = line[(gsize) i * step];
      const gfloat after = line[(gsize) MIN (i + 1, side - 1) * step];

      line[(gsize) i * step] = 0.25f * (before + after) + 0.5f * own;
      before = own;
    }
}

static void
blur (gint side, gint times, gfloat *crop)
{
  for (gint i = 0; i < times * side; i++)
    for (gint c = 0; c < 3; c++)
      {
        const gsize line = (gsize) (i % side);

        blur_line (side, 3, crop + line * (gsize) side * 3 + c);
        blur_line (side, 3 * (gsize) side, crop + line * 3 + c);
      }
}

static void
add_noise (FinderRandom *random, gboolean gray, gint n, gfloat *crop)
{
  const gfloat range = (gfloat) finder_random (random, 0.02, 0.2);

  for (gint i = 0; i < 3 * n; i++)
    if (gray && i % 3)
      crop[i] += crop[i - i % 3] - crop[i];
    else
      crop[i] += range *
                 (nn_random_uniform (random->seed, random->counter++) - 0.5f);
}

void
finder_effects_apply (FinderRandom *random, gint side, gfloat *crop)
{
  const gint n = side * side;
  const gboolean gray = finder_random_chance (random, 0.3);

  if (gray)
    make_gray (n, crop);
  if (finder_random_chance (random, 0.25))
    blur (side, 1 + (gint) finder_random_index (random, 3), crop);
  if (finder_random_chance (random, 0.8))
    change_light (random, gray, n, crop);
  if (finder_random_chance (random, 0.35))
    add_noise (random, gray, n, crop);
  for (gint i = 0; i < 3 * n; i++)
    crop[i] = CLAMP (crop[i], -0.5f, 0.5f);
}

void
finder_effects_cover (FinderRandom *random,
                      gint side,
                      gdouble x,
                      gdouble y,
                      gdouble size,
                      gfloat *crop)
{
  const gdouble half_width = size * finder_random (random, 0.2, 0.6);
  const gdouble half_height = size * finder_random (random, 0.2, 0.6);
  const gdouble angle = finder_random (random, 0.0, G_PI);
  gfloat color[3];

  for (gint c = 0; c < 3; c++)
    color[c] = (gfloat) finder_random (random, -0.5, 0.5);
  for (gint i = 0; i < side * side; i++)
    {
      const gdouble from_x = i % side + 0.5 - x;
      const gdouble from_y = i / side + 0.5 - y;
      const gdouble u = from_x * cos (angle) + from_y * sin (angle);
      const gdouble v = from_y * cos (angle) - from_x * sin (angle);

      if (fabs (u) < half_width && fabs (v) < half_height)
        for (gint c = 0; c < 3; c++)
          crop[3 * i + c] = color[c];
    }
}
