/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A walk over the pixels of a batch that crosses rows and pictures, so that
 * tiles are full whatever a picture's width. */
#pragma once

#include "products.h"

typedef struct
{
  const NnProduct *product;
  int image, row, column;
  const float *input;
  float *output;
} NnWalk;

NN_INLINE void
walk_to_row (NnWalk *place)
{
  const NnProduct *product = place->product;
  const NnStrides *in = &product->windows.input_strides;
  const NnStrides *out = &product->output_strides;

  place->input = product->windows.input + place->image * in->image +
                 place->row * in->row + place->column * in->pixel;
  place->output = product->output + place->image * out->image +
                  place->row * out->row + place->column * out->pixel;
}

NN_INLINE NnWalk
walk_from (const NnProduct *product, size_t pixel)
{
  int width = product->windows.width;
  int height = product->windows.height;
  size_t row = pixel / width;
  NnWalk place = { product, row / height, row % height, pixel % width,
                   NULL,    NULL };

  walk_to_row (&place);
  return place;
}

/* The windows and outputs of the next @n pixels. */
NN_INLINE void
walk (NnWalk *place, int n, const float **inputs, float **outputs)
{
  const NnWindows *windows = &place->product->windows;
  ptrdiff_t in_pixel = windows->input_strides.pixel;
  ptrdiff_t out_pixel = place->product->output_strides.pixel;

  for (int p = 0; p < n; p++)
    {
      inputs[p] = place->input;
      outputs[p] = place->output;
      place->input += in_pixel;
      place->output += out_pixel;
      if (++place->column < windows->width)
        continue;
      place->column = 0;
      if (++place->row == windows->height)
        {
          place->row = 0;
          place->image++;
        }
      walk_to_row (place);
    }
}
