/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that lie are refused in words that say where; whole ones come back as
 * they were written, whatever happens while they are written.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <model/facet-recipe.h>
#include <model/facet-safetensors.h>
#include <model/tensors/facet-half.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* The bytes of a file with @header and @n_data bytes of data, all zero. */
static GBytes *
new_file (const gchar *header, gsize n_data)
{
  const guint64 length = GUINT64_TO_LE ((guint64) strlen (header));
  GByteArray *bytes = g_byte_array_new ();
  g_autofree guint8 *data = g_malloc0 (n_data + 1);

  g_byte_array_append (bytes, (const guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (bytes, data, (guint) n_data);
  return g_byte_array_free_to_bytes (bytes);
}

static void
assert_refused (GBytes *bytes, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FacetTensorFile)
      file = facet_tensor_file_new_for_bytes (bytes, "a file", &error);

  g_assert_null (file);
  g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "a file"));
  if (! strstr (error->message, words))
    g_error ("“%s” does not say “%s”", error->message, words);
}

#define TENSOR(name, dtype, shape, begin, end)             \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape \
  ",\"data_offsets\":[" #begin "," #end "]}"

static void
headers_that_lie_are_refused (void)
{
  static const struct
  {
    const gchar *header;
    gsize n_data;
    const gchar *words;
  } cases[] = {
    { "", 0, "not JSON" },
    { "   {}", 0, "not JSON" },
    { "[]", 0, "not JSON" },
    { "{", 0, "not JSON" },
    { "{\"a\":", 0, "not JSON" },
    { "{\"a\" 1}", 0, "not JSON" },
    { "hello", 0, "not JSON" },
    { "{\"\xff\xfe\":1}", 0, "not JSON" },
    { "{\"a\":7}", 0, "not an object" },
    { "{\"a\":null}", 0, "not an object" },
    { "{\"__metadata__\":[]}", 0, "__metadata__" },
    { "{\"__metadata__\":{\"format\":1}}", 0, "format" },
    { "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "not text" },
    { "{\"a\":{}}", 0, "dtype, shape and data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"offsets\":[0,4]}}", 4,
      "data_offsets" },
    { "{" TENSOR ("a", "F64", "[1]", 0, 8) "}", 8, "F64" },
    { "{" TENSOR ("a", "BF16", "[1]", 0, 2) "}", 2, "BF16" },
    { "{" TENSOR ("a", "I32", "[1]", 0, 4) "}", 4, "I32" },
    { "{\"a\":{\"dtype\":32,\"shape\":[],\"data_offsets\":[0,4]}}", 4,
      "dtype" },
    { "{" TENSOR ("a", "F32", "[1,1,1,1,1]", 0, 4) "}", 4, "shape" },
    { "{" TENSOR ("a", "F32", "[-1]", 0, 4) "}", 4, "shape" },
    { "{" TENSOR ("a", "F32", "[1.0]", 0, 4) "}", 4, "shape" },
    { "{" TENSOR ("a", "F32", "[\"1\"]", 0, 4) "}", 4, "shape" },
    { "{" TENSOR ("a", "F32", "1", 0, 4) "}", 4, "shape" },
    { "{" TENSOR ("a", "F32", "[[1]]", 0, 4) "}", 4, "nested" },
    { "{" TENSOR ("a", "F32", "[4294967296,4294967296]", 0, 4) "}", 4,
      "impossibly large" },
    { "{" TENSOR ("a", "F32", "[4611686018427387904]", 0, 4) "}", 4,
      "does not fit" },
    { "{" TENSOR ("a", "F32", "[99999999999999999999]", 0, 4) "}", 4, "" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 8) "}", 8, "does not fit" },
    { "{" TENSOR ("a", "F16", "[2]", 0, 8) "}", 8, "does not fit" },
    { "{" TENSOR ("a", "F32", "[2]", 0, 8) "}", 4, "beyond its end" },
    { "{" TENSOR ("a", "F32", "[1]", -4, 0) "}", 4, "data_offsets" },
    { "{" TENSOR ("a", "F32", "[1]", 4, 0) "}", 4, "data_offsets" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 9223372036854775807) "}", 4,
      "beyond its end" },
    { "{" TENSOR ("a", "F32", "[1]", 4, 8) "}", 8, "gap" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 4) "}", 8, "4 bytes at its end" },
    { "{}", 4, "4 bytes at its end" },
    { "{" TENSOR ("a", "F32", "[2]", 0, 8) "," TENSOR ("b", "F32", "[2]", 4,
                                                       12) "}",
      12, "overlaps" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 4) "," TENSOR ("b", "F32", "[1]", 0,
                                                       4) "}",
      4, "overlaps" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 4) "," TENSOR ("b", "F32", "[1]", 8,
                                                       12) "}",
      12, "gap" },
    { "{" TENSOR ("a", "F32", "[1]", 0, 4) "," TENSOR ("a", "F32", "[1]", 4,
                                                       8) "}",
      8, "“a” twice" },
    { "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "“k” twice" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = new_file (cases[i].header, cases[i].n_data);

      assert_refused (bytes, cases[i].words);
    }
}

