/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <face/finder/finder-shape.h>
#include <math.h>
#include "finder-effects.h"
#include "finder-layers.h"
#include "finder-samples.h"
#include "finder-warp.h"

#define DEGREE (G_PI / 180.0)

static const FinderPhoto *
choose_face (const FinderAlbum *album, FinderRandom *random)
{
  return g_ptr_array_index (album->photos,
                            finder_random_index (random,
                                                 (guint) album->n_faces));
}

/* Around @middle, @middle.  Each draw is a statement of its own, so that they
 * come in the same order with every compiler. */
static FinderFrame
random_frame (FinderRandom *random,
              gdouble middle,
              gdouble shift,
              gdouble narrowest,
              gdouble widest,
              gdouble roll)
{
  FinderFrame frame;

  frame.x = middle + finder_random (random, -shift, shift);
  frame.y = middle + finder_random (random, -shift, shift);
  frame.width = finder_random_log (random, narrowest, widest);
  frame.angle = finder_random (random, -roll, roll);
  return frame;
}

/* --- tiles -------------------------------------------------------------------
 */

static void
add_face (const FinderAlbum *album,
          const FinderRecipe *recipe,
          FinderRandom *random,
          FinderTile *tile,
          gfloat *pixels)
{
  const FinderPhoto *photo = choose_face (album, random);
  const FinderFrame face = random_frame (random, 0.5 * FINDER_TILE_PX,
                                         0.5 * FINDER_TILE_PX - 4.0,
                                         0.8 * recipe->coarse_smallest,
                                         2.5 * recipe->coarse_smallest,
                                         FINDER_MAX_ROLL);
  const FinderPlacement placement =
      finder_place_face (&photo->frame, &face,
                         finder_random_chance (random, 0.5), FINDER_TILE_PX);
  FinderLaying laying = (FinderLaying) finder_random_index (random, 3);

  if (tile->n_faces > 0)
    {
      const FinderFrame *other = &tile->faces[0];

      if (hypot (face.x - other->x, face.y - other->y) <
          1.4 * (face.width + other->width))
        return;
      laying = FINDER_LAY_ELLIPSE;
    }
  finder_lay_photo (photo, &placement, laying, random, pixels);
  if (finder_random_chance (random, 0.15))
    finder_lay_cover (random, FINDER_TILE_PX, &face, pixels);
  tile->faces[tile->n_faces++] = face;
}

void
finder_sample_tile (const FinderAlbum *album,
                    const FinderRecipe *recipe,
                    guint64 seed,
                    FinderTile *tile,
                    gfloat *pixels)
{
  FinderRandom random = { seed, 0 };
  const guint n_faces = finder_random_index (&random,
                                             FINDER_MAX_TILE_FACES + 1);

  tile->n_faces = 0;
  finder_lay_background (album, &random, FINDER_TILE_PX, pixels);
  for (guint i = 0; i < n_faces; i++)
    add_face (album, recipe, &random, tile, pixels);
  finder_effects_apply (&random, FINDER_TILE_PX, pixels);
}

/* --- crops -------------------------------------------------------------------
 */

static void
describe_face (const FinderPhoto *photo,
               const FinderEye *eye,
               const FinderPlacement *placement,
               gfloat *target)
{
  /* right becomes left where the photo is mirrored */
  static const gint mirrored[] = { 1, 0, 2, 4, 3 };
  const FacetFace *face = &photo->face;
  const gdouble half = 0.5 * eye->side;
  const gdouble unit = eye->side / eye->span;
  const gdouble scale = placement->side / placement->source.width / unit;
  const FacetPoint middle =
      finder_placement_to_crop (placement,
                                (FacetPoint) { face->x + 0.5 * face->width,
                                               face->y + 0.5 * face->height });

  target[FINDER_FINE_FACE] = 1.0f;
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gint from = placement->mirror ? mirrored[i] : i;
      const FacetPoint point = finder_placement_to_crop (placement,
                                                         face->points[from]);

      target[FINDER_FINE_POINTS + 2 * i] = (gfloat) ((point.x - half) / unit);
      target[FINDER_FINE_POINTS + 2 * i + 1] = (gfloat) ((point.y - half) /
                                                         unit);
    }
  target[FINDER_FINE_BOX_X] = (gfloat) ((middle.x - half) / unit);
  target[FINDER_FINE_BOX_Y] = (gfloat) ((middle.y - half) / unit);
  target[FINDER_FINE_BOX_WIDTH] = (gfloat) log (face->width * scale);
  target[FINDER_FINE_BOX_HEIGHT] = (gfloat) log (face->height * scale);
}

