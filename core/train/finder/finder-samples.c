/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A face is laid over a background with its whole photo, with a soft ellipse
 * around it, or with the photo's edge going on without end, so that no network
 * can take the edge of a photo for the sign of a face.
 */
#include <face/finder/finder-shape.h>
#include "finder-effects.h"
#include "finder-samples.h"

#define DEGREE (G_PI / 180.0)
#define MAX_ROLL (35.0 * DEGREE)

typedef enum
{
  LAY_PHOTO,
  LAY_ELLIPSE,
  LAY_ENDLESS
} Laying;

/* How a photo lies in a crop: crop = origin + axes · photo. */
typedef struct
{
  FinderFrame source; /* what finder_picture_crop () takes */
  gboolean mirror;
  gint side;
} Placement;

/* --- where a face lies -------------------------------------------------------
 */

/* @face of the photo is to lie at @target of a crop of @side pixels. */
static Placement
place_face (const FinderFrame *face,
            const FinderFrame *target,
            gboolean mirror,
            gint side)
{
  const gdouble pixel = face->width / target->width;
  const gdouble turn = mirror ? -1.0 : 1.0;
  const gdouble angle = face->angle - turn * target->angle;
  const gdouble u = turn * (target->x - 0.5 * side) * pixel;
  const gdouble v = (target->y - 0.5 * side) * pixel;

  return (Placement) { { face->x - u * cos (angle) + v * sin (angle),
                         face->y - u * sin (angle) - v * cos (angle),
                         pixel * side, angle },
                       mirror,
                       side };
}

/* From the photo to pixels of the crop. */
static FacetPoint
to_crop (const Placement *placement, FacetPoint place)
{
  FacetPoint inside = finder_frame_from_photo (&placement->source, place);

  if (placement->mirror)
    inside.x = -inside.x;
  return (FacetPoint) { (inside.x + 0.5) * placement->side,
                        (inside.y + 0.5) * placement->side };
}

static FacetPoint
to_photo (const Placement *placement, FacetPoint place)
{
  const gdouble turn = placement->mirror ? -1.0 : 1.0;

  return finder_frame_to_photo (&placement->source,
                                (FacetPoint) {
                                    turn * (place.x / placement->side - 0.5),
                                    place.y / placement->side - 0.5 });
}

/* --- layers ------------------------------------------------------------------
 */

static void
lay_background (const FinderAlbum *album,
                FinderRandom *random,
                gint side,
                gfloat *pixels)
{
  const guint n = album->photos->len - (guint) album->n_faces;
  const FinderPhoto *photo = g_ptr_array_index (
      album->photos, (guint) album->n_faces + finder_random_index (random, n));
  const FinderLevel *level = &photo->picture->levels[0];
  const gdouble most = MIN (level->width, level->height);
  FinderFrame frame = { 0 };

  frame.width = finder_random_log (random, MIN (side, 0.9 * most), most);
  frame.x = finder_random (random, 0.5 * frame.width,
                           level->width - 0.5 * frame.width);
  frame.y = finder_random (random, 0.5 * frame.width,
                           level->height - 0.5 * frame.width);
  if (finder_random_chance (random, 0.3))
    frame.angle = finder_random (random, -MAX_ROLL, MAX_ROLL);
  finder_picture_crop (photo->picture, &frame, 1.0,
                       finder_random_chance (random, 0.5), side, pixels);
}

/* A soft ellipse around a face, in the photo. */
typedef struct
{
  FacetPoint middle;
  FacetPoint across; /* per pixel, in its radii */
  FacetPoint down;
} Ellipse;

static Ellipse
random_ellipse (const FinderFrame *face, FinderRandom *random)
{
  const gdouble width = face->width * finder_random (random, 0.65, 1.2);
  const gdouble height = face->width * finder_random (random, 0.85, 1.4);

  return (
      Ellipse) { { face->x, face->y },
                 { cos (face->angle) / width, sin (face->angle) / width },
                 { -sin (face->angle) / height, cos (face->angle) / height } };
}

