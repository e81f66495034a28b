/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FacetPhoto: the user's pixels in their own format, and as numbers. */
#pragma once

#include <babl/babl.h>
#include <face/crop/facet-resample.h>

typedef struct
{
  gint          width;
  gint          height;
  gsize         pixel_bytes;
  gboolean      gray;
  /*< private >*/
  guint8       *pixels;       /* [height][width][pixel_bytes]            */
  gint          alpha_offset; /* the alpha's bytes within a pixel        */
  gint          alpha_bytes;  /* 0: no alpha                             */
  gint          levels;       /* of R, G, B or Y; 0: the numbers are
                                 babl's as they are                      */
  gint          colour_offsets[3]; /* the bytes of R, G, B or Y within a
                                      pixel, where there are levels      */
  const Babl   *to_float;
  const Babl   *to_native;
} FacetPhoto;

/* Copies @pixels, [height][stride bytes] of @format: gray or RGB, with or
 * without alpha, any precision, linear or not, any colour space. */
FacetPhoto   *facet_photo_new        (const Babl           *format,
                                      gconstpointer         pixels,
                                      gint                  width,
                                      gint                  height,
                                      gint                  stride,
                                      GError              **error);
void          facet_photo_free       (FacetPhoto           *photo);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetPhoto, facet_photo_free)

/* The pixels of @bounds as R'G'B'A in sRGB, 0…1 and, where the photo's range is
 * larger, beyond. */
FacetImage   *facet_photo_read       (const FacetPhoto     *photo,
                                      const FacetRectangle *bounds);

/* Copies the pixels of @bounds as they are to @pixels, [height][stride]. */
void          facet_photo_copy       (const FacetPhoto     *photo,
                                      const FacetRectangle *bounds,
                                      gpointer              pixels,
                                      gsize                 stride);

/* So many pixels can be written at once. */
#define FACET_PHOTO_MOST 256

/* Writes @n pixels that begin at @x, @y to @pixels, which hold the photo's:
 * those whose @rgba is not what facet_photo_read () gave, @before, and of these
 * not the alpha, which stays as it is, bit by bit. */
void          facet_photo_write      (const FacetPhoto     *photo,
                                      gint                  x,
                                      gint                  y,
                                      gint                  n,
                                      const gfloat         *before,
                                      const gfloat         *rgba,
                                      guint8               *pixels);
