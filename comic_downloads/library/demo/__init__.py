"""The demo comics of a new library, so that there is something to read and download at once.

``tools/demo`` draws the CBZ files beside this module.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

SHIPPED = Path(__file__).parent
# The scanner skips hidden names.
UNFINISHED = ".demo-unfinished"

# The shipped file of each comic, and its place in the library. A place without .cbz becomes a
# folder of pages, so that the demo shows this kind of comic, too.
_PLACES = {
    "cafe-metro.cbz": "Café Métro/Café Métro 001 - The Last Train (2026).cbz",
    "cat-and-robot.cbz": "猫とロボット",
    "angstrom-deep.cbz": "Ångström Deep.cbz",
}


def add_demo_comics(library: Path) -> bool:
    """Copy the demo comics into the folder if it is empty; return whether that was done.

    The comics are copied into a hidden folder first and then renamed into place: after a kill,
    the next call starts again.
    """
    unfinished = library / UNFINISHED
    if any(entry.name != UNFINISHED for entry in library.iterdir()):
        return False
    shutil.rmtree(unfinished, ignore_errors=True)
    for file_name, place in _PLACES.items():
        _copy(SHIPPED / file_name, unfinished / place)
    for finished in sorted(unfinished.iterdir()):
        finished.rename(library / finished.name)
    unfinished.rmdir()
    return True


def _copy(shipped: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".cbz":
        shutil.copyfile(shipped, target)
    else:
        with zipfile.ZipFile(shipped) as archive:
            archive.extractall(target)
