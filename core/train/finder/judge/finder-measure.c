/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A photo is turned within the square around it, its edges going on, by the
 * same sampling that the finder uses.
 */
#include <face/finder/finder-shape.h>
#include <math.h>
#include <string.h>
#include <train/judge/facet-median.h>
#include "finder-measure.h"

#define SMALLEST_LEVEL 12

typedef struct
{
  guint8 *pixels;
  gint width;
  gint height;
} Photo;

void
finder_measure_init (FinderMeasure *measure)
{
  memset (measure, 0, sizeof *measure);
  measure->point_errors = g_array_new (FALSE, FALSE, sizeof (gdouble));
}

void
finder_measure_clear (FinderMeasure *measure)
{
  g_clear_pointer (&measure->point_errors, g_array_unref);
}

gdouble
finder_measure_get_median_error (FinderMeasure *measure)
{
  GArray *errors = measure->point_errors;

  return facet_median ((gdouble *) errors->data, errors->len);
}

/* --- turning -----------------------------------------------------------------
 */

static void
turn_photo (Photo *photo, const FinderFrame *frame, gint side)
{
  g_autoptr (FinderPicture)
      picture = finder_picture_new (photo->pixels, photo->width, photo->height,
                                    3, 3 * (gsize) photo->width, 2,
                                    SMALLEST_LEVEL);
  g_autofree gfloat *crop = g_new (gfloat, 3 * (gsize) side * (gsize) side);
  guint8 *turned = g_malloc (3 * (gsize) side * (gsize) side);

  finder_picture_crop (picture, frame, 1.0, FALSE, side, crop);
  for (gsize i = 0; i < 3 * (gsize) side * (gsize) side; i++)
    turned[i] = (guint8) ((crop[i] + 0.5f) * 255.0f + 0.5f);
  g_free (photo->pixels);
  *photo = (Photo) { turned, side, side };
}

static FacetPoint
turn_point (const FinderFrame *frame, FacetPoint point)
{
  const FacetPoint inside = finder_frame_from_photo (frame, point);

  return (FacetPoint) { (inside.x + 0.5) * frame->width,
                        (inside.y + 0.5) * frame->width };
}

static void
turn (Photo *photo, FacetFace *face, gdouble roll)
{
  const gint side = MAX (photo->width, photo->height);
  const FinderFrame frame = { 0.5 * photo->width, 0.5 * photo->height, side,
                              roll * G_PI / 180.0 };
  const FacetPoint middle = { face->x + 0.5 * face->width,
                              face->y + 0.5 * face->height };

  turn_photo (photo, &frame, side);
  finder_face_set_box (face, turn_point (&frame, middle), face->width,
                       face->height, frame.angle);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    face->points[i] = turn_point (&frame, face->points[i]);
}

/* --- measuring ---------------------------------------------------------------
 */

static void
add_point_error (FinderMeasure *measure,
                 const FacetFace *known,
                 const FacetFace *found)
{
  const FacetPoint *points = known->points;
  const gdouble eye_distance = hypot (points[1].x - points[0].x,
                                      points[1].y - points[0].y);
  gdouble error = 0.0;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    error += hypot (found->points[i].x - points[i].x,
                    found->points[i].y - points[i].y) /
             (FACET_N_POINTS * eye_distance);
  g_array_append_val (measure->point_errors, error);
}

static void
compare_faces (FinderMeasure *measure,
               const GArray *faces,
               const FacetFace *known)
{
  gdouble best_overlap = 0.0;
  guint best = 0;
  gboolean found;

  for (guint i = 0; known && i < faces->len; i++)
    {
      const gdouble overlap =
          finder_faces_overlap (known, &g_array_index (faces, FacetFace, i));

      if (overlap > best_overlap)
        {
          best_overlap = overlap;
          best = i;
        }
    }
  found = best_overlap >= FINDER_SAME_FACE;
  measure->n_false += (gint) faces->len - found;
  if (found)
    add_point_error (measure, known, &g_array_index (faces, FacetFace, best));
  if (known && known->width >= FACET_FINDER_SMALLEST_PX)
    {
      measure->n_faces++;
      measure->n_found += found;
    }
}

gboolean
finder_measure_add (FinderMeasure *measure,
                    FacetFinder *finder,
                    const gchar *path,
                    const FinderRow *row,
                    gdouble roll,
                    GError **error)
{
  FacetFace known = row ? row->face : (FacetFace) { 0 };
  Photo photo = { 0 };
  g_autoptr (GArray) faces = NULL;

  photo.pixels = finder_photo_load (path, 1.0, 0, &photo.width, &photo.height,
                                    error);
  if (! photo.pixels)
    return FALSE;
  if (roll != 0.0)
    turn (&photo, &known, roll);
  faces = facet_finder_find (finder, photo.pixels, photo.width, photo.height, 3,
                             3 * (gsize) photo.width, 0, error);
  g_free (photo.pixels);
  if (! faces)
    return FALSE;
  measure->n_photos++;
  compare_faces (measure, faces, row ? &known : NULL);
  return TRUE;
}