static void
wrong_lengths_are_refused (void)
{
  const guint64 lengths[] = {
    3, 1000, (guint64) 1 << 32, (guint64) 1 << 63, G_MAXUINT64 - 7, G_MAXUINT64
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      guint8 data[10] = { 0, 0, 0, 0, 0, 0, 0, 0, '{', '}' };
      const guint64 length = GUINT64_TO_LE (lengths[i]);
      g_autoptr (GBytes) bytes = NULL;

      memcpy (data, &length, sizeof length);
      bytes = g_bytes_new (data, sizeof data);
      assert_refused (bytes, "beyond its end");
    }
}

static void
deep_and_wide_headers_are_refused (void)
{
  g_autoptr (GString) deep = g_string_new ("{\"a\":");
  g_autoptr (GString) wide = g_string_new ("{\"a\":[0");
  g_autofree gchar *blanks = g_strnfill (2 * 1024 * 1024, ' ');
  g_autofree gchar *long_header = g_strconcat ("{}", blanks, NULL);
  g_autoptr (GBytes) deep_bytes = NULL;
  g_autoptr (GBytes) wide_bytes = NULL;
  g_autoptr (GBytes) long_bytes = new_file (long_header, 0);

  for (gint i = 0; i < 500000; i++)
    g_string_append_c (deep, "[{"[i % 2]);
  for (gint i = 0; i < 300000; i++)
    g_string_append (wide, ",0");
  deep_bytes = new_file (deep->str, 0);
  wide_bytes = new_file (wide->str, 0);
  assert_refused (deep_bytes, "nested too deeply");
  assert_refused (wide_bytes, "too many entries");
  assert_refused (long_bytes, "larger than");
}

