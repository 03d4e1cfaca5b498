"""Which folders ``reflex run`` watches while a developer works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_data_folder_is_not_watched_though_it_lies_beside_the_code(tmp_path: Path):
    """It changes all the time: if it were watched, the server would restart all the time."""
    code = (
        "import rxconfig; from reflex.utils.exec import get_reload_paths;"
        " print(*get_reload_paths(), sep='\\n')"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "REFLEX_HOT_RELOAD_OVERRIDE_PATHS"
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {Path(line).relative_to(ROOT).name for line in done.stdout.split()} == {
        "comic_downloads",
        "assets",
        "rxconfig.py",
    }
