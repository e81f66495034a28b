/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training: a network as a list of groups, forward and back.
 *
 * A group is what one pass over memory can do: at most one kernel, and what
 * follows it up to the next.  There are two kinds:
 *
 *   plain   kernel → activation → dropout
 *   norm    kernel → LeakyReLU → batch norm → LeakyReLU → dropout
 *
 * each part but the batch norm being optional.  A plain group keeps its output
 * only, from which the slope of its activation can be told; a norm group also
 * keeps what went into its batch norm.  What layers inside of a group gave is
 * computed again if it is asked for.
 */
#include "pointwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  NONE = -1
};

typedef struct
{
  int first_layer;
  int last_layer;
  int kernel; /* layers, or NONE */
  int before;
  int norm;
  int after;
  int dropout;

  NnGeometry geometry;
  NnPass pass;
  int channels;
  size_t input_size; /* of one image */
  size_t output_size;
  float *normed; /* what goes into the batch norm, if a kernel made it */
  float *output;
  float *statistics; /* [3][channels]: mean, variance, 1 / deviation */
} Group;

struct _NnTape
{
  NnNetwork *network;
  const NnKernels *kernels;
  int max_batch;
  int n_groups;
  Group *groups;
  float *input;
  float *gradients[2]; /* of what is between layers, in turn */
  float *packed;
  float *scratch;
  float **recomputed;  /* [layers] */
  const float **added; /* [groups] to their outputs' gradients, or NULL */

  /* the last forward */
  NnMode mode;
  int batch;
  uint64_t seed;
};

static bool add_groups (NnTape *tape);
static bool add_buffers (NnTape *tape);
static bool ensure_gradients (NnNetwork *network);
static void
forward_group (const NnTape *tape, const Group *group, const float *input);
static const float *backward_group (const NnTape *tape,
                                    const Group *group,
                                    const float *input,
                                    const float *output_gradient,
                                    bool parameters,
                                    bool first,
                                    float *input_gradient);
static const float *recompute (NnTape *tape, int layer);

NnTape *
nn_tape_new (NnNetwork *network, int max_batch)
{
  NnTape *tape;

  if (max_batch <= 0)
    return NULL;
  tape = calloc (1, sizeof *tape);
  if (! tape)
    return NULL;
  tape->network = network;
  tape->kernels = nn_get_kernels ();
  tape->max_batch = max_batch;
  tape->groups = calloc (network->n_layers + 1, sizeof *tape->groups);
  tape->recomputed = calloc (network->n_layers + 1, sizeof *tape->recomputed);
  tape->added = calloc (network->n_layers + 1, sizeof *tape->added);
  if (! tape->groups || ! tape->recomputed || ! tape->added ||
      ! add_groups (tape) || ! add_buffers (tape) ||
      ! ensure_gradients (network))
    {
      nn_tape_free (tape);
      return NULL;
    }
  return tape;
}

void
nn_tape_free (NnTape *tape)
{
  if (! tape)
    return;
  for (int i = 0; i < tape->n_groups; i++)
    {
      nn_floats_free (tape->groups[i].normed);
      nn_floats_free (tape->groups[i].output);
      nn_floats_free (tape->groups[i].statistics);
    }
  for (int i = 0; tape->recomputed && i < tape->network->n_layers; i++)
    nn_floats_free (tape->recomputed[i]);
  free (tape->recomputed);
  free (tape->added);
  free (tape->groups);
  nn_floats_free (tape->input);
  nn_floats_free (tape->gradients[0]);
  nn_floats_free (tape->gradients[1]);
  nn_floats_free (tape->packed);
  nn_floats_free (tape->scratch);
  free (tape);
}

/* What goes into group @index. */
static const float *
group_input (const NnTape *tape, int index)
{
  return index == 0 ? tape->input : tape->groups[index - 1].output;
}

static void
keep_input (const NnTape *tape, const float *input)
{
  size_t image_size = nn_shape_size (tape->network->shapes[0]);

#pragma omp for schedule(static)
  for (int image = 0; image < tape->batch; image++)
    memcpy (tape->input + image * image_size, input + image * image_size,
            image_size * sizeof (float));
}

const float *
nn_tape_forward (NnTape *tape,
                 NnMode mode,
                 int batch,
                 const float *input,
                 uint64_t seed)
{
  tape->mode = mode;
  tape->batch = batch;
  tape->seed = seed;

#pragma omp parallel num_threads(nn_get_threads())
  {
    keep_input (tape, input);
    for (int i = 0; i < tape->n_groups; i++)
      forward_group (tape, &tape->groups[i], group_input (tape, i));
  }

  return group_input (tape, tape->n_groups);
}

