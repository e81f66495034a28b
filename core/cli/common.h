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

/* "1.5,-2,0": an array of doubles, free with g_array_unref (); NULL with an
 * error that names the word. */
GArray    *facet_cli_parse_numbers (const gchar     *option,
                                    const gchar     *text,
                                    GError         **error);
/* X,Y,W,H, or the whole photo where @region is NULL. */
gboolean   facet_cli_parse_region (const gchar      *region,
                                   const PhotoFile  *photo,
                                   FacetCrop        *crop,
                                   GError          **error);
FacetEdit *facet_cli_edit_new     (FacetModel       *model,
                                   const PhotoFile  *photo,
                                   const FacetCrop  *crop,
                                   GError          **error);
