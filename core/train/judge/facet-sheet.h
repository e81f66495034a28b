/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sheets: pictures to judge a model by with one's own eyes; JPEG where the path
 * ends in .jpg, else PNG.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>

/* Some of @photos (indices into @data) above their reconstructions. */
gboolean facet_sheet_reconstructions (FacetModel *model,
                                      const FacetData *data,
                                      const GArray *photos,
                                      const gchar *path,
                                      GError **error);
/* The mean of the training codes moved along each of the first axes: a row an
 * axis, from −3 σ to +3 σ. */
gboolean
facet_sheet_axes (FacetModel *model, const gchar *path, GError **error);
/* The plane of the first two axes, over the range that training saw. */
gboolean
facet_sheet_plane (FacetModel *model, const gchar *path, GError **error);
/* Faces of @split moved along each named direction, a row a direction, from one
 * end of its range to the other; each row is another face. */
gboolean facet_sheet_directions (FacetModel *model,
                                 const FacetData *data,
                                 FacetSplit split,
                                 const gchar *path,
                                 GError **error);
/* Some of @photos (indices into @data) moved along one direction, a row a face,
 * from one end of its range to the other. */
gboolean facet_sheet_direction (FacetModel *model,
                                const FacetData *data,
                                const GArray *photos,
                                gint direction,
                                const gchar *path,
                                GError **error);
