# SPDX-License-Identifier: GPL-3.0-or-later
"""What `facet find` finds, for the scripts that compare it with others."""
import csv
import subprocess
import tempfile


def find_rows(options, photos):
    """The rows of its table; @options has facet, the program, and finder, its
    weights, or None."""
    finder = ['--finder', options.finder] if options.finder else []
    with tempfile.NamedTemporaryFile(suffix='.csv') as table:
        subprocess.run([options.facet, 'find', '--csv', table.name, *finder,
                        *photos], check=True)
        with open(table.name, newline='', encoding='utf-8') as file:
            return list(csv.DictReader(file))
