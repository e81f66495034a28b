/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attributes: what can be said of a face in a number.  Some come from columns
 * of the photo's CSV, some are measured in its pixels.  A yes/no attribute is a
 * probability.
 */
#pragma once

#include "facet-data.h"

typedef struct
{
  const gchar *name;   /* "smile"                                          */
  const gchar *label;  /* "Smile", for the dialog, passed through gettext  */
  const gchar *column; /* of the CSV; NULL: measured                       */
  gboolean yes_no;
  gboolean turns;   /* a mirrored face has the negative */
  gdouble minimum; /* range of the direction's slider  */
  gdouble maximum;
  gdouble (*measure) (NnShape shape, const gfloat *crop); /* or NULL */
} FacetAttribute;

/* NULL, with an error that lists them, where there is none of that name. */
const FacetAttribute *facet_attribute_find (const gchar *name, GError **error);
/* All of "smile;age;glasses", in that order; an array of pointers to
 * FacetAttribute. */
GPtrArray *facet_attributes_parse (const gchar *names, GError **error);

/* The attribute of photo @index, @mirrored or not; @crop is that photo as the
 * model sees it (and likewise mirrored).  NAN where nothing is known. */
gdouble facet_attribute_read (const FacetAttribute *attribute,
                              const FacetData *data,
                              gint index,
                              gboolean mirrored,
                              NnShape shape,
                              const gfloat *crop);
