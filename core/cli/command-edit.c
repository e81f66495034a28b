/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * facet edit: changes the face of a photo.
 */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include "commands.h"
#include "common.h"

typedef struct
{
  gchar *model;
  gchar *output;
  gchar **settings;
  gchar *latents;
  gchar *region;
  gchar *points;
  gint face;
  gchar *detail;
  gdouble strength;
  gdouble feather;
  gdouble grain;
  gboolean refine;
  gchar **arguments;
} Options;

/* By their place in FacetMode. */
static const gchar *const modes[] = { "keep", "difference", "reconstruction",
                                      NULL };

static gboolean
check_option (gboolean right, const gchar *message, GError **error)
{
  if (! right)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                         message);
  return right;
}

static gboolean
is_within (gdouble value, gdouble most)
{
  return value >= 0.0 && value <= most;
}

static gboolean
check_options (const Options *options, GError **error)
{
  return check_option (options->model && options->output &&
                           options->arguments &&
                           g_strv_length (options->arguments) == 1,
                       _ ("usage: facet edit PHOTO -m MODEL [--set "
                          "NAME=VALUE]… [--latents A,B,…] [--region X,Y,W,H] "
                          "[--points X,Y,…] [--face N] -o OUT"),
                       error) &&
         check_option (! options->region || ! options->points,
                       _ ("--region and --points: give one of the two"),
                       error) &&
         check_option (options->face >= 0,
                       _ ("--face: it is the number of a face, from 1, or 0"),
                       error) &&
         check_option (! options->detail ||
                           g_strv_contains (modes, options->detail),
                       _ ("--detail: it is keep, difference or reconstruction"),
                       error) &&
         check_option (is_within (options->strength, 1.0),
                       _ ("--strength: it is a number from 0 to 1"), error) &&
         check_option (is_within (options->feather, 0.5),
                       _ ("--feather: it is a number from 0 to 0.5"), error) &&
         check_option (is_within (options->grain, 1.0),
                       _ ("--grain: it is a number from 0 to 1"), error) &&
         photo_file_check_name (options->output, error);
}

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model,
      N_ ("a name or a file"), "MODEL" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("the photo to write: .png or .jpg"), "OUT" },
    { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &options->settings,
      N_ ("a direction or a component by its number, in σ: smile=1.5, 3=-2"),
      "NAME=VALUE" },
    { "latents", 0, 0, G_OPTION_ARG_STRING, &options->latents,
      N_ ("offsets of the first components, in σ"), "A,B,…" },
    { "region", 0, 0, G_OPTION_ARG_STRING, &options->region,
      N_ ("the square around the face, in pixels (default: where the finder "
          "finds one)"),
      "X,Y,W,H" },
    { "points", 0, 0, G_OPTION_ARG_STRING, &options->points,
      N_ ("where the face is: x,y in pixels of the eyes, the nose and the "
          "corners of the mouth, each pair from the left of the picture"),
      "X,Y,…" },
    { "face", 0, 0, G_OPTION_ARG_INT, &options->face,
      N_ ("which of the faces that are found, the widest is 1; 0 (default) is "
          "the widest whose middle is in the photo"),
      "N" },
    { "detail", 0, 0, G_OPTION_ARG_STRING, &options->detail,
      N_ ("keep (default): the photo's own pixels move; difference: what the "
          "model changes is added; reconstruction: the model's picture"),
      "keep|difference|reconstruction" },
    { "strength", 0, 0, G_OPTION_ARG_DOUBLE, &options->strength,
      N_ ("how much of the edit reaches the photo, 0…1 (default: 1)"), "S" },
    { "feather", 0, 0, G_OPTION_ARG_DOUBLE, &options->feather,
      N_ ("width of the soft border, 0…0.5 of the square (default: 0.1)"),
      "F" },
    { "grain", 0, 0, G_OPTION_ARG_DOUBLE, &options->grain,
      N_ ("how much of the photo's grain new parts get, 0…1 (default: 1)"),
      "G" },
    { "refine", 0, 0, G_OPTION_ARG_NONE, &options->refine,
      N_ ("look for a code that fits this face better"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &options->arguments, NULL, NULL },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new (_ ("PHOTO -m MODEL -o OUT"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return g_option_context_parse (context, argc, argv, error) &&
         check_options (options, error);
}

static void
clear_options (Options *options)
{
  g_free (options->model);
  g_free (options->output);
  g_strfreev (options->settings);
  g_free (options->latents);
  g_free (options->region);
  g_free (options->points);
  g_free (options->detail);
  g_strfreev (options->arguments);
}

static gboolean
check_not_the_same (const gchar *photo, const gchar *output, GError **error)
{
  GStatBuf of_photo, of_output;

  if (g_stat (photo, &of_photo) != 0 || g_stat (output, &of_output) != 0 ||
      of_photo.st_dev != of_output.st_dev ||
      of_photo.st_ino != of_output.st_ino)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               _ ("“%s” is the photo itself; choose another name to write to"),
               output);
  return FALSE;
}

/* What --latents and --set add up to, [n_axes or what --latents has]. */
static GArray *
collect_offsets (FacetModel *model, const Options *options, GError **error)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  g_autoptr (GArray) offsets = NULL;

  if (options->latents)
    offsets = facet_cli_parse_numbers ("--latents", options->latents, error);
  else
    offsets = g_array_new (FALSE, TRUE, sizeof (gdouble));
  if (! offsets)
    return NULL;
  for (gdouble zero = 0; (gint) offsets->len < latents->n_axes;)
    g_array_append_val (offsets, zero);
  for (gchar **setting = options->settings; setting && *setting; setting++)
    if (! facet_latents_parse (latents, *setting, (gdouble *) offsets->data,
                               error))
      return NULL;
  return g_steal_pointer (&offsets);
}

