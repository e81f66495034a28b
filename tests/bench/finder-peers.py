#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The finder beside OpenCV's Haar cascade and dlib's HOG detector, on the same
photos: portraits with one known face each, and photos without any.

A face is found where a box shares at least 0.4 of its union with the known one
(0.25 for the peers, whose boxes are squares that leave out forehead or chin);
every further box is false.  Each detector's threshold is moved over its whole
range (facet's from that of its weights on, or of another file's: --finder), so
that recall is compared at equal false faces: in the portraits, and in these and
the photos without faces together.  With --roll the portraits are turned first,
their edges going on; several rolls make one set.

usage: finder-peers.py FACET PORTRAITS CSV [--without-faces FOLDER] [--split S]
                       [--roll DEGREES]… [--finder MODEL]
Needs OpenCV with its cascades (python3-opencv and opencv-data, or
opencv-python-headless before 5) and dlib (dlib-bin); what is missing is left
out.
"""
import argparse
import csv
import math
import os
import tempfile

from finder_rows import find_rows

SAME = {'facet': 0.4, 'OpenCV Haar': 0.25, 'dlib HOG': 0.25}
SMALLEST_PX = 40
LARGEST_DOUBLED_PX = 1500
LIMITS = (0.25, 0.5, 1)  # false faces in 50 photos
CASCADE = 'haarcascade_frontalface_default.xml'


def overlap(a, b):
    """Intersection over union of two boxes (x, y, width, height)."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(wide, 0) * max(high, 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def read_known(table, folder, split):
    known = {}
    with open(table, newline='', encoding='utf-8') as file:
        for row in csv.DictReader(file):
            if row['split'] == split and float(row['box_w']) >= SMALLEST_PX:
                known[os.path.join(folder, row['file'])] = [
                    float(row[key]) for key in
                    ('box_x', 'box_y', 'box_w', 'box_h')]
    return known


def turn_box(box, middle, roll):
    """The box around the turned ellipse of a box."""
    cosine, sine = math.cos(roll), math.sin(roll)
    x = box[0] + box[2] / 2 - middle[0]
    y = box[1] + box[3] / 2 - middle[1]
    width = 2 * math.hypot(box[2] / 2 * cosine, box[3] / 2 * sine)
    height = 2 * math.hypot(box[2] / 2 * sine, box[3] / 2 * cosine)
    return [middle[0] + x * cosine - y * sine - width / 2,
            middle[1] + x * sine + y * cosine - height / 2, width, height]


def roll_photos(known, degrees, folder):
    """The same photos turned clockwise, in @folder, and where their faces are."""
    import cv2
    turned = {}
    for photo, box in known.items():
        pixels = cv2.imread(photo)
        middle = pixels.shape[1] / 2, pixels.shape[0] / 2
        matrix = cv2.getRotationMatrix2D(middle, -degrees, 1)
        path = os.path.join(folder, f'{degrees:+g}-{os.path.basename(photo)}.png')
        cv2.imwrite(path, cv2.warpAffine(
            pixels, matrix, pixels.shape[1::-1], flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE))
        turned[path] = turn_box(box, middle, math.radians(degrees))
    return turned


def find_facet(options, photos):
    found = {photo: [] for photo in photos}
    for row in find_rows(options, photos):
        box = [float(row[key]) for key in ('box_x', 'box_y', 'box_w', 'box_h')]
        found[row['file']].append((float(row['score']), box))
    return found


def find_haar(photos):
    import cv2
    folders = ['/usr/share/opencv4/haarcascades/']
    if hasattr(cv2, 'data'):
        folders.insert(0, cv2.data.haarcascades)
    path = next(folder + CASCADE for folder in folders
                if os.path.exists(folder + CASCADE))
    cascade = cv2.CascadeClassifier(path)
    found = {}
    for photo in photos:
        gray = cv2.imread(photo, cv2.IMREAD_GRAYSCALE)
        boxes, _, weights = cascade.detectMultiScale3(
            cv2.equalizeHist(gray), scaleFactor=1.1, minNeighbors=1,
            minSize=(30, 30), outputRejectLevels=True)
        found[photo] = [(float(w), [int(v) for v in b])
                        for w, b in zip(weights, boxes)]
    return found


def find_dlib(photos):
    import cv2
    import dlib
    detector = dlib.get_frontal_face_detector()
    found = {}
    for photo in photos:
        pixels = cv2.cvtColor(cv2.imread(photo), cv2.COLOR_BGR2RGB)
        # twice as large, to find faces of 40 pixels; large photos would not fit
        # into memory
        twice = int(max(pixels.shape) < LARGEST_DOUBLED_PX)
        boxes, scores, _ = detector.run(pixels, twice, -0.5)
        found[photo] = [(score, [b.left(), b.top(), b.width(), b.height()])
                        for score, b in zip(scores, boxes)]
    return found


def judge(found, known, same):
    """[(score, is_true)] of all boxes; each known face counts once."""
    marks = []
    for photo, boxes in found.items():
        open_face = known.get(photo)
        for score, box in sorted(boxes, key=lambda b: -b[0]):
            true = open_face is not None and overlap(box, open_face) >= same
            if true:
                open_face = None
            marks.append((score, true))
    return sorted(marks, key=lambda mark: -mark[0])


def report(name, found, known):
    marks = judge(found, known, SAME[name])
    recall = dict.fromkeys(LIMITS, 0)
    n_true = n_false = 0
    for _, true in marks:
        n_true += true
        n_false += not true
        for limit in LIMITS:
            if 50 * n_false / len(found) <= limit:
                recall[limit] = n_true / len(known)
    print(f'{name:12}', *(f'{recall[limit]:7.2%} at {limit:4}'
                          for limit in LIMITS),
          f'| all: {n_true / len(known):.2%} with {n_false} false')


def compare(options, known):
    without = [entry.path for entry in os.scandir(options.without_faces)
               ] if options.without_faces else []
    found = {}
    for name, find in (('facet', lambda p: find_facet(options, p)),
                       ('OpenCV Haar', find_haar), ('dlib HOG', find_dlib)):
        try:
            found[name] = find([*known, *without])
        except (ImportError, AttributeError, StopIteration) as missing:
            print(f'{name:12} left out: {missing!r}')
    for photos in [[*known], [*known, *without]] if without else [[*known]]:
        print(f'{len(known)} faces in {len(photos)} photos, recall at that many '
              'false faces in 50 of them:')
        for name, boxes in found.items():
            report(name, {photo: boxes[photo] for photo in photos}, known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('facet')
    parser.add_argument('portraits')
    parser.add_argument('csv')
    parser.add_argument('--without-faces')
    parser.add_argument('--split', default='test')
    parser.add_argument('--roll', type=float, action='append')
    parser.add_argument('--finder')
    options = parser.parse_args()
    known = read_known(options.csv, options.portraits, options.split)
    with tempfile.TemporaryDirectory() as folder:
        turned = {}
        for degrees in options.roll or []:
            turned.update(roll_photos(known, degrees, folder))
        compare(options, turned or known)


if __name__ == '__main__':
    main()
