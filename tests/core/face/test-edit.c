/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What FacetEdit promises of the user's pixels.
 */
#include <face/facet-edit.h>
#include <math.h>
#include <string.h>
#include "small-model.h"

#define WIDTH 61
#define HEIGHT 47

static const gchar *const formats[] = {
  "R'G'B' u8",
  "R'G'B'A u8",
  "Y' u8",
  "Y'A u8",
  "R'G'B' u16",
  "R'G'B'A u16",
  "Y' u16",
  "Y'A u16",
  "R'G'B' u32",
  "R'G'B'A u32",
  "R'G'B' half",
  "R'G'B'A half",
  "R'G'B' float",
  "R'G'B'A float",
  "Y' float",
  "Y'A float",
  "R'G'B' double",
  "R'G'B'A double",
  "RGB u8",
  "RGBA u8",
  "RGB u16",
  "RGBA u16",
  "RGB u32",
  "RGBA float",
  "RGBA double",
  "Y u8",
  "YA u16",
  "YA double",
  "R~G~B~ u8",
  "R~G~B~A float",
  "R'aG'aB'aA float",
  "RaGaBaA float",
  "cairo-ARGB32",
  "Y~ u8",
};

/* Pixels with random bits in range, and where they are. */
typedef struct
{
  const Babl *format;
  gint bytes;
  gint stride;
  guint8 *pixels;
} Photo;

static Photo
photo_new (const Babl *format, guint32 seed)
{
  Photo photo = { format, babl_format_get_bytes_per_pixel (format) };
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  const Babl *from = babl_format_with_space ("R'G'B'A double", format);

  /* an odd stride that no row's alignment survives */
  photo.stride = WIDTH * photo.bytes + 3;
  photo.pixels = g_malloc0 ((gsize) HEIGHT * photo.stride);
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      {
        gdouble rgba[4], pixel[4];

        for (gint c = 0; c < 4; c++)
          rgba[c] = g_rand_double (random);
        babl_process (babl_fish (from, format), rgba, pixel, 1);
        memcpy (photo.pixels + y * photo.stride + x * photo.bytes, pixel,
                photo.bytes);
      }
  return photo;
}

static guint8 *
render (FacetEdit *edit, const Photo *photo, gdouble offset)
{
  const gdouble offsets[] = { offset, -offset, offset, 0, offset };
  guint8 *out = g_malloc0 ((gsize) HEIGHT * photo->stride);
  g_autoptr (GError) error = NULL;

  g_assert_true (facet_edit_render (edit, offsets, G_N_ELEMENTS (offsets), out,
                                    photo->stride, &error));
  g_assert_no_error (error);
  return out;
}

static FacetEdit *
edit_new (FacetModel *model, const Photo *photo, const FacetCrop *crop)
{
  g_autoptr (GError) error = NULL;
  FacetEdit *edit = facet_edit_new (model, photo->format, photo->pixels, WIDTH,
                                    HEIGHT, photo->stride, crop, &error);

  g_assert_no_error (error);
  return edit;
}

static gboolean
same_pixels (const Photo *photo, const guint8 *out)
{
  for (gint y = 0; y < HEIGHT; y++)
    if (memcmp (photo->pixels + y * photo->stride, out + y * photo->stride,
                WIDTH * photo->bytes) != 0)
      return FALSE;
  return TRUE;
}

/* sRGB and, where asked for (babl takes seconds to find ways between many
 * formats), a space with other primaries and another curve. */
static const Babl *
get_format (const gchar *name, gboolean other_space)
{
  const Babl *curve = babl_trc_gamma (1.8);
  const Babl *space = babl_space_from_chromaticities (NULL, 0.3457, 0.3585,
                                                      0.7347, 0.2653, 0.1596,
                                                      0.8404, 0.0366, 0.0001,
                                                      curve, curve, curve, 0);

  return babl_format_with_space (name, other_space ? space : NULL);
}

static const FacetCrop crops[] = {
  { 30, 24, 12, 0 },     /* inside           */
  { 30, 24, 14, 9 },     /* inside, rotated  */
  { 5, 40, -13, 17 },    /* partly outside   */
  { 30, 24, 400, -300 }, /* larger by far    */
  { 33.3, 21.7, 5, 0.1 } /* a very small one */
};

