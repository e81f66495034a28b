/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mining: what the finder takes for a face in photos where none is.
 */
#pragma once

#include <face/finder/networks/finder-weights.h>
#include "../photos/finder-album.h"

/* Places that the coarse network proposes and that are no faces, at most
 * @most_beside_faces of each photo with a face and @most_without of each photo
 * without: an array of FinderNegative. */
GArray *finder_mine_coarsely (const FinderWeights *weights,
                              const FinderAlbum   *album,
                              gint                 most_beside_faces,
                              gint                 most_without);
/* Those of @places, and the frames that the fine network turns them into, that
 * it would let pass. */
GArray *finder_mine_finely   (const FinderWeights *weights,
                              const FinderAlbum   *album,
                              const GArray        *places);