/* @gradient is one of the tape's own buffers: only the last group's is not, and
 * nothing is added to that. */
static void
add_values (const NnTape *tape,
            const Group *group,
            const float *added,
            float *gradient)
{
  const size_t n = group->output_size * tape->batch;

#pragma omp for schedule(static)
  for (size_t i = 0; i < n; i++)
    gradient[i] += added[i];
}

void
nn_tape_backward (NnTape *tape,
                  const float *output_gradient,
                  bool parameters,
                  float *input_gradient)
{
  if (tape->n_groups == 0 && input_gradient)
    memcpy (input_gradient, output_gradient,
            tape->batch * nn_shape_size (tape->network->shapes[0]) *
                sizeof (float));

#pragma omp parallel num_threads(nn_get_threads())
  {
    const float *gradient = output_gradient;

    for (int i = tape->n_groups - 1; i >= 0; i--)
      {
        if (tape->added[i])
          add_values (tape, &tape->groups[i], tape->added[i],
                      (float *) gradient);
        gradient = backward_group (tape, &tape->groups[i],
                                   group_input (tape, i), gradient, parameters,
                                   i == 0, input_gradient);
      }
  }
  for (int i = 0; i < tape->n_groups; i++)
    tape->added[i] = NULL;
}

bool
nn_tape_add_gradient (NnTape *tape, int layer, const float *gradient)
{
  for (int i = 0; i < tape->n_groups - 1; i++)
    if (tape->groups[i].last_layer == layer)
      {
        tape->added[i] = gradient;
        return true;
      }
  return false;
}

const float *
nn_tape_get_output (NnTape *tape, int layer)
{
  for (int i = 0; i < tape->n_groups; i++)
    if (layer < tape->groups[i].first_layer)
      return group_input (tape, i);
    else if (layer < tape->groups[i].last_layer)
      return recompute (tape, layer);
  return group_input (tape, tape->n_groups);
}

/* --- grouping
 * ----------------------------------------------------------------- */

/* Puts @layer into @group if it has a place there. */
static bool
joins (Group *group, const NnNetwork *network, int layer)
{
  bool sigmoid = group->before != NONE &&
                 network->layers[group->before].kind == NN_SIGMOID;

  if (group->dropout != NONE)
    return false;
  switch (network->layers[layer].kind)
    {
    case NN_BATCH_NORM:
      if (group->norm != NONE || sigmoid)
        return false;
      group->norm = layer;
      return true;
    case NN_SIGMOID:
      if (group->norm != NONE || group->before != NONE)
        return false;
      group->before = layer;
      return true;
    case NN_LEAKY_RELU:
      if (group->norm == NONE && group->before == NONE)
        group->before = layer;
      else if (group->norm != NONE && group->after == NONE)
        group->after = layer;
      else
        return false;
      return true;
    case NN_DROPOUT:
      group->dropout = layer;
      return true;
    default:
      return false;
    }
}

static Group *
add_group (NnTape *tape, int layer)
{
  NnNetwork *network = tape->network;
  Group *group = &tape->groups[tape->n_groups++];

  *group = (Group) { .first_layer = layer,
                     .last_layer = layer,
                     .kernel = NONE,
                     .before = NONE,
                     .norm = NONE,
                     .after = NONE,
                     .dropout = NONE };
  if (nn_layer_has_kernel (&network->layers[layer]))
    {
      group->kernel = layer;
      group->geometry = nn_network_get_geometry (network, layer);
      group->pass = nn_layer_get_pass (&network->layers[layer]);
    }
  else
    joins (group, network, layer);
  group->channels = network->shapes[layer + 1].channels;
  group->input_size = nn_shape_size (network->shapes[layer]);
  group->output_size = nn_shape_size (network->shapes[layer + 1]);
  return group;
}

static bool
add_groups (NnTape *tape)
{
  NnNetwork *network = tape->network;
  int layer = 0;

  while (layer < network->n_layers)
    {
      Group *group;

      if (network->layers[layer].kind == NN_RESHAPE)
        {
          layer++;
          continue;
        }
      group = add_group (tape, layer++);
      while (layer < network->n_layers && joins (group, network, layer))
        group->last_layer = layer++;

      group->output = nn_floats_new (group->output_size, tape->max_batch);
      if (group->norm != NONE)
        {
          group->statistics = nn_floats_new (group->channels, 3);
          if (group->kernel != NONE)
            group->normed = nn_floats_new (group->output_size, tape->max_batch);
        }
      if (! group->output || (group->norm != NONE && ! group->statistics) ||
          (group->norm != NONE && group->kernel != NONE && ! group->normed))
        return false;
    }
  return true;
}

