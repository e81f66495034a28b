/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <train/loop/facet-loss.h>
#include "facet-detail-loss.h"
#include "facet-finish-error.h"
#include "facet-pattern-loss.h"

/* Side of the blocks in which what is moved is compared. */
#define BLOCK_PX 4

/* How strong details are asked to be in another light, relative to the photo's;
 * squared error makes them fainter than it asks for. */
#define LIT_SHARE 1.08
/* More would make a blurred reconstruction's contours hard. */
#define LIT_GAIN_MAX 1.5
#define STRENGTH_MIN 1e-6

typedef gdouble (*LossFunc) (NnShape shape,
                             const gfloat *wanted,
                             const gfloat *decode,
                             gdouble weight,
                             gfloat *gradient);

gdouble
facet_finish_error (const FacetFinishBatch *batch,
                    const gfloat *weights,
                    const gfloat *decodes,
                    gfloat *gradient)
{
  const gsize n = (gsize) batch->n * batch->crop_size;
  const gfloat share = 2.0f / (gfloat) n;
  gdouble sum = 0.0;

  for (gsize i = 0; i < n; i++)
    {
      const gfloat weight =
          weights[i % batch->crop_size / batch->shape.channels];
      const gfloat difference = decodes[i] - batch->crops[i];

      gradient[i] = share * weight * difference;
      sum += (gdouble) (weight * difference) * difference;
    }
  return sum / (gdouble) n;
}

static gsize
pixel_of_block (NnShape shape, gint left, gint top, gint i)
{
  return (gsize) (top + i / BLOCK_PX) * shape.width + left + i % BLOCK_PX;
}

/* Of one block of one channel: every pixel of the face gets the block's mean
 * difference, any other one its own. */
static void
write_block_error (const FacetFinishBatch *batch,
                   const gfloat *weights,
                   const gfloat *decode,
                   const gfloat *teacher,
                   gint left,
                   gint top,
                   gint c,
                   gfloat *gradient)
{
  const NnShape shape = batch->shape;
  const gfloat share = 2.0f / ((gfloat) batch->n * batch->crop_size);
  gfloat differences[BLOCK_PX * BLOCK_PX];
  gfloat mean = 0.0f;

  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    {
      const gsize at = pixel_of_block (shape, left, top, i) * shape.channels +
                       c;

      differences[i] = decode[at] - teacher[at];
      mean += differences[i] / (BLOCK_PX * BLOCK_PX);
    }
  for (gint i = 0; i < BLOCK_PX * BLOCK_PX; i++)
    {
      const gsize pixel = pixel_of_block (shape, left, top, i);
      const gboolean in_face = facet_loss_in_face (shape, left + i % BLOCK_PX,
                                                   top + i / BLOCK_PX);

      gradient[pixel * shape.channels + c] = share * weights[pixel] *
                                             (in_face ? mean : differences[i]);
    }
}

void
facet_finish_moved_error (const FacetFinishBatch *batch,
                          const gfloat *weights,
                          const gfloat *decodes,
                          gfloat *gradient)
{
  const NnShape shape = batch->shape;
  const gsize size = batch->crop_size;
  const gfloat *moved = decodes + batch->n * size;
  gfloat *of_moved = gradient + batch->n * size;

  memset (of_moved, 0, batch->n * size * sizeof (gfloat));
#pragma omp parallel for num_threads(nn_get_threads())
  for (gint b = 0; b < batch->n; b++)
    for (gint y = 0; y + BLOCK_PX <= shape.height; y += BLOCK_PX)
      for (gint x = 0; x + BLOCK_PX <= shape.width; x += BLOCK_PX)
        for (gint c = 0; c < shape.channels; c++)
          write_block_error (batch, weights, moved + b * size,
                             batch->teacher + b * size, x, y, c,
                             of_moved + b * size);
}

/* How strong the details of photo @b's reconstruction are to be, relative to
 * what they are, where it has only moved into another light: the weaker they
 * have become there, the more is asked for. */
