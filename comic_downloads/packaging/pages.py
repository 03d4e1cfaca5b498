"""What the writers are fed: pages in output order, each opened only when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ..domain.library import ComicMetadata, ImageFacts
from ..domain.options import ComicInfoSchema


@dataclass(frozen=True)
class OutputPage:
    """A page as it goes into the file.

    ``name`` is its original file name (without folders), ``facts`` describe exactly the bytes that ``open`` gives.
    ``open`` returns a new binary stream at position 0; the writer closes it.
    """

    name: str
    facts: ImageFacts
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class OutputComic:
    metadata: ComicMetadata
    pages: Sequence[OutputPage]
    missing: Sequence[int] = ()


@dataclass(frozen=True)
class Document:
    """All that one file is made of; several comics become chapters of it, in order.

    ``numbered`` names the images in a ZIP by their place; the other formats always do.
    """

    title: str
    comics: Sequence[OutputComic]
    with_metadata: bool = True
    numbered: bool = False
    comic_info: ComicInfoSchema = ComicInfoSchema.V2_0

    @property
    def page_count(self) -> int:
        return sum(len(comic.pages) for comic in self.comics)

    @property
    def size_bytes(self) -> int:
        """The size of all pages together: a little less than the file will have."""
        return sum(page.facts.size_bytes for comic in self.comics for page in comic.pages)


@dataclass(frozen=True)
class BuiltFile:
    """A finished file: its length and the lower-case hex SHA-256 of its bytes."""

    size_bytes: int
    sha256: str
    page_count: int


class Progress(Protocol):
    """Called after every page (and at least every 8 MiB) with what is done so far.

    It may raise to stop the work (pause, cancel, lost lease); writers let that through and leave no open files.
    """

    def __call__(self, pages_done: int, bytes_done: int) -> None: ...


class Writer(Protocol):
    """``write_cbz``, ``write_zip`` and ``write_pdf`` have this form.

    Writes the whole file to ``target`` (created, fsynced, not renamed: the caller does that) in constant memory,
    hashing on the way, checking every page's CRC-32 and length against its facts. The bytes depend on the document alone.
    Raises PageUnreadable (with the page's place unset: the caller knows it from ``pages_done``) when a page's bytes
    differ from its facts, DiskFull on ENOSPC/EDQUOT, StorageUnavailable on other write errors.
    """

    def __call__(self, document: Document, target: Path, progress: Progress) -> BuiltFile: ...