static NnPass
opposite (NnPass pass)
{
  return pass == NN_DOWN ? NN_UP : NN_DOWN;
}

static void
grow (size_t *size, size_t needed)
{
  if (needed > *size)
    *size = needed;
}

static bool
add_buffers (NnTape *tape)
{
  size_t gradient_size = 0, packed_size = 0, scratch_size = 0;
  const NnKernels *kernels = tape->kernels;

  for (int i = 0; i < tape->n_groups; i++)
    {
      const Group *group = &tape->groups[i];
      size_t n_rows = group->output_size / group->channels * tape->max_batch;

      grow (&gradient_size, group->output_size);
      grow (&scratch_size,
            kernels->pointwise->get_scratch_size (n_rows, group->channels));
      if (group->kernel == NONE)
        continue;
      for (NnPass pass = NN_DOWN; pass <= NN_UP; pass++)
        grow (&packed_size, kernels->get_packed_size (&group->geometry, pass));
      for (NnPass pass = NN_DOWN; pass <= NN_KERNEL_GRADIENT; pass++)
        grow (&scratch_size, kernels->get_scratch_size (&group->geometry, pass,
                                                        tape->max_batch));
    }
  tape->input = nn_floats_new (nn_shape_size (tape->network->shapes[0]),
                               tape->max_batch);
  tape->gradients[0] = nn_floats_new (gradient_size, tape->max_batch);
  tape->gradients[1] = nn_floats_new (gradient_size, tape->max_batch);
  tape->packed = nn_floats_new (packed_size, 1);
  tape->scratch = nn_floats_new (scratch_size, 1);
  return tape->input && tape->gradients[0] && tape->gradients[1] &&
         tape->packed && tape->scratch;
}

static bool
ensure_gradients (NnNetwork *network)
{
  for (int i = 0; i < network->n_parameters; i++)
    {
      NnParameter *parameter = &network->parameters[i];

      if (parameter->trained && ! parameter->gradient)
        {
          parameter->gradient = nn_floats_new (parameter->n_values, 1);
          if (! parameter->gradient)
            return false;
        }
    }
  return true;
}

/* --- what a group is made of
 * ----------------------------------------------------- */

static float *
parameter_value (const NnTape *tape, int layer, int which)
{
  return nn_layer_parameter (tape->network, layer, which)->value;
}

static float *
parameter_gradient (const NnTape *tape, int layer, int which)
{
  return nn_layer_parameter (tape->network, layer, which)->gradient;
}

static size_t
n_rows (const NnTape *tape, const Group *group)
{
  return group->output_size / group->channels * tape->batch;
}

static float
dropout_rate (const NnTape *tape, const Group *group)
{
  if (group->dropout == NONE || tape->mode == NN_FROZEN)
    return 0.0f;
  return tape->network->layers[group->dropout].rate;
}

static uint64_t
dropout_seed (const NnTape *tape, const Group *group)
{
  return nn_random_bits (tape->seed, group->dropout);
}

static NnActivate
activate_of_group (const NnTape *tape, const Group *group)
{
  NnActivate activate = { NN_ACTIVATION_NONE, 1.0f, dropout_rate (tape, group),
                          dropout_seed (tape, group) };

  if (group->before != NONE)
    {
      const NnLayer *layer = &tape->network->layers[group->before];

      activate.activation = layer->kind == NN_SIGMOID ?
                                NN_ACTIVATION_SIGMOID :
                                NN_ACTIVATION_LEAKY_RELU;
      activate.slope = layer->slope;
    }
  return activate;
}

static NnNorm
norm_of_group (const NnTape *tape, const Group *group)
{
  const NnLayer *layers = tape->network->layers;

  return (NnNorm) {
    .slope_before = group->before == NONE ? 1.0f : layers[group->before].slope,
    .slope_after = group->after == NONE ? 1.0f : layers[group->after].slope,
    .rate = dropout_rate (tape, group),
    .seed = dropout_seed (tape, group),
    .channels = group->channels,
    .epsilon = layers[group->norm].epsilon,
    .gamma = parameter_value (tape, group->norm, NN_GAMMA),
    .beta = parameter_value (tape, group->norm, NN_BETA),
    .mean = group->statistics,
    .variance = group->statistics + group->channels,
    .inverse_deviation = group->statistics + 2 * group->channels,
  };
}

