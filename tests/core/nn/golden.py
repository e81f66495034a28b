#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/golden/*.floats: what PyTorch, in double precision, makes of
small networks, for test-golden.c to hold the engine against.

To regenerate, with PyTorch 2 and NumPy:  python3 tests/core/nn/golden.py

A file is a sequence of records, each a name (16 bytes, padded with zeros), the
number of values (uint32) and the values (float32), all little-endian:
  mode              1 where batch norm goes by the batch
  input_shape       height, width, channels
  layers            eleven numbers a layer, as NnLayer has them
  parameter         its values; one record each, in the engine's order
  input, output
  output_gradient, input_gradient, gradient (one record for each parameter)
  moved             each parameter after the forward pass, the moving averages
                    having moved
and where the network is trained to give back its input, by its mean squared
error and Adam,
  learning_rate, losses (before each step), trained (the parameters after)
"""

import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, '..', '..', 'data', 'golden')
CONV, CONV_T, DENSE, RESHAPE, LEAKY, NORM, DROPOUT, SIGMOID = range(8)
EPSILON, MOMENTUM, SLOPE = 1e-3, 0.99, 0.3


def conv(filters, kernel, stride):
    return [CONV, filters, kernel, stride, 0, 0, 0, 0, 0, 0, 0]


def conv_t(filters, kernel, stride):
    return [CONV_T, filters, kernel, stride, 0, 0, 0, 0, 0, 0, 0]


def dense(units):
    return [DENSE, units, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def reshape(*shape):
    return [RESHAPE, 0, 0, 0, *shape, 0, 0, 0, 0]


def leaky(slope=SLOPE):
    return [LEAKY, 0, 0, 0, 0, 0, 0, slope, 0, 0, 0]


def norm():
    return [NORM, 0, 0, 0, 0, 0, 0, 0, 0, MOMENTUM, EPSILON]


def sigmoid():
    return [SIGMOID, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]


# name: training?, input shape, batch, layers, steps of Adam
CASES = {
    'conv-stride-1': (0, (6, 5, 3), 2, [conv(4, 3, 1)], 0),
    'conv-stride-2-even': (0, (8, 6, 3), 2, [conv(5, 3, 2)], 0),
    'conv-stride-2-odd': (0, (7, 9, 2), 2, [conv(5, 3, 2)], 0),
    'conv-stride-2-kernel-4': (0, (8, 7, 2), 2, [conv(3, 4, 2)], 0),
    'conv-stride-3': (0, (10, 8, 2), 2, [conv(3, 5, 3)], 0),
    'conv-kernel-1-stride-2': (0, (6, 7, 3), 2, [conv(4, 1, 2)], 0),
    'conv-kernel-7': (0, (5, 4, 2), 1, [conv(3, 7, 1)], 0),
    'transposed-stride-1': (0, (5, 4, 3), 2, [conv_t(4, 3, 1)], 0),
    'transposed-stride-2': (0, (4, 5, 3), 2, [conv_t(4, 3, 2)], 0),
    'transposed-stride-2-kernel-4': (0, (3, 4, 3), 2, [conv_t(2, 4, 2)], 0),
    'transposed-stride-3': (0, (3, 4, 2), 2, [conv_t(3, 5, 3)], 0),
    'transposed-stride-3-kernel-2': (0, (3, 4, 2), 2, [conv_t(3, 2, 3)], 0),
    'dense-after-nhwc-flatten': (0, (3, 2, 4), 3, [reshape(1, 1, 24),
                                                  dense(5)], 0),
    'norm-training': (1, (4, 3, 5), 3, [norm()], 0),
    'norm-inference': (0, (4, 3, 5), 3, [norm()], 0),
    'leaky-relu': (0, (4, 3, 5), 2, [leaky()], 0),
    'sigmoid': (0, (4, 3, 5), 2, [sigmoid()], 0),
    'order-norm-activation': (1, (6, 7, 3), 3, [conv(4, 3, 2), norm(),
                                                leaky()], 0),
    'order-activation-norm': (1, (6, 7, 3), 3, [conv(4, 3, 2), leaky(),
                                                norm()], 0),
    'autoencoder': (1, (8, 8, 2), 4,
                    [conv(4, 3, 1), leaky(), norm(), conv(6, 3, 2), norm(),
                     leaky(), reshape(1, 1, 96), dense(3), dense(96),
                     reshape(4, 4, 6), conv_t(5, 3, 2), norm(), leaky(),
                     conv_t(2, 3, 1), sigmoid()], 3),
}


def draw_parameters(rng, shape, layers):
    """Of each layer a list; not what a fresh network has, so that nothing is
    hidden by zeros and ones."""
    parameters = []
    for layer in layers:
        kind, filters, kernel, stride = layer[:4]
        height, width, channels = shape
        if kind == CONV:
            sizes = [(kernel, kernel, channels, filters), (filters,)]
            shape = -(-height // stride), -(-width // stride), filters
        elif kind == CONV_T:
            sizes = [(kernel, kernel, filters, channels), (filters,)]
            shape = height * stride, width * stride, filters
        elif kind == DENSE:
            sizes = [(height * width * channels, filters), (filters,)]
            shape = 1, 1, filters
        elif kind == NORM:
            parameters.append([rng.uniform(0.5, 1.5, channels),
                               rng.normal(0, 0.3, channels),
                               rng.normal(0, 0.5, channels),
                               rng.uniform(0.5, 2, channels)])
            continue
        else:
            if kind == RESHAPE:
                shape = tuple(layer[4:7])
            parameters.append([])
            continue
        scale = np.sqrt(1.0 / np.prod(sizes[0][:-1]))
        parameters.append([rng.normal(0, scale, sizes[0]),
                           rng.normal(0, 0.1, sizes[1])])
    # as the engine will read them
    return [[torch.tensor(np.float32(p), dtype=torch.float64,
                          requires_grad=True) for p in of_layer]
            for of_layer in parameters]


def same_padding(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def run_conv(x, kernel, bias, stride):
    size = kernel.shape[0]
    top, bottom = same_padding(x.shape[1], size, stride)
    left, right = same_padding(x.shape[2], size, stride)
    x = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    y = F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride)
    return y.permute(0, 2, 3, 1)


def run_conv_t(x, kernel, bias, stride):
    size = kernel.shape[0]
    height, width = x.shape[1] * stride, x.shape[2] * stride
    y = F.conv_transpose2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1),
                           None, stride)
    y = F.pad(y, (0, max(stride - size, 0), 0, max(stride - size, 0)))
    before = max(size - stride, 0) // 2
    y = y[:, :, before:before + height, before:before + width]
    return y.permute(0, 2, 3, 1) + bias


def run_norm(x, parameters, training):
    gamma, beta, moving_mean, moving_variance = parameters
    if training:
        mean = x.mean((0, 1, 2))
        variance = x.var((0, 1, 2), unbiased=False)
        with torch.no_grad():
            moving_mean += (mean - moving_mean) * (1 - MOMENTUM)
            moving_variance += (variance - moving_variance) * (1 - MOMENTUM)
    else:
        mean, variance = moving_mean.detach(), moving_variance.detach()
    return (x - mean) / torch.sqrt(variance + EPSILON) * gamma + beta


def run(x, layers, parameters, training):
    for layer, own in zip(layers, parameters):
        kind = layer[0]
        if kind == CONV:
            x = run_conv(x, *own, layer[3])
        elif kind == CONV_T:
            x = run_conv_t(x, *own, layer[3])
        elif kind == DENSE:
            x = (x.reshape(len(x), -1) @ own[0] + own[1])[:, None, None, :]
        elif kind == RESHAPE:
            x = x.reshape(len(x), *layer[4:7])
        elif kind == LEAKY:
            x = F.leaky_relu(x, layer[7])
        elif kind == NORM:
            x = run_norm(x, own, training)
        elif kind == SIGMOID:
            x = torch.sigmoid(x)
    return x


def train(x, layers, parameters, n_steps, learning_rate):
    """Adam as Keras writes it; returns the losses before each step."""
    flat = [p for of_layer in parameters for p in of_layer]
    first = [torch.zeros_like(p) for p in flat]
    second = [torch.zeros_like(p) for p in flat]
    losses = []
    for step in range(1, n_steps + 1):
        loss = F.mse_loss(run(x, layers, parameters, True), x)
        gradients = torch.autograd.grad(loss, flat, allow_unused=True)
        losses.append(loss.item())
        alpha = learning_rate * np.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step)
        with torch.no_grad():
            for p, g, m, v in zip(flat, gradients, first, second):
                if g is None:  # a moving average
                    continue
                m += (g - m) * (1 - 0.9)
                v += (g * g - v) * (1 - 0.999)
                p -= alpha * m / (torch.sqrt(v) + 1e-7)
    return losses


def record(name, values):
    if torch.is_tensor(values):
        values = values.detach().numpy()
    values = np.asarray(values, '<f4').ravel()
    return struct.pack('<16sI', name.encode(), len(values)) + values.tobytes()


def make_case(rng, training, shape, batch, layers, n_steps):
    parameters = draw_parameters(rng, shape, layers)
    flat = [p for of_layer in parameters for p in of_layer]
    draw = rng.uniform if n_steps else rng.normal
    x = torch.tensor(np.float32(draw(0, 1, (batch, *shape))),
                     dtype=torch.float64, requires_grad=True)
    parts = [record('mode', [training]), record('input_shape', shape),
             record('layers', layers)]
    parts += [record('parameter', p) for p in flat]

    moved = [[p.detach().clone().requires_grad_() for p in own]
             for own in parameters]
    y = run(x, layers, moved, training)
    dy = torch.tensor(np.float32(rng.normal(0, 1, y.shape)),
                      dtype=torch.float64)
    leaves = [x] + [p for own in moved for p in own]
    gradients = torch.autograd.grad(y, leaves, dy, allow_unused=True)
    parts += [record('input', x), record('output', y),
              record('output_gradient', dy),
              record('input_gradient', gradients[0])]
    for leaf, gradient in zip(leaves[1:], gradients[1:]):
        parts.append(record('gradient', torch.zeros_like(leaf)
                            if gradient is None else gradient))
    parts += [record('moved', p) for p in leaves[1:]]

    if n_steps:
        losses = train(x.detach(), layers, parameters, n_steps, 1e-3)
        parts += [record('learning_rate', [1e-3]), record('losses', losses)]
        parts += [record('trained', p) for p in flat]
    return b''.join(parts)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for seed, (name, case) in enumerate(CASES.items()):
        with open(os.path.join(FOLDER, name + '.floats'), 'wb') as file:
            file.write(make_case(np.random.default_rng(seed), *case))


if __name__ == '__main__':
    main()
