/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the view of the face's points promises.
 */
#include <math.h>
#include <string.h>

#include <gdk/gdkkeysyms.h>
#include <ui/position/facet-position.h>

#define PHOTO_WIDTH 400
#define PHOTO_HEIGHT 300

/* An upright face in the photo; a side of its square is 272 px. */
static const FacetPoint face[FACET_N_POINTS] = { { 160, 120 },
                                                 { 240, 120 },
                                                 { 200, 160 },
                                                 { 170, 195 },
                                                 { 230, 195 } };

typedef struct
{
  GtkWidget *window;
  GtkWidget *widget;
  GtkWidget *next; /* what Tab comes to after it */
  gint n_changes;
} Fixture;

static void
count (gint *n)
{
  ++*n;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GdkPixbuf) photo = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8,
                                                PHOTO_WIDTH, PHOTO_HEIGHT);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gdk_pixbuf_fill (photo, 0x208040ff);
  fixture->window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  fixture->widget = facet_position_new ();
  fixture->next = gtk_entry_new ();
  gtk_container_add (GTK_CONTAINER (box), fixture->widget);
  gtk_container_add (GTK_CONTAINER (box), fixture->next);
  gtk_container_add (GTK_CONTAINER (fixture->window), box);
  facet_position_set_photo (FACET_POSITION (fixture->widget), photo);
  facet_position_set_points (FACET_POSITION (fixture->widget), face);
  g_signal_connect_swapped (fixture->widget, "changed", G_CALLBACK (count),
                            &fixture->n_changes);
  gtk_widget_show_all (fixture->window);
  while (gtk_events_pending ())
    gtk_main_iteration ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_widget_destroy (fixture->window);
}

static FacetPoint
get_point (Fixture *fixture, gint point)
{
  FacetPoint points[FACET_N_POINTS];

  facet_position_get_points (FACET_POSITION (fixture->widget), points);
  return points[point];
}

static void
assert_moved (Fixture *fixture, gint point, gdouble x, gdouble y)
{
  const FacetPoint place = get_point (fixture, point);

  g_assert_cmpfloat_with_epsilon (place.x, face[point].x + x, 1);
  g_assert_cmpfloat_with_epsilon (place.y, face[point].y + y, 1);
}

static AtkObject *
ref_choice (Fixture *fixture, gint choice)
{
  return atk_object_ref_accessible_child (gtk_widget_get_accessible (
                                              fixture->widget),
                                          choice);
}

/* Of what is chosen. */
static const gchar *
get_name (Fixture *fixture)
{
  const gint chosen = facet_position_get_chosen (
      FACET_POSITION (fixture->widget));
  g_autoptr (AtkObject) choice = ref_choice (fixture, chosen);

  return atk_object_get_name (choice);
}

static void
send_pointer (Fixture *fixture, GdkEventType type, gdouble x, gdouble y)
{
  GdkEvent *event = gdk_event_new (type);

  event->any.window = g_object_ref (gtk_widget_get_window (fixture->widget));
  if (type == GDK_MOTION_NOTIFY)
    {
      event->motion.x = x;
      event->motion.y = y;
      event->motion.x_root = x;
      event->motion.y_root = y;
      event->motion.state = GDK_BUTTON1_MASK;
    }
  else
    {
      event->button.button = GDK_BUTTON_PRIMARY;
      event->button.x = x;
      event->button.y = y;
      event->button.x_root = x;
      event->button.y_root = y;
    }
  gtk_widget_event (fixture->widget, event);
  gdk_event_free (event);
}

static gboolean
send_key (Fixture *fixture, guint key, GdkModifierType state)
{
  GdkEvent *event = gdk_event_new (GDK_KEY_PRESS);
  gboolean handled;

  event->key.window = g_object_ref (gtk_widget_get_window (fixture->widget));
  event->key.keyval = key;
  event->key.state = state;
  handled = gtk_widget_event (fixture->widget, event);
  gdk_event_free (event);
  return handled;
}

