/* A recipe: what a model looks like and how it is trained, in a GKeyFile whose
 * keys are the arguments of the article's AutoEncoder class.
 *
 *   [model]
 *   name = digits
 *   kind = AE                           AE | VAE
 *   input_dim = 28;28;1                 height;width;channels (1 or 3)
 *   encoder_conv_filters = 32;64;64;64
 *   encoder_conv_kernel_size = 3;3;3;3
 *   encoder_conv_strides = 1;2;2;1
 *   z_dim = 2
 *   decoder_conv_t_filters = 64;64;32;1
 *   decoder_conv_t_kernel_size = 3;3;3;3
 *   decoder_conv_t_strides = 1;2;2;1
 *   use_batch_norm = false
 *   use_dropout = false
 *   order = activation;batch_norm       or batch_norm;activation
 *   leaky_relu_slope = 0.3
 *   batch_norm_momentum = 0.99
 *   batch_norm_epsilon = 0.001
 *   dropout_rate = 0.25
 *
 *   [training]
 *   loss = mse                          mse | book-vae | optimal-sigma
 *   reconstruction_weight = 10000       of book-vae
 *   divergence_weight = 1               of the KL term of a VAE's loss
 *   face_weight = 1                     squared error inside the face region,
 *                                       relative to outside (1: no difference)
 *   start = random                      random | principal (the networks begin
 *                                       as the best linear autoencoder)
 *   learning_rate = 0.0005
 *   schedule = constant                 constant | cosine
 *   warm_up = 0                         steps over which the rate rises from 0
 *   weight_average = 0                  decay of the moving average, 0: none
 *   batch = 32
 *   epochs = 200
 *   mirror = false                      augmentation, each off by default
 *   rotate = 0                          ± degrees
 *   scale = 0                           ± fraction
 *   shift = 0                           ± fraction of the side
 *   light = 0                           ± fraction of brightness, contrast
 *   color = all                         all | only (skip grey photos)
 *   directions = smile;age;…            named directions to be fitted; none by
 *                                       default
 *   storage = float                     float | half: how the model's file keeps
 *                                       its kernels (all else is float)
 *   licence = …                         goes into the model file
 *   description = …
 */
#pragma once

#include <glib.h>
#include <nn/nn.h>

#define FACET_MAX_CONV_LAYERS 16
#define FACET_MAX_Z_DIM       512
#define FACET_MAX_SIDE        512

typedef enum
{
  FACET_KIND_AE,
  FACET_KIND_VAE
} FacetKind;

typedef enum
{
  FACET_LOSS_MSE,
  FACET_LOSS_BOOK_VAE,
  FACET_LOSS_OPTIMAL_SIGMA
} FacetLoss;

typedef enum
{
  FACET_START_RANDOM,
  FACET_START_PRINCIPAL
} FacetStart;

typedef struct
{
  gint n;
  gint filters[FACET_MAX_CONV_LAYERS];
  gint kernel_size[FACET_MAX_CONV_LAYERS];
  gint strides[FACET_MAX_CONV_LAYERS];
} FacetConvStack;

typedef struct
{
  gchar         *name;
  FacetKind      kind;
  NnShape        input_dim;
  FacetConvStack encoder;
  gint           z_dim;
  FacetConvStack decoder;
  gboolean       use_batch_norm;
  gboolean       use_dropout;
  gboolean       batch_norm_first; /* order = batch_norm;activation */
  gdouble        leaky_relu_slope;
  gdouble        batch_norm_momentum;
  gdouble        batch_norm_epsilon;
  gdouble        dropout_rate;

  FacetLoss      loss;
  gdouble        reconstruction_weight;
  gdouble        divergence_weight;
  gdouble        face_weight;
  FacetStart     start;
  gdouble        learning_rate;
  gboolean       cosine_schedule;
  gint           warm_up;
  gdouble        weight_average;
  gint           batch;
  gint           epochs;
  gboolean       mirror;
  gdouble        rotate_degrees;
  gdouble        scale;
  gdouble        shift;
  gdouble        light;
  gboolean       color_only;
  gchar         *directions;
  gboolean       half_storage;
  gchar         *licence;
  gchar         *description;
} FacetRecipe;

#define FACET_MODEL_ERROR (facet_model_error_quark ())

typedef enum
{
  FACET_MODEL_ERROR_RECIPE,   /* a key is missing, unknown or out of range  */
  FACET_MODEL_ERROR_FILE,     /* not a model file, or a damaged one         */
  FACET_MODEL_ERROR_NOT_FOUND,
  FACET_MODEL_ERROR_ARGUMENT  /* number or value of latents, unknown name   */
} FacetModelError;

GQuark       facet_model_error_quark  (void);

/* Every error names the file, the key, what it holds and what it may hold. */
FacetRecipe *facet_recipe_load        (const gchar       *path,
                                       GError           **error);
FacetRecipe *facet_recipe_parse       (const gchar       *text,
                                       gssize             length,
                                       const gchar       *source_name,
                                       GError           **error);
/* The text that facet_recipe_parse () reads back as the same recipe; this is
 * what a model file keeps. */
gchar       *facet_recipe_to_text     (const FacetRecipe *recipe);
void         facet_recipe_free        (FacetRecipe       *recipe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetRecipe, facet_recipe_free)

/* The networks of a recipe, not initialised.  A VAE's encoder ends in one dense
 * layer of 2·z_dim units: the means, then the log variances (Keras's two dense
 * layers side by side; the parameters are as many). */
NnNetwork   *facet_recipe_new_encoder (const FacetRecipe *recipe,
                                       GError           **error);
NnNetwork   *facet_recipe_new_decoder (const FacetRecipe *recipe,
                                       GError           **error);
