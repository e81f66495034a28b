/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The measures are those that numpy finds (measure-fixture.py).
 */
#include <glib.h>
#include <math.h>
#include <train/judge/facet-measure.h>
#include <train/judge/facet-median.h>
#include "measure-fixture.h"

#define SIDE 32

static const NnShape shape = { SIDE, SIDE, 3 };

static void
fill (gfloat *crop, gfloat *decode)
{
  for (gint y = 0; y < SIDE; y++)
    for (gint x = 0; x < SIDE; x++)
      for (gint c = 0; c < 3; c++)
        {
          const gdouble value = 0.5 + 0.4 * sin (0.3 * x + c) * cos (0.2 * y);

          *crop++ = (gfloat) value;
          *decode++ = (gfloat) (value +
                                0.05 * sin (1.1 * x * y / SIDE + 2 * c));
        }
}

static void
measures_agree_with_numpy (void)
{
  gfloat crop[SIDE * SIDE * 3];
  gfloat decode[SIDE * SIDE * 3];
  FacetMeasure measure;

  fill (crop, decode);
  measure = facet_measure (shape, crop, decode);
  g_assert_cmpfloat_with_epsilon (measure.psnr, EXPECTED_PSNR, 1e-4);
  g_assert_cmpfloat_with_epsilon (measure.face_psnr, EXPECTED_FACE_PSNR, 1e-4);
  g_assert_cmpfloat_with_epsilon (measure.ssim, EXPECTED_SSIM, 1e-5);
  g_assert_cmpfloat_with_epsilon (measure.sharpness, EXPECTED_SHARPNESS, 1e-4);
  g_assert_cmpfloat_with_epsilon (measure.pattern, EXPECTED_PATTERN, 1e-4);
  g_assert_cmpfloat_with_epsilon (measure.photo_pattern, EXPECTED_PHOTO_PATTERN,
                                  1e-4);
}

static void
identical_crops_are_perfect (void)
{
  gfloat crop[SIDE * SIDE * 3];
  gfloat decode[SIDE * SIDE * 3];
  FacetMeasure measure;

  fill (crop, decode);
  measure = facet_measure (shape, crop, crop);
  g_assert_cmpfloat (measure.psnr, >=, 100.0);
  g_assert_cmpfloat_with_epsilon (measure.ssim, 1.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (measure.sharpness, 1.0, 1e-6);
}

static void
crop_without_detail_counts_as_sharp (void)
{
  gfloat crop[SIDE * SIDE * 3];

  for (gint i = 0; i < SIDE * SIDE * 3; i++)
    crop[i] = 0.5f;
  g_assert_cmpfloat (facet_measure (shape, crop, crop).sharpness, ==, 1.0);
}

static void
a_hatch_is_all_pattern (void)
{
  gfloat crop[SIDE * SIDE * 3];

  for (gint i = 0; i < SIDE * SIDE * 3; i++)
    crop[i] = (i / 3 / SIDE + i / 3 % SIDE) % 4 < 2 ? 0.4f : 0.6f;
  g_assert_cmpfloat_with_epsilon (facet_measure_pattern (shape, crop), 1.0,
                                  1e-5);
  for (gint i = 0; i < SIDE * SIDE * 3; i++)
    crop[i] = 0.5f;
  g_assert_cmpfloat (facet_measure_pattern (shape, crop), ==, 0.0);
}

static void
median_is_the_middle_one (void)
{
  gdouble odd[] = { 3, -1, 2 };
  gdouble even[] = { 4, 1, 3, 2 };

  g_assert_cmpfloat (facet_median (odd, 3), ==, 2.0);
  g_assert_cmpfloat (facet_median (even, 4), ==, 3.0);
  g_assert_cmpfloat (facet_median (NULL, 0), ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/measure/measures_agree_with_numpy",
                   measures_agree_with_numpy);
  g_test_add_func ("/measure/identical_crops_are_perfect",
                   identical_crops_are_perfect);
  g_test_add_func ("/measure/crop_without_detail_counts_as_sharp",
                   crop_without_detail_counts_as_sharp);
  g_test_add_func ("/measure/a_hatch_is_all_pattern", a_hatch_is_all_pattern);
  g_test_add_func ("/measure/median_is_the_middle_one",
                   median_is_the_middle_one);
  return g_test_run ();
}
