/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading and writing the arguments.  The dialog writes what its sliders show
 * through the same text that a script would give, so that repeating an edit is
 * the same edit.
 */
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "edit-arguments.h"
#include "layer/facet-layer.h"

static const gdouble *get_numbers (GimpProcedureConfig *config,
                                   const gchar *name,
                                   GimpArray **array,
                                   gsize *n_numbers);
static void set_numbers (GimpProcedureConfig *config,
                         const gchar *name,
                         const gdouble *numbers,
                         gsize n_numbers);
static gboolean check_finite (const gchar *name,
                              const gdouble *numbers,
                              gsize n_numbers,
                              GError **error);
static gboolean check_latents (const gdouble *latents,
                               gsize n_latents,
                               FacetModel *model,
                               GError **error);
static void read_words (const FacetLatents *latents,
                        const gchar *settings,
                        gdouble *values);
static void
set_latents (GimpProcedureConfig *config, const gdouble *values, gint n_values);

/* x and y of each */
#define N_POINT_NUMBERS (2 * FACET_N_POINTS)

static const gchar *const details[] = { "keep", "difference", "reconstruction",
                                        NULL };

static void
add_edit_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_string_argument (procedure, "model", _ ("_Model"),
                                      _ ("Name of a model, or its file"),
                                      "faces", G_PARAM_READWRITE);
  gimp_procedure_add_double_array_argument (
      procedure, "latents", _ ("Latents"),
      _ ("Offsets of the components from the photo's own, in standard "
         "deviations of the training faces; missing ones are 0"),
      G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (
      procedure, "settings", _ ("Settings"),
      _ ("Added to the latents: named directions and components by number, as "
         "in “smile=1.5 3=-2”"),
      "", G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (
      procedure, "find-face", _ ("_Find the face"),
      _ ("Look for the face in the selection or layer; off, the square around "
         "it is taken as the face"),
      TRUE, G_PARAM_READWRITE);
  /* which face it is, and where, says nothing about another photo */
  gimp_procedure_add_int_argument (
      procedure, "face", _ ("Face"),
      _ ("Which of the faces that are found, the widest is 1; 0 is the one in "
         "the selection or, without one, the widest whose middle is in the "
         "layer"),
      0, FACET_LAYER_LAST_FACE, 0,
      G_PARAM_READWRITE | GIMP_PARAM_DONT_SERIALIZE);
  gimp_procedure_add_double_array_argument (
      procedure, "points", _ ("Points"),
      _ ("Where the face is, instead of looking for it: x and y, in the "
         "layer's pixels, of right eye, left eye, tip of the nose, right and "
         "left corner of the mouth, the right ones being those on the left of "
         "an upright picture; empty: look for it"),
      G_PARAM_READWRITE | GIMP_PARAM_DONT_SERIALIZE);
}

static void
add_blending_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_string_argument (
      procedure, "detail", _ ("D_etail"),
      _ ("“keep”: the photo's own pixels move; “difference”: what the model "
         "changes is added to the photo; “reconstruction”: the model's "
         "picture"),
      details[FACET_MODE_KEEP_DETAIL], G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (
      procedure, "strength", _ ("Streng_th"),
      _ ("How much of the edit reaches the photo"), 0, 1, 1, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (
      procedure, "feather", _ ("Feat_her"),
      _ ("Width of the soft border, in sides of the face's square"), 0, 0.5,
      0.1, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (
      procedure, "grain", _ ("_Grain"),
      _ ("How much of the photo's grain new parts get"), 0, 1, 1,
      G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (
      procedure, "refine", _ ("Refi_ne"),
      _ ("Look for a code that fits this face better; takes about a second"),
      FALSE, G_PARAM_READWRITE);
}

void
edit_arguments_add (GimpProcedure *procedure)
{
  add_edit_arguments (procedure);
  add_blending_arguments (procedure);
}

FacetModel *
edit_arguments_load_model (const gchar *name, GError **error)
{
  FacetModel *model = facet_model_load (name, error);

  if (model == NULL)
    g_prefix_error (error, "model: ");
  return model;
}

gboolean
edit_arguments_set_up (GimpProcedureConfig *config,
                       FacetEdit *edit,
                       GError **error)
{
  g_autofree gchar *detail = NULL;
  gdouble strength, feather, grain;

  g_object_get (config, "detail", &detail, "strength", &strength, "feather",
                &feather, "grain", &grain, NULL);
  if (detail == NULL || ! g_strv_contains (details, detail))
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
                   _ ("detail: “%s” is not keep, difference or "
                      "reconstruction"),
                   detail != NULL ? detail : "");
      return FALSE;
    }
  for (gint i = 0; details[i] != NULL; i++)
    if (g_str_equal (details[i], detail))
      facet_edit_set_mode (edit, (FacetMode) i);
  facet_edit_set_strength (edit, strength);
  facet_edit_set_feather (edit, feather);
  facet_edit_set_grain (edit, grain);
  return TRUE;
}

gboolean
edit_arguments_get_points (GimpProcedureConfig *config,
                           FacetPoint *points,
                           gboolean *given,
                           GError **error)
{
  GimpArray *array = NULL;
  gsize n;
  const gdouble *numbers = get_numbers (config, "points", &array, &n);
  gboolean good = n == 0 || n == N_POINT_NUMBERS;

  if (! good)
    g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
                 _ ("points: they are %d numbers, x and y of each point, not "
                    "%d"),
                 N_POINT_NUMBERS, (gint) n);
  good = good && check_finite ("points", numbers, n, error);
  *given = good && n > 0;
  for (gint i = 0; *given && i < FACET_N_POINTS; i++)
    points[i] = (FacetPoint) { numbers[2 * i], numbers[2 * i + 1] };
  if (array != NULL)
    g_boxed_free (GIMP_TYPE_DOUBLE_ARRAY, array);
  return good;
}

void
edit_arguments_set_points (GimpProcedureConfig *config,
                           const FacetPoint *points)
{
  gdouble numbers[N_POINT_NUMBERS];

  for (gint i = 0; points != NULL && i < FACET_N_POINTS; i++)
    {
      numbers[2 * i] = points[i].x;
      numbers[2 * i + 1] = points[i].y;
    }
  set_numbers (config, "points", points != NULL ? numbers : NULL,
               points != NULL ? N_POINT_NUMBERS : 0);
}

gdouble *
edit_arguments_get_offsets (GimpProcedureConfig *config,
                            FacetModel *model,
                            GError **error)
{
  const FacetLatents *space = facet_model_get_latents (model);
  g_autofree gdouble *offsets = g_new0 (gdouble, space->n_axes + 1);
  g_autofree gchar *settings = NULL;
  GimpArray *array = NULL;
  gsize n_latents;
  const gdouble *latents = get_numbers (config, "latents", &array, &n_latents);
  gboolean good = check_latents (latents, n_latents, model, error);

  if (good && n_latents > 0)
    memcpy (offsets, latents, n_latents * sizeof *offsets);
  if (array != NULL)
    g_boxed_free (GIMP_TYPE_DOUBLE_ARRAY, array);
  if (! good)
    return NULL;

  g_object_get (config, "settings", &settings, NULL);
  if (settings != NULL &&
      ! facet_latents_parse (space, settings, offsets, error))
    {
      g_prefix_error (error, "settings: ");
      return NULL;
    }
  return g_steal_pointer (&offsets);
}

gdouble *
edit_arguments_get_values (GimpProcedureConfig *config, FacetModel *model)
{
  const FacetLatents *space = facet_model_get_latents (model);
  gdouble *values = g_new0 (gdouble, space->n_directions + space->n_axes + 1);
  g_autofree gdouble *offsets = edit_arguments_get_offsets (config, model,
                                                            NULL);
  g_autofree gchar *settings = NULL;
  GimpArray *array = NULL;
  gsize n_latents;
  const gdouble *latents;

  if (offsets == NULL)
    return values;
  latents = get_numbers (config, "latents", &array, &n_latents);
  if (n_latents > 0)
    memcpy (values + space->n_directions, latents, n_latents * sizeof *values);
  if (array != NULL)
    g_boxed_free (GIMP_TYPE_DOUBLE_ARRAY, array);

  g_object_get (config, "settings", &settings, NULL);
  if (settings != NULL)
    read_words (space, settings, values);
  return values;
}

void
edit_arguments_set_values (GimpProcedureConfig *config,
                           FacetModel *model,
                           const gdouble *values)
{
  const FacetLatents *space = facet_model_get_latents (model);
  g_autoptr (GString) settings = g_string_new (NULL);

  for (gint i = 0; i < space->n_directions; i++)
    {
      gchar number[G_ASCII_DTOSTR_BUF_SIZE];

      if (values[i] == 0.0)
        continue;
      g_string_append_printf (settings, "%s%s=%s", settings->len > 0 ? " " : "",
                              space->directions[i].name,
                              g_ascii_dtostr (number, sizeof number,
                                              values[i]));
    }
  g_object_freeze_notify (G_OBJECT (config));
  g_object_set (config, "settings", settings->str, NULL);
  set_latents (config, values + space->n_directions, space->n_axes);
  g_object_thaw_notify (G_OBJECT (config));
}

void
edit_arguments_set_face (GimpProcedureConfig *config, gint face)
{
  g_object_freeze_notify (G_OBJECT (config));
  g_object_set (config, "face", face, NULL);
  edit_arguments_set_points (config, NULL);
  g_object_thaw_notify (G_OBJECT (config));
}

void
edit_arguments_set_model (GimpProcedureConfig *config, const gchar *name)
{
  g_object_freeze_notify (G_OBJECT (config));
  g_object_set (config, "model", name, "settings", "", NULL);
  set_latents (config, NULL, 0);
  g_object_thaw_notify (G_OBJECT (config));
}

/* --- numbers ------------------------------------------------------------ */

/* The numbers belong to *@array. */
static const gdouble *
get_numbers (GimpProcedureConfig *config,
             const gchar *name,
             GimpArray **array,
             gsize *n_numbers)
{
  const gdouble *numbers = NULL;

  *n_numbers = 0;
  g_object_get (config, name, array, NULL);
  if (*array != NULL)
    numbers = gimp_double_array_get_values (*array, n_numbers);
  if (numbers == NULL)
    *n_numbers = 0;
  return numbers;
}

static void
set_numbers (GimpProcedureConfig *config,
             const gchar *name,
             const gdouble *numbers,
             gsize n_numbers)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, GIMP_TYPE_DOUBLE_ARRAY);
  gimp_value_set_double_array (&value, n_numbers > 0 ? numbers : NULL,
                               n_numbers);
  g_object_set_property (G_OBJECT (config), name, &value);
  g_value_unset (&value);
}

