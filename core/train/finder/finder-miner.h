/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mining: what the finder takes for a face in photos where none is.
 */
#pragma once

#include <face/finder/finder-weights.h>
#include "finder-album.h"

/* Places that the coarse network proposes and that are no faces, at most
 * @most_per_photo of each photo: an array of FinderNegative. */
GArray *finder_mine_coarsely (const FinderWeights *weights,
                              const FinderAlbum   *album,
                              gint                 most_per_photo);
/* Those of @places, and the frames that the fine network turns them into, that
 * it would let pass. */
GArray *finder_mine_finely   (const FinderWeights *weights,
                              const FinderAlbum   *album,
                              const GArray        *places);
