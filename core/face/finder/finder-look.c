/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The coarse look runs one network over each level of the picture, a plan for
 * each size of level, kept for the next photo of the same size.  The fine look
 * runs crops in batches.
 */
#include <math.h>
#include <string.h>
#include "finder-look.h"
#include "finder-shape.h"

#define CROP_BATCH 16
/* Coarse places are one where their squares share this much. */
#define SAME_PLACE 0.45
/* No photo is worth more places than this. */
#define MAX_PLACES 1000
/* The network's widths are trusted this far beyond its range (log2). */
#define MAX_WIDTH_LOG2 1.0f

typedef struct
{
  gint height;
  gint width;
  NnPlan *plan;
} LevelPlan;

struct _FinderLook
{
  const FinderRecipe *recipe;
  NnNetwork *coarse;
  gint n_level_plans;
  LevelPlan level_plans[FINDER_MAX_LEVELS];
  NnPlan *fine;
  NnPlan *points;
  gfloat *crops;
  gfloat *outputs;
};

gdouble
finder_logit_to_probability (gdouble logit)
{
  return 1.0 / (1.0 + exp (-logit));
}

static gsize
crop_size (const FinderEye *eye)
{
  return (gsize) eye->side * (gsize) eye->side * 3;
}

FinderLook *
finder_look_new (const FinderWeights *weights)
{
  g_autoptr (FinderLook) look = g_new0 (FinderLook, 1);
  const gsize fine_size = crop_size (&weights->recipe->fine);
  const gsize points_size = crop_size (&weights->recipe->points);

  look->recipe = weights->recipe;
  look->coarse = weights->coarse;
  look->fine = nn_plan_new (weights->fine, CROP_BATCH);
  look->points = nn_plan_new (weights->points, CROP_BATCH);
  look->crops = g_try_new (gfloat, CROP_BATCH * MAX (fine_size, points_size));
  look->outputs = g_try_new (gfloat, CROP_BATCH * FINDER_FINE_N);
  if (! look->fine || ! look->points || ! look->crops || ! look->outputs)
    return NULL;
  return g_steal_pointer (&look);
}

static void
forget_level_plans (FinderLook *look)
{
  for (gint i = 0; i < look->n_level_plans; i++)
    nn_plan_free (look->level_plans[i].plan);
  look->n_level_plans = 0;
}

void
finder_look_free (FinderLook *look)
{
  if (! look)
    return;
  forget_level_plans (look);
  if (look->fine)
    nn_plan_free (look->fine);
  if (look->points)
    nn_plan_free (look->points);
  g_free (look->crops);
  g_free (look->outputs);
  g_free (look);
}

gint
finder_look_get_factor (FinderLook *look, gint smallest_px)
{
  return MAX (1, smallest_px / look->recipe->coarse_smallest);
}

gint
finder_look_get_smallest_side (FinderLook *look)
{
  return 2 * look->recipe->coarse_smallest;
}

/* --- coarsely ----------------------------------------------------------------
 */

static NnPlan *
get_level_plan (FinderLook *look, gint height, gint width)
{
  NnNetwork *network;
  LevelPlan *level_plan = &look->level_plans[look->n_level_plans];

  for (gint i = 0; i < look->n_level_plans; i++)
    if (look->level_plans[i].height == height &&
        look->level_plans[i].width == width)
      return look->level_plans[i].plan;
  if (look->n_level_plans == FINDER_MAX_LEVELS)
    {
      forget_level_plans (look);
      level_plan = look->level_plans;
    }
  network = finder_recipe_new_coarse (look->recipe, height, width);
  if (! network)
    return NULL;
  finder_network_copy (network, look->coarse);
  *level_plan = (LevelPlan) { height, width, nn_plan_new (network, 1) };
  nn_network_free (network);
  if (level_plan->plan)
    look->n_level_plans++;
  return level_plan->plan;
}

