/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pasting back: the photo's own pixels, changed by what the crop says. */
#pragma once

#include <face/paste/facet-grid.h>
#include <face/photo/facet-photo.h>

typedef struct
{
  const FacetPhoto *photo;
  const FacetImage *pixels;    /* the photo as numbers …             */
  FacetRectangle    read;      /* … of this rectangle                */
  FacetGrid         grid;
  gdouble           feather;   /* as in facet_grid_get_mask ()       */
  gdouble           strength;  /* factor of what is added            */
  gboolean          overwrite; /* the map replaces, rather than adds */
} FacetPaste;

/* Writes the pixels of the grid's bounds that change to @pixels,
 * [height][stride]; those that do not are left alone. @map is of the crop,
 * R'G'B' and a fourth channel of zeros. */
void facet_paste (const FacetPaste *paste,
                  const FacetImage *map,
                  guint8           *pixels,
                  gsize             stride);
