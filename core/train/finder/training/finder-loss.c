/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sums run in one order, so that a loss does not depend on threads.
 */
#include <math.h>
#include <string.h>
#include "finder-loss.h"

/* Of the focal loss. */
#define FOCUS 2.0
/* Beyond this Huber's loss is linear; in face widths. */
#define FINE_KNEE 0.03
#define POINTS_KNEE 0.008

typedef enum
{
  CELL_FACE,
  CELL_EITHER, /* nothing is asked of it */
  CELL_OTHER
} CellKind;

/* Adds to *@slope the derivative by @value of Huber's loss of @value - @wanted,
 * scaled to slope 1 far out. */
static gdouble
huber (gdouble knee,
       gdouble value,
       gdouble wanted,
       gdouble weight,
       gfloat *slope)
{
  const gdouble error = value - wanted;
  const gdouble far = fabs (error);

  *slope += (gfloat) (weight * CLAMP (error / knee, -1.0, 1.0));
  return weight * (far < knee ? 0.5 * far * far / knee : far - 0.5 * knee);
}

/* log (sigmoid (x)) without overflow. */
static gdouble
log_sigmoid (gdouble x)
{
  return x < 0.0 ? x - log1p (exp (x)) : -log1p (exp (-x));
}

/* --- coarse ------------------------------------------------------------------
 */

static gdouble
focal (gdouble logit, gboolean face, gdouble weight, gfloat *slope)
{
  const gdouble toward = face ? logit : -logit;
  const gdouble log_right = log_sigmoid (toward);
  const gdouble right = exp (log_right);
  const gdouble hard = pow (1.0 - right, FOCUS);
  const gdouble by_toward = hard * (FOCUS * right * log_right + right - 1.0);

  *slope += (gfloat) (weight * (face ? by_toward : -by_toward));
  return -weight * hard * log_right;
}

static CellKind
judge_cell (const FinderRecipe *recipe,
            const FinderTile *tile,
            gdouble x,
            gdouble y,
            gint *face)
{
  CellKind kind = CELL_OTHER;

  for (gint i = 0; i < tile->n_faces; i++)
    {
      const FinderFrame *frame = &tile->faces[i];
      const gdouble distance = hypot (x - frame->x, y - frame->y);
      const gdouble size = log2 (frame->width / recipe->coarse_smallest);

      if (distance > 0.6 * frame->width)
        continue;
      kind = CELL_EITHER;
      if (distance < MAX (0.3 * frame->width, 0.72 * FINDER_CELL_PX) &&
          size > -0.2 && size < 1.2)
        {
          *face = i;
          return CELL_FACE;
        }
    }
  return kind;
}

static gdouble
place_loss (const FinderRecipe *recipe,
            const FinderFrame *face,
            gdouble x,
            gdouble y,
            gdouble weight,
            const gfloat *says,
            gfloat *gradient)
{
  const gdouble unit = recipe->coarse_smallest;

  return huber (FINE_KNEE, says[FINDER_COARSE_X], (face->x - x) / unit, weight,
                gradient + FINDER_COARSE_X) +
         huber (FINE_KNEE, says[FINDER_COARSE_Y], (face->y - y) / unit, weight,
                gradient + FINDER_COARSE_Y) +
         huber (FINE_KNEE, says[FINDER_COARSE_WIDTH],
                log2 (face->width / unit) - 0.5, weight,
                gradient + FINDER_COARSE_WIDTH);
}

gdouble
finder_loss_coarse (const FinderRecipe *recipe,
                    gint batch,
                    const FinderTile *tiles,
                    const gfloat *says,
                    gfloat *gradient)
{
  const gint cells = FINDER_TILE_PX / FINDER_CELL_PX;
  const gint n = batch * cells * cells;
  /* a face lights about four cells */
  const gdouble weight = 1.0 / (4.0 * batch);
  gdouble loss = 0.0;

  memset (gradient, 0, (gsize) n * FINDER_COARSE_N * sizeof (gfloat));
  for (gint i = 0; i < n; i++)
    {
      const FinderTile *tile = &tiles[i / (cells * cells)];
      const gdouble x = i % cells * FINDER_CELL_PX + FINDER_CELL_MIDDLE_PX;
      const gdouble y = i / cells % cells * FINDER_CELL_PX +
                        FINDER_CELL_MIDDLE_PX;
      const gfloat *cell = says + (gsize) i * FINDER_COARSE_N;
      gfloat *slope = gradient + (gsize) i * FINDER_COARSE_N;
      gint face = 0;
      const CellKind kind = judge_cell (recipe, tile, x, y, &face);

      if (kind != CELL_EITHER)
        loss += focal (cell[FINDER_COARSE_FACE], kind == CELL_FACE, weight,
                       slope + FINDER_COARSE_FACE);
      if (kind == CELL_FACE)
        loss += place_loss (recipe, &tile->faces[face], x, y, weight, cell,
                            slope);
    }
  return loss;
}

/* --- crops -------------------------------------------------------------------
 */

static gdouble
place_all (gdouble knee,
           gdouble weight,
           const gfloat *target,
           const gfloat *says,
           gfloat *gradient)
{
  gdouble loss = 0.0;

  for (gint i = FINDER_FINE_POINTS; i < FINDER_FINE_N; i++)
    if (! isnan (target[i]))
      loss += huber (knee, says[i], target[i], weight, gradient + i);
  return loss;
}

gdouble
finder_loss_fine (gint batch,
                  const gfloat *targets,
                  const gfloat *says,
                  gfloat *gradient)
{
  const gdouble weight = 1.0 / batch;
  gdouble loss = 0.0;

  memset (gradient, 0, (gsize) (batch * FINDER_FINE_N) * sizeof (gfloat));
  for (gint i = 0; i < batch * FINDER_FINE_N; i += FINDER_FINE_N)
    {
      const gboolean face = targets[i] > 0.5f;
      const gdouble toward = face ? says[i] : -says[i];
      const gdouble log_right = log_sigmoid (toward);
      const gdouble by_toward = weight * (exp (log_right) - 1.0);

      loss -= weight * log_right;
      gradient[i] = (gfloat) (face ? by_toward : -by_toward);
      if (face)
        loss += place_all (FINE_KNEE, weight, targets + i, says + i,
                           gradient + i);
    }
  return loss;
}

gdouble
finder_loss_points (gint batch,
                    const gfloat *targets,
                    const gfloat *says,
                    gfloat *gradient)
{
  gdouble loss = 0.0;

  memset (gradient, 0, (gsize) (batch * FINDER_FINE_N) * sizeof (gfloat));
  for (gint i = 0; i < batch * FINDER_FINE_N; i += FINDER_FINE_N)
    loss += place_all (POINTS_KNEE, 1.0 / batch, targets + i, says + i,
                       gradient + i);
  return loss;
}
