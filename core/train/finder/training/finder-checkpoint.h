/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The state of the finder's training, and its checkpoint.
 */
#pragma once

#include "../samples/finder-samples.h"

/* One of the networks; average holds a copy of each parameter. */
typedef struct
{
  const gchar *name;
  NnNetwork   *network;
  NnAdam      *adam;
  gfloat     **average;
  gint         step; /* done */
} FinderPart;

typedef struct
{
  guint64             seed;
  const FinderRecipe *recipe;
  const FinderAlbum  *album;
  FinderPart          coarse;
  FinderPart          fine;
  FinderPart          points;
  gint                n_minings; /* done */
  GArray             *negatives; /* of FinderNegative */
} FinderState;

gboolean finder_state_save (FinderState  *state,
                            const gchar  *path,
                            GError      **error);
/* An error where it is of another recipe, seed or album. */
gboolean finder_state_load (FinderState  *state,
                            const gchar  *path,
                            GError      **error);
