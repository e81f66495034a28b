/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keeping detail promises: that what moves is found, and that refining
 * helps and stays in range.
 */
#include <face/motion/facet-detail.h>
#include <face/motion/facet-field.h>
#include <face/motion/facet-flow.h>
#include <face/photo/facet-grain.h>
#include <face/refine/facet-refine.h>
#include <math.h>
#include "small-model.h"

#define SIDE 128

/* A picture with something to see everywhere, at any place. */
static gfloat
scene (gdouble x, gdouble y)
{
  return (gfloat) (0.5 + 0.15 * sin (x / 3.1) * cos (y / 4.3) +
                   0.15 * cos ((x + 2 * y) / 7.7) + 0.1 * sin (x / 11 - y / 9));
}

/* A smile: the corners of a mouth at 64 ± 22, 90 go out and up. */
static void
get_move (gint x, gint y, gdouble *move_x, gdouble *move_y)
{
  const gdouble right = exp (-(pow (x - 42.0, 2) + pow (y - 90.0, 2)) / 400);
  const gdouble left = exp (-(pow (x - 86.0, 2) + pow (y - 90.0, 2)) / 400);

  *move_x = 4 * right - 4 * left;
  *move_y = 3 * right + 3 * left;
}

static void
motion_is_found (void)
{
  g_autofree gfloat *source = g_new (gfloat, SIDE * SIDE);
  g_autofree gfloat *target = g_new (gfloat, SIDE * SIDE);
  g_autofree gfloat *flow = g_new (gfloat, 2 * SIDE * SIDE);
  gdouble off = 0, move = 0;

  for (gint y = 0; y < SIDE; y++)
    for (gint x = 0; x < SIDE; x++)
      {
        gdouble move_x, move_y;

        get_move (x, y, &move_x, &move_y);
        source[y * SIDE + x] = scene (x, y);
        target[y * SIDE + x] = scene (x + move_x, y + move_y);
      }
  facet_flow_estimate (SIDE, SIDE, source, target, flow);
  for (gint y = 0; y < SIDE; y++)
    for (gint x = 0; x < SIDE; x++)
      {
        const gfloat *found = flow + 2 * (y * SIDE + x);
        gdouble move_x, move_y;

        get_move (x, y, &move_x, &move_y);
        off += hypot (found[0] - move_x, found[1] - move_y);
        move += hypot (move_x, move_y);
      }
  g_assert_cmpfloat (off, <, 0.2 * move);
}

static void
nothing_moves_between_the_same (void)
{
  g_autofree gfloat *picture = g_new (gfloat, 3 * 50 * 40);
  g_autofree gfloat *flow = g_new (gfloat, 2 * 50 * 40);
  g_autoptr (FacetImage) add = facet_image_new (50, 40);
  g_autoptr (FacetImage) motion = facet_image_new (50, 40);
  FacetDetail *detail;

  for (gint i = 0; i < 3 * 50 * 40; i++)
    picture[i] = scene (i % 150, i / 150);
  facet_flow_estimate (50, 40, picture, picture, flow);
  for (gint i = 0; i < 2 * 50 * 40; i++)
    g_assert_cmpfloat (flow[i], ==, 0.0f);
  detail = facet_detail_new (50, 40, picture, picture);
  facet_detail_get_maps (detail, picture, add, motion);
  for (gint i = 0; i < 4 * 50 * 40; i++)
    {
      g_assert_cmpfloat (add->pixels[i], ==, i % 4 == 3 ? 1.0f : 0.0f);
      g_assert_cmpfloat (motion->pixels[i], ==, 0.0f);
    }
  facet_detail_free (detail);
}

/* --- what the maps say -----------------------------------------------------
 */

typedef struct
{
  FacetImage *add;
  FacetImage *motion;
} Maps;

static Maps
maps_new (const gfloat *own, const gfloat *moved)
{
  const Maps maps = { facet_image_new (SIDE, SIDE),
                      facet_image_new (SIDE, SIDE) };
  FacetDetail *detail = facet_detail_new (SIDE, SIDE, own, own);

  facet_detail_get_maps (detail, moved, maps.add, maps.motion);
  facet_detail_free (detail);
  return maps;
}

static void
maps_clear (Maps *maps)
{
  facet_image_free (maps->add);
  facet_image_free (maps->motion);
}

static gfloat *
picture_new (gfloat (*get) (gdouble x, gdouble y))
{
  gfloat *picture = g_new (gfloat, 3 * SIDE * SIDE);

  for (gint i = 0; i < 3 * SIDE * SIDE; i++)
    picture[i] = get (i / 3 % SIDE, i / 3 / SIDE);
  return picture;
}

