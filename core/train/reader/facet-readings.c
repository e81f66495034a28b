/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "facet-readings.h"

FacetReadings *
facet_readings_new (FacetReader *reader, FacetModel *model)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  FacetReadings *readings = g_new0 (FacetReadings, 1);

  readings->reader = reader;
  readings->shape = facet_model_get_recipe (model)->input_dim;
  readings->attributes = g_ptr_array_new ();
  for (guint a = 0; reader && a < reader->attributes->len; a++)
    g_ptr_array_add (readings->attributes,
                     g_ptr_array_index (reader->attributes, a));
  for (gint d = 0; d < latents->n_directions; d++)
    {
      const FacetAttribute *attribute =
          facet_attribute_find (latents->directions[d].name, NULL);

      if (attribute && attribute->measure &&
          ! g_ptr_array_find (readings->attributes, attribute, NULL))
        g_ptr_array_add (readings->attributes, (gpointer) attribute);
    }
  return readings;
}

void
facet_readings_free (FacetReadings *readings)
{
  if (! readings)
    return;
  g_ptr_array_unref (readings->attributes);
  g_free (readings);
}

void
facet_readings_read (const FacetReadings *readings,
                     const gfloat *crop,
                     gdouble *values)
{
  const guint n_read = readings->reader ? readings->reader->attributes->len : 0;

  if (readings->reader)
    facet_reader_read (readings->reader, readings->shape, 1, crop, values);
  for (guint a = n_read; a < readings->attributes->len; a++)
    {
      const FacetAttribute *attribute = g_ptr_array_index (readings->attributes,
                                                           a);

      values[a] = attribute->measure (readings->shape, crop);
    }
}

gdouble *
facet_readings_new_deviations (const FacetReadings *readings,
                               const gdouble *rows,
                               gint n)
{
  const gint width = (gint) readings->attributes->len;
  gdouble *deviations = g_new (gdouble, width);

  for (gint a = 0; a < width; a++)
    {
      gdouble sum = 0.0, squares = 0.0;

      for (gint i = 0; i < n; i++)
        {
          const gdouble value = rows[i * width + a];

          sum += value / n;
          squares += value * value / n;
        }
      deviations[a] = sqrt (MAX (squares - sum * sum, 1e-12));
    }
  return deviations;
}
