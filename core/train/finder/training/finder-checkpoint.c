/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A safetensors file: the learners' states (facet-state.h), the mined negatives
 * as rows of five numbers, the rest as metadata.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <train/loop/facet-state.h>
#include "finder-checkpoint.h"

#define FORMAT "facet-finder-checkpoint-1"
#define NEGATIVE_NUMBERS 5

/* --- writing -----------------------------------------------------------------
 */

/* "coarse_step" and so on. */
static gchar *
part_key (const FinderPart *part, const gchar *what)
{
  return g_strconcat (part->learner.name, what, NULL);
}

static void
write_steps (FacetTensorWriter *writer, const FinderState *state)
{
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    {
      const FinderPart *part = &state->parts[p];
      g_autofree gchar *key = part_key (part, "_step");

      facet_state_write_integer (writer, key, part->step);
    }
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    {
      const FinderPart *part = &state->parts[p];
      g_autofree gchar *key = part_key (part, "_adam_step");

      facet_state_write_integer (writer, key,
                                 *nn_adam_get_step (part->learner.adam));
    }
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
  facet_state_write_integer (writer, "seed", (gint64) state->seed);
  facet_state_write_integer (writer, "faces", state->album->n_faces);
  facet_state_write_integer (writer, "photos", state->album->photos->len);
  write_steps (writer, state);
  facet_state_write_integer (writer, "minings", state->n_minings);
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    facet_state_write_learner (writer, &state->parts[p].learner);
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
read_part (FinderPart *part, FacetTensorFile *file, GError **error)
{
  g_autofree gchar *step = part_key (part, "_step");
  g_autofree gchar *adam = part_key (part, "_adam_step");

  part->step = (gint) facet_state_read_integer (file, step);
  if (part->step < 0)
    return fail (error, _ ("the checkpoint"), step);
  *nn_adam_get_step (part->learner.adam) = facet_state_read_integer (file,
                                                                     adam);
  return facet_state_read_learner (file, &part->learner, error);
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
         facet_state_read_integer (file, "seed") == (gint64) state->seed &&
         facet_state_read_integer (file, "faces") == state->album->n_faces &&
         facet_state_read_integer (file, "photos") == state->album->photos->len;
}

gboolean
finder_state_load (FinderState *state, const gchar *path, GError **error)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, error);

  if (! file)
    return FALSE;
  if (! is_of (state, file))
    return fail (error, path, "recipe, seed, photos");
  state->n_minings = (gint) facet_state_read_integer (file, "minings");
  for (gint p = 0; p < FINDER_N_PARTS; p++)
    if (! read_part (&state->parts[p], file, error))
      return FALSE;
  return read_negatives (state, file, error);
}