static gboolean
send_wheel (Fixture *fixture, GdkScrollDirection direction)
{
  GdkEvent *event = gdk_event_new (GDK_SCROLL);
  gboolean handled;

  event->scroll.window = g_object_ref (gtk_widget_get_window (fixture->widget));
  event->scroll.direction = direction;
  handled = gtk_widget_event (fixture->widget, event);
  gdk_event_free (event);
  return handled;
}

/* In the view the face's square is in the middle. */
static gdouble
get_scale (Fixture *fixture)
{
  const FacetCrop crop = facet_crop_from_points (face);

  return MIN (gtk_widget_get_allocated_width (fixture->widget),
              gtk_widget_get_allocated_height (fixture->widget)) /
         (1.4 * facet_crop_get_side (&crop));
}

static FacetPoint
get_place (Fixture *fixture, gdouble x, gdouble y)
{
  const FacetCrop crop = facet_crop_from_points (face);
  const gdouble scale = get_scale (fixture);

  return (FacetPoint) {
    gtk_widget_get_allocated_width (fixture->widget) / 2.0 +
        (x - crop.centre_x) * scale,
    gtk_widget_get_allocated_height (fixture->widget) / 2.0 +
        (y - crop.centre_y) * scale,
  };
}

/* Presses at a place in the photo and goes by @x, @y in three steps. */
static void
drag (Fixture *fixture, FacetPoint from, gdouble x, gdouble y)
{
  const gdouble scale = get_scale (fixture);
  const FacetPoint place = get_place (fixture, from.x, from.y);

  send_pointer (fixture, GDK_BUTTON_PRESS, place.x, place.y);
  for (gint i = 1; i <= 3; i++)
    send_pointer (fixture, GDK_MOTION_NOTIFY, place.x + x * scale * i / 3,
                  place.y + y * scale * i / 3);
  send_pointer (fixture, GDK_BUTTON_RELEASE, place.x + x * scale,
                place.y + y * scale);
}

static void
a_point_is_dragged_and_no_other_moves (Fixture *fixture, gconstpointer data)
{
  /* not grabbed in its very middle, and it does not jump there */
  const FacetPoint grip = { face[FACET_POINT_LEFT_EYE].x + 2,
                            face[FACET_POINT_LEFT_EYE].y - 2 };

  drag (fixture, grip, 9, -6);
  g_assert_cmpint (fixture->n_changes, ==, 3);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    if (i == FACET_POINT_LEFT_EYE)
      assert_moved (fixture, i, 9, -6);
    else
      assert_moved (fixture, i, 0, 0);
}

static void
beside_the_points_the_whole_face_is_dragged (Fixture *fixture,
                                             gconstpointer data)
{
  drag (fixture, (FacetPoint) { 200, 90 }, -20, 12);
  for (gint i = 0; i < FACET_N_POINTS; i++)
    assert_moved (fixture, i, -20, 12);
}

static void
a_click_alone_changes_nothing (Fixture *fixture, gconstpointer data)
{
  const FacetPoint place = get_place (fixture, face[0].x + 1, face[0].y);

  send_pointer (fixture, GDK_BUTTON_PRESS, place.x, place.y);
  send_pointer (fixture, GDK_BUTTON_RELEASE, place.x, place.y);
  send_pointer (fixture, GDK_MOTION_NOTIFY, place.x + 30, place.y);
  g_assert_cmpint (fixture->n_changes, ==, 0);
  g_assert_cmpstr (get_name (fixture), ==, "Right eye");
}

static void
points_stay_in_the_photo (Fixture *fixture, gconstpointer data)
{
  drag (fixture, face[FACET_POINT_NOSE], -900, 900);
  assert_moved (fixture, FACET_POINT_NOSE, -face[FACET_POINT_NOSE].x,
                PHOTO_HEIGHT - face[FACET_POINT_NOSE].y);
}

