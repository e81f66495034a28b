/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A safetensors file from inside.
 */
#pragma once

#include <model/facet-recipe.h>
#include <model/facet-safetensors.h>

typedef struct
{
  FacetTensor   tensor;
  const guint8 *bytes;
  gsize         begin; /* in the data */
  gsize         end;
} FacetTensorEntry;

struct _FacetTensorFile
{
  gchar        *source_name;
  GBytes       *bytes;
  const guint8 *data;        /* behind the header                     */
  gsize         data_length;
  GArray       *entries;     /* of FacetTensorEntry, by their place   */
  GHashTable   *by_name;     /* name to FacetTensorEntry              */
  GHashTable   *metadata;
};

/* Fills in all but the first two from the bytes, or says what is wrong with
 * them. */
gboolean facet_tensor_file_read_header (FacetTensorFile  *file,
                                        GError          **error);
/* FALSE, with an error that names the file. */
gboolean facet_tensor_file_damaged     (FacetTensorFile  *file,
                                        GError          **error,
                                        const gchar      *format,
                                        ...) G_GNUC_PRINTF (3, 4);