static gdouble
lit_gain (const FacetFinishBatch *batch, const gfloat *decodes, gint b)
{
  const gsize size = batch->crop_size;
  const gdouble photo = facet_detail_strength (batch->shape,
                                               batch->crops + b * size);
  const gdouble lit = facet_detail_strength (batch->shape,
                                             decodes + (batch->n + b) * size);

  return CLAMP (LIT_SHARE * photo / MAX (lit, STRENGTH_MIN), 1.0, LIT_GAIN_MAX);
}

void
facet_finish_add_details (const FacetFinishBatch *batch,
                          const FacetFinishRecipe *recipe,
                          const gfloat *decodes,
                          gfloat *gradient)
{
  const gint n = batch->n;
  const gsize size = batch->crop_size;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint i = 0; i < 2 * n; i++)
    if (i < n)
      facet_detail_loss (batch->shape, batch->crops + i * size,
                         recipe->detail_gain, recipe->half_detail_gain,
                         decodes + i * size, recipe->detail / n,
                         gradient + i * size);
    else if (batch->moves[i - n].light)
      facet_detail_place_loss (batch->shape, decodes + (i - n) * size,
                               lit_gain (batch, decodes, i - n),
                               decodes + i * size, recipe->lit_detail / n,
                               gradient + i * size);
}

/* Adds @weight times @loss against the photos in the first half and the
 * unfinished decodes in the second one. */
static void
add_to_all (const FacetFinishBatch *batch,
            LossFunc loss,
            gdouble weight,
            const gfloat *decodes,
            gfloat *gradient)
{
  const gint n = batch->n;
  const gsize size = batch->crop_size;

#pragma omp parallel for num_threads(nn_get_threads())
  for (gint i = 0; i < 2 * n; i++)
    loss (batch->shape, (i < n ? batch->crops : batch->teacher) + i % n * size,
          decodes + i * size, weight / n, gradient + i * size);
}

void
facet_finish_add_pattern (const FacetFinishBatch *batch,
                          gdouble weight,
                          const gfloat *decodes,
                          gfloat *gradient)
{
  add_to_all (batch, facet_pattern_loss, weight, decodes, gradient);
}

static gfloat *
new_mean_crop (const FacetFinishBatch *batch, const gfloat *crops)
{
  gfloat *mean = g_new0 (gfloat, batch->crop_size);

  for (gint b = 0; b < batch->n; b++)
    for (gsize i = 0; i < batch->crop_size; i++)
      mean[i] += crops[b * batch->crop_size + i] / (gfloat) batch->n;
  return mean;
}

/* To one half. */
static void
add_fixed_pattern (const FacetFinishBatch *batch,
                   const gfloat *wanted,
                   gdouble weight,
                   const gfloat *decodes,
                   gfloat *gradient)
{
  g_autofree gfloat *mean_wanted = new_mean_crop (batch, wanted);
  g_autofree gfloat *mean = new_mean_crop (batch, decodes);
  g_autofree gfloat *by_mean = g_new0 (gfloat, batch->crop_size);

  facet_pattern_fixed_loss (batch->shape, mean_wanted, mean, weight, by_mean);
  for (gint b = 0; b < batch->n; b++)
    for (gsize i = 0; i < batch->crop_size; i++)
      gradient[b * batch->crop_size + i] += by_mean[i] / (gfloat) batch->n;
}

void
facet_finish_add_fixed_pattern (const FacetFinishBatch *batch,
                                gdouble weight,
                                const gfloat *decodes,
                                gfloat *gradient)
{
  const gsize half = batch->n * batch->crop_size;

  add_fixed_pattern (batch, batch->crops, weight, decodes, gradient);
  add_fixed_pattern (batch, batch->teacher, weight, decodes + half,
                     gradient + half);
}

void
facet_finish_add_beside (const FacetFinishBatch *batch,
                         gdouble weight,
                         const gfloat *decodes,
                         gfloat *gradient)
{
  add_to_all (batch, facet_detail_beside_loss, weight, decodes, gradient);
}
