/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A plug-in for the tests: what Script-Fu cannot do.  It fills layers with
 * reproducible noise, writes a layer's bytes to a file as they are, and gives
 * images other colour profiles.
 */
#include <libgimp/gimp.h>

#define PROBE_TYPE_PLUG_IN (probe_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (ProbePlugIn, probe_plug_in, PROBE, PLUG_IN, GimpPlugIn)

struct _ProbePlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_TYPE (ProbePlugIn, probe_plug_in, GIMP_TYPE_PLUG_IN)

static GimpValueArray *
succeed (GimpProcedure *procedure, gboolean success)
{
  return gimp_procedure_new_return_values (procedure,
                                           success ? GIMP_PDB_SUCCESS :
                                                     GIMP_PDB_EXECUTION_ERROR,
                                           NULL);
}

/* Colours within 0.02…0.98, every alpha. */
static GimpValueArray *
fill (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  GimpDrawable *drawable = NULL;
  GeglBuffer *buffer;
  GRand *random = g_rand_new_with_seed (1);
  gint width, height;
  gfloat *row;

  gegl_init (NULL, NULL);
  g_object_get (config, "drawable", &drawable, NULL);
  width = gimp_drawable_get_width (drawable);
  height = gimp_drawable_get_height (drawable);
  row = g_new (gfloat, 4 * width);
  buffer = gimp_drawable_get_buffer (drawable);
  for (gint y = 0; y < height; y++)
    {
      for (gint i = 0; i < 4 * width; i++)
        row[i] = i % 4 == 3 ? (gfloat) g_rand_double (random) :
                              (gfloat) g_rand_double_range (random, 0.02, 0.98);
      gegl_buffer_set (buffer, GEGL_RECTANGLE (0, y, width, 1), 0,
                       babl_format ("R'G'B'A float"), row, GEGL_AUTO_ROWSTRIDE);
    }
  g_object_unref (buffer);
  g_free (row);
  g_rand_free (random);
  gimp_drawable_update (drawable, 0, 0, width, height);
  return succeed (procedure, TRUE);
}

static GimpValueArray *
dump (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  GimpDrawable *drawable = NULL;
  g_autofree gchar *path = NULL;
  const Babl *format;
  GeglBuffer *buffer;
  g_autofree gchar *bytes = NULL;
  gint width, height;
  gsize size;
  gboolean success;

  gegl_init (NULL, NULL);
  g_object_get (config, "drawable", &drawable, "path", &path, NULL);
  width = gimp_drawable_get_width (drawable);
  height = gimp_drawable_get_height (drawable);
  format = gimp_drawable_get_format (drawable);
  size = (gsize) width * height * babl_format_get_bytes_per_pixel (format);
  bytes = g_malloc (size);
  buffer = gimp_drawable_get_buffer (drawable);
  gegl_buffer_get (buffer, GEGL_RECTANGLE (0, 0, width, height), 1.0, format,
                   bytes, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  success = g_file_set_contents (path, bytes, size, NULL);
  return succeed (procedure, success);
}

static GimpValueArray *
profile (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  GimpImage *image = NULL;
  GimpColorProfile *adobe = gimp_color_profile_new_rgb_adobe ();
  gboolean success;

  g_object_get (config, "image", &image, NULL);
  success = gimp_image_set_color_profile (image, adobe);
  g_object_unref (adobe);
  return succeed (procedure, success);
}

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  GList *names = NULL;

  names = g_list_append (names, g_strdup ("facet-test-fill"));
  names = g_list_append (names, g_strdup ("facet-test-dump"));
  names = g_list_append (names, g_strdup ("facet-test-adobe-profile"));
  return names;
}

static GimpProcedure *
create_procedure (GimpPlugIn *plug_in, const gchar *name)
{
  const gboolean dumps = g_str_equal (name, "facet-test-dump");
  const gboolean profiles = g_str_equal (name, "facet-test-adobe-profile");
  GimpProcedure *procedure =
      gimp_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN,
                          dumps ? dump : (profiles ? profile : fill), NULL,
                          NULL);

  if (profiles)
    gimp_procedure_add_image_argument (procedure, "image", NULL, NULL, FALSE,
                                       G_PARAM_READWRITE);
  else
    gimp_procedure_add_drawable_argument (procedure, "drawable", NULL, NULL,
                                          FALSE, G_PARAM_READWRITE);
  if (dumps)
    gimp_procedure_add_string_argument (procedure, "path", NULL, NULL, "",
                                        G_PARAM_READWRITE);
  return procedure;
}

static void
probe_plug_in_class_init (ProbePlugInClass *klass)
{
  GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS (klass);

  plug_in_class->query_procedures = query_procedures;
  plug_in_class->create_procedure = create_procedure;
  plug_in_class->set_i18n = NULL;
}

static void
probe_plug_in_init (ProbePlugIn *plug_in)
{
}

GIMP_MAIN (PROBE_TYPE_PLUG_IN)
