/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A *value* is one number of the half-size picture on its way through the
 * layers: where the layers' picture is h × w, each of its places holds
 * (half height / h) · (half width / w) · channels values.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <train/data/facet-augment.h>
#include <train/loop/facet-loss.h>
#include "facet-components.h"
#include "facet-principal.h"

/* More photos than this add time and memory but hardly anything to the
 * components. */
#define MAX_PHOTOS 8192
/* The sigmoid's inverse is taken of nothing nearer to black or white. */
#define DARKEST 0.02f
/* Each of the encoder's layers but the last halves what it carries and the
 * dense layer makes up for it: Adam changes every parameter by as much, and the
 * dense layer has by far the most of them to a unit. */
#define SHRINK 0.5f
/* Variance of the noise that a VAE adds to a code at the start, relative to
 * the code's own. */
#define NOISE_MIN 1e-5
#define NOISE_MAX 1.0

/* Where a value of the deepest layer belongs in the block of pixels that one
 * place holds. */
typedef struct
{
  gint x;
  gint y;
  gint channel;
} ValuePlace;

typedef struct
{
  const FacetRecipe *recipe;
  gint width; /* of the half-size picture */
  gint height;
  gint n_pixels; /* values of the half-size picture */
  gint block;    /* side of a place's block in the deepest layer */
  gint n_values; /* in a place of the deepest layer              */
  ValuePlace *places;

  gint n_photos;
  gfloat *photos;  /* [n_photos][n_pixels]                     */
  gfloat *mean;    /* [n_pixels]                               */
  gfloat *weights; /* [n_pixels] square roots, their mean square 1 */
  FacetComponents *components;
  gfloat *codes; /* [n_photos][z_dim], of σ 1                  */
} Principal;

/* --- the way through the layers ------------------------------------------ */

static gboolean
refuse (const gchar *what, GError **error)
{
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("“start = principal” does not go with these layers: %s"),
               what);
  return FALSE;
}

static gboolean
check_encoder (Principal *principal, GError **error)
{
  const FacetConvStack *stack = &principal->recipe->encoder;
  gint n_values = principal->recipe->input_dim.channels;
  gint block = 1;

  if (principal->recipe->use_batch_norm || principal->recipe->use_dropout)
    return refuse (_ ("batch norm and dropout must be off"), error);
  for (gint i = 0; i < stack->n; i++)
    {
      if (stack->strides[i] != 2 && (i == 0 || stack->strides[i] != 1))
        return refuse (_ ("strides must be 2 or 1, the encoder's first 2"),
                       error);
      if (stack->kernel_size[i] < stack->strides[i])
        return refuse (_ ("a kernel is smaller than its stride"), error);
      if (i > 0 && stack->strides[i] == 2)
        {
          n_values *= 4;
          block *= 2;
        }
      if (stack->filters[i] < n_values)
        return refuse (_ ("the encoder has too few filters"), error);
    }
  principal->n_values = n_values;
  principal->block = block;
  if (principal->width % block != 0 || principal->height % block != 0)
    return refuse (_ ("the strides do not divide the picture's side"), error);
  return TRUE;
}

/* The last layer of stride 2: it gives the half-size picture its full size. */
static gint
doubling_layer (const FacetConvStack *decoder)
{
  gint layer = decoder->n - 1;

  while (layer > 0 && decoder->strides[layer] != 2)
    layer--;
  return layer;
}

static gboolean
check_decoder (Principal *principal, GError **error)
{
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint doubling = doubling_layer (stack);
  gint n_values = principal->n_values;

  for (gint i = 0; i < stack->n; i++)
    {
      if (stack->strides[i] != 1 && stack->strides[i] != 2)
        return refuse (_ ("strides must be 2 or 1"), error);
      if (stack->strides[i] == 2 && i != doubling)
        n_values /= 4;
      if ((i < stack->n - 1 && stack->filters[i] < 2 * n_values) ||
          stack->kernel_size[i] < stack->strides[i])
        return refuse (_ ("the decoder has too few filters"), error);
    }
  if (n_values != principal->recipe->input_dim.channels ||
      stack->strides[doubling] != 2)
    return refuse (_ ("the decoder's strides must undo the encoder's"), error);
  return TRUE;
}

/* The later a stride, the further apart are the pixels that it brings
 * together. */
