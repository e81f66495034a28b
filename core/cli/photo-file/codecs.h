/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two codecs of PhotoFile.  Reading fills size, pixels, profile and source;
 * writing keeps what is in source where it comes from the same codec. */
#pragma once

#include <stdio.h>
#include "photo-file.h"

/* Takes size and depth over and allocates the pixels; FALSE with @error where
 * there is no memory for as many. */
gboolean photo_file_allocate    (PhotoFile       *file,
                                 gint             width,
                                 gint             height,
                                 gint             channels,
                                 gint             depth_bytes,
                                 GError         **error);

gboolean photo_png_read         (PhotoFile       *file,
                                 FILE            *stream,
                                 GError         **error);
gboolean photo_png_write        (const PhotoFile *file,
                                 FILE            *stream,
                                 GError         **error);
/* The profile of what chunks gAMA (@gamma, or 0) and cHRM (@at: white, red,
 * green, blue, x and y each; or NULL) say; NULL where there is none. */
GBytes  *photo_png_make_profile (gdouble        gamma,
                                 const gdouble *at,
                                 gboolean       gray);
void     photo_png_free_source  (gpointer         source);

/* Writes 8 bit without alpha: what is deeper has to be converted before. */
gboolean photo_jpeg_read        (PhotoFile       *file,
                                 FILE            *stream,
                                 GError         **error);
gboolean photo_jpeg_write       (const PhotoFile *file,
                                 FILE            *stream,
                                 GError         **error);
void     photo_jpeg_free_source (gpointer         source);
