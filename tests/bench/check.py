# SPDX-License-Identifier: GPL-3.0-or-later
"""check.py PROGRAM…: the bench's own test, on a tiny network: that what is timed gives the same
results in every way it is run.  Nothing is said about times.  Prints TAP.
"""

import contextlib
import csv
import io
import shlex
import sys
import tempfile
from argparse import Namespace

import bench as driver
import engines
import networks

NETWORK = networks.TINY
BATCH = 3
STEPS = 4


def work_bytes(bench, facet, work, threads):
    target = bench.folder / 'output'
    make = bench.codes if work == 'decode' else bench.images
    facet.prepare(NETWORK, bench.model(NETWORK), BATCH, threads)
    facet.run(work, make(NETWORK, BATCH), target)
    return target.read_bytes()


def train_losses(bench, facet, threads):
    facet.prepare(NETWORK, bench.model(NETWORK), BATCH, threads)
    return facet.train(bench.images(NETWORK, BATCH),
                       bench.codes(NETWORK, BATCH), STEPS)


def same_bytes_at_any_thread_count(bench):
    for work in ('decode', 'encode'):
        one = work_bytes(bench, bench.facet, work, 1)
        for threads in (2, 3, 8):
            assert work_bytes(bench, bench.facet, work, threads) == one, work


def same_losses_at_any_thread_count(bench):
    one = train_losses(bench, bench.facet, 1)
    for threads in (2, 3, 8):
        assert train_losses(bench, bench.facet, threads) == one


def fast_kernels_agree_with_reference(bench):
    with engines.Facet(bench.program, 'reference') as reference:
        assert reference.isa == 'reference', reference.isa
        for work in ('decode', 'encode'):
            found = bench.folder / 'found'
            found.write_bytes(work_bytes(bench, bench.facet, work, 2))
            expected = bench.folder / 'expected'
            expected.write_bytes(work_bytes(bench, reference, work, 2))
            worst = driver.difference(driver.read_values(expected),
                                      driver.read_values(found))
            assert worst < driver.OUTPUT_TOLERANCE, (work, worst)
        losses = zip(train_losses(bench, bench.facet, 2),
                     train_losses(bench, reference, 2))
        for loss, expected_loss in losses:
            assert abs(loss / expected_loss - 1) < driver.LOSS_TOLERANCE


def training_lowers_the_loss(bench):
    plain = networks.without_dropout(NETWORK)
    bench.facet.prepare(plain, bench.model(plain), BATCH, 2)
    losses = bench.facet.train(bench.images(plain, BATCH),
                               bench.codes(plain, BATCH), 30)
    assert losses[-1] < losses[0], losses


def bad_requests_are_refused(bench):
    for words in (('nonsense',), ('open', '/nowhere'),
                  ('time', 'decode', '0x', '1', '1'),
                  ('edit', 'keep', '2', '1', '1')):
        try:
            bench.facet.ask(*words)
        except engines.EngineError:
            continue
        raise AssertionError(words)


def every_table_is_printed(bench):
    bench.options.csv = str(bench.folder / 'table.csv')
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        driver.run_all(bench, [NETWORK], small=True)
    for words in ('Facet and the best peer', 'Two threads against one',
                  'Share of the multiply-add peak', 'A slider moves',
                  'Image size',
                  'Code size', 'Batch', 'Threads'):
        assert words in printed.getvalue(), words
    with open(bench.options.csv, newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['work'] for row in rows} == set(driver.GOALS)
    assert all(float(row['facet_ms']) >= 0 for row in rows)


TESTS = (same_bytes_at_any_thread_count, same_losses_at_any_thread_count,
         fast_kernels_agree_with_reference, training_lowers_the_loss,
         bad_requests_are_refused, every_table_is_printed)


def main():
    options = Namespace(program=shlex.join(sys.argv[1:]), facet=None,
                        with_peers=False, short=False, csv=None, rounds=1,
                        threads=[1, 2])
    failures = 0
    print(f'1..{len(TESTS)}', flush=True)
    with tempfile.TemporaryDirectory(prefix='facet-bench-') as folder:
        bench = driver.Bench(options, folder)
        for number, test in enumerate(TESTS, 1):
            try:
                test(bench)
                print(f'ok {number} /bench/{test.__name__}', flush=True)
            except (AssertionError, engines.EngineError) as error:
                failures += 1
                print(f'not ok {number} /bench/{test.__name__}\n'
                      f'# {error!r}'[:500], flush=True)
        bench.close()
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
