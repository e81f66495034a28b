#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast Facet decodes, encodes and trains, beside every engine that could
have been used instead; and how fast a face follows a slider.

Facet and its peers take turns in short blocks, so that a busy machine hits all
of them; a block's first repetitions are not counted.  Every engine gets the
same model file, and its outputs are compared before anything is timed.  What
is printed are medians, with the quartiles behind them.
"""

import argparse
import array
import csv
import math
import os
import platform
import random
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import zlib
from datetime import date
from pathlib import Path

import engines
import networks

GOALS = {'decode': 0.7, 'encode': 1.0, 'train': 0.5}
PEAK_GOALS = {'decode': 0.7, 'train': 0.5}
THREADS_GOAL = 1.8
MEMORY_GOAL = 4.0
FIRST_DECODE_GOAL_MS = 20.0
FIRST_DECODE_MB = 15.0
EDIT_GOALS_MS = {512: 16.0, 2000: 80.0}
EDIT_BLOCK = 5

SHIPPED = Path(__file__).resolve().parents[2] / 'weights/faces.safetensors'

TRAINING_BATCH = 32
COMPARED_BATCH = 2
COMPARED_STEPS = 3
OUTPUT_TOLERANCE = 2e-4
LOSS_TOLERANCE = 2e-4

WARM_REPETITIONS = {'decode': 3, 'encode': 3, 'train': 1}
BLOCK_MS = 40.0
MOST_IN_BLOCK = 20


class Bench:
    """One run: the engines, a folder for files, what is asked for."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = Path(folder)
        self.program = shlex.split(options.program)
        self.facet = engines.Facet(self.program)
        self.peers, self.missing = engines.start_peers() \
            if options.with_peers else ([], {})
        self.files = {}
        self.peaks = {}
        self.rows = []

    def close(self):
        for engine in (self.facet, *self.peers):
            engine.close()

    def peak(self, threads):
        """The best of all that were measured so far: a busy machine makes it
        look lower."""
        self.peaks[threads] = max(self.peaks.get(threads, 0),
                                  self.facet.peak(threads))
        return self.peaks[threads]

    def model(self, network):
        """The model file of @network, made at its first use."""
        if network.name not in self.files:
            recipe = self.folder / f'{network.name}.recipe'
            recipe.write_text(networks.recipe(network))
            file = self.folder / f'{network.name}.safetensors'
            self.facet.make(recipe, 1, file)
            self.files[network.name] = file
        return self.files[network.name]

    def write_values(self, name, n, draw):
        path = self.folder / name
        with open(path, 'wb') as file:
            array.array('f', (draw() for _ in range(n))).tofile(file)
        return path

    def images(self, network, batch):
        return self.write_values(
            'images', batch * network.side ** 2 * network.channels,
            random.Random(1).random)

    def codes(self, network, batch):
        generator = random.Random(2)
        return self.write_values('codes', batch * network.z_dim,
                                 lambda: generator.gauss(0, 1))


def read_values(path):
    values = array.array('f')
    values.frombytes(Path(path).read_bytes())
    return values


def difference(values, others):
    if len(values) != len(others):
        return math.inf
    return max(abs(a - b) if math.isfinite(a - b) else math.inf
               for a, b in zip(values, others))


# --- measuring ---------------------------------------------------------------

def measure(engines_to_time, work, rounds):
    """{engine's name: [ms]}; the engines, prepared, take turns."""
    times = {engine.name: [] for engine in engines_to_time}
    sizes = {}
    for _ in range(rounds):
        for engine in engines_to_time:
            for other in engines_to_time:
                if other is not engine:
                    other.pause()
            if engine.name not in sizes:
                once = engine.time(work, WARM_REPETITIONS[work], 1)[0]
                sizes[engine.name] = max(1, min(MOST_IN_BLOCK,
                                                int(BLOCK_MS / once)))
            times[engine.name] += engine.time(work, WARM_REPETITIONS[work],
                                              sizes[engine.name])
    for engine in engines_to_time:
        engine.resume()
    return times


def median(values):
    return statistics.median(values)


def spread(values):
    """Median and quartiles as text."""
    if len(values) < 2:
        return f'{values[0]:.3f}'
    low, middle, high = statistics.quantiles(values, n=4, method='inclusive')
    return f'{middle:.3f} [{low:.3f}–{high:.3f}]'


