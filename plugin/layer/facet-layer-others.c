/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What others change while a preview is shown.  GIMP's own filters end when a
 * tool is taken up, but for a plug-in's dialog GIMP locks nothing: one can
 * paint beside it, and a script can change the layer.  Such pixels are noticed
 * because they are not what we have shown.  Their paint is theirs to keep, and
 * what is seen of the preview through it has to go: with b below and n now,
 *
 *   n = left · b + paint,    so that    left · photo + paint
 *                                     = n + left · (photo − b)
 *
 * is what they would have got without us.  How much is left facet_paint_fit ()
 * finds out; of pixels that it cannot explain nothing is taken to be left: they
 * stay as they are, with traces of the preview if the brush was soft.  An edit
 * is seen through paint as far as the photo is.  Where most of the preview is
 * changed so, nobody has painted: the layer was turned or filtered as a whole,
 * and is none that the photo could be put back into.  (While undo is frozen a
 * stroke cannot be undone; that is GIMP's.)
 *
 * It takes reading the whole square, as much as a third of an update, and so is
 * not done at every one, but whenever the user comes back to the dialog, before
 * the first update after a pause, and before the photo is put back.  Paint that
 * a script lays between two steps of one drag is lost.
 */
#include <string.h>

#include "facet-layer-private.h"
#include "facet-paint.h"

/* Of the preview: where more is changed than this, it was not painted on. */
#define MOST_PAINTED 0.5

/* Pixels of the square that others have changed. */
typedef struct
{
  GArray *places; /* gint: y · width + x */
  guchar *below;  /* [n] of the layer's format: what we have shown */
  guchar *now;
  guchar *own;  /* what is there without an edit */
  gfloat *left; /* of what is below: 0…1         */
} Stroke;

static gsize
get_index (FacetLayer *layer, gint place)
{
  const gint x = place % layer->square.width;
  const gint y = place / layer->square.width;

  return (gsize) (layer->square.y + y) * layer->width + layer->square.x + x;
}

/* The bytes of a pixel but for its alpha's. */
static gint
get_colour_bytes (FacetLayer *layer)
{
  const gint channels = babl_format_get_n_components (layer->format);
  const gint size = babl_format_get_bytes_per_pixel (layer->format);

  return channels % 2 == 0 ? size - size / channels : size;
}

/* --- what happened ----------------------------------------------------------
 */

static void
find_in_row (FacetLayer *layer, const guchar *now, gint y, Stroke *stroke)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint width = layer->square.width;
  const guchar *shown = layer->shown ? facet_layer_pixels_row (layer, y) :
                                       facet_layer_own_row (layer, y);

  if (memcmp (now, shown, (gsize) size * width) == 0)
    return;
  for (gint x = 0; x < width; x++)
    if (memcmp (now + x * size, shown + x * size, size) != 0)
      {
        const gint place = y * width + x;

        g_array_append_val (stroke->places, place);
      }
}

static void
gather (FacetLayer *layer, const guchar *now, Stroke *stroke)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint width = layer->square.width;
  const guint n = stroke->places->len;

  stroke->below = g_malloc ((gsize) n * size);
  stroke->now = g_malloc ((gsize) n * size);
  stroke->own = g_malloc ((gsize) n * size);
  stroke->left = g_new0 (gfloat, n);
  for (guint i = 0; i < n; i++)
    {
      const gint place = g_array_index (stroke->places, gint, i);
      const gint x = place % width, y = place / width;
      const guchar *own = facet_layer_own_row (layer, y) + x * size;
      const guchar *shown = facet_layer_pixels_row (layer, y) + x * size;

      memcpy (stroke->now + i * size, now + (gsize) place * size, size);
      memcpy (stroke->own + i * size, own, size);
      memcpy (stroke->below + i * size, layer->shown ? shown : own, size);
    }
}

static void
stroke_clear (Stroke *stroke)
{
  g_array_unref (stroke->places);
  g_free (stroke->below);
  g_free (stroke->now);
  g_free (stroke->own);
  g_free (stroke->left);
}

static void
set_blending (FacetLayer *layer, const Babl *blending)
{
  layer->to_mix = babl_fish (layer->format, blending);
  layer->from_mix = babl_fish (blending, layer->format);
}

/* How many pixels of the square are not as they are without an edit. */
static gint
count_shown (FacetLayer *layer)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  gint n = 0;

  for (gint y = 0; y < layer->square.height; y++)
    {
      const guchar *pixels = facet_layer_pixels_row (layer, y);
      const guchar *own = facet_layer_own_row (layer, y);

      for (gint x = 0; x < layer->square.width; x++)
        n += memcmp (pixels + x * size, own + x * size, size) != 0;
    }
  return n;
}

