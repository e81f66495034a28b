/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is shown of a training, and how it is stopped.
 */
#pragma once

#include <train/loop/facet-loop.h>

/* From now on the first SIGINT or SIGTERM only asks to stop. */
void     facet_train_watch_interrupts (void);
gboolean facet_train_is_interrupted   (void);

/* A FacetProgressFunc; @last_us (gint64, 0 at first) is when it last wrote. */
gboolean facet_train_show_progress    (const FacetProgress *progress,
                                       gpointer             last_us);
