/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether the layers can carry the picture, and where in it their values
 * belong.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include "facet-principal-private.h"
#include "facet-principal.h"

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
check_encoder (FacetPrincipal *principal, GError **error)
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

gint
facet_principal_get_doubling_layer (const FacetConvStack *decoder)
{
  gint layer = decoder->n - 1;

  while (layer > 0 && decoder->strides[layer] != 2)
    layer--;
  return layer;
}

static gboolean
check_decoder (FacetPrincipal *principal, GError **error)
{
  const FacetConvStack *stack = &principal->recipe->decoder;
  const gint doubling = facet_principal_get_doubling_layer (stack);
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
find_places (FacetPrincipal *principal)
{
  const gint channels = principal->recipe->input_dim.channels;

  principal->places = g_new (FacetPrincipalPlace, principal->n_values);
  for (gint value = 0; value < principal->n_values; value++)
    {
      gint n = channels;
      gint side = 1;
      gint rest = value / channels;
      FacetPrincipalPlace place = { 0, 0, value % channels };

      for (; n < principal->n_values; n *= 4, side *= 2, rest /= 4)
        {
          place.x += rest % 2 * side;
          place.y += rest / 2 % 2 * side;
        }
      principal->places[value] = place;
    }
}

/* --- the start ----------------------------------------------------------- */

static void
principal_clear (FacetPrincipal *principal)
{
  g_free (principal->places);
  g_free (principal->photos);
  g_free (principal->mean);
  g_free (principal->weights);
  g_free (principal->codes);
  facet_components_free (principal->components);
}

static gboolean
start (FacetPrincipal *principal,
       FacetModel *model,
       const FacetData *data,
       guint64 seed,
       GError **error)
{
  if (! check_encoder (principal, error) || ! check_decoder (principal, error))
    return FALSE;
  find_places (principal);
  facet_principal_find_components (principal, data, seed);
  if (principal->components->n_components < principal->recipe->z_dim)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("“start = principal” needs more photos than z_dim, "
                      "which is %d"),
                   principal->recipe->z_dim);
      return FALSE;
    }
  facet_principal_set_encoder (principal, facet_model_get_encoder (model));
  facet_principal_invert_sigmoid (principal);
  facet_principal_set_decoder (principal, facet_model_get_decoder (model));
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
  FacetPrincipal principal = { .recipe = recipe,
                               .width = recipe->input_dim.width / 2,
                               .height = recipe->input_dim.height / 2 };
  gboolean done;

  principal.n_pixels = principal.width * principal.height *
                       recipe->input_dim.channels;
  done = start (&principal, model, data, seed, error);
  principal_clear (&principal);
  return done;
}
