/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping the photo's detail.  The constants are those that a measured
 * comparison on 120 faces chose (smile +3: another model's judgement whether
 * they smile, and a face descriptor's distance from who they were): motion and
 * the low-pass of what remains keep a person best, but a closed mouth's line
 * must give way to teeth, so that the decode itself shows where the change is
 * strong.
 */
#include <math.h>
#include <string.h>
#include "facet-detail.h"
#include "facet-field.h"
#include "facet-flow.h"

#define LUMA_RED 0.2126f
#define LUMA_GREEN 0.7152f
#define LUMA_BLUE 0.0722f

/* σ in pixels of a crop of 128 */
#define REMAINS_PX 1.0
#define CHANGE_PX 1.5
#define LIGHT_PX 5.0

/* Mean absolute difference at which the decode begins to show, and at which it
 * shows alone: of a soft decoder, and of one as sharp as photos are. */
#define SOFT_SHARPNESS 0.5
#define SOFT_BEGIN 0.03
#define SOFT_END 0.09
#define SHARP_SHARPNESS 1.0
#define SHARP_BEGIN 0.06
#define SHARP_END 0.14

/* Only in the ellipse of the face region does the decode take over, softly to
 * none at one of so many times its size, and motion ends a little further out:
 * hair and background are what a model knows least of, and what seems to move
 * there is mostly curls that it draws otherwise. */
#define FACE_X 0.5f
#define FACE_Y 0.547f
#define FACE_RADIUS_X 0.28f
#define FACE_RADIUS_Y 0.375f
#define TAKEOVER_WHOLE 1.0f
#define TAKEOVER_NONE 1.35f
#define MOTION_WHOLE 1.05f
#define MOTION_NONE 1.4f

struct _FacetDetail
{
  gint width;
  gint height;
  gfloat *own;   /* [3] the photo's own decode       */
  gfloat *luma;  /* [1] of it                        */
  gfloat *light; /* [3] low-pass of photo − decode   */
  gfloat begin;
  gfloat end;
};

static void
get_luma (gsize n, const gfloat *rgb, gfloat *luma)
{
  for (gsize i = 0; i < n; i++)
    luma[i] = LUMA_RED * rgb[3 * i] + LUMA_GREEN * rgb[3 * i + 1] +
              LUMA_BLUE * rgb[3 * i + 2];
}

/* Sum of squared Laplacians in the middle, where the face is. */
static gdouble
get_detail (gint width, gint height, const gfloat *luma)
{
  gdouble sum = 0;

  for (gint y = MAX (1, height / 4); y < height - MAX (1, height / 8); y++)
    for (gint x = MAX (1, width / 4); x < width - MAX (1, width / 4); x++)
      {
        const gfloat *at = luma + y * width + x;
        const gfloat laplacian = at[-1] + at[1] + at[-width] + at[width] -
                                 4.0f * at[0];

        sum += laplacian * laplacian;
      }
  return sum;
}

static void
choose_thresholds (FacetDetail *detail, const gfloat *crop_luma)
{
  const gdouble of_crop = get_detail (detail->width, detail->height, crop_luma);
  const gdouble of_own = get_detail (detail->width, detail->height,
                                     detail->luma);
  const gdouble sharpness = of_crop > 0 ? sqrt (of_own / of_crop) :
                                          SHARP_SHARPNESS;
  const gdouble along = (sharpness - SOFT_SHARPNESS) /
                        (SHARP_SHARPNESS - SOFT_SHARPNESS);
  const gdouble part = CLAMP (along, 0.0, 1.0);

  detail->begin = (gfloat) (SOFT_BEGIN + part * (SHARP_BEGIN - SOFT_BEGIN));
  detail->end = (gfloat) (SOFT_END + part * (SHARP_END - SOFT_END));
}

static gdouble
in_pixels (const FacetDetail *detail, gdouble px_of_128)
{
  return px_of_128 * MAX (detail->width, detail->height) / 128;
}

FacetDetail *
facet_detail_new (gint width,
                  gint height,
                  const gfloat *crop,
                  const gfloat *decode)
{
  const gsize n = (gsize) width * height;
  FacetDetail *detail = g_new0 (FacetDetail, 1);
  g_autofree gfloat *crop_luma = g_new (gfloat, n);

  detail->width = width;
  detail->height = height;
  detail->own = g_memdup2 (decode, 3 * n * sizeof (gfloat));
  detail->luma = g_new (gfloat, n);
  detail->light = g_new (gfloat, 3 * n);
  get_luma (n, decode, detail->luma);
  get_luma (n, crop, crop_luma);
  choose_thresholds (detail, crop_luma);
  for (gsize i = 0; i < 3 * n; i++)
    detail->light[i] = crop[i] - decode[i];
  facet_blur (width, height, 3, in_pixels (detail, LIGHT_PX), detail->light,
              detail->light);
  return detail;
}

void
facet_detail_free (FacetDetail *detail)
{
  g_free (detail->own);
  g_free (detail->luma);
  g_free (detail->light);
  g_free (detail);
}

/* --- maps ------------------------------------------------------------------
 */

static inline gfloat
smoothstep (gfloat along)
{
  const gfloat t = CLAMP (along, 0.0f, 1.0f);

  return t * t * (3.0f - 2.0f * t);
}

/* 1 up to @whole times the face region's size, 0 from @none times. */
static inline gfloat
get_face (const FacetDetail *detail, gint x, gint y, gfloat whole, gfloat none)
{
  const gfloat across = ((x + 0.5f) / detail->width - FACE_X) / FACE_RADIUS_X;
  const gfloat down = ((y + 0.5f) / detail->height - FACE_Y) / FACE_RADIUS_Y;

  return smoothstep ((none - sqrtf (across * across + down * down)) /
                     (none - whole));
}

/* How much of the decode shows, 0…1. */
static void
get_takeover (const FacetDetail *detail, const gfloat *moved, gfloat *takeover)
{
  const gsize n = (gsize) detail->width * detail->height;

  for (gsize i = 0; i < n; i++)
    takeover[i] = (fabsf (moved[3 * i] - detail->own[3 * i]) +
                   fabsf (moved[3 * i + 1] - detail->own[3 * i + 1]) +
                   fabsf (moved[3 * i + 2] - detail->own[3 * i + 2])) /
                  3.0f;
  facet_blur (detail->width, detail->height, 1, in_pixels (detail, CHANGE_PX),
              takeover, takeover);
  for (gint y = 0; y < detail->height; y++)
    for (gint x = 0; x < detail->width; x++)
      {
        gfloat *at = takeover + (gsize) y * detail->width + x;

        *at = smoothstep ((*at - detail->begin) /
                          (detail->end - detail->begin)) *
              get_face (detail, x, y, TAKEOVER_WHOLE, TAKEOVER_NONE);
      }
}

/* What the motion does not explain: moved − own (p + motion), low-passed. */
static void
get_remains (const FacetDetail *detail,
             const gfloat *moved,
             const FacetImage *motion,
             gfloat *remains)
{
  const gint width = detail->width, height = detail->height;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        const gsize at = (gsize) y * width + x;
        const gfloat *move = motion->pixels + 4 * at;
        const FacetPlace place = facet_field_find (width, height, 3,
                                                   x + move[0], y + move[1]);

        for (gint c = 0; c < 3; c++)
          remains[3 * at + c] = moved[3 * at + c] -
                                facet_field_get (detail->own, &place, c);
      }
  facet_blur (width, height, 3, in_pixels (detail, REMAINS_PX), remains,
              remains);
}

