# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks that are measured: their recipes, layers and cost.

A network is written here once, as numbers, or read from the recipe of the
faces that come with Facet; the recipe that Facet reads, the layers that the
peers build and the floating-point operations are all derived from it, those of
the plain sums: an engine that multiplies less than that, as Facet does, may be
beyond the peak.  Padding is Keras's SAME: a convolution's output is ceil (input /
stride), the odd zero of the padding stands after.
"""

import configparser
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

SHIPPED = Path(__file__).resolve().parents[2] / 'weights' / 'faces.recipe'

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3
DROPOUT_RATE = 0.25


class Layer(NamedTuple):
    """A convolution, or a transposed one."""
    filters: int
    kernel: int = 3
    stride: int = 2

    def down(self, side):
        return -(-side // self.stride)

    def flops(self, small_side, channels):
        """Floating-point operations (two for a multiply-add; taps that fall on
        padding are counted, as is usual)."""
        return (2 * small_side ** 2 * self.filters * channels
                * self.kernel ** 2)


@dataclass(frozen=True)
class Network:
    """A VAE: conv → batch norm → LeakyReLU → dropout, and back."""
    name: str
    side: int
    channels: int
    encoder: tuple
    decoder: tuple
    z_dim: int
    leaky_relu_slope: float = 0.3
    use_batch_norm: bool = True
    use_dropout: bool = True

    @property
    def bottom(self):
        """Height, width and channels of what is flattened."""
        side = self.side
        for layer in self.encoder:
            side = layer.down(side)
        return side, side, self.encoder[-1].filters


def alike(*filters):
    return tuple(map(Layer, filters))


def read_recipe(path):
    """The network of a recipe of the project's own."""
    parser = configparser.ConfigParser()
    parser.read(path, encoding='utf-8')
    model = parser['model']

    def numbers(key):
        return map(int, model[key].split(';'))

    def layers(half):
        return tuple(map(Layer, numbers(f'{half}_filters'),
                         numbers(f'{half}_kernel_size'),
                         numbers(f'{half}_strides')))

    side, _, channels = numbers('input_dim')
    return Network(model['name'], side, channels, layers('encoder_conv'),
                   layers('decoder_conv_t'), int(model['z_dim']),
                   float(model['leaky_relu_slope']),
                   model.getboolean('use_batch_norm'),
                   model.getboolean('use_dropout'))


BOOK = Network('faces-book', 128, 3, alike(32, 64, 64, 64),
               alike(64, 64, 32, 3), 200)
LARGE = Network('faces-large', 128, 3, alike(32, 64, 128, 256, 256),
                alike(256, 128, 64, 32, 3), 128)
FACES = read_recipe(SHIPPED)
TINY = Network('tiny', 16, 3, alike(5, 8), alike(7, 3), 4)
NETWORKS = {network.name: network for network in (BOOK, FACES, LARGE)}
# The one for comparison with earlier numbers is not measured unasked.
MEASURED = (BOOK.name, FACES.name)


def with_side(network, side):
    return replace(network, name=f'{network.name}-{side}px', side=side)


def with_z(network, z_dim):
    return replace(network, name=f'{network.name}-z{z_dim}', z_dim=z_dim)


def without_dropout(network):
    return replace(network, name=f'{network.name}-plain', use_dropout=False)


def recipe(network):
    """The text of a recipe file."""
    def numbers(values):
        return ';'.join(map(str, values))

    def layers(name, half):
        return '\n'.join(f'{name}_{key} = {numbers(values)}'
                         for key, values in
                         zip(('filters', 'kernel_size', 'strides'),
                             zip(*half)))

    return f'''[model]
name = {network.name}
kind = VAE
input_dim = {numbers((network.side, network.side, network.channels))}
{layers('encoder_conv', network.encoder)}
z_dim = {network.z_dim}
{layers('decoder_conv_t', network.decoder)}
use_batch_norm = {str(network.use_batch_norm).lower()}
use_dropout = {str(network.use_dropout).lower()}
order = batch_norm;activation
leaky_relu_slope = {network.leaky_relu_slope}
batch_norm_momentum = {BATCH_NORM_MOMENTUM}
batch_norm_epsilon = {BATCH_NORM_EPSILON}
dropout_rate = {DROPOUT_RATE}

[training]
loss = optimal-sigma
batch = 32
'''


def encoder_flops(network):
    """Floating-point operations of one encode, the means alone."""
    flops, side, channels = 0, network.side, network.channels
    for layer in network.encoder:
        side = layer.down(side)
        flops += layer.flops(side, channels)
        channels = layer.filters
    return flops + 2 * side * side * channels * network.z_dim


def decoder_flops(network):
    side, _, channels = network.bottom
    flops = 2 * side * side * channels * network.z_dim
    for layer in network.decoder:
        flops += layer.flops(side, channels)
        side *= layer.stride
        channels = layer.filters
    return flops


def training_flops(network):
    """Of one image's share of a step: forward, gradient of the parameters,
    gradient of the input, as much each; the image's own gradient is not
    needed."""
    layer = network.encoder[0]
    first = layer.flops(layer.down(network.side), network.channels)
    log_variances = 2 * network.bottom[0] ** 2 * network.bottom[2] \
        * network.z_dim
    return 3 * (encoder_flops(network) + log_variances
                + decoder_flops(network)) - first


FLOPS = {'decode': decoder_flops, 'encode': encoder_flops,
         'train': training_flops}
