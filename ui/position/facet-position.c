/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The view is a square of the photo around the face's own.  It stays where it
 * is while something is dragged, and follows when the face has grown out of it
 * or shrunk in it.
 */
#include <math.h>
#include <string.h>

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>

#include <ui/facet-outline.h>

#include "facet-position-accessible.h"

#define SIDE_PX 264
#define POINT_PX 5.0
#define REACH_PX 11.0 /* as far from a point a press still means it */

/* The view's side, in sides of the face's square, and how far off it may be. */
#define VIEW_SIDES 1.4
#define VIEW_SIDES_LEAST 1.15
#define VIEW_SIDES_MOST 1.8
#define VIEW_SHIFT_MOST 0.1

/* A point's place is a multiple of this: plain numbers to look at. */
#define GRAIN_PX 0.25
#define KEY_STEP_SIDES                                   \
  0.005 /* what an arrow key does, in the square's sides \
         */
#define SHIFT_STEPS 10
#define SCALE_STEP 1.04
#define SMALLEST_SIDE_PX 16.0
#define LARGEST_PHOTOS 4.0 /* the square's side, in the photo's longer one */

#define WHOLE FACET_POSITION_WHOLE

enum
{
  CHANGED,
  N_SIGNALS
};

struct _FacetPosition
{
  GtkDrawingArea parent_instance;

  GdkPixbuf *photo;
  FacetPoint points[FACET_N_POINTS];
  gint chosen;
  guint focus_idle;

  gdouble view_x, view_y; /* of its middle, in the photo's pixels */
  gdouble view_side;      /* 0: there is none yet                 */
  cairo_surface_t *picture;

  gboolean dragging;
  gdouble grip_x, grip_y; /* from the pointer, in the photo's pixels, to what it
                             holds */
};

G_DEFINE_TYPE (FacetPosition, facet_position, GTK_TYPE_DRAWING_AREA)

static guint signals[N_SIGNALS];

static void fit_view (FacetPosition *position);
static void forget_view (FacetPosition *position);
static void note_move (FacetPosition *position);

GtkWidget *
facet_position_new (void)
{
  return g_object_new (FACET_TYPE_POSITION, NULL);
}

void
facet_position_set_photo (FacetPosition *position, GdkPixbuf *photo)
{
  g_return_if_fail (FACET_IS_POSITION (position));

  if (g_set_object (&position->photo, photo))
    {
      forget_view (position);
      fit_view (position);
    }
}

void
facet_position_get_points (FacetPosition *position, FacetPoint *points)
{
  g_return_if_fail (FACET_IS_POSITION (position));

  memcpy (points, position->points, sizeof position->points);
}

void
facet_position_set_points (FacetPosition *position, const FacetPoint *points)
{
  g_return_if_fail (FACET_IS_POSITION (position));

  /* an echo of what the user does must not take it out of their hands */
  if (memcmp (position->points, points, sizeof position->points) == 0)
    return;
  memcpy (position->points, points, sizeof position->points);
  position->dragging = FALSE;
  forget_view (position);
  fit_view (position);
  note_move (position);
}

/* --- what is chosen ------------------------------------------------------- */

gint
facet_position_get_chosen (FacetPosition *position)
{
  g_return_val_if_fail (FACET_IS_POSITION (position), WHOLE);

  return position->chosen;
}

const gchar *
facet_position_get_choice_name (gint choice)
{
  switch (choice - 1)
    {
    case FACET_POINT_RIGHT_EYE:
      return _ ("Right eye");
    case FACET_POINT_LEFT_EYE:
      return _ ("Left eye");
    case FACET_POINT_NOSE:
      return _ ("Tip of the nose");
    case FACET_POINT_RIGHT_MOUTH:
      return _ ("Right corner of the mouth");
    case FACET_POINT_LEFT_MOUTH:
      return _ ("Left corner of the mouth");
    default:
      return _ ("The whole face");
    }
}

FacetPoint
facet_position_get_place (FacetPosition *position, gint choice)
{
  FacetCrop crop;

  if (choice != WHOLE)
    return position->points[choice - 1];
  crop = facet_crop_from_points (position->points);
  return (FacetPoint) { crop.centre_x, crop.centre_y };
}

void
facet_position_choose (FacetPosition *position, gint choice)
{
  g_return_if_fail (FACET_IS_POSITION (position));

  position->chosen = choice;
  facet_position_accessible_chosen (position);
  gtk_widget_queue_draw (GTK_WIDGET (position));
}

