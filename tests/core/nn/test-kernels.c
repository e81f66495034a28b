/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every set of kernels that this processor can run does what the reference
 * does, whatever the shapes, and gives the same bytes at any number of threads.
 *
 * Without GLib, so that a cross compiler alone can build it: check-isas.py runs
 * it on arm64 in emulation.  An argument N makes it try but every Nth case.
 */
#include <math.h>
#include <nn/pointwise.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 7
#define TOLERANCE 2e-5

static const char *running = "";
static int one_in = 1;
static int n_cases;

static void __attribute__ ((format (printf, 1, 2), noreturn))
fail (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  printf ("not ok - %s\n# ", running);
  vprintf (format, arguments);
  printf ("\n");
  va_end (arguments);
  exit (1);
}

/* Random numbers in the order they are asked for. */
static uint64_t n_drawn;

static int
draw (int from, int to)
{
  return from + (int) (nn_random_uniform (SEED, n_drawn++) * (to - from + 1));
}

static float *
draw_floats (size_t n)
{
  float *floats = nn_floats_new (n, 1);

  for (size_t i = 0; i < n; i++)
    floats[i] = nn_random_uniform (SEED, n_drawn++) - 0.5f;
  return floats;
}

/* One convolution, its pictures and all that the reference makes of them. */
typedef struct
{
  NnGeometry geometry;
  NnEpilogue epilogue;
  int batch;
  size_t n_large, n_small, n_kernel;
  float *large, *small, *kernel;
  float *numbers[3]; /* bias, scale, shift */
} Case;

static void
set_axis (int large, int kernel, int stride, int *small, int *pad)
{
  int padding;

  *small = (large + stride - 1) / stride;
  padding = (*small - 1) * stride + kernel - large;
  *pad = padding > 0 ? padding / 2 : 0;
}

static void
case_init (Case *test, NnGeometry geometry, int batch)
{
  NnGeometry *g = &test->geometry;
  int channels;

  *g = geometry;
  set_axis (g->large_height, g->kernel, g->stride, &g->small_height,
            &g->pad_top);
  set_axis (g->large_width, g->kernel, g->stride, &g->small_width,
            &g->pad_left);
  test->batch = batch;
  test->n_large = (size_t) batch * g->large_height * g->large_width *
                  g->large_channels;
  test->n_small = (size_t) batch * g->small_height * g->small_width *
                  g->small_channels;
  test->n_kernel = (size_t) g->kernel * g->kernel * g->large_channels *
                   g->small_channels;
  test->large = draw_floats (test->n_large);
  test->small = draw_floats (test->n_small);
  test->kernel = draw_floats (test->n_kernel);
  channels = g->large_channels > g->small_channels ? g->large_channels :
                                                     g->small_channels;
  for (int i = 0; i < 3; i++)
    test->numbers[i] = draw_floats (channels);
  test->epilogue = (NnEpilogue) { draw (0, 3) ? test->numbers[0] : NULL,
                                  draw (0, 2), 0.3f, NULL, NULL };
  if (draw (0, 1))
    {
      test->epilogue.scale = test->numbers[1];
      test->epilogue.shift = test->numbers[2];
    }
}

static void
case_clear (Case *test)
{
  nn_floats_free (test->large);
  nn_floats_free (test->small);
  nn_floats_free (test->kernel);
  for (int i = 0; i < 3; i++)
    nn_floats_free (test->numbers[i]);
}

static size_t
n_results (const Case *test, NnPass pass)
{
  return pass == NN_DOWN ? test->n_small :
         pass == NN_UP   ? test->n_large :
                           test->n_kernel;
}

