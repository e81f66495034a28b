/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The children are made when somebody first asks for them and stay as long as
 * the widget's own accessible object.
 */
#include <gtk/gtk-a11y.h>
#include <string.h>

#include "facet-position-accessible.h"

#define FACET_TYPE_CHOICE (facet_choice_get_type ())
G_DECLARE_FINAL_TYPE (FacetChoice, facet_choice, FACET, CHOICE, AtkObject)

/* One of what can be chosen. */
struct _FacetChoice
{
  AtkObject parent_instance;

  FacetPosition *position; /* weak; NULL when it is gone */
  gint choice;
  gchar *place;
};

typedef struct
{
  GtkWidgetAccessible parent_instance;

  FacetChoice *choices[FACET_POSITION_N_CHOICES];
  FacetChoice *focused; /* the last that has said so */
} FacetPositionAccessible;

typedef struct
{
  GtkWidgetAccessibleClass parent_class;
} FacetPositionAccessibleClass;

static void component_init (AtkComponentIface *iface);

G_DEFINE_TYPE (FacetPositionAccessible,
               facet_position_accessible,
               GTK_TYPE_WIDGET_ACCESSIBLE)
G_DEFINE_TYPE_WITH_CODE (FacetChoice,
                         facet_choice,
                         ATK_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ATK_TYPE_COMPONENT,
                                                component_init))

static FacetChoice *get_choice (FacetPositionAccessible *accessible,
                                gint choice);

static FacetPositionAccessible *
get_accessible (FacetPosition *position)
{
  return (FacetPositionAccessible *) gtk_widget_get_accessible (
      GTK_WIDGET (position));
}

void
facet_position_accessible_chosen (FacetPosition *position)
{
  FacetPositionAccessible *accessible = get_accessible (position);
  FacetChoice *focused = NULL;

  if (gtk_widget_has_focus (GTK_WIDGET (position)))
    focused = get_choice (accessible, facet_position_get_chosen (position));
  if (focused == accessible->focused)
    return;
  if (accessible->focused != NULL)
    atk_object_notify_state_change (ATK_OBJECT (accessible->focused),
                                    ATK_STATE_FOCUSED, FALSE);
  accessible->focused = focused;
  if (focused != NULL)
    atk_object_notify_state_change (ATK_OBJECT (focused), ATK_STATE_FOCUSED,
                                    TRUE);
}

/* ATK before 2.46 knows no announcements. */
void
facet_position_accessible_moved (FacetPosition *position)
{
  const gint chosen = facet_position_get_chosen (position);
  AtkObject *choice = ATK_OBJECT (
      get_choice (get_accessible (position), chosen));

  g_object_notify (G_OBJECT (choice), "accessible-description");
  if (gtk_widget_has_focus (GTK_WIDGET (position)) &&
      g_signal_lookup ("announcement", ATK_TYPE_OBJECT) != 0)
    g_signal_emit_by_name (choice, "announcement",
                           atk_object_get_description (choice));
}

/* --- one of what can be chosen ----------------------------------------------
 */

static FacetChoice *
get_choice (FacetPositionAccessible *accessible, gint choice)
{
  FacetChoice **self = &accessible->choices[choice];

  if (*self == NULL)
    {
      GtkAccessible *gtk = GTK_ACCESSIBLE (accessible);

      *self = g_object_new (FACET_TYPE_CHOICE, NULL);
      (*self)->position = FACET_POSITION (gtk_accessible_get_widget (gtk));
      (*self)->choice = choice;
      g_object_add_weak_pointer (G_OBJECT ((*self)->position),
                                 (gpointer *) &(*self)->position);
    }
  return *self;
}

static const gchar *
facet_choice_get_name (AtkObject *object)
{
  return facet_position_get_choice_name (FACET_CHOICE (object)->choice);
}

/* As in “213, 117”. */
static const gchar *
facet_choice_get_description (AtkObject *object)
{
  FacetChoice *self = FACET_CHOICE (object);
  FacetPoint place;

  if (self->position == NULL)
    return NULL;
  place = facet_position_get_place (self->position, self->choice);
  g_free (self->place);
  self->place = g_strdup_printf ("%.0f, %.0f", place.x, place.y);
  return self->place;
}

static AtkObject *
facet_choice_get_parent (AtkObject *object)
{
  FacetChoice *self = FACET_CHOICE (object);

  return self->position == NULL ?
             NULL :
             gtk_widget_get_accessible (GTK_WIDGET (self->position));
}

static gint
facet_choice_get_index (AtkObject *object)
{
  return FACET_CHOICE (object)->choice;
}

