/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "facet-principal-private.h"

/* Each of the encoder's layers but the last halves what it carries and the
 * dense layer makes up for it: Adam changes every parameter by as much, and the
 * dense layer has by far the most of them to a unit. */
#define SHRINK 0.5f
/* Variance of the noise that a VAE adds to a code at the start, relative to
 * the code's own. */
#define NOISE_MIN 1e-5
#define NOISE_MAX 1.0

/* --- kernels ------------------------------------------------------------- */

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

/* Which number of the half-size picture @value of the deepest layer's @place
 * is. */
static gint
pixel_of (const FacetPrincipal *principal, gint place, gint value)
{
  const gint places_wide = principal->width / principal->block;
  const FacetPrincipalPlace *inside = &principal->places[value];
  const gint x = place % places_wide * principal->block + inside->x;
  const gint y = place / places_wide * principal->block + inside->y;

  return (y * principal->width + x) * principal->recipe->input_dim.channels +
         inside->channel;
}

/* --- the encoder --------------------------------------------------------- */

static void
set_encoder_convolutions (const FacetPrincipal *principal, NnNetwork *encoder)
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
set_encoder_dense (const FacetPrincipal *principal, NnNetwork *encoder)
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
residual_variance (const FacetPrincipal *principal)
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
set_noise (const FacetPrincipal *principal, NnNetwork *encoder)
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

void
facet_principal_set_encoder (const FacetPrincipal *principal,
                             NnNetwork *encoder)
{
  set_encoder_convolutions (principal, encoder);
  set_encoder_dense (principal, encoder);
  set_noise (principal, encoder);
}

/* --- the decoder --------------------------------------------------------- */

/* By least squares; the codes are uncorrelated, so a product is all it takes.
 */
static void
set_decoder_dense (const FacetPrincipal *principal, NnNetwork *decoder)
{
  const FacetRecipe *recipe = principal->recipe;
  const gint n_filters = recipe->encoder.filters[recipe->encoder.n - 1];
  const gint n_places = principal->n_pixels / principal->n_values;
  NnParameter *kernel = find_parameter (decoder, "kernel", 0);
  NnParameter *bias = find_parameter (decoder, "bias", 0);
  g_autofree gfloat *mean = facet_principal_new_mean (principal,
                                                      principal->photos);
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
connect (const FacetPrincipal *principal,
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
set_layer (const FacetPrincipal *principal,
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
set_doubling_layer (const FacetPrincipal *principal,
                    NnParameter *kernel,
                    gint layer)
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
set_decoder_convolutions (const FacetPrincipal *principal, NnNetwork *decoder)
{
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint doubling = facet_principal_get_doubling_layer (stack);
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

void
facet_principal_set_decoder (const FacetPrincipal *principal,
                             NnNetwork *decoder)
{
  set_decoder_dense (principal, decoder);
  set_decoder_convolutions (principal, decoder);
}