static void
zero_is_identity (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint k = 0; k < G_N_ELEMENTS (crops); k++)
      {
        const Photo photo = photo_new (get_format (formats[i], i % 5 == 0), i);
        g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[k]);
        g_autofree guint8 *keeping = render (edit, &photo, 0.0);
        g_autofree guint8 *adding = NULL;

        facet_edit_set_mode (edit, FACET_MODE_DIFFERENCE);
        adding = render (edit, &photo, 0.0);
        g_assert_true (same_pixels (&photo, keeping));
        g_assert_true (same_pixels (&photo, adding));
        g_free (photo.pixels);
      }
}

/* How far from the crop's middle, in half sides; inside is less than 1. */
static gdouble
get_distance (const FacetCrop *crop, gint x, gint y)
{
  const gdouble dx = x + 0.5 - crop->centre_x;
  const gdouble dy = y + 0.5 - crop->centre_y;
  const gdouble square = crop->axis_x * crop->axis_x +
                         crop->axis_y * crop->axis_y;

  return MAX (fabs (dx * crop->axis_x + dy * crop->axis_y),
              fabs (dy * crop->axis_x - dx * crop->axis_y)) /
         square;
}

static void
only_the_crop_changes (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint k = 0; k < G_N_ELEMENTS (crops); k++)
      {
        const Photo photo = photo_new (get_format (formats[i], FALSE), i);
        g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[k]);
        g_autofree guint8 *out = render (edit, &photo, 4.0);
        gint changed = 0;

        for (gint y = 0; y < HEIGHT; y++)
          for (gint x = 0; x < WIDTH; x++)
            {
              const gsize at = y * photo.stride + x * photo.bytes;

              if (memcmp (photo.pixels + at, out + at, photo.bytes) == 0)
                continue;
              changed++;
              g_assert_cmpfloat (get_distance (&crops[k], x, y), <, 1.0);
            }
        g_assert_cmpint (changed, >, 20);
        g_free (photo.pixels);
      }
}

/* In every format here the alpha is the last component in memory. */
static void
alpha_keeps_its_bits (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      const Photo photo = photo_new (get_format (formats[i], i % 5 == 0), i);
      g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[1]);
      g_autofree guint8 *out = render (edit, &photo, 4.0);
      const gint n = babl_format_get_n_components (photo.format);
      const gint alpha = photo.bytes / n;

      if (babl_format_has_alpha (photo.format))
        for (gint y = 0; y < HEIGHT; y++)
          for (gint x = 0; x < WIDTH; x++)
            {
              const gsize at = y * photo.stride + (x + 1) * photo.bytes - alpha;

              g_assert_cmpmem (photo.pixels + at, alpha, out + at, alpha);
            }
      g_free (photo.pixels);
    }
}

static void
gray_stays_gray_and_gray_models_work (void)
{
  const Photo gray = photo_new (babl_format ("Y' u8"), 1);
  const Photo color = photo_new (babl_format ("R'G'B' u8"), 2);
  g_autoptr (FacetModel) gray_model = small_model_new (1);
  g_autoptr (FacetModel) color_model = small_model_new (3);
  g_autoptr (FacetEdit) first = edit_new (gray_model, &gray, &crops[0]);
  g_autoptr (FacetEdit) second = edit_new (gray_model, &color, &crops[0]);
  g_autoptr (FacetEdit) third = edit_new (color_model, &gray, &crops[0]);
  g_autofree guint8 *first_out = render (first, &gray, 4.0);
  g_autofree guint8 *second_out = render (second, &color, 4.0);
  g_autofree guint8 *third_out = render (third, &gray, 4.0);

  g_assert_false (same_pixels (&gray, first_out));
  g_assert_false (same_pixels (&color, second_out));
  g_assert_false (same_pixels (&gray, third_out));
  g_free (gray.pixels);
  g_free (color.pixels);
}

/* The largest difference between a pixel's channels less what the photo's own
 * is there: what an edit has coloured. */
static gint
get_tint (const Photo *photo, const guint8 *out)
{
  gint most = 0;

  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      {
        const gsize at = y * photo->stride + x * photo->bytes;
        const guint8 *before = photo->pixels + at;
        const guint8 *after = out + at;

        for (gint c = 1; c < 3; c++)
          most = MAX (most,
                      ABS ((after[c] - after[0]) - (before[c] - before[0])));
      }
  return most;
}

/* Gray as 8-bit R'G'B', each value up to @noise off. */
static Photo
gray_photo_new (gint noise)
{
  const Photo photo = photo_new (babl_format ("R'G'B' u8"), 9);
  g_autoptr (GRand) random = g_rand_new_with_seed (9);

  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      {
        guint8 *pixel = photo.pixels + y * photo.stride + x * photo.bytes;
        const gint value = g_rand_int_range (random, 64, 192);

        for (gint c = 0; c < 3; c++)
          pixel[c] = value + g_rand_int_range (random, -noise, noise + 1);
      }
  return photo;
}

