/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sliders, the plane of two components and the config, in which the arguments
 * are.
 */
#include <string.h>

#include <ui/facet-model-chooser.h>
#include <ui/facet-plane.h>
#include <ui/facet-sliders.h>

#include "edit-dialog-private.h"

static void sliders_changed (EditDialog *self);
static void plane_changed (EditDialog *self);
static void model_chosen (EditDialog *self);
static void find_face_toggled (EditDialog *self);
static void config_changed (EditDialog *self);

void
edit_dialog_connect_values (EditDialog *self)
{
  g_signal_connect_swapped (self->sliders, "changed",
                            G_CALLBACK (sliders_changed), self);
  g_signal_connect_swapped (self->plane, "changed", G_CALLBACK (plane_changed),
                            self);
  g_signal_connect_swapped (self->chooser, "changed", G_CALLBACK (model_chosen),
                            self);
  g_signal_connect_swapped (self->config, "notify::find-face",
                            G_CALLBACK (find_face_toggled), self);
  g_signal_connect_swapped (self->config, "notify", G_CALLBACK (config_changed),
                            self);
}

const FacetLatents *
edit_dialog_get_latents (EditDialog *self)
{
  return facet_model_get_latents (edit_session_get_model (self->session));
}

static void
show_values (EditDialog *self, const gdouble *values)
{
  const FacetLatents *latents = edit_dialog_get_latents (self);

  facet_sliders_set_values (FACET_SLIDERS (self->sliders), values);
  if (latents->n_axes == 2)
    facet_plane_set_values (FACET_PLANE (self->plane),
                            values + latents->n_directions);
}

static void
write_config (EditDialog *self, const gdouble *values)
{
  self->writing = TRUE;
  edit_arguments_set_values (self->config,
                             edit_session_get_model (self->session), values);
  self->writing = FALSE;
  edit_dialog_queue_update (self);
}

/* The sliders' ranges may be narrower than what a script has set: what is shown
 * is what counts.  Nothing is written that is there already, since the config
 * may hold our own notification back until `writing` is over, and would come
 * here again and again. */
void
edit_dialog_read_config (EditDialog *self)
{
  FacetModel *model = edit_session_get_model (self->session);
  g_autofree gdouble *values = edit_arguments_get_values (self->config, model);
  g_autofree gdouble *offsets = edit_arguments_get_offsets (self->config, model,
                                                            NULL);
  const gsize size = sizeof (gdouble) *
                     facet_sliders_get_n (FACET_SLIDERS (self->sliders));
  g_autofree gdouble *shown = g_memdup2 (values, size);

  facet_sliders_set_values (FACET_SLIDERS (self->sliders), values);
  facet_sliders_get_values (FACET_SLIDERS (self->sliders), shown);
  show_values (self, shown);
  if (offsets == NULL || memcmp (shown, values, size) != 0)
    write_config (self, shown);
  else
    edit_dialog_queue_update (self);
}

static gdouble *
get_values (EditDialog *self)
{
  gdouble *values =
      g_new0 (gdouble, facet_sliders_get_n (FACET_SLIDERS (self->sliders)) + 1);

  facet_sliders_get_values (FACET_SLIDERS (self->sliders), values);
  return values;
}

static void
sliders_changed (EditDialog *self)
{
  g_autofree gdouble *values = get_values (self);

  show_values (self, values);
  write_config (self, values);
}

static void
plane_changed (EditDialog *self)
{
  g_autofree gdouble *values = get_values (self);

  facet_plane_get_values (FACET_PLANE (self->plane),
                          values +
                              edit_dialog_get_latents (self)->n_directions);
  show_values (self, values);
  write_config (self, values);
}

static void
model_chosen (EditDialog *self)
{
  edit_arguments_set_model (self->config,
                            facet_model_chooser_get_name (
                                FACET_MODEL_CHOOSER (self->chooser)));
}

/* Points that were placed are the face's that was meant. */
static void
find_face_toggled (EditDialog *self)
{
  edit_arguments_set_points (self->config, NULL);
}

static void
config_changed (EditDialog *self)
{
  g_autofree gchar *name = NULL;

  if (self->writing || self->gone)
    return;
  g_object_get (self->config, "model", &name, NULL);
  facet_model_chooser_set_name (FACET_MODEL_CHOOSER (self->chooser), name);
  edit_session_changed (self->session);
  if (edit_session_get_edit (self->session) != NULL)
    edit_dialog_read_config (self);
}