static void
find_places (Principal *principal)
{
  const gint channels = principal->recipe->input_dim.channels;

  principal->places = g_new (ValuePlace, principal->n_values);
  for (gint value = 0; value < principal->n_values; value++)
    {
      gint n = channels;
      gint side = 1;
      gint rest = value / channels;
      ValuePlace place = { 0, 0, value % channels };

      for (; n < principal->n_values; n *= 4, side *= 2, rest /= 4)
        {
          place.x += rest % 2 * side;
          place.y += rest / 2 % 2 * side;
        }
      principal->places[value] = place;
    }
}

/* Which number of the half-size picture @value of the deepest layer's @place
 * is. */
static gint
pixel_of (const Principal *principal, gint place, gint value)
{
  const gint places_wide = principal->width / principal->block;
  const ValuePlace *inside = &principal->places[value];
  const gint x = place % places_wide * principal->block + inside->x;
  const gint y = place / places_wide * principal->block + inside->y;

  return (y * principal->width + x) * principal->recipe->input_dim.channels +
         inside->channel;
}

/* --- the photos and their components ------------------------------------- */

static void
halve (const Principal *principal, const gfloat *crop, gfloat *half)
{
  const NnShape shape = principal->recipe->input_dim;
  const gint row = shape.width * shape.channels;

  for (gint y = 0; y < principal->height; y++)
    for (gint x = 0; x < principal->width; x++)
      for (gint c = 0; c < shape.channels; c++)
        {
          const gfloat *p = crop + 2 * y * row + 2 * x * shape.channels + c;

          *half++ = 0.25f * (p[0] + p[shape.channels] + p[row] +
                             p[row + shape.channels]);
        }
}

static void
load_photos (Principal *principal, const FacetData *data)
{
  const FacetRecipe *recipe = principal->recipe;
  const NnShape shape = recipe->input_dim;
  const gint factor = facet_augment_get_factor (recipe);
  g_autoptr (GArray) indices = facet_data_select (data, FACET_SPLIT_TRAIN);
  const gint n_copies = recipe->mirror ? 2 : 1;
  const gint n_all = (gint) indices->len * n_copies;

  principal->n_photos = MIN (n_all, MAX_PHOTOS);
  principal->photos = g_new (gfloat,
                             (gsize) principal->n_photos * principal->n_pixels);
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint i = 0; i < principal->n_photos; i++)
    {
      const gint number = (gint) ((gint64) i * n_all / principal->n_photos);
      const gint index = g_array_index (indices, gint, number / n_copies);
      gfloat *crop = g_new (gfloat,
                            shape.height * shape.width * shape.channels);

      facet_augment_none (recipe, factor, facet_data_get_pixels (data, index),
                          number % n_copies == 1, crop);
      halve (principal, crop,
             principal->photos + (gsize) i * principal->n_pixels);
      g_free (crop);
    }
}

static void
find_weights (Principal *principal)
{
  const NnShape shape = principal->recipe->input_dim;
  g_autofree gfloat *whole = facet_loss_new_weights (principal->recipe);

  principal->weights = g_new (gfloat, principal->n_pixels);
  for (gint i = 0; i < principal->n_pixels; i++)
    {
      const gint x = i / shape.channels % principal->width;
      const gint y = i / shape.channels / principal->width;
      const gfloat *p = whole + 2 * y * shape.width + 2 * x;

      principal->weights[i] = sqrtf (
          0.25f * (p[0] + p[1] + p[shape.width] + p[shape.width + 1]));
    }
}

/* Column means of @table, [n_photos][n_pixels]. */
static gfloat *
new_mean (const Principal *principal, const gfloat *table)
{
  g_autofree gdouble *sums = g_new0 (gdouble, principal->n_pixels);
  gfloat *mean = g_new (gfloat, principal->n_pixels);

  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      sums[p] += table[(gsize) i * principal->n_pixels + p];
  for (gint p = 0; p < principal->n_pixels; p++)
    mean[p] = (gfloat) (sums[p] / principal->n_photos);
  return mean;
}

