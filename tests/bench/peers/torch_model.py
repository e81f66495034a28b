# SPDX-License-Identifier: GPL-3.0-or-later
"""The VAE in PyTorch, for inference and training.

PyTorch pads both sides alike, or the front only (stride 2), where Keras pads
the back.  Instead of slower explicit padding the whole network is mirrored:
kernels and images turned by 180°, which gives the same numbers, turned.
"""

import numpy
import torch
from torch import nn

import parameters
from networks import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, DROPOUT_RATE
from onnx_model import same_pads

LEARNING_RATE = 0.0005
EPSILON = 1e-7


def turned(values):
    """Images or kernels, height and width last, turned by 180°."""
    return torch.from_numpy(numpy.ascontiguousarray(values[..., ::-1, ::-1]))


def fill(layer, weight, bias):
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(torch.from_numpy(numpy.ascontiguousarray(bias)))
    return layer


def convolution(shape, size, block, transposed, fold):
    """@shape: a Layer; @size: of the larger of its two images."""
    kernel, bias = parameters.folded(block, transposed) if fold \
        else (block['kernel'], block['bias'])
    kernel = turned(parameters.channels_first(kernel))
    before, after = same_pads(size, shape.kernel, shape.stride)
    if not 0 <= after - before < shape.stride:
        raise ValueError(f'no PyTorch padding for {shape}')
    if transposed:
        layer = nn.ConvTranspose2d(kernel.shape[0], kernel.shape[1],
                                   shape.kernel, shape.stride, after,
                                   output_padding=after - before)
    else:
        layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], shape.kernel,
                          shape.stride, after)
    return fill(layer, kernel, bias)


def batch_norm(block):
    layer = nn.BatchNorm2d(len(block['gamma']), BATCH_NORM_EPSILON,
                           1 - BATCH_NORM_MOMENTUM)
    fill(layer, torch.from_numpy(block['gamma']), block['beta'])
    layer.running_mean.copy_(torch.from_numpy(block['moving_mean']))
    layer.running_var.copy_(torch.from_numpy(block['moving_variance']))
    return layer


def behind(network, block, fold):
    """What stands behind a convolution."""
    layers = []
    if 'gamma' in block and not fold:
        layers.append(batch_norm(block))
    layers.append(nn.LeakyReLU(network.leaky_relu_slope, inplace=True))
    if network.use_dropout and not fold:
        layers.append(nn.Dropout(DROPOUT_RATE))
    return layers


def turned_bottom(network, kernel, bias=None):
    """A dense layer's kernel for the turned and channels-first bottom."""
    height, width, channels = network.bottom
    if bias is None:
        kernel = parameters.rows_channels_first(kernel, network.bottom)
        kernel = kernel.reshape(channels, height, width, -1)
        return kernel[:, ::-1, ::-1].reshape(channels * height * width, -1)
    kernel, bias = parameters.columns_channels_first(kernel, bias,
                                                     network.bottom)
    kernel = kernel.reshape(-1, channels, height, width)[..., ::-1, ::-1]
    bias = bias.reshape(channels, height, width)[..., ::-1, ::-1]
    return kernel.reshape(len(kernel), -1), bias.reshape(-1)


def dense(kernel, bias):
    layer = nn.Linear(*kernel.shape)
    return fill(layer, torch.from_numpy(numpy.ascontiguousarray(kernel.T)),
                bias)


def encoder(network, blocks, fold):
    """Images to means and log variances; the means alone where @fold."""
    layers, side = [], network.side
    for shape, block in zip(network.encoder, blocks):
        layers.append(convolution(shape, side, block, False, fold))
        layers += behind(network, block, fold)
        side = shape.down(side)
    outputs = network.z_dim * (1 if fold else 2)
    kernel = turned_bottom(network, blocks[-1]['kernel'])
    return nn.Sequential(*layers, nn.Flatten(),
                         dense(kernel[:, :outputs],
                               blocks[-1]['bias'][:outputs]))


def decoder(network, blocks, fold):
    """Codes to images."""
    height, width, channels = network.bottom
    side = height
    layers = [dense(*turned_bottom(network, blocks[0]['kernel'],
                                   blocks[0]['bias'])),
              nn.Unflatten(1, (channels, height, width))]
    for shape, block in zip(network.decoder, blocks[1:]):
        side *= shape.stride
        layers.append(convolution(shape, side, block, True, fold))
        if block is not blocks[-1]:
            layers += behind(network, block, fold)
    return nn.Sequential(*layers, nn.Sigmoid())


class Training:
    """Optimal-sigma VAE: D/2 · log (MSE) + KL, Adam."""

    def __init__(self, network, blocks, memory_format):
        self.encoder = encoder(network, blocks[0], fold=False)
        self.decoder = decoder(network, blocks[1], fold=False)
        for half in (self.encoder, self.decoder):
            half.train().to(memory_format=memory_format)
        self.optimizer = torch.optim.Adam(
            [*self.encoder.parameters(), *self.decoder.parameters()],
            LEARNING_RATE, eps=EPSILON, fused=True)

    def step(self, images, noise=None):
        """@images turned; the loss before the step."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        if noise is None:
            noise = torch.randn_like(mean)
        decoded = self.decoder(mean + torch.exp(log_variance / 2) * noise)
        error = nn.functional.mse_loss(decoded, images)
        divergence = 0.5 * (mean ** 2 + log_variance.exp() - 1
                            - log_variance).sum(1).mean()
        loss = images[0].numel() / 2 * error.log() + divergence
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()
