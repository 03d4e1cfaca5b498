"""List a comic that is new or changed, and read its pages, at once or later."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..domain.errors import ComicUnreadable, PageUnreadable
from ..domain.library import (
    AGAIN,
    ComicMetadata,
    ImageFacts,
    Page,
    PageType,
    ReadingDirection,
    ScannedComic,
)
from ..domain.quality import is_strip
from .metadata import describe
from .metadata.declared import declared_metadata
from .page_marks import MarkedPage, wanted_pages
from .scanner import FoundComic
from .sources import ComicOutOfReach, ComicSource, PageOutOfReach, detect_kind, open_comic

# Looked at for a cover before the whole comic is read.
_COVER_TRIES = 3
# Larger pages are read in pieces.
IN_MEMORY_BYTES = 8 * 1024**2

Probe = Callable[[BinaryIO, int], ImageFacts]


class PageReading(NamedTuple):
    """The facts of a page or its error. ``may_pass`` is True for an error that may be temporary."""

    facts: ImageFacts | None
    error: str = ""
    may_pass: bool = False


@dataclass(frozen=True)
class PageReader:
    """How pages are read: by ``probe``, up to ``max_pixels``; ``on_page`` may raise to stop."""

    probe: Probe
    max_pixels: int
    on_page: Callable[[], None]

    def read(self, source: ComicSource, name: str) -> PageReading:
        """Read one page of an open comic."""
        self.on_page()
        try:
            with source.open_page(name) as stream:
                facts = self.probe(_in_memory(stream), self.max_pixels)
            if source.checksum(name) not in {None, facts.crc32}:
                return PageReading(None, f"“{name}” is damaged in the archive.")
        except PageUnreadable as failure:
            return PageReading(None, failure.detail, isinstance(failure, PageOutOfReach))
        except OSError as failure:
            reason = f"It cannot be read from the disk: {failure.strerror or failure}."
            return PageReading(None, reason, may_pass=True)
        return PageReading(facts)


def read_comic(
    library: Path, found: FoundComic, reader: PageReader, *, whole: bool = True
) -> ScannedComic:
    """Open the comic and examine its pages; damage becomes an ``error`` of the comic or a page.

    Unless the ``whole`` comic is wanted, only the cover is read, and the other pages are listed
    with what the archive's directory says. A comic that has to be unpacked for its first page is
    read whole in any case.

    A failure that may be temporary empties the fingerprint or marks it with AGAIN, so that the next
    scan reads the comic or the page again.
    """
    kind = ""
    path = library / found.path
    try:
        kind = detect_kind(path)
        with open_comic(path, kind) as source:
            if not whole:
                source.expect_few_reads()
            documents = source.documents()
            declared = declared_metadata(documents)
            metadata = describe(_named_path(library, found.path), declared.metadata)
            left_out = source.left_out()
            wanted = wanted_pages(source.names(), documents, source.chapters)
            pages, complete = _read_pages(
                source, wanted.pages, reader, whole=whole or source.opens_as_a_whole
            )
    except ComicUnreadable as error:
        unreadable = unreadable_comic(library, found, error.detail, kind)
        return (
            replace(unreadable, fingerprint="")
            if isinstance(error, ComicOutOfReach)
            else unreadable
        )
    return ScannedComic(
        found.path,
        kind,
        found.fingerprint if complete else f"{AGAIN}{found.fingerprint}",
        directed(metadata, [(page.facts.width, page.facts.height) for page in pages if page.facts]),
        pages,
        common_error([page.error for page in pages]),
        deleted_pages=wanted.deleted_count,
        metadata_error=" ".join(filter(None, (declared.problem, left_out))),
    )


def unreadable_comic(library: Path, found: FoundComic, reason: str, kind: str = "") -> ScannedComic:
    """Return the comic with the metadata of its path, and the reason as its error."""
    return ScannedComic(
        found.path,
        kind,
        found.fingerprint,
        describe(_named_path(library, found.path)),
        error=reason,
    )


def common_error(errors: Sequence[str]) -> str:
    """Return the error of a comic all of whose pages have one, else an empty string."""
    if not all(errors):
        return ""
    return f"None of its {len(errors)} pages can be read. The first one: {errors[0]}"


def directed(metadata: ComicMetadata, sizes: Sequence[tuple[int, int]]) -> ComicMetadata:
    """Return the metadata, with vertical reading direction if most pages are long strips.

    ``sizes`` are width and height of the pages that can be read.
    """
    strips = sum(is_strip(width, height) for width, height in sizes)
    if metadata.reading_direction is ReadingDirection.LEFT_TO_RIGHT and strips * 2 > len(sizes):
        return replace(metadata, reading_direction=ReadingDirection.VERTICAL)
    return metadata


def _named_path(library: Path, path: str) -> str:
    """Return the path that names the comic.

    Images directly in the library folder are one comic, named like that folder.
    """
    return library.name or "library" if path == "." else path


def _read_pages(
    source: ComicSource, wanted: Sequence[MarkedPage], reader: PageReader, *, whole: bool
) -> tuple[tuple[Page, ...], bool]:
    """Return the pages, and False if one of them failed for a reason that may be temporary."""
    readings: dict[str, PageReading] = {}
    for name in map(_name, wanted) if whole else _covers(wanted):
        readings[name] = reader.read(source, name)
        if not whole and readings[name].facts is not None:
            break
    unread = PageReading(None)
    pages = (
        (index, name, marks, readings.get(name, unread))
        for index, (name, marks) in enumerate(wanted)
    )
    return (
        tuple(
            Page(index, name, read.facts, read.error, marks, source.listed(name))
            for index, name, marks, read in pages
        ),
        not any(read.may_pass for read in readings.values()),
    )


def _in_memory(stream: BinaryIO) -> BinaryIO:
    """Return the page read at once, unless it is large: a probe reads in small pieces.

    Raises:
        PageUnreadable: The page is damaged.
    """
    data = stream.read(IN_MEMORY_BYTES + 1)
    if len(data) <= IN_MEMORY_BYTES:
        return io.BytesIO(data)
    stream.seek(0)
    return stream


def _name(page: MarkedPage) -> str:
    return page.name


def _covers(wanted: Sequence[MarkedPage]) -> list[str]:
    """Return the names of the pages that may be the cover, the most likely first."""
    marked = [page for page in wanted if page.marks.has_type(PageType.FRONT_COVER)]
    names = dict.fromkeys(map(_name, (*marked, *wanted[:_COVER_TRIES])))
    return list(names)[:_COVER_TRIES]
