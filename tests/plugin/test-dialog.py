# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog of plug-in-facet-edit in the real GIMP: opened from the menu, its
sliders moved, and the layer's bytes looked at after every step."""

import os
import signal

from gimp_session import Profile, run_tests, scheme_string, two_faces
from gimp_window import Window, enter_session, wait_for
from pixels import assert_near, assert_same, difference, farthest

enter_session()
profile = Profile()
profile.add_finder()
gimp = Window(profile)

ASTRONAUT = os.environ["FACET_TEST_DATA"] + "/astronaut.png"
MENU_ITEM = "Edit Face…"
UNDO = "Undo Edit Face"

gimp.scheme(f"""
(begin
 (define image #f)
 (define layer #f)
 (define (open-photo path)
   (set! image (car (gimp-file-load RUN-NONINTERACTIVE path)))
   (set! layer (vector-ref (car (gimp-image-get-selected-drawables image)) 0))
   (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 148 29 153 153)
   (gimp-image-undo-disable image)
   (gimp-image-undo-enable image)
   (gimp-image-clean-all image)
   (gimp-display-new image))
 (define (dump)
   (facet-test-dump #:drawable layer
                    #:path {scheme_string(profile.path("bytes"))})))""")


def layer_bytes():
    gimp.scheme("(dump)")
    with open(profile.path("bytes"), "rb") as file:
        return file.read()


def layer_width():
    return int(gimp.scheme("(car (gimp-drawable-get-width layer))"))


def layer_is(wanted):
    assert_same(layer_bytes(), wanted, layer_width())


def layer_is_near(wanted):
    """But for rounding."""
    assert_near(layer_bytes(), wanted, 2, layer_width())


def is_dirty():
    return gimp.scheme("(car (gimp-image-is-dirty image))") != "0"


def undo_is_enabled():
    return gimp.scheme("(car (gimp-image-undo-is-enabled image))") != "0"


def undo_item():
    """The first item of the Edit menu, which names what it undoes."""
    return gimp.menu_item("Edit", lambda text: text.startswith("Undo"))


def undo():
    gimp.click(undo_item())


class Photo:
    """A fresh copy of the photo in GIMP, gone afterwards."""

    def __init__(self, path=ASTRONAUT):
        self.path = path

    def __enter__(self):
        self.display = gimp.scheme(
            f"(car (open-photo {scheme_string(self.path)}))")
        self.bytes = layer_bytes()
        return self

    def __exit__(self, *exception):
        if gimp.find_dialog("Edit Face"):
            Dialog().cancel()
        gimp.scheme("(if (= (car (gimp-image-id-is-valid image)) TRUE) "
                    "(begin (gimp-image-clean-all image)"
                    f"(gimp-display-delete {self.display})))")

    def becomes_other_than(self, bytes_):
        def other():
            now = layer_bytes()
            return now if now != bytes_ else None
        return wait_for("the layer to change", other)

    def becomes(self, bytes_):
        wait_for(lambda: "the layer to be as it was: " + str(
            difference(layer_bytes(), bytes_, layer_width())),
                 lambda: layer_bytes() == bytes_)


class Dialog:
    """The dialog, once its face is read."""

    def __init__(self, opens=False):
        if opens:
            gimp.choose("Filters", MENU_ITEM)
        self.dialog = wait_for("the dialog",
                               lambda: gimp.find_dialog("Edit Face"))

    def ready(self):
        wait_for("the face", lambda: gimp.is_on(self.get("button", "OK"),
                                                "SENSITIVE"))
        return self

    def get(self, role, name):
        return wait_for(f"the {role} {name}",
                        lambda: gimp.find(self.dialog, role, name))

    def value(self, name):
        return self.get("slider", name).get_value_iface().get_current_value()

    def move(self, name, value):
        slider = self.get("slider", name).get_value_iface()
        slider.set_current_value(value)

    def click(self, name, role="button"):
        gimp.click(self.get(role, name))

    def factory_reset(self):
        """GIMP's own Reset."""
        self.click("Reset")
        defaults = self.get("button", "Reset to Factory Defaults")
        wait_for("GIMP's choice of resets",
                 lambda: gimp.is_on(defaults, "SHOWING"))
        gimp.click(defaults)

    def position(self):
        """The view of the face's points, unfolded."""
        view = self.get("drawing area", "Face position")
        if not gimp.is_on(view, "SHOWING"):
            self.click("Where the face is", role="toggle button")
        wait_for("the view", lambda: gimp.is_on(view, "SHOWING"))
        # the window makes room for it
        wait_for("the view to rest", lambda: rests(lambda: middle_of(view)))
        return view

    def _end(self, button):
        self.click(button)
        wait_for("the dialog to close",
                 lambda: gimp.find_dialog("Edit Face") is None)

    def cancel(self):
        self._end("Cancel")

    def accept(self):
        self._end("OK")


