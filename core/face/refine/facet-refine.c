/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gradient descent on the code: the encoder's guess is a start from which the
 * decoder itself is asked what would fit better (as in Zhu et al. 2016,
 * "Generative Visual Manipulation on the Natural Image Manifold").  It goes
 * along the latent axes in σ, so that one step size suits them all, by Adam
 * (Kingma and Ba 2015).
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include "facet-refine.h"

#define STEPS 40
#define FIRST_STEP 0.12f /* σ */
#define LAST_STEP 0.02f
#define MEAN_DECAY 0.9f
#define SQUARE_DECAY 0.99f
#define TINY 1e-12f

/* The face region of a crop; what is around it counts for less. */
#define FACE_X 0.5
#define FACE_Y 0.547
#define FACE_RADIUS_X 0.28
#define FACE_RADIUS_Y 0.375
#define BACKGROUND 0.15f

typedef struct
{
  const FacetLatents *latents;
  const gfloat *crop;
  NnShape shape;
  NnTape *tape;
  gfloat *weights; /* [height][width]                                 */
  gfloat *start;   /* [z_dim] the encoder's code                      */
  gfloat *code;    /* [z_dim]                                         */
  gfloat *pull;    /* input_dim: gradient of the decode               */
  gfloat *code_gradient;
  gfloat *place; /* [n_axes] in σ from the mean of training …       */
  gfloat *from;  /* … where it started, and how far it may go       */
  gfloat *low;
  gfloat *high;
  gfloat *mean; /* Adam's                                          */
  gfloat *square;
} Search;

/* --- setting up ------------------------------------------------------------
 */

static gfloat *
get_weights (NnShape shape)
{
  gfloat *weights = g_new (gfloat, (gsize) shape.height * shape.width);

  for (gint y = 0; y < shape.height; y++)
    for (gint x = 0; x < shape.width; x++)
      {
        const gdouble dx = ((x + 0.5) / shape.width - FACE_X) / FACE_RADIUS_X;
        const gdouble dy = ((y + 0.5) / shape.height - FACE_Y) / FACE_RADIUS_Y;

        weights[y * shape.width + x] = dx * dx + dy * dy <= 1 ? 1 : BACKGROUND;
      }
  return weights;
}

static void
find_range (Search *search, gint axis)
{
  const FacetLatents *latents = search->latents;
  const gfloat *along = latents->axes + (gsize) axis * latents->z_dim;
  gdouble place = 0;

  for (gint k = 0; k < latents->z_dim; k++)
    place += (gdouble) along[k] * (search->start[k] - latents->mean[k]);
  search->from[axis] = (gfloat) (place / latents->sigma[axis]);
  search->place[axis] = search->from[axis];
  search->low[axis] = MIN (latents->low[axis], search->from[axis]);
  search->high[axis] = MAX (latents->high[axis], search->from[axis]);
}

static gboolean
search_init (Search *search,
             FacetModel *model,
             const gfloat *crop,
             const gfloat *code)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  const gint n_axes = latents->n_axes;

  *search = (Search) {
    .latents = latents,
    .crop = crop,
    .shape = shape,
    .tape = nn_tape_new (facet_model_get_decoder (model), 1),
    .weights = get_weights (shape),
    .start = g_memdup2 (code, latents->z_dim * sizeof (gfloat)),
    .code = g_memdup2 (code, latents->z_dim * sizeof (gfloat)),
    .pull = g_new (gfloat, n),
    .code_gradient = g_new (gfloat, latents->z_dim),
    .place = g_new (gfloat, n_axes),
    .from = g_new (gfloat, n_axes),
    .low = g_new (gfloat, n_axes),
    .high = g_new (gfloat, n_axes),
    .mean = g_new0 (gfloat, n_axes),
    .square = g_new0 (gfloat, n_axes),
  };
  for (gint axis = 0; axis < n_axes; axis++)
    find_range (search, axis);
  return search->tape != NULL;
}

