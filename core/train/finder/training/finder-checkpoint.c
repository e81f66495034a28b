/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A safetensors file: per parameter its value, average and Adam's moments, the
 * mined negatives as rows of five numbers, the rest as metadata.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <model/facet-safetensors.h>
#include <string.h>
#include "finder-checkpoint.h"

#define FORMAT "facet-finder-checkpoint-1"
#define NEGATIVE_NUMBERS 5

typedef gboolean (*StateFunc) (const gchar *name,
                               gsize n_values,
                               gfloat *values,
                               gpointer user_data,
                               GError **error);

static gboolean
for_each_in_part (FinderPart *part,
                  StateFunc func,
                  gpointer user_data,
                  GError **error)
{
  for (gint i = 0; part->average[i]; i++)
    {
      const NnParameter *parameter = nn_network_get_parameter (part->network,
                                                               i);
      struct
      {
        const gchar *kind;
        gfloat *values;
      } states[] = {
        { "value", parameter->value },
        { "average", part->average[i] },
        { "first", nn_adam_get_first_moment (part->adam, i) },
        { "second", nn_adam_get_second_moment (part->adam, i) },
      };

      for (gsize s = 0; s < G_N_ELEMENTS (states); s++)
        {
          g_autofree gchar *name = g_strdup_printf ("%s.%d.%s", part->name, i,
                                                    states[s].kind);

          if (states[s].values && ! func (name, parameter->n_values,
                                          states[s].values, user_data, error))
            return FALSE;
        }
    }
  return TRUE;
}

/* --- writing -----------------------------------------------------------------
 */

static gboolean
write_state (const gchar *name,
             gsize n_values,
             gfloat *values,
             gpointer writer,
             GError **error)
{
  const gint dims[] = { (gint) n_values };

  facet_tensor_writer_add (writer, name, 1, dims, values, FALSE);
  return TRUE;
}

static void
write_integer (FacetTensorWriter *writer, const gchar *key, gint64 number)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  facet_tensor_writer_set_metadata (writer, key, text);
}

static gfloat *
negatives_to_floats (const GArray *negatives)
{
  gfloat *values = g_new (gfloat, MAX (1, negatives->len) * NEGATIVE_NUMBERS);

  for (guint i = 0; i < negatives->len; i++)
    {
      const FinderNegative *negative = &g_array_index (negatives,
                                                       FinderNegative, i);
      gfloat *row = values + (gsize) i * NEGATIVE_NUMBERS;

      row[0] = (gfloat) negative->photo;
      row[1] = (gfloat) negative->frame.x;
      row[2] = (gfloat) negative->frame.y;
      row[3] = (gfloat) negative->frame.width;
      row[4] = (gfloat) negative->frame.angle;
    }
  return values;
}

gboolean
finder_state_save (FinderState *state, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autofree gchar *recipe = finder_recipe_to_text (state->recipe);
  g_autofree gfloat *negatives = negatives_to_floats (state->negatives);
  const gint dims[] = { (gint) state->negatives->len, NEGATIVE_NUMBERS };

  facet_tensor_writer_set_metadata (writer, "format", FORMAT);
  facet_tensor_writer_set_metadata (writer, "recipe", recipe);
  write_integer (writer, "seed", (gint64) state->seed);
  write_integer (writer, "faces", state->album->n_faces);
  write_integer (writer, "photos", state->album->photos->len);
  write_integer (writer, "coarse_step", state->coarse.step);
  write_integer (writer, "fine_step", state->fine.step);
  write_integer (writer, "points_step", state->points.step);
  write_integer (writer, "coarse_adam_step",
                 *nn_adam_get_step (state->coarse.adam));
  write_integer (writer, "fine_adam_step",
                 *nn_adam_get_step (state->fine.adam));
  write_integer (writer, "points_adam_step",
                 *nn_adam_get_step (state->points.adam));
  write_integer (writer, "minings", state->n_minings);
  for_each_in_part (&state->coarse, write_state, writer, NULL);
  for_each_in_part (&state->fine, write_state, writer, NULL);
  for_each_in_part (&state->points, write_state, writer, NULL);
  if (state->negatives->len > 0)
    facet_tensor_writer_add (writer, "negatives", 2, dims, negatives, FALSE);
  return facet_tensor_writer_save (writer, path, error);
}

