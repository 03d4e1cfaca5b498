"""Converted pages, kept by (page digest, preset) so that no page is converted twice.

They lie in ``work/pages/<rendition>/<digest>``, the parts of a strip in ``<digest>.0``, ``<digest>.1`` and so on, whole or
not at all, each sealed with its checksum. Any number of threads and processes of one machine may ask for the same page at
once: a lock lets one of them work and the others wait. The lock saves work and nothing else: when its holder is stopped and
does not come back, the page is converted beside it, to the same bytes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from ...domain.errors import PageUnreadable, Place, StorageUnavailable
from ...domain.library import ImageFacts
from ...domain.manifest import ManifestComic, ManifestPage
from ...domain.quality import Preset
from ...files.checksummed import matches, open_checksummed, write_checksummed
from ...files.locks import try_lock
from ...packaging.images import convert_parts, probe, working_bytes
from .sources import OpenComics

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0  # longer than almost every page takes


class PageCache:
    """The converted pages of one preset on this machine."""

    def __init__(self, folder: Path, preset: Preset, max_pixels: int) -> None:
        self._folder = folder
        self._preset = preset
        self._max_pixels = max_pixels
        folder.mkdir(parents=True, exist_ok=True)

    def needs(self, page: ManifestPage) -> bool:
        """True if the preset changes this page; otherwise its original bytes are used."""
        return self._preset.changes(page.facts)

    def working_bytes(self, page: ManifestPage) -> int:
        """About how much memory converting the page takes."""
        return working_bytes(page.facts, self._preset)

    def parts(self, page: ManifestPage) -> int:
        """How many pages of the file this one becomes."""
        return self._preset.parts(page.facts.width, page.facts.height)

    def get(
        self,
        comics: OpenComics,
        comic: ManifestComic,
        page: ManifestPage,
        on_part: Callable[[], None] = lambda: None,
    ) -> tuple[ImageFacts, ...]:
        """The facts of the converted page, or of each of its parts, converting what was not converted before.

        ``on_part`` is called after every part, also of those that were there, and may raise to stop. Raises PageUnreadable
        with its place.
        """
        paths = self._paths(page)
        lock = self._folder / f"{page.facts.sha256}.lock"
        held = try_lock(lock, timeout_seconds=PATIENCE_SECONDS)
        with held or nullcontext():
            try:
                found = {
                    part: facts
                    for part, path in enumerate(paths)
                    if (facts := self._kept(path)) is not None
                }
                for _ in found:
                    on_part()
                missing = {part: path for part, path in enumerate(paths) if part not in found}
                if missing:
                    found |= self._convert(comics, comic, page, missing, on_part)
                return tuple(found[part] for part in range(len(paths)))
            finally:
                if held:
                    lock.unlink(missing_ok=True)

    def _kept(self, path: Path) -> ImageFacts | None:
        try:
            os.utime(path)
            stream, seal = open_checksummed(path)
            with stream:
                facts = probe(stream, self._max_pixels)
            if matches(seal, facts.crc32):
                return facts
            reason = "Its bytes are not those that were written."
        except FileNotFoundError:
            return None
        except PageUnreadable as error:
            reason = error.detail
        log.warning(
            "a kept page is damaged and converted again: %s",
            reason,
            extra={"action": "page_damaged"},
        )
        return None

    def _convert(
        self,
        comics: OpenComics,
        comic: ManifestComic,
        page: ManifestPage,
        targets: dict[int, Path],
        on_part: Callable[[], None],
    ) -> dict[int, ImageFacts]:
        made: dict[int, ImageFacts] = {}
        try:
            with comics.read_page(comic, page) as source:
                made_parts = convert_parts(
                    source, page.facts, self._preset, targets, self._max_pixels, write_checksummed
                )
                for part, facts in made_parts:
                    log.debug(
                        "page converted: %s", targets[part].name, extra={"action": "page_converted"}
                    )
                    made[part] = facts
                    on_part()
        except PageUnreadable as error:
            raise PageUnreadable(
                f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” cannot be read: {error.detail}",
                place=Place(comic.comic_id, page.index),
            ) from error
        return made

    def _paths(self, page: ManifestPage) -> list[Path]:
        parts = self.parts(page)
        whole = self._folder / page.facts.sha256
        return [whole] if parts == 1 else [whole.with_suffix(f".{part}") for part in range(parts)]

    def open(self, page: ManifestPage, part: int) -> BinaryIO:
        """A part of the converted page. Raises StorageUnavailable if it was tidied away; the next attempt makes it anew."""
        try:
            return open_checksummed(self._paths(page)[part])[0]
        except FileNotFoundError as error:
            raise StorageUnavailable("A converted page is gone; it is converted again.") from error
