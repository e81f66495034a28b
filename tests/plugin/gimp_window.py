# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP's window on a screen that nobody sees, driven as a person with a screen
reader would drive it: through AT-SPI.  Scheme runs in it beside, through
Script-Fu's server, to look at what the clicks did."""

import os
import shutil
import socket
import struct
import subprocess
import sys
import time

from gimp_session import scheme_string, skip_all

SECONDS = 60
POLL_SECONDS = 0.05


def enter_session():
    """Run this script again on a session bus of its own."""
    for program in ("dbus-run-session", "Xvfb", "openbox", "gimp", "xdotool"):
        if shutil.which(program) is None:
            skip_all(f"there is no {program}")
    if "FACET_TEST_SESSION" not in os.environ:
        os.environ["FACET_TEST_SESSION"] = "1"
        os.environ.pop("WAYLAND_DISPLAY", None)
        os.environ.pop("NO_AT_BRIDGE", None)
        os.environ["GDK_BACKEND"] = "x11"
        os.execvp("dbus-run-session",
                  ["dbus-run-session", "--", sys.executable, *sys.argv])


def wait_for(what, condition, seconds=SECONDS):
    """The first value of condition () that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(POLL_SECONDS)


class Window:
    """A running GIMP."""

    def __init__(self, profile, **environment):
        import gi
        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi
        self.atspi = Atspi
        self.profile = profile
        self.processes = []
        try:
            self._start(**environment)
        except BaseException:
            self.close()
            raise

    def _start(self, **environment):
        profile = self.profile
        self.log = open(profile.path("gimp.log"), "wb")
        self._start_screen()
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
            stdout=self.log, stderr=subprocess.STDOUT)
        self.processes.append(self.gimp)
        self.scheme_until("Script-Fu's server", "TRUE")
        self.application = wait_for("GIMP on the accessibility bus",
                                    self._find_application)

    def _start_screen(self):
        reader, writer = os.pipe()
        self.processes.append(subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24",
             "-nolisten", "tcp"],
            pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as stream:
            os.environ["DISPLAY"] = ":" + stream.readline().strip()
        self.processes.append(subprocess.Popen(
            ["openbox"], env=self.profile.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def close(self):
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

    def scheme_until(self, what, code, seconds=SECONDS):
        """Wait until Scheme answers #t (or, for "TRUE", answers at all)."""
        def answered():
            try:
                return self.scheme(code)
            except OSError:
                if self.gimp.poll() is not None:
                    raise AssertionError("GIMP has ended:\n" + self.words())
                return None
        return wait_for(what, answered, seconds)

    # --- widgets --------------------------------------------------------------

    def _find_application(self):
        desktop = self.atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and "gimp" in (child.get_name() or "").lower():
                return child
        return None