/* The case's input within the zeros that @kernels want. */
static float *
within_zeros (const NnKernels *kernels,
              const Case *test,
              NnPass pass,
              NnPictures *pictures)
{
  NnBorder border = kernels->get_border (&test->geometry, pass);
  NnShape shape = nn_pass_input (&test->geometry, pass);
  const float *from = pass == NN_DOWN ? test->large : test->small;
  size_t row = (size_t) border.width * shape.channels;
  size_t image = border.height * row;
  float *zeros = nn_floats_new (test->batch * image + NN_SLACK, 1);

  *pictures = (NnPictures) {
    zeros + border.top * row + border.left * shape.channels, image, row
  };
  for (int i = 0; i < test->batch; i++)
    for (int y = 0; y < shape.height; y++)
      {
        size_t n = (size_t) shape.width * shape.channels;

        memcpy (pictures->first + i * image + y * row, from, n * sizeof *from);
        from += n;
      }
  return zeros;
}

/* What @kernels make of the case, by @n_threads threads. */
static float *
results_of (const NnKernels *kernels,
            const Case *test,
            NnPass pass,
            bool bordered,
            int n_threads)
{
  const NnGeometry *g = &test->geometry;
  float *results = nn_floats_new (n_results (test, pass), 1);
  float *packed = nn_floats_new (
      pass == NN_KERNEL_GRADIENT ? 0 : kernels->get_packed_size (g, pass), 1);
  float *scratch =
      nn_floats_new (kernels->get_scratch_size (g, pass, test->batch), 1);
  const float *input = pass == NN_DOWN ? test->large : test->small;
  NnPictures output = nn_plain_pictures (results, nn_pass_output (g, pass));
  NnPictures pictures;
  float *zeros = bordered ? within_zeros (kernels, test, pass, &pictures) :
                            NULL;

#pragma omp parallel num_threads(n_threads)
  if (pass == NN_KERNEL_GRADIENT)
    kernels->add_kernel_gradient (g, test->batch, test->large, test->small,
                                  results, scratch);
  else
    {
      kernels->pack (g, pass, test->kernel, packed);
      if (bordered)
        kernels->run_bordered (g, pass, test->batch, packed, &test->epilogue,
                               &pictures, &output);
      else
        kernels->run (g, pass, test->batch, packed, &test->epilogue, input,
                      &output, scratch);
    }
  nn_floats_free (packed);
  nn_floats_free (scratch);
  nn_floats_free (zeros);
  return results;
}

static const char *
describe (const NnKernels *kernels, const Case *test, NnPass pass)
{
  static char text[200];
  const NnGeometry *g = &test->geometry;

  snprintf (text, sizeof text,
            "%s, pass %d: large %dx%dx%d, small %d, kernel %d, stride %d, "
            "batch %d, activation %d",
            kernels->isa, pass, g->large_height, g->large_width,
            g->large_channels, g->small_channels, g->kernel, g->stride,
            test->batch, test->epilogue.activation);
  return text;
}

static double
difference (const float *values, const float *expected, size_t n)
{
  double worst = 0.0;

  for (size_t i = 0; i < n; i++)
    {
      double error = fabs (values[i] - expected[i]) / (1 + fabs (expected[i]));

      if (! (error <= worst)) /* NaN too */
        worst = error;
    }
  return worst;
}

static void
check_kernels (const NnKernels *kernels,
               const Case *test,
               NnPass pass,
               bool bordered,
               const float *expected)
{
  size_t n = n_results (test, pass);
  float *alone = results_of (kernels, test, pass, bordered, 1);
  int n_threads[] = { 2, 3, 8 };

  if (! (difference (alone, expected, n) < TOLERANCE))
    fail ("%s differs by %g", describe (kernels, test, pass),
          difference (alone, expected, n));
  for (size_t j = 0; j < sizeof n_threads / sizeof *n_threads; j++)
    {
      float *together = results_of (kernels, test, pass, bordered,
                                    n_threads[j]);

      if (memcmp (together, alone, n * sizeof *alone) != 0)
        fail ("%s: other bytes at %d threads", describe (kernels, test, pass),
              n_threads[j]);
      nn_floats_free (together);
    }
  nn_floats_free (alone);
}

