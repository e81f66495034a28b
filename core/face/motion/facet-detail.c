/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping the photo's detail: what the decode does not show of the photo
 * (pores, lashes, hair) is carried along with what it shows, as in expression
 * ratio images (Liu, Shan and Zhang 2001), but added and not multiplied, and
 * along a motion that is seen in the two decodes and not known.  What is seen
 * there is doubted three times: motion counts only where it explains what
 * changed; detail stays only as far as the decode's own structure stayed, for a
 * closed mouth's line has no place among new teeth; and far from the face
 * nothing is touched, for there a model changes hair and background that it
 * does not know.
 */
#include <math.h>
#include <string.h>
#include "facet-detail.h"
#include "facet-field.h"
#include "facet-flow.h"

#define LUMA_RED 0.2126f
#define LUMA_GREEN 0.7152f
#define LUMA_BLUE 0.0722f

/* All σ are in pixels of a crop of 128. The structure of a decode is its luma
 * less what is broader than this: without it a change of light would seem to
 * move. */
#define STRUCTURE_PX 5.0
#define LIGHT_PX 5.0
#define REMAINS_PX 1.0

/* Motion has no worth where it explains a tenth of the change of structure, its
 * full worth from a half on; changes about as small as this, in luma, are not
 * worth a motion. */
#define WORTH_PX 4.0
#define WORTH_SMOOTH_PX 3.0
#define WORTH_NONE 0.1f
#define WORTH_WHOLE 0.5f
#define WORTH_LEAST 0.01f

/* Detail is all given up where a tenth of the structure stayed, all kept where
 * six tenths did; structure weaker than this, in luma, is none. */
#define STAY_PX 2.5
#define STAY_SMOOTH_PX 1.0
#define STAY_NONE 0.1f
#define STAY_WHOLE 0.6f
#define STAY_LEAST 0.03f

/* The ellipse of the face region; so many times its size each begins to fade,
 * and has ended. */
#define FACE_X 0.5f
#define FACE_Y 0.547f
#define FACE_RADIUS_X 0.28f
#define FACE_RADIUS_Y 0.375f
#define GIVE_UP_WHOLE 1.0f
#define GIVE_UP_NONE 1.35f
#define MOTION_WHOLE 1.05f
#define MOTION_NONE 1.4f
#define REMAINS_WHOLE 1.15f
#define REMAINS_NONE 1.65f

struct _FacetDetail
{
  gint width;
  gint height;
  gfloat *own;       /* [3] the photo's own decode     */
  gfloat *structure; /* [1] of it                      */
  gfloat *light;     /* [3] low-pass of photo − decode */
};

static void
blur (const FacetDetail *detail,
      gint channels,
      gdouble px_of_128,
      gfloat *field)
{
  facet_blur (detail->width, detail->height, channels,
              px_of_128 * MAX (detail->width, detail->height) / 128, field,
              field);
}

static void
get_structure (const FacetDetail *detail, const gfloat *rgb, gfloat *structure)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *luma = g_new (gfloat, n);

  for (gsize i = 0; i < n; i++)
    luma[i] = LUMA_RED * rgb[3 * i] + LUMA_GREEN * rgb[3 * i + 1] +
              LUMA_BLUE * rgb[3 * i + 2];
  memcpy (structure, luma, n * sizeof (gfloat));
  blur (detail, 1, STRUCTURE_PX, luma);
  for (gsize i = 0; i < n; i++)
    structure[i] -= luma[i];
}

FacetDetail *
facet_detail_new (gint width,
                  gint height,
                  const gfloat *crop,
                  const gfloat *decode)
{
  const gsize n = (gsize) width * height;
  FacetDetail *detail = g_new0 (FacetDetail, 1);

  detail->width = width;
  detail->height = height;
  detail->own = g_memdup2 (decode, 3 * n * sizeof (gfloat));
  detail->structure = g_new (gfloat, n);
  detail->light = g_new (gfloat, 3 * n);
  get_structure (detail, decode, detail->structure);
  for (gsize i = 0; i < 3 * n; i++)
    detail->light[i] = crop[i] - decode[i];
  blur (detail, 3, LIGHT_PX, detail->light);
  return detail;
}

void
facet_detail_free (FacetDetail *detail)
{
  g_free (detail->own);
  g_free (detail->structure);
  g_free (detail->light);
  g_free (detail);
}

/* --- where and how much ----------------------------------------------------
 */

static inline gfloat
smoothstep (gfloat from, gfloat to, gfloat value)
{
  const gfloat along = (value - from) / (to - from);
  const gfloat t = CLAMP (along, 0.0f, 1.0f);

  return t * t * (3.0f - 2.0f * t);
}

/* 1 up to @whole times the face region's size, 0 from @none times. */
static inline gfloat
get_face (const FacetDetail *detail, gint x, gint y, gfloat whole, gfloat none)
{
  const gfloat across = ((x + 0.5f) / detail->width - FACE_X) / FACE_RADIUS_X;
  const gfloat down = ((y + 0.5f) / detail->height - FACE_Y) / FACE_RADIUS_Y;

  return smoothstep (none, whole, sqrtf (across * across + down * down));
}

/* [height][width][channels]: @field at p + motion (p). */
static void
warp (const FacetDetail *detail,
      gint channels,
      const gfloat *field,
      const FacetImage *motion,
      gfloat *warped)
{
  const gint width = detail->width, height = detail->height;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        const gsize at = (gsize) y * width + x;
        const gfloat *move = motion->pixels + 4 * at;
        const FacetPlace place = facet_field_find (width, height, channels,
                                                   x + move[0], y + move[1]);

        for (gint c = 0; c < channels; c++)
          warped[channels * at + c] = facet_field_get (field, &place, c);
      }
}

