/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facet-bench: does Facet's work on request, one repetition at a time, so that
 * the driver (bench.py) can alternate it with a peer's.
 *
 * A request is a line of words on standard input, its answer a line on
 * standard output: "ok" and what was asked for, or "error" and why not.
 *
 *   isa                               kernels in use
 *   threads N                         of all later work
 *   peak                              GFLOP/s of multiply-adds, those threads
 *   make RECIPE SEED FILE             a model file with random parameters
 *   open FILE                         the model that later requests use
 *   run WORK BATCH INPUT OUTPUT       files of float32; WORK decode or encode
 *   train BATCH IMAGES NOISE STEPS    losses of the opened model's first steps
 *   time WORK BATCH WARM N            ms of each of N after WARM that do not
 *                                     count; WORK decode, encode or train
 *   edit MODE SIDE WARM N             ms of a face's renders while a slider is
 *                                     dragged, five each: see edit.h; MODE keep
 *                                     or difference
 *
 * `facet-bench --first FILE` loads FILE, decodes once and prints the ms of
 * both: a new process each time, as when a user's first slider moves.
 *
 * `facet-bench --memory COMMAND…` runs COMMAND and prints its peak resident
 * memory in MB.
 */
#define _GNU_SOURCE /* environ */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <model/facet-model.h>

#include "edit.h"
#include "peak.h"
#include "step.h"

#define MAX_BATCH 1024
#define MAX_STEPS 1000
#define MAX_SIDE 8192

typedef struct
{
  FacetModel *model;
  Step *step;
  int step_batch;
  guint64 n_steps;
} Session;

/* [batch] inputs or outputs of a kind of work. */
static gsize
n_images_values (Session *session, int batch)
{
  NnShape shape = facet_model_get_recipe (session->model)->input_dim;

  return (gsize) batch * shape.height * shape.width * shape.channels;
}

static gsize
n_codes_values (Session *session, int batch)
{
  return (gsize) batch * facet_model_get_recipe (session->model)->z_dim;
}

static gboolean
fail (GError **error, const char *message, const char *word)
{
  g_set_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_ARGUMENT, "%s: %s",
               message, word);
  return FALSE;
}

static gboolean
parse_count (const char *word, int maximum, int *count, GError **error)
{
  gint64 value;

  if (! g_ascii_string_to_signed (word, 10, 0, maximum, &value, error))
    return FALSE;
  *count = value;
  return TRUE;
}

static float *
read_values (const char *path, gsize n_values, GError **error)
{
  g_autofree char *contents = NULL;
  gsize length;

  if (! g_file_get_contents (path, &contents, &length, error))
    return NULL;
  if (length != n_values * sizeof (float))
    {
      fail (error, "wrong number of values in", path);
      return NULL;
    }
  return (float *) g_steal_pointer (&contents);
}

static void
forget_step (Session *session)
{
  g_clear_pointer (&session->step, step_free);
  session->n_steps = 0;
}

static Step *
need_step (Session *session, int batch, GError **error)
{
  if (facet_model_get_recipe (session->model)->kind != FACET_KIND_VAE)
    {
      fail (error, "only a VAE can be trained here", "AE");
      return NULL;
    }
  if (session->step && session->step_batch != batch)
    forget_step (session);
  if (! session->step)
    session->step = step_new (session->model, batch);
  session->step_batch = batch;
  return session->step;
}

/* --- requests --------------------------------------------------------------
 */

/* Glorot's kernels leave gamma 1, beta and biases 0: numbers that a wrong
 * folding or a forgotten bias would not show.  They are moved off them. */
static void
disturb_parameters (NnNetwork *network, guint64 seed)
{
  for (int index = 0; index < nn_network_get_n_parameters (network); index++)
    {
      NnParameter *parameter = nn_network_get_parameter (network, index);

      if (strcmp (parameter->name, "kernel") == 0)
        continue;
      for (gsize i = 0; i < parameter->n_values; i++)
        parameter->value[i] += 0.4f * nn_random_uniform (seed + index, i) -
                               0.2f;
    }
}