static gdouble
ellipse_coverage (const Ellipse *ellipse, FacetPoint place)
{
  const gdouble x = place.x - ellipse->middle.x;
  const gdouble y = place.y - ellipse->middle.y;
  const gdouble u = x * ellipse->across.x + y * ellipse->across.y;
  const gdouble v = x * ellipse->down.x + y * ellipse->down.y;

  return CLAMP (5.0 * (1.0 - sqrt (u * u + v * v)), 0.0, 1.0);
}

/* Lays @layer, a crop of @photo, over @pixels where the photo is, or only where
 * @ellipse is in it (may be NULL). */
static void
lay_layer (const FinderPhoto *photo,
           const Placement *placement,
           const Ellipse *ellipse,
           const gfloat *layer,
           gfloat *pixels)
{
  const FinderLevel *level = &photo->picture->levels[0];
  const gint side = placement->side;
  const FacetPoint start = to_photo (placement, (FacetPoint) { 0.5, 0.5 });
  const FacetPoint right = to_photo (placement, (FacetPoint) { 1.5, 0.5 });
  const FacetPoint below = to_photo (placement, (FacetPoint) { 0.5, 1.5 });

  for (gint i = 0; i < side * side; i++)
    {
      const gint x = i % side;
      const gint y = i / side;
      const FacetPoint place = {
        start.x + x * (right.x - start.x) + y * (below.x - start.x),
        start.y + x * (right.y - start.y) + y * (below.y - start.y)
      };
      const gboolean inside = place.x >= 0.0 && place.y >= 0.0 &&
                              place.x < level->width && place.y < level->height;
      const gfloat alpha = inside && ellipse ?
                               (gfloat) ellipse_coverage (ellipse, place) :
                               (gfloat) inside;

      /* where it covers all, what was there before does not even count by its
       * rounding */
      for (gint c = 0; c < 3; c++)
        pixels[3 * i + c] = alpha >= 1.0f ?
                                layer[3 * i + c] :
                                pixels[3 * i + c] + alpha * (layer[3 * i + c] -
                                                             pixels[3 * i + c]);
    }
}

static void
lay_photo (const FinderPhoto *photo,
           const Placement *placement,
           Laying laying,
           FinderRandom *random,
           gfloat *pixels)
{
  const gint side = placement->side;
  const Ellipse ellipse = random_ellipse (&photo->frame, random);
  g_autofree gfloat *layer = NULL;

  if (laying == LAY_ENDLESS)
    {
      finder_picture_crop (photo->picture, &placement->source, 1.0,
                           placement->mirror, side, pixels);
      return;
    }
  layer = g_new (gfloat, 3 * side * side);
  finder_picture_crop (photo->picture, &placement->source, 1.0,
                       placement->mirror, side, layer);
  lay_layer (photo, placement, laying == LAY_ELLIPSE ? &ellipse : NULL, layer,
             pixels);
}

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

/* Something in front of the face. */
static void
cover (FinderRandom *random, gint side, const FinderFrame *face, gfloat *pixels)
{
  const gdouble x = face->x + finder_random (random, -0.6, 0.6) * face->width;
  const gdouble y = face->y + finder_random (random, -0.6, 0.6) * face->width;

  finder_effects_cover (random, side, x, y, 0.5 * face->width, pixels);
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
                                         MAX_ROLL);
  const Placement placement = place_face (&photo->frame, &face,
                                          finder_random_chance (random, 0.5),
                                          FINDER_TILE_PX);
  Laying laying = (Laying) finder_random_index (random, 3);

  if (tile->n_faces > 0)
    {
      const FinderFrame *other = &tile->faces[0];

      if (hypot (face.x - other->x, face.y - other->y) <
          1.4 * (face.width + other->width))
        return;
      laying = LAY_ELLIPSE;
    }
  lay_photo (photo, &placement, laying, random, pixels);
  if (finder_random_chance (random, 0.15))
    cover (random, FINDER_TILE_PX, &face, pixels);
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
  lay_background (album, &random, FINDER_TILE_PX, pixels);
  for (guint i = 0; i < n_faces; i++)
    add_face (album, recipe, &random, tile, pixels);
  finder_effects_apply (&random, FINDER_TILE_PX, pixels);
}

