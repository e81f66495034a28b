/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The list of sliders.  A slider and the number beside it share a
 * GtkAdjustment, so that dragging, typing and the arrow keys are one thing.
 */
#include <math.h>

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>

#include "facet-sliders.h"

/* How far Randomize goes: a variation of the face, not a stranger's. */
#define RANDOM_SIGMA 0.6

#define SLIDER_WIDTH_PX 180
#define LIST_MIN_HEIGHT_PX 112

/* What of a row can have the focus. */
enum
{
  SLIDER,
  NUMBER,
  RESET,
  N_CELLS
};

enum
{
  CHANGED,
  N_SIGNALS
};

struct _FacetSliders
{
  GtkBox parent_instance;

  GtkWidget *scrolled;
  GtkWidget *holder;      /* in it, of the grid               */
  GtkWidget *grid;        /* all rows; NULL without a model */
  GPtrArray *adjustments; /* of GtkAdjustment, directions first */
  GPtrArray *cells;       /* of GtkWidget, N_CELLS a row */
  gint cell;              /* that has the focus, or had it last */
  gint n_directions;
  gboolean quiet; /* several change at once: no signal for each */
};

G_DEFINE_TYPE (FacetSliders, facet_sliders, GTK_TYPE_BOX)

static guint signals[N_SIGNALS];

static GtkWidget *grid_new (FacetSliders *sliders);
static void add_heading (FacetSliders *sliders, gint row, const gchar *text);
static void add_row (FacetSliders *sliders,
                     gint row,
                     const gchar *label,
                     const gchar *tooltip,
                     gdouble minimum,
                     gdouble maximum);

GtkWidget *
facet_sliders_new (void)
{
  return g_object_new (FACET_TYPE_SLIDERS, "orientation",
                       GTK_ORIENTATION_VERTICAL, NULL);
}

void
facet_sliders_set_latents (FacetSliders *sliders, const FacetLatents *latents)
{
  gint row = 0;

  g_return_if_fail (FACET_IS_SLIDERS (sliders));

  g_clear_pointer (&sliders->grid, gtk_widget_destroy);
  g_ptr_array_set_size (sliders->adjustments, 0);
  g_ptr_array_set_size (sliders->cells, 0);
  sliders->cell = 0;
  sliders->n_directions = 0;
  if (latents == NULL)
    return;

  sliders->n_directions = latents->n_directions;
  sliders->grid = grid_new (sliders);
  for (gint i = 0; i < latents->n_directions; i++)
    {
      const FacetDirection *direction = &latents->directions[i];

      add_row (sliders, row++, g_dgettext (GETTEXT_PACKAGE, direction->label),
               direction->unit, direction->minimum, direction->maximum);
    }
  if (latents->n_directions > 0)
    add_heading (sliders, row++, _ ("Components"));
  for (gint i = 0; i < latents->n_axes; i++)
    {
      g_autofree gchar *label = g_strdup_printf (_ ("Component %d"), i + 1);

      add_row (sliders, row++, label, NULL, -FACET_COMPONENT_LIMIT,
               FACET_COMPONENT_LIMIT);
    }

  gtk_container_add (GTK_CONTAINER (sliders->holder), sliders->grid);
  gtk_widget_show_all (sliders->grid);
}

gint
facet_sliders_get_n (FacetSliders *sliders)
{
  g_return_val_if_fail (FACET_IS_SLIDERS (sliders), 0);

  return sliders->adjustments->len;
}

void
facet_sliders_get_values (FacetSliders *sliders, gdouble *values)
{
  g_return_if_fail (FACET_IS_SLIDERS (sliders));

  for (guint i = 0; i < sliders->adjustments->len; i++)
    values[i] = gtk_adjustment_get_value (sliders->adjustments->pdata[i]);
}

void
facet_sliders_set_values (FacetSliders *sliders, const gdouble *values)
{
  g_return_if_fail (FACET_IS_SLIDERS (sliders));

  sliders->quiet = TRUE;
  for (guint i = 0; i < sliders->adjustments->len; i++)
    gtk_adjustment_set_value (sliders->adjustments->pdata[i], values[i]);
  sliders->quiet = FALSE;
}

void
facet_sliders_reset (FacetSliders *sliders)
{
  g_autofree gdouble *values = NULL;

  g_return_if_fail (FACET_IS_SLIDERS (sliders));

  values = g_new0 (gdouble, sliders->adjustments->len + 1);
  facet_sliders_set_values (sliders, values);
  g_signal_emit (sliders, signals[CHANGED], 0);
}

