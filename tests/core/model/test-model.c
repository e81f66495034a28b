/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model comes back from its file as it was, and a file that is anything else
 * is refused by name.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <model/facet-model.h>
#include <model/facet-safetensors.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "small-recipe.h"

#define Z_DIM 5
#define CROP (8 * 8 * 3)

/* Its numbers all moved off their defaults, with directions and notes. */
static FacetModel *
new_small (void)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (small_recipe, -1, "small", NULL);
  FacetModel *model = facet_model_new (recipe, 1, NULL);
  NnNetwork *networks[] = { facet_model_get_encoder (model),
                            facet_model_get_decoder (model) };
  gfloat codes[20 * Z_DIM];
  FacetLatents *latents;

  for (gsize n = 0; n < G_N_ELEMENTS (networks); n++)
    for (int i = 0; i < nn_network_get_n_parameters (networks[n]); i++)
      {
        NnParameter *p = nn_network_get_parameter (networks[n], i);

        for (gsize v = 0; v < p->n_values; v++)
          p->value[v] += 0.2f *
                         nn_random_uniform (n + 10, (guint64) i * 999 + v);
      }
  facet_model_parameters_changed (model);
  for (gint i = 0; i < 20 * Z_DIM; i++)
    codes[i] = nn_random_normal (2, (guint64) i);
  latents = facet_latents_new_fit (codes, 20, Z_DIM);
  facet_latents_append_direction (latents, "smile", "Smile", "from no to yes",
                                  -3, 3, codes);
  facet_latents_append_direction (latents, "age", "Age", NULL, -2, 2.5,
                                  codes + Z_DIM);
  facet_model_set_latents (model, latents);
  facet_model_set_note (model, "data", "twenty \"faces\"");
  facet_model_set_note (model, "epochs", "7");
  return model;
}

typedef struct
{
  gchar *folder;
  gchar *path;
} Place;

static void
place_set_up (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = new_small ();

  place->folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "small.safetensors", NULL);
  g_assert_true (facet_model_save (model, place->path, NULL));
}

static void
place_tear_down (Place *place, gconstpointer data)
{
  g_unlink (place->path);
  g_rmdir (place->folder);
  g_free (place->path);
  g_free (place->folder);
}

static void
a_saved_model_comes_back (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = new_small ();
  g_autoptr (FacetModel) loaded = facet_model_load (place->path, NULL);
  const FacetLatents *latents = facet_model_get_latents (model);
  const FacetLatents *again;
  g_autoptr (GPtrArray) notes = NULL;
  gfloat crop[2][CROP], code[2][Z_DIM];

  g_assert_nonnull (loaded);
  again = facet_model_get_latents (loaded);
  for (gint i = 0; i < Z_DIM; i++)
    code[0][i] = nn_random_normal (5, (guint64) i);
  facet_model_decode (model, 1, code[0], crop[0]);
  facet_model_decode (loaded, 1, code[0], crop[1]);
  g_assert_cmpmem (crop[0], sizeof crop[0], crop[1], sizeof crop[1]);
  facet_model_encode (model, 1, crop[0], code[0]);
  facet_model_encode (loaded, 1, crop[0], code[1]);
  g_assert_cmpmem (code[0], sizeof code[0], code[1], sizeof code[1]);

  g_assert_cmpint (again->n_axes, ==, latents->n_axes);
  g_assert_cmpmem (again->axes, Z_DIM * Z_DIM * sizeof (gfloat), latents->axes,
                   Z_DIM * Z_DIM * sizeof (gfloat));
  g_assert_cmpmem (again->high, Z_DIM * sizeof (gfloat), latents->high,
                   Z_DIM * sizeof (gfloat));
  g_assert_cmpint (again->n_directions, ==, 2);
  g_assert_cmpstr (again->directions[0].unit, ==, "from no to yes");
  g_assert_cmpstr (again->directions[1].name, ==, "age");
  g_assert_cmpstr (again->directions[1].label, ==, "Age");
  g_assert_cmpfloat (again->directions[1].maximum, ==, 2.5);
  g_assert_cmpmem (again->directions[1].vector, Z_DIM * sizeof (gfloat),
                   latents->directions[1].vector, Z_DIM * sizeof (gfloat));
  notes = facet_model_list_notes (loaded);
  g_assert_cmpint (notes->len, ==, 2);
  g_assert_cmpstr (facet_model_get_note (loaded, "data"), ==,
                   "twenty \"faces\"");
}

