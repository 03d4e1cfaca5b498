"""Converted pages, kept by (page digest, preset) so that no page is converted twice.

They lie in ``work/pages/<rendition>/<digest>``, whole or not at all. Any number of threads and processes of one machine may
ask for the same page at once: a lock lets one of them work and the others wait. The lock saves work and nothing else: when
its holder is stopped and does not come back, the page is converted beside it, to the same bytes.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import PageUnreadable, Place, StorageUnavailable
from ..domain.library import ImageFacts
from ..domain.manifest import ManifestComic, ManifestPage
from ..domain.quality import Preset
from ..packaging.images import convert, probe
from .file_locks import held
from .open_comics import OpenComics

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0  # longer than almost every page takes


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
        lock = path.with_suffix(".lock")
        with held(lock, patience_seconds=PATIENCE_SECONDS) as alone:
            try:
                return self._kept(path) or self._convert(comics, comic, page, path)
            finally:
                if alone:
                    lock.unlink(missing_ok=True)

    def _kept(self, path: Path) -> ImageFacts | None:
        try:
            os.utime(path)
            with path.open("rb") as stream:
                return probe(stream, self._max_pixels)
        except FileNotFoundError:
            return None
        except PageUnreadable as error:
            log.warning("a kept page is damaged and converted again: %s", error.detail, extra={"action": "page_damaged"})
            return None

    def _convert(self, comics: OpenComics, comic: ManifestComic, page: ManifestPage, path: Path) -> ImageFacts:
        try:
            with comics.read_page(comic, page) as source:
                facts = convert(source, page.facts, self._preset, path, self._max_pixels)
        except PageUnreadable as error:
            raise PageUnreadable(
                f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” cannot be read: {error.detail}",
                place=Place(comic.comic_id, page.index),
            ) from error
        log.debug("page converted: %s", page.facts.sha256, extra={"action": "page_converted"})
        return facts

    def path(self, page: ManifestPage) -> Path:
        return self._folder / page.facts.sha256

    def open(self, page: ManifestPage) -> BinaryIO:
        """The converted page. Raises StorageUnavailable if it was tidied away meanwhile; the next attempt makes it anew."""
        try:
            return self.path(page).open("rb")
        except FileNotFoundError as error:
            raise StorageUnavailable("A converted page is gone; it is converted again.") from error