static void
a_gray_photo_in_colours_stays_gray (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const FacetMode modes[] = { FACET_MODE_KEEP_DETAIL, FACET_MODE_DIFFERENCE,
                              FACET_MODE_RECONSTRUCTION };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const Photo gray = gray_photo_new (0);
      g_autoptr (FacetEdit) edit = edit_new (model, &gray, &crops[0]);
      g_autofree guint8 *out = NULL;

      facet_edit_set_mode (edit, modes[i]);
      out = render (edit, &gray, 4.0);
      g_assert_false (same_pixels (&gray, out));
      g_assert_cmpint (get_tint (&gray, out), ==, 0);
      g_free (gray.pixels);
    }
}

static void
a_nearly_gray_photo_gets_no_tint_and_a_coloured_one_does (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo noisy = gray_photo_new (2);
  const Photo coloured = gray_photo_new (20);
  g_autoptr (FacetEdit) noisy_edit = edit_new (model, &noisy, &crops[0]);
  g_autoptr (FacetEdit) coloured_edit = edit_new (model, &coloured, &crops[0]);
  g_autofree guint8 *noisy_out = NULL;
  g_autofree guint8 *coloured_out = NULL;

  facet_edit_set_mode (noisy_edit, FACET_MODE_DIFFERENCE);
  facet_edit_set_mode (coloured_edit, FACET_MODE_DIFFERENCE);
  noisy_out = render (noisy_edit, &noisy, 0.5);
  coloured_out = render (coloured_edit, &coloured, 0.5);
  /* a channel that reaches 0 or 255 before the others may leave some */
  g_assert_false (same_pixels (&noisy, noisy_out));
  g_assert_cmpint (get_tint (&noisy, noisy_out), <=, 4);
  g_assert_cmpint (get_tint (&coloured, coloured_out), >, 8);
  g_free (noisy.pixels);
  g_free (coloured.pixels);
}

static void
same_bytes_at_any_thread_count (void)
{
  const gint threads[] = { 2, 3, 8 };
  g_autoptr (FacetModel) model = small_model_new (3);

  for (guint k = 0; k < G_N_ELEMENTS (crops); k++)
    {
      const Photo photo = photo_new (babl_format ("R'G'B'A u16"), k);
      g_autofree guint8 *expected = NULL;

      nn_set_threads (1);
      {
        g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[k]);

        expected = render (edit, &photo, 2.5);
      }
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        {
          g_autoptr (FacetEdit) edit = NULL;
          g_autofree guint8 *out = NULL;

          nn_set_threads (threads[i]);
          edit = edit_new (model, &photo, &crops[k]);
          out = render (edit, &photo, 2.5);
          g_assert_cmpmem (expected, HEIGHT * photo.stride, out,
                           HEIGHT * photo.stride);
        }
      g_free (photo.pixels);
    }
  nn_set_threads (0);
}

static void
bounds_give_the_bytes_of_the_whole (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const gdouble offsets[] = { 1, -2, 3 };

  for (guint k = 0; k < G_N_ELEMENTS (crops); k++)
    {
      const Photo photo = photo_new (babl_format ("R'G'B' u8"), k);
      g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[k]);
      const FacetRectangle bounds = facet_edit_get_bounds (edit);
      const gint row = bounds.width * photo.bytes;
      g_autofree guint8 *whole = g_malloc (HEIGHT * photo.stride);
      g_autofree guint8 *part = g_malloc ((gsize) bounds.height * row);

      g_assert_true (
          facet_edit_render (edit, offsets, 3, whole, photo.stride, NULL));
      g_assert_true (
          facet_edit_render_bounds (edit, offsets, 3, part, row, NULL));
      for (gint y = 0; y < bounds.height; y++)
        g_assert_cmpmem (whole + (bounds.y + y) * photo.stride +
                             bounds.x * photo.bytes,
                         row, part + y * row, row);
      g_free (photo.pixels);
    }
}

/* With no feather the reconstruction is the decode itself. */
static void
reconstruction_is_the_decode (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' float"), 3);
  const FacetCrop crop = facet_crop_from_square (10, 8, 32);
  g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crop);
  const gfloat *decode = facet_edit_get_decode (edit);
  g_autofree guint8 *out = NULL;

  facet_edit_set_mode (edit, FACET_MODE_RECONSTRUCTION);
  facet_edit_set_feather (edit, 0.0);
  out = render (edit, &photo, 0.0);
  for (gint y = 0; y < 32; y++)
    for (gint x = 0; x < 32 * 3; x++)
      {
        gfloat value;

        memcpy (&value,
                out + (y + 8) * photo.stride + 10 * photo.bytes +
                    x * sizeof value,
                sizeof value);
        g_assert_cmpfloat_with_epsilon (value, decode[y * 32 * 3 + x], 1e-5);
      }
  g_free (photo.pixels);
}

