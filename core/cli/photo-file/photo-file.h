/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PhotoFile: a PNG or JPEG file as GIMP would load it: its pixels as deep as
 * they are, its colour profile, and all that goes back into the file when it is
 * written again (metadata, comments, resolution).  A JPEG that stays one keeps
 * its quality and, where its pixels are as they were, its very blocks. */
#pragma once

#include <babl/babl.h>
#include <gexiv2/gexiv2.h>
#include <glib.h>

typedef enum
{
  PHOTO_PNG,
  PHOTO_JPEG
} PhotoKind;

typedef struct
{
  PhotoKind       kind;
  gint            width;
  gint            height;
  gint            channels;    /* 1 gray, 2 and alpha, 3 RGB, 4 and alpha */
  gint            depth_bytes; /* 1 or 2 a channel                        */
  guint8         *pixels;      /* [height][width][channels], no padding   */
  GBytes         *profile;     /* ICC, or NULL: sRGB                      */
  gboolean        profile_is_made; /* from a PNG's gAMA and cHRM, which
                                      are written again in its place      */
  GExiv2Metadata *metadata;    /* or NULL: none                           */
  gchar          *damage;      /* of a JPEG that is cut off or damaged, what is
                                  wrong with it; what is missing is gray, or
                                  coarse. NULL: nothing                   */
  gpointer        source;      /* the codec's own, of a file that is read */
} PhotoFile;

/* The photo turned upright by its EXIF orientation, which is then reset. */
PhotoFile  *photo_file_load       (const gchar     *path,
                                   GError         **error);
/* Pixels that are not from a file; @pixels are zero. */
PhotoFile  *photo_file_new        (gint             width,
                                   gint             height,
                                   gint             channels,
                                   gint             depth_bytes);
void        photo_file_free       (PhotoFile       *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhotoFile, photo_file_free)

/* The pixels' format with the profile's space. */
const Babl *photo_file_get_format (const PhotoFile *file);
gsize       photo_file_get_stride (const PhotoFile *file);

/* TRUE where @path ends in a name that photo_file_save () can write. */
gboolean    photo_file_check_name (const gchar     *path,
                                   GError         **error);
/* Writes PNG or JPEG, as @path ends, under a temporary name beside it, which is
 * then renamed: @path is the old file or the whole new one. */
gboolean    photo_file_save       (PhotoFile       *file,
                                   const gchar     *path,
                                   GError         **error);