static void
the_same_seed_gives_the_same_file (Place *place, gconstpointer data)
{
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;
  g_autoptr (FacetModel) model = new_small ();
  gsize first_length, second_length;

  g_assert_true (
      g_file_get_contents (place->path, &first, &first_length, NULL));
  g_assert_true (facet_model_save (model, place->path, NULL));
  g_assert_true (
      g_file_get_contents (place->path, &second, &second_length, NULL));
  g_assert_cmpmem (first, first_length, second, second_length);
}

static void
a_vae_encodes_to_the_means (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = facet_model_load (place->path, NULL);
  NnTape *tape = nn_tape_new (facet_model_get_encoder (model), 1);
  gfloat crop[CROP], code[Z_DIM];
  const gfloat *both;

  for (gint i = 0; i < CROP; i++)
    crop[i] = nn_random_uniform (6, (guint64) i);
  facet_model_encode (model, 1, crop, code);
  both = nn_tape_forward (tape, NN_FROZEN, 1, crop, 0);
  for (gint i = 0; i < Z_DIM; i++)
    {
      g_assert_cmpfloat (fabsf (both[i]), >, 1e-3);
      g_assert_cmpfloat_with_epsilon (code[i], both[i], 1e-5);
    }
  nn_tape_free (tape);
}

static void
a_batch_gives_each_its_own_bytes (Place *place, gconstpointer data)
{
  enum
  {
    BATCH = 70
  };
  g_autoptr (FacetModel) model = facet_model_load (place->path, NULL);
  g_autofree gfloat *codes = g_new (gfloat, BATCH * Z_DIM);
  g_autofree gfloat *crops = g_new (gfloat, BATCH * CROP);
  g_autofree gfloat *encoded = g_new (gfloat, BATCH * Z_DIM);

  for (gint i = 0; i < BATCH * Z_DIM; i++)
    codes[i] = nn_random_normal (7, (guint64) i);
  facet_model_decode (model, BATCH, codes, crops);
  facet_model_encode (model, BATCH, crops, encoded);
  for (gint i = 0; i < BATCH; i++)
    {
      gfloat crop[CROP], code[Z_DIM];

      facet_model_decode (model, 1, codes + i * Z_DIM, crop);
      g_assert_cmpmem (crop, sizeof crop, crops + i * CROP, sizeof crop);
      facet_model_encode (model, 1, crop, code);
      g_assert_cmpmem (code, sizeof code, encoded + i * Z_DIM, sizeof code);
    }
}

static void
changed_parameters_are_seen (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = facet_model_load (place->path, NULL);
  NnNetwork *decoder = facet_model_get_decoder (model);
  const gfloat code[Z_DIM] = { 1, 2, 3 };
  gfloat before[CROP], after[CROP];

  facet_model_decode (model, 1, code, before);
  nn_network_get_parameter (decoder, 1)->value[0] += 1;
  facet_model_parameters_changed (model);
  facet_model_decode (model, 1, code, after);
  g_assert_cmpint (memcmp (before, after, sizeof before), !=, 0);
}

