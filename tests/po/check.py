#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simplified Chinese is complete, and the program speaks it.

usage: check.py SOURCE_ROOT [PROGRAM]    (PROGRAM is facet, built)
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
PROGRAM = sys.argv[2] if len(sys.argv) > 2 else None
PO = ROOT / 'po' / 'zh_CN.po'
# Those of meson's preset for GLib.
KEYWORDS = ['--keyword', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2',
            '--keyword=NC_:1c,2', '--keyword=g_dcgettext:2',
            '--keyword=g_dngettext:2,3', '--keyword=g_dpgettext2:2c,3']


class Skip(Exception):
    """Why a test cannot run here."""


def run(*command, **options):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding='utf-8',
                              check=False, **options)
    except FileNotFoundError as error:
        raise Skip(f'{error.filename} is not installed') from error


def listed_files():
    lines = (ROOT / 'po' / 'POTFILES').read_text('utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def template(folder, files):
    """The strings of these files, as a template; None where there is none."""
    path = pathlib.Path(folder) / 'facet.pot'
    result = run('xgettext', '--from-code=UTF-8', *KEYWORDS, '-o', str(path),
                 *files, cwd=ROOT)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return path if path.exists() else None


def messages(*selection):
    """The msgids that msgattrib selects."""
    result = run('msgattrib', '--no-wrap', *selection)
    assert result.returncode == 0, result.stderr
    return re.findall(r'^msgid "(.+)"$', result.stdout, re.MULTILINE)


def every_file_with_strings_is_listed(folder):
    files = sorted(str(path.relative_to(ROOT))
                   for room in ('core', 'ui', 'plugin')
                   for path in (ROOT / room).rglob('*.[ch]'))
    pot = template(folder, files)
    found = set()
    for line in pot.read_text('utf-8').splitlines():
        if line.startswith('#: '):
            found |= {place.rsplit(':', 1)[0] for place in line[3:].split()}
    assert found == set(listed_files()), (
        f'po/POTFILES lacks {sorted(found - set(listed_files()))}, '
        f'has no need of {sorted(set(listed_files()) - found)}')


def every_string_is_translated(folder):
    merged = pathlib.Path(folder) / 'merged.po'
    result = run('msgmerge', '--quiet', '--no-fuzzy-matching', '-o',
                 str(merged), str(PO), str(template(folder, listed_files())))
    assert result.returncode == 0, result.stderr
    untranslated = messages('--untranslated', '--no-obsolete', str(merged))
    fuzzy = messages('--only-fuzzy', '--no-obsolete', str(merged))
    assert not untranslated and not fuzzy, '\n# '.join(untranslated + fuzzy)


def nothing_is_left_of_strings_that_are_gone(folder):
    merged = pathlib.Path(folder) / 'merged.po'
    result = run('msgmerge', '--quiet', '--no-fuzzy-matching', '-o',
                 str(merged), str(PO), str(template(folder, listed_files())))
    assert result.returncode == 0, result.stderr
    text = merged.read_text('utf-8')
    assert '#~ ' not in text, text[text.index('#~ '):]


def the_catalog_is_sound(folder):
    result = run('msgfmt', '--check', '-o', folder + '/facet.mo', str(PO))
    assert result.returncode == 0 and not result.stderr, result.stderr


def translations_are_chinese(folder):
    result = run('msgattrib', '--no-wrap', '--translated', str(PO))
    texts = re.findall(r'^msgid (".+?")\nmsgstr (".*")$', result.stdout,
                       re.MULTILINE)
    assert len(texts) > 100
    for original, text in texts:
        words = re.sub(r'%[\d$.]*[a-z]+', '', original)
        assert (re.search('[\u4e00-\u9fff]', text)
                or not re.search('[a-z]{3}', words)), original


def the_program_speaks_chinese(folder):
    if not PROGRAM:
        raise Skip('the program facet is not built')
    result = run('localedef', '-i', 'zh_CN', '-f', 'UTF-8',
                 folder + '/zh_CN.UTF-8')
    if not os.path.isdir(folder + '/zh_CN.UTF-8'):
        raise Skip('the locale zh_CN cannot be made here')
    chinese = dict(os.environ, LOCPATH=folder, LC_ALL='zh_CN.UTF-8')
    chinese.pop('LANGUAGE', None)
    result = run(PROGRAM, 'show', '/nowhere.safetensors', env=chinese)
    assert result.returncode == 1
    assert '没有名为“/nowhere.safetensors”的模型' in result.stderr, \
        result.stderr
    result = run(PROGRAM, '--help', env=chinese)
    assert result.returncode == 0
    assert '用法：facet 命令' in result.stdout, result.stdout
    assert '修改照片中的人脸' in result.stdout, result.stdout
    result = run(PROGRAM, '--help', env=dict(chinese, LC_ALL='C.UTF-8'))
    assert 'Usage: facet COMMAND' in result.stdout, result.stdout


def main():
    tests = [every_file_with_strings_is_listed, every_string_is_translated,
             nothing_is_left_of_strings_that_are_gone, the_catalog_is_sound,
             translations_are_chinese, the_program_speaks_chinese]
    print(f'1..{len(tests)}')
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
                print(f'ok {number} {test.__name__}')
            except Skip as reason:
                print(f'ok {number} {test.__name__} # SKIP {reason}')
            except AssertionError as error:
                print(f'not ok {number} {test.__name__}')
                print(f'# {error}')


main()
