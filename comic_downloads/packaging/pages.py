"""The input of the writers: pages in output order, each opened only when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ..domain.layout import Piece
from ..domain.library import NO_MARKS, ComicMetadata, ImageFacts, PageMarks, PageType
from ..domain.options import ComicInfoSchema


@dataclass(frozen=True)
class OutputPage:
    """A page as it goes into the file.

    Attributes:
        name: Its original file name, without folders.
        facts: They describe exactly the bytes that ``open`` yields.
        open: Returns a new binary stream at position 0, which the writer closes.
        marks: What the comic says about the page.
        parts: What its bytes are in a layout; empty if they are known only by opening the page.
    """

    name: str
    facts: ImageFacts
    open: Callable[[], BinaryIO]
    marks: PageMarks = NO_MARKS
    parts: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class OutputComic:
    """One comic of the file. ``missing`` lists the indexes of pages left out as damaged."""

    metadata: ComicMetadata
    pages: Sequence[OutputPage]
    missing: Sequence[int] = ()


@dataclass(frozen=True)
class Document:
    """All that one file is made of; several comics become its chapters, in order.

    With ``numbered``, images are named by their position; formats that always number them ignore
    it. An EPUB ``for_kindle`` has metadata for Amazon's readers.
    """

    title: str
    comics: Sequence[OutputComic]
    with_metadata: bool = True
    numbered: bool = False
    comic_info: ComicInfoSchema = ComicInfoSchema.V2_0
    for_kindle: bool = False

    def pages(self) -> Iterator[OutputPage]:
        """Yield the pages of all comics in order."""
        for comic in self.comics:
            yield from comic.pages

    @property
    def cover(self) -> int:
        """Return the place of the cover, from 0: the first page unless a comic says otherwise."""
        covers = (
            place
            for place, page in enumerate(self.pages())
            if page.marks.has_type(PageType.FRONT_COVER)
        )
        return next(covers, 0)

    @property
    def page_count(self) -> int:
        """Return the number of pages of all comics."""
        return sum(len(comic.pages) for comic in self.comics)

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all pages together, a little less than the file will have."""
        return sum(page.facts.size_bytes for comic in self.comics for page in comic.pages)


@dataclass(frozen=True)
class BuiltFile:
    """A finished file: its length and the lower-case hex SHA-256 of its bytes."""

    size_bytes: int
    sha256: str
    page_count: int


class OnProgress(Protocol):
    """Reports what is written so far, after every page and at least every 8 MiB.

    It may raise to stop the work, for a pause, a cancellation or a lost lease. Writers let the
    error through and leave no open files.
    """

    def __call__(self, pages_done: int, bytes_done: int) -> None:
        """Take note of the pages and bytes that are written."""
        ...


class Writer(Protocol):
    """Writes a whole file, as ``write_cbz`` and the writers of other formats do."""

    def __call__(self, document: Document, target: Path, progress: OnProgress) -> BuiltFile:
        """Write the document to ``target`` in constant memory and hash it on the way.

        The file is created and fsynced; renaming it is up to the caller. The length and CRC-32 of
        every page are compared with its facts. The bytes depend on the document alone.

        Raises:
            PageUnreadable: The bytes of a page differ from its facts. The error does not name the
                page; the caller knows it from the ``pages_done`` of the progress.
            DiskFull: The disk or the quota is full.
            StorageUnavailable: Writing failed for another reason.
        """
        ...