static void
add_place (FinderLook *look,
           const FinderLevel *level,
           gint row,
           gint column,
           const gfloat *says,
           GArray *places)
{
  const gdouble unit = look->recipe->coarse_smallest;
  const gfloat width_log2 = CLAMP (says[FINDER_COARSE_WIDTH], -MAX_WIDTH_LOG2,
                                   MAX_WIDTH_LOG2);
  const gdouble x = column * FINDER_CELL_PX + FINDER_CELL_MIDDLE_PX +
                    says[FINDER_COARSE_X] * unit;
  const gdouble y = row * FINDER_CELL_PX + FINDER_CELL_MIDDLE_PX +
                    says[FINDER_COARSE_Y] * unit;
  const FinderPlace place = { { x * level->factor, y * level->factor,
                                unit * exp2 (width_log2 + 0.5) * level->factor,
                                0.0 },
                              says[FINDER_COARSE_FACE] };

  if (isfinite (place.frame.x) && isfinite (place.frame.y))
    g_array_append_val (places, place);
}

static gboolean
look_at_level (FinderLook *look,
               const FinderLevel *level,
               gfloat least_logit,
               GArray *places)
{
  const gint cells_wide = (level->width + FINDER_CELL_PX - 1) / FINDER_CELL_PX;
  const gint cells_high = (level->height + FINDER_CELL_PX - 1) / FINDER_CELL_PX;
  const gsize n_cells = (gsize) cells_wide * (gsize) cells_high;
  NnPlan *plan = get_level_plan (look, cells_high * FINDER_CELL_PX,
                                 cells_wide * FINDER_CELL_PX);
  g_autofree gfloat *input = g_try_new (gfloat, n_cells * FINDER_CELL_PX *
                                                    FINDER_CELL_PX * 3);
  g_autofree gfloat *output = g_try_new (gfloat, n_cells * FINDER_COARSE_N);

  if (! plan || ! input || ! output)
    return FALSE;
  finder_level_to_floats (level, FINDER_CELL_PX, input);
  nn_plan_run (plan, 1, input, output);
  for (gsize i = 0; i < n_cells; i++)
    if (output[i * FINDER_COARSE_N + FINDER_COARSE_FACE] >= least_logit)
      add_place (look, level, (gint) (i / (gsize) cells_wide),
                 (gint) (i % (gsize) cells_wide), output + i * FINDER_COARSE_N,
                 places);
  return TRUE;
}

static gint
compare_places (gconstpointer first, gconstpointer second)
{
  const FinderPlace *a = first;
  const FinderPlace *b = second;

  if (a->logit != b->logit)
    return a->logit > b->logit ? -1 : 1;
  if (a->frame.y != b->frame.y)
    return a->frame.y < b->frame.y ? -1 : 1;
  return a->frame.x < b->frame.x ? -1 : a->frame.x > b->frame.x;
}

/* Squares of the frames' widths, turned or not. */
static gboolean
is_same_place (const FinderFrame *a, const FinderFrame *b)
{
  const gdouble half = 0.5 * (a->width + b->width);
  const gdouble least = MIN (a->width, b->width);
  const gdouble wide = MIN (half - fabs (a->x - b->x), least);
  const gdouble high = MIN (half - fabs (a->y - b->y), least);
  gdouble shared;

  if (wide <= 0.0 || high <= 0.0)
    return FALSE;
  shared = wide * high;
  return shared >
         SAME_PLACE * (a->width * a->width + b->width * b->width - shared);
}

/* Non-maximum suppression. */
static void
keep_best_places (GArray *places)
{
  guint n_kept = 0;

  g_array_sort (places, compare_places);
  for (guint i = 0; i < places->len && n_kept < MAX_PLACES; i++)
    {
      const FinderPlace place = g_array_index (places, FinderPlace, i);
      gboolean best = TRUE;

      for (guint j = 0; best && j < n_kept; j++)
        best = ! is_same_place (&g_array_index (places, FinderPlace, j).frame,
                                &place.frame);
      if (best)
        g_array_index (places, FinderPlace, n_kept++) = place;
    }
  g_array_set_size (places, n_kept);
}

GArray *
finder_look_coarsely (FinderLook *look,
                      const FinderPicture *picture,
                      gdouble threshold)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (FinderPlace));
  const gfloat least_logit = (gfloat) log (threshold / (1.0 - threshold));

  for (gint i = 1; i < picture->n_levels; i++)
    if (! look_at_level (look, &picture->levels[i], least_logit, places))
      return NULL;
  keep_best_places (places);
  return g_steal_pointer (&places);
}

