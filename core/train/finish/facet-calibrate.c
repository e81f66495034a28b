/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "facet-calibrate.h"

#define UNITS 2.0
#define LONGER_MAX 1.15
/* Of what it should change: less says nothing. */
#define SHARE_MIN 0.05

/* Mean of @readings of direction @d's attribute, over the photos that had it
 * before, or had not; NAN: there are none. */
static gdouble
mean_reading (const FacetDirectionTrial *trial,
              gint d,
              gboolean yes,
              const gdouble *readings)
{
  gdouble sum = 0.0;
  gint n = 0;

  for (gint i = 0; i < trial->n_photos; i++)
    {
      const gint at = i * trial->width + trial->columns[d];

      if ((trial->before[at] > 0.5) == yes)
        {
          sum += readings[at];
          n++;
        }
    }
  return n > 0 ? sum / n : NAN;
}

/* How much of the way from the mean no to the mean yes two units lead. */
static gdouble
share_of_yes (const FacetDirectionTrial *trial, gint d)
{
  const gdouble no = mean_reading (trial, d, FALSE, trial->before);
  const gdouble yes = mean_reading (trial, d, TRUE, trial->before);
  g_autofree gdouble *moved =
      facet_direction_trial_new_readings (trial, trial->directions[d], UNITS);

  return (mean_reading (trial, d, FALSE, moved) - no) / (yes - no);
}

/* How many standard deviations a unit is, from two down to two up. */
static gdouble
share_of_deviation (const FacetDirectionTrial *trial, gint d)
{
  const FacetDirection *direction = trial->directions[d];
  g_autofree gdouble *deviations =
      facet_readings_new_deviations (trial->readings, trial->before,
                                     trial->n_photos);
  g_autofree gdouble *down =
      facet_direction_trial_new_readings (trial, direction, -UNITS);
  g_autofree gdouble *up = facet_direction_trial_new_readings (trial, direction,
                                                               UNITS);
  const gint column = trial->columns[d];
  gdouble sum = 0.0;

  for (gint i = 0; i < trial->n_photos; i++)
    sum += up[i * trial->width + column] - down[i * trial->width + column];
  return sum / trial->n_photos / (2.0 * UNITS * deviations[column]);
}

/* How much longer direction @d is to be. */
static gdouble
get_factor (const FacetDirectionTrial *trial, gint d)
{
  const gdouble share = trial->attributes[d]->yes_no ?
                            share_of_yes (trial, d) :
                            share_of_deviation (trial, d);

  return share > SHARE_MIN ? CLAMP (1.0 / share, 1.0, LONGER_MAX) : 1.0;
}

void
facet_calibrate_directions (FacetDirectionTrial *trial)
{
  for (gint d = 0; d < trial->n; d++)
    if (! trial->attributes[d]->measure)
      {
        const gfloat factor = (gfloat) get_factor (trial, d);

        for (gint z = 0; z < trial->latents->z_dim; z++)
          trial->directions[d]->vector[z] *= factor;
      }
}