def gigaflops(network, work, batch, ms):
    return networks.FLOPS[work](network) * batch / ms * 1e-6


def mark(reached):
    return 'yes' if reached else 'NO'


def print_table(title, header, rows):
    print(f'\n{title}\n')
    widths = [max(len(str(row[i])) for row in (header, *rows))
              for i in range(len(header))]
    for row in (header, ['-' * width for width in widths], *rows):
        print('| ' + ' | '.join(str(cell).ljust(width) for cell, width
                                in zip(row, widths)) + ' |')
    sys.stdout.flush()


# --- the same outputs --------------------------------------------------------

def compare(bench, network):
    """Rows of the comparison; a peer that differs is not timed."""
    rows = []
    plain = networks.without_dropout(network)
    expected = outputs(bench, bench.facet, network, plain)
    for peer in list(bench.peers):
        found = outputs(bench, peer, network, plain)
        worst = {work: difference(values, found[work])
                 for work, values in expected.items() if work in found}
        if 'train' in worst:
            worst['train'] = max(abs(a / b - 1) for a, b in
                                 zip(expected['train'], found['train']))
        same = all(value < (LOSS_TOLERANCE if work == 'train'
                            else OUTPUT_TOLERANCE)
                   for work, value in worst.items())
        rows.append([network.name, f'{peer.name} {peer.version}',
                     *(f'{worst[work]:.1e}' if work in worst else '–'
                       for work in GOALS), mark(same)])
        if not same:
            bench.missing[peer.name] = f'differs on {network.name}'
            bench.peers.remove(peer)
            peer.close()
    return rows


def outputs(bench, engine, network, plain):
    """What the engine makes of the same inputs; losses of the first steps are
    compared without dropout, which no two engines draw alike."""
    target = bench.folder / 'output'
    found = {}
    engine.prepare(network, bench.model(network), COMPARED_BATCH, 2)
    for work, make in (('decode', bench.codes), ('encode', bench.images)):
        engine.run(work, make(network, COMPARED_BATCH), target)
        found[work] = read_values(target)
    if 'train' in engine.works:
        engine.prepare(plain, bench.model(plain), COMPARED_BATCH, 2)
        found['train'] = engine.train(bench.images(plain, COMPARED_BATCH),
                                      bench.codes(plain, COMPARED_BATCH),
                                      COMPARED_STEPS)
    return found


def print_comparison(bench, measured):
    rows = [row for network in measured for row in compare(bench, network)]
    if rows:
        print_table('Largest difference from Facet, same weights and inputs '
                    '(train: relative, losses of the first steps)',
                    ['network', 'peer', *GOALS, 'same'], rows)


# --- the tables --------------------------------------------------------------

def print_peers(bench, measured):
    """Facet against the peers; fills bench.rows for the CSV file."""
    rows = []
    for work in GOALS:
        batch = TRAINING_BATCH if work == 'train' else 1
        for network in measured:
            for threads in bench.options.threads:
                rows.append(peer_row(bench, work, network, batch, threads))
    print_table('Facet and the best peer (ms: median [quartiles]; decode and '
                f'encode batch 1, train batch {TRAINING_BATCH}; float32)',
                ['work', 'network', 'threads', 'Facet ms', 'GFLOP/s',
                 'of peak', 'best peer', 'peer ms', 'ratio', 'goal',
                 'reached'], rows)


def peer_row(bench, work, network, batch, threads):
    timed = [bench.facet] + [peer for peer in bench.peers
                             if work in peer.works]
    for engine in timed:
        engine.prepare(network, bench.model(network), batch, threads)
    times = measure(timed, work, bench.options.rounds)
    own = median(times['facet'])
    for peer in timed[1:]:
        ms = median(times[peer.name])
        bench.rows.append([work, network.name, threads, f'{own:.4f}',
                           f'{peer.name} {peer.version}', f'{ms:.4f}',
                           f'{own / ms:.3f}'])
    if len(timed) == 1:
        bench.rows.append([work, network.name, threads, f'{own:.4f}', '', '',
                           ''])
    best = min(timed[1:], key=lambda peer: median(times[peer.name]),
               default=None)
    speed = gigaflops(network, work, batch, own)
    row = [work, network.name, threads, spread(times['facet']),
           f'{speed:.0f}', f'{speed / bench.peak(threads):.0%}']
    if best is None:
        return row + ['missing', '–', '–', f'{GOALS[work]:.2f}', '–']
    ratio = own / median(times[best.name])
    return row + [best.name, spread(times[best.name]), f'{ratio:.2f}',
                  f'{GOALS[work]:.2f}', mark(ratio <= GOALS[work])]


