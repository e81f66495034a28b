/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One key's value: what it may hold, and between its text and the recipe.
 */
#pragma once

#include "facet-keys.h"

/* What the key may hold, in words. */
gchar    *facet_key_describe (const FacetKey *key);
/* FALSE where @text is nothing that it may hold. */
gboolean  facet_key_parse    (const FacetKey *key,
                              const gchar    *text,
                              gpointer        recipe);
gchar    *facet_key_to_text  (const FacetKey *key,
                              gconstpointer   recipe);