/* Scales @motion by how much of the change of structure it explains. */
static void
weigh_motion (const FacetDetail *detail,
              const gfloat *structure,
              const gfloat *warped,
              FacetImage *motion)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *errors = g_new (gfloat, 2 * n);
  g_autofree gfloat *worth = g_new (gfloat, n);

  for (gsize i = 0; i < n; i++)
    {
      const gfloat still = structure[i] - detail->structure[i];
      const gfloat moved = structure[i] - warped[i];

      errors[2 * i] = still * still;
      errors[2 * i + 1] = moved * moved;
    }
  blur (detail, 2, WORTH_PX, errors);
  for (gsize i = 0; i < n; i++)
    worth[i] = smoothstep (WORTH_NONE, WORTH_WHOLE,
                           (errors[2 * i] - errors[2 * i + 1]) /
                               (errors[2 * i] + WORTH_LEAST * WORTH_LEAST));
  blur (detail, 1, WORTH_SMOOTH_PX, worth);
  for (gint y = 0; y < detail->height; y++)
    for (gint x = 0; x < detail->width; x++)
      {
        const gsize at = (gsize) y * detail->width + x;
        const gfloat much = worth[at] *
                            get_face (detail, x, y, MOTION_WHOLE, MOTION_NONE);

        motion->pixels[4 * at] *= much;
        motion->pixels[4 * at + 1] *= much;
      }
}

static void
get_motion (const FacetDetail *detail,
            const gfloat *structure,
            gfloat *warped,
            FacetImage *motion)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *flow = g_new (gfloat, 2 * n);

  facet_flow_estimate (detail->width, detail->height, detail->structure,
                       structure, flow);
  for (gsize i = 0; i < n; i++)
    {
      motion->pixels[4 * i] = flow[2 * i];
      motion->pixels[4 * i + 1] = flow[2 * i + 1];
      motion->pixels[4 * i + 2] = motion->pixels[4 * i + 3] = 0;
    }
  warp (detail, 1, detail->structure, motion, warped);
  weigh_motion (detail, structure, warped, motion);
  warp (detail, 1, detail->structure, motion, warped);
}

/* --- maps ------------------------------------------------------------------
 */

/* How much of the photo's detail gives way, 0…1: by the slope of the line that
 * leads best from the @old structure around a pixel to the @new one. */
static void
get_given_up (const FacetDetail *detail,
              const gfloat *old,
              const gfloat *new,
              gfloat *given_up)
{
  const gsize n = (gsize) detail->width * detail->height;
  const gfloat least = STAY_LEAST * STAY_LEAST;
  g_autofree gfloat *products = g_new (gfloat, 2 * n);

  for (gsize i = 0; i < n; i++)
    {
      products[2 * i] = old[i] * new[i];
      products[2 * i + 1] = old[i] * old[i];
    }
  blur (detail, 2, STAY_PX, products);
  for (gint y = 0; y < detail->height; y++)
    for (gint x = 0; x < detail->width; x++)
      {
        const gsize at = (gsize) y * detail->width + x;
        const gfloat stayed = (products[2 * at] + least) /
                              (products[2 * at + 1] + least);

        given_up[at] = (1.0f - smoothstep (STAY_NONE, STAY_WHOLE, stayed)) *
                       get_face (detail, x, y, GIVE_UP_WHOLE, GIVE_UP_NONE);
      }
  blur (detail, 1, STAY_SMOOTH_PX, given_up);
}

/* What the motion does not explain: moved − own (p + motion), low-passed. */
static void
get_remains (const FacetDetail *detail,
             const gfloat *moved,
             const FacetImage *motion,
             gfloat *remains)
{
  const gsize n = (gsize) detail->width * detail->height;

  warp (detail, 3, detail->own, motion, remains);
  for (gsize i = 0; i < 3 * n; i++)
    remains[i] = moved[i] - remains[i];
  blur (detail, 3, REMAINS_PX, remains);
  for (gint y = 0; y < detail->height; y++)
    for (gint x = 0; x < detail->width; x++)
      for (gint c = 0; c < 3; c++)
        remains[3 * ((gsize) y * detail->width + x) + c] *=
            get_face (detail, x, y, REMAINS_WHOLE, REMAINS_NONE);
}

void
facet_detail_get_maps (const FacetDetail *detail,
                       const gfloat *moved,
                       FacetImage *add,
                       FacetImage *motion)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *structure = g_new (gfloat, n);
  g_autofree gfloat *warped = g_new (gfloat, n);
  g_autofree gfloat *given_up = g_new (gfloat, n);
  g_autofree gfloat *remains = g_new (gfloat, 3 * n);

  get_structure (detail, moved, structure);
  get_motion (detail, structure, warped, motion);
  get_given_up (detail, warped, structure, given_up);
  get_remains (detail, moved, motion, remains);
  for (gsize i = 0; i < n; i++)
    {
      const gfloat keep = 1.0f - given_up[i];

      for (gint c = 0; c < 3; c++)
        add->pixels[4 * i + c] = keep * remains[3 * i + c] +
                                 given_up[i] * (moved[3 * i + c] +
                                                detail->light[3 * i + c]);
      add->pixels[4 * i + 3] = keep;
    }
}
