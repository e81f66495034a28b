/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What training makes small, and its gradients.
 *
 * Coarse: focal loss (Lin et al., Focal Loss for Dense Object Detection, 2017)
 * of each place's being a face, and Huber's of place and width where one is.
 * Fine: cross entropy, and Huber's of points and box where there is a face.
 * Points: Huber's alone, of faces alone, with so small a knee that it nearly is
 * the distance itself: the known points have errors of their own, and their
 * median is nearer to the truth than their mean.
 */
#pragma once

#include "../samples/finder-samples.h"

/* @says [batch][cells][cells][FINDER_COARSE_N]; returns the loss. */
gdouble finder_loss_coarse (const FinderRecipe *recipe,
                            gint                batch,
                            const FinderTile   *tiles,
                            const gfloat       *says,
                            gfloat             *gradient);
/* @targets and @says [batch][FINDER_FINE_N]; where a target is NAN, nothing is
 * asked for. */
gdouble finder_loss_fine   (gint                batch,
                            const gfloat       *targets,
                            const gfloat       *says,
                            gfloat             *gradient);
gdouble finder_loss_points (gint                batch,
                            const gfloat       *targets,
                            const gfloat       *says,
                            gfloat             *gradient);
