# SPDX-License-Identifier: GPL-3.0-or-later
"""peer.py NAME: does a peer's work on request, one repetition at a time.

Runs in the peers' own environment (bench.py --peers makes it).  A request is a
line of JSON on standard input, its answer one on standard output:

  {"request": "prepare", "network": {…}, "file": …, "batch": …, "threads": …}
  {"request": "run", "work": "decode"|"encode", "source": …, "target": …}
  {"request": "train", "images": …, "noise": …, "steps": …} → {"losses": […]}
  {"request": "time", "work": …, "warm": …, "n": …} → {"ms": […]}

Files hold float32, images as Facet has them ([batch][height][width][channels]).
An answer with "error" says what went wrong.
"""

import json
import sys
import time

import numpy

import parameters
from networks import Layer, Network


class Peer:
    """What all peers share: images come and go as NHWC, are kept as NCHW."""

    works = ('decode', 'encode')

    def prepare(self, network, file, batch, threads):
        self.network = network
        self.blocks = parameters.load(file)
        self.batch = batch
        self.threads = threads
        self.calls = {}

    def image_shape(self):
        return (self.batch, self.network.side, self.network.side,
                self.network.channels)

    def code_shape(self):
        return self.batch, self.network.z_dim

    def call(self, work):
        """A function of nothing that does the work once."""
        if work not in self.calls:
            self.calls[work] = self.make_call(work)
        return self.calls[work]

    def read_input(self, work, path):
        values = numpy.fromfile(path, numpy.float32)
        if work == 'decode':
            return values.reshape(self.code_shape())
        return values.reshape(self.image_shape()).transpose(0, 3, 1, 2)

    def random_input(self, work):
        generator = numpy.random.default_rng(1)
        if work == 'decode':
            return generator.standard_normal(self.code_shape(), numpy.float32)
        return generator.random(self.image_shape(),
                                numpy.float32).transpose(0, 3, 1, 2)

    def run(self, work, source, target):
        self.call(work)
        self.set_input(work, self.read_input(work, source))
        self.call(work)()
        values = self.get_output(work)
        if work == 'decode':
            values = values.transpose(0, 2, 3, 1)
        numpy.ascontiguousarray(values, numpy.float32).tofile(target)

    def time(self, work, warm, n):
        call = self.call(work)
        self.set_input(work, self.random_input(work))
        times = []
        for _ in range(warm + n):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
        return times[warm:]


class Onnx(Peer):
    def graph(self, work):
        import onnx_model
        encoder, decoder = self.blocks
        if work == 'decode':
            return onnx_model.decoder(self.network, decoder, self.batch)
        return onnx_model.encoder(self.network, encoder, self.batch)


class OnnxRuntime(Onnx):
    def __init__(self):
        import onnxruntime
        self.library = onnxruntime
        self.version = onnxruntime.__version__

    def prepare(self, *arguments):
        super().prepare(*arguments)
        self.bindings = {}

    def make_call(self, work):
        options = self.library.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        session = self.library.InferenceSession(
            self.graph(work), options, providers=['CPUExecutionProvider'])
        binding = session.io_binding()
        binding.bind_output('output')
        self.bindings[work] = binding
        return lambda: session.run_with_iobinding(binding)

    def set_input(self, work, values):
        self.bindings[work].bind_cpu_input('input',
                                           numpy.ascontiguousarray(values))

    def get_output(self, work):
        return self.bindings[work].copy_outputs_to_cpu()[0]


class OpenVino(Onnx):
    def __init__(self):
        import openvino
        self.library = openvino
        self.version = openvino.__version__.split('-')[0]
        self.core = openvino.Core()

    def prepare(self, *arguments):
        super().prepare(*arguments)
        self.requests = {}

    def make_call(self, work):
        compiled = self.core.compile_model(
            self.core.read_model(self.graph(work)), 'CPU',
            {'INFERENCE_NUM_THREADS': self.threads, 'NUM_STREAMS': 1,
             'PERFORMANCE_HINT': 'LATENCY',
             'INFERENCE_PRECISION_HINT': 'f32'})
        self.requests[work] = compiled.create_infer_request()
        return self.requests[work].infer

    def set_input(self, work, values):
        self.input = self.library.Tensor(numpy.ascontiguousarray(values),
                                         shared_memory=True)
        self.requests[work].set_input_tensor(self.input)

    def get_output(self, work):
        return self.requests[work].get_output_tensor().data


class PyTorch(Peer):
    works = ('decode', 'encode', 'train')
    channels_last = False

    def __init__(self):
        import torch
        self.library = torch
        self.version = torch.__version__
        self.memory_format = (torch.channels_last if self.channels_last
                              else torch.contiguous_format)

    def prepare(self, *arguments):
        super().prepare(*arguments)
        self.library.set_num_threads(self.threads)
        self.values = {}
        self.outputs = {}

    def make_call(self, work):
        import torch_model
        if work == 'train':
            training = torch_model.Training(self.network, self.blocks,
                                            self.memory_format)
            return lambda: training.step(self.values['train'])
        half = (torch_model.decoder(self.network, self.blocks[1], fold=True)
                if work == 'decode' else
                torch_model.encoder(self.network, self.blocks[0], fold=True))
        half.eval().to(memory_format=self.memory_format)

        def infer():
            with self.library.inference_mode():
                self.outputs[work] = half(self.values[work])
        return infer

    def set_input(self, work, values):
        import torch_model
        if work == 'decode':
            self.values[work] = self.library.from_numpy(values)
        else:
            self.values[work] = torch_model.turned(values).to(
                memory_format=self.memory_format)

    def get_output(self, work):
        values = self.outputs[work].numpy()
        return values[..., ::-1, ::-1] if work == 'decode' else values

    def train(self, images, noise, steps):
        import torch_model
        training = torch_model.Training(self.network, self.blocks,
                                        self.memory_format)
        self.set_input('train', self.read_input('train', images))
        drawn = self.library.from_numpy(
            numpy.fromfile(noise, numpy.float32).reshape(self.code_shape()))
        return [training.step(self.values['train'], drawn)
                for _ in range(steps)]


class PyTorchChannelsLast(PyTorch):
    channels_last = True


PEERS = {'onnxruntime': OnnxRuntime, 'openvino': OpenVino,
         'pytorch': PyTorch, 'pytorch-channels-last': PyTorchChannelsLast}


def answer(peer, request):
    kind = request.pop('request')
    if kind == 'prepare':
        network = request['network']
        for half in ('encoder', 'decoder'):
            network[half] = tuple(Layer(*layer) for layer in network[half])
        peer.prepare(Network(**network), request['file'], request['batch'],
                     request['threads'])
        return {}
    if kind == 'run':
        peer.run(**request)
        return {}
    if kind == 'train':
        return {'losses': peer.train(**request)}
    if kind == 'time':
        return {'ms': peer.time(**request)}
    raise ValueError(f'not a request: {kind}')


def main():
    try:
        peer = PEERS[sys.argv[1]]()
    except ImportError as error:
        print(json.dumps({'error': str(error)}), flush=True)
        return
    print(json.dumps({'version': peer.version, 'works': peer.works}),
          flush=True)
    for line in sys.stdin:
        try:
            reply = answer(peer, json.loads(line))
        except Exception as error:  # whatever a peer throws, the driver tells
            reply = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(reply), flush=True)


if __name__ == '__main__':
    main()