static gfloat
scene_moved (gdouble x, gdouble y)
{
  return scene (x + 2, y - 1);
}

static gfloat
scene_lit (gdouble x, gdouble y)
{
  return (gfloat) (scene (x, y) + 0.1 + 0.001 * x);
}

static gfloat
closed_mouth (gdouble x, gdouble y)
{
  const gdouble line = exp (-pow ((y - 90) / 2, 2) - pow ((x - 64) / 16, 4));

  return (gfloat) (0.6 - 0.3 * line + 0.1 * sin (x / 5) * (y < 70));
}

static gfloat
open_mouth (gdouble x, gdouble y)
{
  const gdouble teeth = exp (-pow ((y - 90) / 6, 4) - pow ((x - 64) / 16, 4));

  return (gfloat) (0.6 + 0.3 * teeth + 0.1 * sin (x / 5) * (y < 70));
}

static void
what_moved_keeps_its_detail (void)
{
  g_autofree gfloat *own = picture_new (scene);
  g_autofree gfloat *moved = picture_new (scene_moved);
  Maps maps = maps_new (own, moved);

  for (gint y = 50; y < 90; y += 5)
    for (gint x = 44; x < 84; x += 5)
      {
        const gfloat *motion = maps.motion->pixels + 4 * (y * SIDE + x);

        g_assert_cmpfloat_with_epsilon (motion[0], 2, 0.3);
        g_assert_cmpfloat_with_epsilon (motion[1], -1, 0.3);
        g_assert_cmpfloat (maps.add->pixels[4 * (y * SIDE + x) + 3], >, 0.95f);
      }
  maps_clear (&maps);
}

static void
light_moves_nothing (void)
{
  g_autofree gfloat *own = picture_new (scene);
  g_autofree gfloat *lit = picture_new (scene_lit);
  Maps maps = maps_new (own, lit);

  for (gint y = 50; y < 90; y++)
    for (gint x = 44; x < 84; x++)
      {
        const gint at = y * SIDE + x;

        g_assert_cmpfloat (fabsf (maps.motion->pixels[4 * at]), <, 0.05f);
        g_assert_cmpfloat (fabsf (maps.motion->pixels[4 * at + 1]), <, 0.05f);
        g_assert_cmpfloat_with_epsilon (maps.add->pixels[4 * at],
                                        0.1 + 0.001 * x, 0.01);
        g_assert_cmpfloat (maps.add->pixels[4 * at + 3], >, 0.99f);
      }
  maps_clear (&maps);
}

/* The photo's line is finer and darker than the decode knows. */
static gfloat
photo_of_closed_mouth (gdouble x, gdouble y)
{
  const gdouble fine = exp (-pow ((y - 90) / 0.8, 2) - pow ((x - 64) / 16, 4));

  return (gfloat) (closed_mouth (x, y) - 0.25 * fine);
}

static void
a_line_that_vanished_gives_way (void)
{
  g_autofree gfloat *photo = picture_new (photo_of_closed_mouth);
  g_autofree gfloat *closed = picture_new (closed_mouth);
  g_autofree gfloat *open = picture_new (open_mouth);
  Maps maps = maps_new (closed, open);

  for (gint y = 86; y < 95; y++)
    for (gint x = 56; x < 73; x++)
      {
        const gint at = y * SIDE + x;
        const gfloat *move = maps.motion->pixels + 4 * at;
        const FacetPlace place = facet_field_find (SIDE, SIDE, 3, x + move[0],
                                                   y + move[1]);
        const gfloat edited = maps.add->pixels[4 * at + 3] *
                                  facet_field_get (photo, &place, 0) +
                              maps.add->pixels[4 * at];

        g_assert_cmpfloat_with_epsilon (edited, open[3 * at], 0.08);
      }
  maps_clear (&maps);
}

static void
far_from_the_face_nothing_changes (void)
{
  g_autofree gfloat *own = picture_new (scene);
  g_autofree gfloat *moved = picture_new (open_mouth);
  Maps maps = maps_new (own, moved);

  for (gint i = 0; i < 12 * 12; i++)
    {
      const gint at = i / 12 * SIDE + i % 12;

      for (gint c = 0; c < 4; c++)
        {
          g_assert_cmpfloat (maps.add->pixels[4 * at + c], ==, c == 3);
          g_assert_cmpfloat (maps.motion->pixels[4 * at + c], ==, 0);
        }
    }
  maps_clear (&maps);
}