def open_dialog():
    """The dialog with all sliders at 0, whatever it remembers."""
    dialog = Dialog(opens=True).ready()
    dialog.click("Reset All")
    return dialog


def plug_in_process():
    """The plug-in's process that shows the dialog."""
    program = f"{profile.plug_ins}/facet/facet"
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{process}/exe") == program:
                return int(process)
        except OSError:
            continue
    raise AssertionError("the plug-in does not run")


def opens_from_the_menu_with_a_named_slider_for_everything():
    with Photo():
        dialog = open_dialog()
        for name in ("Smile", "Age", "Component 1", "Component 12"):
            assert dialog.value(name) == 0
        assert gimp.find(dialog.dialog, "slider", "Component 13") is None
        dialog.cancel()


def a_moved_slider_changes_the_layer_and_cancel_puts_it_back():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 2)
        edited = photo.becomes_other_than(photo.bytes)
        dialog.move("Component 3", -3)
        photo.becomes_other_than(edited)
        dialog.cancel()
        layer_is(photo.bytes)
        assert not is_dirty()
        assert undo_is_enabled()
        assert not gimp.is_on(undo_item(), "SENSITIVE")


def the_last_of_many_events_wins():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 1)
        once = photo.becomes_other_than(photo.bytes)
        for step in range(20):
            dialog.move("Smile", -2 + 0.1 * step)
        dialog.move("Smile", 1)
        photo.becomes(once)
        dialog.cancel()


def ok_is_one_undo_step_and_undo_restores():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 2)
        dialog.move("Component 1", -1)
        shown = photo.becomes_other_than(photo.bytes)
        dialog.accept()
        edited = layer_bytes()
        assert edited != photo.bytes
        assert undo_item().get_name() == UNDO
        assert is_dirty()
        undo()
        photo.becomes(photo.bytes)
        wait_for("nothing left to undo",
                 lambda: not gimp.is_on(undo_item(), "SENSITIVE"))
        assert shown != photo.bytes


def ok_writes_what_was_shown_and_what_a_script_writes():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Age", 1.5)
        photo.becomes_other_than(photo.bytes)
        dialog.move("Component 2", 2)
        shown = wait_for("the preview to rest", lambda: rests(layer_bytes))
        dialog.accept()
        edited = layer_bytes()
        assert_same(edited, shown, layer_width())
        undo()
        photo.becomes(photo.bytes)
        gimp.scheme('(plug-in-facet-edit #:image image '
                    '#:drawables (vector layer) #:latents #(0 2) '
                    '#:settings "age=1.5")')
        layer_is(edited)


def rests(look):
    """What look () gives, when it gives the same twice with time between."""
    import time
    before = look()
    time.sleep(0.5)
    return before if look() == before else None


def repeat_last_does_the_same_again():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Component 4", 3)
        photo.becomes_other_than(photo.bytes)
        dialog.accept()
        edited = layer_bytes()
    with Photo() as photo:
        gimp.choose("Filters", lambda text: text.startswith("Repeat"))
        photo.becomes(edited)
        assert undo_item().get_name() == UNDO
        undo()
        photo.becomes(photo.bytes)


