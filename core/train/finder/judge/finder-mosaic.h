/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A large photo made of small ones, to measure the finder's time with.
 */
#pragma once

#include <glib.h>

/* Photos of @paths side by side at their own size, over and over, as one of
 * @width by @height; [height][width][3]. */
guint8 *finder_mosaic_new (GPtrArray *paths,
                           gint       width,
                           gint       height);
