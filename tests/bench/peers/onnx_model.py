# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoder and decoder as ONNX graphs, for ONNX Runtime and OpenVINO.

The graphs are NCHW, which both engines prefer, their batch size is fixed, and
nothing stands in them that could be folded: convolution (Keras's SAME padding
as explicit pads), LeakyReLU, dense, sigmoid.
"""

import numpy
from onnx import TensorProto, helper, numpy_helper

import parameters

OPSET = 17
IR_VERSION = 8


class Graph:
    def __init__(self, name, input_shape, output_shape):
        self.name = name
        self.nodes = []
        self.constants = []
        self.last = 'input'
        self.input = helper.make_tensor_value_info(
            'input', TensorProto.FLOAT, input_shape)
        self.output = helper.make_tensor_value_info(
            'output', TensorProto.FLOAT, output_shape)

    def add(self, operator, *constants, **attributes):
        inputs = [self.last]
        for constant in constants:
            inputs.append(f'constant{len(self.constants)}')
            self.constants.append(numpy_helper.from_array(
                numpy.ascontiguousarray(constant), inputs[-1]))
        self.last = f'value{len(self.nodes)}'
        self.nodes.append(helper.make_node(operator, inputs, [self.last],
                                           **attributes))

    def bytes(self):
        self.nodes[-1].output[0] = 'output'
        graph = helper.make_graph(self.nodes, self.name, [self.input],
                                  [self.output], self.constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid('', OPSET)],
            ir_version=IR_VERSION)
        return model.SerializeToString()


def same_pads(size, kernel, stride):
    """Of a convolution of an image of @size: before, after."""
    output = -(-size // stride)
    total = max((output - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def window(layer, size):
    before, after = same_pads(size, layer.kernel, layer.stride)
    return {'kernel_shape': [layer.kernel] * 2,
            'strides': [layer.stride] * 2,
            'pads': [before, before, after, after]}


def encoder(network, blocks, batch):
    """Images to codes (the means)."""
    graph = Graph('encoder',
                  [batch, network.channels, network.side, network.side],
                  [batch, network.z_dim])
    side = network.side
    for layer, block in zip(network.encoder, blocks):
        kernel, bias = parameters.folded(block, transposed=False)
        graph.add('Conv', parameters.channels_first(kernel), bias,
                  **window(layer, side))
        graph.add('LeakyRelu', alpha=network.leaky_relu_slope)
        side = layer.down(side)
    kernel = parameters.rows_channels_first(blocks[-1]['kernel'],
                                            network.bottom)
    graph.add('Flatten', axis=1)
    graph.add('Gemm', kernel[:, :network.z_dim],
              blocks[-1]['bias'][:network.z_dim])
    return graph.bytes()


def decoder(network, blocks, batch):
    """Codes to images."""
    height, width, channels = network.bottom
    graph = Graph('decoder', [batch, network.z_dim],
                  [batch, network.channels, network.side, network.side])
    graph.add('Gemm', *parameters.columns_channels_first(
        blocks[0]['kernel'], blocks[0]['bias'], network.bottom))
    graph.add('Reshape', numpy.array([batch, channels, height, width]))
    side = height
    for layer, block in zip(network.decoder, blocks[1:]):
        side *= layer.stride
        kernel, bias = parameters.folded(block, transposed=True)
        graph.add('ConvTranspose', parameters.channels_first(kernel), bias,
                  **window(layer, side))
        if block is blocks[-1]:
            graph.add('Sigmoid')
        else:
            graph.add('LeakyRelu', alpha=network.leaky_relu_slope)
    return graph.bytes()