def print_threads(bench, measured):
    """Two threads against one, in turns."""
    rows = []
    for work in GOALS:
        batch = TRAINING_BATCH if work == 'train' else 1
        for network in measured:
            times = {1: [], 2: []}
            for _ in range(bench.options.rounds):
                for threads in times:
                    bench.facet.prepare(network, bench.model(network), batch,
                                        threads)
                    times[threads] += measure([bench.facet], work, 1)['facet']
            gain = median(times[1]) / median(times[2])
            goal = THREADS_GOAL if work != 'encode' else None
            rows.append([work, network.name, spread(times[1]),
                         spread(times[2]), f'{gain:.2f}', goal or '–',
                         mark(gain >= goal) if goal else '–'])
    print_table('Two threads against one (Facet, ms)',
                ['work', 'network', '1 thread', '2 threads', 'gain', 'goal',
                 'reached'], rows)


def print_peak_shares(bench, measured):
    """Share of the peak, the peak measured beside the work."""
    rows = []
    threads = max(bench.options.threads)
    for work, goal in PEAK_GOALS.items():
        batch = TRAINING_BATCH if work == 'train' else 1
        for network in measured:
            shares, speeds, limits = [], [], []
            for _ in range(bench.options.rounds):
                limits.append(bench.facet.peak(threads))
                bench.facet.prepare(network, bench.model(network), batch,
                                    threads)
                ms = median(measure([bench.facet], work, 1)['facet'])
                speeds.append(gigaflops(network, work, batch, ms))
                shares.append(speeds[-1] / limits[-1])
            share = median(shares)
            rows.append([work, network.name, threads,
                         f'{median(speeds):.0f}', f'{median(limits):.0f}',
                         f'{share:.0%}', f'{goal:.0%}', mark(share >= goal)])
    print_table('Share of the multiply-add peak (whole networks, dense layers '
                'and elementwise work included)',
                ['work', 'network', 'threads', 'GFLOP/s', 'peak', 'share',
                 'goal', 'reached'], rows)


