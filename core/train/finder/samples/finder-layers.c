/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <face/finder/finder-shape.h>
#include "finder-effects.h"
#include "finder-layers.h"

/* --- where a face lies -------------------------------------------------------
 */

FinderPlacement
finder_place_face (const FinderFrame *face,
                   const FinderFrame *target,
                   gboolean mirror,
                   gint side)
{
  const gdouble pixel = face->width / target->width;
  const gdouble turn = mirror ? -1.0 : 1.0;
  const gdouble angle = face->angle - turn * target->angle;
  const gdouble u = turn * (target->x - 0.5 * side) * pixel;
  const gdouble v = (target->y - 0.5 * side) * pixel;

  return (FinderPlacement) { { face->x - u * cos (angle) + v * sin (angle),
                               face->y - u * sin (angle) - v * cos (angle),
                               pixel * side, angle },
                             mirror,
                             side };
}

FacetPoint
finder_placement_to_crop (const FinderPlacement *placement, FacetPoint place)
{
  FacetPoint inside = finder_frame_from_photo (&placement->source, place);

  if (placement->mirror)
    inside.x = -inside.x;
  return (FacetPoint) { (inside.x + 0.5) * placement->side,
                        (inside.y + 0.5) * placement->side };
}

static FacetPoint
to_photo (const FinderPlacement *placement, FacetPoint place)
{
  const gdouble turn = placement->mirror ? -1.0 : 1.0;

  return finder_frame_to_photo (&placement->source,
                                (FacetPoint) {
                                    turn * (place.x / placement->side - 0.5),
                                    place.y / placement->side - 0.5 });
}

/* --- layers ------------------------------------------------------------------
 */

void
finder_lay_background (const FinderAlbum *album,
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
    frame.angle = finder_random (random, -FINDER_MAX_ROLL, FINDER_MAX_ROLL);
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
           const FinderPlacement *placement,
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

void
finder_lay_photo (const FinderPhoto *photo,
                  const FinderPlacement *placement,
                  FinderLaying laying,
                  FinderRandom *random,
                  gfloat *pixels)
{
  const gint side = placement->side;
  const Ellipse ellipse = random_ellipse (&photo->frame, random);
  g_autofree gfloat *layer = NULL;

  if (laying == FINDER_LAY_ENDLESS)
    {
      finder_picture_crop (photo->picture, &placement->source, 1.0,
                           placement->mirror, side, pixels);
      return;
    }
  layer = g_new (gfloat, 3 * side * side);
  finder_picture_crop (photo->picture, &placement->source, 1.0,
                       placement->mirror, side, layer);
  lay_layer (photo, placement, laying == FINDER_LAY_ELLIPSE ? &ellipse : NULL,
             layer, pixels);
}

void
finder_lay_cover (FinderRandom *random,
                  gint side,
                  const FinderFrame *face,
                  gfloat *pixels)
{
  const gdouble x = face->x + finder_random (random, -0.6, 0.6) * face->width;
  const gdouble y = face->y + finder_random (random, -0.6, 0.6) * face->width;

  finder_effects_cover (random, side, x, y, 0.5 * face->width, pixels);
}
