/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thread is at work at most.  What it needs it takes with it, what it made
 * it hands over in the main loop; when the config has changed meanwhile, that
 * is thrown away and the next one starts.
 */
#include <string.h>

#include "edit-session.h"

/* What decides which face and which code there is. */
typedef struct
{
  gchar *model;
  gboolean find_face;
  gint face;
  gboolean has_points;
  FacetPoint points[FACET_N_POINTS];
  GError *problem; /* with the points that were given */
  gboolean refine;
} Request;

/* What a thread is given, and what it makes. */
typedef struct
{
  EditSession *session;
  Request request;
  gboolean refines; /* the session's face; else it loads one */
  FacetCrop crop;
  FacetModel *model;
  FacetEdit *edit;
  gfloat *code; /* refined */
} Work;

struct _EditSession
{
  FacetLayer *layer;
  GimpProcedureConfig *config;
  EditSessionState state;
  EditSessionFunc func;
  gpointer user_data;

  Request request; /* of what is there, or on its way */
  FacetModel *model;
  FacetEdit *edit;
  gboolean stale; /* another one is on its way; this is shown until then */
  gboolean refined;
  GError *problem; /* why there is none */

  gboolean working;  /* a thread                             */
  gboolean unwanted; /* nothing is to follow from what it does */
  GCancellable *cancellable;
  gint progress; /* per mille; written by the thread */
};

static void read_request (EditSession *session, Request *request);
static void request_clear (Request *request);
static gboolean load_face (Work *work, GError **error);
static gboolean refine (Work *work, GError **error);
static void take_face (EditSession *session, Work *work);
static void take_code (EditSession *session, Work *work);
static void start_work (EditSession *session);
static void drop_face (EditSession *session);
static void wait_for_thread (EditSession *session);
static void end_thread (EditSession *session);

EditSession *
edit_session_new (FacetLayer *layer, GimpProcedureConfig *config)
{
  EditSession *session = g_new0 (EditSession, 1);

  session->layer = layer;
  session->config = config;
  session->cancellable = g_cancellable_new ();
  return session;
}

void
edit_session_free (EditSession *session)
{
  end_thread (session);
  drop_face (session);
  g_clear_error (&session->problem);
  request_clear (&session->request);
  g_object_unref (session->cancellable);
  g_free (session);
}

gboolean
edit_session_load (EditSession *session, GError **error)
{
  Work work = { .session = session };
  gboolean good;

  read_request (session, &work.request);
  good = load_face (&work, error);
  if (good)
    {
      take_face (session, &work);
      good = ! work.request.refine || refine (&work, error);
      if (good && work.request.refine)
        take_code (session, &work);
    }
  request_clear (&work.request);
  return good;
}

void
edit_session_start (EditSession *session,
                    EditSessionFunc func,
                    gpointer user_data)
{
  session->func = func;
  session->user_data = user_data;
  read_request (session, &session->request);
  start_work (session);
}

EditSessionState
edit_session_get_state (EditSession *session)
{
  return session->state;
}

gdouble
edit_session_get_progress (EditSession *session)
{
  return g_atomic_int_get (&session->progress) / 1000.0;
}

FacetModel *
edit_session_get_model (EditSession *session)
{
  return session->model;
}

FacetEdit *
edit_session_get_edit (EditSession *session)
{
  return session->edit;
}

/* --- showing and applying ------------------------------------------------- */

typedef gboolean (*LayerFunc) (FacetLayer *layer,
                               FacetEdit *edit,
                               const gdouble *offsets,
                               gint n_offsets,
                               GError **error);

static gboolean
write_layer (EditSession *session, LayerFunc func, GError **error)
{
  g_autofree gdouble *offsets = NULL;

  if (session->edit == NULL)
    {
      g_return_val_if_fail (session->problem != NULL, FALSE);
      g_propagate_error (error, g_error_copy (session->problem));
      return FALSE;
    }
  offsets = edit_arguments_get_offsets (session->config, session->model, error);
  return offsets != NULL &&
         edit_arguments_set_up (session->config, session->edit, error) &&
         func (session->layer, session->edit, offsets,
               facet_model_get_latents (session->model)->n_axes, error);
}

gboolean
edit_session_preview (EditSession *session, GError **error)
{
  return write_layer (session, facet_layer_preview, error);
}

gboolean
edit_session_apply (EditSession *session, GError **error)
{
  wait_for_thread (session);
  return write_layer (session, facet_layer_apply, error);
}

/* --- requests ------------------------------------------------------------- */

static void
read_request (EditSession *session, Request *request)
{
  g_object_get (session->config, "model", &request->model, "find-face",
                &request->find_face, "face", &request->face, "refine",
                &request->refine, NULL);
  if (request->model == NULL)
    request->model = g_strdup ("");
  edit_arguments_get_points (session->config, request->points,
                             &request->has_points, &request->problem);
}

static void
request_clear (Request *request)
{
  g_clear_pointer (&request->model, g_free);
  g_clear_error (&request->problem);
}

static Request
request_copy (const Request *request)
{
  Request copy = *request;

  copy.model = g_strdup (request->model);
  if (request->problem != NULL)
    copy.problem = g_error_copy (request->problem);
  return copy;
}

static gboolean
is_same_face (const Request *a, const Request *b)
{
  return g_strcmp0 (a->model, b->model) == 0 && a->find_face == b->find_face &&
         a->face == b->face && a->has_points == b->has_points &&
         (a->problem == NULL) == (b->problem == NULL) &&
         (! a->has_points ||
          memcmp (a->points, b->points, sizeof a->points) == 0);
}