def print_growth(bench, title, cases):
    """@cases: [(label, network, batch, threads)]."""
    rows = []
    for label, network, batch, threads in cases:
        row = [label]
        for work in GOALS:
            bench.facet.prepare(network, bench.model(network), batch, threads)
            ms = median(measure([bench.facet], work,
                                max(1, bench.options.rounds // 4))['facet'])
            row += [f'{ms:.3f}', f'{ms / batch:.3f}',
                    f'{gigaflops(network, work, batch, ms):.0f}']
        rows.append(row)
    header = [column for work in GOALS
              for column in (f'{work} ms', 'an image', 'GFLOP/s')]
    print_table(title, ['', *header], rows)


def print_all_growth(bench, base, threads, small):
    sides = (32, 64, 128, 256) if not small else (16, 32)
    z_dims = (2, 8, 32, 128, 512) if not small else (2, 8)
    batches = (1, 2, 8, 32, 128) if not small else (1, 3)
    print_growth(bench, f'Image size ({base.name}, batch 1)',
                 [(f'{side} px', networks.with_side(base, side), 1, threads)
                  for side in sides])
    print_growth(bench, f'Code size ({base.name}, batch 1)',
                 [(f'z {z_dim}', networks.with_z(base, z_dim), 1, threads)
                  for z_dim in z_dims])
    print_growth(bench, f'Batch ({base.name})',
                 [(f'batch {batch}', base, batch, threads)
                  for batch in batches])
    counts = sorted({1, 2, 3, *(2 ** i for i in range(10)
                                if 2 ** i <= processors())})
    print_growth(bench, f'Threads ({base.name}, batch 8; '
                 f'{processors()} processors)',
                 [(f'{count} threads', base, 8, count) for count in counts])


# --- a slider that is dragged ------------------------------------------------

def edit_times(bench, file, side, threads):
    """{mode: [(decode, motion, paste, copy, buffer)]}, the modes in turns."""
    bench.facet.ask('threads', threads)
    bench.facet.ask('open', file)
    times = {'keep': [], 'difference': []}
    for _ in range(bench.options.rounds):
        for mode, found in times.items():
            found += bench.facet.edit(mode, side, 2, EDIT_BLOCK)
    return times


def edit_rows(times, side, threads, goal):
    medians = {mode: [median(part) if None not in part else None
                      for part in zip(*found)]
               for mode, found in times.items()}
    blend = medians['difference'][2]
    for mode, found in times.items():
        decode, motion, paste, copy, put = medians[mode]
        together = [sum(part or 0 for part in parts) for parts in found]
        yield [f'{side} px', mode, threads, spread(together), f'{decode:.1f}',
               f'{motion:.1f}', f'{paste - blend:.1f}', f'{blend:.1f}',
               f'{copy:.1f}', '–' if put is None else f'{put:.1f}',
               f'{goal:.0f}', mark(median(together) <= goal)]


def print_edits(bench, base, small):
    """From a slider's number to pixels in a buffer such as GIMP's."""
    file = SHIPPED if SHIPPED.exists() and not small else bench.model(base)
    goals = {24: 1.0} if small else EDIT_GOALS_MS
    rows = [row for side, goal in goals.items()
            for threads in bench.options.threads
            for row in edit_rows(edit_times(bench, file, side, threads), side,
                                 threads, goal)]
    print_table('A slider moves, ms (warp: what pasting takes longer than the '
                'difference alone, which is the blend; copy: the photo\'s own '
                'pixels; put: into a GEGL buffer)',
                ['face', 'detail', 'threads', 'together', 'decode', 'motion',
                 'warp', 'blend', 'copy', 'put', 'goal', 'reached'], rows)


# --- memory and start --------------------------------------------------------

def write_png(path, side):
    """A smooth colour picture, 8 bit."""
    rows = b''.join(
        b'\0' + bytes(value for x in range(side) for value in
                      (x * 255 // side, y * 255 // side, 128))
        for y in range(side))

    def chunk(kind, data):
        return (struct.pack('>I', len(data)) + kind + data
                + struct.pack('>I', zlib.crc32(kind + data)))

    path.write_bytes(
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0))
        + chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b''))


def peak_memory_mb(bench, *arguments):
    """Of the program facet; None where it fails."""
    result = subprocess.run(
        [*bench.program, '--memory', bench.options.facet, *map(str, arguments)],
        check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    return float(result.stdout) if result.returncode == 0 else None


def edit_memory_mb(bench, network, photo, side):
    return peak_memory_mb(bench, 'edit', photo, '-m', bench.model(network),
                          '--set', '1=1', '--region', f'0,0,{side},{side}',
                          '-o', bench.folder / 'edited.png')


def print_memory(bench, measured, sides=(128, 2048)):
    """What `facet edit` takes for its network: its peak resident memory above
    that of the same edit by a network of a few thousand numbers.  (The rest is
    the photo and the libraries', babl's tables above all.)"""
    if not bench.options.facet:
        return
    rows = []
    for side in sides:
        photo = bench.folder / f'photo-{side}.png'
        write_png(photo, side)
        least = edit_memory_mb(bench, networks.TINY, photo, side)
        for network in measured:
            size = bench.model(network).stat().st_size / 2 ** 20
            peak = edit_memory_mb(bench, network, photo, side)
            rows.append([network.name, f'{side} px',
                         *memory_cells(peak, least, size)])
    print_table('Memory of facet edit, MB',
                ['network', 'photo', 'peak', 'with a tiny network', 'above it',
                 'weights file', 'ratio', 'goal', 'reached'], rows)


def memory_cells(peak, least, size):
    if peak is None or least is None:
        return ['failed'] + ['–'] * 6
    above = peak - least
    return [f'{peak:.1f}', f'{least:.1f}', f'{above:.1f}', f'{size:.1f}',
            f'{above / size:.2f}', f'{MEMORY_GOAL:.1f}',
            mark(above <= MEMORY_GOAL * size)]


def file_of_15_mb(bench, base):
    """The book's network with the z_dim that makes its file that large."""
    size = {z_dim: bench.model(networks.with_z(base, z_dim)).stat().st_size
            for z_dim in (64, 128)}
    slope = (size[128] - size[64]) / 64
    z_dim = int((FIRST_DECODE_MB * 1e6 - size[64]) / slope) + 64
    network = networks.with_z(base, min(z_dim, 512))
    return network, bench.model(network)


def print_first_decode(bench, base, n):
    network, file = file_of_15_mb(bench, base)
    loads, decodes = [], []
    for _ in range(n):
        result = subprocess.run([*bench.program, '--first', str(file)],
                                check=True, capture_output=True, text=True)
        load, decode = map(float, result.stdout.split())
        loads.append(load)
        decodes.append(decode)
    sums = [a + b for a, b in zip(loads, decodes)]
    print_table('From a file to the first decode, a new process each time (ms)',
                ['network', 'file MB', 'load', 'first decode', 'together',
                 'goal', 'reached'],
                [[network.name, f'{file.stat().st_size / 1e6:.1f}',
                  spread(loads), spread(decodes), spread(sums),
                  f'{FIRST_DECODE_GOAL_MS:.0f}',
                  mark(median(sums) <= FIRST_DECODE_GOAL_MS)]])


# --- the whole ---------------------------------------------------------------

def processors():
    return len(os.sched_getaffinity(0))


def processor_name():
    try:
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def print_machine(bench):
    print(f'{processor_name()}, {processors()} processors; '
          f'{date.today()}; kernels {bench.facet.isa}; load '
          f'{os.getloadavg()[0]:.2f}')
    print('Multiply-add peak, GFLOP/s: ' + ', '.join(
        f'{peak:.0f} ({threads} thread{"s" if threads > 1 else ""})'
        for threads, peak in bench.peaks.items()))
    for peer in bench.peers:
        print(f'Peer: {peer.name} {peer.version}')
    print_missing(bench)


def print_missing(bench):
    for name, reason in bench.missing.items():
        print(f'Peer missing: {name}: {reason}')


def write_csv(bench):
    with open(bench.options.csv, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['work', 'network', 'threads', 'facet_ms', 'peer',
                         'peer_ms', 'ratio'])
        writer.writerows(bench.rows)


def run_all(bench, measured, small):
    """@small: with the least that still runs every line."""
    for threads in bench.options.threads:
        bench.peak(threads)
    base = measured[0]
    print_machine(bench)
    print_comparison(bench, measured)
    print_peers(bench, measured)
    if not bench.options.short:
        print_threads(bench, measured)
        print_peak_shares(bench, measured)
        print_edits(bench, base, small)
        print_memory(bench, measured)
        if not small:
            print_first_decode(bench, base, 11)
        print_all_growth(bench, base, max(bench.options.threads), small)
    if bench.options.csv:
        write_csv(bench)


def parse_options():
    parser = argparse.ArgumentParser(
        prog='./run bench', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--peers', action='store_true',
                        help='install the peers first, in an environment of '
                        'their own')
    parser.add_argument('--without-peers', dest='with_peers',
                        action='store_false', help='time Facet alone')
    parser.add_argument('--csv', metavar='FILE',
                        help='write Facet beside each peer to FILE')
    parser.add_argument('--short', action='store_true',
                        help='only the table of Facet and its peers')
    parser.add_argument('--rounds', type=int, default=12, metavar='N',
                        help='turns that each engine gets (default 12)')
    parser.add_argument('--threads', type=int, nargs='+', default=[1, 2],
                        metavar='N', help='numbers of threads (default 1 2)')
    parser.add_argument('--network', action='append',
                        choices=sorted(networks.NETWORKS),
                        help='only this network (default: '
                        f'{" and ".join(networks.MEASURED)})')
    parser.add_argument('--program', required=True, help=argparse.SUPPRESS)
    parser.add_argument('--facet', help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse_options()
    if options.peers:
        engines.install_peers()
    with tempfile.TemporaryDirectory(prefix='facet-bench-') as folder:
        bench = Bench(options, folder)
        try:
            run_all(bench, [networks.NETWORKS[name] for name in
                            options.network or networks.MEASURED], False)
        finally:
            bench.close()
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except engines.EngineError as error:
        sys.exit(f'bench: {error}')
