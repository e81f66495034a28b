/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder's recipe: what its networks look like and how they are trained,
 * in a GKeyFile; the weights file keeps it.
 *
 *   [finder]
 *   name = finder
 *   coarse_smallest = 10           narrowest face that the coarse network sees,
 *                                  in its pixels; the widest is twice as wide
 *   coarse_filters = 16;24;32;32   3×3 convolutions
 *   coarse_strides = 2;2;1;1       their product is 4
 *   coarse_threshold = 0.1         least probability of a place to look at
 *   fine_side = 48                 pixels along its crop
 *   fine_span = 1.8                the crop's side in face widths
 *   fine_filters = 16;32;48;64;64;96
 *   fine_strides = 2;2;1;2;1;2
 *   fine_units = 96                dense
 *   points_side = 48               the same of the network that places the points
 *   points_span = 1.4
 *   points_filters = 16;32;48;64;64
 *   points_strides = 2;2;1;2;1
 *   points_units = 64
 *   fine_threshold = 0.2           of the first look
 *   threshold = 0.5                of the last look
 *
 *   [training]
 *   coarse_steps = 3000
 *   coarse_batch = 16              tiles
 *   fine_steps = 6000              hard negatives are mined after one third and
 *                                  after two
 *   fine_batch = 64                crops, also of the next
 *   points_steps = 6000
 *   bent_steps = 2000              further ones, at bent faces
 *   bent_by = 0.1                  how far points are moved at most, in face
 *                                  widths, with what is around them
 *   bent_eyes_from = sfhq;faker    sets of portraits whose eyes are known well
 *                                  enough to be learned then; a set is what their
 *                                  names have before a hyphen; empty: all
 *   learning_rate = 0.002          falls as half a cosine
 *   licence = …                    goes into the weights file
 *   description = …
 */
#pragma once

#include <glib.h>
#include <model/facet-recipe.h>
#include <nn/nn.h>

/* Pixels of a level along a place that the coarse network judges; place i's
 * field of view is centred at FINDER_CELL_PX · i + FINDER_CELL_MIDDLE_PX. */
#define FINDER_CELL_PX        4
#define FINDER_CELL_MIDDLE_PX 3.5

/* What the coarse network says of a place: the logit of a face, its middle from
 * the place's in coarse_smallest, and log2 (width / coarse_smallest) - ½. */
enum
{
  FINDER_COARSE_FACE,
  FINDER_COARSE_X,
  FINDER_COARSE_Y,
  FINDER_COARSE_WIDTH,
  FINDER_COARSE_N
};

/* What the fine network says of a crop: the logit of a face, five points and the
 * box's middle from the crop's middle in face widths (crop side / span), and the
 * logarithms of the box's width and height in face widths.  The network that
 * places the points says the same; its logit means nothing. */
enum
{
  FINDER_FINE_FACE,
  FINDER_FINE_POINTS,
  FINDER_FINE_BOX_X = FINDER_FINE_POINTS + 10,
  FINDER_FINE_BOX_Y,
  FINDER_FINE_BOX_WIDTH,
  FINDER_FINE_BOX_HEIGHT,
  FINDER_FINE_N
};

/* A network that looks at crops. */
typedef struct
{
  gint        side;
  gdouble     span;
  FacetConvStack stack;
  gint        units;
} FinderEye;

typedef struct
{
  gchar       *name;
  gint         coarse_smallest;
  FacetConvStack  coarse;
  gdouble      coarse_threshold;
  FinderEye    fine;
  FinderEye    points;
  gdouble      fine_threshold;
  gdouble      threshold;

  gint         coarse_steps;
  gint         coarse_batch;
  gint         fine_steps;
  gint         fine_batch;
  gint         points_steps;
  gint         bent_steps;
  gdouble      bent_by;
  gchar       *bent_eyes_from;
  gdouble      learning_rate;
  gchar       *licence;
  gchar       *description;
} FinderRecipe;

/* Errors (FACET_MODEL_ERROR_RECIPE) name source, key and what it may hold. */
FinderRecipe *finder_recipe_parse      (const gchar         *text,
                                        gssize               length,
                                        const gchar         *source_name,
                                        GError             **error);
FinderRecipe *finder_recipe_load       (const gchar         *path,
                                        GError             **error);
/* The text that finder_recipe_parse () reads back as the same recipe. */
gchar        *finder_recipe_to_text    (const FinderRecipe  *recipe);
void          finder_recipe_free       (FinderRecipe        *recipe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FinderRecipe, finder_recipe_free)

/* The networks, not initialised; NULL where memory does not suffice.  The coarse
 * one is for a level of @height by @width, multiples of FINDER_CELL_PX. */
NnNetwork    *finder_recipe_new_coarse (const FinderRecipe  *recipe,
                                        gint                 height,
                                        gint                 width);
NnNetwork    *finder_recipe_new_eye    (const FinderEye     *eye);