static void
tab_goes_through_all_and_on (Fixture *fixture, gconstpointer data)
{
  const gchar *const names[] = { "The whole face",
                                 "Right eye",
                                 "Left eye",
                                 "Tip of the nose",
                                 "Right corner of the mouth",
                                 "Left corner of the mouth" };

  gtk_window_set_focus (GTK_WINDOW (fixture->window), NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_FORWARD);
      g_assert_true (gtk_widget_is_focus (fixture->widget));
      g_assert_cmpstr (get_name (fixture), ==, names[i]);
    }
  gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_FORWARD);
  g_assert_true (gtk_widget_is_focus (fixture->next));
  gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_BACKWARD);
  g_assert_true (gtk_widget_is_focus (fixture->widget));
  g_assert_cmpstr (get_name (fixture), ==, names[5]);
}

static void
arrows_move_what_is_chosen (Fixture *fixture, gconstpointer data)
{
  gtk_window_set_focus (GTK_WINDOW (fixture->window), NULL);
  gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_FORWARD);
  gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_FORWARD);
  g_assert_true (send_key (fixture, GDK_KEY_Right, 0));
  g_assert_cmpfloat (get_point (fixture, 0).x, >, face[0].x);
  g_assert_cmpfloat (get_point (fixture, 0).x, <, face[0].x + 3);
  g_assert_true (send_key (fixture, GDK_KEY_Left, 0));
  g_assert_true (send_key (fixture, GDK_KEY_Down, GDK_SHIFT_MASK));
  g_assert_cmpfloat (get_point (fixture, 0).x, ==, face[0].x);
  g_assert_cmpfloat (get_point (fixture, 0).y, >, face[0].y + 4);
  for (gint i = 1; i < FACET_N_POINTS; i++)
    assert_moved (fixture, i, 0, 0);
  g_assert_cmpint (fixture->n_changes, ==, 3);
  g_assert_false (send_key (fixture, GDK_KEY_a, 0));
}

static void
plus_and_minus_scale_the_whole_face (Fixture *fixture, gconstpointer data)
{
  const FacetCrop before = facet_crop_from_points (face);
  FacetPoint points[FACET_N_POINTS];
  FacetCrop crop;

  for (gint i = 0; i < 5; i++)
    send_key (fixture, GDK_KEY_plus, 0);
  facet_position_get_points (FACET_POSITION (fixture->widget), points);
  crop = facet_crop_from_points (points);
  g_assert_cmpfloat_with_epsilon (facet_crop_get_side (&crop),
                                  pow (1.04, 5) * facet_crop_get_side (&before),
                                  2);
  g_assert_cmpfloat_with_epsilon (crop.centre_x, before.centre_x, 1);
  g_assert_cmpfloat_with_epsilon (crop.centre_y, before.centre_y, 1);
  for (gint i = 0; i < 200; i++)
    send_key (fixture, GDK_KEY_minus, 0);
  facet_position_get_points (FACET_POSITION (fixture->widget), points);
  crop = facet_crop_from_points (points);
  g_assert_cmpfloat (facet_crop_get_side (&crop), >=, 15);
}

static void
the_wheel_does_nothing_without_focus (Fixture *fixture, gconstpointer data)
{
  g_assert_false (gtk_widget_has_focus (fixture->widget));
  g_assert_false (send_wheel (fixture, GDK_SCROLL_UP));
  g_assert_cmpint (fixture->n_changes, ==, 0);
}

static void
setting_points_is_not_a_change (Fixture *fixture, gconstpointer data)
{
  FacetPoint points[FACET_N_POINTS];

  memcpy (points, face, sizeof points);
  points[0].x -= 0.125;
  facet_position_set_points (FACET_POSITION (fixture->widget), points);
  g_assert_cmpint (fixture->n_changes, ==, 0);
  g_assert_cmpfloat (get_point (fixture, 0).x, ==, face[0].x - 0.125);
}

