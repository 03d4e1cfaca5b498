"""Other software is imported without what we do not use of it."""

from __future__ import annotations

import subprocess
import sys


def test_unused_part_is_not_imported_and_can_be_imported_later():
    program = (
        "import sys, comic_downloads.worker.queue\n"
        "assert 'psycopg' not in sys.modules\n"
        "import psycopg\n"
        "print(psycopg.__version__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip()


def test_module_that_was_imported_before_stays():
    program = (
        "import sys, psycopg\n"
        "import comic_downloads.worker.queue\n"
        "assert sys.modules['psycopg'] is psycopg"
    )
    assert subprocess.run([sys.executable, "-c", program], check=True).returncode == 0