static void
a_loaded_model_does_not_need_its_file (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = new_small ();
  g_autoptr (FacetModel) replaced = facet_model_load (place->path, NULL);
  g_autoptr (FacetModel) removed = facet_model_load (place->path, NULL);
  const gfloat code[Z_DIM] = { 1, 2, 3 };
  gfloat expected[CROP], crop[CROP];
  NnNetwork *encoder;

  facet_model_decode (model, 1, code, expected);
  nn_network_get_parameter (facet_model_get_decoder (model), 0)->value[0] += 9;
  g_assert_true (facet_model_save (model, place->path, NULL));
  facet_model_decode (replaced, 1, code, crop);
  g_assert_cmpmem (crop, sizeof crop, expected, sizeof expected);
  g_unlink (place->path);
  facet_model_decode (removed, 1, code, crop);
  g_assert_cmpmem (crop, sizeof crop, expected, sizeof expected);
  encoder = facet_model_get_encoder (removed);
  g_assert_cmpfloat (
      nn_network_get_parameter (encoder, 0)->value[0], ==,
      nn_network_get_parameter (facet_model_get_encoder (model), 0)->value[0]);
  g_assert_true (facet_model_save (replaced, place->path, NULL));
}

/* Of digits as the article has them, but not trained. */
static void
half_storage_halves_the_file_and_hardly_shows (Place *place, gconstpointer data)
{
  g_autofree gchar *source = g_build_filename (g_getenv ("FACET_SOURCE_ROOT"),
                                               "weights", "digits.recipe",
                                               NULL);
  g_autoptr (FacetRecipe) recipe = facet_recipe_load (source, NULL);
  g_autofree gfloat *crops = g_new (gfloat, 2 * 28 * 28);
  const gfloat code[] = { 1.5f, -0.5f };
  GStatBuf status[2];

  for (gint half = 0; half < 2; half++)
    {
      g_autoptr (FacetModel) model = NULL;
      g_autoptr (FacetModel) loaded = NULL;

      recipe->half_storage = half;
      model = facet_model_new (recipe, 3, NULL);
      g_assert_true (facet_model_save (model, place->path, NULL));
      g_assert_cmpint (g_stat (place->path, &status[half]), ==, 0);
      loaded = facet_model_load (place->path, NULL);
      g_assert_nonnull (loaded);
      g_assert_cmpint (facet_model_get_recipe (loaded)->half_storage, ==, half);
      facet_model_decode (loaded, 1, code, crops + half * 28 * 28);
    }
  g_assert_cmpfloat ((gdouble) status[1].st_size / status[0].st_size, <, 0.52);
  for (gint i = 0; i < 28 * 28; i++)
    g_assert_cmpfloat_with_epsilon (crops[i], crops[28 * 28 + i], 0.1 / 255);
}

/* Codes and crops of a batch of four, as @model makes them. */
static void
run_both_ways (FacetModel *model, gfloat *codes, gfloat *crops)
{
  for (gint i = 0; i < 4 * Z_DIM; i++)
    codes[i] = nn_random_normal (5, (guint64) i);
  facet_model_decode (model, 4, codes, crops);
  facet_model_encode (model, 4, crops, codes);
}

/* Out of the mapped file, and from the networks' own numbers. */
static void
halves_run_as_the_numbers_that_they_are (Place *place, gconstpointer data)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (small_recipe, -1, "small", NULL);
  g_autoptr (FacetModel) model = NULL;
  g_autoptr (FacetModel) loaded = NULL;
  gfloat codes[2][4 * Z_DIM], crops[2][4 * CROP];

  recipe->half_storage = TRUE;
  model = facet_model_new (recipe, 3, NULL);
  g_assert_true (facet_model_save (model, place->path, NULL));
  loaded = facet_model_load (place->path, NULL);
  g_assert_nonnull (loaded);
  run_both_ways (loaded, codes[0], crops[0]);
  facet_model_get_encoder (loaded);
  facet_model_parameters_changed (loaded);
  run_both_ways (loaded, codes[1], crops[1]);
  g_assert_cmpmem (codes[0], sizeof codes[0], codes[1], sizeof codes[1]);
  g_assert_cmpmem (crops[0], sizeof crops[0], crops[1], sizeof crops[1]);
}

/* --- damage -----------------------------------------------------------------
 */

