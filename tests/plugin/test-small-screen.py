# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog on a small screen, with letters twice as large as usual."""

import os

from gimp_session import Profile, run_tests, scheme_string
from gimp_window import Window, enter_session, wait_for

WIDTH, HEIGHT = 1024, 768

enter_session()
profile = Profile()
profile.add_finder()
gimp = Window(profile, f"{WIDTH}x{HEIGHT}", GDK_DPI_SCALE="2")


def open_dialog():
    gimp.scheme(f"""
(gimp-display-new (car (gimp-file-load RUN-NONINTERACTIVE
  {scheme_string(os.environ["FACET_TEST_DATA"] + "/astronaut.png")})))""")
    gimp.choose("Filters", "Edit Face…")
    dialog = wait_for("the dialog", lambda: gimp.find_dialog("Edit Face"))
    wait_for("the face",
             lambda: gimp.is_on(get(dialog, "button", "OK"), "SENSITIVE"))
    return dialog


def get(dialog, role, name):
    return wait_for(f"the {role} {name}",
                    lambda: gimp.find(dialog, role, name))


def close(dialog):
    gimp.click(get(dialog, "button", "Cancel"))
    wait_for("the dialog to close",
             lambda: gimp.find_dialog("Edit Face") is None)


def is_on_screen(widget):
    box = widget.get_component_iface().get_extents(gimp.atspi.CoordType.SCREEN)
    return (0 <= box.x and box.x + box.width <= WIDTH and
            0 <= box.y and box.y + box.height <= HEIGHT)


def the_buttons_stay_on_the_screen_whatever_is_opened():
    dialog = open_dialog()
    parts = [get(dialog, "toggle button", name)
             for name in ("Where the face is", "Blending")]
    inside = [get(dialog, "drawing area", "Face position"),
              get(dialog, "combo box", "Detail")]
    for opened in (0, 1, 0):
        gimp.click(parts[opened])
        wait_for("what is in it",
                 lambda n=opened: gimp.is_on(inside[n], "SHOWING"))
        wait_for("the other to close",
                 lambda n=opened: not gimp.is_on(inside[1 - n], "SHOWING"))
        for button in ("Reset", "Cancel", "OK"):
            wait_for(f"{button} on the screen", lambda b=button: is_on_screen(
                get(dialog, "button", b)))
    close(dialog)


def the_focus_does_not_go_into_what_is_folded_away():
    dialog = open_dialog()
    button = get(dialog, "button", "Save Settings")
    assert button.get_component_iface().grab_focus()
    for role, name in (("button", "Save Settings"),
                       ("toggle button", "Blending"),
                       ("toggle button", "Where the face is")):
        widget = get(dialog, role, name)
        wait_for(f"the focus on {name}",
                 lambda w=widget: gimp.is_on(w, "FOCUSED"), 30)
        gimp.xdotool("key", "shift+Tab")
    close(dialog)


try:
    run_tests([the_buttons_stay_on_the_screen_whatever_is_opened,
               the_focus_does_not_go_into_what_is_folded_away])
finally:
    gimp.close()
