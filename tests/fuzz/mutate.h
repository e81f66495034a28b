/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Damages bytes as strangers' files are damaged: bits turned, bytes set, pieces
 * removed, doubled or moved, numbers replaced by nasty ones, the end cut off.
 */
#pragma once

#include <glib.h>

/* Does one to four of these to @bytes between @begin and @end (what stands
 * behind moves along); returns the new end.  The same @seed does the same. */
gsize mutate (GByteArray *bytes,
              gsize       begin,
              gsize       end,
              guint64     seed);