static void
note_move (FacetPosition *position)
{
  facet_position_accessible_moved (position);
  gtk_widget_queue_draw (GTK_WIDGET (position));
}

/* GTK says in an idle of its own that the widget has the focus; what in it has
 * it is to be heard last. */
static gboolean
note_focus (gpointer data)
{
  FacetPosition *position = data;

  position->focus_idle = 0;
  facet_position_accessible_chosen (position);
  return G_SOURCE_REMOVE;
}

static gboolean
facet_position_focus_changed (GtkWidget *widget, GdkEventFocus *event)
{
  FacetPosition *position = FACET_POSITION (widget);

  if (position->focus_idle == 0)
    position->focus_idle = g_idle_add_full (G_PRIORITY_LOW, note_focus,
                                            position, NULL);
  gtk_widget_queue_draw (widget);
  return GDK_EVENT_PROPAGATE;
}

/* Tab goes through what can be chosen before it leaves. */
static gboolean
facet_position_focus (GtkWidget *widget, GtkDirectionType direction)
{
  FacetPosition *position = FACET_POSITION (widget);
  gint choice = position->chosen + (direction == GTK_DIR_TAB_FORWARD ? 1 : -1);

  if (direction != GTK_DIR_TAB_FORWARD && direction != GTK_DIR_TAB_BACKWARD)
    return GTK_WIDGET_CLASS (facet_position_parent_class)
        ->focus (widget, direction);
  if (! gtk_widget_is_focus (widget))
    choice = direction == GTK_DIR_TAB_FORWARD ? WHOLE :
                                                FACET_POSITION_N_CHOICES - 1;
  if (choice < 0 || choice >= FACET_POSITION_N_CHOICES)
    return FALSE;
  facet_position_choose (position, choice);
  gtk_widget_grab_focus (widget);
  return TRUE;
}

/* --- the view ------------------------------------------------------------- */

static void
forget_view (FacetPosition *position)
{
  position->view_side = 0;
}

/* Moves the view where the face is too far from its middle or of another size.
 */
static void
fit_view (FacetPosition *position)
{
  const FacetCrop crop = facet_crop_from_points (position->points);
  const gdouble side = MAX (SMALLEST_SIDE_PX, facet_crop_get_side (&crop));
  const gdouble shift = hypot (crop.centre_x - position->view_x,
                               crop.centre_y - position->view_y);

  gtk_widget_queue_draw (GTK_WIDGET (position));
  if (position->view_side >= VIEW_SIDES_LEAST * side &&
      position->view_side <= VIEW_SIDES_MOST * side &&
      shift <= VIEW_SHIFT_MOST * side)
    return;
  position->view_x = crop.centre_x;
  position->view_y = crop.centre_y;
  position->view_side = VIEW_SIDES * side;
  g_clear_pointer (&position->picture, cairo_surface_destroy);
}

/* Widget coordinates of a place in the photo; the view is a square in the
 * middle of the widget. */
static FacetPoint
to_widget (FacetPosition *position, FacetPoint place)
{
  GtkWidget *widget = GTK_WIDGET (position);
  const gint width = gtk_widget_get_allocated_width (widget);
  const gint height = gtk_widget_get_allocated_height (widget);
  const gdouble scale = MIN (width, height) / position->view_side;

  return (FacetPoint) { width / 2.0 + (place.x - position->view_x) * scale,
                        height / 2.0 + (place.y - position->view_y) * scale };
}

/* What a pixel of the widget is in the photo. */
static gdouble
get_step (FacetPosition *position)
{
  GtkWidget *widget = GTK_WIDGET (position);

  return position->view_side /
         MAX (1, MIN (gtk_widget_get_allocated_width (widget),
                      gtk_widget_get_allocated_height (widget)));
}

/* Half a side of the upright square that the face's square fits in. */
static gdouble
get_half_square (FacetPosition *position)
{
  const FacetCrop crop = facet_crop_from_points (position->points);

  return (fabs (crop.axis_x) + fabs (crop.axis_y)) / get_step (position);
}

/* What is seen of it. */
GdkRectangle
facet_position_get_box (FacetPosition *position, gint choice)
{
  GtkWidget *widget = GTK_WIDGET (position);
  const FacetPoint place = facet_position_get_place (position, choice);
  const gdouble half = choice == WHOLE ? get_half_square (position) : POINT_PX;
  const GdkRectangle all = { 0, 0, gtk_widget_get_allocated_width (widget),
                             gtk_widget_get_allocated_height (widget) };
  GdkRectangle box = { 0, 0, (gint) ceil (2 * half), (gint) ceil (2 * half) };
  FacetPoint middle;

  if (position->view_side == 0)
    return all;
  middle = to_widget (position, place);
  box.x = (gint) floor (middle.x - half);
  box.y = (gint) floor (middle.y - half);
  gdk_rectangle_intersect (&box, &all, &box);
  return box;
}

