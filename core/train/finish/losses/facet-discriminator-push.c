/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <train/data/facet-augment.h>
#include "../facet-finish-batch.h"
#include "facet-discriminator-push.h"

/* Weight of the feature matching where “features” is 1. */
#define FEATURE_WEIGHT 4.0
/* Of a step in the moving mean. */
#define HINGE_SHARE 0.02

gboolean
facet_discriminator_push_init (FacetDiscriminatorPush *push,
                               const FacetFinishRecipe *recipe,
                               NnShape crop,
                               gint batch,
                               guint64 seed,
                               FacetLearner *learner)
{
  FacetDiscriminator *discriminator = facet_discriminator_new (recipe, crop,
                                                               seed);
  const NnShape window = discriminator->window;
  const gint n_places = discriminator->map.height * discriminator->map.width;
  const gint n = 2 * batch;

  push->discriminator = discriminator;
  push->learner = learner;
  push->feature_weight = FEATURE_WEIGHT * recipe->features /
                         discriminator->n_features;
  push->batch = batch;
  push->crop_size = (gsize) crop.height * crop.width * crop.channels;
  push->window_size = (gsize) window.height * window.width * window.channels;
  push->glances = g_new (FacetGlance, n);
  push->windows = g_new (gfloat, n * push->window_size);
  push->window_gradient = g_new (gfloat, n * push->window_size);
  push->map_gradient = g_new (gfloat, n * n_places);
  push->gradient = g_new (gfloat, n * push->crop_size);
  push->hinge = 2.0;
  facet_features_init (&push->features, discriminator->network,
                       discriminator->feature_layers, discriminator->n_features,
                       batch);
  return facet_learner_init (learner, "discriminator", discriminator->network,
                             n, FACET_LEARNER_BEST);
}

void
facet_discriminator_push_clear (FacetDiscriminatorPush *push)
{
  facet_features_clear (&push->features);
  facet_discriminator_free (push->discriminator);
  g_free (push->glances);
  g_free (push->windows);
  g_free (push->window_gradient);
  g_free (push->map_gradient);
  g_free (push->gradient);
}

/* --- looking ------------------------------------------------------------- */

static void
choose_glances (FacetDiscriminatorPush *push, guint64 seed)
{
  for (gint b = 0; b < 2 * push->batch; b++)
    push->glances[b] = facet_discriminator_glance (
        push->discriminator,
        facet_random_stream (seed, FACET_FINISH_STREAM_GLANCE, (guint64) b));
}

/* Returns the maps. */
static const gfloat *
look (FacetDiscriminatorPush *push, gint n, const gfloat *crops)
{
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < n; b++)
    facet_discriminator_look (push->discriminator, &push->glances[b],
                              crops + (gsize) b * push->crop_size,
                              push->windows + (gsize) b * push->window_size);
  return nn_tape_forward (push->learner->tape, NN_TRAINING, n, push->windows,
                          0);
}

/* --- the discriminator's side -------------------------------------------- */

/* Faces in another light are nobody's: dark ones give themselves away, whatever
 * their details. */
static void
leave_lit (FacetDiscriminatorPush *push, const FacetMove *moves)
{
  const NnShape map = push->discriminator->map;
  const gsize n_places = (gsize) map.height * map.width;

  for (gint b = 0; b < push->batch; b++)
    if (moves[b].light)
      memset (push->map_gradient + (push->batch + b) * n_places, 0,
              n_places * sizeof (gfloat));
}

/* The hinge loss of @n maps, and its gradient: @sign 1 for photos, -1 for
 * decodes. */
static gdouble
hinge (FacetDiscriminatorPush *push, const gfloat *maps, gint n, gfloat sign)
{
  const NnShape map = push->discriminator->map;
  const gint n_places = map.height * map.width;
  gdouble sum = 0.0;

  for (gint i = 0; i < n * n_places; i++)
    {
      const gfloat weight = push->discriminator->weights[i % n_places] /
                            (gfloat) (n * n_places);
      const gfloat margin = 1.0f - sign * maps[i];

      push->map_gradient[i] = margin > 0.0f ? -sign * weight : 0.0f;
      sum += margin > 0.0f ? weight * margin : 0.0f;
    }
  return sum;
}

static void
learn (FacetDiscriminatorPush *push,
       const FacetFinishBatch *faces,
       const gfloat *decodes)
{
  NnTape *tape = push->learner->tape;
  const gint batch = push->batch;
  gdouble loss;

  nn_network_clear_gradients (push->learner->network);
  loss = hinge (push, look (push, batch, faces->crops), batch, 1.0f);
  facet_features_keep (&push->features, tape);
  nn_tape_backward (tape, push->map_gradient, true, NULL);
  loss += hinge (push, look (push, 2 * batch, decodes), 2 * batch, -1.0f);
  leave_lit (push, faces->moves);
  nn_tape_backward (tape, push->map_gradient, true, NULL);
  push->hinge += HINGE_SHARE * (loss - push->hinge);
}

/* --- the decoder's side -------------------------------------------------- */

/* Up with the map of the decodes just looked at, and features like the photos'.
 */
static void
ask (FacetDiscriminatorPush *push, const FacetMove *moves)
{
  const FacetDiscriminator *discriminator = push->discriminator;
  NnTape *tape = push->learner->tape;
  const gint batch = push->batch;
  const gint n_places = discriminator->map.height * discriminator->map.width;

  for (gint i = 0; i < 2 * batch * n_places; i++)
    push->map_gradient[i] = -discriminator->weights[i % n_places] /
                            (gfloat) (batch * n_places);
  leave_lit (push, moves);
  if (push->feature_weight > 0.0)
    facet_features_match (&push->features, tape, push->feature_weight);
  nn_tape_backward (tape, push->map_gradient, false, push->window_gradient);
}

/* Back from the windows. */
static void
spread (FacetDiscriminatorPush *push)
{
  const gsize size = push->crop_size;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < 2 * push->batch; b++)
    {
      gfloat *gradient = push->gradient + (gsize) b * size;

      memset (gradient, 0, size * sizeof (gfloat));
      facet_discriminator_add_back (push->discriminator, &push->glances[b],
                                    push->window_gradient +
                                        (gsize) b * push->window_size,
                                    gradient);
    }
}

void
facet_discriminator_push_run (FacetDiscriminatorPush *push,
                              guint64 seed,
                              const FacetFinishBatch *batch,
                              const gfloat *decodes)
{
  choose_glances (push, seed);
  learn (push, batch, decodes);
  ask (push, batch->moves);
  spread (push);
}
