/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the finder's networks are trained on: tiles for the coarse one, crops for
 * the fine one, each a function of its seed.
 */
#pragma once

#include <face/finder/networks/finder-recipe.h>
#include "../photos/finder-album.h"

/* Pixels along a tile, and faces in it at most. */
#define FINDER_TILE_PX        80
#define FINDER_MAX_TILE_FACES 2

/* A place in a photo of the album where no face is. */
typedef struct
{
  gint        photo;
  FinderFrame frame;
} FinderNegative;

typedef struct
{
  gint        n_faces;
  FinderFrame faces[FINDER_MAX_TILE_FACES]; /* in pixels of the tile */
} FinderTile;

/* @pixels [FINDER_TILE_PX][FINDER_TILE_PX][3], -0.5…0.5. */
void     finder_sample_tile     (const FinderAlbum   *album,
                                 const FinderRecipe  *recipe,
                                 guint64              seed,
                                 FinderTile          *tile,
                                 gfloat              *pixels);

/* A crop, half of the time of a face.  @negatives (of FinderNegative, may be
 * empty) are what some of the others show.  Returns whether it is a face; then
 * @target [FINDER_FINE_N] holds what the network should say. */
gboolean finder_sample_crop     (const FinderAlbum   *album,
                                 const FinderRecipe  *recipe,
                                 const GArray        *negatives,
                                 guint64              seed,
                                 gfloat              *crop,
                                 gfloat              *target);

/* A crop of a face that has been turned upright already, for the network that
 * places the points. */
void     finder_sample_face     (const FinderAlbum   *album,
                                 const FinderRecipe  *recipe,
                                 guint64              seed,
                                 gfloat              *crop,
                                 gfloat              *target);
/* The same, bent (finder-warp.h) and more off; of eyes that the portrait does
 * not teach @target is NAN. */
void     finder_sample_bent_face (const FinderAlbum  *album,
                                  const FinderRecipe *recipe,
                                  guint64             seed,
                                  gfloat             *crop,
                                  gfloat             *target);

/* Whether the recipe takes the portrait's eyes for known. */
gboolean finder_photo_teaches_eyes (const FinderPhoto  *photo,
                                    const FinderRecipe *recipe);
/* Whether @frame shows the face of @photo well enough to be one. */
gboolean finder_frame_has_face  (const FinderPhoto   *photo,
                                 const FinderFrame   *frame);
