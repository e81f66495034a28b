/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference: a network as a list of steps, each a kernel and its epilogue.
 *
 * Batch norm that follows a kernel is folded into it: it scales each output
 * channel.  Batch norm that follows an activation is the epilogue's scale and
 * shift; in the next kernel it would only be exact where that has no padding.
 * Dropout and reshapes vanish.
 */
#include "pointwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* @before is a batch norm that no kernel took, only where there is no kernel:
 * y = activation (x * before + bias) * scale + shift. */
typedef struct
{
  int kernel_layer; /* -1: none */
  NnGeometry geometry;
  NnPass pass;
  NnActivation activation;
  float slope;
  int channels;
  size_t output_size; /* of one image */
  bool bordered;      /* the input stands in the previous step's border */
  NnPictures output;  /* of all but the last */
  float *buffer;
  float *packed;
  uint16_t *halves; /* packed, too: a dense layer of a network in halves */
  float *before;
  float *bias;
  float *scale;
  float *shift;
} Step;

struct _NnPlan
{
  const NnKernels *kernels;
  int max_batch;
  size_t input_size;
  int n_steps;
  Step *steps;
  float *scratch;
};

static bool add_steps (NnPlan *plan, const NnNetwork *network);
static bool pack_step (NnPlan *plan, const NnNetwork *network, Step *step);
static bool add_buffers (NnPlan *plan);
static void run_step (const NnPlan *plan,
                      const Step *step,
                      int batch,
                      const NnPictures *input,
                      const NnPictures *output);
static NnShape output_shape (const Step *step);

NnPlan *
nn_plan_new (const NnNetwork *network, int max_batch)
{
  NnPlan *plan;

  if (max_batch <= 0)
    return NULL;
  plan = calloc (1, sizeof *plan);
  if (! plan)
    return NULL;
  plan->kernels = nn_get_kernels ();
  plan->max_batch = max_batch;
  plan->input_size = nn_shape_size (network->shapes[0]);
  plan->steps = calloc (network->n_layers + 1, sizeof *plan->steps);
  if (! plan->steps || ! add_steps (plan, network))
    goto fail;
  for (int i = 0; i < plan->n_steps; i++)
    if (! pack_step (plan, network, &plan->steps[i]))
      goto fail;
  if (! add_buffers (plan))
    goto fail;
  return plan;

fail:
  nn_plan_free (plan);
  return NULL;
}

void
nn_plan_free (NnPlan *plan)
{
  if (! plan)
    return;
  for (int i = 0; i < plan->n_steps; i++)
    {
      nn_floats_free (plan->steps[i].buffer);
      nn_floats_free (plan->steps[i].packed);
      nn_floats_free ((float *) plan->steps[i].halves);
      nn_floats_free (plan->steps[i].before);
      nn_floats_free (plan->steps[i].bias);
      nn_floats_free (plan->steps[i].scale);
      nn_floats_free (plan->steps[i].shift);
    }
  free (plan->steps);
  nn_floats_free (plan->scratch);
  free (plan);
}

void
nn_plan_run (NnPlan *plan, int batch, const float *input, float *output)
{
  if (plan->n_steps == 0)
    memcpy (output, input, batch * plan->input_size * sizeof (float));
  else
#pragma omp parallel num_threads(nn_get_threads())
    {
      NnPictures from = { (float *) input, 0, 0 };

      for (int i = 0; i < plan->n_steps; i++)
        {
          const Step *step = &plan->steps[i];
          NnPictures to = i == plan->n_steps - 1 ?
                              nn_plain_pictures (output, output_shape (step)) :
                              step->output;

          run_step (plan, step, batch, &from, &to);
          from = to;
        }
    }
}

static float
apply (const Step *step, float x, int channel)
{
  if (step->before)
    x *= step->before[channel];
  if (step->bias)
    x += step->bias[channel];
  if (step->activation == NN_ACTIVATION_LEAKY_RELU && x < 0.0f)
    x *= step->slope;
  else if (step->activation == NN_ACTIVATION_SIGMOID)
    x = 1.0f / (1.0f + expf (-x));
  if (step->scale)
    x = x * step->scale[channel] + step->shift[channel];
  return x;
}

static NnShape
output_shape (const Step *step)
{
  if (step->kernel_layer < 0)
    return (NnShape) { 1, 1, step->output_size };
  return nn_pass_output (&step->geometry, step->pass);
}

static void
run_pointwise (const Step *step, int batch, const float *input, float *output)
{
  size_t n_rows = batch * step->output_size / step->channels;

#pragma omp for schedule(static)
  for (size_t row = 0; row < n_rows; row++)
    for (int channel = 0; channel < step->channels; channel++)
      {
        size_t i = row * step->channels + channel;

        output[i] = apply (step, input[i], channel);
      }
}

