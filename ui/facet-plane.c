/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plane of two components.
 */
#include <math.h>
#include <string.h>

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>

#include "facet-outline.h"
#include "facet-plane.h"
#include "facet-sliders.h"

#define TILES 9 /* decodes a side */
#define SIDE_PX 234
#define MARKER_PX 6.0
#define KEY_STEP 0.1

enum
{
  CHANGED,
  N_SIGNALS
};

struct _FacetPlane
{
  GtkDrawingArea parent_instance;

  cairo_surface_t *map;
  gdouble values[2];
};

G_DEFINE_TYPE (FacetPlane, facet_plane, GTK_TYPE_DRAWING_AREA)

static guint signals[N_SIGNALS];

static cairo_surface_t *map_new (FacetModel *model, const gfloat *code);

GtkWidget *
facet_plane_new (void)
{
  return g_object_new (FACET_TYPE_PLANE, NULL);
}

void
facet_plane_set_model (FacetPlane *plane, FacetModel *model, const gfloat *code)
{
  g_return_if_fail (FACET_IS_PLANE (plane));
  g_return_if_fail (facet_model_get_latents (model)->n_axes == 2);

  g_clear_pointer (&plane->map, cairo_surface_destroy);
  plane->map = map_new (model, code);
  gtk_widget_queue_draw (GTK_WIDGET (plane));
}

void
facet_plane_get_values (FacetPlane *plane, gdouble *values)
{
  g_return_if_fail (FACET_IS_PLANE (plane));

  memcpy (values, plane->values, sizeof plane->values);
}

void
facet_plane_set_values (FacetPlane *plane, const gdouble *values)
{
  g_return_if_fail (FACET_IS_PLANE (plane));

  memcpy (plane->values, values, sizeof plane->values);
  gtk_widget_queue_draw (GTK_WIDGET (plane));
}

/* --- the map ------------------------------------------------------------ */

/* A row of tiles is one batch; the top row is the largest second offset. */
static void
decode_row (FacetModel *model, const gfloat *code, gint row, gfloat *crops)
{
  const FacetLatents *latents = facet_model_get_latents (model);
  g_autofree gfloat *codes = g_new (gfloat, TILES * latents->z_dim);
  const gdouble step = 2.0 * FACET_COMPONENT_LIMIT / TILES;

  for (gint column = 0; column < TILES; column++)
    {
      gdouble offsets[2] = { (column + 0.5) * step - FACET_COMPONENT_LIMIT,
                             FACET_COMPONENT_LIMIT - (row + 0.5) * step };

      facet_latents_move (latents, code, offsets, 2,
                          codes + column * latents->z_dim);
    }
  facet_model_decode (model, TILES, codes, crops);
}

static guint32
pixel_from_crop (const gfloat *values, gint channels)
{
  guint32 pixel = 0;

  for (gint c = 0; c < 3; c++)
    {
      gfloat value = values[channels == 1 ? 0 : c];

      pixel = pixel << 8 | (guint32) lrintf (255.0f * CLAMP (value, 0, 1));
    }
  return pixel;
}

static cairo_surface_t *
map_new (FacetModel *model, const gfloat *code)
{
  const NnShape shape = facet_model_get_recipe (model)->input_dim;
  const gsize crop_size = (gsize) shape.height * shape.width * shape.channels;
  g_autofree gfloat *crops = g_new (gfloat, TILES * crop_size);
  cairo_surface_t *map = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                                     TILES * shape.width,
                                                     TILES * shape.height);
  guchar *pixels = cairo_image_surface_get_data (map);
  const gint stride = cairo_image_surface_get_stride (map);

  cairo_surface_flush (map);
  for (gint row = 0; row < TILES; row++)
    {
      decode_row (model, code, row, crops);
      for (gint y = 0; y < shape.height; y++)
        {
          guint32 *line =
              (guint32 *) (pixels + (gsize) (row * shape.height + y) * stride);

          for (gint x = 0; x < TILES * shape.width; x++)
            line[x] = pixel_from_crop (crops + (x / shape.width) * crop_size +
                                           (gsize) (y * shape.width +
                                                    x % shape.width) *
                                               shape.channels,
                                       shape.channels);
        }
    }
  cairo_surface_mark_dirty (map);
  return map;
}

/* --- drawing ------------------------------------------------------------ */

static gdouble
place_from_offset (gdouble offset, gdouble length)
{
  return (offset / FACET_COMPONENT_LIMIT + 1.0) / 2.0 * length;
}