def the_dialog_remembers_and_reset_forgets():
    with Photo() as photo:
        dialog = Dialog(opens=True).ready()
        assert dialog.value("Component 4") == 3
        photo.becomes_other_than(photo.bytes)
        dialog.click("Reset All")
        photo.becomes(photo.bytes)
        assert dialog.value("Component 4") == 0
        dialog.move("Smile", 2)
        dialog.move("Age", -1)
        photo.becomes_other_than(photo.bytes)
        dialog.click("Reset Smile")
        wait_for("Smile at 0", lambda: dialog.value("Smile") == 0)
        assert dialog.value("Age") == -1
        dialog.factory_reset()
        wait_for("Age at 0", lambda: dialog.value("Age") == 0)
        photo.becomes(photo.bytes)
        dialog.cancel()


def randomize_moves_the_components_only():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 1)
        smiling = photo.becomes_other_than(photo.bytes)
        dialog.click("Randomize")
        photo.becomes_other_than(smiling)
        assert dialog.value("Smile") == 1
        assert any(dialog.value(f"Component {i}") for i in range(1, 13))
        dialog.cancel()
        layer_is(photo.bytes)


def preview_off_shows_the_photo():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        edited = photo.becomes_other_than(photo.bytes)
        dialog.click("Preview", role="check box")
        photo.becomes(photo.bytes)
        dialog.click("Preview", role="check box")
        photo.becomes(edited)
        dialog.click("Preview", role="check box")
        photo.becomes(photo.bytes)
        dialog.accept()
        layer_is(edited)


def a_second_dialog_for_the_same_image_is_refused():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        edited = photo.becomes_other_than(photo.bytes)
        words = len(gimp.words())
        gimp.choose("Filters", MENU_ITEM)
        wait_for("the message",
                 lambda: "open for this image already" in gimp.words()[words:])
        try:
            gimp.scheme("(plug-in-facet-edit #:image image "
                        "#:drawables (vector layer) #:latents #(1))")
        except AssertionError as error:
            assert "open for this image already" in str(error)
        else:
            raise AssertionError("a script could edit it, too")
        layer_is(edited)
        dialog.cancel()
        layer_is(photo.bytes)


def an_image_closed_meanwhile_is_told_and_does_no_harm():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        gimp.scheme(f"(gimp-display-delete {photo.display})")
        dialog.get("label", lambda text: "closed" in text)
        assert not gimp.is_on(dialog.get("button", "OK"), "SENSITIVE")
        dialog.cancel()
    # also before the face is read
    with Photo() as photo:
        dialog = Dialog(opens=True)
        gimp.scheme(f"(gimp-display-delete {photo.display})")
        dialog.get("label", lambda text: "closed" in text)
        assert not gimp.find(dialog.dialog, "progress bar", lambda text: True,
                             lambda bar: gimp.is_on(bar, "SHOWING"))
        dialog.cancel()
    with Photo():
        open_dialog().cancel()


MERGE_DOWN = """
(let ((below (car (gimp-layer-new image "below" 512 512 RGB-IMAGE 100
                                  LAYER-MODE-NORMAL))))
  (gimp-image-insert-layer image below 0 1)
  (gimp-image-merge-down image layer EXPAND-AS-NECESSARY))"""


def whatever_is_done_to_the_layer_meanwhile_loses_no_photo():
    """GIMP could not undo it, with the preview in it."""
    for code, words in (
            ("(gimp-item-set-lock-content layer TRUE)", "locked"),
            ("(gimp-image-scale image 100 100)", "size"),
            ("(gimp-image-flatten image)", "merged"),
            (MERGE_DOWN, "merged"),
            ("(gimp-image-flip image ORIENTATION-HORIZONTAL)", "whole layer"),
            ("(gimp-drawable-invert layer FALSE)", "whole layer")):
        with Photo() as photo:
            dialog = open_dialog()
            dialog.move("Smile", 3)
            photo.becomes_other_than(photo.bytes)
            wait_for("the preview to rest", lambda: rests(layer_bytes))
            gimp.scheme(code)
            # who comes back to the dialog is told
            gimp.xdotool("mousemove", 2, 2)
            gimp.xdotool("mousemove",
                         *middle_of(dialog.get("slider", "Age")))
            dialog.get("label", lambda text, w=words: w in text)
            wait_for("OK to be out of reach", lambda d=dialog: not gimp.is_on(
                d.get("button", "OK"), "SENSITIVE"))
            dialog.cancel()
            # itself, or a new one above it
            gimp.scheme("(set! layer (vector-ref (car "
                        "(gimp-image-get-layers image)) 0))")
            layer_is(photo.bytes)
            assert undo_is_enabled()


