/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One face of one photo being edited: making one, and what it knows.
 */
#include <string.h>
#include "facet-edit-private.h"

G_DEFINE_QUARK (facet - edit - error - quark, facet_edit_error)

FacetEdit *
facet_edit_new (FacetModel *model,
                const Babl *format,
                gconstpointer pixels,
                gint width,
                gint height,
                gint stride,
                const FacetCrop *crop,
                GError **error)
{
  const FacetRecipe *recipe = facet_model_get_recipe (model);
  const NnShape shape = recipe->input_dim;
  const gsize n = (gsize) shape.height * shape.width * shape.channels;
  FacetPhoto *photo;
  FacetEdit *edit;

  if (! facet_edit_check_crop (crop, width, height, error))
    return NULL;
  photo = facet_photo_new (format, pixels, width, height, stride, error);
  if (! photo)
    return NULL;
  edit = g_new0 (FacetEdit, 1);
  edit->model = facet_model_ref (model);
  edit->photo = photo;
  edit->crop = *crop;
  edit->bounds = facet_crop_get_bounds (crop, 0, width, height);
  edit->shape = shape;
  edit->z_dim = recipe->z_dim;
  edit->mode = FACET_MODE_KEEP_DETAIL;
  edit->strength = 1.0;
  edit->feather = 0.1;
  edit->grain = 1.0;
  edit->input = g_new (gfloat, n);
  edit->own_decode = g_new (gfloat, n);
  edit->decode = g_new (gfloat, n);
  edit->code = g_new (gfloat, recipe->z_dim);
  edit->moved_code = g_new (gfloat, recipe->z_dim);
  edit->own_rgb = g_new (gfloat, 3 * n);
  edit->rgb = g_new (gfloat, 3 * n);
  facet_edit_cut (edit);
  return edit;
}

void
facet_edit_free (FacetEdit *edit)
{
  facet_model_unref (edit->model);
  facet_photo_free (edit->photo);
  facet_image_free (edit->pixels);
  facet_detail_free (edit->detail);
  g_free (edit->own_rgb);
  g_free (edit->rgb);
  g_free (edit->input);
  g_free (edit->own_decode);
  g_free (edit->decode);
  g_free (edit->code);
  g_free (edit->moved_code);
  g_free (edit);
}

/* --- what it knows and what can be set -------------------------------------
 */

FacetModel *
facet_edit_get_model (FacetEdit *edit)
{
  return edit->model;
}

const gfloat *
facet_edit_get_code (FacetEdit *edit)
{
  return edit->code;
}

const gfloat *
facet_edit_get_crop (FacetEdit *edit)
{
  return edit->input;
}

const gfloat *
facet_edit_get_decode (FacetEdit *edit)
{
  return edit->decode;
}

FacetRectangle
facet_edit_get_bounds (FacetEdit *edit)
{
  return edit->bounds;
}

void
facet_edit_set_mode (FacetEdit *edit, FacetMode mode)
{
  edit->mode = mode;
}

void
facet_edit_set_strength (FacetEdit *edit, gdouble strength)
{
  edit->strength = strength > 0.0 ? MIN (strength, 1.0) : 0.0;
}

void
facet_edit_set_feather (FacetEdit *edit, gdouble feather)
{
  edit->feather = feather > 0.0 ? MIN (feather, 0.5) : 0.0;
}

void
facet_edit_set_grain (FacetEdit *edit, gdouble grain)
{
  edit->grain = grain > 0.0 ? MIN (grain, 1.0) : 0.0;
}

/* --- a better code ---------------------------------------------------------
 */

gfloat *
facet_edit_refine_code (FacetEdit *edit,
                        GCancellable *cancellable,
                        FacetRefineProgress progress,
                        gpointer data,
                        GError **error)
{
  gfloat *code = g_memdup2 (edit->code, edit->z_dim * sizeof (gfloat));

  if (facet_refine (edit->model, edit->input, code, cancellable, progress, data,
                    error))
    return code;
  g_free (code);
  return NULL;
}

void
facet_edit_set_code (FacetEdit *edit, const gfloat *code)
{
  memcpy (edit->code, code, edit->z_dim * sizeof (gfloat));
  facet_edit_decode_own (edit);
}