/* Normal numbers (Box and Muller, 1958), rounded to what the rows show. */
void
facet_sliders_randomize (FacetSliders *sliders, guint32 seed)
{
  g_autofree gdouble *values = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  g_return_if_fail (FACET_IS_SLIDERS (sliders));

  values = g_new0 (gdouble, sliders->adjustments->len + 1);
  facet_sliders_get_values (sliders, values);
  for (guint i = sliders->n_directions; i < sliders->adjustments->len; i++)
    {
      gdouble radius = sqrt (-2.0 * log (1.0 - g_rand_double (random)));
      gdouble angle = 2.0 * G_PI * g_rand_double (random);

      values[i] = rint (100.0 * RANDOM_SIGMA * radius * cos (angle)) / 100.0;
    }
  facet_sliders_set_values (sliders, values);
  g_signal_emit (sliders, signals[CHANGED], 0);
}

/* --- the focus ---------------------------------------------------------- */

static gboolean
go_to (FacetSliders *sliders, gint row, gint column)
{
  const gint n_rows = (gint) sliders->adjustments->len;

  if (row < 0 || row >= n_rows || column < 0 || column >= N_CELLS)
    return FALSE;
  gtk_widget_grab_focus (sliders->cells->pdata[row * N_CELLS + column]);
  return TRUE;
}

/* With hundreds of rows nobody would reach what comes after them. */
static gboolean
facet_sliders_focus (GtkWidget *widget, GtkDirectionType direction)
{
  FacetSliders *sliders = FACET_SLIDERS (widget);
  const gint row = sliders->cell / N_CELLS;
  const gint column = sliders->cell % N_CELLS;

  if (gtk_container_get_focus_child (GTK_CONTAINER (widget)) == NULL)
    return go_to (sliders, row,
                  direction == GTK_DIR_TAB_BACKWARD ? RESET : SLIDER);
  switch (direction)
    {
    case GTK_DIR_UP:
      go_to (sliders, row - 1, column);
      return TRUE;
    case GTK_DIR_DOWN:
      go_to (sliders, row + 1, column);
      return TRUE;
    case GTK_DIR_LEFT:
    case GTK_DIR_TAB_BACKWARD:
      return go_to (sliders, row, column - 1);
    default:
      return go_to (sliders, row, column + 1);
    }
}