static gboolean
request_make (Session *session, char **words, GString *answer, GError **error)
{
  g_autoptr (FacetRecipe) recipe = facet_recipe_load (words[1], error);
  g_autoptr (FacetModel) model = NULL;
  int seed;

  if (! recipe || ! parse_count (words[2], G_MAXINT, &seed, error))
    return FALSE;
  model = facet_model_new (recipe, seed, error);
  if (! model)
    return FALSE;
  disturb_parameters (facet_model_get_encoder (model), seed + 1000);
  disturb_parameters (facet_model_get_decoder (model), seed + 2000);
  facet_model_parameters_changed (model);
  return facet_model_save (model, words[3], error);
}

static gboolean
request_open (Session *session, char **words, GString *answer, GError **error)
{
  FacetModel *model = facet_model_load (words[1], error);

  if (! model)
    return FALSE;
  forget_step (session);
  g_clear_pointer (&session->model, facet_model_unref);
  session->model = model;
  return TRUE;
}

static gboolean
request_isa (Session *session, char **words, GString *answer, GError **error)
{
  g_string_append_printf (answer, " %s", nn_get_isa ());
  return TRUE;
}

static gboolean
request_threads (Session *session,
                 char **words,
                 GString *answer,
                 GError **error)
{
  int n_threads;

  if (! parse_count (words[1], 1024, &n_threads, error))
    return FALSE;
  nn_set_threads (n_threads);
  return TRUE;
}

static gboolean
request_peak (Session *session, char **words, GString *answer, GError **error)
{
  g_string_append_printf (answer, " %.3f",
                          peak_measure (nn_get_isa (), nn_get_threads ()));
  return TRUE;
}

static gboolean
request_run (Session *session, char **words, GString *answer, GError **error)
{
  gboolean decode = strcmp (words[1], "decode") == 0;
  g_autofree float *input = NULL;
  g_autofree float *output = NULL;
  gsize n_images, n_codes, n_output;
  int batch;

  if (! parse_count (words[2], MAX_BATCH, &batch, error))
    return FALSE;
  n_images = n_images_values (session, batch);
  n_codes = n_codes_values (session, batch);
  n_output = decode ? n_images : n_codes;
  input = read_values (words[3], decode ? n_codes : n_images, error);
  if (! input)
    return FALSE;
  output = g_new (float, n_output);
  if (decode)
    facet_model_decode (session->model, batch, input, output);
  else
    facet_model_encode (session->model, batch, input, output);
  return g_file_set_contents (words[4], (char *) output,
                              n_output * sizeof (float), error);
}

static gboolean
request_train (Session *session, char **words, GString *answer, GError **error)
{
  g_autofree float *images = NULL;
  g_autofree float *noise = NULL;
  int batch, n_steps;

  if (! parse_count (words[1], MAX_BATCH, &batch, error) ||
      ! parse_count (words[4], MAX_STEPS, &n_steps, error))
    return FALSE;
  images = read_values (words[2], n_images_values (session, batch), error);
  if (! images)
    return FALSE;
  noise = read_values (words[3], n_codes_values (session, batch), error);
  if (! noise)
    return FALSE;
  if (! need_step (session, batch, error))
    return FALSE;
  for (int i = 0; i < n_steps; i++)
    g_string_append_printf (answer, " %.9g",
                            step_run (session->step, images, noise,
                                      session->n_steps++));
  return TRUE;
}

static float *
random_values (gsize n, float (*draw) (uint64_t seed, uint64_t counter))
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = draw (1, i);
  return values;
}

static gboolean
request_time (Session *session, char **words, GString *answer, GError **error)
{
  g_autofree float *images = NULL;
  g_autofree float *codes = NULL;
  int batch, n_warm, n_timed;

  if (! parse_count (words[2], MAX_BATCH, &batch, error) ||
      ! parse_count (words[3], MAX_STEPS, &n_warm, error) ||
      ! parse_count (words[4], MAX_STEPS, &n_timed, error))
    return FALSE;
  images = random_values (n_images_values (session, batch), nn_random_uniform);
  codes = random_values (n_codes_values (session, batch), nn_random_normal);
  if (strcmp (words[1], "train") == 0 && ! need_step (session, batch, error))
    return FALSE;

  for (int i = 0; i < n_warm + n_timed; i++)
    {
      gint64 start = g_get_monotonic_time ();

      if (strcmp (words[1], "decode") == 0)
        facet_model_decode (session->model, batch, codes, images);
      else if (strcmp (words[1], "encode") == 0)
        facet_model_encode (session->model, batch, images, codes);
      else
        step_run (session->step, images, codes, session->n_steps++);
      if (i >= n_warm)
        g_string_append_printf (answer, " %.3f",
                                (g_get_monotonic_time () - start) * 1e-3);
    }
  return TRUE;
}