static void
strength_scales_the_difference (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' float"), 4);
  g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[0]);
  g_autofree guint8 *none = NULL;
  g_autofree guint8 *half = NULL;
  g_autofree guint8 *whole = NULL;
  gdouble half_sum = 0, whole_sum = 0;

  facet_edit_set_mode (edit, FACET_MODE_DIFFERENCE);
  whole = render (edit, &photo, 0.5);
  facet_edit_set_strength (edit, 0.0);
  none = render (edit, &photo, 0.5);
  facet_edit_set_strength (edit, 0.5);
  half = render (edit, &photo, 0.5);
  g_assert_true (same_pixels (&photo, none));
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH * 3; x++)
      {
        const gsize at = y * photo.stride + x * sizeof (gfloat);
        gfloat before, middle, after;

        memcpy (&before, photo.pixels + at, sizeof before);
        memcpy (&middle, half + at, sizeof middle);
        memcpy (&after, whole + at, sizeof after);
        half_sum += fabs (middle - before);
        whole_sum += fabs (after - before);
      }
  g_assert_cmpfloat (half_sum / whole_sum, >, 0.45);
  g_assert_cmpfloat (half_sum / whole_sum, <, 0.6);
  g_free (photo.pixels);
}

static void
a_set_code_is_the_photo_s_own (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' u8"), 8);
  g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[0]);
  g_autoptr (GError) error = NULL;
  g_autofree gfloat *code = facet_edit_refine_code (edit, NULL, NULL, NULL,
                                                    &error);
  g_autofree guint8 *before = render (edit, &photo, 2.0);
  g_autofree guint8 *after = NULL;
  g_autofree guint8 *zero = NULL;

  g_assert_no_error (error);
  facet_edit_set_code (edit, code);
  g_assert_cmpmem (facet_edit_get_code (edit), 5 * sizeof *code, code,
                   5 * sizeof *code);
  after = render (edit, &photo, 2.0);
  zero = render (edit, &photo, 0.0);
  g_assert_true (memcmp (before, after, HEIGHT * photo.stride) != 0);
  g_assert_true (same_pixels (&photo, zero));
  g_free (photo.pixels);
}

static void
numbers_that_are_none_are_refused (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' u8"), 5);
  g_autoptr (FacetEdit) edit = edit_new (model, &photo, &crops[0]);
  const gdouble bad[][6] = { { NAN }, { 0, INFINITY }, { 1e300 } };
  const gdouble many[6] = { 0 };
  guint8 *out = g_malloc0 (HEIGHT * photo.stride);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (
          facet_edit_render (edit, bad[i], 2, out, photo.stride, &error));
      g_assert_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_LATENTS);
    }
  g_assert_false (facet_edit_render (edit, many, 6, out, photo.stride, NULL));
  g_assert_false (facet_edit_render (edit, many, -1, out, photo.stride, NULL));
  for (gint i = 0; i < HEIGHT * photo.stride; i++)
    g_assert_cmpint (out[i], ==, 0);
  g_free (out);
  g_free (photo.pixels);
}

static void
regions_that_are_none_are_refused (void)
{
  const FacetCrop bad[] = {
    { 30, 24, 0, 0 },     { 30, 24, 3, 0 },    { -40, 24, 12, 0 },
    { 30, 24, 1e300, 0 }, { NAN, 24, 12, 0 },  { 30, INFINITY, 12, 0 },
    { 30, 24, 12, NAN },  { 1e300, 0, 12, 0 },
  };
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' u8"), 5);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (facet_edit_new (model, photo.format, photo.pixels, WIDTH,
                                     HEIGHT, photo.stride, &bad[i], &error));
      g_assert_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_REGION);
    }
  g_free (photo.pixels);
}