/* The photo in the view, @side device pixels wide; black beyond its edge. */
static GdkPixbuf *
scale_photo (FacetPosition *position, gint side)
{
  const gdouble scale = side / position->view_side;
  const gdouble x = side / 2.0 - position->view_x * scale;
  const gdouble y = side / 2.0 - position->view_y * scale;
  const gint left = (gint) ceil (CLAMP (x, 0, side));
  const gint top = (gint) ceil (CLAMP (y, 0, side));
  const gdouble width = gdk_pixbuf_get_width (position->photo) * scale;
  const gdouble height = gdk_pixbuf_get_height (position->photo) * scale;
  const gint right = (gint) floor (CLAMP (x + width, 0, side));
  const gint bottom = (gint) floor (CLAMP (y + height, 0, side));
  GdkPixbuf *picture = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, side,
                                       side);

  gdk_pixbuf_fill (picture, 0);
  if (right > left && bottom > top)
    gdk_pixbuf_scale (position->photo, picture, left, top, right - left,
                      bottom - top, x, y, scale, scale, GDK_INTERP_BILINEAR);
  return picture;
}

/* --- drawing -------------------------------------------------------------- */

static void
draw_photo (FacetPosition *position, cairo_t *cr)
{
  GtkWidget *widget = GTK_WIDGET (position);
  const gint width = gtk_widget_get_allocated_width (widget);
  const gint height = gtk_widget_get_allocated_height (widget);
  const gint side = MAX (1, MIN (width, height));
  const gint factor = gtk_widget_get_scale_factor (widget);

  if (position->picture == NULL ||
      cairo_image_surface_get_width (position->picture) != side * factor)
    {
      g_autoptr (GdkPixbuf) picture = scale_photo (position, side * factor);

      g_clear_pointer (&position->picture, cairo_surface_destroy);
      position->picture = gdk_cairo_surface_create_from_pixbuf (picture, factor,
                                                                NULL);
    }
  cairo_set_source_surface (cr, position->picture, (width - side) / 2.0,
                            (height - side) / 2.0);
  cairo_paint (cr);
}

static void
draw_square (FacetPosition *position, cairo_t *cr)
{
  const FacetCrop crop = facet_crop_from_points (position->points);
  const FacetAffine from_unit = facet_crop_get_to_photo (&crop, 1, 1);
  const gint corners[4][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };

  for (gint i = 0; i < 4; i++)
    {
      const gdouble x = corners[i][0];
      const gdouble y = corners[i][1];
      const FacetPoint corner = to_widget (
          position,
          (FacetPoint) { from_unit.xx * x + from_unit.xy * y + from_unit.x0,
                         from_unit.yx * x + from_unit.yy * y + from_unit.y0 });

      cairo_line_to (cr, corner.x, corner.y);
    }
  cairo_close_path (cr);
  facet_outline_stroke (cr);
}

/* Whether point @i is, alone or with all. */
static gboolean
is_chosen (FacetPosition *position, gint i)
{
  return position->chosen == WHOLE || position->chosen == i + 1;
}

/* What the keys would move is filled. */
static void
draw_points (FacetPosition *position, cairo_t *cr)
{
  const gboolean focused = gtk_widget_has_focus (GTK_WIDGET (position));

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const FacetPoint place = to_widget (position, position->points[i]);

      cairo_new_sub_path (cr);
      cairo_arc (cr, place.x, place.y, POINT_PX, 0, 2 * G_PI);
      if (focused && is_chosen (position, i))
        {
          cairo_set_source_rgb (cr, 1, 0.8, 0);
          cairo_fill_preserve (cr);
        }
      facet_outline_stroke (cr);
    }
}

static gboolean
facet_position_draw (GtkWidget *widget, cairo_t *cr)
{
  FacetPosition *position = FACET_POSITION (widget);

  if (position->photo != NULL && position->view_side > 0)
    {
      draw_photo (position, cr);
      draw_square (position, cr);
      draw_points (position, cr);
    }
  if (gtk_widget_has_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 0, 0,
                      gtk_widget_get_allocated_width (widget),
                      gtk_widget_get_allocated_height (widget));
  return GDK_EVENT_STOP;
}

