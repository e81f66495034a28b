#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up what `meson test` ran: prints "PASSED FAILED SKIPPED".

Reads Meson's testlog.json.  A test program that speaks TAP counts once for
each of its subtests, any other program once.  A program that fails without a
failed subtest (it crashed, or ran out of time) is one failure more.
"""

import json
import re
import sys

SUBTEST = re.compile(r"^(not )?ok\b[^#]*(# *(SKIP|TODO))?", re.IGNORECASE)


def count(entry):
    subtests = [m for m in map(SUBTEST.match, entry.get("stdout", "").split("\n")) if m]
    result = entry["result"]
    passed = failed = skipped = 0
    for subtest in subtests:
        if subtest[3]:
            skipped += 1
        elif subtest[1]:
            failed += 1
        else:
            passed += 1
    good = result in ("OK", "EXPECTEDFAIL", "SKIP")
    if not subtests:
        if result == "SKIP":
            skipped = 1
        elif good:
            passed = 1
    if not good and failed == 0:
        failed = 1
    return passed, failed, skipped


def main():
    total = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            if line.strip():
                total = [a + b for a, b in zip(total, count(json.loads(line)))]
    print(*total)


main()
