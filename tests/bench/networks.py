# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks that are measured: their recipes, layers and cost.

A network is written here once, as numbers; the recipe that Facet reads, the
layers that the peers build and the floating-point operations are all derived
from it.  Padding is Keras's SAME: a convolution's output is ceil (input /
stride), the odd zero of the padding stands after.
"""

from dataclasses import dataclass, replace

LEAKY_RELU_SLOPE = 0.3
BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3
DROPOUT_RATE = 0.25


@dataclass(frozen=True)
class Network:
    """A VAE: conv → batch norm → LeakyReLU → dropout, and back."""
    name: str
    side: int
    channels: int
    encoder_filters: tuple
    decoder_filters: tuple
    z_dim: int
    kernel: int = 3
    stride: int = 2
    use_dropout: bool = True

    @property
    def bottom(self):
        """Height, width and channels of what is flattened."""
        side = self.side
        for _ in self.encoder_filters:
            side = -(-side // self.stride)
        return side, side, self.encoder_filters[-1]


BOOK = Network('faces-book', 128, 3, (32, 64, 64, 64), (64, 64, 32, 3), 200)
LARGE = Network('faces-large', 128, 3, (32, 64, 128, 256, 256),
                (256, 128, 64, 32, 3), 128)
TINY = Network('tiny', 16, 3, (5, 8), (7, 3), 4)
NETWORKS = {network.name: network for network in (BOOK, LARGE)}


def with_side(network, side):
    return replace(network, name=f'{network.name}-{side}px', side=side)


def with_z(network, z_dim):
    return replace(network, name=f'{network.name}-z{z_dim}', z_dim=z_dim)


def without_dropout(network):
    return replace(network, name=f'{network.name}-plain', use_dropout=False)


def recipe(network):
    """The text of a recipe file."""
    def numbers(values):
        return ';'.join(str(value) for value in values)

    def repeated(value, filters):
        return numbers([value] * len(filters))

    return f'''[model]
name = {network.name}
kind = VAE
input_dim = {numbers((network.side, network.side, network.channels))}
encoder_conv_filters = {numbers(network.encoder_filters)}
encoder_conv_kernel_size = {repeated(network.kernel, network.encoder_filters)}
encoder_conv_strides = {repeated(network.stride, network.encoder_filters)}
z_dim = {network.z_dim}
decoder_conv_t_filters = {numbers(network.decoder_filters)}
decoder_conv_t_kernel_size = {repeated(network.kernel, network.decoder_filters)}
decoder_conv_t_strides = {repeated(network.stride, network.decoder_filters)}
use_batch_norm = true
use_dropout = {str(network.use_dropout).lower()}
order = batch_norm;activation
leaky_relu_slope = {LEAKY_RELU_SLOPE}
batch_norm_momentum = {BATCH_NORM_MOMENTUM}
batch_norm_epsilon = {BATCH_NORM_EPSILON}
dropout_rate = {DROPOUT_RATE}

[training]
loss = optimal-sigma
batch = 32
'''


def encoder_flops(network):
    """Floating-point operations of one encode, the means alone (two for a
    multiply-add; taps that fall on padding are counted, as is usual)."""
    flops, side, channels = 0, network.side, network.channels
    for filters in network.encoder_filters:
        side = -(-side // network.stride)
        flops += 2 * side * side * filters * channels * network.kernel ** 2
        channels = filters
    return flops + 2 * side * side * channels * network.z_dim


def decoder_flops(network):
    side, _, channels = network.bottom
    flops = 2 * side * side * channels * network.z_dim
    for filters in network.decoder_filters:
        flops += 2 * side * side * filters * channels * network.kernel ** 2
        side *= network.stride
        channels = filters
    return flops


def training_flops(network):
    """Of one image's share of a step: forward, gradient of the parameters,
    gradient of the input, as much each; the image's own gradient is not
    needed."""
    side = -(-network.side // network.stride)
    first = (2 * side * side * network.encoder_filters[0] * network.channels
             * network.kernel ** 2)
    log_variances = 2 * network.bottom[0] ** 2 * network.bottom[2] \
        * network.z_dim
    return 3 * (encoder_flops(network) + log_variances
                + decoder_flops(network)) - first


FLOPS = {'decode': decoder_flops, 'encode': encoder_flops,
         'train': training_flops}
