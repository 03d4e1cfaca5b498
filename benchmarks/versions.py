"""Copy an earlier version of the product, or the present one, into a folder to measure it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What the figures of the present version are held against.
BEFORE = "8790258"


def copy_commit(commit: str, folder: Path) -> None:
    """Write the files of a commit into the folder."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(
        ["tar", "--extract", "--directory", str(folder)], input=archive.stdout, check=True
    )


def copy_working_tree(folder: Path) -> None:
    """Write the files that git knows or would add into the folder, as they are now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
