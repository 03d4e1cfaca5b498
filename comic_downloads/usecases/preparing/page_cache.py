"""Converted pages on this machine's disk, so that no page is converted twice for one preset.

They lie in ``work/pages/<preset key>/<digest of the original>``, and the parts of a strip in
``<digest>.strip-<digest of the strip>-<rows above>.0`` and so on; those of a double page say which
half is read first, as in ``<digest>.spread-rtl.0``. Each file is written all or nothing and ends
with a checksum. Any number of threads and processes of one machine may ask for the same page at
once: a lock lets one of them work while the others wait. The lock only saves work. If its holder is
stopped and does not return, the page is converted again beside it, to the same bytes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ...domain.errors import PageUnreadable, Place, StorageUnavailable
from ...domain.library import ImageFacts
from ...domain.manifest import ManifestComic, ManifestPage
from ...domain.quality import Preset
from ...files.checksummed import matches, open_checksummed, write_checksummed
from ...files.locks import try_lock
from ...packaging.images import (
    DecodedPage,
    PageOfStrip,
    StripPage,
    convert_parts,
    convert_screens,
    decoded_strip_page,
    probe,
    working_bytes,
)
from .sources import OpenComics

log = logging.getLogger(__name__)

# Longer than almost every page takes.
LOCK_TIMEOUT_SECONDS = 5.0

PartFacts = tuple[int, ImageFacts]  # The number of the part, from 0, and its facts.


class PageCache:
    """The converted pages of one preset on this machine."""

    def __init__(self, folder: Path, preset: Preset, max_pixels: int) -> None:
        self._folder = folder
        self._preset = preset
        self._max_pixels = max_pixels
        folder.mkdir(parents=True, exist_ok=True)

    def needs(self, page: ManifestPage) -> bool:
        """Return True if the preset changes this page; otherwise its original bytes are used."""
        return self._preset.changes(page.facts)

    def working_bytes(self, page: ManifestPage) -> int:
        """Estimate the memory that converting the page takes."""
        return working_bytes(page.facts, self._preset)

    def parts(self, page: ManifestPage) -> int:
        """Return how many pages of the file this one becomes."""
        return self._preset.parts_of(page.facts)

    def get(
        self, comics: OpenComics, comic: ManifestComic, page: ManifestPage
    ) -> tuple[ImageFacts, ...]:
        """Return the facts of every part of the converted page. Raises as ``converted_parts``."""
        return tuple(
            facts
            for _, facts in sorted(self.converted_parts(comics, comic, page), key=_part_number)
        )

    def converted_parts(
        self, comics: OpenComics, comic: ManifestComic, page: ManifestPage
    ) -> Generator[PartFacts]:
        """Yield the parts of the converted page, first those in the cache, then each new one.

        A caller that stops early closes the generator, which frees the lock on the page.

        Raises:
            PageUnreadable: The page cannot be decoded; names the page.
            ComicChanged: The page is not what it was when the library was scanned.
            StorageUnavailable: The disk failed; DiskFull if it has no room.
        """
        paths = self._paths(page)
        lock_path = self._folder / f"{page.facts.sha256}.lock"
        lock = try_lock(lock_path, timeout_seconds=LOCK_TIMEOUT_SECONDS)
        with lock or nullcontext():
            try:
                missing: dict[int, Path] = {}
                for part, path in enumerate(paths):
                    facts = self._read_facts(path)
                    if facts is None:
                        missing[part] = path
                    else:
                        yield part, facts
                if missing:
                    yield from self._convert(comics, comic, page, missing)
            finally:
                if lock:
                    lock_path.unlink(missing_ok=True)

    def _read_facts(self, path: Path) -> ImageFacts | None:
        """Return the facts of a kept page and mark it as used; None if it is gone or damaged."""
        try:
            os.utime(path)
            stream, crc_field = open_checksummed(path)
            with stream:
                facts = probe(stream, self._max_pixels)
            if matches(crc_field, facts.crc32):
                return facts
            reason = "Its bytes are not those that were written."
        except FileNotFoundError:
            return None
        except PageUnreadable as error:
            reason = error.detail
        log.warning(
            "Converted page is damaged and is converted again: %s",
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
    ) -> Generator[PartFacts]:
        try:
            with comics.read_page(comic, page) as source:
                wanted = targets.keys()
                for made in (
                    convert_parts(source, page.facts, self._preset, wanted, self._max_pixels)
                    if page.facts.strip is None
                    else convert_screens(
                        source,
                        PageOfStrip(page.facts, self._strip(comics, comic, page)),
                        self._preset,
                        wanted,
                        self._max_pixels,
                    )
                ):
                    target = targets[made.part]
                    write_checksummed(target, made.data)
                    log.debug("Page converted: %s", target.name, extra={"action": "page_converted"})
                    yield made.part, made.facts
        except PageUnreadable as error:
            raise _named(error, comic, page) from error

    def _strip(
        self, comics: OpenComics, comic: ManifestComic, page: ManifestPage
    ) -> list[StripPage]:
        """Return all pages of the strip that the page is a part of."""
        place = page.facts.strip
        assert place is not None
        return [
            StripPage(one.facts, partial(self._decoded, comics, comic, one))
            for one in comic.pages
            if one.facts.strip is not None and one.facts.strip.digest == place.digest
        ]

    def _decoded(self, comics: OpenComics, comic: ManifestComic, page: ManifestPage) -> DecodedPage:
        try:
            with comics.read_page(comic, page) as source:
                return decoded_strip_page(source, page.facts, self._preset, self._max_pixels)
        except PageUnreadable as error:
            raise _named(error, comic, page) from error

    def _paths(self, page: ManifestPage) -> list[Path]:
        parts = self.parts(page)
        if page.facts.spread is page.facts.strip is None:
            return [self._folder / page.facts.sha256]
        return [self._folder / f"{page.facts.key}.{part}" for part in range(parts)]

    def open(self, page: ManifestPage, part: int) -> BinaryIO:
        """Open a part of the converted page.

        Raises:
            StorageUnavailable: The cleanup removed it; the next attempt converts it again.
        """
        try:
            return open_checksummed(self._paths(page)[part])[0]
        except FileNotFoundError as error:
            raise StorageUnavailable("A converted page is gone; it is converted again.") from error


def _named(error: PageUnreadable, comic: ManifestComic, page: ManifestPage) -> PageUnreadable:
    """Return the error with the name of the page, unless it names another one already."""
    if error.place.page_index is not None:
        return error
    return PageUnreadable(
        f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” cannot be read: "
        f"{error.detail}",
        place=Place(comic.comic_id, page.index),
    )


def _part_number(part: PartFacts) -> int:
    return part[0]
