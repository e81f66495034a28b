/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which face was edited, remembered with the layer and not with GIMP's last
 * values: it says nothing about another photo.  The memory is a parasite, a row
 * of numbers; the first of them say how large the layer was and what was
 * selected, and where that is different, the others are of no use any more.  It
 * lasts as long as the image is open.
 */
#include <string.h>

#include "facet-layer-private.h"

#define PARASITE "facet-face"

enum
{
  WIDTH,
  HEIGHT,
  BOUNDS,
  FACE = BOUNDS + 4,
  POINTS,
  N_WITHOUT_POINTS = POINTS,
  N_WITH_POINTS = POINTS + 2 * FACET_N_POINTS
};

/* What has to be the same. */
static void
describe (FacetLayer *layer, gdouble *numbers)
{
  numbers[WIDTH] = layer->width;
  numbers[HEIGHT] = layer->height;
  numbers[BOUNDS] = layer->bounds.x;
  numbers[BOUNDS + 1] = layer->bounds.y;
  numbers[BOUNDS + 2] = layer->bounds.width;
  numbers[BOUNDS + 3] = layer->bounds.height;
}

static void
write_numbers (GimpItem *item, const gdouble *numbers, gint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GimpParasite *parasite;

  for (gint i = 0; i < n; i++)
    {
      gchar number[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                              g_ascii_dtostr (number, sizeof number,
                                              numbers[i]));
    }
  parasite = gimp_parasite_new (PARASITE, 0, text->len + 1, text->str);
  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

/* How many there are, at most N_WITH_POINTS. */
static gint
read_numbers (GimpItem *item, gdouble *numbers)
{
  GimpParasite *parasite = gimp_item_get_parasite (item, PARASITE);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) words = NULL;
  gconstpointer data;
  guint32 size;
  gint n = 0;

  if (parasite == NULL)
    return 0;
  data = gimp_parasite_get_data (parasite, &size);
  text = g_strndup (data, size);
  gimp_parasite_free (parasite);
  words = g_strsplit (text, " ", N_WITH_POINTS + 1);
  for (; n < N_WITH_POINTS && words[n] != NULL; n++)
    numbers[n] = g_ascii_strtod (words[n], NULL);
  return n;
}

void
facet_layer_remember (FacetLayer *layer, gint face, const FacetPoint *points)
{
  GimpItem *item = GIMP_ITEM (layer->drawable);
  gdouble numbers[N_WITH_POINTS] = { 0 };

  if (face == 0 && points == NULL)
    {
      gimp_item_detach_parasite (item, PARASITE);
      return;
    }
  describe (layer, numbers);
  numbers[FACE] = face;
  for (gint i = 0; points != NULL && i < FACET_N_POINTS; i++)
    {
      numbers[POINTS + 2 * i] = points[i].x;
      numbers[POINTS + 2 * i + 1] = points[i].y;
    }
  write_numbers (item, numbers,
                 points != NULL ? N_WITH_POINTS : N_WITHOUT_POINTS);
}

gboolean
facet_layer_recall (FacetLayer *layer,
                    gint *face,
                    FacetPoint *points,
                    gboolean *has_points)
{
  gdouble numbers[N_WITH_POINTS] = { 0 }, here[FACE];
  const gint n = read_numbers (GIMP_ITEM (layer->drawable), numbers);

  describe (layer, here);
  if ((n != N_WITH_POINTS && n != N_WITHOUT_POINTS) ||
      memcmp (numbers, here, sizeof here) != 0)
    return FALSE;
  *face = (gint) CLAMP (numbers[FACE], 0, FACET_LAYER_LAST_FACE);
  *has_points = n == N_WITH_POINTS;
  for (gint i = 0; i < FACET_N_POINTS; i++)
    points[i] = (FacetPoint) { numbers[POINTS + 2 * i],
                               numbers[POINTS + 2 * i + 1] };
  return TRUE;
}
