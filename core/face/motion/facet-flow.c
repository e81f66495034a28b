/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dense motion by Lucas and Kanade's method (1981) around every pixel, from
 * coarse to fine, in its inverse form (Baker and Matthews 2004): the gradients
 * are the target's, so that their products are summed once a level.  Between
 * the steps the motion is smoothed, for a face moves as skin does.
 */
#include <math.h>
#include <string.h>
#include "facet-field.h"
#include "facet-flow.h"

#define MAX_LEVELS 5
#define SMALLEST_SIDE 12
#define STEPS 4
/* σ of the window around a pixel, and of the smoothing between steps */
#define WINDOW_PX 2.5
#define SMOOTHING_PX 2.0
/* σ of the last smoothing, and the longest motion, for a picture of 128 */
#define LAST_SMOOTHING (3.0 / 128)
#define LONGEST (8.0 / 128)
/* Squared gradients weaker than this (a change of 1 % in a pixel) are taken
 * for none: they say nothing about motion. */
#define FLATNESS 1e-4f
#define LONGEST_STEP 1.0f

typedef struct
{
  gint width;
  gint height;
  gfloat *source;
  gfloat *target;
  gfloat *gradient; /* [2], the target's             */
  gfloat *tensor;   /* [3], xx, xy, yy in the window */
  gfloat *flow;     /* [2]                           */
  gfloat *slope;    /* [2], gradient · error         */
} Level;

/* --- levels ----------------------------------------------------------------
 */

static Level
level_new (gint width, gint height)
{
  const gsize n = (gsize) width * height;

  return (Level) {
    .width = width,
    .height = height,
    .source = g_new (gfloat, n),
    .target = g_new (gfloat, n),
    .gradient = g_new (gfloat, 2 * n),
    .tensor = g_new (gfloat, 3 * n),
    .flow = g_new0 (gfloat, 2 * n),
    .slope = g_new (gfloat, 2 * n),
  };
}

static void
level_clear (Level *level)
{
  g_free (level->source);
  g_free (level->target);
  g_free (level->gradient);
  g_free (level->tensor);
  g_free (level->flow);
  g_free (level->slope);
}

static void
halve (gint width, gint height, const gfloat *in, gfloat *out)
{
  const gint half = (width + 1) / 2;

  for (gint y = 0; y < (height + 1) / 2; y++)
    for (gint x = 0; x < half; x++)
      {
        const gfloat *upper = in + (gsize) 2 * y * width;
        const gfloat *lower = 2 * y + 1 < height ? upper + width : upper;
        const gint right = MIN (2 * x + 1, width - 1);

        out[y * half + x] = 0.25f * (upper[2 * x] + upper[right] +
                                     lower[2 * x] + lower[right]);
      }
}

static void
start_from (const Level *coarse, Level *fine)
{
  for (gint y = 0; y < fine->height; y++)
    for (gint x = 0; x < fine->width; x++)
      {
        const FacetPlace place = facet_field_find (coarse->width,
                                                   coarse->height, 2,
                                                   0.5f * (x + 0.5f) - 0.5f,
                                                   0.5f * (y + 0.5f) - 0.5f);
        gfloat *flow = fine->flow + 2 * ((gsize) y * fine->width + x);

        flow[0] = 2.0f * facet_field_get (coarse->flow, &place, 0);
        flow[1] = 2.0f * facet_field_get (coarse->flow, &place, 1);
      }
}

/* --- one level -------------------------------------------------------------
 */

static void
get_gradient_row (Level *level, gint y)
{
  const gint width = level->width;
  const gfloat *row = level->target + (gsize) y * width;
  const gfloat *above = y > 0 ? row - width : row;
  const gfloat *below = y + 1 < level->height ? row + width : row;

  for (gint x = 0; x < width; x++)
    {
      const gsize at = (gsize) y * width + x;
      const gfloat gx = 0.5f *
                        (row[MIN (x + 1, width - 1)] - row[MAX (x - 1, 0)]);
      const gfloat gy = 0.5f * (below[x] - above[x]);

      level->gradient[2 * at] = gx;
      level->gradient[2 * at + 1] = gy;
      level->tensor[3 * at] = gx * gx;
      level->tensor[3 * at + 1] = gx * gy;
      level->tensor[3 * at + 2] = gy * gy;
    }
}

