/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <math.h>
#include "facet-model-file.h"

#define MAX_DIRECTIONS 256
/* Far more than any latent space has: larger numbers are damage. */
#define MAX_SIGMA 1e6
#define MAX_RANGE 1e3
/* Of an axis's length, which may have been stored as halves. */
#define LENGTH_TOLERANCE 0.01

static gboolean
read_latent_tensor (FacetModelLoader *loader,
                    const gchar *name,
                    gint n_dims,
                    const gint64 *dims,
                    gfloat *values,
                    GError **error)
{
  const FacetTensor *tensor = facet_model_loader_find (loader, name, n_dims,
                                                       dims, error);

  return tensor && facet_tensor_file_read (loader->file, tensor, values, error);
}

static gboolean
check_axis (FacetModelLoader *loader,
            const FacetLatents *latents,
            gint axis,
            GError **error)
{
  const gfloat *vector = latents->axes + (gsize) axis * latents->z_dim;
  gdouble length = 0;

  for (gint z = 0; z < latents->z_dim; z++)
    length += (gdouble) vector[z] * vector[z];
  if (fabs (length - 1.0) > 2 * LENGTH_TOLERANCE)
    return facet_model_loader_fail (loader, error,
                                    _ ("axis %d of its latent space is not of "
                                       "length 1"),
                                    axis + 1);
  if (! (latents->sigma[axis] > 0 && latents->sigma[axis] < MAX_SIGMA))
    return facet_model_loader_fail (loader, error, _ ("σ of axis %d is %g"),
                                    axis + 1, latents->sigma[axis]);
  if (latents->low[axis] > latents->high[axis] ||
      fabsf (latents->low[axis]) > MAX_RANGE ||
      fabsf (latents->high[axis]) > MAX_RANGE)
    return facet_model_loader_fail (loader, error,
                                    _ ("the range of axis %d is %g to %g"),
                                    axis + 1, latents->low[axis],
                                    latents->high[axis]);
  return TRUE;
}

static gboolean
read_axes (FacetModelLoader *loader, FacetLatents *latents, GError **error)
{
  const gint64 dims[] = { latents->n_axes, latents->z_dim };

  if (! read_latent_tensor (loader, "latents.mean", 1, &dims[1], latents->mean,
                            error) ||
      ! read_latent_tensor (loader, "latents.axes", 2, dims, latents->axes,
                            error) ||
      ! read_latent_tensor (loader, "latents.sigma", 1, dims, latents->sigma,
                            error) ||
      ! read_latent_tensor (loader, "latents.low", 1, dims, latents->low,
                            error) ||
      ! read_latent_tensor (loader, "latents.high", 1, dims, latents->high,
                            error))
    return FALSE;
  for (gint axis = 0; axis < latents->n_axes; axis++)
    if (! check_axis (loader, latents, axis, error))
      return FALSE;
  return TRUE;
}

/* What --set can name: letters, digits and underscores, a letter first. */
static gboolean
is_direction_name (const gchar *name)
{
  if (! g_ascii_isalpha (*name))
    return FALSE;
  while (g_ascii_isalnum (*name) || *name == '_' || *name == '-')
    name++;
  return *name == '\0';
}

static gboolean
read_direction (FacetModelLoader *loader,
                GKeyFile *file,
                const gchar *name,
                const gfloat *vector,
                FacetLatents *latents,
                GError **error)
{
  g_autofree gchar *label = g_key_file_get_string (file, name, "label", NULL);
  g_autofree gchar *unit = g_key_file_get_string (file, name, "unit", NULL);
  const gdouble minimum = g_key_file_get_double (file, name, "minimum", NULL);
  const gdouble maximum = g_key_file_get_double (file, name, "maximum", NULL);

  if (! is_direction_name (name) || ! label || ! *label)
    return facet_model_loader_fail (loader, error,
                                    _ ("direction “%s” has no proper name or "
                                       "label"),
                                    name);
  if (! (minimum < maximum && minimum >= -MAX_RANGE && maximum <= MAX_RANGE))
    return facet_model_loader_fail (
        loader, error, _ ("the range of direction “%s” is %g to %g"), name,
        minimum, maximum);
  facet_latents_append_direction (latents, name, label, unit, minimum, maximum,
                                  vector);
  return TRUE;
}

static gboolean
read_directions (FacetModelLoader *loader,
                 FacetLatents *latents,
                 GError **error)
{
  const gchar *text = facet_tensor_file_get_metadata (loader->file,
                                                      "directions");
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gfloat *vectors = NULL;
  g_auto (GStrv) names = NULL;
  gint64 dims[] = { 0, latents->z_dim };

  if (! text)
    return TRUE;
  if (! g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE,
                                   NULL))
    return facet_model_loader_fail (loader, error,
                                    _ ("its list of directions is damaged"));
  names = g_key_file_get_groups (file, NULL);
  dims[0] = g_strv_length (names);
  if (dims[0] < 1 || dims[0] > MAX_DIRECTIONS)
    return facet_model_loader_fail (loader, error,
                                    _ ("its list of directions is damaged"));
  vectors = g_new (gfloat, dims[0] * dims[1]);
  if (! read_latent_tensor (loader, "latents.directions", 2, dims, vectors,
                            error))
    return FALSE;
  for (gint i = 0; i < dims[0]; i++)
    if (! read_direction (loader, file, names[i],
                          vectors + (gsize) i * latents->z_dim, latents, error))
      return FALSE;
  return TRUE;
}

FacetLatents *
facet_model_loader_read_latents (FacetModelLoader *loader,
                                 gint z_dim,
                                 GError **error)
{
  const FacetTensor *sigma = facet_tensor_file_lookup (loader->file,
                                                       "latents.sigma");
  g_autoptr (FacetLatents) latents = NULL;

  if (! sigma || sigma->n_dims != 1 || sigma->dims[0] < 1 ||
      sigma->dims[0] > z_dim)
    {
      facet_model_loader_fail (
          loader, error,
          _ ("the tensor “latents.sigma” must have 1 to %d "
             "numbers"),
          z_dim);
      return NULL;
    }
  latents = facet_latents_new (z_dim, (gint) sigma->dims[0]);
  if (! read_axes (loader, latents, error) ||
      ! read_directions (loader, latents, error))
    return NULL;
  return g_steal_pointer (&latents);
}