static void
files_cut_off_at_any_byte_are_refused (void)
{
  const gfloat values[] = { 1, 2, 3, 4, 5, 6, 7 };
  const gint dims[] = { 1, 7 };
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "small", NULL);
  g_autofree gchar *contents = NULL;
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  gsize length;

  facet_tensor_writer_set_metadata (writer, "key", "value");
  facet_tensor_writer_add (writer, "full", 2, dims, values, FALSE);
  facet_tensor_writer_add (writer, "half", 1, &dims[1], values, TRUE);
  g_assert_true (facet_tensor_writer_save (writer, path, NULL));
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize cut = 0; cut < length; cut++)
    {
      g_autofree gchar *start = g_memdup2 (contents, cut + (cut == 0));
      g_autoptr (GBytes) bytes = g_bytes_new_static (start, cut);

      assert_refused (bytes, "damaged or not a safetensors file");
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
what_is_no_regular_file_is_refused (void)
{
  const gchar *paths[] = { "/", "/dev/null", "/dev/zero", "/proc" };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_null (facet_tensor_file_open (paths[i], &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, paths[i]));
      g_clear_error (&error);
    }
  g_assert_null (facet_tensor_file_open ("/nowhere/a", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
empty_and_odd_tensors_are_allowed (void)
{
  g_autoptr (GBytes) none = new_file ("{}   ", 0);
  g_autoptr (GBytes)
      odd = new_file ("{" TENSOR ("b", "F16", "[1]", 4, 6) "," TENSOR (
                          "a", "F32", "[]", 0,
                          4) "," TENSOR ("\\u00e9", "F32", "[0,3]", 4, 4) "}",
                      6);
  g_autoptr (FacetTensorFile)
      empty = facet_tensor_file_new_for_bytes (none, "a", NULL);
  g_autoptr (FacetTensorFile)
      file = facet_tensor_file_new_for_bytes (odd, "b", NULL);
  gfloat value = 1;

  g_assert_nonnull (empty);
  g_assert_cmpint (facet_tensor_file_get_n (empty), ==, 0);
  g_assert_null (facet_tensor_file_get_metadata (empty, "format"));
  g_assert_nonnull (file);
  g_assert_cmpint (facet_tensor_file_get_n (file), ==, 3);
  g_assert_cmpstr (facet_tensor_file_get (file, 0)->name, ==, "a");
  g_assert_cmpint (facet_tensor_file_get (file, 0)->n_values, ==, 1);
  g_assert_cmpint (facet_tensor_file_lookup (file, "é")->n_values, ==, 0);
  g_assert_true (facet_tensor_file_read (file,
                                         facet_tensor_file_lookup (file, "b"),
                                         &value, NULL));
  g_assert_cmpfloat (value, ==, 0);
}

static void
numbers_that_are_not_finite_are_refused (void)
{
  const guint32 patterns[] = { 0x7f800000, 0xff800000, 0x7fc00000, 0xffffffff,
                               0x7f800001 };
  const guint16 halves[] = { 0x7c00, 0xfc00, 0x7e00, 0xffff, 0x7c01 };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (patterns); i++)
    {
      const gboolean half = i % 2;
      g_autoptr (GBytes)
          zeros = half ?
                      new_file ("{" TENSOR ("a", "F16", "[2]", 0, 4) "}", 4) :
                      new_file ("{" TENSOR ("a", "F32", "[2]", 0, 8) "}", 8);
      gsize length;
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (zeros, &length),
                                           g_bytes_get_size (zeros));
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (FacetTensorFile) file = NULL;
      g_autoptr (GError) error = NULL;
      gfloat values[2];

      if (half)
        memcpy (data + length - 2, &halves[i / 2], 2);
      else
        memcpy (data + length - 4, &patterns[i / 2], 4);
      bytes = g_bytes_new (data, length);
      file = facet_tensor_file_new_for_bytes (bytes, "a file", NULL);
      g_assert_false (
          facet_tensor_file_read (file, facet_tensor_file_lookup (file, "a"),
                                  values, &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, "“a”"));
    }
}

/* --- writing ----------------------------------------------------------------
 */

static void
what_is_written_reads_back (void)
{
  enum
  {
    N = 10007
  };
  const gint dims[] = { 1, N };
  const gint scalar[] = { 0 };
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gfloat *values = g_new (gfloat, N);
  g_autofree gfloat *read = g_new (gfloat, N);
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();
  g_autoptr (FacetTensorFile) file = NULL;
  const FacetTensor *tensor;

  for (gint i = 0; i < N; i++)
    values[i] = nn_random_normal (1, (guint64) i);
  facet_tensor_writer_set_metadata (writer, "quoted", "\"a\"\\\n\t\001é人");
  facet_tensor_writer_add (writer, "half", 1, &dims[1], values, TRUE);
  facet_tensor_writer_add (writer, "\"é\"", 2, dims, values, FALSE);
  facet_tensor_writer_add (writer, "one", 0, scalar, values, FALSE);
  g_assert_true (facet_tensor_writer_save (writer, path, NULL));

  file = facet_tensor_file_open (path, NULL);
  g_assert_nonnull (file);
  g_assert_cmpstr (facet_tensor_file_get_metadata (file, "quoted"), ==,
                   "\"a\"\\\n\t\001é人");
  tensor = facet_tensor_file_lookup (file, "\"é\"");
  g_assert_cmpint (tensor->n_dims, ==, 2);
  g_assert_cmpint (tensor->dims[1], ==, N);
  g_assert_false (tensor->half);
  g_assert_true (facet_tensor_file_read (file, tensor, read, NULL));
  g_assert_cmpmem (read, N * sizeof (gfloat), values, N * sizeof (gfloat));
  tensor = facet_tensor_file_lookup (file, "half");
  g_assert_true (tensor->half);
  g_assert_true (facet_tensor_file_read (file, tensor, read, NULL));
  for (gint i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (read[i], values[i],
                                    fabsf (values[i]) / 2048 + 1e-7);
  tensor = facet_tensor_file_lookup (file, "one");
  g_assert_cmpint (tensor->n_dims, ==, 0);
  g_unlink (path);
  g_rmdir (folder);
}

static gint
count_files (const gchar *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  gint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static gboolean
save_number (const gchar *path, gfloat number, gboolean half, GError **error)
{
  const gint n = 50000;
  g_autofree gfloat *values = g_new (gfloat, n);
  g_autoptr (FacetTensorWriter) writer = facet_tensor_writer_new ();

  for (gint i = 0; i < n; i++)
    values[i] = number;
  facet_tensor_writer_add (writer, "numbers", 1, &n, values, half);
  return facet_tensor_writer_save (writer, path, error);
}

static void
assert_number (const gchar *path, gfloat number)
{
  g_autoptr (FacetTensorFile) file = facet_tensor_file_open (path, NULL);
  g_autofree gfloat *values = g_new (gfloat, 50000);

  g_assert_nonnull (file);
  g_assert_true (
      facet_tensor_file_read (file, facet_tensor_file_lookup (file, "numbers"),
                              values, NULL));
  g_assert_cmpfloat (values[49999], ==, number);
}

static void
numbers_that_cannot_be_read_are_not_written (void)
{
  const gfloat numbers[] = { NAN, INFINITY, -INFINITY, 65520.0f };
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (save_number (path, numbers[i], TRUE, &error));
      g_assert_error (error, FACET_MODEL_ERROR, FACET_MODEL_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, "“numbers”"));
      g_assert_cmpint (count_files (folder), ==, 0);
    }
  g_assert_true (save_number (path, 65519.0f, TRUE, NULL));
  assert_number (path, 65504.0f);
  g_unlink (path);
  g_rmdir (folder);
}

/* A disk that is full after 64 kB: writing says so. */
static void
fill_the_disk (gboolean killed)
{
  const struct rlimit limit = { 64 * 1024, 64 * 1024 };

  signal (SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
}

static void
a_full_disk_keeps_the_old_file (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);

  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (save_number (path, 1, FALSE, NULL));
      fill_the_disk (FALSE);
      g_assert_false (save_number (path, 2, FALSE, &error));
      g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_cmpint (count_files (folder), ==, 1);
      assert_number (path, 1);
      g_unlink (path);
      g_rmdir (folder);
      return;
    }
  g_rmdir (folder);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

static void
a_kill_while_writing_keeps_the_old_file (void)
{
  const gchar *name = g_getenv ("FACET_TEST_KILLED");
  g_autofree gchar *folder = NULL;
  g_autofree gchar *path = NULL;
  g_autoptr (GDir) dir = NULL;
  const gchar *entry;

  if (g_test_subprocess ())
    {
      fill_the_disk (TRUE);
      save_number (name, 2, FALSE, NULL);
      return;
    }
  folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  path = g_build_filename (folder, "file", NULL);
  g_assert_true (save_number (path, 1, FALSE, NULL));
  g_setenv ("FACET_TEST_KILLED", path, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  assert_number (path, 1);
  dir = g_dir_open (folder, 0, NULL);
  while ((entry = g_dir_read_name (dir)))
    {
      g_autofree gchar *left = g_build_filename (folder, entry, NULL);

      g_unlink (left);
    }
  g_rmdir (folder);
}

static void
places_that_cannot_be_written_are_named (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("facet-XXXXXX", NULL);
  g_autofree gchar *taken = g_build_filename (folder, "taken", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (save_number ("/nowhere/file", 1, FALSE, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "/nowhere/file"));
  g_clear_error (&error);
  g_mkdir (taken, 0700);
  g_assert_false (save_number (taken, 1, FALSE, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_assert_cmpint (count_files (folder), ==, 1);
  g_rmdir (taken);
  g_rmdir (folder);
}

/* --- halves -----------------------------------------------------------------
 */

static gfloat
half_value (guint16 half)
{
  const gint exponent = half >> 10 & 31;
  const gint mantissa = half & 1023;
  const gdouble size = exponent == 0 ? ldexp (mantissa, -24) :
                                       ldexp (1024 + mantissa, exponent - 25);

  return (gfloat) (half & 0x8000 ? -size : size);
}

static void
halves_are_exact_and_round_to_nearest_even (void)
{
  for (guint bits = 0; bits <= 0xffff; bits++)
    {
      const guint16 half = (guint16) bits;
      const gfloat expected = half_value (half);
      gfloat value, between[3];
      guint16 back, rounded[3];

      facet_half_to_float (&half, 1, &value);
      if ((half & 0x7c00) == 0x7c00)
        {
          g_assert_false (isfinite (value));
          continue;
        }
      g_assert_true (value == expected && ! signbit (value) == ! (bits >> 15));
      facet_half_from_float (&value, 1, &back);
      g_assert_cmpint (back, ==, half);
      if ((half & 0x7fff) == 0x7bff)
        continue;
      between[1] = (expected + half_value ((guint16) (half + 1))) / 2;
      between[0] = nextafterf (between[1], expected);
      between[2] = nextafterf (between[1], half_value ((guint16) (half + 1)));
      facet_half_from_float (between, 3, rounded);
      g_assert_cmpint (rounded[0], ==, half);
      g_assert_cmpint (rounded[1], ==, half % 2 ? half + 1 : half);
      g_assert_cmpint (rounded[2], ==, half + 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/headers_that_lie_are_refused",
                   headers_that_lie_are_refused);
  g_test_add_func ("/safetensors/wrong_lengths_are_refused",
                   wrong_lengths_are_refused);
  g_test_add_func ("/safetensors/deep_and_wide_headers_are_refused",
                   deep_and_wide_headers_are_refused);
  g_test_add_func ("/safetensors/files_cut_off_at_any_byte_are_refused",
                   files_cut_off_at_any_byte_are_refused);
  g_test_add_func ("/safetensors/what_is_no_regular_file_is_refused",
                   what_is_no_regular_file_is_refused);
  g_test_add_func ("/safetensors/empty_and_odd_tensors_are_allowed",
                   empty_and_odd_tensors_are_allowed);
  g_test_add_func ("/safetensors/numbers_that_are_not_finite_are_refused",
                   numbers_that_are_not_finite_are_refused);
  g_test_add_func ("/safetensors/what_is_written_reads_back",
                   what_is_written_reads_back);
  g_test_add_func ("/safetensors/numbers_that_cannot_be_read_are_not_written",
                   numbers_that_cannot_be_read_are_not_written);
  g_test_add_func ("/safetensors/a_full_disk_keeps_the_old_file",
                   a_full_disk_keeps_the_old_file);
  g_test_add_func ("/safetensors/a_kill_while_writing_keeps_the_old_file",
                   a_kill_while_writing_keeps_the_old_file);
  g_test_add_func ("/safetensors/places_that_cannot_be_written_are_named",
                   places_that_cannot_be_written_are_named);
  g_test_add_func ("/safetensors/halves_are_exact_and_round_to_nearest_even",
                   halves_are_exact_and_round_to_nearest_even);
  return g_test_run ();
}
