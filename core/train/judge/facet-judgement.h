/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What named directions do to faces, as a reader reads it in the decodes and as
 * their pixels tell (facet-readings.h).
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>
#include <train/reader/facet-reader.h>

/* One direction, all faces moved by the same amount.  Changes are means over all
 * faces, but of yes/no attributes over those that are not so yet. */
typedef struct
{
  const gchar *direction;
  gdouble amount;
  const FacetAttribute *attribute; /* of the direction's name; NULL: it cannot be
                                      told                                   */
  gdouble moved;    /* mean change of that attribute, in its own units       */
  gdouble moved_sd; /* the same in its standard deviations over the faces    */
  gint n_others;    /* faces that were not (moved up: yes; down: no) before  */
  gint n_turned;    /* and are now                                           */
  const FacetAttribute *strayed; /* the other attribute that changed the most */
  gdouble strayed_sd;
  gdouble sharpness;      /* median, of the moved decode to the photo        */
  gdouble sharpness_at_3; /* the same where the amount is 3 (or -3)          */
} FacetJudgement;

/* For each direction two: its low end and its high end (of numbers -2 and +2);
 * an array of FacetJudgement.  @reader may be NULL.  @photos are indices into @data. */
GArray *facet_judge_directions (FacetModel *model,
                                FacetReader *reader,
                                const FacetData *data,
                                const GArray *photos);
