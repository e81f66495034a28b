/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A reader: a network that looks at a crop and says what its attributes are:
 * how old, how likely smiling.  It judges what a direction does to faces, and
 * its inner layers tell a decoder what matters in a face.
 *
 * Its recipe is that of an autoencoder's encoder, in a group [reader], and the
 * attributes (facet-attributes.h) that it is to read:
 *
 *   [reader]
 *   name = faces-reader
 *   attributes = smile;age;glasses
 *   input_dim = 64;64;3
 *   conv_filters = 24;48;96
 *   conv_kernel_size = 3;3;3
 *   conv_strides = 2;2;2
 *   use_batch_norm = true               and the other keys of [model]
 *
 *   [training]                          as facet-recipe.h has it
 */
#pragma once

#include <model/facet-recipe.h>
#include <train/data/facet-attributes.h>

typedef struct
{
  gchar *recipe_text;
  FacetRecipe *recipe;   /* z_dim is the number of attributes               */
  GPtrArray *attributes; /* of FacetAttribute                               */
  NnNetwork *network;    /* crop to [attributes]: log odds of yes, or
                            standard deviations from the mean               */
  gfloat *mean;          /* [attributes], of numbers; 0 of yes/no           */
  gfloat *deviation;     /* [attributes], of numbers; 1 of yes/no           */
  NnPlan *plan;          /* made when first read with                       */
} FacetReader;

/* Whether a recipe's text is a reader's. */
gboolean facet_reader_is_recipe (const gchar *text);

FacetReader *facet_reader_new (const gchar *recipe_text,
                               const gchar *source_name,
                               guint64 seed,
                               GError **error);
void facet_reader_free (FacetReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetReader, facet_reader_free)

FacetReader *facet_reader_load (const gchar *path, GError **error);
gboolean facet_reader_save (FacetReader *reader,
                            const gchar *path,
                            GError **error);

/* Crops of @shape made as small as the reader's own by averaging; the sides
 * must be multiples. */
gboolean facet_reader_fits (const FacetReader *reader, NnShape shape);
void facet_reader_shrink (const FacetReader *reader,
                          NnShape shape,
                          gint batch,
                          const gfloat *crops,
                          gfloat *small);
/* The gradient by the crops of that by what they are made to. */
void facet_reader_spread (const FacetReader *reader,
                          NnShape shape,
                          gint batch,
                          const gfloat *by_small,
                          gfloat *by_crops);

/* Probabilities and numbers in their own units, [batch][attributes], of crops
 * of @shape. */
void facet_reader_read (FacetReader *reader,
                        NnShape shape,
                        gint batch,
                        const gfloat *crops,
                        gdouble *values);
