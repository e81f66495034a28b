/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encode and decode.  Each network is packed into a plan when it is first used,
 * that of a loaded model right out of its mapped file: the network's own
 * arrays, which only training and saving need, stay untouched and cost no
 * memory.  While a network's values lie elsewhere it is said to borrow them
 * here.
 */
#include <string.h>
#include "facet-model-private.h"
#include "recipe/facet-layers.h"

/* Larger batches are run in pieces: they are no faster, and activations take
 * their memory. */
#define MAX_BATCH 32
/* Of one layer's activations in a batch. */
#define MAX_BATCH_VALUES (1 << 26)

/* --- borrowed values --------------------------------------------------------
 */

typedef struct
{
  NnNetwork *network;
  gfloat **own;
  GPtrArray *converted;
} Loan;

static Loan
start_to_borrow (NnNetwork *network)
{
  const int n = nn_network_get_n_parameters (network);
  Loan loan = { .network = network,
                .own = g_new (gfloat *, n),
                .converted = g_ptr_array_new_with_free_func (g_free) };

  for (int i = 0; i < n; i++)
    loan.own[i] = nn_network_get_parameter (network, i)->value;
  return loan;
}

static void
give_back (Loan *loan)
{
  for (int i = 0; i < nn_network_get_n_parameters (loan->network); i++)
    {
      NnParameter *parameter = nn_network_get_parameter (loan->network, i);

      parameter->value = loan->own[i];
      parameter->halves = NULL;
    }
  g_free (loan->own);
  g_ptr_array_unref (loan->converted);
}

/* --- plans ------------------------------------------------------------------
 */

static gint
choose_max_batch (const NnNetwork *network)
{
  gint64 largest = 1;

  for (int i = 0; i < nn_network_get_n_layers (network); i++)
    {
      const NnShape shape = nn_network_get_shape (network, i);

      largest = MAX (largest,
                     (gint64) shape.height * shape.width * shape.channels);
    }
  return (gint) CLAMP (MAX_BATCH_VALUES / largest, 1, MAX_BATCH);
}

/* Out of memory ends the program, as everywhere in GLib. */
static NnPlan *
new_plan (const NnNetwork *network, gint *max_batch)
{
  NnPlan *plan;

  *max_batch = choose_max_batch (network);
  plan = nn_plan_new (network, *max_batch);
  if (! plan)
    g_error ("facet: there is not enough memory to run the network");
  return plan;
}

/* The first columns of each row: of [rows][from] to [rows][to], of numbers of
 * so many bytes. */
static void
copy_columns (gsize n_rows,
              gsize from,
              gsize to,
              gsize bytes,
              gconstpointer source,
              gpointer target)
{
  for (gsize row = 0; row < n_rows; row++)
    memcpy ((gchar *) target + row * to * bytes,
            (const gchar *) source + row * from * bytes, to * bytes);
}

/* Of the encoder's last layer, which has more columns: rows of a kernel, or
 * the one of a bias. */
static void
borrow_columns (const NnParameter *source,
                NnParameter *target,
                GPtrArray *converted)
{
  const gsize from = (gsize) source->dims[source->n_dims - 1];
  const gsize to = (gsize) target->dims[target->n_dims - 1];
  const gsize n_rows = target->n_values / to;

  if (source->halves)
    {
      guint16 *halves = g_new (guint16, target->n_values);

      copy_columns (n_rows, from, to, sizeof *halves, source->halves, halves);
      g_ptr_array_add (converted, halves);
      target->halves = halves;
    }
  else
    copy_columns (n_rows, from, to, sizeof (gfloat), source->value,
                  target->value);
}

/* Of a VAE's encoder the means alone: its dense layer cut to the first half,
 * all else borrowed. */
static NnPlan *
new_plan_of_means (FacetModel *model, gint *max_batch)
{
  FacetLayers layers;
  NnNetwork *means = NULL;
  NnPlan *plan;
  Loan loan;

  if (facet_layers_of_encoder (model->recipe, "", &layers, NULL))
    {
      layers.layers[layers.n - 1].filters = model->recipe->z_dim;
      means = nn_network_new (layers.input, layers.layers, layers.n);
    }
  if (! means)
    g_error ("facet: there is not enough memory for the network");
  loan = start_to_borrow (means);
  for (int i = 0; i < nn_network_get_n_parameters (means); i++)
    {
      NnParameter *target = nn_network_get_parameter (means, i);
      NnParameter *source = nn_network_get_parameter (model->encoder, i);

      if (target->n_values != source->n_values)
        borrow_columns (source, target, loan.converted);
      else
        {
          target->value = source->value;
          target->halves = source->halves;
        }
    }
  plan = new_plan (means, max_batch);
  give_back (&loan);
  nn_network_free (means);
  return plan;
}

static void
need_encoder_plan (FacetModel *model)
{
  Loan loan;

  if (model->encoder_plan)
    return;
  loan = start_to_borrow (model->encoder);
  if (model->file)
    facet_network_use_file (model->encoder, "encoder", model->file,
                            loan.converted);
  if (model->recipe->kind == FACET_KIND_VAE)
    model->encoder_plan = new_plan_of_means (model, &model->encoder_batch);
  else
    model->encoder_plan = new_plan (model->encoder, &model->encoder_batch);
  give_back (&loan);
}

static void
need_decoder_plan (FacetModel *model)
{
  Loan loan;

  if (model->decoder_plan)
    return;
  loan = start_to_borrow (model->decoder);
  if (model->file)
    facet_network_use_file (model->decoder, "decoder", model->file,
                            loan.converted);
  model->decoder_plan = new_plan (model->decoder, &model->decoder_batch);
  give_back (&loan);
}

void
facet_model_need_parameters (FacetModel *model)
{
  if (! model->file)
    return;
  facet_network_read_file (model->encoder, "encoder", model->file);
  facet_network_read_file (model->decoder, "decoder", model->file);
  g_clear_pointer (&model->file, facet_tensor_file_free);
}

void
facet_model_parameters_changed (FacetModel *model)
{
  g_clear_pointer (&model->encoder_plan, nn_plan_free);
  g_clear_pointer (&model->decoder_plan, nn_plan_free);
}

/* --- encode and decode ------------------------------------------------------
 */

static void
run_in_pieces (NnPlan *plan,
               gint max_batch,
               gint batch,
               gsize input_size,
               const gfloat *input,
               gsize output_size,
               gfloat *output)
{
  for (gint first = 0; first < batch; first += max_batch)
    nn_plan_run (plan, MIN (max_batch, batch - first),
                 input + (gsize) first * input_size,
                 output + (gsize) first * output_size);
}

static gsize
crop_size (FacetModel *model)
{
  const NnShape shape = model->recipe->input_dim;

  return (gsize) shape.height * shape.width * shape.channels;
}

void
facet_model_encode (FacetModel *model,
                    gint batch,
                    const gfloat *crop,
                    gfloat *code)
{
  need_encoder_plan (model);
  run_in_pieces (model->encoder_plan, model->encoder_batch, batch,
                 crop_size (model), crop, (gsize) model->recipe->z_dim, code);
}

void
facet_model_decode (FacetModel *model,
                    gint batch,
                    const gfloat *code,
                    gfloat *crop)
{
  need_decoder_plan (model);
  run_in_pieces (model->decoder_plan, model->decoder_batch, batch,
                 (gsize) model->recipe->z_dim, code, crop_size (model), crop);
}
