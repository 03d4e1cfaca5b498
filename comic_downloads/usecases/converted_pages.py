"""Converted pages, kept by (page digest, preset) so that no page is converted twice.

They lie in ``work/pages/<rendition>/<digest>``, whole or not at all. Any number of threads and processes of one machine may
ask for the same page at once: a lock on the file lets one of them work and the others wait; the kernel frees it when the
holder dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import PageUnreadable, Place
from ..domain.library import ImageFacts
from ..domain.manifest import ManifestComic, ManifestPage
from ..domain.quality import Preset
from ..packaging.images import convert, probe
from .open_comics import OpenComics

log = logging.getLogger(__name__)


class ConvertedPages:
    """The converted pages of one preset on this machine."""

    def __init__(self, folder: Path, preset: Preset, max_pixels: int) -> None:
        self._folder = folder
        self._preset = preset
        self._max_pixels = max_pixels
        folder.mkdir(parents=True, exist_ok=True)

    def needs(self, page: ManifestPage) -> bool:
        """True if the preset changes this page; otherwise its original bytes are used."""
        return self._preset.changes(page.facts.width, page.facts.height)

    def get(self, comics: OpenComics, comic: ManifestComic, page: ManifestPage) -> ImageFacts:
        """The facts of the converted page, converting it unless that was done before. Raises PageUnreadable with its place."""
        path = self.path(page)
        with _locked(path.with_suffix(".lock")):
            if path.exists():
                os.utime(path)
                with path.open("rb") as stream:
                    return probe(stream, self._max_pixels)
            try:
                with comics.read_page(comic, page) as source:
                    facts = convert(source, page.facts, self._preset, path, self._max_pixels)
            except PageUnreadable as error:
                raise PageUnreadable(
                    f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” cannot be read: {error.detail}",
                    place=Place(comic.comic_id, page.index),
                ) from error
            log.debug("page converted", extra={"action": "page_converted", "page": page.facts.sha256})
            return facts

    def path(self, page: ManifestPage) -> Path:
        return self._folder / page.facts.sha256

    def open(self, page: ManifestPage) -> BinaryIO:
        return self.path(page).open("rb")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on the file for the block and removes it afterwards."""
    while True:
        with path.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_still(path, file.fileno()):
                continue  # its last holder removed it while we waited
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
