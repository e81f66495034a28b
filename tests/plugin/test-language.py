# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu and the dialog speak Chinese where the user does."""

import gettext
import glob
import os
import shutil
import subprocess

from gimp_session import Profile, run_tests, scheme_string, skip_all
from gimp_window import Window, enter_session, wait_for

CATALOGS = os.environ["FACET_TEST_CATALOGS"]
LOCALE = "zh_CN.UTF-8"

if not glob.glob(f"{CATALOGS}/zh_CN/LC_MESSAGES/facet.mo"):
    skip_all("there is no Chinese catalog")
if shutil.which("localedef") is None:
    skip_all("there is no localedef")
enter_session()
profile = Profile()
profile.add_finder()
os.makedirs(profile.path("locales"))
subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8",
                profile.path(f"locales/{LOCALE}")], check=True)
chinese = gettext.translation("facet", CATALOGS, ["zh_CN"]).gettext
gimp = Window(profile, LOCPATH=profile.path("locales"), LC_ALL=LOCALE,
              LANG=LOCALE, LANGUAGE="zh_CN")


def shown(text):
    """The translation without its marks for keys."""
    translation = chinese(text)
    assert translation != text, f"“{text}” is not translated"
    return translation.replace("_", "")


def the_menu_and_the_dialog_are_chinese():
    gimp.scheme(f"""
(let ((image (car (gimp-file-load RUN-NONINTERACTIVE
       {scheme_string(os.environ["FACET_TEST_DATA"] + "/astronaut.png")}))))
  (gimp-display-new image))""")
    bar = wait_for("the menu bar",
                   lambda: gimp.find(gimp.application, "menu bar", ""))
    gimp.click(wait_for("the menu item", lambda: gimp.find(
        bar, "menu item", shown("Edit _Face…"))))
    dialog = wait_for("the dialog",
                      lambda: gimp.find_dialog(shown("Edit Face")))
    for role, text in (("check box", "_Preview"), ("button", "Ran_domize"),
                       ("button", "Reset _All"), ("label", "_Model:"),
                       ("label", "Components")):
        wait_for(f"the {role} {text}",
                 lambda r=role, t=text: gimp.find(dialog, r, shown(t)))
    component = chinese("Component %d") % 1
    wait_for(component, lambda: gimp.find(dialog, "slider", component))


try:
    run_tests([the_menu_and_the_dialog_are_chinese])
finally:
    gimp.close()