static void
get_motion (const FacetDetail *detail, const gfloat *moved, FacetImage *motion)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *luma = g_new (gfloat, n);
  g_autofree gfloat *flow = g_new (gfloat, 2 * n);

  get_luma (n, moved, luma);
  facet_flow_estimate (detail->width, detail->height, detail->luma, luma, flow);
  for (gint y = 0; y < detail->height; y++)
    for (gint x = 0; x < detail->width; x++)
      {
        const gsize at = (gsize) y * detail->width + x;
        const gfloat face = get_face (detail, x, y, MOTION_WHOLE, MOTION_NONE);

        motion->pixels[4 * at] = face * flow[2 * at];
        motion->pixels[4 * at + 1] = face * flow[2 * at + 1];
        motion->pixels[4 * at + 2] = motion->pixels[4 * at + 3] = 0;
      }
}

void
facet_detail_get_maps (const FacetDetail *detail,
                       const gfloat *moved,
                       FacetImage *add,
                       FacetImage *motion)
{
  const gsize n = (gsize) detail->width * detail->height;
  g_autofree gfloat *takeover = g_new (gfloat, n);
  g_autofree gfloat *remains = g_new (gfloat, 3 * n);

  get_motion (detail, moved, motion);
  get_takeover (detail, moved, takeover);
  get_remains (detail, moved, motion, remains);
  for (gsize i = 0; i < n; i++)
    {
      const gfloat keep = 1.0f - takeover[i];

      for (gint c = 0; c < 3; c++)
        add->pixels[4 * i + c] = keep * remains[3 * i + c] +
                                 takeover[i] * (moved[3 * i + c] +
                                                detail->light[3 * i + c]);
      add->pixels[4 * i + 3] = keep;
    }
}
