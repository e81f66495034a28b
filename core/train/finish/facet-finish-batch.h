/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one step of a finish decodes: the codes of a batch of photos, then as
 * many of what else the decoder must be able to give (*moved*).  Three in four
 * of these are the same codes moved along a named direction, more often near
 * its ends than in the middle; one in four is drawn.
 */
#pragma once

#include <model/facet-model.h>
#include <train/loop/facet-loop.h>

/* What facet_loop_step_seed () is asked for. */
enum
{
  FACET_FINISH_STREAM_MOVE = 1,
  FACET_FINISH_STREAM_DRAW,
  FACET_FINISH_STREAM_GLANCE,
  FACET_FINISH_STREAM_LEARNER
};

typedef struct
{
  gint direction; /* -1: drawn, or there are none */
  gdouble amount;
  gboolean light; /* another light on the same face: details stay in place   */
} FacetMove;

typedef struct
{
  FacetModel *base; /* the unfinished model; belongs to the caller           */
  NnShape shape;    /* of a crop                                             */
  gsize crop_size;
  gint n;           /* photos                                                */
  gint factor;      /* facet_augment_get_factor ()                           */
  gfloat *crops;    /* [n]                                                   */
  gfloat *codes;    /* [2·n]                                                 */
  gfloat *teacher;  /* [n] the unfinished decodes of what is moved           */
  FacetMove *moves; /* [n]                                                   */
} FacetFinishBatch;

void facet_finish_batch_init (FacetFinishBatch *batch,
                              FacetModel *base,
                              gint n);
void facet_finish_batch_clear (FacetFinishBatch *batch);

/* Fills it with @photos [n] of @loop's data as this step of it sees them. */
void facet_finish_batch_fill (FacetFinishBatch *batch,
                              const FacetLoop *loop,
                              const gint *photos);