/* A code that was refined is not taken back but by loading the face again. */
void
edit_session_changed (EditSession *session)
{
  Request request = { NULL };
  gboolean same_face, same_model;

  read_request (session, &request);
  same_model = g_strcmp0 (request.model, session->request.model) == 0;
  same_face = is_same_face (&request, &session->request) &&
              ! (session->request.refine && ! request.refine);
  if (same_face && request.refine == session->request.refine)
    {
      request_clear (&request);
      return;
    }
  request_clear (&session->request);
  session->request = request;
  if (! same_model)
    drop_face (session);
  else if (! same_face)
    session->stale = TRUE;
  if (session->working)
    g_cancellable_cancel (session->cancellable);
  else
    start_work (session);
}

/* --- what takes long: in the thread, or in batch mode ----------------------
 */

static gboolean
load_face (Work *work, GError **error)
{
  FacetLayer *layer = work->session->layer;
  const Request *request = &work->request;

  if (request->problem != NULL)
    {
      g_propagate_error (error, g_error_copy (request->problem));
      return FALSE;
    }
  /* the dialog shows all faces, even where none need be found */
  if (work->session->func != NULL && request->find_face &&
      ! facet_layer_look (layer, error))
    return FALSE;
  if (! facet_layer_find_crop (layer, request->find_face, request->face,
                               request->has_points ? request->points : NULL,
                               &work->crop, error))
    return FALSE;
  work->model = edit_arguments_load_model (request->model, error);
  if (work->model == NULL)
    return FALSE;
  work->edit = facet_layer_new_edit (layer, work->model, &work->crop, error);
  if (work->edit == NULL && request->has_points)
    g_prefix_error (error, "points: ");
  if (work->edit == NULL)
    g_clear_pointer (&work->model, facet_model_unref);
  return work->edit != NULL;
}

static void
note_progress (gdouble fraction, gpointer data)
{
  EditSession *session = data;

  g_atomic_int_set (&session->progress, (gint) (1000.0 * fraction));
}

static gboolean
refine (Work *work, GError **error)
{
  EditSession *session = work->session;

  work->code = facet_edit_refine_code (session->edit, session->cancellable,
                                       note_progress, session, error);
  return work->code != NULL;
}

/* --- what it made --------------------------------------------------------- */

static void
take_face (EditSession *session, Work *work)
{
  drop_face (session);
  session->model = g_steal_pointer (&work->model);
  session->edit = g_steal_pointer (&work->edit);
  facet_layer_set_crop (session->layer, &work->crop);
}

static void
take_code (EditSession *session, Work *work)
{
  facet_edit_set_code (session->edit, work->code);
  session->refined = TRUE;
  g_clear_pointer (&work->code, g_free);
}

static void
drop_face (EditSession *session)
{
  /* a thread that refines works on it: it has to end first */
  if (session->working && session->edit != NULL)
    end_thread (session);
  g_clear_pointer (&session->edit, facet_edit_free);
  g_clear_pointer (&session->model, facet_model_unref);
  session->stale = FALSE;
  session->refined = FALSE;
}

/* --- the thread ----------------------------------------------------------- */

static void
work_free (Work *work)
{
  request_clear (&work->request);
  g_clear_pointer (&work->edit, facet_edit_free);
  g_clear_pointer (&work->model, facet_model_unref);
  g_free (work->code);
  g_free (work);
}

static void
work_in_thread (GTask *task,
                gpointer source,
                gpointer data,
                GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;
  gboolean good = work->refines ? refine (work, &error) :
                                  load_face (work, &error);

  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
set_state (EditSession *session, EditSessionState state, const GError *error)
{
  session->state = state;
  if (session->func != NULL)
    session->func (session, state, error, session->user_data);
}

static void
worked (GObject *source, GAsyncResult *result, gpointer data)
{
  EditSession *session = data;
  Work *work = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean good = g_task_propagate_boolean (G_TASK (result), &error);

  session->working = FALSE;
  if (session->unwanted)
    return;
  /* not what is wanted any more */
  if (! is_same_face (&work->request, &session->request) ||
      (work->refines && session->stale))
    {
      start_work (session);
      return;
    }
  if (good && work->refines)
    take_code (session, work);
  else if (good)
    take_face (session, work);
  else if (! work->refines)
    drop_face (session);

  g_clear_error (&session->problem);
  if (session->edit == NULL)
    session->problem = g_error_copy (error);
  if (session->edit == NULL)
    set_state (session, EDIT_SESSION_FAILED, error);
  else if (good && session->request.refine && ! session->refined)
    start_work (session);
  else
    set_state (session, EDIT_SESSION_READY, NULL);
}

static void
start_work (EditSession *session)
{
  GTask *task = g_task_new (NULL, NULL, worked, session);
  Work *work = g_new0 (Work, 1);

  work->session = session;
  work->refines = session->edit != NULL && ! session->stale;
  work->request = request_copy (&session->request);
  session->working = TRUE;
  session->progress = 0;
  g_cancellable_reset (session->cancellable);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  set_state (session,
             work->refines ? EDIT_SESSION_REFINING : EDIT_SESSION_LOADING,
             NULL);
  g_task_run_in_thread (task, work_in_thread);
  g_object_unref (task);
}

static void
wait_for_thread (EditSession *session)
{
  while (session->working)
    g_main_context_iteration (NULL, TRUE);
}

/* What it makes is thrown away. */
static void
end_thread (EditSession *session)
{
  session->unwanted = TRUE;
  g_cancellable_cancel (session->cancellable);
  wait_for_thread (session);
  session->unwanted = FALSE;
}
