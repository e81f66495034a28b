#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every instruction set trains alike, on this processor and on arm64.

  check-isas.py PRINT_TRAINING SOURCE_ROOT

runs PRINT_TRAINING with each kind of kernels that the processor has; then
builds the engine for arm64 and does the same in qemu's user emulation, and
there runs test-kernels too.
"""

import glob
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 2e-5  # of the largest number of an array
COMPILER = 'aarch64-linux-gnu-gcc'
EMULATOR = 'qemu-aarch64'
LIBRARIES = '/usr/aarch64-linux-gnu'


def run(command, isa):
    """The instruction set that was used, and the lines after it."""
    environment = dict(os.environ, FACET_ISA=isa, OMP_NUM_THREADS='2')
    lines = subprocess.run(command, env=environment, check=True, text=True,
                           capture_output=True).stdout.splitlines()
    return lines[0].split()[1], lines[1:]


def difference(lines, expected):
    """The largest, as a part of the tolerance."""
    worst = 0 if len(lines) == len(expected) else float('inf')
    for line, right in zip(lines, expected):
        name, value, scale = right.split()
        own = line.split()
        error = abs(float(own[1]) - float(value))
        if own[0] != name or not error <= TOLERANCE * float(scale):
            return float('inf')
        worst = max(worst, error / (TOLERANCE * float(scale) or 1))
    return worst


def compile_isa(arguments, isa, source, objects):
    """One object; the engine's own build says what each is compiled with."""
    target = os.path.join(objects, os.path.basename(source) + isa + '.o')
    subprocess.run([COMPILER, '-std=gnu11', '-O2', '-fno-math-errno',
                    '-fopenmp', '-ffp-contract=' + ('fast' if isa else 'off'),
                    *arguments, '-c', source, '-o', target], check=True)
    return target


def build_for_arm64(root, folder):
    engine = os.path.join(root, 'core', 'nn')
    include = [f'-I{root}/core']
    kernels = [name for name in glob.glob(f'{engine}/kernels/**/*.c',
                                          recursive=True)
               if not name.endswith('dispatch.c')]
    programs = ['print-training', 'test-kernels']
    sources = glob.glob(f'{engine}/*.c') + [f'{engine}/kernels/dispatch.c']
    sources += [f'{root}/tests/core/nn/{name}.c' for name in programs]
    neon = include + ['-DNN_LANES=4', '-DNN_ISA=neon']
    reference = include + ['-DNN_LANES=4', '-DNN_ISA=reference']
    work = [(include, '', source, folder) for source in sources]
    work += [(neon, 'neon', source, folder) for source in kernels]
    work += [(reference, 'reference', f'{engine}/kernels/pointwise.c', folder)]
    with multiprocessing.Pool() as pool:
        objects = pool.starmap(compile_isa, work)
    own = [os.path.join(folder, f'{name}.c.o') for name in programs]
    shared = [name for name in objects if name not in own]
    for name in programs:
        subprocess.run([COMPILER, '-fopenmp', *shared,
                        os.path.join(folder, f'{name}.c.o'), '-lm', '-o',
                        os.path.join(folder, name)], check=True)
    return [os.path.join(folder, name) for name in programs]


class Tap:
    def __init__(self, n):
        self.number = 0
        self.failed = False
        print(f'1..{n}', flush=True)

    def result(self, good, name):
        self.number += 1
        self.failed |= not good
        print(f'{"ok" if good else "not ok"} {self.number} {name}',
              flush=True)

    def compare(self, command, isa, expected):
        name = f'{isa} trains as the reference does'
        used, lines = run(command, isa)
        if used != isa:
            self.result(True, f'{name} # SKIP not on this processor')
        else:
            self.result(difference(lines, expected) <= 1, name)


def main():
    program, root = sys.argv[1:]
    native = ['neon'] if os.uname().machine == 'aarch64' \
        else ['avx512', 'avx2', 'sse2']
    tap = Tap(len(native) + 3)
    used, expected = run([program], 'reference')
    if used != 'reference':
        sys.exit('no reference kernels')
    for isa in native:
        tap.compare([program], isa, expected)

    if not (shutil.which(COMPILER) and shutil.which(EMULATOR)):
        for test in ('reference', 'neon', 'kernels'):
            tap.result(True, f'{test} on arm64 # SKIP {COMPILER} or '
                             f'{EMULATOR} is not there')
    else:
        with tempfile.TemporaryDirectory() as folder:
            print_training, test_kernels = build_for_arm64(root, folder)
            emulate = [EMULATOR, '-L', LIBRARIES]
            for isa in ('reference', 'neon'):
                tap.compare([*emulate, print_training], isa, expected)
            failed = subprocess.run([*emulate, test_kernels, '4'], check=False,
                                    stdout=sys.stderr).returncode
            tap.result(failed == 0, 'kernels on arm64 agree with reference')
    sys.exit(tap.failed)


if __name__ == '__main__':
    main()