/* GIMP's brushes mix light; its older modes mix the numbers that are stored. */
static void
explain (FacetLayer *layer, Stroke *stroke)
{
  static const gchar *const ways[] = { "RGBA float", "R'G'B'A float" };
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint colour = get_colour_bytes (layer);
  gint n_traces = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      const Babl *blending = babl_format_with_space (ways[i], layer->format);

      if (facet_paint_fit (stroke->below, stroke->now, stroke->places->len,
                           layer->format, blending, stroke->left))
        {
          set_blending (layer, blending);
          return;
        }
    }
  for (guint i = 0; i < stroke->places->len; i++)
    {
      const guchar *below = stroke->below + i * size;

      if (memcmp (below, stroke->now + i * size, colour) == 0)
        stroke->left[i] = 1.0f; /* an eraser's */
      else if (memcmp (below, stroke->own + i * size, colour) != 0)
        n_traces++;
    }
  layer->altered = n_traces > MOST_PAINTED * count_shown (layer);
  layer->traces |= n_traces > 0;
}

/* --- keeping it -------------------------------------------------------------
 */

static void
make_room (FacetLayer *layer)
{
  const gsize n = (gsize) layer->width * layer->height;

  if (layer->painted != NULL)
    return;
  layer->painted = g_memdup2 (layer->photo,
                              n * babl_format_get_bytes_per_pixel (
                                      layer->format));
  layer->left = g_new (gfloat, n);
  for (gsize i = 0; i < n; i++)
    layer->left[i] = 1.0f;
  set_blending (layer, babl_format_with_space ("RGBA float", layer->format));
}

/* @base + @left · (@to − @from), the alpha being @base's, all in the layer's
 * format; where nothing is to be added the bytes are @base's. */
static void
shift (FacetLayer *layer,
       const guchar *base,
       gfloat left,
       const guchar *to,
       const guchar *from,
       guchar *result)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  gfloat sum[4], plus[4], minus[4];

  if (left == 0.0f || memcmp (to, from, size) == 0)
    {
      memmove (result, base, size);
      return;
    }
  babl_process (layer->to_mix, base, sum, 1);
  babl_process (layer->to_mix, to, plus, 1);
  babl_process (layer->to_mix, from, minus, 1);
  for (gint c = 0; c < 3; c++)
    sum[c] += left * (plus[c] - minus[c]);
  babl_process (layer->from_mix, sum, result, 1);
}

/* What is on the canvas now is what we have shown there. */
static void
take (FacetLayer *layer, Stroke *stroke)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);
  const gint width = layer->square.width;

  for (guint i = 0; i < stroke->places->len; i++)
    {
      const gint place = g_array_index (stroke->places, gint, i);
      const gsize index = get_index (layer, place);
      const guchar *now = stroke->now + i * size;

      shift (layer, now, stroke->left[i], stroke->own + i * size,
             stroke->below + i * size, layer->painted + index * size);
      layer->left[index] *= stroke->left[i];
      memcpy (facet_layer_pixels_row (layer, place / width) +
                  place % width * size,
              now, size);
    }
}

gboolean
facet_layer_take_over (FacetLayer *layer)
{
  const gint row = facet_layer_row_bytes (layer, layer->square.width);
  Stroke stroke = { NULL };
  g_autofree guchar *now = NULL;

  if (! layer->frozen || layer->pixels == NULL ||
      ! facet_layer_check_same (layer, NULL))
    return layer->painted != NULL;
  now = facet_layer_read (layer, &layer->square);
  stroke.places = g_array_new (FALSE, FALSE, sizeof (gint));
  for (gint y = 0; y < layer->square.height; y++)
    find_in_row (layer, now + (gsize) y * row, y, &stroke);
  if (stroke.places->len > 0)
    {
      make_room (layer);
      gather (layer, now, &stroke);
      explain (layer, &stroke);
      if (! layer->altered)
        take (layer, &stroke);
    }
  stroke_clear (&stroke);
  return layer->painted != NULL && ! layer->altered;
}

gboolean
facet_layer_has_traces (FacetLayer *layer)
{
  return layer->traces;
}

void
facet_layer_lay_paint_over (FacetLayer *layer)
{
  const gint size = babl_format_get_bytes_per_pixel (layer->format);

  if (layer->painted == NULL)
    return;
  for (gint y = 0; y < layer->square.height; y++)
    {
      const gsize index = get_index (layer, y * layer->square.width);
      guchar *pixels = facet_layer_pixels_row (layer, y);

      for (gint x = 0; x < layer->square.width; x++)
        {
          const guchar *photo = layer->photo + (index + x) * size;
          const guchar *painted = layer->painted + (index + x) * size;
          guchar *pixel = pixels + x * size;

          if (memcmp (painted, photo, size) != 0)
            shift (layer, painted, layer->left[index + x], pixel, photo, pixel);
        }
    }
}