static gboolean
request_edit (Session *session, char **words, GString *answer, GError **error)
{
  const FacetMode mode = strcmp (words[1], "keep") == 0 ?
                             FACET_MODE_KEEP_DETAIL :
                             FACET_MODE_DIFFERENCE;
  int side, n_warm, n_timed;

  return parse_count (words[2], MAX_SIDE, &side, error) &&
         parse_count (words[3], MAX_STEPS, &n_warm, error) &&
         parse_count (words[4], MAX_STEPS, &n_timed, error) &&
         edit_time (session->model, mode, side, n_warm, n_timed, answer, error);
}

/* --- the conversation ------------------------------------------------------
 */

static const struct
{
  const char *name;
  guint n_words;
  gboolean needs_model;
  gboolean (*answer) (Session *session,
                      char **words,
                      GString *answer,
                      GError **error);
} requests[] = {
  { "isa", 1, FALSE, request_isa },    { "threads", 2, FALSE, request_threads },
  { "peak", 1, FALSE, request_peak },  { "make", 4, FALSE, request_make },
  { "open", 2, FALSE, request_open },  { "run", 5, TRUE, request_run },
  { "train", 5, TRUE, request_train }, { "time", 5, TRUE, request_time },
  { "edit", 5, TRUE, request_edit },
};

static gboolean
answer_line (Session *session,
             const char *line,
             GString *answer,
             GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    if (g_strv_length (words) == requests[i].n_words &&
        strcmp (words[0], requests[i].name) == 0)
      {
        if (requests[i].needs_model && ! session->model)
          return fail (error, "open a model first", line);
        return requests[i].answer (session, words, answer, error);
      }
  return fail (error, "not a request", line);
}

static void
converse (void)
{
  Session session = { 0 };
  char line[4096];

  while (fgets (line, sizeof line, stdin))
    {
      g_autoptr (GString) answer = g_string_new ("ok");
      g_autoptr (GError) error = NULL;

      if (answer_line (&session, g_strchomp (line), answer, &error))
        printf ("%s\n", answer->str);
      else
        printf ("error %s\n", error->message);
      fflush (stdout);
    }
  forget_step (&session);
  g_clear_pointer (&session.model, facet_model_unref);
}

static int
time_first_decode (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetModel) model = NULL;
  g_autofree float *code = NULL;
  g_autofree float *crop = NULL;
  Session session = { 0 };
  gint64 start, loaded, decoded;

  start = g_get_monotonic_time ();
  model = facet_model_load (path, &error);
  if (! model)
    {
      fprintf (stderr, "facet-bench: %s\n", error->message);
      return 1;
    }
  loaded = g_get_monotonic_time ();
  session.model = model;
  code = g_new0 (float, n_codes_values (&session, 1));
  crop = g_new (float, n_images_values (&session, 1));
  facet_model_decode (model, 1, code, crop);
  decoded = g_get_monotonic_time ();

  printf ("%.3f %.3f\n", (loaded - start) * 1e-3, (decoded - loaded) * 1e-3);
  return 0;
}

static int
print_memory (char **command)
{
  posix_spawn_file_actions_t actions;
  struct rusage usage;
  pid_t child;
  int status, failure;

  /* What the command says would stand in the way of the number. */
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, STDERR_FILENO, STDOUT_FILENO);
  failure = posix_spawnp (&child, command[0], &actions, NULL, command, environ);
  posix_spawn_file_actions_destroy (&actions);
  if (failure)
    {
      fprintf (stderr, "facet-bench: %s: %s\n", command[0],
               g_strerror (failure));
      return 1;
    }
  if (wait4 (child, &status, 0, &usage) != child || status != 0)
    return 1;
  printf ("%.1f\n", usage.ru_maxrss / 1024.0);
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc >= 3 && strcmp (argv[1], "--memory") == 0)
    return print_memory (argv + 2);
  if (argc == 3 && strcmp (argv[1], "--first") == 0)
    return time_first_decode (argv[2]);
  if (argc != 1)
    {
      fprintf (stderr,
               "Usage: facet-bench [--first FILE | --memory COMMAND…]\n");
      return 2;
    }
  converse ();
  return 0;
}
