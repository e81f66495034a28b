/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plug-in: which procedures there are, and where their translations lie
 * (`locale` beside the executable).
 */
#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>

#include "edit-procedure.h"

#define FACET_TYPE_PLUG_IN (facet_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (FacetPlugIn, facet_plug_in, FACET, PLUG_IN, GimpPlugIn)

struct _FacetPlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_TYPE (FacetPlugIn, facet_plug_in, GIMP_TYPE_PLUG_IN)

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  return g_list_append (NULL, g_strdup (EDIT_PROCEDURE));
}

static GimpProcedure *
create_procedure (GimpPlugIn *plug_in, const gchar *name)
{
  if (g_strcmp0 (name, EDIT_PROCEDURE) == 0)
    return edit_procedure_new (plug_in);
  return NULL;
}

static gboolean
set_i18n (GimpPlugIn *plug_in,
          const gchar *procedure_name,
          gchar **gettext_domain,
          gchar **catalog_dir)
{
  g_autofree gchar *folder = g_path_get_dirname (gimp_get_progname ());
  g_autofree gchar *catalogs = g_build_filename (folder, "locale", NULL);

  /* a folder that is not there would be a warning at every start */
  if (! g_file_test (catalogs, G_FILE_TEST_IS_DIR))
    return FALSE;
  *gettext_domain = g_strdup (GETTEXT_PACKAGE);
  *catalog_dir = g_strdup ("locale");
  return TRUE;
}

static void
facet_plug_in_class_init (FacetPlugInClass *klass)
{
  GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS (klass);

  plug_in_class->query_procedures = query_procedures;
  plug_in_class->create_procedure = create_procedure;
  plug_in_class->set_i18n = set_i18n;
}

static void
facet_plug_in_init (FacetPlugIn *plug_in)
{
}

GIMP_MAIN (FACET_TYPE_PLUG_IN)
