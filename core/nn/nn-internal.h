/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn, inside: what plan, tape and kernels share.
 *
 * Every layer with a kernel is one convolution, seen from one side or the
 * other.  A convolution joins a large picture and a small one, small = ceil
 * (large / stride); its kernel is [height][width][large channels][small
 * channels].  That is Keras's layout for all three layers:
 *
 *   NN_CONV_2D            runs down, large to small   (HWIO)
 *   NN_CONV_2D_TRANSPOSE  runs up, small to large     ([h][w][output][input])
 *   NN_DENSE              runs down, both 1 x 1       ([input][output])
 *
 * and down and up are each other's gradient, so that three operations are the
 * whole of forward and backward.
 */
#pragma once

#include "nn.h"

/* large pixel = small pixel * stride + tap - pad; what falls outside is zero. */
typedef struct
{
  int large_height, large_width, large_channels;
  int small_height, small_width, small_channels;
  int kernel;
  int stride;
  int pad_top, pad_left;
} NnGeometry;

typedef enum
{
  NN_DOWN, /* small [channels] += large * kernel  */
  NN_UP,   /* large [channels] += small * kernel  */
  NN_KERNEL_GRADIENT
} NnPass;

/* The pictures that go into @pass and come out. */
static inline NnShape
nn_pass_input (const NnGeometry *g, NnPass pass)
{
  return pass == NN_UP ?
    (NnShape) { g->small_height, g->small_width, g->small_channels } :
    (NnShape) { g->large_height, g->large_width, g->large_channels };
}

static inline NnShape
nn_pass_output (const NnGeometry *g, NnPass pass)
{
  return nn_pass_input (g, pass == NN_UP ? NN_DOWN : NN_UP);
}

typedef enum
{
  NN_ACTIVATION_NONE,
  NN_ACTIVATION_LEAKY_RELU, /* x < 0 ? slope * x : x */
  NN_ACTIVATION_SIGMOID
} NnActivation;

/* A batch of pictures somewhere in memory: a row of pixels is contiguous, the
 * next one is @row floats further, the next picture @image floats. */
typedef struct
{
  float    *first;
  ptrdiff_t image;
  ptrdiff_t row;
} NnPictures;

static inline NnPictures
nn_plain_pictures (const float *first, NnShape shape)
{
  ptrdiff_t row = (ptrdiff_t) shape.width * shape.channels;

  return (NnPictures) { (float *) first, shape.height * row, row };
}

/* A picture within zeros: its place in them, and their size. */
typedef struct
{
  int top, left;
  int height, width;
} NnBorder;

#define NN_SLACK 16

/* What happens to a sum of products before it is written:
 *   y = activation (sum + bias) * scale + shift
 * Arrays have a number for each output channel; NULL is 0, 1 and 0.  @scale and
 * @shift are both there or both NULL. */
typedef struct
{
  const float *bias;
  NnActivation activation;
  float        slope;
  const float *scale;
  const float *shift;
} NnEpilogue;

typedef struct _NnPointwise NnPointwise;

/* One set of kernels.
 *
 * run () and add_kernel_gradient () are collective: they are called by every
 * thread of a parallel region with the same arguments, share the work by
 * orphaned "omp for" loops and end with a barrier (outside of any region the
 * one caller does it all).  pack () is collective too.  How work is split may
 * depend on the shapes alone where sums are concerned, never on the number of
 * threads.
 *
 * Sizes are numbers of floats.  @packed and @scratch are aligned to 64 bytes;
 * inputs, outputs, kernels and gradients only to floats.  Nothing outside of
 * the arrays is read.
 */
