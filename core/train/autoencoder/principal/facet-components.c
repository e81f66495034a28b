/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A random subspace a little larger than what is asked for is multiplied by
 * the table and its transpose a few times; within it the axes are those of the
 * small table that is left.
 */
#include <math.h>
#include <model/facet-model.h>
#include <string.h>
#include "facet-components.h"

/* More than the components asked for: the last ones converge slowest. */
#define SPARE_COMPONENTS 24
#define N_PASSES 3
#define BATCH 64
#define LANES 16

/* A dense layer is a matrix product: the engine's kernels do the work. */
static NnNetwork *
new_dense (gint n_inputs, gint n_units)
{
  const NnShape input = { 1, 1, n_inputs };
  const NnLayer dense = { .kind = NN_DENSE, .filters = n_units };

  return nn_network_new (input, &dense, 1);
}

void
facet_components_multiply (const gfloat *a,
                           const gfloat *b,
                           gint n,
                           gint k,
                           gint width,
                           gfloat *product)
{
  NnNetwork *network = new_dense (k, width);
  NnPlan *plan;

  memcpy (nn_network_get_parameter (network, 0)->value, b,
          (gsize) k * width * sizeof (gfloat));
  plan = nn_plan_new (network, BATCH);
  for (gint first = 0; first < n; first += BATCH)
    nn_plan_run (plan, MIN (BATCH, n - first), a + (gsize) first * k,
                 product + (gsize) first * width);
  nn_plan_free (plan);
  nn_network_free (network);
}

/* The gradient of a dense layer's kernel is its inputs' transpose times the
 * gradient of its outputs. */
void
facet_components_multiply_transposed (const gfloat *a,
                                      const gfloat *b,
                                      gint n,
                                      gint k,
                                      gint width,
                                      gfloat *product)
{
  NnNetwork *network = new_dense (k, width);
  NnTape *tape = nn_tape_new (network, BATCH);

  for (gint first = 0; first < n; first += BATCH)
    {
      nn_tape_forward (tape, NN_FROZEN, MIN (BATCH, n - first),
                       a + (gsize) first * k, 0);
      nn_tape_backward (tape, b + (gsize) first * width, true, NULL);
    }
  memcpy (product, nn_network_get_parameter (network, 0)->gradient,
          (gsize) k * width * sizeof (gfloat));
  nn_tape_free (tape);
  nn_network_free (network);
}

/* In lanes, which the compiler can add side by side. */
static gfloat
dot (const gfloat *a, const gfloat *b, gint n)
{
  gfloat lanes[LANES] = { 0 };
  gfloat sum = 0.0f;
  gint i = 0;

  for (; i + LANES <= n; i += LANES)
    for (gint lane = 0; lane < LANES; lane++)
      lanes[lane] += a[i + lane] * b[i + lane];
  for (; i < n; i++)
    sum += a[i] * b[i];
  for (gint lane = 0; lane < LANES; lane++)
    sum += lanes[lane];
  return sum;
}

/* Makes the columns of @q [n][width] perpendicular and of unit length, by
 * Gram and Schmidt's method, twice over because the first time round cancels
 * much.  Works on the transpose, whose rows lie together. */
static void
orthonormalize (gfloat *q, gint n, gint width)
{
  g_autofree gfloat *rows = g_new (gfloat, (gsize) n * width);

  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < width; j++)
      rows[(gsize) j * n + i] = q[(gsize) i * width + j];
  for (gint j = 0; j < width; j++)
    {
      gfloat *row = rows + (gsize) j * n;
      gdouble length = 0.0;

      for (gint round = 0; round < 2; round++)
        for (gint other = 0; other < j; other++)
          {
            const gfloat *before = rows + (gsize) other * n;
            const gfloat product = dot (row, before, n);

            for (gint i = 0; i < n; i++)
              row[i] -= product * before[i];
          }
      for (gint i = 0; i < n; i++)
        length += (gdouble) row[i] * row[i];
      for (gint i = 0; i < n; i++)
        row[i] = (gfloat) (row[i] / MAX (sqrt (length), 1e-20));
    }
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < width; j++)
      q[(gsize) i * width + j] = rows[(gsize) j * n + i];
}

/* A basis [n_columns][width] of nearly the widest directions of @table. */
static gfloat *
find_subspace (const gfloat *table,
               gint n_rows,
               gint n_columns,
               gint width,
               guint64 seed,
               gfloat *projected)
{
  gfloat *q = g_new (gfloat, (gsize) n_columns * width);

  for (gsize i = 0; i < (gsize) n_columns * width; i++)
    q[i] = nn_random_normal (seed, i);
  for (gint pass = 0; pass < N_PASSES; pass++)
    {
      facet_components_multiply (table, q, n_rows, n_columns, width, projected);
      facet_components_multiply_transposed (table, projected, n_rows, n_columns,
                                            width, q);
      orthonormalize (q, n_columns, width);
    }
  facet_components_multiply (table, q, n_rows, n_columns, width, projected);
  return q;
}

FacetComponents *
facet_components_new (const gfloat *table,
                      gint n_rows,
                      gint n_columns,
                      gint n_components,
                      guint64 seed)
{
  FacetComponents *components = g_new0 (FacetComponents, 1);
  const gint width = MIN (n_components + SPARE_COMPONENTS,
                          MIN (n_rows, n_columns));
  g_autofree gfloat *projected = g_new (gfloat, (gsize) n_rows * width);
  g_autofree gfloat *q = find_subspace (table, n_rows, n_columns, width, seed,
                                        projected);
  FacetLatents *inner = facet_latents_new_fit (projected, n_rows, width);
  const gint n = MIN (n_components, inner->n_axes);

  components->n_rows = n_rows;
  components->n_columns = n_columns;
  components->n_components = n;
  components->sigma = g_memdup2 (inner->sigma, (gsize) n * sizeof (gfloat));
  components->basis = g_new0 (gfloat, (gsize) n * n_columns);
  for (gint c = 0; c < n; c++)
    for (gint column = 0; column < n_columns; column++)
      {
        gdouble sum = 0.0;

        for (gint w = 0; w < width; w++)
          sum += (gdouble) inner->axes[c * width + w] *
                 q[(gsize) column * width + w];
        components->basis[(gsize) c * n_columns + column] = (gfloat) sum;
      }
  facet_latents_free (inner);
  return components;
}

void
facet_components_free (FacetComponents *components)
{
  if (! components)
    return;
  g_free (components->basis);
  g_free (components->sigma);
  g_free (components);
}
