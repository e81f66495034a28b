/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * EditSession: from the arguments to the layer, with no widgets: it finds the
 * face, loads the model, encodes, refines, shows and applies.  The dialog has it
 * do the slow parts in a thread, batch mode waits for them.
 */
#pragma once

#include "edit-arguments.h"
#include "layer/facet-layer.h"

typedef enum
{
  EDIT_SESSION_LOADING,  /* no face yet, or still the last one    */
  EDIT_SESSION_FAILED,   /* and there will be none: see the error */
  EDIT_SESSION_REFINING, /* can be shown; a better code is coming */
  EDIT_SESSION_READY
} EditSessionState;

typedef struct _EditSession EditSession;

/* The state has changed; @error where it is EDIT_SESSION_FAILED. */
typedef void (*EditSessionFunc) (EditSession      *session,
                                 EditSessionState  state,
                                 const GError     *error,
                                 gpointer          user_data);

EditSession *edit_session_new         (FacetLayer          *layer,
                                       GimpProcedureConfig *config);
/* Waits for a thread that is at work.  The layer is left as it is. */
void         edit_session_free        (EditSession         *session);

/* Everything at once. */
gboolean     edit_session_load        (EditSession         *session,
                                       GError             **error);
/* The same in a thread; @func is called from the main loop. */
void         edit_session_start       (EditSession         *session,
                                       EditSessionFunc      func,
                                       gpointer             user_data);
/* The config has changed: starts anew what that makes necessary.  With the same
 * model, the last face can be shown until there is the next. */
void         edit_session_changed     (EditSession         *session);
EditSessionState edit_session_get_state (EditSession       *session);
/* How much of the refining is done, 0…1. */
gdouble      edit_session_get_progress (EditSession        *session);

/* NULL while there is no face. */
FacetModel  *edit_session_get_model   (EditSession         *session);
FacetEdit   *edit_session_get_edit    (EditSession         *session);

gboolean     edit_session_preview     (EditSession         *session,
                                       GError             **error);
/* Waits for the face and for refining. */
gboolean     edit_session_apply       (EditSession         *session,
                                       GError             **error);
