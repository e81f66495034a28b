#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes pca-fixture.h: codes, and what numpy says of their principal axes."""

import numpy

N, Z_DIM = 23, 6

random = numpy.random.default_rng(5)
mixed = random.normal(size=(N, Z_DIM)) @ random.normal(size=(Z_DIM, Z_DIM))
mixed[:, 3] = 2 * mixed[:, 1] - mixed[:, 0] + 4  # one dimension is dead
codes = (mixed + random.normal(size=Z_DIM) * 3).astype(numpy.float32)

wide = codes.astype(numpy.float64)
mean = wide.mean(0)
variances, vectors = numpy.linalg.eigh(numpy.cov(wide, rowvar=False))
order = numpy.argsort(variances)[::-1][:Z_DIM - 1]
axes = vectors[:, order].T
axes *= numpy.sign(axes[numpy.arange(len(axes)),
                        numpy.abs(axes).argmax(1)])[:, None]
sigma = numpy.sqrt(variances[order])
places = (wide - mean) @ axes.T / sigma
low, high = numpy.percentile(places, [1, 99], axis=0)


def c_array(name, values):
    flat = ',\n  '.join(f'{value:.9g}f' if '.' in f'{value:.9g}'
                        or 'e' in f'{value:.9g}' else f'{value:.9g}.0f'
                        for value in numpy.ravel(values))
    return f'static const gfloat {name}[] = {{\n  {flat}\n}};\n'


with open('pca-fixture.h', 'w', encoding='utf-8') as file:
    file.write('/* SPDX-License-Identifier: GPL-3.0-or-later\n *\n'
               ' * Written by pca-fixture.py. */\n'
               f'#define PCA_N {N}\n#define PCA_Z_DIM {Z_DIM}\n')
    for name, values in (('codes', codes), ('mean', mean), ('axes', axes),
                         ('sigma', sigma), ('low', low), ('high', high)):
        file.write('\n' + c_array('pca_' + name, values))
