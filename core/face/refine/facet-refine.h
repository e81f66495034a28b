/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A better code for one face than the encoder's. */
#pragma once

#include <gio/gio.h>
#include <model/facet-model.h>

/* @fraction: 0…1 of the work that is done.  Called in the thread that works. */
typedef void (*FacetRefineProgress) (gdouble  fraction,
                                     gpointer data);

/* Moves @code, [z_dim], so that its decode comes closer to @crop, input_dim, in
 * the middle above all; it never leaves the range in which training's codes lie
 * (FacetLatents' low and high) unless it was outside before, and never gets
 * worse.  @progress may be NULL.  FALSE with @error when cancelled or without
 * memory; @code is then as it was.  May run while another thread encodes and
 * decodes with the same model. */
gboolean facet_refine (FacetModel           *model,
                       const gfloat         *crop,
                       gfloat               *code,
                       GCancellable         *cancellable,
                       FacetRefineProgress   progress,
                       gpointer              data,
                       GError              **error);