/* --- forward
 * ------------------------------------------------------------------------- */

static void
run_kernel (const NnTape *tape,
            const Group *group,
            NnPass pass,
            const NnEpilogue *epilogue,
            const float *input,
            float *output)
{
  const NnGeometry *geometry = &group->geometry;
  NnPictures pictures = nn_plain_pictures (output,
                                           nn_pass_output (geometry, pass));

  tape->kernels->pack (geometry, pass,
                       parameter_value (tape, group->kernel, NN_KERNEL),
                       tape->packed);
  tape->kernels->run (geometry, pass, tape->batch, tape->packed, epilogue,
                      input, &pictures, tape->scratch);
}

static void
forward_plain (const NnTape *tape, const Group *group, const float *input)
{
  NnActivate activate = activate_of_group (tape, group);

  if (group->kernel != NONE)
    {
      NnEpilogue epilogue = { parameter_value (tape, group->kernel, NN_BIAS),
                              activate.activation, activate.slope, NULL, NULL };

      run_kernel (tape, group, group->pass, &epilogue, input, group->output);
      if (activate.rate == 0.0f)
        return;
      activate.activation = NN_ACTIVATION_NONE;
      input = group->output;
    }
  tape->kernels->pointwise->activate_forward (&activate, n_rows (tape, group),
                                              group->channels, input,
                                              group->output);
}

/* The statistics that this pass norms by; the moving averages follow them in
 * training. */
static void
find_statistics (const NnTape *tape,
                 const Group *group,
                 const NnNorm *norm,
                 const float *input)
{
  float *moving_mean = parameter_value (tape, group->norm, NN_MOVING_MEAN);
  float *moving_variance = parameter_value (tape, group->norm,
                                            NN_MOVING_VARIANCE);
  float follow = 1.0f - tape->network->layers[group->norm].momentum;
  bool training = tape->mode == NN_TRAINING;

  if (training)
    tape->kernels->pointwise->norm_measure (norm, n_rows (tape, group), input,
                                            tape->scratch);
#pragma omp for schedule(static)
  for (int i = 0; i < norm->channels; i++)
    {
      if (training)
        {
          moving_mean[i] += (norm->mean[i] - moving_mean[i]) * follow;
          moving_variance[i] += (norm->variance[i] - moving_variance[i]) *
                                follow;
        }
      else
        {
          norm->mean[i] = moving_mean[i];
          norm->variance[i] = moving_variance[i];
        }
      norm->inverse_deviation[i] = 1.0f /
                                   sqrtf (norm->variance[i] + norm->epsilon);
    }
}

static void
forward_norm (const NnTape *tape, const Group *group, const float *input)
{
  NnNorm norm = norm_of_group (tape, group);

  if (group->kernel != NONE)
    {
      NnEpilogue epilogue = { parameter_value (tape, group->kernel, NN_BIAS),
                              NN_ACTIVATION_NONE, 0.0f, NULL, NULL };

      run_kernel (tape, group, group->pass, &epilogue, input, group->normed);
      input = group->normed;
    }
  find_statistics (tape, group, &norm, input);
  tape->kernels->pointwise->norm_forward (&norm, n_rows (tape, group), input,
                                          group->output, tape->scratch);
}

static void
forward_group (const NnTape *tape, const Group *group, const float *input)
{
  if (group->norm == NONE)
    forward_plain (tape, group, input);
  else
    forward_norm (tape, group, input);
}

/* --- backward
 * ------------------------------------------------------------------------- */

/* From the gradient at the kernel's output on. */
static void
backward_kernel (const NnTape *tape,
                 const Group *group,
                 const float *input,
                 const float *gradient,
                 bool parameters,
                 float *input_gradient)
{
  const NnKernels *kernels = tape->kernels;
  const NnEpilogue nothing = { NULL, NN_ACTIVATION_NONE, 0.0f, NULL, NULL };
  bool down = group->pass == NN_DOWN;

  if (parameters)
    kernels->add_kernel_gradient (
        &group->geometry, tape->batch, down ? input : gradient,
        down ? gradient : input,
        parameter_gradient (tape, group->kernel, NN_KERNEL), tape->scratch);
  if (input_gradient)
    run_kernel (tape, group, opposite (group->pass), &nothing, gradient,
                input_gradient);
}

/* The gradient at the kernel's output, written to @to unless it is
 * @output_gradient as it is; returns where it stands. */