/* --- finely ------------------------------------------------------------------
 */

static void
read_verdict (const gfloat *says,
              const FinderFrame *frame,
              FinderVerdict *verdict)
{
  verdict->logit = says[FINDER_FINE_FACE];
  for (gint i = 0; i < FACET_N_POINTS; i++)
    verdict->points[i] = finder_frame_to_photo (
        frame, (FacetPoint) { says[FINDER_FINE_POINTS + 2 * i],
                              says[FINDER_FINE_POINTS + 2 * i + 1] });
  verdict->box_middle = finder_frame_to_photo (
      frame, (FacetPoint) { says[FINDER_FINE_BOX_X], says[FINDER_FINE_BOX_Y] });
  verdict->box_width = frame->width *
                       exp (CLAMP (says[FINDER_FINE_BOX_WIDTH], -2.0f, 2.0f));
  verdict->box_height = frame->width *
                        exp (CLAMP (says[FINDER_FINE_BOX_HEIGHT], -2.0f, 2.0f));
}

/* Turns what a network says of a mirror image into what it means for the face.
 */
static void
mirror_back (gfloat *says)
{
  static const gint other[FACET_N_POINTS] = {
    FACET_POINT_LEFT_EYE, FACET_POINT_RIGHT_EYE, FACET_POINT_NOSE,
    FACET_POINT_LEFT_MOUTH, FACET_POINT_RIGHT_MOUTH
  };
  gfloat points[2 * FACET_N_POINTS];

  memcpy (points, says + FINDER_FINE_POINTS, sizeof points);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      says[FINDER_FINE_POINTS + 2 * i] = -points[2 * other[i]];
      says[FINDER_FINE_POINTS + 2 * i + 1] = points[2 * other[i] + 1];
    }
  says[FINDER_FINE_BOX_X] = -says[FINDER_FINE_BOX_X];
}

/* Adds what is said of a mirror image. */
static void
take_mean (gfloat *says, gfloat *says_of_mirror)
{
  mirror_back (says_of_mirror);
  for (gint i = 0; i < FINDER_FINE_N; i++)
    says[i] = 0.5f * (says[i] + says_of_mirror[i]);
}

/* What the network of @eye says of @n frames; with @n_sides 2 the mean of what
 * it says of each and of its mirror image. */
static void
look_through (FinderLook *look,
              NnPlan *plan,
              const FinderEye *eye,
              gint n_sides,
              const FinderPicture *picture,
              gint n,
              const FinderFrame *frames,
              FinderVerdict *verdicts)
{
  const gint most = CROP_BATCH / n_sides;

  for (gint first = 0; first < n; first += most)
    {
      const gint batch = MIN (most, n - first);

#pragma omp parallel for schedule(static) num_threads(nn_get_threads())
      for (gint i = 0; i < batch * n_sides; i++)
        finder_picture_crop (picture, &frames[first + i / n_sides], eye->span,
                             i % n_sides == 1, eye->side,
                             look->crops + (gsize) i * crop_size (eye));
      nn_plan_run (plan, batch * n_sides, look->crops, look->outputs);
      for (gint i = 0; i < batch; i++)
        {
          gfloat *says = look->outputs + i * n_sides * FINDER_FINE_N;

          if (n_sides == 2)
            take_mean (says, says + FINDER_FINE_N);
          read_verdict (says, &frames[first + i], &verdicts[first + i]);
        }
    }
}

void
finder_look_finely (FinderLook *look,
                    const FinderPicture *picture,
                    gint n,
                    const FinderFrame *frames,
                    FinderVerdict *verdicts)
{
  look_through (look, look->fine, &look->recipe->fine, 1, picture, n, frames,
                verdicts);
}

void
finder_look_twice (FinderLook *look,
                   const FinderPicture *picture,
                   gint n,
                   const FinderFrame *frames,
                   FinderVerdict *verdicts)
{
  look_through (look, look->fine, &look->recipe->fine, 2, picture, n, frames,
                verdicts);
}

void
finder_look_for_points (FinderLook *look,
                        const FinderPicture *picture,
                        gint n,
                        const FinderFrame *frames,
                        FinderVerdict *verdicts)
{
  look_through (look, look->points, &look->recipe->points, 2, picture, n,
                frames, verdicts);
}
