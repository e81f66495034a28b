/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel's weights in the order that its products read them: those of down as
 * they are, those of up phase by phase, rows of phases first. */
#pragma once

#include "phases.h"

#define nn_packed NN_FOR_ISA (nn_packed)
#define nn_phase_packed NN_FOR_ISA (nn_phase_packed)
#define nn_pack NN_FOR_ISA (nn_pack)

/* Floats of all phases, and of one of up's. */
size_t nn_packed       (const NnGeometry *geometry,
                        NnPass            pass);
size_t nn_phase_packed (const NnGeometry *geometry,
                        const Phase      *y,
                        const Phase      *x);
void   nn_pack         (const NnGeometry *geometry,
                        NnPass            pass,
                        const float      *kernel,
                        float            *packed,
                        int               share,
                        int               n_shares);