static void
get_slope_row (Level *level, gint y)
{
  for (gint x = 0; x < level->width; x++)
    {
      const gsize at = (gsize) y * level->width + x;
      const gfloat *flow = level->flow + 2 * at;
      const FacetPlace place = facet_field_find (level->width, level->height, 1,
                                                 x + flow[0], y + flow[1]);
      const gfloat error = facet_field_get (level->source, &place, 0) -
                           level->target[at];

      level->slope[2 * at] = level->gradient[2 * at] * error;
      level->slope[2 * at + 1] = level->gradient[2 * at + 1] * error;
    }
}

/* Solves tensor · step = slope for each pixel and goes the step. */
static void
move_row (Level *level, gfloat longest, gint y)
{
  for (gint x = 0; x < level->width; x++)
    {
      const gsize at = (gsize) y * level->width + x;
      const gfloat xx = level->tensor[3 * at] + FLATNESS;
      const gfloat xy = level->tensor[3 * at + 1];
      const gfloat yy = level->tensor[3 * at + 2] + FLATNESS;
      const gfloat *slope = level->slope + 2 * at;
      gfloat *flow = level->flow + 2 * at;
      const gfloat inverse = 1.0f / (xx * yy - xy * xy);
      const gfloat step_x = (yy * slope[0] - xy * slope[1]) * inverse;
      const gfloat step_y = (xx * slope[1] - xy * slope[0]) * inverse;
      const gfloat new_x = flow[0] -
                           CLAMP (step_x, -LONGEST_STEP, LONGEST_STEP);
      const gfloat new_y = flow[1] -
                           CLAMP (step_y, -LONGEST_STEP, LONGEST_STEP);

      flow[0] = CLAMP (new_x, -longest, longest);
      flow[1] = CLAMP (new_y, -longest, longest);
    }
}

static void
match (Level *level)
{
  const gint width = level->width, height = level->height;
  const gfloat longest = (gfloat) (LONGEST * MAX (width, height));

  for (gint y = 0; y < height; y++)
    get_gradient_row (level, y);
  facet_blur (width, height, 3, WINDOW_PX, level->tensor, level->tensor);
  for (gint step = 0; step < STEPS; step++)
    {
      for (gint y = 0; y < height; y++)
        get_slope_row (level, y);
      facet_blur (width, height, 2, WINDOW_PX, level->slope, level->slope);
      for (gint y = 0; y < height; y++)
        move_row (level, longest, y);
      facet_blur (width, height, 2, SMOOTHING_PX, level->flow, level->flow);
    }
}

/* --- the whole -------------------------------------------------------------
 */

void
facet_flow_estimate (gint width,
                     gint height,
                     const gfloat *source,
                     const gfloat *target,
                     gfloat *flow)
{
  const gsize size = (gsize) width * height * sizeof (gfloat);
  Level levels[MAX_LEVELS];
  gint n = 1;

  levels[0] = level_new (width, height);
  memcpy (levels[0].source, source, size);
  memcpy (levels[0].target, target, size);
  for (; n < MAX_LEVELS &&
         MIN (levels[n - 1].width, levels[n - 1].height) >= 2 * SMALLEST_SIDE;
       n++)
    {
      const Level *fine = &levels[n - 1];

      levels[n] = level_new ((fine->width + 1) / 2, (fine->height + 1) / 2);
      halve (fine->width, fine->height, fine->source, levels[n].source);
      halve (fine->width, fine->height, fine->target, levels[n].target);
    }
  for (gint i = n - 1; i >= 0; i--)
    {
      if (i < n - 1)
        start_from (&levels[i + 1], &levels[i]);
      match (&levels[i]);
    }
  facet_blur (width, height, 2, LAST_SMOOTHING * MAX (width, height),
              levels[0].flow, flow);
  for (gint i = 0; i < n; i++)
    level_clear (&levels[i]);
}
