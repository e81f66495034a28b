/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How good a reconstruction is.  All crops are of input_dim, 0…1.
 */
#pragma once

#include <nn/nn.h>

typedef struct
{
  double psnr;      /* dB, the whole crop                                   */
  double face_psnr; /* dB, inside the face region                           */
  double ssim;      /* structural similarity of the luma, mean of the crop  */
  double sharpness; /* root mean square Laplacian of the decode's luma over
                       the photo's, inside the face region                  */
  double pattern;       /* share of the decode's detail that repeats, below  */
  double photo_pattern; /* the same of the photo's                           */
} FacetMeasure;

FacetMeasure
facet_measure (NnShape shape, const float *crop, const float *decode);
/* The sharpness alone. */
double facet_measure_sharpness (NnShape shape,
                                const float *crop,
                                const float *decode);
/* What is the same every four pixels, both ways, as a share of the detail in the
 * face region: root mean square of the Laplacian's means over the places of one
 * phase, over its own root mean square; 0 where there is no detail.  The detail
 * of a photo does not repeat; a decoder of strided convolutions can leave a
 * pattern. */
double facet_measure_pattern (NnShape shape, const float *crop);