static const float *
backward_plain (const NnTape *tape,
                const Group *group,
                const float *output_gradient,
                float *bias_gradient,
                float *to)
{
  NnActivate activate = activate_of_group (tape, group);

  if (activate.activation == NN_ACTIVATION_NONE && activate.rate == 0.0f &&
      group->kernel != NONE)
    {
      if (bias_gradient)
        tape->kernels->pointwise->add_column_sums (n_rows (tape, group),
                                                   group->channels,
                                                   output_gradient,
                                                   bias_gradient,
                                                   tape->scratch);
      return output_gradient;
    }
  tape->kernels->pointwise->activate_backward (&activate, n_rows (tape, group),
                                               group->channels, group->output,
                                               output_gradient, to,
                                               bias_gradient, tape->scratch);
  return to;
}

/* A bias right before a batch norm by the batch changes nothing: its gradient
 * is zero, and so is left alone, rather than given rounding errors that Adam
 * would blow up to full steps. */
static void
backward_norm (const NnTape *tape,
               const Group *group,
               const float *input,
               const float *output_gradient,
               bool parameters,
               float *bias_gradient,
               float *to)
{
  NnNorm norm = norm_of_group (tape, group);
  bool measured = tape->mode == NN_TRAINING;
  NnNormGradients gradients = { .bias = bias_gradient };

  if (measured && group->before == NONE)
    gradients.bias = NULL;
  if (parameters)
    {
      gradients.gamma = parameter_gradient (tape, group->norm, NN_GAMMA);
      gradients.beta = parameter_gradient (tape, group->norm, NN_BETA);
    }
  tape->kernels->pointwise->norm_backward (&norm, measured,
                                           n_rows (tape, group), input,
                                           output_gradient, to, &gradients,
                                           tape->scratch);
}

/* Where to write the gradient at a kernel's output: over the group's own
 * gradient where that is the tape's. */
static float *
buffer_in_place (const NnTape *tape, const float *gradient)
{
  return gradient == tape->gradients[1] ? tape->gradients[1] :
                                          tape->gradients[0];
}

static float *
other_buffer (const NnTape *tape, const float *gradient)
{
  return gradient == tape->gradients[0] ? tape->gradients[1] :
                                          tape->gradients[0];
}

/* Returns the gradient of the group's input, in @input_gradient or one of the
 * tape's buffers.  The first group's is only computed if it is asked for. */
static const float *
backward_group (const NnTape *tape,
                const Group *group,
                const float *input,
                const float *output_gradient,
                bool parameters,
                bool first,
                float *input_gradient)
{
  float *bias_gradient = NULL;
  float *to = buffer_in_place (tape, output_gradient);
  const float *gradient = to;

  if (group->kernel == NONE && first && input_gradient)
    to = input_gradient;
  if (group->kernel != NONE && parameters)
    bias_gradient = parameter_gradient (tape, group->kernel, NN_BIAS);

  if (group->norm == NONE)
    gradient = backward_plain (tape, group, output_gradient, bias_gradient, to);
  else
    backward_norm (tape, group, group->normed ? group->normed : input,
                   output_gradient, parameters, bias_gradient, to);
  if (group->kernel == NONE)
    return to;

  to = first ? input_gradient : other_buffer (tape, gradient);
  backward_kernel (tape, group, input, gradient, parameters, to);
  return to;
}

/* --- inner outputs
 * --------------------------------------------------------------------- */

static void
forget_layers_after (Group *group, int layer)
{
  int *parts[] = { &group->before, &group->norm, &group->after,
                   &group->dropout };

  for (int i = 0; i < 4; i++)
    if (*parts[i] > layer)
      *parts[i] = NONE;
}

/* What @layer, which is not the last of its group, gave. */
static const float *
recompute (NnTape *tape, int layer)
{
  Group group;
  int index = 0;
  const float *input;

  while (tape->groups[index].last_layer < layer)
    index++;
  group = tape->groups[index];
  input = group_input (tape, index);
  if (group.normed)
    {
      if (layer == group.kernel)
        return group.normed;
      group.kernel = NONE;
      input = group.normed;
    }
  forget_layers_after (&group, layer);
  if (! tape->recomputed[layer])
    tape->recomputed[layer] = nn_floats_new (group.output_size,
                                             tape->max_batch);
  group.output = tape->recomputed[layer];
  if (! group.output)
    return NULL;

#pragma omp parallel num_threads(nn_get_threads())
  if (group.norm == NONE)
    forward_plain (tape, &group, input);
  else
    {
      NnNorm norm = norm_of_group (tape, &group);

      tape->kernels->pointwise->norm_forward (&norm, n_rows (tape, &group),
                                              input, group.output,
                                              tape->scratch);
    }
  return group.output;
}
