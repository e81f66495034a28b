/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Thousands of damaged model files and recipes: each is refused with an error,
 * or is whole enough to be used.  A crash, a leak or an overrun (the sanitizers
 * look) fails, as does a peak of memory that such small files do not justify.
 *
 * usage: fuzz-model FIRST COUNT
 */
#include <glib/gstdio.h>
#include <model/facet-model-private.h>
#include <model/facet-safetensors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "mutate.h"

#define LENGTH_BYTES 8
#define ALLOWED_MB 96

static const gchar recipe_text[] = "[model]\n"
                                   "name = small\n"
                                   "kind = VAE\n"
                                   "input_dim = 4;4;1\n"
                                   "encoder_conv_filters = 2;3\n"
                                   "encoder_conv_kernel_size = 3;2\n"
                                   "encoder_conv_strides = 2;1\n"
                                   "z_dim = 2\n"
                                   "decoder_conv_t_filters = 2;1\n"
                                   "decoder_conv_t_kernel_size = 3;3\n"
                                   "decoder_conv_t_strides = 1;2\n"
                                   "use_batch_norm = true\n"
                                   "[training]\n"
                                   "loss = book-vae\n"
                                   "learning_rate = 0.001\n"
                                   "description = a \\\\small\\sone\n";

static gint n_refused, n_used;

static void
need (gboolean condition, const gchar *what, guint64 number)
{
  if (condition)
    return;
  fprintf (stderr, "fuzz-model: case %" G_GUINT64_FORMAT ": %s\n", number,
           what);
  exit (1);
}

static void
need_error (const GError *error, guint64 number)
{
  need (error && *error->message && g_utf8_validate (error->message, -1, NULL),
        "refused without an error that can be shown", number);
  n_refused++;
}

/* --- recipes ----------------------------------------------------------------
 */

static void
try_recipe (const gchar *text, gsize length, guint64 number)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (text, (gssize) length, "recipe", &error);
  g_autoptr (FacetRecipe) again = NULL;
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;
  g_autofree gchar *summary = NULL;

  if (! recipe)
    {
      need_error (error, number);
      return;
    }
  first = facet_recipe_to_text (recipe);
  again = facet_recipe_parse (first, -1, "recipe", NULL);
  need (again != NULL, "a recipe's text is no recipe", number);
  second = facet_recipe_to_text (again);
  need (g_str_equal (first, second), "a recipe's text changes", number);
  summary = facet_recipe_summary (recipe, NULL);
  need (summary != NULL, "a recipe has no summary", number);
  n_used++;
}

static void
fuzz_recipe (guint64 number)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();

  g_byte_array_append (text, (const guint8 *) recipe_text,
                       (guint) strlen (recipe_text));
  mutate (text, 0, text->len, number);
  /* Where an overrun would be seen. */
  {
    g_autofree gchar *exact = g_memdup2 (text->data, text->len + ! text->len);

    try_recipe (exact, text->len, number);
  }
}

/* --- models -----------------------------------------------------------------
 */

static void
use_model (FacetModel *model, guint64 number)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  g_autofree gfloat *crop = g_new0 (gfloat, n);
  g_autofree gfloat *code = g_new0 (gfloat, recipe->z_dim);
  g_autofree gdouble *offsets =
      g_new0 (gdouble, facet_model_get_latents (model)->n_axes);

  facet_model_encode (model, 1, crop, code);
  need (facet_latents_parse (facet_model_get_latents (model), "1=2", offsets,
                             NULL),
        "the first component is unknown", number);
  facet_latents_move (facet_model_get_latents (model), code, offsets,
                      facet_model_get_latents (model)->n_axes, code);
  facet_model_decode (model, 1, code, crop);
  n_used++;
}

static void
try_model (const guint8 *data, gsize length, guint64 number)
{
  g_autofree guint8 *exact = g_memdup2 (data, length + ! length);
  g_autoptr (GBytes) bytes = g_bytes_new_static (exact, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetModel)
      model = facet_model_new_for_bytes (bytes, "model", &error);

  if (model)
    use_model (model, number);
  else
    need_error (error, number);
}

/* Two of three times the header's length is put right, so that damage of the
 * header gets past the first check. */
static void
fuzz_model (const gchar *contents, gsize length, guint64 number)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 header_length;

  g_byte_array_append (bytes, (const guint8 *) contents, (guint) length);
  memcpy (&header_length, contents, LENGTH_BYTES);
  if (number % 3 == 0)
    mutate (bytes, 0, bytes->len, number);
  else
    {
      header_length = mutate (bytes, LENGTH_BYTES, LENGTH_BYTES + header_length,
                              number) -
                      LENGTH_BYTES;
      memcpy (bytes->data, &header_length, LENGTH_BYTES);
    }
  try_model (bytes->data, bytes->len, number);
}

static gchar *
new_model_file (gsize *length)
{
  g_autoptr (FacetRecipe)
      recipe = facet_recipe_parse (recipe_text, -1, "small", NULL);
  g_autoptr (FacetModel) model = facet_model_new (recipe, 1, NULL);
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "small", NULL);
  const gfloat vector[] = { 1, -1 };
  gchar *contents = NULL;

  facet_latents_append_direction (facet_model_get_latents (model), "smile",
                                  "Smile", "none", -3, 3, vector);
  facet_model_set_note (model, "data", "none");
  need (facet_model_save (model, path, NULL) &&
            g_file_get_contents (path, &contents, length, NULL),
        "the model to damage was not written", 0);
  g_unlink (path);
  g_rmdir (folder);
  return contents;
}

static glong
peak_kb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

int
main (int argc, char **argv)
{
  gsize length;
  g_autofree gchar *contents = new_model_file (&length);
  const glong before_kb = peak_kb ();
  guint64 first, count;

  if (argc != 3)
    return 2;
  first = g_ascii_strtoull (argv[1], NULL, 10);
  count = g_ascii_strtoull (argv[2], NULL, 10);
  for (guint64 number = first; number < first + count; number++)
    {
      fuzz_recipe (number);
      fuzz_model (contents, length, number);
    }
  printf ("%d refused, %d used, %ld kB more at the peak\n", n_refused, n_used,
          peak_kb () - before_kb);
  need (n_refused > 0 && n_used > 0, "the cases are all alike", 0);
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed for a while */
  need (peak_kb () - before_kb < ALLOWED_MB * 1024, "too much memory", 0);
#endif
  return 0;
}
