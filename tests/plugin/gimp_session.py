# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the plug-in share: the Test Anything Protocol, a throwaway
GIMP profile, and the real GIMP in it, in batch mode or with its window."""

import os
import shutil
import subprocess
import sys
import tempfile
import traceback

CONSOLE_SECONDS = 900


class Skip(Exception):
    """Raised by a test that cannot run here."""


def run_tests(tests):
    """Run functions in their order and speak TAP; names of functions on the
    command line choose.  Why tests failed is said again at the end, which is
    all that a long log may show."""
    tests = [test for test in tests
             if len(sys.argv) == 1 or test.__name__ in sys.argv]
    print(f"1..{len(tests)}")
    failures = []
    for number, test in enumerate(tests, 1):
        name = test.__name__
        try:
            test()
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as error:  # a test fails, the others go on
            failures.append(f"{name}: {error or type(error).__name__}")
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {number} - {name}", flush=True)
        else:
            print(f"ok {number} - {name}", flush=True)
    for failure in failures:
        print("# " + failure.replace("\n", "\n# "), flush=True)
    sys.exit(1 if failures else 0)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def two_faces(path):
    """A picture with the astronaut twice, the smaller one to the right."""
    from PIL import Image
    with Image.open(os.environ["FACET_TEST_DATA"] + "/astronaut.png") as photo:
        photo = photo.convert("RGB")
        picture = Image.new("RGB", (896, 512), (120, 120, 120))
        picture.paste(photo, (0, 0))
        picture.paste(photo.resize((384, 384)), (512, 64))
        picture.save(path)


def scheme_string(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Profile:
    """A GIMP profile in a folder of its own, gone when the tests end.

    It knows Script-Fu, PNG, the plug-in with its models and catalogs, and the
    tests' probe; nothing else, so that GIMP starts in two seconds.  There is no
    finder, unless it is added.
    """

    def __init__(self):
        if shutil.which("gimp-console") is None:
            skip_all("there is no gimp-console")
        self._folder = tempfile.TemporaryDirectory(prefix="facet-test-")
        self.folder = self._folder.name
        self.plug_ins = self.path("plug-ins")
        self.home = self.path("home")
        os.makedirs(self.plug_ins)
        os.makedirs(self.home)
        library = os.environ["GIMP_LIBRARY_FOLDER"]
        for name in ("script-fu", "script-fu-server", "file-png"):
            os.symlink(f"{library}/plug-ins/{name}", f"{self.plug_ins}/{name}")
        self._install("probe", os.environ["FACET_TEST_PROBE"])
        self._install("facet", os.environ["FACET_TEST_PLUG_IN"])
        self.weights = f"{self.plug_ins}/facet/weights"
        subprocess.run([os.environ["FACET_TEST_MAKE_MODELS"], self.weights],
                       check=True)
        catalogs = os.environ.get("FACET_TEST_CATALOGS", "")
        if os.path.isdir(catalogs):
            shutil.copytree(catalogs, f"{self.plug_ins}/facet/locale")
        version = subprocess.run(
            ["pkg-config", "--modversion", "gimp-3.0"],
            capture_output=True, text=True, check=True).stdout.strip()
        with open(self.path("gimprc"), "w", encoding="utf-8") as gimprc:
            gimprc.write(f'(config-version "{version}")\n'
                         "(show-welcome-dialog no)\n"
                         "(check-updates no)\n"
                         f'(plug-in-path "{self.plug_ins}")\n')

    def _install(self, name, program):
        os.makedirs(f"{self.plug_ins}/{name}")
        shutil.copy(program, f"{self.plug_ins}/{name}/{name}")

    def add_finder(self):
        """From now on faces are looked for."""
        finder = os.environ["FACET_TEST_FINDER"]
        if not os.path.exists(finder):
            raise Skip("there are no finder's weights")
        shutil.copy(finder, self.weights)

    def remove_finder(self):
        os.unlink(f"{self.weights}/finder.safetensors")

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self, **more):
        """Nothing of the user's own is read or written."""
        return dict(os.environ, GIMP3_DIRECTORY=self.folder, HOME=self.home,
                    XDG_CONFIG_HOME=f"{self.home}/.config",
                    XDG_DATA_HOME=f"{self.home}/.local/share",
                    XDG_CACHE_HOME=f"{self.home}/.cache", **more)

    def console(self, scheme, **environment):
        """Run Scheme in GIMP without a window: (exit status, its words)."""
        result = subprocess.run(
            ["gimp-console", "-i", "-d", "-f",
             "--batch-interpreter=plug-in-script-fu-eval", "-b", scheme,
             "--quit"],
            env=self.environment(**environment), timeout=CONSOLE_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        return result.returncode, result.stdout

    def must(self, scheme, **environment):
        """Run Scheme that has to succeed."""
        status, words = self.console(scheme, **environment)
        assert status == 0, f"GIMP ended with {status}:\n{words}"
        return words
