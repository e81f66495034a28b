/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A response is how far an attribute moves, in its standard deviations over the
 * faces, for one unit of a direction: the mean slope from its low end to its
 * high end.  How far a direction is to be untangled is told by its high end
 * alone: of a yes/no attribute most faces have nothing to lose at the low one,
 * where other attributes move by more than it.
 */
#include <math.h>
#include <string.h>
#include "facet-untangle.h"

/* Of numbers, whose sliders go farther than most faces. */
#define NUMBER_END 2.0
/* A direction that moves its own attribute by less for a unit says nothing of
 * itself: it is left alone. */
#define RESPONSE_MIN 0.02

typedef struct
{
  FacetDirectionTrial *trial;
  gdouble share;
  gdouble all_from;
  gdouble *spread;   /* [readings] of the photos     */
  gdouble *response; /* [n directions][n attributes] */
  gdouble *shares;   /* [n directions] of the step   */
} Tangle;

/* --- responses ----------------------------------------------------------- */

/* Of attribute @a between two readings of the photos, in its deviations. */
static gdouble
mean_change (const Tangle *tangle,
             gint a,
             const gdouble *from,
             const gdouble *to)
{
  const FacetDirectionTrial *trial = tangle->trial;
  const gint column = trial->columns[a];
  gdouble sum = 0.0;

  for (gint i = 0; i < trial->n_photos; i++)
    sum += to[i * trial->width + column] - from[i * trial->width + column];
  return sum / trial->n_photos / tangle->spread[column];
}

/* The most that direction @d moves of another attribute at its high end, whose
 * readings are @end, relative to its own. */
static gdouble
worst_at_end (const Tangle *tangle, gint d, const gdouble *end)
{
  const gdouble own = mean_change (tangle, d, tangle->trial->before, end);
  gdouble worst = 0.0;

  for (gint a = 0; a < tangle->trial->n; a++)
    if (a != d)
      worst = MAX (worst,
                   fabs (mean_change (tangle, a, tangle->trial->before, end)));
  return worst / MAX (fabs (own), RESPONSE_MIN);
}

/* From the low end of direction @d, read in @low, to the high one. */
static void
note_responses (Tangle *tangle,
                gint d,
                const gdouble *low,
                const gdouble *high,
                gdouble units)
{
  const gdouble worst = worst_at_end (tangle, d, high);

  for (gint a = 0; a < tangle->trial->n; a++)
    tangle->response[d * tangle->trial->n + a] =
        mean_change (tangle, a, low, high) / units;
  tangle->shares[d] = tangle->share;
  if (worst < tangle->all_from)
    tangle->shares[d] *= worst / tangle->all_from;
}

static void
measure_responses (Tangle *tangle)
{
  for (gint d = 0; d < tangle->trial->n; d++)
    {
      const FacetDirection *direction = tangle->trial->directions[d];
      const gboolean yes_no = tangle->trial->attributes[d]->yes_no;
      const gdouble ends[] = { yes_no ? direction->minimum : -NUMBER_END,
                               yes_no ? direction->maximum : NUMBER_END };
      g_autofree gdouble *low =
          facet_direction_trial_new_readings (tangle->trial, direction,
                                              ends[0]);
      g_autofree gdouble *high =
          facet_direction_trial_new_readings (tangle->trial, direction,
                                              ends[1]);

      note_responses (tangle, d, low, high, ends[1] - ends[0]);
    }
}

/* --- Newton's step ------------------------------------------------------- */

/* A direction that says nothing of its own attribute neither gives nor takes.
 */
static void
set_aside_the_mute (Tangle *tangle)
{
  const gint n = tangle->trial->n;

  for (gint d = 0; d < n; d++)
    if (fabs (tangle->response[d * n + d]) < RESPONSE_MIN)
      for (gint k = 0; k < n; k++)
        {
          tangle->response[d * n + k] = k == d ? 1.0 : 0.0;
          tangle->response[k * n + d] = k == d ? 1.0 : 0.0;
        }
}

static void
swap_rows (gdouble *table, gint width, gint one, gint other)
{
  for (gint k = 0; k < width; k++)
    {
      const gdouble value = table[one * width + k];

      table[one * width + k] = table[other * width + k];
      table[other * width + k] = value;
    }
}

/* [n][2n], a matrix and the identity beside it: by Gauss's and Jordan's steps
 * the identity and the inverse.  FALSE where there is none. */
static gboolean
invert (gdouble *table, gint n)
{
  const gint width = 2 * n;

  for (gint j = 0; j < n; j++)
    {
      gint pivot = j;
      gdouble scale;

      for (gint i = j + 1; i < n; i++)
        if (fabs (table[i * width + j]) > fabs (table[pivot * width + j]))
          pivot = i;
      scale = table[pivot * width + j];
      if (fabs (scale) < 1e-9)
        return FALSE;
      swap_rows (table, width, j, pivot);
      for (gint k = 0; k < width; k++)
        table[j * width + k] /= scale;
      for (gint i = 0; i < n; i++)
        {
          const gdouble share = i == j ? 0.0 : table[i * width + j];

          for (gint k = 0; k < width; k++)
            table[i * width + k] -= share * table[j * width + k];
        }
    }
  return TRUE;
}

static void
combine (Tangle *tangle, const gdouble *table)
{
  const gint n = tangle->trial->n;
  const gint z_dim = tangle->trial->latents->z_dim;
  g_autofree gfloat *old = g_new (gfloat, n * z_dim);

  for (gint d = 0; d < n; d++)
    memcpy (old + d * z_dim, tangle->trial->directions[d]->vector,
            z_dim * sizeof (gfloat));
  for (gint d = 0; d < n; d++)
    for (gint z = 0; z < z_dim; z++)
      {
        gdouble sum = 0.0;

        for (gint k = 0; k < n; k++)
          sum += tangle->response[d * n + d] * table[d * 2 * n + n + k] *
                 old[k * z_dim + z];
        tangle->trial->directions[d]->vector[z] +=
            (gfloat) (tangle->shares[d] * (sum - old[d * z_dim + z]));
      }
}

static void
take_step (Tangle *tangle)
{
  const gint n = tangle->trial->n;
  g_autofree gdouble *table = g_new0 (gdouble, 2 * n * n);

  measure_responses (tangle);
  set_aside_the_mute (tangle);
  for (gint d = 0; d < n; d++)
    {
      memcpy (table + d * 2 * n, tangle->response + d * n,
              n * sizeof (gdouble));
      table[d * 2 * n + n + d] = 1.0;
    }
  if (invert (table, n))
    combine (tangle, table);
}

void
facet_untangle_directions (FacetDirectionTrial *trial,
                           gint n_steps,
                           gdouble share,
                           gdouble all_from)
{
  g_autofree gdouble *spread = facet_readings_new_deviations (trial->readings,
                                                              trial->before,
                                                              trial->n_photos);
  g_autofree gdouble *response = g_new (gdouble, trial->n * trial->n);
  g_autofree gdouble *shares = g_new (gdouble, trial->n);
  Tangle tangle = { trial, share, all_from, spread, response, shares };

  for (gint step = 0; step < n_steps; step++)
    take_step (&tangle);
}
