/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes two small models, not trained, that the tests of the plug-in use:
 * `faces`, in colour, with named directions, and `digits`, gray, with two
 * components.  Their numbers mean nothing, but they move pixels, and are the
 * same each time.
 *
 *   make-models FOLDER
 */
#include <model/facet-model.h>

static const gchar faces[] = "[model]\n"
                             "name = faces\n"
                             "kind = VAE\n"
                             "input_dim = 32;32;3\n"
                             "encoder_conv_filters = 8;16\n"
                             "encoder_conv_kernel_size = 4;4\n"
                             "encoder_conv_strides = 2;2\n"
                             "z_dim = 12\n"
                             "decoder_conv_t_filters = 8;3\n"
                             "decoder_conv_t_kernel_size = 4;4\n"
                             "decoder_conv_t_strides = 2;2\n"
                             "use_batch_norm = false\n"
                             "use_dropout = false\n"
                             "[training]\n"
                             "licence = CC0-1.0\n"
                             "description = for tests\n";

static const gchar digits[] = "[model]\n"
                              "name = digits\n"
                              "kind = AE\n"
                              "input_dim = 28;28;1\n"
                              "encoder_conv_filters = 8;16\n"
                              "encoder_conv_kernel_size = 3;3\n"
                              "encoder_conv_strides = 2;2\n"
                              "z_dim = 2\n"
                              "decoder_conv_t_filters = 8;1\n"
                              "decoder_conv_t_kernel_size = 3;3\n"
                              "decoder_conv_t_strides = 2;2\n"
                              "use_batch_norm = false\n"
                              "use_dropout = false\n"
                              "[training]\n"
                              "licence = CC0-1.0\n"
                              "description = for tests\n";

/* Fresh weights hardly answer to a code: large steps make up for it. */
#define SIGMA 8.0f

static void
add_directions (FacetLatents *latents)
{
  const gchar *const names[][2] = { { "smile", "Smile" }, { "age", "Age" } };

  latents->n_directions = G_N_ELEMENTS (names);
  latents->directions = g_new0 (FacetDirection, G_N_ELEMENTS (names));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      FacetDirection *direction = &latents->directions[i];

      direction->name = g_strdup (names[i][0]);
      direction->label = g_strdup (names[i][1]);
      direction->unit = g_strdup ("one standard deviation");
      direction->minimum = -3;
      direction->maximum = 3;
      direction->vector = g_new0 (gfloat, latents->z_dim);
      direction->vector[2 * i] = SIGMA;
      direction->vector[2 * i + 1] = -SIGMA;
    }
}

static gboolean
write_model (const gchar *text,
             gboolean directions,
             const gchar *folder,
             GError **error)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (text, -1, "make-models", error);
  g_autoptr (FacetModel) model = recipe ? facet_model_new (recipe, 1, error) :
                                          NULL;
  g_autofree gchar *file = NULL;
  g_autofree gchar *path = NULL;
  FacetLatents *latents;

  if (! model)
    return FALSE;
  latents = facet_model_get_latents (model);
  for (gint i = 0; i < latents->n_axes; i++)
    latents->sigma[i] = SIGMA;
  if (directions)
    add_directions (latents);
  file = g_strconcat (recipe->name, ".safetensors", NULL);
  path = g_build_filename (folder, file, NULL);
  return facet_model_save (model, path, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 2)
    {
      g_printerr ("Usage: make-models FOLDER\n");
      return 2;
    }
  if (g_mkdir_with_parents (argv[1], 0755) == 0 &&
      write_model (faces, TRUE, argv[1], &error) &&
      write_model (digits, FALSE, argv[1], &error))
    return 0;
  g_printerr ("make-models: %s\n",
              error ? error->message : "cannot make the folder");
  return 1;
}
