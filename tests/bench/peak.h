/* What the processor could do: the rate of fused multiply-adds on registers
 * alone.  Facet's and every peer's convolutions are measured against it.
 */
#pragma once

/* GFLOP/s of @n_threads threads with the vectors of @isa, a name as
 * nn_get_isa () gives it. */
double peak_measure (const char *isa,
                     int         n_threads);