/* --- crops -------------------------------------------------------------------
 */

static void
describe_face (const FinderPhoto *photo,
               const FinderEye *eye,
               const Placement *placement,
               gfloat *target)
{
  /* right becomes left where the photo is mirrored */
  static const gint mirrored[] = { 1, 0, 2, 4, 3 };
  const FacetFace *face = &photo->face;
  const gdouble half = 0.5 * eye->side;
  const gdouble unit = eye->side / eye->span;
  const gdouble scale = placement->side / placement->source.width / unit;
  const FacetPoint middle =
      to_crop (placement, (FacetPoint) { face->x + 0.5 * face->width,
                                         face->y + 0.5 * face->height });

  target[FINDER_FINE_FACE] = 1.0f;
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const gint from = placement->mirror ? mirrored[i] : i;
      const FacetPoint point = to_crop (placement, face->points[from]);

      target[FINDER_FINE_POINTS + 2 * i] = (gfloat) ((point.x - half) / unit);
      target[FINDER_FINE_POINTS + 2 * i + 1] = (gfloat) ((point.y - half) /
                                                         unit);
    }
  target[FINDER_FINE_BOX_X] = (gfloat) ((middle.x - half) / unit);
  target[FINDER_FINE_BOX_Y] = (gfloat) ((middle.y - half) / unit);
  target[FINDER_FINE_BOX_WIDTH] = (gfloat) log (face->width * scale);
  target[FINDER_FINE_BOX_HEIGHT] = (gfloat) log (face->height * scale);
}

/* As the coarse network proposes it, so often, or as the first look has turned
 * it. */
static FinderFrame
random_target (const FinderEye *eye, gdouble first_chance, FinderRandom *random)
{
  const gdouble unit = eye->side / eye->span;
  const gboolean first = finder_random_chance (random, first_chance);
  const gdouble shift = first ? 0.2 : 0.06;
  const gdouble resize = first ? 1.4 : 1.1;
  const gdouble roll = first ? MAX_ROLL + 5.0 * DEGREE : 6.0 * DEGREE;

  return random_frame (random, 0.5 * eye->side, shift * unit, unit / resize,
                       unit * resize, roll);
}

static void
sample_face (const FinderAlbum *album,
             const FinderEye *eye,
             gdouble first_chance,
             FinderRandom *random,
             gfloat *crop,
             gfloat *target)
{
  const FinderPhoto *photo = choose_face (album, random);
  const FinderFrame face = random_target (eye, first_chance, random);
  const Placement placement = place_face (&photo->frame, &face,
                                          finder_random_chance (random, 0.5),
                                          eye->side);
  const Laying laying = finder_random_chance (random, 0.2) ?
                            LAY_ELLIPSE :
                            (Laying) (2 * finder_random_index (random, 2));

  if (laying != LAY_ENDLESS)
    lay_background (album, random, eye->side, crop);
  lay_photo (photo, &placement, laying, random, crop);
  describe_face (photo, eye, &placement, target);
  if (finder_random_chance (random, 0.15))
    cover (random, eye->side, &face, crop);
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
                            2.5 * face->width, MAX_ROLL);
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
      lay_background (album, random, eye->side, crop);
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
    sample_face (album, &recipe->fine, 0.5, &random, crop, target);
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

  sample_face (album, &recipe->points, 0.0, &random, crop, target);
  finder_effects_apply (&random, recipe->points.side, crop);
}
