# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing pixels so that a failure says what is wrong with them."""


def difference(now, wanted, width, channels=3, number="u1"):
    """How pixels differ from those that are wanted, in a line; None where every
    byte is the same.  number is numpy's name of a channel's type."""
    if now == wanted:
        return None
    if len(now) != len(wanted):
        return f"{len(now)} bytes instead of {len(wanted)}"
    import numpy
    shape = (-1, width, channels)
    have, want = (numpy.frombuffer(bytes_, number).reshape(shape)
                  for bytes_ in (now, wanted))
    size = channels * have.itemsize
    differs = (numpy.frombuffer(now, "u1").reshape(-1, width, size) !=
               numpy.frombuffer(wanted, "u1").reshape(-1, width, size)).any(2)
    far = abs(have.astype("f8") - want.astype("f8")).max(2)
    # what is no number, or differs in bits alone, is as good a place as any
    far = numpy.where(differs, numpy.nan_to_num(far, nan=0, posinf=0), -1)
    y, x = numpy.unravel_index(far.argmax(), far.shape)
    ys, xs = differs.nonzero()
    return (f"{differs.sum()} of {differs.size} pixels differ, "
            f"by {far.max():g} at most, at {x}, {y} "
            f"({have[y, x].tolist()} instead of {want[y, x].tolist()}), "
            f"all within x {xs.min()}…{xs.max()}, y {ys.min()}…{ys.max()}")


def assert_same(now, wanted, width, channels=3, number="u1", what="the layer"):
    """Byte for byte."""
    words = difference(now, wanted, width, channels, number)
    assert words is None, f"{what}: {words}"


def farthest(now, wanted):
    """The largest difference of 8-bit colours."""
    return max(abs(a - b) for a, b in zip(now, wanted, strict=True))


def assert_near(now, wanted, most, width, what="the layer"):
    """8-bit colours that are no further off than most."""
    assert farthest(now, wanted) <= most, (
        f"{what}: {difference(now, wanted, width)}")


def assert_same_pictures(now, wanted, what="the picture"):
    """Pictures of PIL in RGB."""
    assert now.size == wanted.size, f"{what}: {now.size}, not {wanted.size}"
    assert_same(now.tobytes(), wanted.tobytes(), now.width, what=what)
