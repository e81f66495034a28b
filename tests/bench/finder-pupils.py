#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the eyes that the finder points at are from the pupils, beside how far
those of the table that it learned from are: a table made by a detector has
errors of its own, which no finder can be expected to repeat.

The pupil is where a dark disk of an iris's size (11.7 mm; pupils are 63 mm apart)
beside something lighter fits best, near the middle between the two points in
question.  Eyes where the best place is at the rim of what was searched are left
out, and so are photos with less than MIN_EYE_DISTANCE_PX.

usage: finder-pupils.py FACET PORTRAITS CSV [--split S]
Needs numpy and Pillow.
"""
import argparse
import csv
import math
import os
import subprocess
import tempfile

import numpy
from PIL import Image

MIN_EYE_DISTANCE_PX = 60
IRIS_RADIUS = 0.093   # all in eye distances
WINDOW = 0.9
SEARCHED = 0.13
WINDOW_PX = 120
EYES = ('right_eye', 'left_eye')


def eye(row, name):
    return float(row[name + '_x']), float(row[name + '_y'])


def far(first, second):
    return math.hypot(first[0] - second[0], first[1] - second[1])


def filtered(picture, kernel):
    shape = [a + b - 1 for a, b in zip(picture.shape, kernel.shape)]
    product = numpy.fft.rfft2(picture, shape) * numpy.fft.rfft2(kernel, shape)
    start = kernel.shape[0] // 2
    return numpy.fft.irfft2(product, shape)[start:start + picture.shape[0],
                                            start:start + picture.shape[1]]


def iris_kernel(radius):
    """A disk minus what is to the right and left of it."""
    axis = numpy.arange(-int(2 * radius), int(2 * radius) + 1)
    y, x = numpy.meshgrid(axis, axis, indexing='ij')
    distance = numpy.hypot(x, y)
    disk = distance <= radius
    beside = ((distance > radius) & (distance <= 1.5 * radius)
              & (abs(y) < 0.6 * radius))
    return disk / disk.sum() - 0.5 * beside / beside.sum()


def find_pupil(photo, middle, eye_distance):
    """In pixels of the photo; None where there is none near @middle."""
    pixel = WINDOW * eye_distance / WINDOW_PX
    left, top = (c - WINDOW * eye_distance / 2 for c in middle)
    window = photo.transform((WINDOW_PX, WINDOW_PX), Image.AFFINE,
                             (pixel, 0, left, 0, pixel, top), Image.BICUBIC)
    fits = filtered(numpy.asarray(window, float),
                    iris_kernel(IRIS_RADIUS * eye_distance / pixel))
    reach = int(SEARCHED * eye_distance / pixel)
    start = WINDOW_PX // 2 - reach
    near = fits[start:start + 2 * reach + 1, start:start + 2 * reach + 1]
    y, x = numpy.unravel_index(numpy.argmin(near), near.shape)
    if x in (0, 2 * reach) or y in (0, 2 * reach):
        return None
    return left + (start + x + 0.5) * pixel, top + (start + y + 0.5) * pixel


def find(facet, photos):
    """The widest face of each photo."""
    found = {}
    with tempfile.NamedTemporaryFile(suffix='.csv') as table:
        subprocess.run([facet, 'find', '--csv', table.name, *photos],
                       check=True)
        with open(table.name, newline='', encoding='utf-8') as file:
            for row in csv.DictReader(file):
                found.setdefault(row['file'], row)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('facet')
    parser.add_argument('portraits')
    parser.add_argument('csv')
    parser.add_argument('--split')
    options = parser.parse_args()
    with open(options.csv, newline='', encoding='utf-8') as file:
        known = {os.path.join(options.portraits, row['file']): row
                 for row in csv.DictReader(file)
                 if options.split in (None, row['split'])
                 and far(eye(row, EYES[0]), eye(row, EYES[1]))
                 >= MIN_EYE_DISTANCE_PX}
    found = find(options.facet, list(known))
    errors = []
    for path in found:
        photo = Image.open(path).convert('L')
        eye_distance = far(eye(known[path], EYES[0]), eye(known[path], EYES[1]))
        for name in EYES:
            table, finder = eye(known[path], name), eye(found[path], name)
            if far(table, finder) > 0.5 * eye_distance:
                continue
            middle = [(a + b) / 2 for a, b in zip(table, finder)]
            pupil = find_pupil(photo, middle, eye_distance)
            if pupil:
                errors.append([far(table, pupil) / eye_distance,
                               far(finder, pupil) / eye_distance,
                               far(finder, table) / eye_distance])
    medians = 100 * numpy.median(errors, axis=0)
    print(f'{len(errors)} eyes; medians, of the eye distance: the table is '
          f'{medians[0]:.1f} % from the pupil, the finder {medians[1]:.1f} % '
          f'from the pupil and {medians[2]:.1f} % from the table')


if __name__ == '__main__':
    main()
