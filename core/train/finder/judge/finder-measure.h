/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How good a finder is, on photos with one known face each and on photos without
 * any.
 *
 * A face is found where a box shares at least FINDER_SAME_FACE of their union
 * with the known one; every further box is a false face.
 */
#pragma once

#include "../photos/finder-album.h"

#define FINDER_SAME_FACE 0.4

typedef struct
{
  gint    n_photos;
  gint    n_faces;      /* known, at least FACET_FINDER_SMALLEST_PX wide */
  gint    n_found;      /* of them                                       */
  gint    n_false;
  GArray *point_errors; /* gdouble: mean distance of a face's points, of its
                           eye distance                                  */
} FinderMeasure;

void     finder_measure_init  (FinderMeasure *measure);
void     finder_measure_clear (FinderMeasure *measure);
/* Of the middle one of all faces found; 0 without any. */
gdouble  finder_measure_get_median_error (FinderMeasure *measure);

/* Looks at a photo, turned by @roll degrees around its middle first.  @row is
 * NULL for a photo without faces. */
gboolean finder_measure_add   (FinderMeasure   *measure,
                               FacetFinder     *finder,
                               const gchar     *path,
                               const FinderRow *row,
                               gdouble          roll,
                               GError         **error);
