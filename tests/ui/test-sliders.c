/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the list of sliders promises.
 */
#include <ui/facet-sliders.h>

/* Two directions, then three components. */
enum
{
  SMILE,
  AGE,
  FIRST_COMPONENT,
  N_VALUES = FIRST_COMPONENT + 3
};

/* The list in a window, which is returned. */
static GtkWidget *
sliders_new (GtkWidget **window)
{
  GtkWidget *sliders = g_object_ref_sink (facet_sliders_new ());
  gchar smile[] = "Smile", age[] = "Age";
  FacetDirection directions[] = {
    { .name = smile, .label = smile, .minimum = -2, .maximum = 3 },
    { .name = age, .label = age, .minimum = -1, .maximum = 1 },
  };
  const FacetLatents latents = { .n_axes = N_VALUES - FIRST_COMPONENT,
                                 .n_directions = G_N_ELEMENTS (directions),
                                 .directions = directions };

  *window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  gtk_container_add (GTK_CONTAINER (*window), sliders);
  facet_sliders_set_latents (FACET_SLIDERS (sliders), &latents);
  gtk_widget_show_all (*window);
  return sliders;
}

/* The widget of this type and accessible name, at any depth. */
static GtkWidget *
find (GtkWidget *widget, GType type, const gchar *name)
{
  GtkWidget *found = NULL;

  if (g_type_is_a (G_OBJECT_TYPE (widget), type) &&
      g_strcmp0 (atk_object_get_name (gtk_widget_get_accessible (widget)),
                 name) == 0)
    return widget;
  if (! GTK_IS_CONTAINER (widget))
    return NULL;
  for (GList *child = gtk_container_get_children (GTK_CONTAINER (widget));
       child != NULL; child = g_list_delete_link (child, child))
    if (found == NULL)
      found = find (child->data, type, name);
  return found;
}

static gdouble
get_value (GtkWidget *sliders, gint place)
{
  gdouble values[N_VALUES];

  g_assert_cmpint (facet_sliders_get_n (FACET_SLIDERS (sliders)), ==, N_VALUES);
  facet_sliders_get_values (FACET_SLIDERS (sliders), values);
  return values[place];
}

static void
count (gint *n)
{
  ++*n;
}

static void
slider_and_number_are_one_value (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);
  GtkWidget *slider = find (sliders, GTK_TYPE_SCALE, "Component 2");
  GtkWidget *number = find (sliders, GTK_TYPE_SPIN_BUTTON, "Component 2");
  gint n_changes = 0;

  g_signal_connect_swapped (sliders, "changed", G_CALLBACK (count), &n_changes);
  gtk_range_set_value (GTK_RANGE (slider), 1.5);
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (number)), ==,
                     1.5);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (number), -0.25);
  g_assert_cmpfloat (gtk_range_get_value (GTK_RANGE (slider)), ==, -0.25);
  g_assert_cmpfloat (get_value (sliders, FIRST_COMPONENT + 1), ==, -0.25);
  g_assert_cmpint (n_changes, ==, 2);
  gtk_widget_destroy (window);
}

static void
values_stay_in_range_and_setting_them_is_not_a_change (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);
  const gdouble values[N_VALUES] = { 9, -9, 9, 0.5, -9 };
  gint n_changes = 0;

  g_signal_connect_swapped (sliders, "changed", G_CALLBACK (count), &n_changes);
  facet_sliders_set_values (FACET_SLIDERS (sliders), values);
  g_assert_cmpfloat (get_value (sliders, SMILE), ==, 3);
  g_assert_cmpfloat (get_value (sliders, AGE), ==, -1);
  g_assert_cmpfloat (get_value (sliders, FIRST_COMPONENT), ==,
                     FACET_COMPONENT_LIMIT);
  g_assert_cmpfloat (get_value (sliders, FIRST_COMPONENT + 1), ==, 0.5);
  g_assert_cmpint (n_changes, ==, 0);
  gtk_widget_destroy (window);
}

static void
press_right (GtkWidget *widget)
{
  GdkEvent *event = gdk_event_new (GDK_BUTTON_PRESS);

  event->button.window = g_object_ref (gtk_widget_get_window (widget));
  event->button.button = GDK_BUTTON_SECONDARY;
  gtk_widget_event (widget, event);
  gdk_event_free (event);
}

static void
button_and_right_click_put_one_back (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);
  const gdouble values[N_VALUES] = { 1, 1, 1, 1, 1 };

  facet_sliders_set_values (FACET_SLIDERS (sliders), values);
  gtk_button_clicked (
      GTK_BUTTON (find (sliders, GTK_TYPE_BUTTON, "Reset Smile")));
  press_right (find (sliders, GTK_TYPE_SCALE, "Component 1"));
  for (gint i = 0; i < N_VALUES; i++)
    g_assert_cmpfloat (get_value (sliders, i), ==,
                       i == SMILE || i == FIRST_COMPONENT ? 0 : 1);
  gtk_widget_destroy (window);
}

static void
the_wheel_turns_no_slider (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);
  GtkWidget *slider = find (sliders, GTK_TYPE_SCALE, "Age");
  GdkEvent *event = gdk_event_new (GDK_SCROLL);

  event->scroll.window = g_object_ref (gtk_widget_get_window (slider));
  event->scroll.direction = GDK_SCROLL_UP;
  g_assert_false (gtk_widget_event (slider, event));
  g_assert_cmpfloat (get_value (sliders, AGE), ==, 0);
  gdk_event_free (event);
  gtk_widget_destroy (window);
}

