/* SPDX-License-Identifier: GPL-3.0-or-later
 * Written by measure-fixture.py. */
#define EXPECTED_PSNR 29.025261466
#define EXPECTED_FACE_PSNR 29.030869997
#define EXPECTED_SSIM 0.984136954
#define EXPECTED_SHARPNESS 1.184397791
