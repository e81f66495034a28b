/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder's own two looks, asked for less than in use, so that there is
 * something to learn from.
 */
#include <face/finder/finder-look.h>
#include <face/finder/finder-shape.h>
#include "../samples/finder-samples.h"
#include "finder-miner.h"

/* Least probabilities. */
#define COARSE_THRESHOLD 0.15
#define FINE_THRESHOLD 0.03

GArray *
finder_mine_coarsely (const FinderWeights *weights,
                      const FinderAlbum *album,
                      gint most_beside_faces,
                      gint most_without)
{
  GArray *negatives = g_array_new (FALSE, FALSE, sizeof (FinderNegative));
  g_autoptr (FinderLook) look = finder_look_new (weights);

  for (guint i = 0; look && i < album->photos->len; i++)
    {
      const FinderPhoto *photo = g_ptr_array_index (album->photos, i);
      g_autoptr (GArray) places = finder_look_coarsely (look, photo->picture,
                                                        COARSE_THRESHOLD);
      const gint most = photo->has_face ? most_beside_faces : most_without;
      gint n = 0;

      for (guint j = 0; places && j < places->len && n < most; j++)
        {
          const FinderNegative negative = {
            (gint) i, g_array_index (places, FinderPlace, j).frame
          };

          if (! finder_frame_has_face (photo, &negative.frame))
            {
              g_array_append_val (negatives, negative);
              n++;
            }
        }
    }
  return negatives;
}

/* How many of @places, from @first on, are in the same photo. */
static guint
count_photo (const GArray *places, guint first)
{
  guint end = first;

  while (end < places->len &&
         g_array_index (places, FinderNegative, end).photo ==
             g_array_index (places, FinderNegative, first).photo)
    end++;
  return end - first;
}

static void
mine_photo (FinderLook *look,
            const FinderPhoto *photo,
            const FinderNegative *places,
            guint n,
            GArray *negatives)
{
  g_autofree FinderFrame *frames = g_new (FinderFrame, n);
  g_autofree FinderVerdict *verdicts = g_new (FinderVerdict, n);

  for (guint i = 0; i < n; i++)
    frames[i] = places[i].frame;
  finder_look_finely (look, photo->picture, (gint) n, frames, verdicts);
  for (guint i = 0; i < n; i++)
    {
      FinderNegative negative = places[i];

      if (finder_logit_to_probability (verdicts[i].logit) < FINE_THRESHOLD)
        continue;
      g_array_append_val (negatives, negative);
      negative.frame = finder_frame_from_points (verdicts[i].points);
      if (! finder_frame_has_face (photo, &negative.frame) &&
          negative.frame.width * 2 > frames[i].width)
        g_array_append_val (negatives, negative);
    }
}

GArray *
finder_mine_finely (const FinderWeights *weights,
                    const FinderAlbum *album,
                    const GArray *places)
{
  GArray *negatives = g_array_new (FALSE, FALSE, sizeof (FinderNegative));
  g_autoptr (FinderLook) look = finder_look_new (weights);
  guint first = 0;

  while (look && first < places->len)
    {
      const FinderNegative *start = &g_array_index (places, FinderNegative,
                                                    first);
      const guint n = count_photo (places, first);

      mine_photo (look, g_ptr_array_index (album->photos, (guint) start->photo),
                  start, n, negatives);
      first += n;
    }
  return negatives;
}
