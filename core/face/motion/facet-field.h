/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small float fields, [height][width][channels]: blurred, and read between their
 * pixels. Beyond its edge a field goes on as its edge is. */
#pragma once

#include <glib.h>

/* Gaussian, from @in to @out, which may be the same. */
void facet_blur (gint          width,
                 gint          height,
                 gint          channels,
                 gdouble       sigma_px,
                 const gfloat *in,
                 gfloat       *out);

/* Four pixels around a place and their weights. */
typedef struct
{
  gsize  upper_left;
  gsize  upper_right;
  gsize  lower_left;
  gsize  lower_right;
  gfloat across;
  gfloat down;
} FacetPlace;

/* The middle of pixel 0, 0 is 0, 0. */
static inline FacetPlace
facet_field_find (gint width, gint height, gint channels, gfloat x, gfloat y)
{
  const gfloat inside_x = CLAMP (x, 0.0f, (gfloat) (width - 1));
  const gfloat inside_y = CLAMP (y, 0.0f, (gfloat) (height - 1));
  const gint left = (gint) inside_x;
  const gint top = (gint) inside_y;
  const gint right = MIN (left + 1, width - 1);
  const gint bottom = MIN (top + 1, height - 1);

  return (FacetPlace) {
    .upper_left = ((gsize) top * width + left) * channels,
    .upper_right = ((gsize) top * width + right) * channels,
    .lower_left = ((gsize) bottom * width + left) * channels,
    .lower_right = ((gsize) bottom * width + right) * channels,
    .across = inside_x - left,
    .down = inside_y - top,
  };
}

/* Channel @c there, by straight lines. */
static inline gfloat
facet_field_get (const gfloat *field, const FacetPlace *place, gint c)
{
  const gfloat above = field[place->upper_left + c] * (1.0f - place->across) +
                       field[place->upper_right + c] * place->across;
  const gfloat below = field[place->lower_left + c] * (1.0f - place->across) +
                       field[place->lower_right + c] * place->across;

  return above * (1.0f - place->down) + below * place->down;
}
