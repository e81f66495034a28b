/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands that read photos share. */
#pragma once

#include <face/facet-edit.h>
#include "photo-file/photo-file.h"

/* Prints "facet COMMAND: MESSAGE" and returns EXIT_FAILED or EXIT_USAGE. */
int        facet_cli_fail         (const gchar      *command,
                                   const GError     *error);
int        facet_cli_usage        (const gchar      *command,
                                   const GError     *error);

/* babl_init () with a cache of the program's own. */
void       facet_cli_init_babl    (void);

/* photo_file_load (), which prints a warning of what is damaged. */
PhotoFile *facet_cli_load_photo   (const gchar      *command,
                                   const gchar      *path,
                                   GError          **error);

/* "1.5,-2,0": an array of doubles, free with g_array_unref (); NULL with an
 * error that names the word. */
GArray    *facet_cli_parse_numbers (const gchar     *option,
                                    const gchar     *text,
                                    GError         **error);
/* Where a face is, as the options say it. */
typedef struct
{
  const gchar *region; /* --region X,Y,W,H, or NULL */
  const gchar *points; /* --points X,Y,… of FACET_N_POINTS points, or NULL */
  gint         face;   /* --face, from 1, the widest first; 0: as the plug-in
                          chooses where nothing is selected */
} FacetCliPlace;

/* The crop that @place's points, else its region say; else that of its face
 * among those found. */
gboolean   facet_cli_choose_crop  (const FacetCliPlace *place,
                                   const PhotoFile     *photo,
                                   FacetCrop           *crop,
                                   GError             **error);
FacetEdit *facet_cli_edit_new     (FacetModel       *model,
                                   const PhotoFile  *photo,
                                   const FacetCrop  *crop,
                                   GError          **error);
