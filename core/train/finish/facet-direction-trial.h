/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Directions are tried: the codes of some photos are moved along them, decoded,
 * and every attribute is read in the decodes.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>
#include <train/reader/facet-readings.h>

typedef struct
{
  FacetModel *model; /* belongs to the caller                             */
  FacetLatents *latents;
  FacetReadings *readings;
  gint width;                        /* of a row of readings              */
  gint n;                            /* directions that can be read       */
  FacetDirection **directions;       /* [n]                               */
  const FacetAttribute **attributes; /* [n] of the same names             */
  gint *columns;                     /* [n] among the readings            */
  gint n_photos;
  gfloat *codes;                     /* [n_photos][z_dim]                 */
  gdouble *before;                   /* [n_photos][width], not moved      */
} FacetDirectionTrial;

/* Takes up to @n_photos training photos, spread over the data set, every other
 * one mirrored where the recipe mirrors; @reader (or NULL) must outlive the
 * trial. */
void facet_direction_trial_init (FacetDirectionTrial *trial,
                                 FacetModel *model,
                                 FacetReader *reader,
                                 const FacetData *data,
                                 gint n_photos);
void facet_direction_trial_clear (FacetDirectionTrial *trial);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FacetDirectionTrial,
                                  facet_direction_trial_clear)

/* Of all photos, moved by @amount along @direction (NULL: not moved):
 * [n_photos][width], to be freed. */
gdouble *
facet_direction_trial_new_readings (const FacetDirectionTrial *trial,
                                    const FacetDirection *direction,
                                    gdouble amount);