/* The keys that a slider would take for itself. */
static gboolean
scale_key_pressed (GtkWidget *scale,
                   const GdkEventKey *event,
                   FacetSliders *sliders)
{
  const GdkModifierType modifiers = event->state &
                                    gtk_accelerator_get_default_mod_mask ();
  const gint row = sliders->cell / N_CELLS;
  const gint last = (gint) sliders->adjustments->len - 1;

  if (modifiers == 0 &&
      (event->keyval == GDK_KEY_Up || event->keyval == GDK_KEY_KP_Up))
    go_to (sliders, row - 1, SLIDER);
  else if (modifiers == 0 &&
           (event->keyval == GDK_KEY_Down || event->keyval == GDK_KEY_KP_Down))
    go_to (sliders, row + 1, SLIDER);
  else if (modifiers == GDK_CONTROL_MASK && event->keyval == GDK_KEY_Home)
    go_to (sliders, 0, SLIDER);
  else if (modifiers == GDK_CONTROL_MASK && event->keyval == GDK_KEY_End)
    go_to (sliders, last, SLIDER);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
note_focus (GtkContainer *grid, GtkWidget *widget, FacetSliders *sliders)
{
  guint cell;

  if (widget != NULL && g_ptr_array_find (sliders->cells, widget, &cell))
    sliders->cell = (gint) cell;
}

/* --- the widget --------------------------------------------------------- */

static void
facet_sliders_finalize (GObject *object)
{
  g_ptr_array_unref (FACET_SLIDERS (object)->adjustments);
  g_ptr_array_unref (FACET_SLIDERS (object)->cells);

  G_OBJECT_CLASS (facet_sliders_parent_class)->finalize (object);
}

static void
facet_sliders_class_init (FacetSlidersClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = facet_sliders_finalize;
  GTK_WIDGET_CLASS (klass)->focus = facet_sliders_focus;

  signals[CHANGED] = g_signal_new ("changed", FACET_TYPE_SLIDERS,
                                   G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
facet_sliders_init (FacetSliders *sliders)
{
  GtkScrolledWindow *scrolled;

  sliders->adjustments = g_ptr_array_new_with_free_func (g_object_unref);
  sliders->cells = g_ptr_array_new ();
  sliders->scrolled = gtk_scrolled_window_new (NULL, NULL);
  scrolled = GTK_SCROLLED_WINDOW (sliders->scrolled);
  gtk_scrolled_window_set_policy (scrolled, GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_overlay_scrolling (scrolled, FALSE);
  gtk_scrolled_window_set_min_content_height (scrolled, LIST_MIN_HEIGHT_PX);
  sliders->holder = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_container_add (GTK_CONTAINER (scrolled), sliders->holder);
  gtk_box_pack_start (GTK_BOX (sliders), sliders->scrolled, TRUE, TRUE, 0);
  gtk_widget_show_all (sliders->scrolled);
}

/* --- rows --------------------------------------------------------------- */

static GtkWidget *
grid_new (FacetSliders *sliders)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  /* keeps the scrollbar off the buttons */
  gtk_widget_set_margin_end (grid, 12);
  g_signal_connect (grid, "set-focus-child", G_CALLBACK (note_focus), sliders);
  return grid;
}

static void
add_heading (FacetSliders *sliders, gint row, const gchar *text)
{
  GtkWidget *label = gtk_label_new (text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes,
                          pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  pango_attr_list_unref (attributes);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0);
  gtk_widget_set_margin_top (label, 6);
  gtk_grid_attach (GTK_GRID (sliders->grid), label, 0, row, 4, 1);
}

static void
value_changed (GtkAdjustment *adjustment, FacetSliders *sliders)
{
  if (! sliders->quiet)
    g_signal_emit (sliders, signals[CHANGED], 0);
}

static void
reset_clicked (GtkAdjustment *adjustment)
{
  gtk_adjustment_set_value (adjustment, 0.0);
}

static gboolean
scale_pressed (GtkWidget *scale,
               const GdkEventButton *event,
               GtkAdjustment *adjustment)
{
  if (event->button != GDK_BUTTON_SECONDARY)
    return GDK_EVENT_PROPAGATE;
  gtk_adjustment_set_value (adjustment, 0.0);
  return GDK_EVENT_STOP;
}

/* The wheel scrolls the list, wherever the pointer is; it must not turn a
 * slider that happens to pass under it. */
static gboolean
scrolled_over (GtkWidget *widget, const GdkEvent *event, gpointer data)
{
  g_signal_stop_emission_by_name (widget, "scroll-event");
  return GDK_EVENT_PROPAGATE;
}

static GtkWidget *
reset_button_new (GtkAdjustment *adjustment, const gchar *label)
{
  GtkWidget *button;
  /* GIMP's own icon, where there is one */
  g_autoptr (GIcon) icon = g_themed_icon_new ("gimp-reset");
  g_autofree gchar *text = g_strdup_printf (_ ("Reset %s"), label);

  button = gtk_button_new ();
  g_themed_icon_append_name (G_THEMED_ICON (icon), "edit-clear-symbolic");
  gtk_button_set_image (GTK_BUTTON (button),
                        gtk_image_new_from_gicon (icon, GTK_ICON_SIZE_MENU));
  gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
  gtk_widget_set_tooltip_text (button, text);
  atk_object_set_name (gtk_widget_get_accessible (button), text);
  g_signal_connect_object (button, "clicked", G_CALLBACK (reset_clicked),
                           adjustment, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
scale_new (GtkAdjustment *adjustment)
{
  GtkWidget *scale = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, adjustment);

  gtk_scale_set_draw_value (GTK_SCALE (scale), FALSE);
  gtk_scale_set_has_origin (GTK_SCALE (scale), FALSE);
  gtk_scale_set_digits (GTK_SCALE (scale), 2);
  gtk_widget_set_size_request (scale, SLIDER_WIDTH_PX, -1);
  gtk_widget_set_hexpand (scale, TRUE);
  g_signal_connect (scale, "button-press-event", G_CALLBACK (scale_pressed),
                    adjustment);
  return scale;
}

static void
add_row (FacetSliders *sliders,
         gint row,
         const gchar *text,
         const gchar *tooltip,
         gdouble minimum,
         gdouble maximum)
{
  GtkAdjustment *adjustment;
  GtkWidget *label = gtk_label_new (text);
  GtkWidget *cells[N_CELLS];

  adjustment = gtk_adjustment_new (0.0, minimum, maximum, 0.1, 0.5, 0.0);
  g_ptr_array_add (sliders->adjustments, g_object_ref_sink (adjustment));
  g_signal_connect_object (adjustment, "value-changed",
                           G_CALLBACK (value_changed), sliders, 0);

  if (tooltip != NULL && tooltip[0] != '\0')
    gtk_widget_set_tooltip_text (label, g_dgettext (GETTEXT_PACKAGE, tooltip));
  gtk_label_set_xalign (GTK_LABEL (label), 0.0);
  gtk_grid_attach (GTK_GRID (sliders->grid), label, 0, row, 1, 1);

  cells[SLIDER] = scale_new (adjustment);
  cells[NUMBER] = gtk_spin_button_new (adjustment, 0.1, 2);
  gtk_entry_set_activates_default (GTK_ENTRY (cells[NUMBER]), TRUE);
  cells[RESET] = reset_button_new (adjustment, text);
  g_signal_connect (cells[SLIDER], "key-press-event",
                    G_CALLBACK (scale_key_pressed), sliders);
  for (gint i = 0; i < N_CELLS; i++)
    {
      gtk_grid_attach (GTK_GRID (sliders->grid), cells[i], i + 1, row, 1, 1);
      g_ptr_array_add (sliders->cells, cells[i]);
      if (i == RESET)
        break;
      atk_object_set_name (gtk_widget_get_accessible (cells[i]), text);
      g_signal_connect (cells[i], "scroll-event", G_CALLBACK (scrolled_over),
                        NULL);
    }
}
