/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the row of faces promises.
 */
#include <ui/facet-faces.h>

/* A row of @n faces in a window, which is returned. */
static GtkWidget *
faces_new (gint n, GtkWidget **window)
{
  GtkWidget *faces = g_object_ref_sink (facet_faces_new ());
  g_autoptr (GPtrArray)
      pictures = g_ptr_array_new_with_free_func (g_object_unref);

  *window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  gtk_container_add (GTK_CONTAINER (*window), faces);
  for (gint i = 0; i < n; i++)
    g_ptr_array_add (pictures,
                     gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 20, 20));
  facet_faces_set (FACET_FACES (faces), pictures);
  gtk_widget_show_all (*window);
  return faces;
}

/* The button with this accessible name, at any depth. */
static GtkWidget *
find (GtkWidget *widget, const gchar *name)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (widget) &&
      g_strcmp0 (atk_object_get_name (gtk_widget_get_accessible (widget)),
                 name) == 0)
    return widget;
  if (! GTK_IS_CONTAINER (widget))
    return NULL;
  for (GList *child = gtk_container_get_children (GTK_CONTAINER (widget));
       child != NULL; child = g_list_delete_link (child, child))
    if (found == NULL)
      found = find (child->data, name);
  return found;
}

static void
count (gint *n)
{
  ++*n;
}

static void
a_click_chooses_and_says_so (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) faces = faces_new (3, &window);
  gint n_changes = 0;

  g_signal_connect_swapped (faces, "changed", G_CALLBACK (count), &n_changes);
  g_assert_cmpint (facet_faces_get_n (FACET_FACES (faces)), ==, 3);
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 0);
  gtk_button_clicked (GTK_BUTTON (find (faces, "Face 2")));
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 2);
  gtk_button_clicked (GTK_BUTTON (find (faces, "Face 3")));
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 3);
  g_assert_cmpint (n_changes, ==, 2);
  gtk_widget_destroy (window);
}

static void
what_the_program_chooses_is_not_a_change (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) faces = faces_new (2, &window);
  gint n_changes = 0;

  g_signal_connect_swapped (faces, "changed", G_CALLBACK (count), &n_changes);
  facet_faces_set_chosen (FACET_FACES (faces), 2);
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 2);
  facet_faces_set_chosen (FACET_FACES (faces), 0);
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 0);
  facet_faces_set_chosen (FACET_FACES (faces), 3);
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 0);
  g_assert_cmpint (n_changes, ==, 0);
  gtk_widget_destroy (window);
}

static void
other_pictures_take_the_place_of_the_first (void)
{
  GtkWidget *window;
  g_autoptr (GtkWidget) faces = faces_new (3, &window);
  g_autoptr (GPtrArray)
      pictures = g_ptr_array_new_with_free_func (g_object_unref);

  facet_faces_set_chosen (FACET_FACES (faces), 3);
  g_ptr_array_add (pictures,
                   gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 9, 9));
  facet_faces_set (FACET_FACES (faces), pictures);
  g_assert_cmpint (facet_faces_get_n (FACET_FACES (faces)), ==, 1);
  g_assert_cmpint (facet_faces_get_chosen (FACET_FACES (faces)), ==, 0);
  g_assert_nonnull (find (faces, "Face 1"));
  g_assert_null (find (faces, "Face 2"));
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
  g_test_add_func ("/faces/a_click_chooses_and_says_so",
                   a_click_chooses_and_says_so);
  g_test_add_func ("/faces/what_the_program_chooses_is_not_a_change",
                   what_the_program_chooses_is_not_a_change);
  g_test_add_func ("/faces/other_pictures_take_the_place_of_the_first",
                   other_pictures_take_the_place_of_the_first);
  return g_test_run ();
}