static void
run_step (const NnPlan *plan,
          const Step *step,
          int batch,
          const NnPictures *input,
          const NnPictures *output)
{
  const NnKernels *kernels = plan->kernels;
  NnEpilogue epilogue = { step->bias, step->activation, step->slope,
                          step->scale, step->shift };

  if (step->kernel_layer < 0)
    run_pointwise (step, batch, input->first, output->first);
  else if (step->halves)
    kernels->run_halves (&step->geometry, batch, step->halves, &epilogue,
                         input->first, output);
  else if (step->bordered)
    kernels->run_bordered (&step->geometry, step->pass, batch, step->packed,
                           &epilogue, input, output);
  else
    kernels->run (&step->geometry, step->pass, batch, step->packed, &epilogue,
                  input->first, output, plan->scratch);
}

/* --- folding ----------------------------------------------------------------
 */

static float *
filled (int n, float value)
{
  float *floats = nn_floats_new (n, 1);

  for (int i = 0; floats && i < n; i++)
    floats[i] = value;
  return floats;
}

/* Makes @factor and @summand, where they are not there yet. */
static bool
ensure_affine (float **factor, float **summand, int channels)
{
  if (! *factor)
    *factor = filled (channels, 1.0f);
  if (! *summand)
    *summand = filled (channels, 0.0f);
  return *factor && *summand;
}

static bool
fold_batch_norm (const NnNetwork *network, int layer, Step *step)
{
  const float *gamma = nn_layer_parameter (network, layer, NN_GAMMA)->value;
  const float *beta = nn_layer_parameter (network, layer, NN_BETA)->value;
  const float *mean =
      nn_layer_parameter (network, layer, NN_MOVING_MEAN)->value;
  const float *variance =
      nn_layer_parameter (network, layer, NN_MOVING_VARIANCE)->value;
  bool after = step->activation != NN_ACTIVATION_NONE;
  float **factor = after ? &step->scale : &step->before;
  float **summand = after ? &step->shift : &step->bias;

  if (! ensure_affine (factor, summand, step->channels))
    return false;
  for (int i = 0; i < step->channels; i++)
    {
      double scale = gamma[i] / sqrt ((double) variance[i] +
                                      network->layers[layer].epsilon);

      (*factor)[i] *= scale;
      (*summand)[i] = ((*summand)[i] - mean[i]) * scale + beta[i];
    }
  return true;
}

static Step *
add_step (NnPlan *plan, const NnNetwork *network, int layer)
{
  Step *step = &plan->steps[plan->n_steps++];

  step->kernel_layer = -1;
  step->channels = network->shapes[layer + 1].channels;
  step->output_size = nn_shape_size (network->shapes[layer + 1]);
  return step;
}

static bool
add_kernel_step (NnPlan *plan, const NnNetwork *network, int layer)
{
  Step *step = add_step (plan, network, layer);

  step->kernel_layer = layer;
  step->geometry = nn_network_get_geometry (network, layer);
  step->pass = nn_layer_get_pass (&network->layers[layer]);
  step->bias = nn_floats_new (step->channels, 1);
  if (! step->bias)
    return false;
  memcpy (step->bias, nn_layer_parameter (network, layer, NN_BIAS)->value,
          step->channels * sizeof (float));
  return true;
}

/* Whether @layer, which has no kernel, can still join @step. */
static bool
joins (const Step *step, const NnNetwork *network, int layer)
{
  if (! step)
    return false;
  if (network->layers[layer].kind == NN_BATCH_NORM)
    return network->shapes[layer + 1].channels == step->channels;
  return step->activation == NN_ACTIVATION_NONE;
}

static bool
add_steps (NnPlan *plan, const NnNetwork *network)
{
  Step *step = NULL;

  for (int i = 0; i < network->n_layers; i++)
    {
      const NnLayer *layer = &network->layers[i];

      if (layer->kind == NN_RESHAPE || layer->kind == NN_DROPOUT)
        continue;
      if (nn_layer_has_kernel (layer))
        {
          if (! add_kernel_step (plan, network, i))
            return false;
          step = &plan->steps[plan->n_steps - 1];
          continue;
        }
      if (! joins (step, network, i))
        step = add_step (plan, network, i);
      if (layer->kind == NN_BATCH_NORM)
        {
          if (! fold_batch_norm (network, i, step))
            return false;
          continue;
        }
      step->activation = layer->kind == NN_SIGMOID ? NN_ACTIVATION_SIGMOID :
                                                     NN_ACTIVATION_LEAKY_RELU;
      step->slope = layer->slope;
    }
  return true;
}

/* --- packing ----------------------------------------------------------------
 */

/* Multiplies each output channel of the kernel by the batch norm before the
 * activation.  @scaled may be @kernel. */
