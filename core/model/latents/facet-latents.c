/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moving in a latent space: offsets are multiples of σ along its axes.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-model-private.h>
#include <string.h>

FacetLatents *
facet_latents_new (gint z_dim, gint n_axes)
{
  FacetLatents *latents = g_new0 (FacetLatents, 1);

  latents->z_dim = z_dim;
  latents->n_axes = n_axes;
  latents->mean = g_new0 (gfloat, z_dim);
  latents->axes = g_new0 (gfloat, (gsize) n_axes * z_dim);
  latents->sigma = g_new0 (gfloat, n_axes);
  latents->low = g_new0 (gfloat, n_axes);
  latents->high = g_new0 (gfloat, n_axes);
  return latents;
}

FacetLatents *
facet_latents_new_identity (gint z_dim)
{
  FacetLatents *latents = facet_latents_new (z_dim, z_dim);

  for (gint i = 0; i < z_dim; i++)
    {
      latents->axes[(gsize) i * z_dim + i] = 1.0f;
      latents->sigma[i] = 1.0f;
      latents->low[i] = -3.0f;
      latents->high[i] = 3.0f;
    }
  return latents;
}

static void
direction_clear (FacetDirection *direction)
{
  g_free (direction->name);
  g_free (direction->label);
  g_free (direction->unit);
  g_free (direction->vector);
}

void
facet_latents_free (FacetLatents *latents)
{
  if (! latents)
    return;
  for (gint i = 0; i < latents->n_directions; i++)
    direction_clear (&latents->directions[i]);
  g_free (latents->directions);
  g_free (latents->mean);
  g_free (latents->axes);
  g_free (latents->sigma);
  g_free (latents->low);
  g_free (latents->high);
  g_free (latents);
}

void
facet_latents_append_direction (FacetLatents *latents,
                                const gchar *name,
                                const gchar *label,
                                const gchar *unit,
                                gdouble minimum,
                                gdouble maximum,
                                const gfloat *vector)
{
  const gint n = latents->n_directions++;

  latents->directions = g_renew (FacetDirection, latents->directions, n + 1);
  latents->directions[n] = (FacetDirection) {
    .name = g_strdup (name),
    .label = g_strdup (label),
    .unit = g_strdup (unit ? unit : ""),
    .minimum = minimum,
    .maximum = maximum,
    .vector = g_memdup2 (vector, (gsize) latents->z_dim * sizeof (gfloat))
  };
}

/* Sums are double, so that the order of axes does not show in the code. */
void
facet_latents_move (const FacetLatents *latents,
                    const gfloat *origin,
                    const gdouble *offsets,
                    gint n_offsets,
                    gfloat *code)
{
  gdouble sum[FACET_MAX_Z_DIM] = { 0 };
  gboolean moved = FALSE;

  for (gint i = 0; i < MIN (n_offsets, latents->n_axes); i++)
    {
      const gfloat *axis = latents->axes + (gsize) i * latents->z_dim;
      const gdouble step = offsets[i] * latents->sigma[i];

      moved |= offsets[i] != 0;
      for (gint z = 0; z < latents->z_dim; z++)
        sum[z] += step * axis[z];
    }
  if (! moved)
    memmove (code, origin, (gsize) latents->z_dim * sizeof (gfloat));
  else
    for (gint z = 0; z < latents->z_dim; z++)
      code[z] = (gfloat) (origin[z] + sum[z]);
}

void
facet_latents_add_direction (const FacetLatents *latents,
                             gint direction,
                             gdouble value,
                             gdouble *offsets)
{
  const gfloat *vector = latents->directions[direction].vector;

  for (gint i = 0; i < latents->n_axes; i++)
    {
      const gfloat *axis = latents->axes + (gsize) i * latents->z_dim;
      gdouble along = 0;

      for (gint z = 0; z < latents->z_dim; z++)
        along += (gdouble) vector[z] * axis[z];
      offsets[i] += value * along / latents->sigma[i];
    }
}

/* --- "smile=1.5 3=-2" -------------------------------------------------------
 */

static gchar *
list_names (const FacetLatents *latents)
{
  GString *names = g_string_new (NULL);

  for (gint i = 0; i < latents->n_directions; i++)
    g_string_append_printf (names, "%s, ", latents->directions[i].name);
  g_string_append_printf (names, latents->n_axes > 1 ? "1…%d" : "%d",
                          latents->n_axes);
  return g_string_free_and_steal (names);
}

static gint
find_direction (const FacetLatents *latents, const gchar *name)
{
  for (gint i = 0; i < latents->n_directions; i++)
    if (g_str_equal (latents->directions[i].name, name))
      return i;
  return -1;
}

static gboolean
parse_value (const gchar *word,
             const gchar *text,
             gdouble minimum,
             gdouble maximum,
             gdouble *value,
             GError **error)
{
  gchar *end;

  *value = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *value >= minimum && *value <= maximum)
    return TRUE;
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
               _ ("“%s”: after “=” there must be a number from %g to %g"), word,
               minimum, maximum);
  return FALSE;
}

static gboolean
parse_word (const FacetLatents *latents,
            const gchar *word,
            gdouble *offsets,
            GError **error)
{
  const gchar *equals = strchr (word, '=');
  g_autofree gchar *name = g_strndup (word, equals ? (gsize) (equals - word) :
                                                     strlen (word));
  g_autofree gchar *known = list_names (latents);
  const gint direction = find_direction (latents, name);
  guint64 component = 0;
  gdouble value;

  if (direction < 0)
    g_ascii_string_to_unsigned (name, 10, 1, (guint64) latents->n_axes,
                                &component, NULL);
  if (! equals || (direction < 0 && component == 0))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
                   _ ("“%s” is not NAME=VALUE with one of the names that this "
                      "model knows: %s"),
                   word, known);
      return FALSE;
    }
  if (direction >= 0)
    {
      const FacetDirection *d = &latents->directions[direction];

      if (! parse_value (word, equals + 1, d->minimum, d->maximum, &value,
                         error))
        return FALSE;
      facet_latents_add_direction (latents, direction, value, offsets);
      return TRUE;
    }
  if (! parse_value (word, equals + 1, -FACET_MAX_OFFSET_SIGMA,
                     FACET_MAX_OFFSET_SIGMA, &value, error))
    return FALSE;
  offsets[component - 1] += value;
  return TRUE;
}

gboolean
facet_latents_parse (const FacetLatents *latents,
                     const gchar *settings,
                     gdouble *offsets,
                     GError **error)
{
  const gsize size = (gsize) latents->n_axes * sizeof (gdouble);
  g_auto (GStrv) words = g_strsplit_set (settings, " \t\r\n,", -1);
  g_autofree gdouble *sum = g_memdup2 (offsets, size);

  for (gchar **word = words; *word; word++)
    if (**word && ! parse_word (latents, *word, sum, error))
      return FALSE;
  memcpy (offsets, sum, size);
  return TRUE;
}
