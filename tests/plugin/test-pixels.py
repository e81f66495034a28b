# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison of pixels says when it fails."""

import struct

from gimp_session import run_tests
from pixels import assert_near, assert_same, difference

WIDTH = 4
PHOTO = bytes(range(3 * WIDTH * 2))


def with_byte(place, value):
    changed = bytearray(PHOTO)
    changed[place] = value
    return bytes(changed)


def words_of(check, *arguments, **more):
    try:
        check(*arguments, **more)
    except AssertionError as error:
        return str(error)
    return None


def the_same_says_nothing():
    assert difference(PHOTO, PHOTO, WIDTH) is None
    assert words_of(assert_same, PHOTO, PHOTO, WIDTH) is None


def how_many_how_far_and_where_is_said():
    now = bytearray(with_byte(17, 37))
    now[0] += 3
    assert words_of(assert_same, bytes(now), PHOTO, WIDTH) == (
        "the layer: 2 of 8 pixels differ, by 20 at most, at 1, 1 "
        "([15, 16, 37] instead of [15, 16, 17]), "
        "all within x 0…1, y 0…1")


def numbers_of_other_types_are_read_as_such():
    photo = struct.pack("<4f", 0.25, 1, 0.5, 1)
    now = struct.pack("<4f", 0.25, 1, 0.75, 1)
    words = difference(now, photo, 2, 2, "<f4")
    assert "1 of 2 pixels differ, by 0.25 at most, at 1, 0" in words, words


def what_is_no_number_is_found():
    photo = struct.pack("<2f", 0.25, 1)
    now = struct.pack("<2f", 0.25, float("nan"))
    words = difference(now, photo, 2, 1, "<f4")
    assert "1 of 2 pixels differ" in words and "at 1, 0" in words, words


def another_size_is_said():
    assert "21 bytes instead of 24" in difference(PHOTO[3:], PHOTO, WIDTH)


def near_is_near_enough():
    now = with_byte(0, 2)
    assert words_of(assert_near, now, PHOTO, 2, WIDTH) is None
    assert "by 2 at most" in words_of(assert_near, now, PHOTO, 1, WIDTH)


run_tests([the_same_says_nothing, how_many_how_far_and_where_is_said,
           numbers_of_other_types_are_read_as_such, what_is_no_number_is_found,
           another_size_is_said, near_is_near_enough])
