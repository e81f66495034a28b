# SPDX-License-Identifier: GPL-3.0-or-later
"""plug-in-facet-edit in the real GIMP without a window: what it changes, what it
leaves alone, and what it says when it cannot."""

import os
import subprocess

from gimp_session import (Profile, Skip, run_tests, scheme_string,
                          two_faces)
from pixels import assert_same, assert_same_pictures

profile = Profile()

ASTRONAUT = os.environ["FACET_TEST_DATA"] + "/astronaut.png"
FACE = (148, 29, 153, 153)

# numpy's names of a channel's type, with its bytes.
PRECISIONS = {"U8": "u1", "U16": "u2", "U32": "u4", "HALF": "f2", "FLOAT": "f4",
              "DOUBLE": "f8"}
# Base type, type of the layer, channels, precision, another colour profile.
KINDS = [
    ("RGB", "RGB-IMAGE", 3, "U8-NON-LINEAR", False),
    ("RGB", "RGBA-IMAGE", 4, "U8-NON-LINEAR", True),
    ("RGB", "RGBA-IMAGE", 4, "U8-LINEAR", False),
    ("RGB", "RGB-IMAGE", 3, "U8-PERCEPTUAL", True),
    ("RGB", "RGBA-IMAGE", 4, "U16-NON-LINEAR", True),
    ("RGB", "RGB-IMAGE", 3, "U16-LINEAR", False),
    ("RGB", "RGBA-IMAGE", 4, "U32-LINEAR", False),
    ("RGB", "RGBA-IMAGE", 4, "HALF-LINEAR", True),
    ("RGB", "RGBA-IMAGE", 4, "FLOAT-LINEAR", False),
    ("RGB", "RGB-IMAGE", 3, "FLOAT-NON-LINEAR", True),
    ("RGB", "RGBA-IMAGE", 4, "DOUBLE-PERCEPTUAL", False),
    ("GRAY", "GRAY-IMAGE", 1, "U8-NON-LINEAR", False),
    ("GRAY", "GRAYA-IMAGE", 2, "U16-PERCEPTUAL", False),
    ("GRAY", "GRAYA-IMAGE", 2, "DOUBLE-LINEAR", False),
]

# The layer reaches beyond the image to the left and above.
IMAGE = (60, 50)
LAYER = (56, 48)
OFFSET = (-8, -6)

# The image's pixels that (select) selects, softly at the border.
SELECTED = (4, 3, 36, 40)

SCHEME = f"""
(define (new-layer base type precision adobe)
  (let* ((image (car (gimp-image-new-with-precision
                       {IMAGE[0]} {IMAGE[1]} base precision)))
         (layer (car (gimp-layer-new image "photo" {LAYER[0]} {LAYER[1]} type
                                     100 LAYER-MODE-NORMAL))))
    (gimp-image-insert-layer image layer 0 0)
    (gimp-layer-set-offsets layer {OFFSET[0]} {OFFSET[1]})
    (if adobe (facet-test-adobe-profile #:image image))
    (facet-test-fill #:drawable layer)
    layer))
(define (image-of layer) (car (gimp-item-get-image layer)))
(define (dump drawable name)
  (facet-test-dump #:drawable drawable
                   #:path (string-append {scheme_string(profile.folder)} "/" name)))
(define (edit layer latents settings)
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector layer)
                      #:find-face FALSE #:latents latents #:settings settings))
(define (find-and-edit layer more)
  (apply plug-in-facet-edit #:image (image-of layer)
         #:drawables (vector layer) #:latents #(2) more))
(define (select layer)
  (gimp-context-set-feather TRUE)
  (gimp-context-set-feather-radius 3 3)
  (gimp-image-select-ellipse (image-of layer) CHANNEL-OP-REPLACE
                             {" ".join(map(str, SELECTED))}))
(define (select-nothing layer) (gimp-selection-none (image-of layer)))
(define (photo type)
  (new-layer RGB type PRECISION-U8-NON-LINEAR #f))
"""


def scheme(code):
    return f"(begin {SCHEME} {code})"


def dumped(name):
    with open(profile.path(name), "rb") as file:
        return file.read()


def number_of(kind):
    """numpy's name of its channels' type, and their bytes."""
    number = PRECISIONS[kind[3].split("-", maxsplit=1)[0]]
    return number, int(number[1])


