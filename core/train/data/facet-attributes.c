/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Light is measured in the face region: its brightness as the mean luma, its
 * side as how much brighter the right half of the picture is, its warmth as how
 * much red exceeds blue.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <model/facet-recipe.h>
#include <stdlib.h>
#include <train/loop/facet-loss.h>
#include "facet-attributes.h"

typedef enum
{
  HALF_LEFT,
  HALF_RIGHT,
  N_HALVES
} Half;

/* Mean of a weighted sum of the channels in each half of the face region. */
static void
measure_halves (NnShape shape,
                const gfloat *crop,
                const gdouble *weights,
                gdouble *means)
{
  gint n[N_HALVES] = { 0 };

  means[HALF_LEFT] = means[HALF_RIGHT] = 0.0;
  for (gint i = 0; i < shape.height * shape.width; i++)
    {
      const gint x = i % shape.width;
      const Half half = 2 * x < shape.width ? HALF_LEFT : HALF_RIGHT;

      if (! facet_loss_in_face (shape, x, i / shape.width))
        continue;
      for (gint c = 0; c < shape.channels; c++)
        means[half] += weights[c] * crop[i * shape.channels + c];
      n[half]++;
    }
  means[HALF_LEFT] /= MAX (1, n[HALF_LEFT]);
  means[HALF_RIGHT] /= MAX (1, n[HALF_RIGHT]);
}

static const gdouble luma[] = { 0.299, 0.587, 0.114 };
static const gdouble gray[] = { 1.0 };
static const gdouble red_over_blue[] = { 1.0, 0.0, -1.0 };

static gdouble
measure_brightness (NnShape shape, const gfloat *crop)
{
  gdouble means[N_HALVES];

  measure_halves (shape, crop, shape.channels == 3 ? luma : gray, means);
  return 0.5 * (means[HALF_LEFT] + means[HALF_RIGHT]);
}

static gdouble
measure_light_side (NnShape shape, const gfloat *crop)
{
  gdouble means[N_HALVES];

  measure_halves (shape, crop, shape.channels == 3 ? luma : gray, means);
  return means[HALF_RIGHT] - means[HALF_LEFT];
}

static gdouble
measure_warmth (NnShape shape, const gfloat *crop)
{
  gdouble means[N_HALVES];

  if (shape.channels != 3)
    return NAN;
  measure_halves (shape, crop, red_over_blue, means);
  return 0.5 * (means[HALF_LEFT] + means[HALF_RIGHT]);
}

/* clang-format off */
static const FacetAttribute attributes[] = {
  { "smile", N_ ("Smile"), "est_smile", TRUE, FALSE, -3, 3, NULL },
  { "age", N_ ("Age"), "est_age", FALSE, FALSE, -3, 3, NULL },
  { "female", N_ ("Femininity"), "est_female", TRUE, FALSE, -3, 3, NULL },
  { "glasses", N_ ("Glasses"), "est_glasses", TRUE, FALSE, -3, 4, NULL },
  { "beard", N_ ("Beard"), "est_beard", TRUE, FALSE, -3, 7, NULL },
  { "fringe", N_ ("Fringe"), "est_bangs", TRUE, FALSE, -3, 7.5, NULL },
  { "surprise", N_ ("Surprise"), "est_surprised", TRUE, FALSE, -3, 3, NULL },
  { "sadness", N_ ("Sadness"), "est_sad", TRUE, FALSE, -3, 3, NULL },
  { "anger", N_ ("Anger"), "est_angry", TRUE, FALSE, -3, 3, NULL },
  { "turn", N_ ("Head turn"), "yaw", FALSE, TRUE, -3, 3, NULL },
  { "brightness", N_ ("Brightness"), NULL, FALSE, FALSE, -3, 3, measure_brightness },
  { "light-side", N_ ("Side of the light"), NULL, FALSE, TRUE, -3, 3, measure_light_side },
  { "warmth", N_ ("Warmth"), NULL, FALSE, FALSE, -3, 3, measure_warmth }
};
/* clang-format on */

const FacetAttribute *
facet_attribute_find (const gchar *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      if (g_str_equal (attributes[i].name, name))
        return &attributes[i];
      g_string_append_printf (known, "%s%s", i ? ", " : "", attributes[i].name);
    }
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_RECIPE,
               _ ("there is no attribute “%s”; there are %s"), name,
               known->str);
  return NULL;
}

GPtrArray *
facet_attributes_parse (const gchar *names, GError **error)
{
  g_auto (GStrv) words = g_strsplit (names, ";", -1);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (gchar **word = words; *word; word++)
    if (*g_strstrip (*word))
      {
        const FacetAttribute *attribute = facet_attribute_find (*word, error);

        if (! attribute)
          return NULL;
        g_ptr_array_add (found, (gpointer) attribute);
      }
  return g_steal_pointer (&found);
}

gdouble
facet_attribute_read (const FacetAttribute *attribute,
                      const FacetData *data,
                      gint index,
                      gboolean mirrored,
                      NnShape shape,
                      const gfloat *crop)
{
  const gchar *field;
  gchar *end;
  gdouble value;

  if (attribute->measure)
    return attribute->measure (shape, crop);
  field = facet_data_get_field (data, index, attribute->column);
  if (! field || ! *field)
    return NAN;
  value = g_ascii_strtod (field, &end);
  if (*end || ! isfinite (value))
    return NAN;
  return attribute->turns && mirrored ? -value : value;
}