/* One thing that is changed when a file is written again. */
typedef struct
{
  const gchar *drop;      /* the tensor that is left out                 */
  const gchar *rename;    /* the tensor that gets the name @to           */
  const gchar *to;        /* also: the text of metadata @key             */
  const gchar *key;       /* NULL @to: the key is left out               */
  const gchar *extra;     /* a tensor that is added                      */
  const gchar *flattened; /* the tensor that loses its dimensions        */
  const gchar *set;       /* the tensor whose first number becomes @value */
  gfloat value;
  const gchar *words; /* what the error says                         */
} Change;

static void
copy_tensor (FacetTensorFile *file,
             const FacetTensor *tensor,
             FacetTensorWriter *writer,
             GPtrArray *arrays,
             const Change *change)
{
  gfloat *values = g_new (gfloat, tensor->n_values + 1);
  gint n_dims = tensor->n_dims;
  gint dims[4];

  g_ptr_array_add (arrays, values);
  g_assert_true (facet_tensor_file_read (file, tensor, values, NULL));
  for (gint i = 0; i < n_dims; i++)
    dims[i] = (gint) tensor->dims[i];
  if (g_strcmp0 (change->flattened, tensor->name) == 0)
    {
      n_dims = 1;
      dims[0] = (gint) tensor->n_values;
    }
  if (g_strcmp0 (change->set, tensor->name) == 0)
    values[0] = change->value;
  if (g_strcmp0 (change->drop, tensor->name) != 0)
    facet_tensor_writer_add (writer,
                             g_strcmp0 (change->rename, tensor->name) == 0 ?
                                 change->to :
                                 tensor->name,
                             n_dims, dims, values, FALSE);
}

static void
rewrite (const gchar *path, const gchar *new_path, const Change *change)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, NULL);
  g_autoptr (GPtrArray) keys = facet_tensor_file_list_metadata (file);
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  const gfloat one = 1;
  const gint n = 1;

  for (guint i = 0; i < keys->len; i++)
    {
      const gchar *key = g_ptr_array_index (keys, i);

      if (g_strcmp0 (key, change->key) != 0)
        facet_tensor_writer_set_metadata (writer, key,
                                          facet_tensor_file_get_metadata (file,
                                                                          key));
      else if (change->to)
        facet_tensor_writer_set_metadata (writer, key, change->to);
    }
  for (gint i = 0; i < facet_tensor_file_get_n (file); i++)
    copy_tensor (file, facet_tensor_file_get (file, i), writer, arrays, change);
  if (change->extra)
    facet_tensor_writer_add (writer, change->extra, 1, &n, &one, FALSE);
  g_assert_true (facet_tensor_writer_save (writer, new_path, NULL));
}

