/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Most of the time that an edit of a large face takes is spent here: sixteen
 * pixels are read for each that moves.  They are read and weighted two at a
 * time, and so are what there is to compute across and down.
 */
#include <face/crop/facet-sample.h>
#include "facet-warp.h"

/* A motion shorter than this is none: it would change no byte, and most of a
 * face does not move. */
#define SHORTEST_MOTION_PX 0.002f

FACET_INLINE gboolean
is_none (Vec4 move)
{
  const Ints4 moves = (move > SHORTEST_MOTION_PX) |
                      (move < -SHORTEST_MOTION_PX);

  return (moves[0] | moves[1]) == 0;
}

/* The pixels next to the left and upwards. */
FACET_INLINE Ints4
get_floor (Vec4 move)
{
  const Ints4 whole = __builtin_convertvector (move, Ints4);

  return whole + (move < __builtin_convertvector (whole, Vec4));
}

FACET_CLONES void
facet_warp_row (const FacetImage *source,
                gint x,
                gint y,
                gint n,
                const gfloat *motion,
                gfloat *out)
{
  for (gint i = 0; i < n; i++)
    {
      const Vec4 move = ((const Vec4 *) motion)[i];
      const Ints4 whole = get_floor (move);
      const Vec4 rest = move - __builtin_convertvector (whole, Vec4);
      Vec4 *pixel = (Vec4 *) out + i;

      if (is_none (move))
        *pixel = facet_sample_pixel (source, x + i, y);
      else
        *pixel = facet_sample_between (source, x + i + whole[0], y + whole[1],
                                       rest[0], rest[1]);
    }
}