def a_plug_in_told_to_end_puts_the_layer_back():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        os.kill(plug_in_process(), signal.SIGTERM)
        photo.becomes(photo.bytes)
        wait_for("undo", undo_is_enabled)
        assert not is_dirty()


def after_a_crash_the_next_run_thaws_undo():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        os.kill(plug_in_process(), signal.SIGKILL)
        wait_for("the dialog to be gone",
                 lambda: gimp.find_dialog("Edit Face") is None)
        assert not undo_is_enabled()
        open_dialog().cancel()
        assert undo_is_enabled()


def a_missing_model_is_told_in_the_dialog():
    with Photo() as photo:
        gone = profile.weights + "/faces.safetensors"
        os.rename(gone, gone + ".gone")
        try:
            dialog = Dialog(opens=True)
            dialog.get("label", lambda text: "faces" in text)
            assert not gimp.is_on(dialog.get("button", "OK"), "SENSITIVE")
        finally:
            os.rename(gone + ".gone", gone)
        dialog.cancel()
        layer_is(photo.bytes)


def two_components_have_a_plane_to_drag_in():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.click("digits", role="menu item")
        plane = dialog.get("drawing area",
                           lambda text: text.startswith("Plane"))
        wait_for("the plane", lambda: gimp.is_on(plane, "SHOWING"))
        dialog.ready()
        box = plane.get_component_iface().get_extents(
            gimp.atspi.CoordType.SCREEN)
        gimp.xdotool("mousemove", box.x + box.width // 2,
                     box.y + box.height // 2, "mousedown", 1)
        gimp.xdotool("mousemove", box.x + box.width * 5 // 6,
                     box.y + box.height * 2 // 3, "mouseup", 1)
        wait_for("the sliders to follow",
                 lambda: abs(dialog.value("Component 1") - 2) < 0.1 and
                 abs(dialog.value("Component 2") + 1) < 0.1)
        photo.becomes_other_than(photo.bytes)
        dialog.move("Component 1", -1)
        dialog.cancel()
        layer_is(photo.bytes)


def middle_of(widget):
    """Its place on the screen."""
    box = widget.get_component_iface().get_extents(gimp.atspi.CoordType.SCREEN)
    return box.x + box.width // 2, box.y + box.height // 2


def drag(widget, x, y, end_x, end_y):
    """Quickly from one place to another, given from the widget's middle; goes
    beyond the end and back, as hands do."""
    middle = middle_of(widget)
    gimp.xdotool("mousemove", middle[0] + x, middle[1] + y, "mousedown", 1)
    steps = [i / 30 for i in range(31)] + [1.1, 1.2, 1.1, 1]
    moves = []
    for part in steps:
        moves += ["mousemove", middle[0] + x + round(part * (end_x - x)),
                  middle[1] + y + round(part * (end_y - y))]
    gimp.xdotool(*moves, "mouseup", 1)


def choices(view):
    """What can be chosen in the view of the face's points."""
    return [view.get_child_at_index(i) for i in range(view.get_child_count())]


def focused_name(view):
    """What a screen reader takes to be chosen there."""
    names = [choice.get_name() for choice in choices(view)
             if gimp.is_on(choice, "FOCUSED")]
    assert len(names) <= 1, names
    return names[0] if names else None


def place_of(view):
    """Where the whole face is."""
    return [int(number) for number in
            choices(view)[0].get_description().split(", ")]


def a_quick_drag_ends_as_a_script_writes_it():
    with Photo() as photo:
        dialog = open_dialog()
        slider = dialog.get("slider", "Smile")
        drag(slider, 0, 0, 40, 0)
        photo.becomes_other_than(photo.bytes)
        value = wait_for("the slider to rest",
                         lambda: rests(lambda: dialog.value("Smile")))
        shown = wait_for("the preview to rest", lambda: rests(layer_bytes))
        dialog.accept()
        layer_is(shown)
        undo()
        photo.becomes(photo.bytes)
        gimp.scheme('(plug-in-facet-edit #:image image '
                    '#:drawables (vector layer) '
                    f'#:settings "smile={value!r}")')
        layer_is(shown)


def remembered_points():
    """The points that the layer remembers, as words."""
    text = gimp.scheme('(caddr (car (gimp-item-get-parasite layer '
                       '"facet-face")))').strip('"')
    return text.split()[7:]


def corrected_points_are_what_a_script_writes_and_are_remembered():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        found = photo.becomes_other_than(photo.bytes)
        drag(dialog.position(), 0, -90, 30, -70)
        photo.becomes_other_than(found)
        assert dialog.value("Smile") == 3
        corrected = wait_for("the preview to rest",
                             lambda: rests(layer_bytes))
        dialog.accept()
        layer_is(corrected)
        assert corrected != found
        undo()
        photo.becomes(photo.bytes)
        points = remembered_points()
        assert len(points) == 10
        gimp.scheme('(begin (plug-in-facet-edit #:image image '
                    '#:drawables (vector layer) #:settings "smile=3" '
                    f'#:points #({" ".join(points)}))'
                    '(gimp-displays-flush))')
        layer_is(corrected)
        undo()
        photo.becomes(photo.bytes)
        gimp.choose("Filters", lambda text: text.startswith("Repeat"))
        photo.becomes(corrected)
        undo()
        photo.becomes(photo.bytes)
        dialog = Dialog(opens=True).ready()
        photo.becomes(corrected)
        dialog.position()
        dialog.click("Reset Points")
        photo.becomes(found)
        dialog.cancel()
    with Photo() as photo:
        gimp.choose("Filters", lambda text: text.startswith("Repeat"))
        photo.becomes(found)  # another photo: found anew


def points_are_chosen_and_moved_by_keys_and_heard():
    heard = []
    listener = gimp.atspi.EventListener.new(
        lambda event: heard.append(event.any_data))
    listener.register("object:announcement")
    try:
        with Photo() as photo:
            dialog = open_dialog()
            dialog.move("Smile", 3)
            found = photo.becomes_other_than(photo.bytes)
            view = dialog.position()
            assert view.get_component_iface().grab_focus()
            for name in ("The whole face", "Right eye", "Left eye"):
                wait_for(name, lambda n=name: focused_name(view) == n)
                gimp.xdotool("key", "Tab")
            wait_for("the nose",
                     lambda: focused_name(view) == "Tip of the nose")
            gimp.xdotool("key", "shift+Tab")
            wait_for("the left eye", lambda: focused_name(view) == "Left eye")
            eye = choices(view)[2]
            before = eye.get_description()
            gimp.xdotool("key", "shift+Down")
            photo.becomes_other_than(found)
            wait_for("the eye to be elsewhere",
                     lambda: eye.get_description() != before)
            wait_for("the place to be said",
                     lambda: eye.get_description() in heard)
            dialog.factory_reset()
            wait_for("the eye to be back",
                     lambda: eye.get_description() == before)
            photo.becomes(photo.bytes)
            # as a screen reader goes there, and where it shows it
            mouth = choices(view)[5]
            assert mouth.get_component_iface().grab_focus()
            wait_for("the mouth", lambda: focused_name(view) ==
                     "Left corner of the mouth")
            middles = [middle_of(choice) for choice in choices(view)]
            assert middles[1][0] < middles[2][0], middles  # eyes
            assert middles[2][1] < middles[3][1] < middles[5][1], middles
            dialog.cancel()
    finally:
        listener.deregister("object:announcement")


def paint(x):
    """As somebody who paints beside the dialog does."""
    gimp.scheme(f"""(begin
      (gimp-context-set-foreground '(255 0 0))
      (gimp-selection-none image)
      (gimp-image-select-rectangle image CHANNEL-OP-REPLACE {x} 100 12 8)
      (gimp-drawable-edit-fill layer FILL-FOREGROUND)
      (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 148 29 153 153))""")
    row = 3 * 512
    return [y * row + 3 * i + c
            for y in range(100, 108) for i in range(x, x + 12) for c in range(3)]


def with_paint(bytes_, places):
    painted = bytearray(bytes_)
    for place in places:
        painted[place] = 255 if place % 3 == 0 else 0
    return bytes(painted)


def what_is_painted_meanwhile_stays():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        edited = wait_for("the preview to rest", lambda: rests(layer_bytes))
        places = paint(220)
        layer_is(with_paint(edited, places))
        dialog.cancel()
        layer_is(with_paint(photo.bytes, places))
    with Photo() as photo:
        gimp.xdotool("mousemove", 2, 2)
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes(edited)
        wait_for("the preview to rest", lambda: rests(layer_bytes))
        paint(220)
        gimp.xdotool("mousemove", *middle_of(dialog.get("slider", "Age")))
        dialog.get("label", lambda text: text.startswith("What was painted"))
        dialog.move("Smile", -3)
        other = photo.becomes_other_than(with_paint(edited, places))
        assert_same(other, with_paint(other, places), layer_width())
        dialog.accept()
        layer_is(other)
        undo()
        photo.becomes(with_paint(photo.bytes, places))


def what_a_script_paints_before_a_late_update_stays():
    """The pointer never comes into the dialog."""
    with Photo() as photo:
        gimp.xdotool("mousemove", 2, 2)
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        edited = wait_for("the preview to rest", lambda: rests(layer_bytes))
        places = paint(220)
        dialog.move("Smile", -3)
        other = photo.becomes_other_than(with_paint(edited, places))
        assert_same(other, with_paint(other, places), layer_width())
        dialog.cancel()
        layer_is(with_paint(photo.bytes, places))


def brush(colours="(255 0 0)"):
    """A soft stroke of each colour across the face, one over the other."""
    strokes = "".join(f"""
      (gimp-context-set-foreground '{colour})
      (gimp-paintbrush layer 0 #({180 + 10 * i} 60 {260 - 10 * i} 110)
                       PAINT-CONSTANT 0)"""
                      for i, colour in enumerate(colours.split(",")))
    gimp.scheme(f"""
(let ((brush (car (gimp-brush-new "soft"))))
  (gimp-brush-set-radius brush 15)
  (gimp-brush-set-hardness brush 0)
  (gimp-context-set-brush brush)
  (gimp-context-set-brush-size 31)
  (gimp-context-enable-dynamics FALSE)
  (gimp-context-set-opacity 80)
  {strokes}
  (gimp-context-set-opacity 100)
  (gimp-resource-delete brush)
  (gimp-displays-flush))""")


def a_soft_brush_keeps_its_paint_and_no_preview():
    with Photo():
        brush()
        painted = layer_bytes()
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        edited = wait_for("the preview to rest", lambda: rests(layer_bytes))
        brush()
        mixed = layer_bytes()
        assert farthest(mixed, painted) > 12
        dialog.cancel()
        layer_is_near(painted)
    with Photo() as photo:
        gimp.xdotool("mousemove", 2, 2)
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes(edited)
        wait_for("the preview to rest", lambda: rests(layer_bytes))
        brush()
        gimp.xdotool("mousemove", *middle_of(dialog.get("slider", "Age")))
        dialog.get("label", lambda text: text.endswith("meantime stays."))
        dialog.move("Smile", -3)
        photo.becomes_other_than(mixed)
        dialog.move("Smile", 3)
        wait_for("the edit under the paint",
                 lambda: farthest(layer_bytes(), mixed) <= 2)
        again = wait_for("the preview to rest", lambda: rests(layer_bytes))
        dialog.accept()
        layer_is(again)
        undo()
        layer_is_near(painted)


def paint_that_cannot_be_told_from_the_preview_is_told():
    with Photo() as photo:
        gimp.xdotool("mousemove", 2, 2)
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        wait_for("the preview to rest", lambda: rests(layer_bytes))
        brush("(255 0 0),(0 160 30)")
        mixed = layer_bytes()
        gimp.xdotool("mousemove", *middle_of(dialog.get("slider", "Age")))
        dialog.get("label", lambda text: "traces" in text)
        dialog.cancel()
        now = layer_bytes()
        changed = [i for i in range(0, len(now), 3 * 512)
                   if now[i:i + 3 * 512] != photo.bytes[i:i + 3 * 512]]
        # below the stroke nothing is left of the preview
        assert changed and changed[-1] < 130 * 3 * 512
        assert all(now[i] == mixed[i] for i in range(len(now))
                   if now[i] != photo.bytes[i])


def keys_move_sliders_and_escape_cancels():
    with Photo() as photo:
        dialog = open_dialog()
        slider = dialog.get("slider", "Age")
        assert slider.get_component_iface().grab_focus()
        wait_for("focus", lambda: gimp.is_on(slider, "FOCUSED"))
        gimp.xdotool("key", "Right", "Right")
        wait_for("Age", lambda: abs(dialog.value("Age") - 0.2) < 1e-6)
        photo.becomes_other_than(photo.bytes)
        # one row of the list is on the way to what comes after it
        for key, role, name in (("Down", "slider", "Component 1"),
                                ("Tab", "spin button", "Component 1"),
                                ("Tab", "button", "Reset Component 1"),
                                ("Tab", "check box", "Preview"),
                                ("shift+Tab", "button", "Reset Component 1"),
                                ("Up", "button", "Reset Age")):
            gimp.xdotool("key", key)
            widget = dialog.get(role, name)
            wait_for(f"the focus on {name}",
                     lambda w=widget: gimp.is_on(w, "FOCUSED"))
        gimp.xdotool("key", "space")
        wait_for("Age at 0", lambda: dialog.value("Age") == 0)
        photo.becomes(photo.bytes)
        gimp.xdotool("key", "Escape")
        wait_for("the dialog to close",
                 lambda: gimp.find_dialog("Edit Face") is None)
        layer_is(photo.bytes)


def several_faces_can_be_chosen_from():
    two_faces(profile.path("two.png"))
    with Photo(profile.path("two.png")) as photo:
        gimp.scheme("(gimp-selection-none image)")
        dialog = open_dialog()
        dialog.move("Smile", 3)
        photo.becomes_other_than(photo.bytes)
        dialog.click("Face 2", role="radio button")
        wait_for("the other face to change",
                 lambda: halves_changed(photo) == (False, True))
        dialog.click("Face 1", role="radio button")
        wait_for("the first face to change",
                 lambda: halves_changed(photo) == (True, False))
        dialog.click("Face 2", role="radio button")
        wait_for("the other face to change",
                 lambda: halves_changed(photo) == (False, True))
        dialog.accept()
        edited = layer_bytes()
        undo()
        photo.becomes(photo.bytes)
        gimp.choose("Filters", lambda text: text.startswith("Repeat"))
        photo.becomes(edited)


def halves_changed(photo):
    """Whether the left and the right part of two_faces () is changed."""
    now, row = layer_bytes(), 3 * 896
    changed = [False, False]
    for start in range(0, len(now), row):
        for half, (a, b) in enumerate(((0, 3 * 512), (3 * 512, row))):
            changed[half] |= (now[start + a:start + b] !=
                              photo.bytes[start + a:start + b])
    return tuple(changed)


def no_face_is_told_and_the_square_or_points_can_be_taken():
    with Photo() as photo:
        gimp.scheme("(begin (gimp-selection-none image)"
                    "(gimp-image-select-rectangle image "
                    "CHANNEL-OP-REPLACE 350 350 120 120))")
        dialog = Dialog(opens=True)
        dialog.get("label", lambda text: "No face" in text)
        assert not gimp.is_on(dialog.get("button", "OK"), "SENSITIVE")
        dialog.click("Find the face", role="check box")
        dialog.ready().click("Reset All")
        dialog.move("Smile", 3)
        square = photo.becomes_other_than(photo.bytes)
        dialog.click("Find the face", role="check box")
        dialog.get("label", lambda text: "No face" in text)
        photo.becomes(photo.bytes)
        # the square's points are shown, to be placed by hand
        view = dialog.get("drawing area", "Face position")
        wait_for("the view", lambda: gimp.is_on(view, "SHOWING"))
        wait_for("the view to rest",
                 lambda: rests(lambda: middle_of(view)))
        before = place_of(view)
        drag(view, 0, -60, 20, -60)
        placed = photo.becomes_other_than(photo.bytes)
        assert placed != square
        # the sliders that come up do not take it from the pointer
        after = place_of(view)
        assert after[0] > before[0] + 5 and abs(after[1] - before[1]) <= 1
        dialog.ready().cancel()
        layer_is(photo.bytes)


def without_a_finder_the_dialog_says_what_to_do():
    profile.remove_finder()
    try:
        with Photo() as photo:
            dialog = Dialog(opens=True)
            dialog.get("label", lambda text: "finder.safetensors" in text)
            assert not gimp.is_on(dialog.get("button", "OK"), "SENSITIVE")
            layer_is(photo.bytes)
            # either the points are placed by hand
            drag(dialog.position(), 0, -60, 20, -60)
            dialog.ready()
            # or the square is the face
            dialog.click("Find the face", role="check box")
            dialog.ready().click("Reset All")
            dialog.move("Smile", 3)
            photo.becomes_other_than(photo.bytes)
            dialog.cancel()
            layer_is(photo.bytes)
    finally:
        profile.add_finder()


def blending_and_refining_change_what_is_shown():
    with Photo() as photo:
        dialog = open_dialog()
        dialog.move("Smile", 3)
        full = photo.becomes_other_than(photo.bytes)
        dialog.click("Refine", role="check box")
        photo.becomes_other_than(full)
        dialog.ready()
        dialog.click("Refine", role="check box")
        dialog.ready()
        photo.becomes(full)
        dialog.click("Add the difference", role="menu item")
        photo.becomes_other_than(full)
        dialog.factory_reset()
        photo.becomes(photo.bytes)
        dialog.cancel()


try:
    run_tests([
        opens_from_the_menu_with_a_named_slider_for_everything,
        a_moved_slider_changes_the_layer_and_cancel_puts_it_back,
        the_last_of_many_events_wins,
        ok_is_one_undo_step_and_undo_restores,
        ok_writes_what_was_shown_and_what_a_script_writes,
        repeat_last_does_the_same_again,
        the_dialog_remembers_and_reset_forgets,
        randomize_moves_the_components_only,
        preview_off_shows_the_photo,
        a_second_dialog_for_the_same_image_is_refused,
        an_image_closed_meanwhile_is_told_and_does_no_harm,
        whatever_is_done_to_the_layer_meanwhile_loses_no_photo,
        a_plug_in_told_to_end_puts_the_layer_back,
        after_a_crash_the_next_run_thaws_undo,
        a_missing_model_is_told_in_the_dialog,
        two_components_have_a_plane_to_drag_in,
        a_quick_drag_ends_as_a_script_writes_it,
        keys_move_sliders_and_escape_cancels,
        several_faces_can_be_chosen_from,
        no_face_is_told_and_the_square_or_points_can_be_taken,
        without_a_finder_the_dialog_says_what_to_do,
        corrected_points_are_what_a_script_writes_and_are_remembered,
        points_are_chosen_and_moved_by_keys_and_heard,
        what_is_painted_meanwhile_stays,
        what_a_script_paints_before_a_late_update_stays,
        a_soft_brush_keeps_its_paint_and_no_preview,
        paint_that_cannot_be_told_from_the_preview_is_told,
        blending_and_refining_change_what_is_shown,
    ])
finally:
    gimp.close()
