/* A model: encoder, decoder and latent space, as one safetensors file.
 *
 * Codes are vectors of z_dim floats in the encoder's own units (a VAE's mean).
 * What users move are offsets in σ along the principal axes of the training
 * codes, sorted by how much they change the picture (FacetLatents).
 *
 * A model is reference counted; encode and decode of one model are not to be
 * called from two threads at once.
 */
#pragma once

#include <glib.h>
#include "facet-recipe.h"

typedef struct
{
  gchar  *name;      /* "smile": what --set and Script-Fu call it         */
  gchar  *label;     /* "Smile": for the dialog, passed through gettext   */
  gchar  *unit;      /* what one unit is, in words; may be empty          */
  gdouble minimum;   /* range of its slider, in its own units             */
  gdouble maximum;
  gfloat *vector;    /* [z_dim] what one unit adds to a code              */
} FacetDirection;

typedef struct
{
  gint            z_dim;
  gint            n_axes;      /* dead dimensions are left out            */
  gfloat         *mean;        /* [z_dim] mean of the training codes      */
  gfloat         *axes;        /* [n_axes][z_dim] rows of unit length     */
  gfloat         *sigma;       /* [n_axes] standard deviation along each  */
  gfloat         *low;         /* [n_axes] 1st percentile, in σ from mean */
  gfloat         *high;        /* [n_axes] 99th                           */
  gint            n_directions;
  FacetDirection *directions;
} FacetLatents;

/* Farther from the photo's own code than this nobody has seen a face. */
#define FACET_MAX_OFFSET_SIGMA 10.0

typedef struct _FacetModel FacetModel;

/* A fresh model of @recipe, its networks initialised from @seed, its latent
 * space the identity (σ 1). */
FacetModel   *facet_model_new          (const FacetRecipe *recipe,
                                        guint64            seed,
                                        GError           **error);
/* @name: a path, or a name in one of the weights folders:
 * $FACET_WEIGHTS_PATH (colon-separated), the user's
 * $XDG_DATA_HOME/facet/weights, `weights` beside the running program or
 * plug-in, and where the project was installed. */
FacetModel   *facet_model_load         (const gchar       *name,
                                        GError           **error);
gchar        *facet_model_find         (const gchar       *name,
                                        GError           **error);
/* Names of models that facet_model_find () knows (the face finder is none),
 * sorted; free with g_strfreev (). */
gchar       **facet_model_list         (void);
gboolean      facet_model_save         (FacetModel        *model,
                                        const gchar       *path,
                                        GError           **error);
FacetModel   *facet_model_ref          (FacetModel        *model);
void          facet_model_unref        (FacetModel        *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetModel, facet_model_unref)

const FacetRecipe *facet_model_get_recipe  (FacetModel *model);
NnNetwork         *facet_model_get_encoder (FacetModel *model);
NnNetwork         *facet_model_get_decoder (FacetModel *model);
FacetLatents      *facet_model_get_latents (FacetModel *model);
/* Takes the new latent space over. */
void               facet_model_set_latents (FacetModel   *model,
                                            FacetLatents *latents);
/* How it was trained, for people to read ("data", "command", "date"…): kept in
 * the model's file.  A NULL @text forgets the note. */
void               facet_model_set_note    (FacetModel   *model,
                                            const gchar  *key,
                                            const gchar  *text);
const gchar       *facet_model_get_note    (FacetModel   *model,
                                            const gchar  *key);
/* Sorted; the keys belong to the model, the array to the caller. */
GPtrArray         *facet_model_list_notes  (FacetModel   *model);
/* Tell the model that its networks' parameters have changed. */
void               facet_model_parameters_changed (FacetModel *model);

/* @crop [batch][height][width][channels] of input_dim, R'G'B' (or gray) in 0…1;
 * @code [batch][z_dim]. */
void          facet_model_encode       (FacetModel        *model,
                                        gint               batch,
                                        const gfloat      *crop,
                                        gfloat            *code);
void          facet_model_decode       (FacetModel        *model,
                                        gint               batch,
                                        const gfloat      *code,
                                        gfloat            *crop);

/* --- latent space ------------------------------------------------------------ */

FacetLatents *facet_latents_new_identity (gint                z_dim);
/* Principal axes of @codes [n][z_dim], sorted by variance; axes whose σ is under
 * a thousandth of the largest are left out. The trainer resorts them by their
 * effect on the decoded picture.  Where the codes do not vary (or are not
 * finite) the axes are those of the identity. */
FacetLatents *facet_latents_new_fit      (const gfloat       *codes,
                                          gint                n,
                                          gint                z_dim);
void          facet_latents_free         (FacetLatents       *latents);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetLatents, facet_latents_free)

/* Adds a named direction; the texts and @vector [z_dim] are copied. */
void          facet_latents_append_direction (FacetLatents   *latents,
                                              const gchar    *name,
                                              const gchar    *label,
                                              const gchar    *unit,
                                              gdouble         minimum,
                                              gdouble         maximum,
                                              const gfloat   *vector);

/* @code = @origin + Σ offset_i · σ_i · axis_i; offsets [n_offsets ≤ n_axes], the
 * missing ones are 0.  All 0 gives @origin's bytes. Offsets are in σ. */
void          facet_latents_move         (const FacetLatents *latents,
                                          const gfloat       *origin,
                                          const gdouble      *offsets,
                                          gint                n_offsets,
                                          gfloat             *code);

/* Adds "smile=1.5 3=-2" (named directions, components counted from 1; separated
 * by white space or commas) to @offsets [n_axes].  Components are in σ, up to
 * FACET_MAX_OFFSET_SIGMA; directions in their own units, from their minimum to
 * their maximum.  Unknown names, numbers out of range and NaN are errors that
 * name the word; on error @offsets are as they were. */
gboolean      facet_latents_parse        (const FacetLatents *latents,
                                          const gchar        *settings,
                                          gdouble            *offsets,
                                          GError            **error);
/* Adds @value units of @direction to @offsets [n_axes]. */
void          facet_latents_add_direction (const FacetLatents *latents,
                                           gint                direction,
                                           gdouble             value,
                                           gdouble            *offsets);

/* --- the table of layers ------------------------------------------------------- */

/* What Keras's summary () prints of encoder and decoder: layer, output shape,
 * parameters, totals. */
gchar        *facet_recipe_summary       (const FacetRecipe  *recipe,
                                          GError            **error);