/* How far a look is off the face: along both axes in face widths, in size, and
 * turned. */
typedef struct
{
  gdouble shift;
  gdouble resize;
  gdouble roll;
} Miss;

/* As the coarse network proposes it; as the first look has turned it; and so
 * that where a point is in the crop says less of it than what is seen there. */
static const Miss first_miss = { 0.2, 1.4, FINDER_MAX_ROLL + 5.0 * DEGREE };
static const Miss second_miss = { 0.06, 1.1, 6.0 * DEGREE };
static const Miss bent_miss = { 0.1, 1.2, 8.0 * DEGREE };

/* Where the face is in the crop. */
static FinderFrame
random_target (const FinderEye *eye, const Miss *miss, FinderRandom *random)
{
  const gdouble unit = eye->side / eye->span;

  return random_frame (random, 0.5 * eye->side, miss->shift * unit,
                       unit / miss->resize, unit * miss->resize, miss->roll);
}

static void
sample_face (const FinderAlbum *album,
             const FinderEye *eye,
             const Miss *miss,
             const FinderPhoto *photo,
             FinderRandom *random,
             gfloat *crop,
             gfloat *target)
{
  const FinderFrame face = random_target (eye, miss, random);
  const FinderPlacement placement =
      finder_place_face (&photo->frame, &face,
                         finder_random_chance (random, 0.5), eye->side);
  const FinderLaying laying =
      finder_random_chance (random, 0.2) ?
          FINDER_LAY_ELLIPSE :
          (FinderLaying) (2 * finder_random_index (random, 2));

  if (laying != FINDER_LAY_ENDLESS)
    finder_lay_background (album, random, eye->side, crop);
  finder_lay_photo (photo, &placement, laying, random, crop);
  describe_face (photo, eye, &placement, target);
  if (finder_random_chance (random, 0.15))
    finder_lay_cover (random, eye->side, &face, crop);
}

gboolean
finder_frame_has_face (const FinderPhoto *photo, const FinderFrame *frame)
{
  const FinderFrame *face = &photo->frame;
  const gdouble ratio = frame->width / face->width;

  return photo->has_face &&
         hypot (frame->x - face->x, frame->y - face->y) <
             0.6 * MAX (frame->width, face->width) &&
         ratio > 0.45 && ratio < 2.2;
}

/* Parts of a face, or a face far too small in the crop, or beside it. */
static FinderFrame
random_miss (const FinderPhoto *photo, FinderRandom *random)
{
  const FinderFrame *face = &photo->frame;
  FinderFrame frame;

  do
    {
      frame = random_frame (random, 0.0, 2.0 * face->width, 0.2 * face->width,
                            2.5 * face->width, FINDER_MAX_ROLL);
      frame.x += face->x;
      frame.y += face->y;
      frame.angle += face->angle;
    }
  while (finder_frame_has_face (photo, &frame));
  return frame;
}

