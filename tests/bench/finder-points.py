#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the finder's points are from where independent detectors see them,
beside how far the table is that it learned from: a table made by a detector has
errors of its own, and only others can tell.

The others: MediaPipe's face mesh with irises; dlib's 68 points (an eye is the
mean of its outline); MTCNN.  Their consensus is the median of the three, each
coordinate for itself.  How far they are from each other is the floor: nothing can
be known better.  All distances are medians in per cent of the eye distance, and
in brackets without what is common to all faces of the set, for which detectors
differ in what they call a point (the tip of the nose, above all), and by which a
crop is shifted as it was in training.

usage: finder-points.py FACET PORTRAITS CSV [--split S] [--finder MODEL]
Needs mediapipe before 0.10.22 (newer ones come without models), dlib-bin,
face_recognition_models (setuptools before 81), faceie with its dependencies,
numpy and Pillow.
"""
import argparse
import csv
import itertools
import os

import numpy
from PIL import Image

from finder_rows import find_rows

POINTS = ('right_eye', 'left_eye', 'nose', 'right_mouth', 'left_mouth')
KINDS = {'eyes': [0, 1], 'nose': [2], 'mouth': [3, 4], 'all': [0, 1, 2, 3, 4]}
OTHERS = ('mediapipe', 'dlib', 'mtcnn')
MESH = (468, 473, 4, 61, 291)  # irises, tip of the nose, corners of the mouth
SAME_FACE = 0.4  # middles of two sets of points, in eye distances


def mesh_detector():
    import mediapipe
    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, max_num_faces=5,
        min_detection_confidence=0.2)

    def detect(pixels):
        size = pixels.shape[1::-1]
        for face in mesh.process(pixels).multi_face_landmarks or []:
            yield [(face.landmark[i].x * size[0], face.landmark[i].y * size[1])
                   for i in MESH]
    return detect


def dlib_detector():
    import dlib
    import face_recognition_models
    boxes = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(
        face_recognition_models.pose_predictor_model_location())

    def detect(pixels):
        for box in boxes(pixels, 1):
            p = numpy.array([(p.x + 0.5, p.y + 0.5)
                             for p in shape(pixels, box).parts()])
            yield [p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]]
    return detect


def mtcnn_detector():
    from faceie.mtcnn import detect_faces
    return lambda pixels: detect_faces(
        Image.fromarray(pixels)).landmarks.reshape(-1, 5, 2) + 0.5


def row_points(row):
    return numpy.array([[float(row[point + '_x']), float(row[point + '_y'])]
                        for point in POINTS])


def find(options, photos):
    found = {photo: [] for photo in photos}
    for row in find_rows(options, photos):
        found[row['file']].append(row_points(row))
    return found


def nearest(faces, known):
    """That of @faces which is the known one, or None."""
    def far(face):
        return numpy.hypot(*(numpy.mean(face, 0) - known.mean(0)))
    best = min(faces, key=far, default=None)
    least = SAME_FACE * numpy.hypot(*(known[1] - known[0]))
    return None if best is None or far(best) > least else numpy.array(best)


def gather(options, known):
    """{who: points} of each photo in which all have found the face."""
    detectors = dict(zip(OTHERS, (mesh_detector(), dlib_detector(),
                                  mtcnn_detector())))
    found = find(options, list(known))
    gathered = {}
    for photo, table in known.items():
        pixels = numpy.array(Image.open(photo).convert('RGB'))
        faces = {name: nearest(list(detect(pixels)), table)
                 for name, detect in detectors.items()}
        faces['finder'] = nearest(found[photo], table)
        if all(points is not None for points in faces.values()):
            faces['consensus'] = numpy.median([faces[name] for name in OTHERS], 0)
            gathered[photo] = faces | {'table': table}
    return gathered


def report(points, first, second):
    """@points: [photo][5][2] of each."""
    eyes = points['consensus'][:, 1] - points['consensus'][:, 0]
    across = eyes / (eyes ** 2).sum(1, keepdims=True)
    down = numpy.stack([-across[:, 1], across[:, 0]], 1)
    apart = points[first] - points[second]
    apart = 100 * numpy.stack([(apart * across[:, None]).sum(2),
                               (apart * down[:, None]).sum(2)], 2)
    common = numpy.median(apart, 0)
    raw, rest = (numpy.hypot(*numpy.moveaxis(d, 2, 0))
                 for d in (apart, apart - common))
    print(f'  {first + " – " + second:22}',
          *(f'{kind} {numpy.median(raw[:, of]):5.2f} '
            f'({numpy.median(rest[:, of]):5.2f}) ' for kind, of in KINDS.items()),
          '| common, right and down:',
          *(f'{x:+.1f} {y:+.1f},' for x, y in common))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('facet')
    parser.add_argument('portraits')
    parser.add_argument('csv')
    parser.add_argument('--split', default='test')
    parser.add_argument('--finder')
    options = parser.parse_args()
    with open(options.csv, newline='', encoding='utf-8') as file:
        known = {os.path.join(options.portraits, row['file']): row_points(row)
                 for row in csv.DictReader(file)
                 if row['split'] == options.split}
    gathered = gather(options, known)
    print(f'{len(gathered)} of {len(known)} faces found by all')
    sources = sorted({os.path.basename(p).split('-')[0] for p in gathered})
    for source in ['', *sources]:
        chosen = [faces for photo, faces in gathered.items()
                  if os.path.basename(photo).startswith(source)]
        points = {who: numpy.array([faces[who] for faces in chosen])
                  for who in chosen[0]}
        print(source or 'all sources', f'({len(chosen)} faces)')
        pairs = itertools.product(('table', 'finder'), ('consensus', *OTHERS))
        for pair in (*pairs, *itertools.combinations(OTHERS, 2)):
            report(points, *pair)


if __name__ == '__main__':
    main()