static void
search_clear (Search *search)
{
  if (search->tape)
    nn_tape_free (search->tape);
  g_free (search->weights);
  g_free (search->start);
  g_free (search->code);
  g_free (search->pull);
  g_free (search->code_gradient);
  g_free (search->place);
  g_free (search->from);
  g_free (search->low);
  g_free (search->high);
  g_free (search->mean);
  g_free (search->square);
}

/* --- a step ----------------------------------------------------------------
 */

/* Weighted squared error of the decode of the code; its gradient in pull. */
static gdouble
look (Search *search)
{
  const NnShape shape = search->shape;
  const gsize n = (gsize) shape.height * shape.width;
  const gfloat *decode = nn_tape_forward (search->tape, NN_FROZEN, 1,
                                          search->code, 0);
  gdouble error = 0;

  for (gsize i = 0; i < n; i++)
    for (gint c = 0; c < shape.channels; c++)
      {
        const gsize at = i * shape.channels + c;
        const gfloat off = decode[at] - search->crop[at];

        search->pull[at] = 2.0f * search->weights[i] * off / n;
        error += search->weights[i] * off * off;
      }
  return error / n;
}

static void
go (Search *search, gint step)
{
  const FacetLatents *latents = search->latents;
  const gfloat part = (gfloat) step / STEPS;
  const gfloat length = LAST_STEP + (FIRST_STEP - LAST_STEP) * 0.5f *
                                        (1.0f + cosf ((gfloat) G_PI * part));
  const gfloat mean_share = 1.0f - powf (MEAN_DECAY, step + 1);
  const gfloat square_share = 1.0f - powf (SQUARE_DECAY, step + 1);

  nn_tape_backward (search->tape, search->pull, false, search->code_gradient);
  memcpy (search->code, search->start, latents->z_dim * sizeof (gfloat));
  for (gint axis = 0; axis < latents->n_axes; axis++)
    {
      const gfloat *along = latents->axes + (gsize) axis * latents->z_dim;
      const gfloat sigma = latents->sigma[axis];
      gfloat gradient = 0;
      gfloat wanted, moved;

      for (gint k = 0; k < latents->z_dim; k++)
        gradient += along[k] * search->code_gradient[k];
      gradient *= sigma;
      search->mean[axis] += (1.0f - MEAN_DECAY) *
                            (gradient - search->mean[axis]);
      search->square[axis] += (1.0f - SQUARE_DECAY) *
                              (gradient * gradient - search->square[axis]);
      wanted = search->place[axis] -
               length * (search->mean[axis] / mean_share) /
                   (sqrtf (search->square[axis] / square_share) + TINY);
      search->place[axis] = CLAMP (wanted, search->low[axis],
                                   search->high[axis]);
      moved = (search->place[axis] - search->from[axis]) * sigma;
      for (gint k = 0; k < latents->z_dim; k++)
        search->code[k] += moved * along[k];
    }
}

/* --- the whole -------------------------------------------------------------
 */

static gboolean
descend (Search *search,
         gfloat *best,
         GCancellable *cancellable,
         FacetRefineProgress progress,
         gpointer data,
         GError **error)
{
  gdouble least = G_MAXDOUBLE;

  for (gint step = 0; step <= STEPS; step++)
    {
      const gdouble found = look (search);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (found < least)
        {
          least = found;
          memcpy (best, search->code, search->latents->z_dim * sizeof (gfloat));
        }
      if (progress)
        progress ((gdouble) step / STEPS, data);
      if (step < STEPS)
        go (search, step);
    }
  return TRUE;
}

gboolean
facet_refine (FacetModel *model,
              const gfloat *crop,
              gfloat *code,
              GCancellable *cancellable,
              FacetRefineProgress progress,
              gpointer data,
              GError **error)
{
  const gint z_dim = facet_model_get_latents (model)->z_dim;
  g_autofree gfloat *best = g_memdup2 (code, z_dim * sizeof (gfloat));
  Search search;
  gboolean done = FALSE;

  if (search_init (&search, model, crop, code))
    done = descend (&search, best, cancellable, progress, data, error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                         _ ("there is not enough memory to refine the code"));
  search_clear (&search);
  if (done)
    memcpy (code, best, z_dim * sizeof (gfloat));
  return done;
}