def pixels(bytes_, size):
    return [bytes_[i:i + size] for i in range(0, len(bytes_), size)]


def selection_mask(number):
    """Of each pixel of the layer, whether it is selected at all."""
    mask = dumped(f"{number}-mask")
    mask = pixels(mask, len(mask) // (IMAGE[0] * IMAGE[1]))
    inside = []
    for y in range(LAYER[1]):
        for x in range(LAYER[0]):
            i, j = x + OFFSET[0], y + OFFSET[1]
            in_image = 0 <= i < IMAGE[0] and 0 <= j < IMAGE[1]
            inside.append(in_image and any(mask[j * IMAGE[0] + i]))
    return inside


ran_kinds = False


def run_kinds():
    """Edits every kind of layer, once for the tests that look at them."""
    global ran_kinds
    if ran_kinds:
        return
    code = ""
    for number, (base, layer, _, precision, adobe) in enumerate(KINDS):
        code += f"""
(let ((layer (new-layer {base} {layer} PRECISION-{precision}
                        {"#t" if adobe else "#f"})))
  (dump layer "{number}-photo")
  (edit layer #(0 0 0) "smile=0")
  (dump layer "{number}-zero")
  (select layer)
  (dump (car (gimp-image-get-selection (image-of layer))) "{number}-mask")
  (edit layer #(2 -1.5 0.5) "smile=2 3=-1")
  (dump layer "{number}-edited")
  (gimp-image-delete (image-of layer)))"""
    profile.must(scheme(code))
    ran_kinds = True


def zero_is_identity_for_every_kind_of_layer():
    run_kinds()
    for number, kind in enumerate(KINDS):
        photo = dumped(f"{number}-photo")
        type_, bytes_ = number_of(kind)
        assert len(photo) == LAYER[0] * LAYER[1] * kind[2] * bytes_, kind
        assert_same(dumped(f"{number}-zero"), photo, LAYER[0], kind[2], type_,
                    kind)


def an_edit_changes_selected_pixels_only():
    run_kinds()
    for number, kind in enumerate(KINDS):
        selected = selection_mask(number)
        assert 0 < sum(selected) < len(selected)
        size = kind[2] * number_of(kind)[1]
        photo = pixels(dumped(f"{number}-photo"), size)
        edited = pixels(dumped(f"{number}-edited"), size)
        changed = [a != b for a, b in zip(photo, edited)]
        outside = [i for i, c in enumerate(changed) if c and not selected[i]]
        assert not outside, f"{kind}: {len(outside)} pixels outside"
        assert sum(changed) > sum(selected) / 2, f"{kind}: {sum(changed)}"


def alpha_never_changes():
    run_kinds()
    for number, kind in enumerate(KINDS):
        channels, (type_, bytes_) = kind[2], number_of(kind)
        if channels % 2 == 0:
            photo, edited = (
                b"".join(pixel[-bytes_:] for pixel in
                         pixels(dumped(f"{number}-{name}"), channels * bytes_))
                for name in ("photo", "edited"))
            assert_same(edited, photo, LAYER[0], 1, type_, kind)


def without_a_selection_the_square_around_the_layer_is_edited():
    profile.must(scheme("""
(let ((layer (photo RGB-IMAGE)))
  (dump layer "a")
  (edit layer #(2) "")
  (dump layer "b"))"""))
    changed = [a != b for a, b in zip(pixels(dumped("a"), 3),
                                      pixels(dumped("b"), 3))]
    # everywhere but in the soft border of the square, above and below none
    middle = LAYER[1] // 2 * LAYER[0] + LAYER[0] // 2
    assert sum(changed) > len(changed) / 2 and changed[middle]


def locked_alpha_can_be_edited():
    profile.must(scheme("""
(let ((layer (photo RGBA-IMAGE)))
  (gimp-layer-set-lock-alpha layer TRUE)
  (dump layer "a")
  (edit layer #(2) "")
  (dump layer "b"))"""))
    photo, edited = pixels(dumped("a"), 4), pixels(dumped("b"), 4)
    assert photo != edited
    assert_same(bytes(p[3] for p in edited), bytes(p[3] for p in photo),
                LAYER[0], 1)


def a_channel_that_is_switched_off_stays():
    profile.must(scheme("""
(let ((layer (photo RGB-IMAGE)))
  (gimp-image-set-component-active (image-of layer) CHANNEL-GREEN FALSE)
  (dump layer "a")
  (edit layer #(2) "")
  (dump layer "b"))"""))
    photo, edited = pixels(dumped("a"), 3), pixels(dumped("b"), 3)
    assert [p[0] for p in photo] != [p[0] for p in edited]
    assert_same(bytes(p[1] for p in edited), bytes(p[1] for p in photo),
                LAYER[0], 1)


def settings_and_latents_say_the_same():
    profile.must(scheme("""
(let ((one (photo RGB-IMAGE)) (two (photo RGB-IMAGE)))
  (edit one #(0 1.5 0 -2) "")
  (edit two #(0 1 0) "4=-2 2=0.5")
  (dump one "a")
  (dump two "b"))"""))
    assert_same(dumped("b"), dumped("a"), LAYER[0])


def same_bytes_at_any_number_of_threads():
    edited = []
    for threads in "1", "2":
        profile.must(scheme("""
(let ((layer (photo RGB-IMAGE)))
  (edit layer #(2 1) "age=1")
  (dump layer "a"))"""), OMP_NUM_THREADS=threads)
        edited.append(dumped("a"))
    assert_same(edited[1], edited[0], LAYER[0])


def a_model_may_be_a_file_or_gray():
    path = scheme_string(profile.weights + "/digits.safetensors")
    profile.must(scheme(f"""
(let ((one (photo RGB-IMAGE)) (two (photo RGB-IMAGE)))
  (dump one "photo")
  (plug-in-facet-edit #:image (image-of one) #:drawables (vector one)
                      #:find-face FALSE #:model "digits" #:latents #(2 -2))
  (plug-in-facet-edit #:image (image-of two) #:drawables (vector two)
                      #:find-face FALSE #:model {path} #:latents #(2 -2))
  (dump one "a")
  (dump two "b"))"""))
    assert dumped("photo") != dumped("a")
    assert_same(dumped("b"), dumped("a"), LAYER[0])


def facet_edit(photo, out, *arguments):
    """The program facet, on the same model."""
    facet = os.environ["FACET_TEST_CLI"]
    if not os.path.exists(facet):
        raise Skip("the program facet is not built")
    subprocess.run([facet, "edit", photo, "-m",
                    profile.weights + "/faces.safetensors", "-o", out,
                    *arguments], check=True,
                   env=profile.environment(FACET_WEIGHTS_PATH=profile.weights))


def gimp_edit(photo, out, arguments, selection=None):
    """The plug-in on a file; the file's pixels."""
    select = "" if selection is None else (
        "(gimp-image-select-rectangle image CHANNEL-OP-REPLACE "
        f"{' '.join(map(str, selection))})")
    profile.must(f"""
(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE
                                   {scheme_string(photo)})))
       (layers (car (gimp-image-get-selected-drawables image))))
  {select}
  (plug-in-facet-edit #:image image #:drawables layers {arguments})
  (gimp-selection-none image)
  (gimp-file-save RUN-NONINTERACTIVE image {scheme_string(out)}))""")
    return rgb_of(out)


def rgb_of(path):
    from PIL import Image
    with Image.open(path) as picture:
        return picture.convert("RGB")


def the_program_facet_writes_the_same_pixels():
    cli, ours = profile.path("cli.png"), profile.path("gimp.png")
    facet_edit(ASTRONAUT, cli, "--region", ",".join(map(str, FACE)),
               "--latents", "1.5,0,-2", "--set", "smile=1",
               "--detail", "difference", "--strength", "0.9", "--refine")
    edited = gimp_edit(ASTRONAUT, ours, """#:latents #(1.5 0 -2)
        #:settings "smile=1" #:find-face FALSE #:detail "difference"
        #:strength 0.9 #:refine TRUE""", FACE)
    assert rgb_of(ASTRONAUT).tobytes() != edited.tobytes()
    assert_same_pictures(edited, rgb_of(cli))


def the_face_is_found_as_the_program_facet_finds_it():
    profile.add_finder()
    try:
        cli, ours = profile.path("cli.png"), profile.path("gimp.png")
        facet_edit(ASTRONAUT, cli, "--set", "smile=2")
        edited = gimp_edit(ASTRONAUT, ours, '#:settings "smile=2"')
    finally:
        profile.remove_finder()
    assert_same_pictures(edited, rgb_of(cli))
    from PIL import ImageChops
    box = ImageChops.difference(rgb_of(ASTRONAUT), edited).getbbox()
    # around the face, and not much else
    assert box and 130 < box[0] < box[2] < 320 and box[3] < 220, box


def a_selection_or_a_number_says_which_face():
    profile.add_finder()
    try:
        photo = profile.path("two.png")
        two_faces(photo)
        widest = gimp_edit(photo, profile.path("a.png"), '#:settings "smile=2"')
        first = gimp_edit(photo, profile.path("b.png"),
                          '#:settings "smile=2" #:face 1')
        second = gimp_edit(photo, profile.path("c.png"),
                           '#:settings "smile=2" #:face 2')
        selected = gimp_edit(photo, profile.path("d.png"),
                             '#:settings "smile=2"', (512, 0, 384, 512))
    finally:
        profile.remove_finder()
    from PIL import ImageChops
    boxes = [ImageChops.difference(rgb_of(photo), picture).getbbox()
             for picture in (widest, first, second, selected)]
    assert boxes[0] == boxes[1] and boxes[0][2] < 512, boxes
    assert boxes[2] == boxes[3] and boxes[2][0] > 512, boxes
    assert_same_pictures(selected, second)


def no_face_is_an_error_unless_the_region_is_taken_as_it_is():
    profile.add_finder()
    try:
        all_fail_with([
            ("(find-and-edit (photo RGB-IMAGE) '())", "No face, find-face"),
            ("(find-and-edit (photo RGB-IMAGE) '(#:face 2))", "face:, 2")])
        profile.must(scheme("""
(let ((layer (photo RGB-IMAGE)))
  (dump layer "a")
  (edit layer #(2) "")
  (dump layer "b"))"""))
    finally:
        profile.remove_finder()
    assert dumped("a") != dumped("b")


def without_a_finder_the_face_has_to_be_said():
    points = " ".join(map(str, usual_points(10, 5, 40)))
    all_fail_with([
        (f"(find-and-edit (photo RGB-IMAGE) '({more}))",
         "finder.safetensors, find-face, points") for more in ("", "#:face 1")])
    profile.must(scheme(f"""
(let ((layer (photo RGB-IMAGE)))
  (dump layer "a")
  (find-and-edit layer '(#:points #({points})))
  (dump layer "b"))"""))
    assert dumped("a") != dumped("b")


def usual_points(x, y, side):
    """Points of a face that fills a square: right eye, left eye, nose, mouth."""
    middle, half = (x + side / 2, y + side / 2), side / 2
    down = half / (1.8 * 0.85)
    eyes = middle[1] - 0.1 * down
    eye = half / (2 * 0.85) / 2
    places = [(-eye, 0), (eye, 0), (0, 0.6 * down), (-0.8 * eye, down),
              (0.8 * eye, down)]
    return [number for dx, dy in places
            for number in (middle[0] + dx, eyes + dy)]


def points_say_where_the_face_is():
    points = " ".join(map(str, usual_points(*FACE[:3])))
    square = gimp_edit(ASTRONAUT, profile.path("a.png"),
                       '#:settings "smile=2" #:find-face FALSE', FACE)
    given = gimp_edit(ASTRONAUT, profile.path("b.png"),
                      f'#:settings "smile=2" #:points #({points})', FACE)
    shifted = " ".join(map(str, usual_points(FACE[0] + 9, *FACE[1:3])))
    other = gimp_edit(ASTRONAUT, profile.path("c.png"),
                      f'#:settings "smile=2" #:points #({shifted})', FACE)
    assert_same_pictures(given, square)
    assert given.tobytes() != other.tobytes()


def wrong_points_are_an_error_that_names_the_argument():
    def call(points):
        return f"""
(let ((layer (photo RGB-IMAGE)))
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector layer)
                      #:points {points}))"""
    far = " ".join(map(str, usual_points(5000, 10, 40)))
    right = usual_points(10, 5, 40)
    swapped = " ".join(map(str, right[2:4] + right[:2] + right[4:]))
    all_fail_with([
        (call("#(1 2 3)"), "points:, 10, 3"),
        (call("(make-vector 11 1.0)"), "points:, 10, 11"),
        (call("(vector 1 2 3 (expt 10. 400) 5 6 7 8 9 10)"), "points:, 4"),
        (call("(make-vector 10 20.0)"), "points:, too small"),
        (call(f"#({far})"), "points:, outside"),
        (call(f"#({swapped})"), "points:, swapped"),
        (call("(make-vector 10 1e300)"), "points:")])


def wrong_ways_of_blending_are_errors_that_name_the_argument():
    call = """
(let ((layer (photo RGB-IMAGE)))
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector layer)
                      #:find-face FALSE """
    all_fail_with([(call + '#:detail "fine"))', "detail:, fine"),
                   (call + "#:strength 1.5))", "out of range"),
                   (call + "#:feather -1))", "out of range")])


def fails_with(code, *words):
    """The Scheme fails, GIMP's exit status says so, and the message has these
    words."""
    status, text = profile.console(scheme(code))
    assert status != 0, f"it did not fail:\n{text}"
    for word in words:
        assert word in text, f"no “{word}” in:\n{text}"


def all_fail_with(cases):
    """The same for many, in one GIMP, which is asked what each error said."""
    code = """
(define reported "")
(define (*error-hook* . words)
  (set! reported words)
  (if (more-handlers?) (apply (pop-handler)) (apply error words)))
(define (failure path thunk)
  (set! reported "it did not fail")
  (catch #f (thunk))
  (let ((port (open-output-file path)))
    (write reported port)
    (close-output-port port)))"""
    for number, (case, _) in enumerate(cases):
        path = scheme_string(profile.path(f"failure-{number}"))
        code += f"(failure {path} (lambda () {case}))"
    profile.must(scheme(code))
    for number, (case, words) in enumerate(cases):
        text = dumped(f"failure-{number}").decode()
        for word in words.split(", "):
            assert word in text, f"{case}\nno “{word}” in: {text}"


def a_bad_model_is_an_error_that_names_the_argument():
    junk = profile.path("junk.safetensors")
    with open(junk, "wb") as file:
        file.write(b"\xff" * 100)
    call = """
(let ((layer (photo RGB-IMAGE)))
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector layer)
                      #:find-face FALSE #:latents #(1) #:model """
    fails_with(call + '"no-such-model"))', "model:", "no-such-model")
    all_fail_with([(call + scheme_string(junk) + "))", "model:, junk"),
                   (call + '""))', "model:")])


def wrong_latents_are_an_error_that_names_the_argument():
    fails_with("(edit (photo RGB-IMAGE) (make-vector 13 0.5) \"\")",
               "latents:", "13", "12")
    fails_with("(edit (photo RGB-IMAGE) (vector 1 (- (expt 10. 400) "
               "(expt 10. 400))) \"\")", "latents:", "2")
    all_fail_with([
        ('(edit (photo RGB-IMAGE) (vector (expt 10. 400)) "")', "latents:, 1"),
        ('(edit (photo RGB-IMAGE) (vector 0 (- (expt 10. 400))) "")',
         "latents:, 2"),
        ('(edit (photo RGB-IMAGE) (vector 1e300) "")', "latents"),
    ])


def wrong_settings_are_an_error_that_names_the_argument():
    fails_with('(edit (photo RGB-IMAGE) #() "smlie=1")', "settings:", "smlie")
    all_fail_with([
        (f'(edit (photo RGB-IMAGE) #() "{words}")', f"settings:, {words}")
        for words in ("smile=much", "smile", "99=1", "0=1", "smile=nan")])


def what_is_no_single_editable_layer_is_an_error():
    all_fail_with([("""
(let ((layer (photo RGB-IMAGE)))
  (gimp-image-convert-indexed (image-of layer) CONVERT-DITHER-NONE
                              CONVERT-PALETTE-GENERATE 16 FALSE FALSE "")
  (edit layer #(1) ""))""", "indexed"), ("""
(let* ((layer (photo RGB-IMAGE))
       (group (car (gimp-group-layer-new (image-of layer) "group"))))
  (gimp-image-insert-layer (image-of layer) group 0 0)
  (edit group #(1) ""))""", "layer group"), ("""
(let ((layer (photo RGB-IMAGE)))
  (gimp-item-set-lock-content layer TRUE)
  (edit layer #(1) ""))""", "locked, photo"), ("""
(let* ((layer (photo RGB-IMAGE))
       (group (car (gimp-group-layer-new (image-of layer) "family"))))
  (gimp-image-insert-layer (image-of layer) group 0 0)
  (gimp-image-reorder-item (image-of layer) layer group 0)
  (gimp-item-set-lock-content group TRUE)
  (edit layer #(1) ""))""", "locked, family"), ("""
(let* ((layer (photo RGB-IMAGE))
       (channel (car (gimp-channel-new (image-of layer) "channel" 60 50 50
                                       "red"))))
  (gimp-image-insert-channel (image-of layer) channel 0 0)
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector channel)))""",
                    "not channels"), ("""
(let* ((layer (photo RGB-IMAGE))
       (mask (car (gimp-layer-create-mask layer ADD-MASK-WHITE))))
  (gimp-layer-add-mask layer mask)
  (plug-in-facet-edit #:image (image-of layer) #:drawables (vector mask)))""",
                                      "layer mask"), ("""
(let* ((layer (photo RGB-IMAGE))
       (other (car (gimp-layer-copy layer FALSE))))
  (gimp-image-insert-layer (image-of layer) other 0 0)
  (plug-in-facet-edit #:image (image-of layer)
                      #:drawables (vector layer other)))""", "single layer")])


def a_layer_that_is_not_in_the_image_is_an_error():
    all_fail_with([("""
(let ((layer (photo RGB-IMAGE)) (other (photo RGB-IMAGE)))
  (plug-in-facet-edit #:image (image-of other) #:drawables (vector layer)
                      #:latents #(1)))""", "photo, another image"), ("""
(let* ((layer (photo RGB-IMAGE))
       (loose (car (gimp-layer-copy layer FALSE))))
  (edit loose #(1) ""))""", "photo, not in an image")])
    profile.must(scheme("""
(let* ((layer (photo RGB-IMAGE))
       (group (car (gimp-group-layer-new (image-of layer) "group"))))
  (gimp-image-insert-layer (image-of layer) group 0 0)
  (gimp-image-reorder-item (image-of layer) layer group 0)
  (dump layer "a")
  (edit layer #(2) "")
  (dump layer "b"))"""))
    assert dumped("a") != dumped("b")


def a_region_that_is_no_face_is_an_error():
    all_fail_with([("""
(let ((layer (photo RGB-IMAGE)))
  (gimp-image-select-rectangle (image-of layer) CHANNEL-OP-REPLACE 50 44 9 5)
  (edit layer #(1) ""))""", "outside"), ("""
(let ((layer (photo RGB-IMAGE)))
  (gimp-image-select-rectangle (image-of layer) CHANNEL-OP-REPLACE 9 9 1 1)
  (edit layer #(1) ""))""", "1 × 1"), ("""
(let* ((layer (photo RGB-IMAGE)))
  (gimp-layer-resize layer 1 1 0 0)
  (edit layer #(1) ""))""", "1 × 1")])


def an_error_changes_nothing():
    profile.console(scheme("""
(let ((layer (photo RGB-IMAGE)))
  (dump layer "a")
  (gimp-image-clean-all (image-of layer))
  (catch #f (edit layer (make-vector 13 0.5) ""))
  (catch #f (edit layer #() "smile=nan"))
  (if (= (car (gimp-image-is-dirty (image-of layer))) FALSE)
      (dump layer "b")))"""))
    assert_same(dumped("b"), dumped("a"), LAYER[0])


run_tests([
    zero_is_identity_for_every_kind_of_layer,
    an_edit_changes_selected_pixels_only,
    alpha_never_changes,
    without_a_selection_the_square_around_the_layer_is_edited,
    locked_alpha_can_be_edited,
    a_channel_that_is_switched_off_stays,
    settings_and_latents_say_the_same,
    same_bytes_at_any_number_of_threads,
    a_model_may_be_a_file_or_gray,
    the_program_facet_writes_the_same_pixels,
    the_face_is_found_as_the_program_facet_finds_it,
    a_selection_or_a_number_says_which_face,
    no_face_is_an_error_unless_the_region_is_taken_as_it_is,
    without_a_finder_the_face_has_to_be_said,
    points_say_where_the_face_is,
    wrong_points_are_an_error_that_names_the_argument,
    wrong_ways_of_blending_are_errors_that_name_the_argument,
    a_bad_model_is_an_error_that_names_the_argument,
    wrong_latents_are_an_error_that_names_the_argument,
    wrong_settings_are_an_error_that_names_the_argument,
    what_is_no_single_editable_layer_is_an_error,
    a_layer_that_is_not_in_the_image_is_an_error,
    a_region_that_is_no_face_is_an_error,
    an_error_changes_nothing,
])