/* The photos become differences from the mean, weighted. */
static void
find_components (Principal *principal, guint64 seed)
{
  const gint z_dim = principal->recipe->z_dim;
  g_autofree gfloat *transposed = NULL;

  principal->mean = new_mean (principal, principal->photos);
  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      {
        gfloat *pixel = &principal->photos[(gsize) i * principal->n_pixels + p];

        *pixel = (*pixel - principal->mean[p]) * principal->weights[p];
      }
  principal->components = facet_components_new (principal->photos,
                                                principal->n_photos,
                                                principal->n_pixels, z_dim,
                                                seed);
  if (principal->components->n_components < z_dim)
    return;
  transposed = g_new (gfloat, (gsize) principal->n_pixels * z_dim);
  for (gint p = 0; p < principal->n_pixels; p++)
    for (gint z = 0; z < z_dim; z++)
      transposed[(gsize) p * z_dim + z] =
          principal->components->basis[(gsize) z * principal->n_pixels + p] /
          principal->components->sigma[z];
  principal->codes = g_new (gfloat, (gsize) principal->n_photos * z_dim);
  facet_components_multiply (principal->photos, transposed, principal->n_photos,
                             principal->n_pixels, z_dim, principal->codes);
}

/* The photos before the sigmoid; they had been weighted differences. */
static void
invert_sigmoid (Principal *principal)
{
  for (gint i = 0; i < principal->n_photos; i++)
    for (gint p = 0; p < principal->n_pixels; p++)
      {
        gfloat *pixel = &principal->photos[(gsize) i * principal->n_pixels + p];
        const gfloat value = CLAMP (*pixel / principal->weights[p] +
                                        principal->mean[p],
                                    DARKEST, 1.0f - DARKEST);

        *pixel = logf (value / (1.0f - value));
      }
}

/* --- into the parameters ------------------------------------------------- */

/* The @number-th kernel or bias of a network. */
static NnParameter *
find_parameter (NnNetwork *network, const gchar *name, gint number)
{
  for (gint i = 0; i < nn_network_get_n_parameters (network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, i);

      if (g_str_equal (parameter->name, name) && number-- == 0)
        return parameter;
    }
  return NULL;
}

/* Zeros that SAME padding puts before the picture where the stride divides its
 * side. */
static gint
padding_before (gint kernel_size, gint stride)
{
  return (kernel_size - stride) / 2;
}

/* One kernel's number from input channel @from to output channel @to at tap
 * (@y, @x). */
static gfloat *
tap (const NnParameter *kernel,
     gboolean transpose,
     gint y,
     gint x,
     gint from,
     gint to)
{
  const gint *dims = kernel->dims;
  const gsize place = (gsize) (y * dims[1] + x) * dims[2];

  return transpose ? &kernel->value[(place + to) * dims[3] + from] :
                     &kernel->value[(place + from) * dims[3] + to];
}

/* Nothing reaches the output channels [0, n). */
static void
silence (NnParameter *kernel, gboolean transpose, gint n)
{
  const gint n_inputs = kernel->dims[transpose ? 3 : 2];

  for (gint y = 0; y < kernel->dims[0]; y++)
    for (gint x = 0; x < kernel->dims[1]; x++)
      for (gint from = 0; from < n_inputs; from++)
        for (gint to = 0; to < n; to++)
          *tap (kernel, transpose, y, x, from, to) = 0.0f;
}

static void
set_encoder_convolutions (const Principal *principal, NnNetwork *encoder)
{
  const FacetConvStack *stack = &principal->recipe->encoder;
  gint n = principal->recipe->input_dim.channels;

  for (gint i = 0; i < stack->n; i++)
    {
      NnParameter *kernel = find_parameter (encoder, "kernel", i);
      const gint stride = stack->strides[i];
      const gint first = padding_before (stack->kernel_size[i], stride);
      const gboolean halves = i == 0;
      const gfloat weight = (halves ? 0.25f : 1.0f) *
                            (i < stack->n - 1 ? SHRINK : 1.0f);

      silence (kernel, FALSE, halves ? n : n * stride * stride);
      for (gint part = 0; part < stride * stride; part++)
        for (gint value = 0; value < n; value++)
          *tap (kernel, FALSE, first + part / stride, first + part % stride,
                value, halves ? value : part * n + value) = weight;
      if (! halves)
        n *= stride * stride;
    }
}

