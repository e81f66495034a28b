#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes measure-fixture.h: what numpy measures of two pictures.

    python3 measure-fixture.py > measure-fixture.h

The pictures are made by formulas that test-measure.c repeats.  SSIM is that of
Wang et al. 2004 (Gaussian window of sigma 1.5 and radius 5, K1 0.01, K2 0.03,
population covariance); beyond the border the window is cut and scaled back to a
sum of 1, which is a Gaussian filter of the picture over that of ones.
"""
import numpy as np

SIDE = 32


def pictures():
    y, x, c = np.mgrid[0:SIDE, 0:SIDE, 0:3].astype(np.float64)
    crop = 0.5 + 0.4 * np.sin(0.3 * x + c) * np.cos(0.2 * y)
    decode = crop + 0.05 * np.sin(1.1 * x * y / SIDE + 2 * c)
    return crop, decode


def blur(picture):
    offsets = np.arange(-5, 6)
    window = np.exp(-offsets ** 2 / (2 * 1.5 ** 2))
    matrix = np.array([[window[j - i + 5] if abs(j - i) <= 5 else 0
                        for j in range(SIDE)] for i in range(SIDE)])
    matrix /= matrix.sum(axis=1, keepdims=True)
    return matrix @ picture @ matrix.T


def ssim(a, b):
    c1, c2 = 0.01 ** 2, 0.03 ** 2
    mean_a, mean_b = blur(a), blur(b)
    variance_a = blur(a * a) - mean_a ** 2
    variance_b = blur(b * b) - mean_b ** 2
    covariance = blur(a * b) - mean_a * mean_b
    return np.mean((2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
                   ((mean_a ** 2 + mean_b ** 2 + c1) *
                    (variance_a + variance_b + c2)))


def laplacian(luma):
    out = np.zeros_like(luma)
    out[1:-1, 1:-1] = (luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] +
                       luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1])
    return out


def pattern(luma, face):
    face = face.copy()
    face[[0, -1]] = face[:, [0, -1]] = False
    detail, repeated = laplacian(luma), 0
    for phase in np.ndindex(4, 4):
        at = np.zeros_like(face)
        at[phase[0]::4, phase[1]::4] = face[phase[0]::4, phase[1]::4]
        repeated += at.sum() * detail[at].mean() ** 2
    return np.sqrt(repeated / (detail[face] ** 2).sum())


crop, decode = pictures()
y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE
face = ((x - 0.5) / 0.28) ** 2 + ((y - 0.547) / 0.375) ** 2 <= 1
squared = (decode - crop) ** 2
luma = [p @ np.array([0.299, 0.587, 0.114]) for p in (crop, decode)]
sharp = [np.sqrt(np.mean(laplacian(p)[face] ** 2)) for p in luma]
print('/* SPDX-License-Identifier: GPL-3.0-or-later\n'
      ' * Written by measure-fixture.py. */')
print(f'#define EXPECTED_PSNR {-10 * np.log10(squared.mean()):.9f}')
print(f'#define EXPECTED_FACE_PSNR {-10 * np.log10(squared[face].mean()):.9f}')
print(f'#define EXPECTED_SSIM {ssim(*luma):.9f}')
print(f'#define EXPECTED_SHARPNESS {sharp[1] / sharp[0]:.9f}')
print(f'#define EXPECTED_PATTERN {pattern(luma[1], face):.9f}')
print(f'#define EXPECTED_PHOTO_PATTERN {pattern(luma[0], face):.9f}')
