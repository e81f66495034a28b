/* nn: the small neural network engine of Facet.
 *
 * A network is a sequence of layers over float32 activations laid out
 * [batch][height][width][channels] (NHWC); a flat vector is 1 x 1 x n.  The
 * layers and their defaults are those of Keras, because the autoencoder that
 * Facet grew from is written in it: SAME padding (output = ceil (input /
 * stride); the odd zero goes after), kernels HWIO for convolutions and
 * [height][width][output][input] for transposed ones.
 *
 * There are two ways through a network.  An NnPlan only infers: it folds batch
 * norm into the kernels, packs the weights and fuses bias and activation.  An
 * NnTape trains: it remembers activations and walks back through them.  Both
 * run the same kernels, and every result is the same bytes at any number of
 * threads.
 *
 * Functions that can fail return NULL or false; the only way to fail is to
 * run out of memory or to ask for shapes that nn_network_new () refuses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  int height;
  int width;
  int channels;
} NnShape;

typedef enum
{
  NN_CONV_2D,           /* filters, kernel, stride                        */
  NN_CONV_2D_TRANSPOSE, /* filters, kernel, stride                        */
  NN_DENSE,             /* filters = units; flattens its input (NHWC)     */
  NN_RESHAPE,           /* shape; also Flatten                            */
  NN_LEAKY_RELU,        /* slope of the negative side, 0 or more          */
  NN_BATCH_NORM,        /* momentum in [0, 1], epsilon above 0            */
  NN_DROPOUT,           /* rate in [0, 1)                                 */
  NN_SIGMOID
} NnLayerKind;

typedef struct
{
  NnLayerKind kind;
  int         filters;
  int         kernel;
  int         stride;
  NnShape     shape;
  float       slope;
  float       rate;
  float       momentum;
  float       epsilon;
} NnLayer;

/* One array of numbers that belongs to a layer: "kernel", "bias", "gamma",
 * "beta", "moving_mean" or "moving_variance" (the last two are not trained).
 * `gradient` is NULL until a tape exists, and for what is not trained.
 * `value` may point to other memory while nn_plan_new () reads it (a mapped
 * file), and points back before the network is used otherwise or freed.  Of a
 * kernel `halves` may, too, instead of NULL: the same values in half precision
 * (IEEE 754 binary16), finite, which nn_plan_new () then reads in its place.
 */
typedef struct
{
  const char *name;
  int         layer;
  bool        trained;
  int         n_dims;
  int         dims[4];
  size_t      n_values;
  float      *value;
  float      *gradient;
  const uint16_t *halves;
} NnParameter;

typedef struct _NnNetwork NnNetwork;
typedef struct _NnPlan    NnPlan;
typedef struct _NnTape    NnTape;
typedef struct _NnAdam    NnAdam;

/* --- threads and instruction sets ----------------------------------------- */

/* Threads of all later calls; 0 is one for each processor (the default, or
 * the environment variable OMP_NUM_THREADS). */
void        nn_set_threads     (int n_threads);
int         nn_get_threads     (void);

/* "avx512", "avx2", "sse2", "neon" or "reference": the kernels in use.  The
 * environment variable FACET_ISA picks one; the default is the best that the
 * processor has. */
const char *nn_get_isa         (void);

/* --- networks ---------------------------------------------------------------- */

/* A network of copies of @layers for inputs of shape @input.  Parameters are
 * allocated and zero (batch norm: gamma and moving variance 1).  NULL where a
 * layer does not fit what comes before it, a size is not positive or a product
 * of sizes overflows. */
NnNetwork     *nn_network_new             (NnShape          input,
                                           const NnLayer   *layers,
                                           int              n_layers);
void           nn_network_free            (NnNetwork       *network);

int            nn_network_get_n_layers    (const NnNetwork *network);
const NnLayer *nn_network_get_layer       (const NnNetwork *network,
                                           int              layer);
/* The shape that comes out of @layer; -1 is the network's input. */
NnShape        nn_network_get_shape       (const NnNetwork *network,
                                           int              layer);