static void
apply_settings (FacetEdit *edit, const Options *options)
{
  for (gint i = 0; modes[i]; i++)
    if (g_strcmp0 (modes[i], options->detail) == 0)
      facet_edit_set_mode (edit, (FacetMode) i);
  facet_edit_set_strength (edit, options->strength);
  facet_edit_set_feather (edit, options->feather);
  facet_edit_set_grain (edit, options->grain);
}

static gboolean
refine (FacetEdit *edit, GError **error)
{
  g_autofree gfloat *code = facet_edit_refine_code (edit, NULL, NULL, NULL,
                                                    error);

  if (! code)
    return FALSE;
  facet_edit_set_code (edit, code);
  return TRUE;
}

static gboolean
edit_photo (FacetModel *model,
            const GArray *offsets,
            const FacetCrop *crop,
            const Options *options,
            PhotoFile *photo,
            GError **error)
{
  g_autoptr (FacetEdit) edit = facet_cli_edit_new (model, photo, crop, error);

  if (! edit || (options->refine && ! refine (edit, error)))
    return FALSE;
  apply_settings (edit, options);
  return facet_edit_render (edit, (const gdouble *) offsets->data,
                            (gint) offsets->len, photo->pixels,
                            (gint) photo_file_get_stride (photo), error);
}

static int
run (const Options *options)
{
  const gchar *path = options->arguments[0];
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (GArray) offsets = NULL;
  g_autoptr (PhotoFile) photo = NULL;
  const FacetCliPlace place = { options->region, options->points,
                                options->face };
  FacetCrop crop;

  if (! check_not_the_same (path, options->output, &error) ||
      ! (model = facet_model_load (options->model, &error)) ||
      ! (offsets = collect_offsets (model, options, &error)) ||
      ! (photo = facet_cli_load_photo ("edit", path, &error)) ||
      ! facet_cli_choose_crop (&place, photo, &crop, &error) ||
      ! edit_photo (model, offsets, &crop, options, photo, &error) ||
      ! photo_file_save (photo, options->output, &error))
    return g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE) ?
               facet_cli_usage ("edit", error) :
               facet_cli_fail ("edit", error);
  return EXIT_DONE;
}

int
facet_command_edit (int argc, char **argv)
{
  Options options = {
    .strength = 1.0,
    .feather = 0.1,
    .grain = 1.0,
  };
  g_autoptr (GError) error = NULL;
  int status;

  if (parse_options (&argc, &argv, &options, &error))
    {
      facet_cli_init_babl ();
      status = run (&options);
      babl_exit ();
    }
  else
    status = facet_cli_usage ("edit", error);
  clear_options (&options);
  return status;
}
