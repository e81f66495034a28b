# SPDX-License-Identifier: GPL-3.0-or-later
"""A model file's parameters, in the shapes in which the peers want them.

The file is read with the safetensors library, not with Facet's own reader: the
peers get the very same numbers.  Batch norm is folded into the kernels for
inference, which is the best that can be done for a peer.
"""

import re

import numpy
from safetensors.numpy import load_file

from networks import BATCH_NORM_EPSILON


def load(path):
    """Two lists, of the encoder and the decoder: a dict for each layer with a
    kernel, the batch norm behind it included."""
    groups = {'encoder': {}, 'decoder': {}}
    for name, value in load_file(path).items():
        match = re.fullmatch(r'(encoder|decoder)\.(\d+)\.(\w+)', name)
        if match:
            half, layer, parameter = match.groups()
            group = groups[half].setdefault(int(layer), {})
            group[parameter] = value.astype(numpy.float32)

    blocks = {'encoder': [], 'decoder': []}
    for half, layers in groups.items():
        for _, group in sorted(layers.items()):
            if 'kernel' in group:
                blocks[half].append(group)
            else:
                blocks[half][-1].update(group)
    return blocks['encoder'], blocks['decoder']


def folded(block, transposed):
    """Kernel and bias with the batch norm in them."""
    kernel, bias = block['kernel'], block['bias']
    if 'gamma' not in block:
        return kernel, bias
    scale = block['gamma'] / numpy.sqrt(block['moving_variance']
                                        + BATCH_NORM_EPSILON)
    kernel = kernel * (scale[:, None] if transposed else scale)
    return kernel, (bias - block['moving_mean']) * scale + block['beta']


def channels_first(kernel):
    """HWIO to OIHW, and a transposed convolution's HWOI to IOHW."""
    return numpy.ascontiguousarray(kernel.transpose(3, 2, 0, 1))


def rows_channels_first(kernel, bottom):
    """Dense after Flatten: its inputs from NHWC's order to NCHW's."""
    kernel = kernel.reshape(*bottom, -1).transpose(2, 0, 1, 3)
    return kernel.reshape(-1, kernel.shape[-1])


def columns_channels_first(kernel, bias, bottom):
    """Dense before Reshape: its outputs from NHWC's order to NCHW's."""
    kernel = kernel.reshape(-1, *bottom).transpose(0, 3, 1, 2)
    bias = bias.reshape(bottom).transpose(2, 0, 1)
    return kernel.reshape(kernel.shape[0], -1), bias.reshape(-1)
