/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pasting back: the photo's own pixels, changed by what the crop says. */
#pragma once

#include <face/paste/facet-grid.h>
#include <face/photo/facet-photo.h>

/* What a pixel of the photo is drawn towards. */
typedef enum
{
  FACET_PASTE_ADD,    /* itself + the map                                   */
  FACET_PASTE_PUT,    /* the map                                            */
  FACET_PASTE_MOVE    /* the photo moved by @motion · the map's fourth
                         channel + the map                                  */
} FacetPasteKind;

typedef struct
{
  const FacetPhoto *photo;
  const FacetImage *pixels;      /* the photo as numbers …                  */
  FacetRectangle    read;        /* … of this rectangle                     */
  FacetGrid         grid;
  FacetPasteKind    kind;
  const FacetImage *map;         /* of the crop, R'G'B' and a fourth        */
  const FacetImage *motion;      /* of the crop, in pixels of the photo     */
  gdouble           feather;     /* as in facet_grid_get_mask ()            */
  gdouble           strength;    /* how far towards, 0…1                    */
  gdouble           grain_sigma; /* noise where MOVE gives the photo up     */
} FacetPaste;

/* Writes the pixels of the grid's bounds that change to @pixels,
 * [height][stride]; those that do not are left alone. */
void facet_paste (const FacetPaste *paste,
                  guint8           *pixels,
                  gsize             stride);
