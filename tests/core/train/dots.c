/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <nn/nn.h>
#include <train/autoencoder/facet-latent-fit.h>
#include "dots.h"

const gchar dots_model_text[] = DOTS_RECIPE "directions = brightness\n";

FacetData *
new_dots (gint side)
{
  g_autofree gchar *folder = g_dir_make_tmp ("facet-test-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "dots", NULL);
  g_autoptr (GByteArray) idx = g_byte_array_new ();
  const guint8 header[] = { 0, 0, 8, 3,
                            0, 0, 0, N_PHOTOS,
                            0, 0, 0, (guint8) side,
                            0, 0, 0, (guint8) side };
  FacetData *data = facet_data_new ((NnShape) { side, side, 1 }, FALSE);

  g_byte_array_append (idx, header, sizeof header);
  for (guint64 i = 0; i < N_PHOTOS; i++)
    for (gint p = 0; p < side * side; p++)
      {
        const gfloat x = p % side / (gfloat) side - 0.3f -
                         0.4f * nn_random_uniform (7, 3 * i);
        const gfloat y = p / side / (gfloat) side - 0.3f -
                         0.4f * nn_random_uniform (7, 3 * i + 1);
        const gfloat level = 60 + 180 * nn_random_uniform (7, 3 * i + 2);
        const guint8 value = (guint8) (level * expf (-20 * (x * x + y * y)));

        g_byte_array_append (idx, &value, 1);
      }
  g_assert_true (
      g_file_set_contents (path, (gchar *) idx->data, idx->len, NULL));
  g_assert_true (facet_data_add (data, path, NULL, 0, NULL));
  g_remove (path);
  g_rmdir (folder);
  return data;
}

FacetModel *
new_dots_model (const FacetData *data)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (dots_model_text, -1, "test", NULL);
  FacetModel *model = facet_model_new (recipe, 3, NULL);

  g_assert_true (facet_latents_fit_model (model, data, NULL));
  return model;
}
