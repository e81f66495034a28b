#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facet and Python's safetensors library read each other's files.

usage: interop.py PROGRAM RECIPE    (PROGRAM is interop.c, built)
"""

import os
import subprocess
import sys
import tempfile

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

PROGRAM, RECIPE = sys.argv[1:]


def run(*words):
    return subprocess.run([PROGRAM, *words], stderr=subprocess.PIPE,
                          encoding='utf-8', check=False)


def metadata_of(path):
    with safe_open(path, 'numpy') as file:
        return file.metadata()


def the_librarys_file_comes_through_facet(folder):
    random = numpy.random.default_rng(1)
    tensors = {
        'matrix': random.normal(size=(3, 5)).astype(numpy.float32),
        'half': random.normal(size=(7,)).astype(numpy.float16),
        'small halves': (random.normal(size=300) * 1e-6
                         ).astype(numpy.float16),
        'four': random.normal(size=(2, 3, 1, 2)).astype(numpy.float32),
        'scalar': numpy.array(3.5, numpy.float32),
        'nothing': numpy.zeros((0, 4), numpy.float32),
        'größe "人"': random.normal(size=(1,)).astype(numpy.float32),
    }
    metadata = {'who': 'Python', 'quote': '"\\\n\t', 'empty': ''}
    first, second = folder + '/first', folder + '/second'
    save_file(tensors, first, metadata)
    result = run('tensors', first, second)
    assert result.returncode == 0, result.stderr
    loaded = load_file(second)
    assert metadata_of(second) == metadata
    assert loaded.keys() == tensors.keys()
    for name, value in tensors.items():
        assert loaded[name].dtype == value.dtype, name
        assert loaded[name].shape == value.shape, name
        assert loaded[name].tobytes() == value.tobytes(), name


def the_library_reads_a_model(folder):
    model, again = folder + '/model', folder + '/again'
    assert run('new', RECIPE, model).returncode == 0
    tensors, metadata = load_file(model), metadata_of(model)
    assert metadata['format'] == 'facet-model-1'
    assert 'z_dim=2' in metadata['recipe']
    assert tensors['encoder.0.kernel'].shape == (3, 3, 1, 32)
    assert tensors['decoder.0.kernel'].shape == (2, 3136)
    assert sum(value.size for name, value in tensors.items()
               if name.startswith('encoder.')) == 98946
    assert tensors['latents.axes'].tolist() == [[1, 0], [0, 1]]

    tensors['encoder.0.bias'][:] = numpy.arange(32)
    save_file(tensors, again, metadata)
    result = run('model', again, model)
    assert result.returncode == 0, result.stderr
    loaded = load_file(model)
    assert loaded.keys() == tensors.keys()
    for name, value in tensors.items():
        assert loaded[name].tobytes() == value.tobytes(), name


def other_types_are_named(folder):
    path = folder + '/double'
    save_file({'wide': numpy.ones(3)}, path)
    result = run('tensors', path, folder + '/none')
    assert result.returncode == 1
    assert 'wide' in result.stderr and 'F64' in result.stderr
    assert not os.path.exists(folder + '/none')


def a_foreign_model_is_refused(folder):
    path = folder + '/foreign'
    save_file({'weight': numpy.ones(3, numpy.float32)}, path,
              {'format': 'pt'})
    result = run('model', path, folder + '/none')
    assert result.returncode == 1
    assert 'another program' in result.stderr, result.stderr


def main():
    tests = [the_librarys_file_comes_through_facet, the_library_reads_a_model,
             other_types_are_named, a_foreign_model_is_refused]
    print(f'1..{len(tests)}')
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
                print(f'ok {number} {test.__name__}')
            except AssertionError as error:
                print(f'not ok {number} {test.__name__}')
                print(f'# line {error.__traceback__.tb_next.tb_lineno}: '
                      f'{error}')


main()