static void
one_pixel_and_no_pixel (void)
{
  const guint8 pixel[3] = { 200, 100, 50 };
  const FacetCrop crop = facet_crop_from_square (-10, -10, 20);
  const FacetCrop far = { 0.5, 0.5, 300000, 100000 };
  const gdouble offsets[] = { 3 };
  guint8 out[3];
  g_autoptr (FacetModel) model = small_model_new (3);
  const Babl *format = babl_format ("R'G'B' u8");
  g_autoptr (FacetEdit)
      edit = facet_edit_new (model, format, pixel, 1, 1, 3, &crop, NULL);
  g_autoptr (FacetEdit)
      wide = facet_edit_new (model, format, pixel, 1, 1, 3, &far, NULL);

  g_assert_nonnull (edit);
  g_assert_nonnull (wide);
  g_assert_true (facet_edit_render (edit, offsets, 1, out, 3, NULL));
  g_assert_true (facet_edit_render (wide, NULL, 0, out, 3, NULL));
  g_assert_cmpmem (out, 3, pixel, 3);
  g_assert_null (facet_edit_new (model, format, pixel, 0, 1, 3, &crop, NULL));
}

static void
indexed_pixels_are_refused (void)
{
  const guint8 pixel = 0;
  const FacetCrop crop = facet_crop_from_square (0, 0, 20);
  const gchar *bad[] = { "CIE Lab float", "cmyk u8" };
  g_autoptr (FacetModel) model = small_model_new (3);
  const Babl *indexed, *with_alpha;
  g_autoptr (GError) error = NULL;

  babl_new_palette ("test palette", &indexed, &with_alpha);
  g_assert_null (
      facet_edit_new (model, indexed, &pixel, 1, 1, 1, &crop, &error));
  g_assert_error (error, FACET_EDIT_ERROR, FACET_EDIT_ERROR_FORMAT);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (facet_edit_new (model, babl_format (bad[i]), &pixel, 1, 1, 1,
                                   &crop, NULL));
}

/* Where a photo has no number there is nothing to change, and the rest of it
 * can be edited still. */
static void
a_photo_with_nan_is_edited_around_it (void)
{
  g_autoptr (FacetModel) model = small_model_new (3);
  const Photo photo = photo_new (babl_format ("R'G'B' float"), 6);
  const gfloat nan_pixel[3] = { NAN, NAN, NAN };
  const gsize at = 24 * photo.stride + 30 * photo.bytes;
  g_autoptr (FacetEdit) edit = NULL;
  g_autofree guint8 *out = NULL;

  memcpy (photo.pixels + at, nan_pixel, sizeof nan_pixel);
  edit = edit_new (model, &photo, &crops[0]);
  out = render (edit, &photo, 4.0);
  g_assert_cmpmem (out + at, sizeof nan_pixel, nan_pixel, sizeof nan_pixel);
  g_assert_false (same_pixels (&photo, out));
  g_free (photo.pixels);
}

int
main (int argc, char **argv)
{
  int status;

  babl_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edit/zero_is_identity", zero_is_identity);
  g_test_add_func ("/edit/only_the_crop_changes", only_the_crop_changes);
  g_test_add_func ("/edit/alpha_keeps_its_bits", alpha_keeps_its_bits);
  g_test_add_func ("/edit/gray_stays_gray_and_gray_models_work",
                   gray_stays_gray_and_gray_models_work);
  g_test_add_func ("/edit/a_gray_photo_in_colours_stays_gray",
                   a_gray_photo_in_colours_stays_gray);
  g_test_add_func (
      "/edit/a_nearly_gray_photo_gets_no_tint_and_a_coloured_one_does",
      a_nearly_gray_photo_gets_no_tint_and_a_coloured_one_does);
  g_test_add_func ("/edit/same_bytes_at_any_thread_count",
                   same_bytes_at_any_thread_count);
  g_test_add_func ("/edit/bounds_give_the_bytes_of_the_whole",
                   bounds_give_the_bytes_of_the_whole);
  g_test_add_func ("/edit/reconstruction_is_the_decode",
                   reconstruction_is_the_decode);
  g_test_add_func ("/edit/strength_scales_the_difference",
                   strength_scales_the_difference);
  g_test_add_func ("/edit/a_set_code_is_the_photo_s_own",
                   a_set_code_is_the_photo_s_own);
  g_test_add_func ("/edit/numbers_that_are_none_are_refused",
                   numbers_that_are_none_are_refused);
  g_test_add_func ("/edit/regions_that_are_none_are_refused",
                   regions_that_are_none_are_refused);
  g_test_add_func ("/edit/one_pixel_and_no_pixel", one_pixel_and_no_pixel);
  g_test_add_func ("/edit/indexed_pixels_are_refused",
                   indexed_pixels_are_refused);
  g_test_add_func ("/edit/a_photo_with_nan_is_edited_around_it",
                   a_photo_with_nan_is_edited_around_it);
  status = g_test_run ();
  babl_exit ();
  return status;
}
