/* One training step of a VAE, as small as it can be: the yardstick's own, so
 * that Facet and its peers are timed on the same work and nothing else (no
 * photos are read, no progress is shown).
 */
#pragma once

#include <model/facet-model.h>

typedef struct _Step Step;

/* Trains @model's networks, which must live as long; batches of @batch. */
Step  *step_new  (FacetModel  *model,
                  int          batch);
void   step_free (Step        *step);

/* One step of Adam on @images [batch][height][width][channels], the code drawn
 * with @noise [batch][z_dim].  @seed decides what dropout drops.  Returns the
 * loss before the step. */
double step_run  (Step        *step,
                  const float *images,
                  const float *noise,
                  uint64_t     seed);