typedef struct
{
  const char *isa;

  size_t (*get_packed_size)     (const NnGeometry *geometry,
                                 NnPass            pass);
  void   (*pack)                (const NnGeometry *geometry,
                                 NnPass            pass,
                                 const float      *kernel,
                                 float            *packed);

  size_t (*get_scratch_size)    (const NnGeometry *geometry,
                                 NnPass            pass,
                                 int               max_batch);

  /* NN_DOWN: @input is large, @output small; NN_UP the other way. */
  void   (*run)                 (const NnGeometry *geometry,
                                 NnPass            pass,
                                 int               batch,
                                 const float      *packed,
                                 const NnEpilogue *epilogue,
                                 const float      *input,
                                 const NnPictures *output,
                                 float            *scratch);

  /* The same without copying @input, which stands within zeros as get_border ()
   * wants it, and NN_SLACK floats behind the last row.  A border of no height
   * says that there is nothing to gain; both functions may be NULL. */
  NnBorder (*get_border)        (const NnGeometry *geometry,
                                 NnPass            pass);
  void   (*run_bordered)        (const NnGeometry *geometry,
                                 NnPass            pass,
                                 int               batch,
                                 const float      *packed,
                                 const NnEpilogue *epilogue,
                                 const NnPictures *input,
                                 const NnPictures *output);

  /* Adds to @gradient, laid out as the kernel. */
  void   (*add_kernel_gradient) (const NnGeometry *geometry,
                                 int               batch,
                                 const float      *large,
                                 const float      *small,
                                 float            *gradient,
                                 float            *scratch);

  /* Dense layers whose weights stay in half precision: @kernel is [inputs]
   * [outputs], sizes are numbers of halves, pack_halves () and run_halves ()
   * are collective.  Results are those of the same weights as floats.  NULL
   * where weights must be floats. */
  size_t (*get_halves_size)     (const NnGeometry *dense);
  void   (*pack_halves)         (const NnGeometry *dense,
                                 const uint16_t   *kernel,
                                 uint16_t         *packed);
  void   (*run_halves)          (const NnGeometry *dense,
                                 int               batch,
                                 const uint16_t   *packed,
                                 const NnEpilogue *epilogue,
                                 const float      *input,
                                 const NnPictures *output);

  /* What is done between kernels: see pointwise.h. */
  const NnPointwise *pointwise;
} NnKernels;

/* The set in use; decided on the first call. */
const NnKernels *nn_get_kernels  (void);
/* All sets that this processor can run, the fastest first, the reference last;
 * NULL where @index is too large. */
const NnKernels *nn_list_kernels (int index);

extern const NnKernels nn_reference_kernels;

/* --- networks --------------------------------------------------------------- */

struct _NnNetwork
{
  int          n_layers;
  NnLayer     *layers;
  NnShape     *shapes;          /* [n_layers + 1], the input first          */
  int         *first_parameter; /* [n_layers + 1]                           */
  int          n_parameters;
  NnParameter *parameters;
};

/* The parameters of a layer stand in this order. */
enum
{
  NN_KERNEL,
  NN_BIAS
};
enum
{
  NN_GAMMA,
  NN_BETA,
  NN_MOVING_MEAN,
  NN_MOVING_VARIANCE
};

bool         nn_layer_has_kernel     (const NnLayer   *layer);
/* The convolution of @layer, which has a kernel. */
NnGeometry   nn_network_get_geometry (const NnNetwork *network,
                                      int              layer);
/* NN_DOWN or NN_UP: the way of @layer's forward pass. */
NnPass       nn_layer_get_pass       (const NnLayer   *layer);
/* Parameter @which (above) of @layer. */
NnParameter *nn_layer_parameter      (const NnNetwork *network,
                                      int              layer,
                                      int              which);
size_t       nn_shape_size           (NnShape          shape);

/* --- random numbers ------------------------------------------------------------ */

/* 64 random bits of @seed and @counter; also a way to make seeds of seeds. */
uint64_t     nn_random_bits          (uint64_t seed,
                                      uint64_t counter);

/* --- memory --------------------------------------------------------------------
 * Zeroed, aligned to 64 bytes; NULL also where the product overflows. */

float *nn_floats_new  (size_t  n,
                       size_t  of);
void   nn_floats_free (float  *floats);
