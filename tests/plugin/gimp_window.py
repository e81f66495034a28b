# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP's window on a screen that nobody sees, driven as a person with a screen
reader would drive it: through AT-SPI.  Scheme runs in it beside, through
Script-Fu's server, to look at what the clicks did."""

import atexit
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from gimp_session import scheme_string, skip_all

SECONDS = 180
POLL_SECONDS = 0.05


def enter_session():
    """Run this script again on a session bus of its own."""
    for program in ("dbus-run-session", "Xvfb", "openbox", "gimp", "xdotool"):
        if shutil.which(program) is None:
            skip_all(f"there is no {program}")
    if "FACET_TEST_SESSION" in os.environ:
        atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"],
                        ignore_errors=True)
        sys.stdout = os.fdopen(int(os.environ["FACET_TEST_SESSION"]), "w")
        return
    # the bus and what it starts print on standard output: TAP goes beside
    tap = os.dup(1)
    os.set_inheritable(tap, True)
    os.dup2(2, 1)
    os.environ["FACET_TEST_SESSION"] = str(tap)
    # where the accessibility bus has its socket, which tests that run side by
    # side would take from each other
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="facet-test-run-")
    os.environ["GDK_BACKEND"] = "x11"
    for variable in ("WAYLAND_DISPLAY", "NO_AT_BRIDGE"):
        os.environ.pop(variable, None)
    os.execvp("dbus-run-session",
              ["dbus-run-session", "--", sys.executable, *sys.argv])


def dispatch():
    """Let the accessibility library hear what has changed."""
    from gi.repository import GLib
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


def wait_for(what, condition, seconds=SECONDS):
    """The first value of condition () that is true.  what is said when there is
    none; it may be a function, which is asked then."""
    end = time.monotonic() + seconds
    while True:
        dispatch()
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(POLL_SECONDS)


class Window:
    """A running GIMP."""

    def __init__(self, profile, screen="1280x900", **environment):
        import gi
        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi, GLib
        self.gi_error = GLib.Error
        self.atspi = Atspi
        self.profile = profile
        self.processes = []
        self.gimp = None
        try:
            self._start(screen, **environment)
        except BaseException:
            self.close()
            raise

    def _start(self, screen, **environment):
        profile = self.profile
        self.log = open(profile.path("gimp.log"), "wb")
        self._start_screen(screen)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        log = scheme_string(profile.path("server.log"))
        server = ('(plug-in-script-fu-server #:run-mode RUN-NONINTERACTIVE #:ip "127.0.0.1" '
                  f'#:port {self.port} #:logfile {log})')
        self.gimp = subprocess.Popen(
            ["gimp", "--no-splash", "-n", "--stack-trace-mode=never",
             "--console-messages",
             "--batch-interpreter=plug-in-script-fu-eval", "-b", server],
            env=profile.environment(**environment), stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT,
            start_new_session=True)
        self.processes.append(self.gimp)
        wait_for("Script-Fu's server", self._server_answers)
        self.application = wait_for("GIMP on the accessibility bus",
                                    self._find_application)

    def _start_screen(self, screen):
        reader, writer = os.pipe()
        self.processes.append(subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0",
             screen + "x24", "-nolisten", "tcp"],
            pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as stream:
            os.environ["DISPLAY"] = ":" + stream.readline().strip()
        self.processes.append(subprocess.Popen(
            ["openbox"], env=self.profile.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def close(self):
        if self.gimp is not None:
            # with its plug-ins: Script-Fu's server would outlive it
            os.killpg(self.gimp.pid, signal.SIGKILL)
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.log.close()

    def words(self):
        """What GIMP and its plug-ins printed."""
        self.log.flush()
        with open(self.profile.path("gimp.log"), encoding="utf-8",
                  errors="replace") as log:
            return log.read()

    # --- Scheme ---------------------------------------------------------------

    def scheme(self, code):
        """The value's text; an error of Scheme is an AssertionError."""
        code = code.encode()
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout=SECONDS) as server:
            server.sendall(b"G" + struct.pack(">H", len(code)) + code)
            stream = server.makefile("rb")
            magic, error, length = struct.unpack(">cBH", stream.read(4))
            text = stream.read(length).decode(errors="replace")
        assert magic == b"G" and error == 0, text
        return text

    def _server_answers(self):
        if self.gimp.poll() is not None:
            raise AssertionError("GIMP has ended:\n" + self.words())
        try:
            return self.scheme("#t")
        except OSError:
            return None

    # --- widgets --------------------------------------------------------------

    def _applications(self):
        desktop = self.atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(i)
            if application is not None:
                yield application

    def _find_application(self):
        for application in self._applications():
            if application.get_process_id() == self.gimp.pid:
                return application
        return None

    def find(self, root, role, name, what=lambda widget: True):
        """The first such widget below root, or None.  A name may be a function
        of the name."""
        fits = name if callable(name) else lambda text: text == name
        queue = [root]
        while queue:
            widget = queue.pop(0)
            try:
                if (widget.get_role_name() == role and
                        fits(widget.get_name() or "") and what(widget)):
                    return widget
                queue += [widget.get_child_at_index(i)
                          for i in range(widget.get_child_count())]
            except (self.gi_error, AttributeError):
                continue  # it went away while we looked
        return None

    def is_on(self, widget, state):
        return widget.get_state_set().contains(
            getattr(self.atspi.StateType, state))

    def click(self, widget):
        wait_for(f"{widget.get_name()} to be clickable",
                 lambda: self.is_on(widget, "SENSITIVE"))
        assert widget.get_action_iface().do_action(0)

    def menu_item(self, menu, name):
        """An item of a menu of the menu bar, at any depth."""
        bar = wait_for("the menu bar",
                       lambda: self.find(self.application, "menu bar", ""))
        root = wait_for(f"the menu {menu}",
                        lambda: self.find(bar, "menu", menu))
        return wait_for(f"the menu item {name}",
                        lambda: self.find(root, "menu item", name))

    def choose(self, menu, name):
        self.click(self.menu_item(menu, name))

    def find_dialog(self, name):
        """A dialog of a plug-in."""
        for application in self._applications():
            try:
                if application.get_process_id() == self.gimp.pid:
                    continue
            except self.gi_error:
                continue  # it has just ended
            dialog = self.find(application, "dialog", name)
            if dialog is not None:
                return dialog
        return None

    # --- keys and screen ------------------------------------------------------

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], check=True,
                              capture_output=True, text=True).stdout