int            nn_network_get_n_parameters (const NnNetwork *network);
NnParameter   *nn_network_get_parameter    (NnNetwork       *network,
                                            int              index);

/* Keras's defaults: Glorot uniform kernels, zero biases.  The same @seed gives
 * the same numbers everywhere. */
void           nn_network_initialize      (NnNetwork       *network,
                                           uint64_t         seed);

/* --- inference --------------------------------------------------------------- */

/* Folds and packs the parameters as they are now; later changes to the network
 * do not reach the plan, which may outlive it.  One plan serves one thread of
 * the caller at a time; it runs batches of up to @max_batch. */
NnPlan *nn_plan_new  (const NnNetwork *network,
                      int              max_batch);
void    nn_plan_free (NnPlan          *plan);

/* @input [batch][height][width][channels] to @output, likewise; both belong to
 * the caller.  Nothing is allocated. */
void    nn_plan_run  (NnPlan          *plan,
                      int              batch,
                      const float     *input,
                      float           *output);

/* --- training ---------------------------------------------------------------- */

typedef enum
{
  NN_TRAINING, /* batch norm by the batch (and its moving averages are
                  updated), dropout drops                                    */
  NN_FROZEN    /* batch norm by the moving averages, dropout passes          */
} NnMode;

/* Several tapes may share a network (a discriminator sees real and fake);
 * their gradients add up in the same places. */
NnTape      *nn_tape_new        (NnNetwork   *network,
                                 int          max_batch);
void         nn_tape_free       (NnTape      *tape);

/* Returns the output, [batch][height][width][channels]; it belongs to the tape
 * and lasts until the next forward.  @seed decides what dropout drops.  The
 * tape keeps a copy of @input. */
const float *nn_tape_forward    (NnTape      *tape,
                                 NnMode       mode,
                                 int          batch,
                                 const float *input,
                                 uint64_t     seed);

/* Activations that came out of @layer in the last forward (feature matching);
 * they last as long as the output.  Some are computed when they are asked for,
 * from parameters that must still be as they were; NULL without memory. */
const float *nn_tape_get_output (NnTape      *tape,
                                 int          layer);

/* Back through the last forward.  Adds the parameters' gradients where
 * @parameters is true; writes the input's gradient to @input_gradient unless
 * it is NULL. */
void         nn_tape_backward   (NnTape      *tape,
                                 const float *output_gradient,
                                 bool         parameters,
                                 float       *input_gradient);

/* For a loss that looks at inner layers, too (feature matching): the next
 * backward adds @gradient, [batch][height][width][channels], to that of what
 * came out of @layer.  It must live until then.  False where @layer is followed
 * by one that works in the same pass (a convolution by its activation), or is
 * the last. */
bool         nn_tape_add_gradient (NnTape       *tape,
                                   int           layer,
                                   const float  *gradient);

void         nn_network_clear_gradients (NnNetwork *network);

/* --- Adam ------------------------------------------------------------------------
 * Kingma & Ba 2015, as Keras computes it: the step size is corrected for the
 * bias of both moments, then epsilon is added to the root of the second. */

NnAdam  *nn_adam_new  (NnNetwork *network,
                       float      beta_1,
                       float      beta_2,
                       float      epsilon);
void     nn_adam_free (NnAdam    *adam);
void     nn_adam_step (NnAdam    *adam,
                       float      learning_rate);

/* What a checkpoint must keep: both moments of trained parameter @index (as
 * nn_network_get_parameter () counts; NULL for untrained ones), and the number
 * of steps taken. */
float   *nn_adam_get_first_moment  (NnAdam *adam, int index);
float   *nn_adam_get_second_moment (NnAdam *adam, int index);
int64_t *nn_adam_get_step          (NnAdam *adam);

/* --- random numbers -----------------------------------------------------------
 * A pure function of seed and counter, so that the order of threads cannot
 * change a result. */

float nn_random_uniform (uint64_t seed, uint64_t counter); /* [0, 1)      */
float nn_random_normal  (uint64_t seed, uint64_t counter); /* mean 0, σ 1 */
