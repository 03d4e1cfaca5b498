"""Pages of the long comic that the worker cannot convert for now, however fast the machine is."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comic_downloads.domain.presets import parse_quality
from comic_downloads.domain.quality import preset_key
from comic_downloads.files.locks import Lock, try_lock
from comic_downloads.usecases.preparing.work_dir import WorkFolders
from tests.browser.product import Product
from tests.browser.shelf import LONG_PAGES
from tests.waiting import PATIENCE_SECONDS, wait_for

FIRST_HELD = 20
# The only worker may still be at the long comic of another test.
TURN_SECONDS = 240.0


class HeldPages:
    """Pages that are held, by their numbers from 1; a worker waits for each for five seconds."""

    def __init__(self, folder: Path, locks: dict[int, Lock]) -> None:
        self._folder = folder
        self._locks = locks

    def wait_until_reached(self) -> None:
        """Wait until the pages before them are converted; they may be from before."""
        wait_for("the pages before", self._is_reached, TURN_SECONDS)

    def _is_reached(self) -> bool:
        kept = [path for path in self._folder.iterdir() if path.suffix != ".lock"]
        return len(kept) >= FIRST_HELD - 1

    def let_go(self, end: int = LONG_PAGES + 1) -> None:
        """Let the worker convert the pages before ``end``."""
        for number in [number for number in self._locks if number < end]:
            self._locks.pop(number).__exit__(None, None, None)


@contextmanager
def held_pages(product: Product, quality: str) -> Iterator[HeldPages]:
    """Hold most pages of the long comic in this quality, such as ``720p``.

    The first pages are converted, so that there is progress to see.
    """
    folder = WorkFolders(product.data / "work").pages_of(preset_key(parse_quality(quality)))
    comic = next((product.library / "Harbour").glob("*002*"))
    locks: dict[int, Lock] = {}
    with zipfile.ZipFile(comic) as archive:
        for number, entry in enumerate(archive.namelist(), 1):
            if number >= FIRST_HELD:
                digest = hashlib.sha256(archive.read(entry)).hexdigest()
                # The worker may still be at a page of a download that was cancelled.
                lock = try_lock(folder / f"{digest}.lock", timeout_seconds=PATIENCE_SECONDS)
                assert lock is not None, "a worker converts the page already"
                locks[number] = lock
    held = HeldPages(folder, locks)
    try:
        yield held
    finally:
        held.let_go()
