/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optimal-sigma VAE (Rybkin, Daniilidis and Levine 2021, "Simple and
 * effective VAE training with calibrated decoders"): D/2 · log (MSE) plus the
 * unweighted Kullback–Leibler divergence, a mean over the batch; Adam as Keras
 * sets it.
 */
#include "step.h"

#include <math.h>

#define LEARNING_RATE 0.0005f
#define BETA_1 0.9f
#define BETA_2 0.999f
#define EPSILON 1e-7f

/* Sums are made of pieces of this size, so that they do not depend on the
 * number of threads. */
#define PIECE 4096

struct _Step
{
  NnNetwork *encoder;
  NnNetwork *decoder;
  NnTape *encoder_tape;
  NnTape *decoder_tape;
  NnAdam *encoder_adam;
  NnAdam *decoder_adam;
  int batch;
  int z_dim;
  int n_values; /* of one image */
  float *code;
  float *code_gradient;
  float *statistics_gradient; /* [batch][2 z_dim]: means, log variances */
  float *image_gradient;
  double *piece_sums;
};

Step *
step_new (FacetModel *model, int batch)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  Step *step = g_new0 (Step, 1);
  NnShape shape = recipe->input_dim;

  step->encoder = facet_model_get_encoder (model);
  step->decoder = facet_model_get_decoder (model);
  step->encoder_tape = nn_tape_new (step->encoder, batch);
  step->decoder_tape = nn_tape_new (step->decoder, batch);
  step->encoder_adam = nn_adam_new (step->encoder, BETA_1, BETA_2, EPSILON);
  step->decoder_adam = nn_adam_new (step->decoder, BETA_1, BETA_2, EPSILON);
  step->batch = batch;
  step->z_dim = recipe->z_dim;
  step->n_values = shape.height * shape.width * shape.channels;
  step->code = g_new (float, batch * step->z_dim);
  step->code_gradient = g_new (float, batch * step->z_dim);
  step->statistics_gradient = g_new (float, batch * 2 * step->z_dim);
  step->image_gradient = g_new (float, (gsize) batch * step->n_values);
  step->piece_sums = g_new (double, (gsize) batch * step->n_values / PIECE + 1);
  if (! step->encoder_tape || ! step->decoder_tape || ! step->encoder_adam ||
      ! step->decoder_adam)
    g_error ("not enough memory to train batches of %d", batch);
  return step;
}

void
step_free (Step *step)
{
  if (! step)
    return;
  nn_tape_free (step->encoder_tape);
  nn_tape_free (step->decoder_tape);
  nn_adam_free (step->encoder_adam);
  nn_adam_free (step->decoder_adam);
  g_free (step->code);
  g_free (step->code_gradient);
  g_free (step->statistics_gradient);
  g_free (step->image_gradient);
  g_free (step->piece_sums);
  g_free (step);
}

/* code = mean + exp (log variance / 2) · noise; returns the divergence. */
static double
draw_code (Step *step, const float *statistics, const float *noise)
{
  double divergence = 0.0;

  for (int image = 0; image < step->batch; image++)
    for (int i = 0; i < step->z_dim; i++)
      {
        int at = image * step->z_dim + i;
        float mean = statistics[2 * image * step->z_dim + i];
        float log_variance = statistics[(2 * image + 1) * step->z_dim + i];

        step->code[at] = mean + expf (0.5f * log_variance) * noise[at];
        divergence += 0.5 *
                      (mean * mean + expf (log_variance) - 1.0f - log_variance);
      }
  return divergence / step->batch;
}

static double
mean_squared_error (Step *step, const float *decoded, const float *images)
{
  gsize n = (gsize) step->batch * step->n_values;
  gsize n_pieces = (n + PIECE - 1) / PIECE;
  double sum = 0.0;

#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
  for (gsize piece = 0; piece < n_pieces; piece++)
    {
      gsize end = MIN (n, (piece + 1) * PIECE);
      float piece_sum = 0.0f;

#pragma omp simd reduction(+ : piece_sum)
      for (gsize i = piece * PIECE; i < end; i++)
        {
          float error = decoded[i] - images[i];

          step->image_gradient[i] = error;
          piece_sum += error * error;
        }
      step->piece_sums[piece] = piece_sum;
    }

  for (gsize piece = 0; piece < n_pieces; piece++)
    sum += step->piece_sums[piece];
  return sum / n;
}

static void
scale_image_gradient (Step *step, float factor)
{
  gsize n = (gsize) step->batch * step->n_values;

#pragma omp parallel for simd schedule(static) num_threads(nn_get_threads())
  for (gsize i = 0; i < n; i++)
    step->image_gradient[i] *= factor;
}

/* From the drawn code's gradient, and the divergence's own, to the encoder's
 * outputs. */
static void
statistics_gradient (Step *step, const float *statistics, const float *noise)
{
  for (int image = 0; image < step->batch; image++)
    for (int i = 0; i < step->z_dim; i++)
      {
        int at = image * step->z_dim + i;
        int mean = 2 * image * step->z_dim + i;
        int log_variance = mean + step->z_dim;
        float deviation = expf (0.5f * statistics[log_variance]);

        step->statistics_gradient[mean] = step->code_gradient[at] +
                                          statistics[mean] / step->batch;
        step->statistics_gradient[log_variance] =
            0.5f * step->code_gradient[at] * deviation * noise[at] +
            0.5f * (deviation * deviation - 1.0f) / step->batch;
      }
}

double
step_run (Step *step, const float *images, const float *noise, uint64_t seed)
{
  const float *statistics, *decoded;
  double divergence, error;

  statistics = nn_tape_forward (step->encoder_tape, NN_TRAINING, step->batch,
                                images, 2 * seed);
  divergence = draw_code (step, statistics, noise);
  decoded = nn_tape_forward (step->decoder_tape, NN_TRAINING, step->batch,
                             step->code, 2 * seed + 1);
  error = mean_squared_error (step, decoded, images);

  /* d/dy of D/2 · log (mean of (y − x)²) over a batch of B: (y − x)/(B·MSE) */
  scale_image_gradient (step, 1.0 / (step->batch * error));
  nn_network_clear_gradients (step->encoder);
  nn_network_clear_gradients (step->decoder);
  nn_tape_backward (step->decoder_tape, step->image_gradient, true,
                    step->code_gradient);
  statistics_gradient (step, statistics, noise);
  nn_tape_backward (step->encoder_tape, step->statistics_gradient, true, NULL);
  nn_adam_step (step->decoder_adam, LEARNING_RATE);
  nn_adam_step (step->encoder_adam, LEARNING_RATE);

  return 0.5 * step->n_values * log (error) + divergence;
}
