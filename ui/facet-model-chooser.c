/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The model chooser.
 */
#include <glib/gi18n-lib.h>
#include <model/facet-model.h>

#include "facet-model-chooser.h"

/* No model has the name of a folder. */
#define OTHER_ID "/"

enum
{
  CHANGED,
  N_SIGNALS
};

struct _FacetModelChooser
{
  GtkBox parent_instance;

  GtkComboBoxText *combo;
  gchar *name;
  gboolean quiet;
};

G_DEFINE_TYPE (FacetModelChooser, facet_model_chooser, GTK_TYPE_BOX)

static guint signals[N_SIGNALS];

GtkWidget *
facet_model_chooser_new (void)
{
  return g_object_new (FACET_TYPE_MODEL_CHOOSER, NULL);
}

const gchar *
facet_model_chooser_get_name (FacetModelChooser *chooser)
{
  g_return_val_if_fail (FACET_IS_MODEL_CHOOSER (chooser), NULL);

  return chooser->name;
}

/* A file goes into the list, too, above "Other…". */
void
facet_model_chooser_set_name (FacetModelChooser *chooser, const gchar *name)
{
  GtkComboBox *combo;

  g_return_if_fail (FACET_IS_MODEL_CHOOSER (chooser));

  combo = GTK_COMBO_BOX (chooser->combo);
  chooser->quiet = TRUE;
  if (name == NULL || name[0] == '\0')
    gtk_combo_box_set_active (combo, -1);
  else if (! gtk_combo_box_set_active_id (combo, name))
    {
      g_autofree gchar *label = g_filename_display_basename (name);
      gint end = gtk_tree_model_iter_n_children (gtk_combo_box_get_model (
                                                     combo),
                                                 NULL) -
                 1;

      gtk_combo_box_text_insert (chooser->combo, end, name, label);
      gtk_combo_box_set_active_id (combo, name);
    }
  chooser->quiet = FALSE;
  g_free (chooser->name);
  chooser->name = g_strdup (name);
}

/* --- choosing ----------------------------------------------------------- */

static gchar *
ask_for_file (FacetModelChooser *chooser)
{
  GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (chooser));
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Choose a Model"), GTK_WINDOW (window),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  GtkFileFilter *filter = gtk_file_filter_new ();
  gchar *file = NULL;

  gtk_file_filter_set_name (filter, _ ("Models (*.safetensors)"));
  gtk_file_filter_add_pattern (filter, "*.safetensors");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  if (gtk_native_dialog_run (GTK_NATIVE_DIALOG (dialog)) == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  g_object_unref (dialog);
  return file;
}

static void
combo_changed (FacetModelChooser *chooser)
{
  const gchar *id = gtk_combo_box_get_active_id (
      GTK_COMBO_BOX (chooser->combo));
  g_autofree gchar *name = NULL;
  g_autofree gchar *before = NULL;

  if (chooser->quiet || id == NULL)
    return;
  before = g_strdup (chooser->name);
  if (g_str_equal (id, OTHER_ID))
    name = ask_for_file (chooser);
  else
    name = g_strdup (id);
  facet_model_chooser_set_name (chooser, name != NULL ? name : before);
  if (g_strcmp0 (chooser->name, before) != 0)
    g_signal_emit (chooser, signals[CHANGED], 0);
}

/* --- the widget --------------------------------------------------------- */

static void
facet_model_chooser_finalize (GObject *object)
{
  g_free (FACET_MODEL_CHOOSER (object)->name);

  G_OBJECT_CLASS (facet_model_chooser_parent_class)->finalize (object);
}

static void
facet_model_chooser_class_init (FacetModelChooserClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = facet_model_chooser_finalize;

  signals[CHANGED] = g_signal_new ("changed", FACET_TYPE_MODEL_CHOOSER,
                                   G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
facet_model_chooser_init (FacetModelChooser *chooser)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (_ ("_Model:"));
  GtkWidget *combo = gtk_combo_box_text_new ();
  g_auto (GStrv) names = facet_model_list ();

  chooser->combo = GTK_COMBO_BOX_TEXT (combo);
  for (gint i = 0; names[i] != NULL; i++)
    gtk_combo_box_text_append (chooser->combo, names[i], names[i]);
  gtk_combo_box_text_append (chooser->combo, OTHER_ID, _ ("Other…"));
  g_signal_connect_swapped (combo, "changed", G_CALLBACK (combo_changed),
                            chooser);

  gtk_label_set_mnemonic_widget (GTK_LABEL (label), combo);
  atk_object_set_name (gtk_widget_get_accessible (combo), _ ("Model"));
  gtk_box_set_spacing (GTK_BOX (chooser), 6);
  gtk_box_pack_start (GTK_BOX (chooser), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (chooser), combo, TRUE, TRUE, 0);
  gtk_widget_show_all (GTK_WIDGET (chooser));
}
