# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that are timed: Facet's and the peers', each a process that
answers one request at a time, and the peers' environment.

A process that is not being timed is stopped, so that the threads of one engine
never spin beside the work of another.
"""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = ('onnxruntime', 'openvino', 'pytorch', 'pytorch-channels-last')
PACKAGES = ('numpy', 'safetensors', 'onnx', 'onnxruntime', 'openvino')
PYTORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu'
# Where that index is out of reach, a CPU build from the user's own sources;
# PyPI's plain build would bring gigabytes of CUDA.
PYTORCH_FALLBACK = 'torch==2.13.0+cpu'


class EngineError(Exception):
    """An engine cannot do what was asked; the message says why."""


class Engine:
    def __init__(self, name, command, environment=None):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            env={**os.environ, **(environment or {})})
        self.paused = False

    def ask_line(self, line):
        self.resume()
        try:
            self.process.stdin.write(line + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            raise EngineError(f'{self.name} has ended') from None
        return self.read_line()

    def read_line(self):
        answer = self.process.stdout.readline()
        if not answer:
            raise EngineError(f'{self.name} has ended')
        return answer.strip()

    def pause(self):
        if not self.paused:
            os.killpg(self.process.pid, signal.SIGSTOP)
            self.paused = True

    def resume(self):
        if self.paused:
            os.killpg(self.process.pid, signal.SIGCONT)
            self.paused = False

    def close(self):
        self.resume()
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Facet(Engine):
    """facet-bench; bench.c says what it understands."""

    works = ('decode', 'encode', 'train')

    def __init__(self, command, isa=None):
        super().__init__('facet', command, {'FACET_ISA': isa} if isa else None)
        self.isa = self.ask('isa')[0]

    def ask(self, *words):
        kind, *answer = self.ask_line(' '.join(map(str, words))).split(' ')
        if kind != 'ok':
            raise EngineError(f'facet-bench: {" ".join(answer)}')
        return answer

    def make(self, recipe, seed, file):
        self.ask('make', recipe, seed, file)

    def prepare(self, network, file, batch, threads):
        self.batch = batch
        self.ask('threads', threads)
        self.ask('open', file)

    def peak(self, threads):
        self.ask('threads', threads)
        return float(self.ask('peak')[0])

    def run(self, work, source, target):
        self.ask('run', work, self.batch, source, target)

    def train(self, images, noise, steps):
        return [float(loss) for loss
                in self.ask('train', self.batch, images, noise, steps)]

    def time(self, work, warm, n):
        return [float(ms) for ms in self.ask('time', work, self.batch, warm,
                                             n)]

    def edit(self, mode, side, warm, n):
        """[(decode, motion, paste, copy, buffer)] in ms; the last is None
        without GEGL."""
        numbers = [None if word == '-' else float(word) for word
                   in self.ask('edit', mode, side, warm, n)]
        return list(zip(*(numbers[i::5] for i in range(5))))


class Peer(Engine):
    """peers/peer.py, in the peers' environment."""

    def __init__(self, name, python):
        super().__init__(name, [python, str(HERE / 'peers' / 'peer.py'), name],
                         {'PYTHONPATH': str(HERE)})
        hello = self.read_answer(self.read_line())
        self.version, self.works = hello['version'], hello['works']

    def read_answer(self, line):
        answer = json.loads(line)
        if 'error' in answer:
            raise EngineError(f'{self.name}: {answer["error"]}')
        return answer

    def ask(self, request, **arguments):
        return self.read_answer(self.ask_line(
            json.dumps({'request': request, **arguments})))

    def prepare(self, network, file, batch, threads):
        self.ask('prepare', network=dataclasses.asdict(network),
                 file=str(file), batch=batch, threads=threads)

    def run(self, work, source, target):
        self.ask('run', work=work, source=str(source), target=str(target))

    def train(self, images, noise, steps):
        return self.ask('train', images=str(images), noise=str(noise),
                        steps=steps)['losses']

    def time(self, work, warm, n):
        return self.ask('time', work=work, warm=warm, n=n)['ms']


def start_peers():
    """The peers that are there, and why each other one is not."""
    python = peers_folder() / 'bin' / 'python'
    found, missing = [], {}
    for name in PEERS:
        if not python.exists():
            missing[name] = 'not installed (./run bench --peers)'
            continue
        try:
            found.append(Peer(name, str(python)))
        except (EngineError, OSError) as error:
            missing[name] = str(error)
    return found, missing


# --- the peers' environment --------------------------------------------------

def peers_folder():
    cache = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(cache) / 'facet' / 'peers'


def pythons():
    """Interpreters to try, this one first: a CPU build of PyTorch may exist
    for one and not for another."""
    names = [sys.executable] + [f'python3.{minor}'
                                for minor in range(14, 9, -1)]
    found = [shutil.which(name) for name in names]
    return list(dict.fromkeys(path for path in found if path))


def pip(folder, *arguments):
    command = [folder / 'bin' / 'python', '-m', 'pip', 'install', '--quiet',
               '--disable-pip-version-check', *arguments]
    return subprocess.run(command, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def install_pytorch(folder):
    # an index out of reach must not cost minutes of retries
    return (pip(folder, '--index-url', PYTORCH_CPU_INDEX, '--timeout', '15',
                '--retries', '1', 'torch')
            or pip(folder, PYTORCH_FALLBACK))


def install_peers():
    """Makes the environment anew.  Packages come through pip as the user has
    set it up; what cannot be had is missing in the tables."""
    folder = peers_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f'Installing {", ".join(PACKAGES)} and PyTorch in {folder}',
          flush=True)
    for python in pythons():
        made = subprocess.run([python, '-m', 'venv', '--clear', folder],
                              check=False).returncode == 0
        if made and install_pytorch(folder):
            break
        print(f'No CPU build of PyTorch for {python}', flush=True)
    else:
        subprocess.run([pythons()[0], '-m', 'venv', '--clear', folder],
                       check=True)
    for package in PACKAGES:
        if not pip(folder, '--upgrade', package):
            print(f'{package} could not be installed', flush=True)
