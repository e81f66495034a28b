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
} FacetMeasure;

FacetMeasure
facet_measure (NnShape shape, const float *crop, const float *decode);
/* The sharpness alone. */
double facet_measure_sharpness (NnShape shape,
                                const float *crop,
                                const float *decode);