/* --- moving --------------------------------------------------------------- */

static gdouble
round_place (gdouble value)
{
  return GRAIN_PX * rint (value / GRAIN_PX);
}

/* Moves what is chosen.  A point stays in the photo, and so does the middle of
 * the whole face, which may reach beyond. */
static void
move_to (FacetPosition *position, gdouble x, gdouble y)
{
  const gint width = gdk_pixbuf_get_width (position->photo);
  const gint height = gdk_pixbuf_get_height (position->photo);
  const FacetPoint place = facet_position_get_place (position,
                                                     position->chosen);
  const gdouble shift_x = CLAMP (x, 0, width) - place.x;
  const gdouble shift_y = CLAMP (y, 0, height) - place.y;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    if (is_chosen (position, i))
      {
        FacetPoint *point = &position->points[i];

        point->x = round_place (point->x + shift_x);
        point->y = round_place (point->y + shift_y);
      }
  note_move (position);
  g_signal_emit (position, signals[CHANGED], 0);
}

static void
move_by (FacetPosition *position, const GdkEventKey *event, gint x, gint y)
{
  const FacetCrop crop = facet_crop_from_points (position->points);
  const FacetPoint place = facet_position_get_place (position,
                                                     position->chosen);
  const gint steps = event->state & GDK_SHIFT_MASK ? SHIFT_STEPS : 1;
  const gdouble step = steps * MAX (GRAIN_PX,
                                    round_place (KEY_STEP_SIDES *
                                                 facet_crop_get_side (&crop)));

  move_to (position, place.x + x * step, place.y + y * step);
  fit_view (position);
}

/* Makes the whole face larger or smaller around the middle of its square. */
static void
scale_by (FacetPosition *position, gdouble factor)
{
  const FacetCrop crop = facet_crop_from_points (position->points);
  const gdouble side = factor * facet_crop_get_side (&crop);
  const gdouble largest = LARGEST_PHOTOS *
                          MAX (gdk_pixbuf_get_width (position->photo),
                               gdk_pixbuf_get_height (position->photo));

  if (side < SMALLEST_SIDE_PX || side > largest)
    return;
  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      FacetPoint *point = &position->points[i];

      point->x = round_place (crop.centre_x +
                              factor * (point->x - crop.centre_x));
      point->y = round_place (crop.centre_y +
                              factor * (point->y - crop.centre_y));
    }
  fit_view (position);
  note_move (position);
  g_signal_emit (position, signals[CHANGED], 0);
}

/* --- events --------------------------------------------------------------- */

/* What the pointer is on: a point, or else the whole face. */
static gint
find_point (FacetPosition *position, gdouble x, gdouble y)
{
  gdouble nearest = REACH_PX;
  gint found = WHOLE;

  for (gint i = 0; i < FACET_N_POINTS; i++)
    {
      const FacetPoint place = to_widget (position, position->points[i]);
      const gdouble distance = hypot (place.x - x, place.y - y);

      if (distance < nearest)
        {
          nearest = distance;
          found = i + 1;
        }
    }
  return found;
}

static gboolean
facet_position_button_press (GtkWidget *widget, GdkEventButton *event)
{
  FacetPosition *position = FACET_POSITION (widget);
  const gdouble step = get_step (position);
  FacetPoint place;

  gtk_widget_grab_focus (widget);
  if (event->button != GDK_BUTTON_PRIMARY || position->photo == NULL)
    return GDK_EVENT_PROPAGATE;
  facet_position_choose (position, find_point (position, event->x, event->y));
  place = facet_position_get_place (position, position->chosen);
  position->grip_x = place.x - step * event->x_root;
  position->grip_y = place.y - step * event->y_root;
  position->dragging = TRUE;
  return GDK_EVENT_STOP;
}

/* Goes by the pointer's place on the screen, since the dialog may move the
 * widget when there is more to show. */
static gboolean
facet_position_motion (GtkWidget *widget, GdkEventMotion *event)
{
  FacetPosition *position = FACET_POSITION (widget);
  const gdouble step = get_step (position);

  if (! position->dragging)
    return GDK_EVENT_PROPAGATE;
  move_to (position, position->grip_x + step * event->x_root,
           position->grip_y + step * event->y_root);
  return GDK_EVENT_STOP;
}