/* --- reading -----------------------------------------------------------------
 */

static gboolean
fail (GError **error, const gchar *path, const gchar *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("%s: “%s” does not fit; train without --resume, or with the "
                  "recipe, seed and photos that it was made with"),
               path, what);
  return FALSE;
}

static gboolean
read_state (const gchar *name,
            gsize n_values,
            gfloat *values,
            gpointer file,
            GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (file, name);

  if (! tensor || tensor->n_values != n_values)
    return fail (error, _ ("the checkpoint"), name);
  return facet_tensor_file_read (file, tensor, values, error);
}

static gint64
read_integer (FacetTensorFile *file, const gchar *key)
{
  const gchar *text = facet_tensor_file_get_metadata (file, key);

  return text ? g_ascii_strtoll (text, NULL, 10) : -1;
}

static gboolean
read_negatives (FinderState *state, FacetTensorFile *file, GError **error)
{
  const FacetTensor *tensor = facet_tensor_file_lookup (file, "negatives");
  g_autofree gfloat *values = NULL;

  g_array_set_size (state->negatives, 0);
  if (! tensor)
    return TRUE;
  if (tensor->n_dims != 2 || tensor->dims[1] != NEGATIVE_NUMBERS)
    return fail (error, _ ("the checkpoint"), "negatives");
  values = g_new (gfloat, tensor->n_values);
  if (! facet_tensor_file_read (file, tensor, values, error))
    return FALSE;
  for (gint64 i = 0; i < tensor->dims[0]; i++)
    {
      const gfloat *row = values + i * NEGATIVE_NUMBERS;
      const FinderNegative negative = { (gint) row[0],
                                        { row[1], row[2], row[3], row[4] } };

      if (! (row[0] >= 0 && row[0] < state->album->photos->len))
        return fail (error, _ ("the checkpoint"), "negatives");
      g_array_append_val (state->negatives, negative);
    }
  return TRUE;
}

static gboolean
is_of (FinderState *state, FacetTensorFile *file)
{
  g_autofree gchar *recipe = finder_recipe_to_text (state->recipe);

  return ! g_strcmp0 (facet_tensor_file_get_metadata (file, "format"),
                      FORMAT) &&
         ! g_strcmp0 (facet_tensor_file_get_metadata (file, "recipe"),
                      recipe) &&
         read_integer (file, "seed") == (gint64) state->seed &&
         read_integer (file, "faces") == state->album->n_faces &&
         read_integer (file, "photos") == state->album->photos->len;
}

gboolean
finder_state_load (FinderState *state, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, error);

  if (! file)
    return FALSE;
  if (! is_of (state, file))
    return fail (error, path, "recipe, seed, photos");
  state->coarse.step = (gint) read_integer (file, "coarse_step");
  state->fine.step = (gint) read_integer (file, "fine_step");
  state->points.step = (gint) read_integer (file, "points_step");
  state->n_minings = (gint) read_integer (file, "minings");
  *nn_adam_get_step (state->coarse.adam) = read_integer (file,
                                                         "coarse_adam_step");
  *nn_adam_get_step (state->fine.adam) = read_integer (file, "fine_adam_step");
  *nn_adam_get_step (state->points.adam) = read_integer (file,
                                                         "points_adam_step");
  if (state->coarse.step < 0 || state->fine.step < 0 || state->points.step < 0)
    return fail (error, path, "coarse_step");
  return for_each_in_part (&state->coarse, read_state, file, error) &&
         for_each_in_part (&state->fine, read_state, file, error) &&
         for_each_in_part (&state->points, read_state, file, error) &&
         read_negatives (state, file, error);
}