static void
check_case (const Case *test)
{
  const NnKernels *kernels;

  if (n_cases++ % one_in != 0)
    return;

  for (NnPass pass = NN_DOWN; pass <= NN_KERNEL_GRADIENT; pass++)
    {
      float *expected = results_of (&nn_reference_kernels, test, pass, false,
                                    2);

      for (int i = 0; (kernels = nn_list_kernels (i)) != &nn_reference_kernels;
           i++)
        {
          check_kernels (kernels, test, pass, false, expected);
          if (pass != NN_KERNEL_GRADIENT &&
              kernels->get_border (&test->geometry, pass).height > 0)
            check_kernels (kernels, test, pass, true, expected);
        }
      nn_floats_free (expected);
    }
}

/* --- shapes -----------------------------------------------------------------
 */

static void
check_random_shapes (int n, int most_side, int most_channels)
{
  for (int i = 0; i < n; i++)
    {
      int few = draw (0, 3);
      Case test;

      case_init (&test,
                 (NnGeometry) {
                     .large_height = draw (1, most_side),
                     .large_width = draw (1, most_side),
                     .large_channels = draw (1, few == 1 ? 4 : most_channels),
                     .small_channels = draw (1, few == 2 ? 4 : most_channels),
                     .kernel = draw (1, 7),
                     .stride = draw (1, 3) },
                 draw (1, 3));
      check_case (&test);
      case_clear (&test);
    }
}

static void
small_pictures_agree_with_reference (void)
{
  check_random_shapes (40, 9, 40);
}

static void
odd_sides_agree_with_reference (void)
{
  check_random_shapes (6, 25, 20);
}

/* So large that they are worked on a few rows at a time. */
static void
large_pictures_agree_with_reference (void)
{
  const struct
  {
    int height, width, large_channels, small_channels, kernel, stride;
  } sizes[] = { { 65, 70, 24, 20, 3, 2 },
                { 41, 44, 3, 40, 5, 1 },
                { 80, 61, 20, 3, 2, 3 },
                { 47, 60, 3, 24, 4, 3 } };

  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int batch = 1; batch <= 2; batch++)
      {
        Case test;

        case_init (&test,
                   (NnGeometry) { .large_height = sizes[i].height,
                                  .large_width = sizes[i].width,
                                  .large_channels = sizes[i].large_channels,
                                  .small_channels = sizes[i].small_channels,
                                  .kernel = sizes[i].kernel,
                                  .stride = sizes[i].stride },
                   batch);
        check_case (&test);
        case_clear (&test);
      }
}

static void
many_channels_agree_with_reference (void)
{
  check_random_shapes (3, 2, 300);
}

static void
large_batches_agree_with_reference (void)
{
  for (int batch = 29; batch <= 33; batch++)
    {
      Case test;

      case_init (&test,
                 (NnGeometry) { .large_height = draw (1, 5),
                                .large_width = draw (1, 5),
                                .large_channels = draw (1, 20),
                                .small_channels = draw (1, 20),
                                .kernel = draw (1, 5),
                                .stride = draw (1, 3) },
                 batch);
      check_case (&test);
      case_clear (&test);
    }
}

static void
dense_layers_agree_with_reference (void)
{
  for (int i = 0; i < 16; i++)
    {
      Case test;

      case_init (&test,
                 (NnGeometry) { .large_height = 1,
                                .large_width = 1,
                                .large_channels = draw (1, i % 4 ? 300 : 40),
                                .small_channels = i % 4 ? draw (1, 300) : 96,
                                .kernel = 1,
                                .stride = 1 },
                 i / 2 % 2 ? draw (1, 33) : 1);
      check_case (&test);
      case_clear (&test);
    }
}

/* The first and last layers of faces and digits. */
static void
few_channels_agree_with_reference (void)
{
  for (int channels = 1; channels <= 5; channels++)
    for (int stride = 1; stride <= 2; stride++)
      {
        Case test;

        case_init (&test,
                   (NnGeometry) { .large_height = 14 + stride,
                                  .large_width = 20,
                                  .large_channels = channels,
                                  .small_channels = 32,
                                  .kernel = 3,
                                  .stride = stride },
                   2);
        check_case (&test);
        case_clear (&test);
      }
}

