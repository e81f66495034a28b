/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keeps a finish's decodes where they are: squared error, and the strength
 * of details.  Decodes are [2·n], as a batch has them; gradients are by the
 * decodes and of means over the photos.
 */
#pragma once

#include "../facet-finish-batch.h"
#include "../facet-finish-recipe.h"

/* The squared error of the reconstructions, @weights [pixels] times; writes the
 * first half of @gradient. */
gdouble facet_finish_error (const FacetFinishBatch *batch,
                            const gfloat *weights,
                            const gfloat *decodes,
                            gfloat *gradient);
/* What is moved stays near the unfinished decodes, in the face only those blurred
 * in blocks, which leaves it its own details; writes the second half. */
void facet_finish_moved_error (const FacetFinishBatch *batch,
                               const gfloat *weights,
                               const gfloat *decodes,
                               gfloat *gradient);
/* Adds “detail” times that of the details' energy (facet-detail-loss.h), with the
 * recipe's gains, to the first half.  What of the second one has only moved into
 * another light is to have the details of its own reconstruction, in their places
 * and as strong as in the photo, by “lit_detail”; of other moves nothing is
 * asked. */
void facet_finish_add_details (const FacetFinishBatch *batch,
                               const FacetFinishRecipe *recipe,
                               const gfloat *decodes,
                               gfloat *gradient);
/* Adds @weight times that of the pattern (facet-pattern-loss.h) against the
 * photos in the first half and the unfinished decodes in the second one. */
void facet_finish_add_pattern (const FacetFinishBatch *batch,
                               gdouble weight,
                               const gfloat *decodes,
                               gfloat *gradient);
/* Adds @weight times that of the pattern which the mean of all decodes has and
 * that of the photos, or of the unfinished decodes, has not. */
void facet_finish_add_fixed_pattern (const FacetFinishBatch *batch,
                                     gdouble weight,
                                     const gfloat *decodes,
                                     gfloat *gradient);
/* Adds @weight times that of the details beside the face, which are to be those
 * of the photos in the first half, of the unfinished decodes in the second one,
 * in their places: what makes faces sharp hatches hair and background. */
void facet_finish_add_beside (const FacetFinishBatch *batch,
                              gdouble weight,
                              const gfloat *decodes,
                              gfloat *gradient);
