#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""readme.py ROOT PROFILE: runs the README's batch examples as they stand.

The Scheme block goes to gimp-console with the profile that holds the plug-in,
the shell block that calls `./run cli edit` to a shell; both must write the same
pixels, changed inside the region that they name and nowhere else.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image

PHOTO = Path("/tmp/facet-photo.png")
BY_GIMP = Path("/tmp/facet-edited-by-gimp.png")
BY_PROGRAM = Path("/tmp/facet-edited-by-program.png")
REGION = slice(29, 29 + 153), slice(148, 148 + 153)
TIMEOUT_S = 600


def block(readme, language, words):
    """The fenced block of @language that holds @words."""
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
             if words in text]
    assert len(found) == 1, f"{len(found)} {language} blocks with {words}"
    return found[0]


def run_in_gimp(scheme, profile):
    subprocess.run(
        ["gimp-console", "-i", "-d", "-f", "--batch-interpreter=plug-in-script-fu-eval",
         "-b", scheme, "--quit"],
        env={**os.environ, "GIMP3_DIRECTORY": str(profile)}, timeout=TIMEOUT_S, check=True)


def pixels(path):
    return numpy.asarray(Image.open(path))


def check_edit(before, after):
    outside = numpy.ones(before.shape[:2], bool)
    outside[REGION] = False
    assert (before[outside] == after[outside]).all(), "pixels outside the region changed"
    assert (before[REGION] != after[REGION]).any(), "nothing changed"


def check_examples(root, profile):
    readme = (root / "README.md").read_text(encoding="utf-8")
    scheme = block(readme, "scheme", "plug-in-facet-edit")
    shell = block(readme, "sh", "cli edit")
    before = pixels(PHOTO)
    run_in_gimp(scheme, profile)
    subprocess.run(["bash", "-e", "-c", shell], cwd=root, timeout=TIMEOUT_S, check=True)
    check_edit(before, pixels(BY_GIMP))
    assert (pixels(BY_GIMP) == pixels(BY_PROGRAM)).all(), "GIMP and the program differ"

    still, n = re.subn(r'#:settings "[^"]*" #:latents #\([^)]*\)', "#:latents #(0 0)", scheme)
    assert n == 1, "the example has other arguments"
    run_in_gimp(still, profile)
    assert (pixels(BY_GIMP) == before).all(), "zero is not identity"


def main():
    root, profile = (Path(argument).resolve() for argument in sys.argv[1:])
    shutil.copy(root / "tests/data/astronaut.png", PHOTO)
    try:
        check_examples(root, profile)
    finally:
        for path in (PHOTO, BY_GIMP, BY_PROGRAM):
            path.unlink(missing_ok=True)


main()