static gboolean
check_finite (const gchar *name,
              const gdouble *numbers,
              gsize n_numbers,
              GError **error)
{
  for (gsize i = 0; i < n_numbers; i++)
    if (! isfinite (numbers[i]))
      {
        g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
                     _ ("%s: number %d is not a finite number"), name,
                     (gint) i + 1);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_latents (const gdouble *latents,
               gsize n_latents,
               FacetModel *model,
               GError **error)
{
  const gint n_axes = facet_model_get_latents (model)->n_axes;

  if (n_latents > (gsize) n_axes)
    {
      g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT,
                   _ ("latents: %d numbers are too many; the model “%s” has %d "
                      "components"),
                   (gint) n_latents, facet_model_get_recipe (model)->name,
                   n_axes);
      return FALSE;
    }
  return check_finite ("latents", latents, n_latents, error);
}

/* Without the zeros at the end. */
static void
set_latents (GimpProcedureConfig *config, const gdouble *values, gint n_values)
{
  while (n_values > 0 && values[n_values - 1] == 0.0)
    n_values--;
  set_numbers (config, "latents", values, n_values);
}

/* --- settings ----------------------------------------------------------- */

/* Adds the words of @settings, which facet_latents_parse () has accepted, to
 * the slider that each of them names. */
static void
read_words (const FacetLatents *latents, const gchar *settings, gdouble *values)
{
  g_auto (GStrv) words = g_strsplit_set (settings, " \t\r\n,", -1);

  for (gint w = 0; words[w] != NULL; w++)
    {
      gchar *equals = strchr (words[w], '=');
      gdouble value;
      gint place = -1;

      if (equals == NULL)
        continue;
      *equals = '\0';
      value = g_ascii_strtod (equals + 1, NULL);
      for (gint i = 0; i < latents->n_directions && place < 0; i++)
        if (strcmp (latents->directions[i].name, words[w]) == 0)
          place = i;
      if (place < 0)
        place = latents->n_directions +
                (gint) g_ascii_strtoll (words[w], NULL, 10) - 1;
      if (place >= 0 && place < latents->n_directions + latents->n_axes)
        values[place] += value;
    }
}