static void
set_encoder_dense (const Principal *principal, NnNetwork *encoder)
{
  const FacetRecipe *recipe = principal->recipe;
  const gint n_filters = recipe->encoder.filters[recipe->encoder.n - 1];
  const gint n_places = principal->n_pixels / principal->n_values;
  NnParameter *kernel = find_parameter (encoder, "kernel", recipe->encoder.n);
  NnParameter *bias = find_parameter (encoder, "bias", recipe->encoder.n);
  const gint n_units = kernel->dims[1];
  const gfloat carried = powf (SHRINK, recipe->encoder.n - 1);

  memset (kernel->value, 0, kernel->n_values * sizeof (gfloat));
  for (gint place = 0; place < n_places; place++)
    for (gint value = 0; value < principal->n_values; value++)
      for (gint z = 0; z < recipe->z_dim; z++)
        {
          const gint p = pixel_of (principal, place, value);
          const gfloat weight =
              principal->components
                  ->basis[(gsize) z * principal->n_pixels + p] *
              principal->weights[p] / principal->components->sigma[z];

          kernel->value[(gsize) (place * n_filters + value) * n_units + z] =
              weight / carried;
          bias->value[z] -= weight * principal->mean[p];
        }
}

/* Mean square of what the components leave. */
static gdouble
residual_variance (const Principal *principal)
{
  gdouble sum = 0.0;

  for (gsize i = 0; i < (gsize) principal->n_photos * principal->n_pixels; i++)
    sum += (gdouble) principal->photos[i] * principal->photos[i];
  sum /= principal->n_photos;
  for (gint z = 0; z < principal->components->n_components; z++)
    sum -= (gdouble) principal->components->sigma[z] *
           principal->components->sigma[z];
  return MAX (sum, 0.0) / principal->n_pixels;
}

/* Where the linear VAE's noise is best: the residual variance over the
 * component's, of all four pixels that each of the half-size picture stands
 * for (Lucas et al., Don't Blame the ELBO, 2019). */
static void
set_noise (const Principal *principal, NnNetwork *encoder)
{
  const gint z_dim = principal->recipe->z_dim;
  const gdouble residual = residual_variance (principal);
  NnParameter *bias = find_parameter (encoder, "bias",
                                      principal->recipe->encoder.n);

  for (gint z = 0; z < z_dim && bias->dims[0] == 2 * z_dim; z++)
    {
      const gdouble sigma = principal->components->sigma[z];
      const gdouble noise = residual / (4.0 * sigma * sigma);

      bias->value[z_dim + z] = (gfloat) log (
          CLAMP (noise, NOISE_MIN, NOISE_MAX));
    }
}

/* By least squares; the codes are uncorrelated, so a product is all it takes.
 */
static void
set_decoder_dense (const Principal *principal, NnNetwork *decoder)
{
  const FacetRecipe *recipe = principal->recipe;
  const gint n_filters = recipe->encoder.filters[recipe->encoder.n - 1];
  const gint n_places = principal->n_pixels / principal->n_values;
  NnParameter *kernel = find_parameter (decoder, "kernel", 0);
  NnParameter *bias = find_parameter (decoder, "bias", 0);
  g_autofree gfloat *mean = new_mean (principal, principal->photos);
  g_autofree gfloat *fit = g_new (gfloat,
                                  (gsize) recipe->z_dim * principal->n_pixels);

  facet_components_multiply_transposed (principal->codes, principal->photos,
                                        principal->n_photos, recipe->z_dim,
                                        principal->n_pixels, fit);
  for (gint place = 0; place < n_places; place++)
    for (gint value = 0; value < principal->n_values; value++)
      {
        const gint unit = place * n_filters + value;
        const gint p = pixel_of (principal, place, value);

        bias->value[unit] = mean[p];
        for (gint z = 0; z < recipe->z_dim; z++)
          kernel->value[(gsize) z * kernel->dims[1] + unit] =
              fit[(gsize) z * principal->n_pixels + p] / principal->n_photos;
      }
}

/* Brings a value to output channel @to; from the second layer on it is half
 * the way between the channels @from and @n + @from. */
static void
connect (const Principal *principal,
         NnParameter *kernel,
         gboolean paired,
         gint y,
         gint x,
         gint n,
         gint from,
         gint to,
         gfloat factor)
{
  const gfloat share = (gfloat) (1.0 /
                                 (1.0 + principal->recipe->leaky_relu_slope));

  *tap (kernel, TRUE, y, x, from, to) = paired ? factor * share : factor;
  if (paired)
    *tap (kernel, TRUE, y, x, n + from, to) = -factor * share;
}