static gboolean
facet_plane_draw (GtkWidget *widget, cairo_t *cr)
{
  FacetPlane *plane = FACET_PLANE (widget);
  const gdouble width = gtk_widget_get_allocated_width (widget);
  const gdouble height = gtk_widget_get_allocated_height (widget);
  const gdouble x = place_from_offset (plane->values[0], width);
  const gdouble y = place_from_offset (-plane->values[1], height);

  if (plane->map != NULL)
    {
      cairo_save (cr);
      cairo_scale (cr, width / cairo_image_surface_get_width (plane->map),
                   height / cairo_image_surface_get_height (plane->map));
      cairo_set_source_surface (cr, plane->map, 0, 0);
      cairo_paint (cr);
      cairo_restore (cr);
    }

  /* the photo's own place */
  cairo_move_to (cr, width / 2 - MARKER_PX, height / 2);
  cairo_line_to (cr, width / 2 + MARKER_PX, height / 2);
  cairo_move_to (cr, width / 2, height / 2 - MARKER_PX);
  cairo_line_to (cr, width / 2, height / 2 + MARKER_PX);
  facet_outline_stroke (cr);
  cairo_arc (cr, x, y, MARKER_PX, 0, 2 * G_PI);
  facet_outline_stroke (cr);

  if (gtk_widget_has_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 0, 0, width,
                      height);
  return GDK_EVENT_STOP;
}

/* --- moving the marker -------------------------------------------------- */

/* Rounded as the numbers beside the sliders are. */
static void
move_to (FacetPlane *plane, gdouble first, gdouble second)
{
  const gdouble limit = FACET_COMPONENT_LIMIT;

  plane->values[0] = rint (100.0 * CLAMP (first, -limit, limit)) / 100.0;
  plane->values[1] = rint (100.0 * CLAMP (second, -limit, limit)) / 100.0;
  gtk_widget_queue_draw (GTK_WIDGET (plane));
  g_signal_emit (plane, signals[CHANGED], 0);
}

static void
move_to_pointer (FacetPlane *plane, gdouble x, gdouble y)
{
  GtkWidget *widget = GTK_WIDGET (plane);
  const gdouble width = gtk_widget_get_allocated_width (widget);
  const gdouble height = gtk_widget_get_allocated_height (widget);

  move_to (plane, (2.0 * x / width - 1.0) * FACET_COMPONENT_LIMIT,
           (1.0 - 2.0 * y / height) * FACET_COMPONENT_LIMIT);
}

static gboolean
facet_plane_button_press (GtkWidget *widget, GdkEventButton *event)
{
  gtk_widget_grab_focus (widget);
  if (event->button == GDK_BUTTON_PRIMARY)
    move_to_pointer (FACET_PLANE (widget), event->x, event->y);
  else if (event->button == GDK_BUTTON_SECONDARY)
    move_to (FACET_PLANE (widget), 0.0, 0.0);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static gboolean
facet_plane_motion (GtkWidget *widget, GdkEventMotion *event)
{
  if (event->state & GDK_BUTTON1_MASK)
    move_to_pointer (FACET_PLANE (widget), event->x, event->y);
  return GDK_EVENT_STOP;
}

static gboolean
facet_plane_key_press (GtkWidget *widget, GdkEventKey *event)
{
  FacetPlane *plane = FACET_PLANE (widget);
  gdouble *values = plane->values;

  switch (event->keyval)
    {
    case GDK_KEY_Left:
      move_to (plane, values[0] - KEY_STEP, values[1]);
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
      move_to (plane, values[0] + KEY_STEP, values[1]);
      return GDK_EVENT_STOP;
    case GDK_KEY_Down:
      move_to (plane, values[0], values[1] - KEY_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
      move_to (plane, values[0], values[1] + KEY_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
      move_to (plane, 0.0, 0.0);
      return GDK_EVENT_STOP;
    default:
      return GTK_WIDGET_CLASS (facet_plane_parent_class)
          ->key_press_event (widget, event);
    }
}

/* --- the widget --------------------------------------------------------- */

static void
facet_plane_finalize (GObject *object)
{
  g_clear_pointer (&FACET_PLANE (object)->map, cairo_surface_destroy);

  G_OBJECT_CLASS (facet_plane_parent_class)->finalize (object);
}

static void
facet_plane_class_init (FacetPlaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = facet_plane_finalize;
  widget_class->draw = facet_plane_draw;
  widget_class->button_press_event = facet_plane_button_press;
  widget_class->motion_notify_event = facet_plane_motion;
  widget_class->key_press_event = facet_plane_key_press;

  signals[CHANGED] = g_signal_new ("changed", FACET_TYPE_PLANE,
                                   G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
facet_plane_init (FacetPlane *plane)
{
  GtkWidget *widget = GTK_WIDGET (plane);

  gtk_widget_set_can_focus (widget, TRUE);
  gtk_widget_set_size_request (widget, SIDE_PX, SIDE_PX);
  gtk_widget_add_events (widget,
                         GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK |
                             GDK_FOCUS_CHANGE_MASK | GDK_KEY_PRESS_MASK);
  gtk_widget_set_tooltip_text (
      widget,
      _ ("Drag to move both components at once; right click takes both back"));
  atk_object_set_name (gtk_widget_get_accessible (widget),
                       _ ("Plane of both components"));
}
