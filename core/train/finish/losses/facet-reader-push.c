/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <train/reader/facet-reader-trainer.h>
#include "facet-reader-push.h"

#define MAX_FEATURES 4
/* What one unit of a yes/no direction does to the probability of yes, and
 * between what bounds a reader is asked for it. */
#define YES_NO_UNIT 0.45
#define PROBABILITY_MIN 0.02
/* The attribute that moves counts as much as this many that do not. */
#define MOVED_WEIGHT 4.0f

/* The activations after which the next kernel comes. */
static gint
find_layers (const NnNetwork *network, gint *layers)
{
  gint n = 0;

  for (gint i = 0; i + 1 < nn_network_get_n_layers (network); i++)
    if (nn_network_get_layer (network, i)->kind == NN_LEAKY_RELU &&
        nn_network_get_layer (network, i + 1)->kind == NN_CONV_2D &&
        n < MAX_FEATURES)
      layers[n++] = i;
  return n;
}

gboolean
facet_reader_push_init (FacetReaderPush *push,
                        FacetReader *reader,
                        const FacetFinishBatch *batch)
{
  const NnShape own = reader->recipe->input_dim;
  const gsize small_size = (gsize) own.height * own.width * own.channels;
  const gint n_attributes = (gint) reader->attributes->len;
  const gint n = 2 * batch->n;
  gint layers[MAX_FEATURES];
  const gint n_layers = find_layers (reader->network, layers);

  push->reader = reader;
  push->n_attributes = n_attributes;
  push->small = g_new (gfloat, n * small_size);
  push->small_gradient = g_new (gfloat, n * small_size);
  push->outputs = g_new (gfloat, batch->n * n_attributes);
  push->output_gradient = g_new (gfloat, n * n_attributes);
  push->gradient = g_new (gfloat, n * batch->crop_size);
  facet_features_init (&push->features, reader->network, layers, n_layers,
                       batch->n);
  push->tape = nn_tape_new (reader->network, n);
  return push->tape != NULL;
}

void
facet_reader_push_clear (FacetReaderPush *push)
{
  g_clear_pointer (&push->tape, nn_tape_free);
  facet_features_clear (&push->features);
  g_free (push->small);
  g_free (push->small_gradient);
  g_free (push->outputs);
  g_free (push->output_gradient);
  g_free (push->gradient);
}

/* Returns [n][attributes]. */
static const gfloat *
read_crops (FacetReaderPush *push, NnShape shape, gint n, const gfloat *crops)
{
  facet_reader_shrink (push->reader, shape, n, crops, push->small);
  return nn_tape_forward (push->tape, NN_FROZEN, n, push->small, 0);
}

/* What is to be read in photo @b once it is moved. */
static gdouble
wanted_reading (const FacetReaderPush *push,
                const FacetFinishBatch *batch,
                gint b,
                gint attribute,
                gboolean *moves)
{
  const FacetAttribute *which = g_ptr_array_index (push->reader->attributes,
                                                   attribute);
  const FacetLatents *latents = facet_model_get_latents (batch->base);
  const FacetMove *move = &batch->moves[b];
  const gfloat output = push->outputs[b * push->n_attributes + attribute];
  gdouble amount;

  *moves = g_str_equal (latents->directions[move->direction].name, which->name);
  amount = *moves ? move->amount : 0.0;
  if (! which->yes_no)
    return output + amount;
  return CLAMP (1.0 / (1.0 + exp (-output)) + YES_NO_UNIT * amount,
                PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
}

static void
ask (FacetReaderPush *push,
     const FacetFinishBatch *batch,
     const gfloat *outputs)
{
  const gint n = push->n_attributes;

  memset (push->output_gradient, 0, 2 * batch->n * n * sizeof (gfloat));
  for (gint b = 0; b < batch->n; b++)
    for (gint a = 0; a < n && batch->moves[b].direction >= 0; a++)
      {
        const gint i = (batch->n + b) * n + a;
        gboolean moves;
        const gdouble wanted = wanted_reading (push, batch, b, a, &moves);

        facet_reader_loss (g_ptr_array_index (push->reader->attributes, a),
                           outputs[i], wanted, &push->output_gradient[i]);
        push->output_gradient[i] *= (moves ? MOVED_WEIGHT : 1.0f) /
                                    (gfloat) (batch->n * n);
      }
}

void
facet_reader_push_run (FacetReaderPush *push,
                       const FacetFinishBatch *batch,
                       const gfloat *decodes)
{
  const NnShape shape = batch->shape;
  const gint n = 2 * batch->n;

  memcpy (push->outputs, read_crops (push, shape, batch->n, batch->crops),
          (gsize) batch->n * push->n_attributes * sizeof (gfloat));
  facet_features_keep (&push->features, push->tape);
  ask (push, batch, read_crops (push, shape, n, decodes));
  facet_features_match (&push->features, push->tape, 1.0);
  nn_tape_backward (push->tape, push->output_gradient, false,
                    push->small_gradient);
  facet_reader_spread (push->reader, shape, n, push->small_gradient,
                       push->gradient);
}
