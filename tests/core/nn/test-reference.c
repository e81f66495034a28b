/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracle itself, on cases small enough to add up by hand. */
#include <glib.h>
#include <nn/nn-internal.h>
#include <string.h>

static const NnEpilogue nothing;

static void
assert_values (const float *values, const float *expected, int n)
{
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat (values[i], ==, expected[i]);
}

static void
run (const NnGeometry *geometry,
     NnPass pass,
     int batch,
     const float *kernel,
     const NnEpilogue *epilogue,
     const float *input,
     float *output)
{
  NnPictures pictures = nn_plain_pictures (output,
                                           nn_pass_output (geometry, pass));

  nn_reference_kernels.run (geometry, pass, batch, kernel, epilogue, input,
                            &pictures, NULL);
}

/* Four pixels in a row, a kernel of three of which only the middle row counts.
 * Stride 2 over an even width pads nothing before and one after. */
static void
stride_2_starts_at_the_first_pixel (void)
{
  const NnLayer layer = { .kind = NN_CONV_2D,
                          .filters = 1,
                          .kernel = 3,
                          .stride = 2 };
  NnNetwork *network = nn_network_new ((NnShape) { 1, 4, 1 }, &layer, 1);
  NnGeometry geometry = nn_network_get_geometry (network, 0);
  const float kernel[9] = { 0, 0, 0, 1, 10, 100, 0, 0, 0 };
  const float input[4] = { 1, 2, 3, 4 };
  float output[2], input_gradient[4], kernel_gradient[9] = { 0 };

  g_assert_cmpint (geometry.pad_left, ==, 0);
  g_assert_cmpint (geometry.pad_top, ==, 1);
  run (&geometry, NN_DOWN, 1, kernel, &nothing, input, output);
  assert_values (output, (float[]) { 1 + 20 + 300, 3 + 40 }, 2);

  run (&geometry, NN_UP, 1, kernel, &nothing, (float[]) { 1, 2 },
       input_gradient);
  assert_values (input_gradient, (float[]) { 1, 10, 100 + 2, 20 }, 4);

  nn_reference_kernels.add_kernel_gradient (&geometry, 1, input,
                                            (float[]) { 1, 2 }, kernel_gradient,
                                            NULL);
  assert_values (kernel_gradient,
                 (float[]) { 0, 0, 0, 1 + 6, 2 + 8, 3, 0, 0, 0 }, 9);
  nn_network_free (network);
}

/* Two pixels, three channels out: each pixel stamps the kernel, the stamps
 * overlap by one, what stands over the edges is cut (kernel 3, stride 2: none
 * before, one after). */
static void
transposed_stamps_its_kernel (void)
{
  const NnLayer layer = { .kind = NN_CONV_2D_TRANSPOSE,
                          .filters = 3,
                          .kernel = 3,
                          .stride = 2 };
  NnNetwork *network = nn_network_new ((NnShape) { 1, 2, 1 }, &layer, 1);
  NnGeometry geometry = nn_network_get_geometry (network, 0);
  const float kernel[27] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }; /* the top row */
  const NnEpilogue bias = { .bias = (float[]) { 100, 200, 300 } };
  float output[2 * 4 * 3];

  run (&geometry, NN_UP, 1, kernel, &bias, (float[]) { 1, 10 }, output);
  assert_values (output,
                 (float[]) { 101,      202,      303,      104, 205, 306,
                             107 + 10, 208 + 20, 309 + 30, 140, 250, 360,
                             100,      200,      300,      100, 200, 300,
                             100,      200,      300,      100, 200, 300 },
                 24);
  nn_network_free (network);
}

/* [input][output] kernels; two images. */
static void
dense_is_a_matrix_product (void)
{
  const NnLayer layer = { .kind = NN_DENSE, .filters = 2 };
  NnNetwork *network = nn_network_new ((NnShape) { 1, 1, 3 }, &layer, 1);
  NnGeometry geometry = nn_network_get_geometry (network, 0);
  const float kernel[6] = { 1, 2, 3, 4, 5, 6 }, input[6] = { 1, 0, 2, 0, 1, 0 };
  float output[4], gradient[6] = { 1, 1, 1, 1, 1, 1 };

  run (&geometry, NN_DOWN, 2, kernel, &nothing, input, output);
  assert_values (output, (float[]) { 11, 14, 3, 4 }, 4);
  nn_reference_kernels.add_kernel_gradient (&geometry, 2, input,
                                            (float[]) { 1, 10, 100, 1000 },
                                            gradient, NULL);
  assert_values (gradient, (float[]) { 2, 11, 101, 1001, 3, 21 }, 6);
  nn_network_free (network);
}

static void
epilogue_comes_in_its_order (void)
{
  const NnGeometry geometry = { 1, 1, 1, 1, 1, 3, 1, 1, 0, 0 };
  const NnEpilogue epilogue = { (float[]) { -2, 1, 0 },
                                NN_ACTIVATION_LEAKY_RELU, 0.5f,
                                (float[]) { 10, 20, 30 },
                                (float[]) { 1, 2, 3 } };
  float output[3];

  run (&geometry, NN_DOWN, 1, (float[]) { 1, 1, -4 }, &epilogue,
       (float[]) { 1 }, output);
  assert_values (output, (float[]) { -0.5f * 10 + 1, 2 * 20 + 2, -2 * 30 + 3 },
                 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/reference/stride_2_starts_at_the_first_pixel",
                   stride_2_starts_at_the_first_pixel);
  g_test_add_func ("/nn/reference/transposed_stamps_its_kernel",
                   transposed_stamps_its_kernel);
  g_test_add_func ("/nn/reference/dense_is_a_matrix_product",
                   dense_is_a_matrix_product);
  g_test_add_func ("/nn/reference/epilogue_comes_in_its_order",
                   epilogue_comes_in_its_order);
  return g_test_run ();
}
