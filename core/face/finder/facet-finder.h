/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder: all faces of a photo, each with its box and five points.
 *
 * A coarse convolutional network looks at the photo at every scale and proposes
 * places; a fine one looks at each place more closely, decides, and says where
 * the points are; it looks a second time at the face turned upright.  (The
 * method is a cascade, as in Zhang et al., Joint Face Detection and Alignment
 * using Multi-task Cascaded Convolutional Networks, 2016.)
 *
 * What is found does not depend on the number of threads.
 */
#pragma once

#include <face/crop/facet-points.h>

/* In pixels of the photo; 0, 0 is the upper left corner of its first pixel.
 * Box and points may lie outside the photo where the face does. */
typedef struct
{
  gdouble    x; /* the box: forehead to chin, upright */
  gdouble    y;
  gdouble    width;
  gdouble    height;
  FacetPoint points[FACET_N_POINTS];
  gdouble    score; /* probability of being a face, 0…1 */
} FacetFace;

/* Faces narrower than this are not looked for unless asked. */
#define FACET_FINDER_SMALLEST_PX 40

typedef struct _FacetFinder FacetFinder;

/* @name: a path, or a name that facet_model_find () knows; NULL is "finder". */
FacetFinder *facet_finder_load  (const gchar  *name,
                                 GError      **error);
FacetFinder *facet_finder_ref   (FacetFinder  *finder);
void         facet_finder_unref (FacetFinder  *finder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetFinder, facet_finder_unref)

/* @pixels: 8 bit, gamma-encoded as in "R'G'B' u8", [height][@stride bytes] of
 * @channels each: 1 gray, 2 gray and alpha, 3 R'G'B', 4 R'G'B' and alpha.  Alpha
 * is ignored.  @smallest_px: width of the narrowest face to look for, or 0 for
 * FACET_FINDER_SMALLEST_PX; half of it takes four times as long.
 *
 * Returns an array of FacetFace, the widest first, empty if there is none; free
 * it with g_array_unref ().  NULL with @error where the photo has no pixels or
 * there is not enough memory.  Not to be called for one finder from two threads
 * at once. */
GArray      *facet_finder_find  (FacetFinder  *finder,
                                 const guint8 *pixels,
                                 gint          width,
                                 gint          height,
                                 gint          channels,
                                 gsize         stride,
                                 gint          smallest_px,
                                 GError      **error);

/* The face that a rectangle (a selection) means: of those whose middle lies in
 * it, the widest; if there is none, the one that overlaps it most; -1 where no
 * face touches it.  An index into @faces. */
gint         facet_faces_choose (const GArray *faces,
                                 gdouble       x,
                                 gdouble       y,
                                 gdouble       width,
                                 gdouble       height);