/* @n values a place, and but for the last layer their negatives. */
static void
set_layer (const Principal *principal,
           NnParameter *kernel,
           gint layer,
           gint n_before,
           gint n)
{
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint stride = stack->strides[layer];
  const gint first = padding_before (stack->kernel_size[layer], stride);
  const gint n_signs = layer < stack->n - 1 ? 2 : 1;

  silence (kernel, TRUE, n_signs * n);
  for (gint part = 0; part < stride * stride; part++)
    for (gint value = 0; value < n; value++)
      for (gint sign = 0; sign < n_signs; sign++)
        connect (principal, kernel, layer > 0, first + part / stride,
                 first + part % stride, n_before, part * n + value,
                 sign * n + value, sign ? -1.0f : 1.0f);
}

/* Twice the size, by bilinear interpolation where the kernel is wide enough,
 * else by repetition. */
static void
set_doubling_layer (const Principal *principal, NnParameter *kernel, gint layer)
{
  static const gfloat repeat[] = { 1.0f, 1.0f };
  static const gfloat bilinear[] = { 0.25f, 0.75f, 0.75f, 0.25f };
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint n = principal->recipe->input_dim.channels;
  const gint before = padding_before (stack->kernel_size[layer], 2);
  const gboolean wide = stack->kernel_size[layer] >= 4;
  const gfloat *taps = wide ? bilinear : repeat;
  const gint n_taps = wide ? 4 : 2;
  const gint first = wide ? before - 1 : before;
  const gint n_signs = layer < stack->n - 1 ? 2 : 1;

  silence (kernel, TRUE, n_signs * n);
  for (gint y = 0; y < n_taps; y++)
    for (gint x = 0; x < n_taps; x++)
      for (gint to = 0; to < n_signs * n; to++)
        connect (principal, kernel, layer > 0, first + y, first + x, n, to % n,
                 to, taps[y] * taps[x] * (to < n ? 1.0f : -1.0f));
}

static void
set_decoder_convolutions (const Principal *principal, NnNetwork *decoder)
{
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint doubling = doubling_layer (stack);
  gint n_before = principal->n_values;

  for (gint i = 0; i < stack->n; i++)
    {
      NnParameter *kernel = find_parameter (decoder, "kernel", i + 1);
      const gint n = stack->strides[i] == 2 && i != doubling ? n_before / 4 :
                                                               n_before;

      if (i == doubling)
        set_doubling_layer (principal, kernel, i);
      else
        set_layer (principal, kernel, i, n_before, n);
      n_before = n;
    }
}

/* ------------------------------------------------------------------------- */

static void
principal_clear (Principal *principal)
{
  g_free (principal->places);
  g_free (principal->photos);
  g_free (principal->mean);
  g_free (principal->weights);
  g_free (principal->codes);
  facet_components_free (principal->components);
}

static gboolean
start (Principal *principal,
       FacetModel *model,
       const FacetData *data,
       guint64 seed,
       GError **error)
{
  if (! check_encoder (principal, error) || ! check_decoder (principal, error))
    return FALSE;
  find_places (principal);
  find_weights (principal);
  load_photos (principal, data);
  find_components (principal, seed);
  if (principal->components->n_components < principal->recipe->z_dim)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("“start = principal” needs more photos than z_dim, "
                      "which is %d"),
                   principal->recipe->z_dim);
      return FALSE;
    }
  set_encoder_convolutions (principal, facet_model_get_encoder (model));
  set_encoder_dense (principal, facet_model_get_encoder (model));
  set_noise (principal, facet_model_get_encoder (model));
  invert_sigmoid (principal);
  set_decoder_dense (principal, facet_model_get_decoder (model));
  set_decoder_convolutions (principal, facet_model_get_decoder (model));
  facet_model_parameters_changed (model);
  return TRUE;
}

gboolean
facet_principal_start (FacetModel *model,
                       const FacetData *data,
                       guint64 seed,
                       GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  Principal principal = { .recipe = recipe,
                          .width = recipe->input_dim.width / 2,
                          .height = recipe->input_dim.height / 2 };
  gboolean done;

  principal.n_pixels = principal.width * principal.height *
                       recipe->input_dim.channels;
  done = start (&principal, model, data, seed, error);
  principal_clear (&principal);
  return done;
}