/* Last layers of any stride, whose stamps overlap or just touch. */
static void
strided_few_channels_agree_with_reference (void)
{
  for (int stride = 2; stride <= 4; stride++)
    for (int kernel = stride; kernel <= 2 * stride; kernel++)
      for (int channels = 1; channels <= 4; channels++)
        {
          Case test;

          case_init (&test,
                     (NnGeometry) { .large_height = draw (1, 19),
                                    .large_width = draw (1, 70),
                                    .large_channels = channels,
                                    .small_channels = draw (8, 20),
                                    .kernel = kernel,
                                    .stride = stride },
                     draw (1, 2));
          check_case (&test);
          case_clear (&test);
        }
}

/* Tiles reach over the edges of odd sides. */
static void
tiles_agree_with_reference (void)
{
  for (int i = 0; i < 16; i++)
    {
      int stride = 1 + i % 2;
      Case test;

      case_init (&test,
                 (NnGeometry) {
                     .large_height = draw (8, 23) * stride - i / 2 % 2,
                     .large_width = draw (8, 23) * stride - i / 4 % 2,
                     .large_channels = draw (16, i < 12 ? 40 : 140),
                     .small_channels = 16 * draw (1, i < 12 ? 2 : 6),
                     .kernel = stride + 2,
                     .stride = stride },
                 draw (1, 3));
      check_case (&test);
      case_clear (&test);
    }
}

/* --- halves -----------------------------------------------------------------
 */

/* Of a finite half, by what its bits mean. */
static float
half_value (uint16_t half)
{
  int exponent = half >> 10 & 31, mantissa = half & 1023;
  double size = exponent ? ldexp (1024 + mantissa, exponent - 25) :
                           ldexp (mantissa, -24);

  return half & 0x8000 ? -size : size;
}

static void
every_half_is_read_exactly (void)
{
  static uint16_t halves[65536];
  static float values[65536];
  const NnKernels *kernels;
  int n = 0;

  for (int bits = 0; bits < 65536; bits++)
    if ((bits & 0x7c00) != 0x7c00)
      halves[n++] = bits;
  for (int i = 0; (kernels = nn_list_kernels (i)); i++)
    for (int length = n - 7; length <= n; length++)
      {
        memset (values, 0, sizeof values);
        kernels->pointwise->read_halves (length, halves, values);
        for (int j = 0; j < length; j++)
          if (values[j] != half_value (halves[j]) ||
              ! signbit (values[j]) != ! (halves[j] & 0x8000))
            fail ("%s: %#x is %g", kernels->isa, halves[j], values[j]);
        if (values[length] != 0)
          fail ("%s: wrote beyond the end", kernels->isa);
      }
}

/* @test's dense layer with the weights @halves. */
static float *
results_of_halves (const NnKernels *kernels,
                   const Case *test,
                   const uint16_t *halves,
                   int n_threads)
{
  const NnGeometry *g = &test->geometry;
  float *results = nn_floats_new (test->n_small, 1);
  float *packed = nn_floats_new (kernels->get_halves_size (g) / 2 + 1, 1);
  NnPictures output = nn_plain_pictures (results, nn_pass_output (g, NN_DOWN));

#pragma omp parallel num_threads(n_threads)
  {
    kernels->pack_halves (g, halves, (uint16_t *) packed);
    kernels->run_halves (g, test->batch, (uint16_t *) packed, &test->epilogue,
                         test->large, &output);
  }
  nn_floats_free (packed);
  return results;
}

static void
check_halves (const Case *test, const uint16_t *halves)
{
  const NnKernels *kernels;

  for (int i = 0; (kernels = nn_list_kernels (i)) != &nn_reference_kernels; i++)
    {
      float *expected = results_of (kernels, test, NN_DOWN, false, 1);

      for (int n_threads = 1; n_threads <= 8; n_threads++)
        {
          float *results = results_of_halves (kernels, test, halves, n_threads);

          if (memcmp (results, expected, test->n_small * sizeof *results) != 0)
            fail ("%s by %d threads", describe (kernels, test, NN_DOWN),
                  n_threads);
          nn_floats_free (results);
        }
      nn_floats_free (expected);
    }
}

