/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient of a kernel: see add_kernel_gradient in nn-internal.h. */
#pragma once

#include "phases.h"

#define nn_gradient_scratch NN_FOR_ISA (nn_gradient_scratch)
#define nn_add_kernel_gradient NN_FOR_ISA (nn_add_kernel_gradient)

size_t nn_gradient_scratch    (const NnGeometry *geometry,
                               int               max_batch);
void   nn_add_kernel_gradient (const NnGeometry *geometry,
                               int               batch,
                               const float      *large,
                               const float      *small,
                               float            *gradient,
                               float            *scratch);