static void
all_are_reset_or_made_random_in_one_change (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);
  gdouble first[N_VALUES], again[N_VALUES];
  gint n_changes = 0;

  gtk_range_set_value (GTK_RANGE (find (sliders, GTK_TYPE_SCALE, "Smile")), 2);
  g_signal_connect_swapped (sliders, "changed", G_CALLBACK (count), &n_changes);
  facet_sliders_randomize (FACET_SLIDERS (sliders), 7);
  g_assert_cmpint (n_changes, ==, 1);
  facet_sliders_get_values (FACET_SLIDERS (sliders), first);
  g_assert_cmpfloat (first[SMILE], ==, 2);
  g_assert_cmpfloat (first[FIRST_COMPONENT], !=, 0);
  facet_sliders_randomize (FACET_SLIDERS (sliders), 7);
  facet_sliders_get_values (FACET_SLIDERS (sliders), again);
  g_assert_cmpmem (first, sizeof first, again, sizeof again);

  facet_sliders_reset (FACET_SLIDERS (sliders));
  g_assert_cmpint (n_changes, ==, 3);
  for (gint i = 0; i < N_VALUES; i++)
    g_assert_cmpfloat (get_value (sliders, i), ==, 0);
  gtk_widget_destroy (window);
}

/* The accessible name of what has the focus. */
static const gchar *
get_focused (GtkWidget *window)
{
  GtkWidget *widget = gtk_window_get_focus (GTK_WINDOW (window));

  return widget == NULL ?
             "" :
             atk_object_get_name (gtk_widget_get_accessible (widget));
}

static void
tab_goes_through_one_row_and_on (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);

  gtk_widget_grab_focus (find (sliders, GTK_TYPE_SCALE, "Age"));
  for (gint i = 0; i < 3; i++)
    {
      g_assert_cmpstr (get_focused (window), ==, i < 2 ? "Age" : "Reset Age");
      g_assert_cmpint (gtk_widget_child_focus (sliders, GTK_DIR_TAB_FORWARD),
                       ==, i < 2);
    }
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  g_assert_true (gtk_widget_child_focus (sliders, GTK_DIR_TAB_BACKWARD));
  g_assert_cmpstr (get_focused (window), ==, "Reset Age");
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  g_assert_true (gtk_widget_child_focus (sliders, GTK_DIR_TAB_FORWARD));
  g_assert_true (GTK_IS_SCALE (gtk_window_get_focus (GTK_WINDOW (window))));
  g_assert_cmpstr (get_focused (window), ==, "Age");
  gtk_widget_destroy (window);
}

static void
press_key (GtkWidget *window, guint key, GdkModifierType modifiers)
{
  GtkWidget *widget = gtk_window_get_focus (GTK_WINDOW (window));
  GdkEvent *event = gdk_event_new (GDK_KEY_PRESS);

  event->key.window = g_object_ref (gtk_widget_get_window (window));
  event->key.keyval = key;
  event->key.state = modifiers;
  gtk_widget_event (widget, event);
  gdk_event_free (event);
}

static void
up_and_down_go_from_row_to_row_and_change_nothing (void)
{
  static const struct
  {
    guint key;
    GdkModifierType modifiers;
    const gchar *name;
  } steps[] = {
    { GDK_KEY_Up, 0, "Smile" },
    { GDK_KEY_Down, 0, "Age" },
    { GDK_KEY_Down, 0, "Component 1" },
    { GDK_KEY_Up, 0, "Age" },
    { GDK_KEY_End, GDK_CONTROL_MASK, "Component 3" },
    { GDK_KEY_Down, 0, "Component 3" },
    { GDK_KEY_Home, GDK_CONTROL_MASK, "Smile" },
  };
  GtkWidget *window;
  g_autoptr (GtkWidget) sliders = sliders_new (&window);

  gtk_widget_grab_focus (find (sliders, GTK_TYPE_SCALE, "Smile"));
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      press_key (window, steps[i].key, steps[i].modifiers);
      g_assert_cmpstr (get_focused (window), ==, steps[i].name);
    }
  gtk_widget_grab_focus (find (sliders, GTK_TYPE_BUTTON, "Reset Age"));
  g_assert_true (gtk_widget_child_focus (sliders, GTK_DIR_DOWN));
  g_assert_cmpstr (get_focused (window), ==, "Reset Component 1");
  for (gint i = 0; i < N_VALUES; i++)
    g_assert_cmpfloat (get_value (sliders, i), ==, 0);
  gtk_widget_destroy (window);
}

int
main (int argc, char **argv)
{
  if (! gtk_init_check (&argc, &argv))
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sliders/slider_and_number_are_one_value",
                   slider_and_number_are_one_value);
  g_test_add_func (
      "/sliders/values_stay_in_range_and_setting_them_is_not_a_change",
      values_stay_in_range_and_setting_them_is_not_a_change);
  g_test_add_func ("/sliders/button_and_right_click_put_one_back",
                   button_and_right_click_put_one_back);
  g_test_add_func ("/sliders/the_wheel_turns_no_slider",
                   the_wheel_turns_no_slider);
  g_test_add_func ("/sliders/tab_goes_through_one_row_and_on",
                   tab_goes_through_one_row_and_on);
  g_test_add_func ("/sliders/up_and_down_go_from_row_to_row_and_change_nothing",
                   up_and_down_go_from_row_to_row_and_change_nothing);
  g_test_add_func ("/sliders/all_are_reset_or_made_random_in_one_change",
                   all_are_reset_or_made_random_in_one_change);
  return g_test_run ();
}