static void
halves_give_the_bytes_of_floats (void)
{
  for (int i = 0; i < 24; i++)
    {
      Case test;
      uint16_t *halves;

      case_init (&test,
                 (NnGeometry) { .large_height = 1,
                                .large_width = 1,
                                .large_channels = draw (1, 300),
                                .small_channels = draw (1, 300),
                                .kernel = 1,
                                .stride = 1 },
                 i % 2 ? 1 : draw (2, 9));
      halves = malloc (test.n_kernel * sizeof *halves);
      for (size_t j = 0; j < test.n_kernel; j++)
        {
          halves[j] = draw (0, 0x3bff) | draw (0, 1) << 15;
          test.kernel[j] = half_value (halves[j]);
        }
      check_halves (&test, halves);
      free (halves);
      case_clear (&test);
    }
}

/* --- sigmoid ----------------------------------------------------------------
 */

static void
sigmoid_is_exact_to_the_ends (void)
{
  enum
  {
    N = 4001
  };
  const NnGeometry g = { 1, 1, 1, 1, 1, N, 1, 1, 0, 0 };
  const NnEpilogue epilogue = { NULL, NN_ACTIVATION_SIGMOID, 0, NULL, NULL };
  const NnKernels *kernels;
  float kernel[N], output[N], one = 1.0f;
  NnPictures pictures = nn_plain_pictures (output, (NnShape) { 1, 1, N });

  for (int i = 0; i < N; i++)
    kernel[i] = (i - N / 2) * 0.06f;
  for (int i = 0; (kernels = nn_list_kernels (i)); i++)
    {
      float *packed = nn_floats_new (kernels->get_packed_size (&g, NN_DOWN), 1);

      kernels->pack (&g, NN_DOWN, kernel, packed);
      kernels->run (&g, NN_DOWN, 1, packed, &epilogue, &one, &pictures, NULL);
      for (int j = 0; j < N; j++)
        {
          double expected = 1.0 / (1.0 + exp (-(double) kernel[j]));

          if (! (fabs (output[j] - expected) <= 4e-7 * expected + 1e-37))
            fail ("%s: sigmoid (%g) is %g", kernels->isa, kernel[j], output[j]);
        }
      nn_floats_free (packed);
    }
}

static void
the_fastest_set_is_in_use (void)
{
  const char *wanted = getenv ("FACET_ISA");

  if (! wanted)
    wanted = nn_list_kernels (0)->isa;
  if (strcmp (nn_get_isa (), wanted) != 0)
    fail ("%s kernels in use, not %s", nn_get_isa (), wanted);
}

static const struct
{
  const char *name;
  void (*run) (void);
} tests[] = {
  { "small pictures agree with reference",
    small_pictures_agree_with_reference },
  { "odd sides agree with reference", odd_sides_agree_with_reference },
  { "large pictures agree with reference",
    large_pictures_agree_with_reference },
  { "many channels agree with reference", many_channels_agree_with_reference },
  { "large batches agree with reference", large_batches_agree_with_reference },
  { "dense layers agree with reference", dense_layers_agree_with_reference },
  { "few channels agree with reference", few_channels_agree_with_reference },
  { "strided few channels agree with reference",
    strided_few_channels_agree_with_reference },
  { "tiles agree with reference", tiles_agree_with_reference },
  { "every half is read exactly", every_half_is_read_exactly },
  { "halves give the bytes of floats", halves_give_the_bytes_of_floats },
  { "sigmoid is exact to the ends", sigmoid_is_exact_to_the_ends },
  { "the fastest set is in use", the_fastest_set_is_in_use },
};

int
main (int argc, char **argv)
{
  const int n = sizeof tests / sizeof *tests;

  if (argc > 1 && atoi (argv[1]) > 0)
    one_in = atoi (argv[1]);
  printf ("1..%d\n", n);
  for (int i = 0; i < n; i++)
    {
      running = tests[i].name;
      tests[i].run ();
      printf ("ok %d - %s\n", i + 1, running);
      fflush (stdout);
    }
  return 0;
}