/* White noise of a known σ over a slope. */
static void
grain_is_measured (void)
{
  const gdouble sigmas[] = { 0.0, 0.004, 0.012 };

  for (guint k = 0; k < G_N_ELEMENTS (sigmas); k++)
    {
      g_autoptr (FacetImage) image = facet_image_new (300, 300);

      for (gint i = 0; i < 300 * 300; i++)
        for (gint c = 0; c < 4; c++)
          image->pixels[4 * i + c] = (gfloat) (0.3 + 0.001 * (i % 300) +
                                               sigmas[k] *
                                                   nn_random_normal (1, i));
      g_assert_cmpfloat_with_epsilon (facet_grain_estimate (image, 150, 150,
                                                            100),
                                      sigmas[k], 0.1 * sigmas[k] + 1e-4);
    }
}

/* --- refining --------------------------------------------------------------
 */

typedef struct
{
  FacetModel *model;
  gfloat crop[32 * 32 * 3];
  gfloat code[5];
} Case;

/* A crop that the decoder can make, from a code that the encoder does not
 * find. */
static Case *
case_new (void)
{
  const gfloat hidden[5] = { 1.2f, -0.7f, 0.9f, 1.5f, -1.1f };
  Case *item = g_new0 (Case, 1);
  FacetLatents *latents;

  item->model = small_model_new (3);
  latents = facet_model_get_latents (item->model);
  for (gint i = 0; i < latents->n_axes; i++)
    {
      latents->low[i] = -1.3f;
      latents->high[i] = 1.3f;
    }
  facet_model_decode (item->model, 1, hidden, item->crop);
  facet_model_encode (item->model, 1, item->crop, item->code);
  return item;
}

static void
case_free (Case *item)
{
  facet_model_unref (item->model);
  g_free (item);
}

static gdouble
get_error (Case *item, const gfloat *code)
{
  gfloat decode[32 * 32 * 3];
  gdouble sum = 0;

  facet_model_decode (item->model, 1, code, decode);
  for (gint i = 0; i < 32 * 32 * 3; i++)
    sum += (decode[i] - item->crop[i]) * (decode[i] - item->crop[i]);
  return sum;
}

static void
count (gdouble fraction, gpointer data)
{
  gint *n = data;

  g_assert_cmpfloat (fraction, >=, 0.0);
  g_assert_cmpfloat (fraction, <=, 1.0);
  (*n)++;
}

static void
refining_helps_and_stays_in_range (void)
{
  Case *item = case_new ();
  gfloat code[5];
  gint calls = 0;
  g_autoptr (GError) error = NULL;

  memcpy (code, item->code, sizeof code);
  g_assert_true (facet_refine (item->model, item->crop, code, NULL, count,
                               &calls, &error));
  g_assert_no_error (error);
  g_assert_cmpint (calls, >, 5);
  g_assert_cmpfloat (get_error (item, code), <,
                     get_error (item, item->code) / 1.2589);
  for (gint i = 0; i < 5; i++)
    {
      g_assert_cmpfloat (code[i], >=, MIN (-1.3f, item->code[i]) - 1e-4f);
      g_assert_cmpfloat (code[i], <=, MAX (1.3f, item->code[i]) + 1e-4f);
    }
  case_free (item);
}

static void
cancelled_refining_leaves_the_code (void)
{
  Case *item = case_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gfloat code[5];

  memcpy (code, item->code, sizeof code);
  g_cancellable_cancel (cancellable);
  g_assert_false (facet_refine (item->model, item->crop, code, cancellable,
                                NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpmem (code, sizeof code, item->code, sizeof code);
  case_free (item);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detail/motion_is_found", motion_is_found);
  g_test_add_func ("/detail/nothing_moves_between_the_same",
                   nothing_moves_between_the_same);
  g_test_add_func ("/detail/what_moved_keeps_its_detail",
                   what_moved_keeps_its_detail);
  g_test_add_func ("/detail/light_moves_nothing", light_moves_nothing);
  g_test_add_func ("/detail/a_line_that_vanished_gives_way",
                   a_line_that_vanished_gives_way);
  g_test_add_func ("/detail/far_from_the_face_nothing_changes",
                   far_from_the_face_nothing_changes);
  g_test_add_func ("/detail/grain_is_measured", grain_is_measured);
  g_test_add_func ("/detail/refining_helps_and_stays_in_range",
                   refining_helps_and_stays_in_range);
  g_test_add_func ("/detail/cancelled_refining_leaves_the_code",
                   cancelled_refining_leaves_the_code);
  return g_test_run ();
}
