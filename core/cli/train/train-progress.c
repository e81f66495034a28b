/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <signal.h>
#include <unistd.h>
#include "train-progress.h"

/* --- interrupts ---------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void
on_interrupt (int number)
{
  interrupted = 1;
}

void
facet_train_watch_interrupts (void)
{
  const struct sigaction interrupt = { .sa_handler = on_interrupt,
                                       .sa_flags = SA_RESETHAND };

  sigaction (SIGINT, &interrupt, NULL);
  sigaction (SIGTERM, &interrupt, NULL);
}

gboolean
facet_train_is_interrupted (void)
{
  return interrupted != 0;
}

/* --- progress ------------------------------------------------------------ */

static void
print_time (gdouble seconds, gchar *text, gsize size)
{
  const gint64 left = (gint64) (seconds + 0.5);

  if (left >= 3600)
    g_snprintf (text, size, "%d h %02d min", (gint) (left / 3600),
                (gint) (left / 60 % 60));
  else
    g_snprintf (text, size, "%d:%02d min", (gint) (left / 60),
                (gint) (left % 60));
}

static void
print_epoch (const FacetProgress *progress)
{
  g_print ("epoch %d/%d", progress->epoch, progress->n_epochs);
  if (progress->epoch > 0)
    g_print ("  loss %.6g  %.0f images/s", progress->loss,
             progress->photos_per_second);
  if (! isnan (progress->validation_loss))
    g_print ("  validation loss %.6g, %s%s", progress->validation_loss,
             progress->judgement, progress->best ? " (best)" : "");
  g_print ("\n");
}

/* The running line only where somebody watches: a log gets a line an epoch. */
gboolean
facet_train_show_progress (const FacetProgress *progress, gpointer last_us)
{
  const gint64 now_us = g_get_monotonic_time ();
  const gint64 wait_us = G_USEC_PER_SEC / 4;
  gint64 *last = last_us;

  if (progress->validated)
    {
      if (isatty (STDERR_FILENO))
        g_printerr ("\r\033[K");
      print_epoch (progress);
    }
  else if (isatty (STDERR_FILENO) && now_us - *last > wait_us)
    {
      gchar left[32];

      print_time (progress->seconds_left, left, sizeof left);
      g_printerr (
          "\repoch %d/%d  %d/%d  loss %.6g  %.0f images/s  %s left\033[K",
          progress->epoch, progress->n_epochs, progress->step,
          progress->n_steps, progress->loss, progress->photos_per_second, left);
      *last = now_us;
    }
  return ! facet_train_is_interrupted ();
}
