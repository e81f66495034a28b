/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The recipe of a finish: how the decoder of a trained model is made sharp.  The
 * presets are what the face model is finished with, but for its strength.
 *
 *   [finish]
 *   discriminator_conv_filters = 24;48;96;128   stride 2, kernel 4 each
 *   sharp = 0            gradient of what makes sharp (discriminator and its
 *                        features), relative to the squared error's; at 0
 *                        there is none, and no lead
 *   features = 1         of the discriminator's features, relative to the
 *                        discriminator itself
 *   detail = 24          weight of the details' energy, relative to the squared
 *                        error
 *   detail_gain = 1.7    how strong details are to be, relative to the photo's:
 *                        squared error, and the mean over faces of nearly the
 *                        same code, make them fainter than is asked
 *   half_detail_gain = 1.05   the same at half the size, where a decode has most
 *                        of its own: more comes as a weave
 *   lit_detail = 65      weight of the details of faces moved into another
 *                        light, which else lose them: they are to have their
 *                        reconstruction's
 *   beside = 1           weight of the details of hair and background, which
 *                        are to be the photo's, in their places: smooth where
 *                        these cannot be told
 *   pattern = 50         weight of what the decodes repeat every few pixels, or
 *                        have at the same pixels in all faces, relative to the
 *                        squared error
 *   reader = 2.2         gradient of the reader's features and of what it should
 *                        read along the directions, relative to the squared
 *                        error's
 *   learning_rate = 0.0003
 *   discriminator_learning_rate = 0.0002
 *   lead = 300           steps that the discriminator learns alone, and then
 *                        steps until the decoder has its whole rate: who knows
 *                        nothing yet pushes anywhere, and what is pushed
 *                        anywhere is hard to tell from photos
 *   schedule = cosine    constant | cosine: how both rates go on; the longer
 *                        and the slower the end, the more the discriminator
 *                        finds patterns
 *   weight_average = 0.998
 *   strength = 1         how far to go from the unfinished decoder's parameters
 *                        to the finished one's: less is calmer, more (up to 2)
 *                        is sharper
 *   batch = 8
 *   epochs = 6
 */
#pragma once

#include <model/facet-recipe.h>

#define FACET_FINISH_MAX_LAYERS 6 /* of the discriminator's filters */

typedef struct
{
  gchar *text; /* of what a checkpoint must agree with */
  FacetConvStack discriminator;
  gdouble sharp;
  gdouble features;
  gdouble detail;
  gdouble detail_gain;
  gdouble half_detail_gain;
  gdouble lit_detail;
  gdouble beside;
  gdouble pattern;
  gdouble reader;
  gdouble learning_rate;
  gdouble discriminator_learning_rate;
  gint lead;
  gboolean cosine_schedule;
  gdouble weight_average;
  gdouble strength;
  gint batch;
  gint epochs;
} FacetFinishRecipe;

/* Whether a recipe's text is a finish's. */
gboolean facet_finish_is_recipe (const gchar *text);

/* Errors name the source, the key, what it holds and what it may hold. */
FacetFinishRecipe *facet_finish_recipe_parse (const gchar *text,
                                              const gchar *source_name,
                                              GError **error);
void facet_finish_recipe_free (FacetFinishRecipe *recipe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetFinishRecipe, facet_finish_recipe_free)