/* Colour of a place in the photo, as the widget draws it. */
static guint32
get_drawn (Fixture *fixture, gdouble x, gdouble y)
{
  const FacetPoint place = get_place (fixture, x, y);
  const gint width = gtk_widget_get_allocated_width (fixture->widget);
  const gint height = gtk_widget_get_allocated_height (fixture->widget);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                                         width, height);
  cairo_t *cr = cairo_create (surface);
  guint32 pixel;

  gtk_widget_draw (fixture->widget, cr);
  cairo_surface_flush (surface);
  memcpy (&pixel,
          cairo_image_surface_get_data (surface) +
              (gsize) place.y * cairo_image_surface_get_stride (surface) +
              4 * (gsize) place.x,
          4);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return pixel & 0xffffff;
}

static void
the_photo_is_drawn_and_black_beyond_it (Fixture *fixture, gconstpointer data)
{
  FacetPoint points[FACET_N_POINTS];

  g_assert_cmphex (get_drawn (fixture, 200, 140), ==, 0x208040);
  /* the same face in the photo's corner: the view reaches beyond */
  for (gint i = 0; i < FACET_N_POINTS; i++)
    points[i] = (FacetPoint) { face[i].x - 200, face[i].y - 140 };
  facet_position_set_points (FACET_POSITION (fixture->widget), points);
  g_assert_cmphex (get_drawn (fixture, 210, 150), ==, 0x208040);
  g_assert_cmphex (get_drawn (fixture, 190, 130), ==, 0);
}

/* --- what a screen reader hears ---------------------------------------------
 */

static void
give_focus (Fixture *fixture, gboolean focus)
{
  GdkEvent *event = gdk_event_new (GDK_FOCUS_CHANGE);

  event->focus_change.window = g_object_ref (
      gtk_widget_get_window (fixture->widget));
  event->focus_change.in = focus;
  gtk_widget_send_focus_change (fixture->widget, event);
  gdk_event_free (event);
  while (gtk_events_pending ())
    gtk_main_iteration ();
}

static gboolean
is_focused (Fixture *fixture, gint choice)
{
  g_autoptr (AtkObject) object = ref_choice (fixture, choice);
  g_autoptr (AtkStateSet) states = atk_object_ref_state_set (object);

  return atk_state_set_contains_state (states, ATK_STATE_FOCUSED);
}

static void
note_focus (AtkObject *object,
            const gchar *state,
            gboolean set,
            const AtkObject **focused)
{
  if (g_str_equal (state, "focused"))
    *focused = set ? object : NULL;
}

static void
what_is_chosen_has_the_focus_and_says_so (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AtkObject) eye = ref_choice (fixture, 1);
  g_autoptr (AtkObject) nose = ref_choice (fixture, 3);
  const AtkObject *focused = NULL;

  g_signal_connect (eye, "state-change", G_CALLBACK (note_focus), &focused);
  g_signal_connect (nose, "state-change", G_CALLBACK (note_focus), &focused);
  give_focus (fixture, TRUE);
  facet_position_choose (FACET_POSITION (fixture->widget), 1);
  g_assert_true (focused == eye);
  g_assert_true (is_focused (fixture, 1) && ! is_focused (fixture, 3));
  /* as a screen reader moves it */
  g_assert_true (atk_component_grab_focus (ATK_COMPONENT (nose)));
  g_assert_true (focused == nose);
  g_assert_true (is_focused (fixture, 3) && ! is_focused (fixture, 1));
  give_focus (fixture, FALSE);
  g_assert_null (focused);
  g_assert_false (is_focused (fixture, 3));
}

static void
take_words (AtkObject *object, const gchar *words, gchar **heard)
{
  g_free (*heard);
  *heard = g_strdup (words);
}