static void
scale_kernel (const Step *step,
              size_t n_values,
              const float *kernel,
              float *scaled)
{
  size_t small = step->geometry.small_channels;
  size_t n_rows = n_values / small;

  for (size_t i = 0; i < n_rows; i++)
    {
      const float *factors = step->before;
      float factor = factors[i % step->channels];

      if (step->pass == NN_DOWN)
        for (size_t j = 0; j < small; j++)
          scaled[i * small + j] = kernel[i * small + j] * factors[j];
      else
        for (size_t j = 0; j < small; j++)
          scaled[i * small + j] = kernel[i * small + j] * factor;
    }
}

/* A kernel as floats with its batch norm in it: the network's own, or a copy to
 * be freed by nn_floats_free (@copy); NULL without memory. */
static const float *
kernel_values (const NnPlan *plan,
               const Step *step,
               const NnParameter *kernel,
               float **copy)
{
  const float *values = kernel->value;

  *copy = NULL;
  if (! kernel->halves && ! step->before)
    return values;
  *copy = nn_floats_new (kernel->n_values, 1);
  if (! *copy)
    return NULL;
  if (kernel->halves)
    {
#pragma omp parallel num_threads(nn_get_threads())
      plan->kernels->pointwise->read_halves (kernel->n_values, kernel->halves,
                                             *copy);
      values = *copy;
    }
  if (step->before)
    scale_kernel (step, kernel->n_values, values, *copy);
  return *copy;
}

/* [inputs][outputs] */
static bool
is_dense (const Step *step)
{
  const NnGeometry *g = &step->geometry;

  return g->large_height == 1 && g->large_width == 1 && g->kernel == 1 &&
         step->pass == NN_DOWN;
}

static bool
pack_halves (NnPlan *plan, const NnParameter *kernel, Step *step)
{
  const NnGeometry *g = &step->geometry;
  size_t size = plan->kernels->get_halves_size (g);

  step->halves = (uint16_t *) nn_floats_new (size / 2 + 1, 1);
  if (step->halves)
#pragma omp parallel num_threads(nn_get_threads())
    plan->kernels->pack_halves (g, kernel->halves, step->halves);
  return step->halves != NULL;
}

static bool
pack_step (NnPlan *plan, const NnNetwork *network, Step *step)
{
  const NnKernels *kernels = plan->kernels;
  const NnGeometry *g = &step->geometry;
  const NnParameter *kernel;
  const float *values;
  float *copy;

  if (step->kernel_layer < 0)
    return true;
  kernel = nn_layer_parameter (network, step->kernel_layer, NN_KERNEL);
  if (kernel->halves && kernels->run_halves && is_dense (step) &&
      ! step->before)
    return pack_halves (plan, kernel, step);
  values = kernel_values (plan, step, kernel, &copy);
  step->packed = nn_floats_new (kernels->get_packed_size (g, step->pass), 1);
  if (values && step->packed)
#pragma omp parallel num_threads(nn_get_threads())
    kernels->pack (g, step->pass, values, step->packed);
  nn_floats_free (copy);
  return values && step->packed;
}

/* --- buffers
 * ------------------------------------------------------------------- */

/* The zeros that @next wants around the output of @step, which are none unless
 * these are its pictures. */
static NnBorder
border_between (const NnPlan *plan, const Step *step, Step *next)
{
  NnShape shape = output_shape (step);
  NnShape wanted = nn_pass_input (&next->geometry, next->pass);

  if (next->kernel_layer >= 0 && plan->kernels->get_border &&
      shape.height == wanted.height && shape.width == wanted.width)
    {
      NnBorder border = plan->kernels->get_border (&next->geometry, next->pass);

      next->bordered = border.height > 0;
      if (next->bordered)
        return border;
    }
  return (NnBorder) { 0, 0, shape.height, shape.width };
}

/* The output of step @index, with the border that the next one wants; the zeros
 * are written here and never again. */
static bool
add_buffer (NnPlan *plan, int index)
{
  Step *step = &plan->steps[index];
  NnBorder border = border_between (plan, step, step + 1);
  int channels = output_shape (step).channels;
  ptrdiff_t row = (ptrdiff_t) border.width * channels;
  ptrdiff_t image = border.height * row;

  if (plan->max_batch > (PTRDIFF_MAX - NN_SLACK) / image)
    return false;
  step->buffer = nn_floats_new (plan->max_batch * image + NN_SLACK, 1);
  if (! step->buffer)
    return false;
  step->output = (NnPictures) {
    step->buffer + border.top * row + border.left * channels, image, row
  };
  return true;
}

static bool
add_buffers (NnPlan *plan)
{
  size_t scratch_size = 0;

  for (int i = 0; i < plan->n_steps; i++)
    {
      const Step *step = &plan->steps[i];
      size_t size;

      if (i < plan->n_steps - 1 && ! add_buffer (plan, i))
        return false;
      if (step->kernel_layer < 0 || step->bordered)
        continue;
      size = plan->kernels->get_scratch_size (&step->geometry, step->pass,
                                              plan->max_batch);
      if (size > scratch_size)
        scratch_size = size;
    }
  plan->scratch = nn_floats_new (scratch_size, 1);
  return plan->scratch != NULL;
}
