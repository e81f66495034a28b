/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Something to train on: dots of different place and brightness, and a model of
 * them.
 */
#pragma once

#include <model/facet-model.h>
#include <train/data/facet-data.h>

#define SIDE 16
#define N_PHOTOS 60

/* N_PHOTOS of one channel, by way of an idx file; the caller frees it. */
FacetData *new_dots (gint side);

/* A VAE of three latents; further keys of its training may follow. */
#define DOTS_RECIPE                                                            \
  "[model]\n"                                                                  \
  "name = tiny\n"                                                              \
  "kind = VAE\n"                                                               \
  "input_dim = 16;16;1\n"                                                      \
  "encoder_conv_filters = 4;8\n"                                               \
  "encoder_conv_kernel_size = 3;3\n"                                           \
  "encoder_conv_strides = 2;2\n"                                               \
  "z_dim = 3\n"                                                                \
  "decoder_conv_t_filters = 8;1\n"                                             \
  "decoder_conv_t_kernel_size = 3;4\n"                                         \
  "decoder_conv_t_strides = 2;2\n"                                             \
  "[training]\n"                                                               \
  "loss = optimal-sigma\n"

/* The same with a direction for brightness. */
extern const gchar dots_model_text[];
/* It as it starts, its latent space fitted to @data; the caller unrefs it. */
FacetModel *new_dots_model (const FacetData *data);
