/* Reading and writing safetensors (https://github.com/huggingface/safetensors):
 * eight bytes of little-endian header length, a JSON header that names each
 * tensor's dtype, shape and place, then the tensors' bytes.  A file is
 * untrusted: every number is checked before it is used, tensors must tile the
 * data exactly, and what is read is never larger than the file.
 */
#pragma once

#include <glib.h>

typedef struct
{
  const gchar *name;
  gboolean     half;      /* F16 rather than F32 */
  gint         n_dims;
  gint64       dims[4];
  gsize        n_values;
} FacetTensor;

typedef struct _FacetTensorFile FacetTensorFile;

FacetTensorFile   *facet_tensor_file_open         (const gchar      *path,
                                                   GError          **error);
FacetTensorFile   *facet_tensor_file_new_for_bytes (GBytes          *bytes,
                                                   const gchar      *source_name,
                                                   GError          **error);
void               facet_tensor_file_free         (FacetTensorFile  *file);
gint               facet_tensor_file_get_n        (FacetTensorFile  *file);
const FacetTensor *facet_tensor_file_get          (FacetTensorFile  *file,
                                                   gint              index);
const FacetTensor *facet_tensor_file_lookup       (FacetTensorFile  *file,
                                                   const gchar      *name);
/* Copies the tensor to @values as float32.  A value that is not finite is an
 * error. */
gboolean           facet_tensor_file_read         (FacetTensorFile   *file,
                                                   const FacetTensor *tensor,
                                                   gfloat            *values,
                                                   GError           **error);
/* Whether all values are finite. */
gboolean           facet_tensor_file_check        (FacetTensorFile   *file,
                                                   const FacetTensor *tensor,
                                                   GError           **error);
/* The tensor's own bytes, unchecked, or NULL where they are not float32 or not
 * aligned as such.  They belong to the file. */
const gfloat      *facet_tensor_file_peek         (FacetTensorFile   *file,
                                                   const FacetTensor *tensor);
/* Likewise where they are float16. */
const guint16     *facet_tensor_file_peek_halves  (FacetTensorFile   *file,
                                                   const FacetTensor *tensor);
/* A string of `__metadata__`, or NULL; it belongs to the file. */
const gchar       *facet_tensor_file_get_metadata (FacetTensorFile  *file,
                                                   const gchar      *key);
/* Its keys, sorted; they belong to the file, the array to the caller. */
GPtrArray         *facet_tensor_file_list_metadata (FacetTensorFile *file);

typedef struct _FacetTensorWriter FacetTensorWriter;

FacetTensorWriter *facet_tensor_writer_new          (void);
void               facet_tensor_writer_free         (FacetTensorWriter *writer);
void               facet_tensor_writer_set_metadata (FacetTensorWriter *writer,
                                                     const gchar       *key,
                                                     const gchar       *value);
/* @values must live until the file is saved. */
void               facet_tensor_writer_add          (FacetTensorWriter *writer,
                                                     const gchar       *name,
                                                     gint               n_dims,
                                                     const gint        *dims,
                                                     const gfloat      *values,
                                                     gboolean           half);
/* Written beside @path under a temporary name, flushed to disk and renamed:
 * @path is the old file or the whole new one.  Numbers that are not finite (or
 * too large for a half) are an error. */
gboolean           facet_tensor_writer_save         (FacetTensorWriter *writer,
                                                     const gchar       *path,
                                                     GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetTensorFile, facet_tensor_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FacetTensorWriter, facet_tensor_writer_free)