static void
a_moved_point_says_where_it_is (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AtkObject) eye = ref_choice (fixture, 2);
  g_autofree gchar *heard = NULL;
  gint n_changes = 0;

  g_assert_cmpstr (atk_object_get_name (eye), ==, "Left eye");
  g_assert_cmpstr (atk_object_get_description (eye), ==, "240, 120");
  g_signal_connect (eye, "announcement", G_CALLBACK (take_words), &heard);
  g_signal_connect_swapped (eye, "notify::accessible-description",
                            G_CALLBACK (count), &n_changes);
  give_focus (fixture, TRUE);
  facet_position_choose (FACET_POSITION (fixture->widget), 2);
  send_key (fixture, GDK_KEY_Right, GDK_SHIFT_MASK);
  g_assert_cmpint (n_changes, ==, 1);
  g_assert_cmpstr (heard, ==, atk_object_get_description (eye));
  g_assert_cmpstr (heard, ==, "252, 120");
}

static void
children_are_where_they_are_seen (Fixture *fixture, gconstpointer data)
{
  AtkObject *view = gtk_widget_get_accessible (fixture->widget);
  gint x, y, width, height;

  g_assert_cmpint (atk_object_get_n_accessible_children (view), ==, 6);
  for (gint i = 0; i < 6; i++)
    {
      g_autoptr (AtkObject) child = ref_choice (fixture, i);
      const FacetPoint place =
          facet_position_get_place (FACET_POSITION (fixture->widget), i);
      const FacetPoint seen = get_place (fixture, place.x, place.y);

      g_assert_true (atk_object_get_parent (child) == view);
      g_assert_cmpint (atk_object_get_index_in_parent (child), ==, i);
      atk_component_get_extents (ATK_COMPONENT (child), &x, &y, &width, &height,
                                 ATK_XY_PARENT);
      g_assert_cmpfloat_with_epsilon (x + width / 2.0, seen.x, 1);
      g_assert_cmpfloat_with_epsilon (y + height / 2.0, seen.y, 1);
      g_assert_cmpint (width, ==,
                       i == 0 ? (gint) ceil (272 * get_scale (fixture)) : 10);
    }
}

static void
a_child_outlives_its_widget (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AtkObject) eye = ref_choice (fixture, 1);
  g_autoptr (AtkStateSet) states = NULL;

  gtk_widget_destroy (fixture->widget);
  states = atk_object_ref_state_set (eye);
  g_assert_true (atk_state_set_contains_state (states, ATK_STATE_DEFUNCT));
  g_assert_null (atk_object_get_description (eye));
  g_assert_false (atk_component_grab_focus (ATK_COMPONENT (eye)));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/position/a_point_is_dragged_and_no_other_moves",
      a_point_is_dragged_and_no_other_moves },
    { "/position/beside_the_points_the_whole_face_is_dragged",
      beside_the_points_the_whole_face_is_dragged },
    { "/position/a_click_alone_changes_nothing",
      a_click_alone_changes_nothing },
    { "/position/points_stay_in_the_photo", points_stay_in_the_photo },
    { "/position/tab_goes_through_all_and_on", tab_goes_through_all_and_on },
    { "/position/arrows_move_what_is_chosen", arrows_move_what_is_chosen },
    { "/position/plus_and_minus_scale_the_whole_face",
      plus_and_minus_scale_the_whole_face },
    { "/position/the_wheel_does_nothing_without_focus",
      the_wheel_does_nothing_without_focus },
    { "/position/setting_points_is_not_a_change",
      setting_points_is_not_a_change },
    { "/position/the_photo_is_drawn_and_black_beyond_it",
      the_photo_is_drawn_and_black_beyond_it },
    { "/position/what_is_chosen_has_the_focus_and_says_so",
      what_is_chosen_has_the_focus_and_says_so },
    { "/position/a_moved_point_says_where_it_is",
      a_moved_point_says_where_it_is },
    { "/position/children_are_where_they_are_seen",
      children_are_where_they_are_seen },
    { "/position/a_child_outlives_its_widget", a_child_outlives_its_widget },
  };

  if (! gtk_init_check (&argc, &argv))
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
