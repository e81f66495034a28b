/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A walk over the pixels of a batch that crosses rows and pictures, so that
 * tiles are full whatever a picture's width. */
#pragma once

#include "products.h"

typedef struct
{
  const NnProduct *product;
  int image, row, column;
} NnWalk;

NN_INLINE NnWalk
walk_from (const NnProduct *product, size_t pixel)
{
  int width = product->windows.width;
  int height = product->windows.height;
  size_t row = pixel / width;

  return (NnWalk) { product, row / height, row % height, pixel % width };
}

/* The windows and outputs of the next @n pixels. */
NN_INLINE void
walk (NnWalk *place, int n, const float **inputs, float **outputs)
{
  const NnProduct *product = place->product;
  const NnWindows *windows = &product->windows;
  const NnStrides *in = &windows->input_strides;
  const NnStrides *out = &product->output_strides;

  for (int p = 0; p < n; p++)
    {
      inputs[p] = windows->input + place->image * in->image +
                  place->row * in->row + place->column * in->pixel;
      outputs[p] = product->output + place->image * out->image +
                   place->row * out->row + place->column * out->pixel;
      if (++place->column == windows->width)
        {
          place->column = 0;
          if (++place->row == windows->height)
            {
              place->row = 0;
              place->image++;
            }
        }
    }
}