static void
changed_files_are_refused_by_name (Place *place, gconstpointer data)
{
  static const Change changes[] = {
    { .drop = "encoder.0.kernel", .words = "encoder.0.kernel" },
    { .drop = "decoder.6.bias", .words = "decoder.6.bias" },
    { .drop = "latents.mean", .words = "latents.mean" },
    { .drop = "latents.sigma", .words = "latents.sigma" },
    { .drop = "latents.directions", .words = "latents.directions" },
    { .rename = "encoder.0.kernel",
      .to = "encoder.0.weight",
      .words = "encoder.0.kernel" },
    { .extra = "encoder.0.weight", .words = "no use for the tensor" },
    { .extra = "discriminator.0.kernel", .words = "discriminator.0.kernel" },
    { .flattened = "decoder.0.kernel",
      .words = "the shape [480], not [5, 96]" },
    { .flattened = "latents.axes", .words = "latents.axes" },
    { .set = "encoder.1.moving_variance",
      .value = -1,
      .words = "encoder.1.moving_variance" },
    { .set = "latents.sigma", .value = 0, .words = "σ of axis 1" },
    { .set = "latents.sigma", .value = -2, .words = "σ of axis 1" },
    { .set = "latents.sigma", .value = 1e30f, .words = "σ of axis 1" },
    { .set = "latents.low", .value = 1000, .words = "range of axis 1" },
    { .set = "latents.high", .value = 1e9f, .words = "range of axis 1" },
    { .set = "latents.axes", .value = 2, .words = "axis 1" },
    { .key = "format", .words = "another program" },
    { .key = "format", .to = "pt", .words = "another program" },
    { .key = "format", .to = "facet-checkpoint-1", .words = "finished model" },
    { .key = "format", .to = "facet-model-x", .words = "another program" },
    { .key = "format", .to = "facet-model-2", .words = "newer Facet" },
    { .key = "recipe", .words = "another program" },
    { .key = "recipe", .to = "", .words = "name" },
    { .key = "recipe", .to = "[model]\nname=x\n", .words = "kind" },
    { .key = "directions", .words = "latents.directions" },
    { .key = "directions", .to = "not one", .words = "directions" },
    { .key = "directions", .to = "", .words = "directions" },
    { .key = "directions",
      .to = "[smile]\nlabel=S\nminimum=-1\nmaximum=1\n",
      .words = "latents.directions" },
    { .key = "directions",
      .to = "[smile]\nlabel=S\nminimum=1\nmaximum=-1\n[age]\n",
      .words = "smile" },
    { .key = "directions",
      .to = "[smile]\nlabel=S\nminimum=-1\nmaximum=nan\n[age]\n",
      .words = "smile" },
    { .key = "directions",
      .to = "[3]\nlabel=S\nmaximum=1\n[age]\n",
      .words = "“3”" },
    { .key = "directions",
      .to = "[smile]\nmaximum=1\n[age]\n",
      .words = "smile" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree gchar *path = g_build_filename (place->folder,
                                                 "changed.safetensors", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (FacetModel) model = NULL;

      rewrite (place->path, path, &changes[i]);
      model = facet_model_load (path, &error);
      if (model)
        g_error ("change %d was not noticed", (gint) i);
      g_assert_true (error->domain == FACET_MODEL_ERROR);
      g_assert_nonnull (strstr (error->message, path));
      if (! strstr (error->message, changes[i].words))
        g_error ("“%s” does not say “%s”", error->message, changes[i].words);
      g_unlink (path);
    }
}

static void
an_unchanged_rewrite_loads (Place *place, gconstpointer data)
{
  const Change nothing = { 0 };
  const Change more_metadata = { .key = "training.data", .to = "others" };
  g_autoptr (FacetModel) model = NULL;

  rewrite (place->path, place->path, &nothing);
  rewrite (place->path, place->path, &more_metadata);
  model = facet_model_load (place->path, NULL);
  g_assert_nonnull (model);
  g_assert_cmpstr (facet_model_get_note (model, "data"), ==, "others");
}

static void
a_model_cut_off_anywhere_is_refused (Place *place, gconstpointer data)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (place->path, &status), ==, 0);
  for (gint64 length = status.st_size - 1; length >= 0; length -= 97)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (truncate (place->path, length), ==, 0);
      g_assert_null (facet_model_load (place->path, &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
    }
}

static void
a_recipe_larger_than_its_file_takes_no_memory (Place *place, gconstpointer data)
{
  static const gchar huge[] = "[model]\n"
                              "name = huge\n"
                              "kind = AE\n"
                              "input_dim = 512;512;3\n"
                              "encoder_conv_filters = 16;32\n"
                              "encoder_conv_kernel_size = 3;3\n"
                              "encoder_conv_strides = 4;2\n"
                              "z_dim = 500\n"
                              "decoder_conv_t_filters = 16;3\n"
                              "decoder_conv_t_kernel_size = 3;3\n"
                              "decoder_conv_t_strides = 2;4\n";
  const Change change = { .key = "recipe", .to = huge };
  const glong allowed_kb = 24 * 1024;
  struct rusage before, after;
  g_autoptr (GError) error = NULL;

  if (! g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  rewrite (place->path, place->path, &change);
  getrusage (RUSAGE_SELF, &before);
  g_assert_null (facet_model_load (place->path, &error));
  getrusage (RUSAGE_SELF, &after);
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_assert_cmpint (after.ru_maxrss - before.ru_maxrss, <, allowed_kb);
}

static void
a_diverged_model_is_not_saved (Place *place, gconstpointer data)
{
  g_autoptr (FacetModel) model = new_small ();
  g_autoptr (FacetModel) old = NULL;
  g_autoptr (GError) error = NULL;

  nn_network_get_parameter (facet_model_get_encoder (model), 0)->value[3] = NAN;
  g_assert_false (facet_model_save (model, place->path, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "encoder.0.kernel"));
  old = facet_model_load (place->path, NULL);
  g_assert_nonnull (old);
}

/* --- finding ----------------------------------------------------------------
 */

static void
models_are_found_by_name (Place *place, gconstpointer data)
{
  g_autofree gchar *other = g_build_filename (place->folder, "notes.txt", NULL);
  g_autofree gchar *finder = g_build_filename (place->folder,
                                               "finder.safetensors", NULL);
  g_autofree gchar *variable = g_strconcat ("/nowhere:", place->folder, NULL);
  g_autofree gchar *by_name = NULL;
  g_autofree gchar *by_file = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (FacetModel) model = NULL;

  g_setenv ("FACET_WEIGHTS_PATH", variable, TRUE);
  g_assert_true (g_file_set_contents (other, "x", 1, NULL));
  by_name = facet_model_find ("small", NULL);
  g_assert_cmpstr (by_name, ==, place->path);
  by_file = facet_model_find ("small.safetensors", NULL);
  g_assert_cmpstr (by_file, ==, place->path);
  g_assert_true (g_file_set_contents (finder, "x", 1, NULL));
  names = facet_model_list ();
  g_assert_true (g_strv_contains ((const gchar *const *) names, "small"));
  g_assert_false (g_strv_contains ((const gchar *const *) names, "finder"));
  g_assert_false (g_strv_contains ((const gchar *const *) names, "notes"));
  for (gchar **name = names; *name && name[1]; name++)
    g_assert_cmpint (strcmp (name[0], name[1]), <, 0);
  model = facet_model_load ("small", NULL);
  g_assert_nonnull (model);
  g_unlink (other);
  g_unlink (finder);
  g_unsetenv ("FACET_WEIGHTS_PATH");
}

static void
an_unknown_name_lists_those_there_are (Place *place, gconstpointer data)
{
  const gchar *names[] = { "smaller", "", "/nowhere/small", "../small" };

  g_setenv ("FACET_WEIGHTS_PATH", place->folder, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (facet_model_load (names[i], &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, names[i]));
      g_assert_nonnull (strstr (error->message, "small"));
    }
  g_unsetenv ("FACET_WEIGHTS_PATH");
}

static void
a_folder_is_no_model (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (facet_model_load (place->folder, &error));
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, place->folder));
}

#define ADD(function)                                                   \
  g_test_add ("/model/" #function, Place, NULL, place_set_up, function, \
              place_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_saved_model_comes_back);
  ADD (the_same_seed_gives_the_same_file);
  ADD (a_vae_encodes_to_the_means);
  ADD (a_batch_gives_each_its_own_bytes);
  ADD (changed_parameters_are_seen);
  ADD (a_loaded_model_does_not_need_its_file);
  ADD (half_storage_halves_the_file_and_hardly_shows);
  ADD (halves_run_as_the_numbers_that_they_are);
  ADD (changed_files_are_refused_by_name);
  ADD (an_unchanged_rewrite_loads);
  ADD (a_model_cut_off_anywhere_is_refused);
  ADD (a_recipe_larger_than_its_file_takes_no_memory);
  ADD (a_diverged_model_is_not_saved);
  ADD (models_are_found_by_name);
  ADD (an_unknown_name_lists_those_there_are);
  ADD (a_folder_is_no_model);
  return g_test_run ();
}