static gboolean
facet_position_button_release (GtkWidget *widget, GdkEventButton *event)
{
  FacetPosition *position = FACET_POSITION (widget);

  if (! position->dragging || event->button != GDK_BUTTON_PRIMARY)
    return GDK_EVENT_PROPAGATE;
  position->dragging = FALSE;
  fit_view (position);
  return GDK_EVENT_STOP;
}

/* The wheel is not to change what somebody only passes over. */
static gboolean
facet_position_scroll (GtkWidget *widget, GdkEventScroll *event)
{
  FacetPosition *position = FACET_POSITION (widget);

  if (! gtk_widget_has_focus (widget) || position->photo == NULL)
    return GDK_EVENT_PROPAGATE;
  if (event->direction == GDK_SCROLL_UP)
    scale_by (position, SCALE_STEP);
  else if (event->direction == GDK_SCROLL_DOWN)
    scale_by (position, 1 / SCALE_STEP);
  return GDK_EVENT_STOP;
}

static gboolean
facet_position_key_press (GtkWidget *widget, GdkEventKey *event)
{
  FacetPosition *position = FACET_POSITION (widget);

  if (position->photo != NULL)
    switch (event->keyval)
      {
      case GDK_KEY_Left:
        move_by (position, event, -1, 0);
        return GDK_EVENT_STOP;
      case GDK_KEY_Right:
        move_by (position, event, 1, 0);
        return GDK_EVENT_STOP;
      case GDK_KEY_Up:
        move_by (position, event, 0, -1);
        return GDK_EVENT_STOP;
      case GDK_KEY_Down:
        move_by (position, event, 0, 1);
        return GDK_EVENT_STOP;
      case GDK_KEY_plus:
      case GDK_KEY_equal:
      case GDK_KEY_KP_Add:
        scale_by (position, SCALE_STEP);
        return GDK_EVENT_STOP;
      case GDK_KEY_minus:
      case GDK_KEY_KP_Subtract:
        scale_by (position, 1 / SCALE_STEP);
        return GDK_EVENT_STOP;
      }
  return GTK_WIDGET_CLASS (facet_position_parent_class)
      ->key_press_event (widget, event);
}

/* Which point it is. */
static gboolean
facet_position_query_tooltip (GtkWidget *widget,
                              gint x,
                              gint y,
                              gboolean by_keyboard,
                              GtkTooltip *tooltip)
{
  FacetPosition *position = FACET_POSITION (widget);
  const gint point = by_keyboard ? position->chosen :
                                   find_point (position, x, y);

  if (position->dragging || point == WHOLE)
    return FALSE;
  gtk_tooltip_set_text (tooltip, facet_position_get_choice_name (point));
  return TRUE;
}

/* --- the widget ----------------------------------------------------------- */

static void
facet_position_finalize (GObject *object)
{
  FacetPosition *position = FACET_POSITION (object);

  g_clear_handle_id (&position->focus_idle, g_source_remove);
  g_clear_pointer (&position->picture, cairo_surface_destroy);
  g_clear_object (&position->photo);

  G_OBJECT_CLASS (facet_position_parent_class)->finalize (object);
}

static void
facet_position_class_init (FacetPositionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = facet_position_finalize;
  widget_class->draw = facet_position_draw;
  widget_class->focus = facet_position_focus;
  widget_class->focus_in_event = facet_position_focus_changed;
  widget_class->focus_out_event = facet_position_focus_changed;
  widget_class->button_press_event = facet_position_button_press;
  widget_class->motion_notify_event = facet_position_motion;
  widget_class->button_release_event = facet_position_button_release;
  widget_class->scroll_event = facet_position_scroll;
  widget_class->key_press_event = facet_position_key_press;
  widget_class->query_tooltip = facet_position_query_tooltip;
  gtk_widget_class_set_accessible_type (widget_class,
                                        FACET_TYPE_POSITION_ACCESSIBLE);
  gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DRAWING_AREA);

  signals[CHANGED] = g_signal_new ("changed", FACET_TYPE_POSITION,
                                   G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
facet_position_init (FacetPosition *position)
{
  GtkWidget *widget = GTK_WIDGET (position);

  gtk_widget_set_can_focus (widget, TRUE);
  gtk_widget_set_size_request (widget, SIDE_PX, SIDE_PX);
  gtk_widget_add_events (widget,
                         GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK |
                             GDK_BUTTON1_MOTION_MASK | GDK_SCROLL_MASK |
                             GDK_FOCUS_CHANGE_MASK | GDK_KEY_PRESS_MASK);
  gtk_widget_set_has_tooltip (widget, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (widget), _ ("Face position"));
}