static AtkStateSet *
facet_choice_ref_state_set (AtkObject *object)
{
  static const AtkStateType inherited[] = {
    ATK_STATE_ENABLED, ATK_STATE_SENSITIVE, ATK_STATE_VISIBLE, ATK_STATE_SHOWING
  };
  FacetChoice *self = FACET_CHOICE (object);
  AtkStateSet *set = atk_state_set_new ();
  AtkObject *parent = facet_choice_get_parent (object);
  AtkStateSet *of_parent;

  if (parent == NULL)
    {
      atk_state_set_add_state (set, ATK_STATE_DEFUNCT);
      return set;
    }
  of_parent = atk_object_ref_state_set (parent);
  for (gsize i = 0; i < G_N_ELEMENTS (inherited); i++)
    if (atk_state_set_contains_state (of_parent, inherited[i]))
      atk_state_set_add_state (set, inherited[i]);
  g_object_unref (of_parent);
  atk_state_set_add_state (set, ATK_STATE_FOCUSABLE);
  if (gtk_widget_has_focus (GTK_WIDGET (self->position)) &&
      facet_position_get_chosen (self->position) == self->choice)
    atk_state_set_add_state (set, ATK_STATE_FOCUSED);
  return set;
}

static void
facet_choice_get_extents (AtkComponent *component,
                          gint *x,
                          gint *y,
                          gint *width,
                          gint *height,
                          AtkCoordType type)
{
  FacetChoice *self = FACET_CHOICE (component);
  AtkObject *parent = facet_choice_get_parent (ATK_OBJECT (component));
  GdkRectangle box = { 0 };

  *x = *y = 0;
  if (parent != NULL)
    box = facet_position_get_box (self->position, self->choice);
  if (parent != NULL && type != ATK_XY_PARENT)
    atk_component_get_extents (ATK_COMPONENT (parent), x, y, width, height,
                               type);
  *x += box.x;
  *y += box.y;
  *width = box.width;
  *height = box.height;
}

static gboolean
facet_choice_grab_focus (AtkComponent *component)
{
  FacetChoice *self = FACET_CHOICE (component);

  if (self->position == NULL)
    return FALSE;
  facet_position_choose (self->position, self->choice);
  gtk_widget_grab_focus (GTK_WIDGET (self->position));
  return TRUE;
}

static void
component_init (AtkComponentIface *iface)
{
  iface->get_extents = facet_choice_get_extents;
  iface->grab_focus = facet_choice_grab_focus;
}

static void
facet_choice_finalize (GObject *object)
{
  FacetChoice *self = FACET_CHOICE (object);

  g_clear_weak_pointer (&self->position);
  g_free (self->place);

  G_OBJECT_CLASS (facet_choice_parent_class)->finalize (object);
}

static void
facet_choice_class_init (FacetChoiceClass *klass)
{
  AtkObjectClass *atk_class = ATK_OBJECT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = facet_choice_finalize;
  atk_class->get_name = facet_choice_get_name;
  atk_class->get_description = facet_choice_get_description;
  atk_class->get_parent = facet_choice_get_parent;
  atk_class->get_index_in_parent = facet_choice_get_index;
  atk_class->ref_state_set = facet_choice_ref_state_set;
}

static void
facet_choice_init (FacetChoice *self)
{
  atk_object_set_role (ATK_OBJECT (self), ATK_ROLE_ICON);
}

/* --- the widget's -----------------------------------------------------------
 */

static gint
facet_position_accessible_get_n_children (AtkObject *object)
{
  return gtk_accessible_get_widget (GTK_ACCESSIBLE (object)) == NULL ?
             0 :
             FACET_POSITION_N_CHOICES;
}

static AtkObject *
facet_position_accessible_ref_child (AtkObject *object, gint i)
{
  FacetPositionAccessible *accessible = (FacetPositionAccessible *) object;

  if (i < 0 || i >= facet_position_accessible_get_n_children (object))
    return NULL;
  return g_object_ref (ATK_OBJECT (get_choice (accessible, i)));
}

static void
facet_position_accessible_finalize (GObject *object)
{
  FacetPositionAccessible *accessible = (FacetPositionAccessible *) object;

  for (gint i = 0; i < FACET_POSITION_N_CHOICES; i++)
    g_clear_object (&accessible->choices[i]);

  G_OBJECT_CLASS (facet_position_accessible_parent_class)->finalize (object);
}

static void
facet_position_accessible_class_init (FacetPositionAccessibleClass *klass)
{
  AtkObjectClass *atk_class = ATK_OBJECT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = facet_position_accessible_finalize;
  atk_class->get_n_children = facet_position_accessible_get_n_children;
  atk_class->ref_child = facet_position_accessible_ref_child;
}

static void
facet_position_accessible_init (FacetPositionAccessible *accessible)
{
}
