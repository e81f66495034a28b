/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The photos that the finder is trained on: some with one face whose place is
 * known, some without any.  They are kept in memory, small enough that faces are
 * at most FINDER_ALBUM_FACE_PX wide.
 */
#pragma once

#include <face/finder/finder-picture.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include "finder-rows.h"

#define FINDER_ALBUM_FACE_PX 80

typedef struct
{
  FinderPicture *picture; /* its levels are halves of each other  */
  guint8        *pixels;  /* of level 0                           */
  gboolean       has_face;
  gchar         *set;     /* its file's name up to a hyphen; NULL: none */
  FacetFace      face;    /* in pixels of level 0                 */
  FinderFrame    frame;   /* the frame of its points              */
} FinderPhoto;

typedef struct
{
  GPtrArray *photos;   /* of FinderPhoto: first those with a face */
  gint       n_faces;
  GPtrArray *skipped;  /* a line for each that could not be read  */
} FinderAlbum;

/* The pixels of a photo as 8-bit R'G'B', rows one after the other, at most
 * @max_side along its longer side (0: as it is); NULL with @error. */
guint8      *finder_photo_load     (const gchar  *path,
                                    gdouble       scale,
                                    gint          max_side,
                                    gint         *width,
                                    gint         *height,
                                    GError      **error);

/* Photos of @folder in the training split of @csv (NULL: FOLDER.csv), at most
 * @limit of them (0: all), and all pictures in the folders @without_faces. */
FinderAlbum *finder_album_load     (const gchar  *folder,
                                    const gchar  *csv,
                                    gchar       **without_faces,
                                    gint          limit,
                                    GError      **error);
void         finder_album_free     (FinderAlbum  *album);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderAlbum, finder_album_free)

/* Paths of the regular files in @folder, sorted. */
GPtrArray   *finder_folder_list    (const gchar  *folder,
                                    GError      **error);