/* One of @negatives, a little otherwise. */
static FinderFrame
random_negative (const GArray *negatives, FinderRandom *random, gint *photo)
{
  const FinderNegative *negative =
      &g_array_index (negatives, FinderNegative,
                      finder_random_index (random, negatives->len));
  FinderFrame frame = negative->frame;

  frame.x += finder_random (random, -0.1, 0.1) * negative->frame.width;
  frame.y += finder_random (random, -0.1, 0.1) * negative->frame.width;
  frame.width *= finder_random (random, 0.85, 1.2);
  frame.angle += finder_random (random, -10.0, 10.0) * DEGREE;
  *photo = negative->photo;
  return frame;
}

static void
sample_other (const FinderAlbum *album,
              const FinderEye *eye,
              const GArray *negatives,
              FinderRandom *random,
              gfloat *crop)
{
  const gboolean mirror = finder_random_chance (random, 0.5);
  const gdouble choice = finder_random (random, 0.0, 1.0);
  const FinderPhoto *photo = choose_face (album, random);
  FinderFrame frame;
  gint other;

  if (choice < 0.15)
    {
      finder_lay_background (album, random, eye->side, crop);
      return;
    }
  if (choice < 0.3 || negatives->len == 0)
    frame = random_miss (photo, random);
  else
    {
      frame = random_negative (negatives, random, &other);
      photo = g_ptr_array_index (album->photos, (guint) other);
    }
  finder_picture_crop (photo->picture, &frame, eye->span, mirror, eye->side,
                       crop);
}

gboolean
finder_sample_crop (const FinderAlbum *album,
                    const FinderRecipe *recipe,
                    const GArray *negatives,
                    guint64 seed,
                    gfloat *crop,
                    gfloat *target)
{
  FinderRandom random = { seed, 0 };
  const gboolean face = finder_random_chance (&random, 0.5);

  for (gint i = 0; i < FINDER_FINE_N; i++)
    target[i] = 0.0f;
  if (face)
    {
      const FinderPhoto *photo = choose_face (album, &random);
      const gboolean first = finder_random_chance (&random, 0.5);

      sample_face (album, &recipe->fine, first ? &first_miss : &second_miss,
                   photo, &random, crop, target);
    }
  else
    sample_other (album, &recipe->fine, negatives, &random, crop);
  finder_effects_apply (&random, recipe->fine.side, crop);
  return face;
}

void
finder_sample_face (const FinderAlbum *album,
                    const FinderRecipe *recipe,
                    guint64 seed,
                    gfloat *crop,
                    gfloat *target)
{
  FinderRandom random = { seed, 0 };
  const FinderPhoto *photo = choose_face (album, &random);

  random.counter++; /* where the fine network's samples choose their miss */
  sample_face (album, &recipe->points, &second_miss, photo, &random, crop,
               target);
  finder_effects_apply (&random, recipe->points.side, crop);
}

gboolean
finder_photo_teaches_eyes (const FinderPhoto *photo, const FinderRecipe *recipe)
{
  g_auto (GStrv) sets = g_strsplit (recipe->bent_eyes_from, ";", -1);

  return ! *sets || (photo->set &&
                     g_strv_contains ((const gchar *const *) sets, photo->set));
}

void
finder_sample_bent_face (const FinderAlbum *album,
                         const FinderRecipe *recipe,
                         guint64 seed,
                         gfloat *crop,
                         gfloat *target)
{
  FinderRandom random = { seed, 0 };
  FinderEye twice_as_sharp = recipe->points;
  const FinderPhoto *photo = choose_face (album, &random);
  g_autofree gfloat *twice = NULL;

  twice_as_sharp.side *= 2;
  twice = g_new (gfloat, 3 * twice_as_sharp.side * twice_as_sharp.side);
  sample_face (album, &twice_as_sharp, &bent_miss, photo, &random, twice,
               target);
  finder_warp (&random, &recipe->points, recipe->bent_by, twice, crop, target);
  if (! finder_photo_teaches_eyes (photo, recipe))
    for (gint i = 0; i < 4; i++)
      target[FINDER_FINE_POINTS + i] = NAN;
  finder_effects_apply (&random, recipe->points.side, crop);
}
