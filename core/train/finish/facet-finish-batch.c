/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <train/data/facet-attributes.h>
#include <train/data/facet-augment.h>
#include "facet-finish-batch.h"

#define DRAWN_ONE_IN 4

void
facet_finish_batch_init (FacetFinishBatch *batch, FacetModel *base, gint n)
{
  const FacetRecipe *recipe = facet_model_get_recipe (base);

  batch->base = base;
  batch->shape = recipe->input_dim;
  batch->crop_size = (gsize) batch->shape.height * batch->shape.width *
                     batch->shape.channels;
  batch->n = n;
  batch->factor = facet_augment_get_factor (recipe);
  batch->crops = g_new (gfloat, n * batch->crop_size);
  batch->codes = g_new (gfloat, 2 * n * recipe->z_dim);
  batch->teacher = g_new (gfloat, n * batch->crop_size);
  batch->moves = g_new (FacetMove, n);
}

void
facet_finish_batch_clear (FacetFinishBatch *batch)
{
  g_free (batch->crops);
  g_free (batch->codes);
  g_free (batch->teacher);
  g_free (batch->moves);
}

static void
load_photos (FacetFinishBatch *batch, const FacetLoop *loop, const gint *photos)
{
  const FacetRecipe *recipe = facet_model_get_recipe (batch->base);

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < batch->n; b++)
    facet_augment (recipe, batch->factor,
                   facet_data_get_pixels (loop->data, photos[b]),
                   facet_loop_photo_seed (loop, photos[b]),
                   batch->crops + (gsize) b * batch->crop_size);
}

/* A code from the Gaussian of all codes. */
static void
draw_code (const FacetLatents *latents, guint64 seed, gfloat *code)
{
  memcpy (code, latents->mean, (gsize) latents->z_dim * sizeof (gfloat));
  for (gint axis = 0; axis < latents->n_axes; axis++)
    {
      const gfloat offset = latents->sigma[axis] *
                            nn_random_normal (seed, (guint64) axis);

      for (gint z = 0; z < latents->z_dim; z++)
        code[z] += offset * latents->axes[(gsize) axis * latents->z_dim + z];
    }
}

/* Whether @direction's attribute is measured in pixels. */
static gboolean
is_of_light (const FacetDirection *direction)
{
  const FacetAttribute *attribute = facet_attribute_find (direction->name,
                                                          NULL);

  return attribute && attribute->measure;
}

/* The ends, where a decoder has least to go by, come more often than the
 * middle: arcsine's distribution. */
static gdouble
draw_amount (const FacetDirection *direction, gdouble uniform)
{
  return direction->minimum + (direction->maximum - direction->minimum) * 0.5 *
                                  (1.0 - cos (G_PI * uniform));
}

static void
move_code (FacetFinishBatch *batch, guint64 stream, gint b)
{
  const FacetLatents *latents = facet_model_get_latents (batch->base);
  const guint64 seed = facet_random_stream (stream, FACET_FINISH_STREAM_DRAW,
                                            (guint64) b);
  const gfloat *code = batch->codes + (gsize) b * latents->z_dim;
  gfloat *moved = batch->codes + (gsize) (batch->n + b) * latents->z_dim;
  FacetMove *move = &batch->moves[b];
  const FacetDirection *direction;

  *move = (FacetMove) { -1, 0.0, FALSE };
  if (latents->n_directions == 0 || b % DRAWN_ONE_IN == DRAWN_ONE_IN - 1)
    {
      draw_code (latents, seed, moved);
      return;
    }
  move->direction = MIN (latents->n_directions - 1,
                         (gint) (nn_random_uniform (stream, (guint64) b) *
                                 latents->n_directions));
  direction = &latents->directions[move->direction];
  move->light = is_of_light (direction);
  move->amount = draw_amount (direction, nn_random_uniform (seed, 0));
  for (gint z = 0; z < latents->z_dim; z++)
    moved[z] = code[z] + (gfloat) move->amount * direction->vector[z];
}

void
facet_finish_batch_fill (FacetFinishBatch *batch,
                         const FacetLoop *loop,
                         const gint *photos)
{
  const gsize n_codes = (gsize) batch->n *
                        facet_model_get_recipe (batch->base)->z_dim;
  const guint64 stream = facet_loop_step_seed (loop, FACET_FINISH_STREAM_MOVE);

  load_photos (batch, loop, photos);
  facet_model_encode (batch->base, batch->n, batch->crops, batch->codes);
  for (gint b = 0; b < batch->n; b++)
    move_code (batch, stream, b);
  facet_model_decode (batch->base, batch->n, batch->codes + n_codes,
                      batch->teacher);
}
