/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Renders as a dialog does while its first slider moves on a little each time.
 */
#ifdef HAVE_GEGL
#include <gegl.h>
#endif

#include "edit.h"

/* Of the layer around the face. */
#define AROUND 1.25
#define FIRST_OFFSET_SIGMA 1.5
#define DRAG_SIGMA 0.01

typedef struct
{
  FacetEdit *edit;
  gdouble *offsets;
  gint n_axes;
  FacetRectangle bounds;
  guint8 *pixels; /* of the bounds */
} Drag;

static FacetEdit *
edit_noise (FacetModel *model, gint side, GError **error)
{
  const gint around = (gint) (AROUND * side);
  const FacetCrop crop = facet_crop_from_square ((around - side) / 2.0,
                                                 (around - side) / 2.0, side);
  const gsize n = (gsize) around * around * 3;
  g_autofree guint8 *pixels = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    pixels[i] = (guint8) (64 + i / 3 % around * 64 / around +
                          64 * nn_random_uniform (1, i));
  return facet_edit_new (model, babl_format ("R'G'B' u8"), pixels, around,
                         around, 3 * around, &crop, error);
}

#ifdef HAVE_GEGL
static GeglBuffer *
buffer_new (const Drag *drag)
{
  static gboolean ready;
  const GeglRectangle extent = { drag->bounds.x, drag->bounds.y,
                                 drag->bounds.width, drag->bounds.height };

  if (! ready)
    gegl_init (NULL, NULL);
  ready = TRUE;
  return gegl_buffer_new (&extent, babl_format ("R'G'B' u8"));
}

static void
append_buffer_time (const Drag *drag, GeglBuffer *buffer, GString *answer)
{
  const gint64 start = g_get_monotonic_time ();

  gegl_buffer_set (buffer, NULL, 0, babl_format ("R'G'B' u8"), drag->pixels,
                   3 * drag->bounds.width);
  g_string_append_printf (answer, " %.3f",
                          (g_get_monotonic_time () - start) * 1e-3);
}
#endif

static gboolean
drag_on (Drag *drag, GString *answer, GError **error)
{
  FacetEditTimes times;

  drag->offsets[0] += DRAG_SIGMA;
  if (! facet_edit_render_bounds (drag->edit, drag->offsets, drag->n_axes,
                                  drag->pixels, 3 * drag->bounds.width, error))
    return FALSE;
  times = facet_edit_get_times (drag->edit);
  g_string_append_printf (answer, " %.3f %.3f %.3f %.3f", times.decode_ms,
                          times.motion_ms, times.paste_ms, times.copy_ms);
  return TRUE;
}

static gboolean
drag_and_time (Drag *drag,
               gint n_warm,
               gint n_timed,
               GString *answer,
               GError **error)
{
  const gsize length = answer->len;
#ifdef HAVE_GEGL
  g_autoptr (GeglBuffer) buffer = buffer_new (drag);
#endif

  for (gint i = 0; i < n_warm + n_timed; i++)
    {
      if (i == n_warm)
        g_string_truncate (answer, length);
      if (! drag_on (drag, answer, error))
        return FALSE;
#ifdef HAVE_GEGL
      append_buffer_time (drag, buffer, answer);
#else
      g_string_append (answer, " -");
#endif
    }
  return TRUE;
}

gboolean
edit_time (FacetModel *model,
           FacetMode mode,
           gint side,
           gint n_warm,
           gint n_timed,
           GString *answer,
           GError **error)
{
  Drag drag = { .n_axes = facet_model_get_latents (model)->n_axes };
  gboolean done;

  babl_init ();
  drag.edit = edit_noise (model, side, error);
  if (! drag.edit)
    return FALSE;
  facet_edit_set_mode (drag.edit, mode);
  drag.offsets = g_new0 (gdouble, drag.n_axes);
  drag.offsets[0] = FIRST_OFFSET_SIGMA;
  drag.bounds = facet_edit_get_bounds (drag.edit);
  drag.pixels = g_malloc ((gsize) drag.bounds.width * drag.bounds.height * 3);
  done = drag_and_time (&drag, n_warm, n_timed, answer, error);
  g_free (drag.pixels);
  g_free (drag.offsets);
  facet_edit_free (drag.edit);
  return done;
}
