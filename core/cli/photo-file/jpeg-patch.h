/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JpegPatch: an edited JPEG as coefficients.  Of the old file only those blocks
 * are coded anew that hold an edited pixel; all others stay bit by bit. */
#pragma once

#include <stdio.h>
#include <jpeglib.h> /* wants stdio.h before it */
#include "photo-file.h"

typedef struct
{
  struct jpeg_decompress_struct old; /* has read its header and coefficients */
  jvirt_barray_ptr             *coefficients;
  /*< private >*/
  struct jpeg_decompress_struct shown;
  struct jpeg_compress_struct   coder;
  struct jpeg_decompress_struct coded;
  guint8                       *coded_bytes;
  gulong                        n_coded_bytes;
} JpegPatch;

/* @patch, zeros before, becomes the file @bytes with the pixels of @file, which
 * has the old photo's size and channels.  Errors go to @errors, and after them,
 * too, jpeg_patch_clear () is due. */
void jpeg_patch_make  (JpegPatch             *patch,
                       GBytes                *bytes,
                       const PhotoFile       *file,
                       struct jpeg_error_mgr *errors);
void jpeg_patch_clear (JpegPatch             *patch);
