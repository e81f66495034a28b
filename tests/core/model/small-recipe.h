/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A VAE small enough to be damaged thousands of times. */
#pragma once

static const gchar small_recipe[] = "[model]\n"
                                    "name = small\n"
                                    "kind = VAE\n"
                                    "input_dim = 8;8;3\n"
                                    "encoder_conv_filters = 4;6\n"
                                    "encoder_conv_kernel_size = 3;3\n"
                                    "encoder_conv_strides = 2;1\n"
                                    "z_dim = 5\n"
                                    "decoder_conv_t_filters = 4;3\n"
                                    "decoder_conv_t_kernel_size = 3;3\n"
                                    "decoder_conv_t_strides = 1;2\n"
                                    "use_batch_norm = true\n"
                                    "use_dropout = true\n"
                                    "order = batch_norm;activation\n";
