"""Show every page of the TIFFs in a comic as a page of its own."""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath
from typing import BinaryIO

from ...domain.errors import PageUnreadable
from ...domain.library import NOTHING_LISTED, ListedPage
from .documents import Document
from .source import ComicSource, require_pages
from .tiff import page_directories, single_page

_EXTENSIONS = frozenset({".tif", ".tiff"})
# “scan#002.tif” is the second page of “scan.tif”.
_PAGE_OF = re.compile(r"(?P<stem>.+)#(?P<number>\d{3,})(?P<suffix>\.tiff?)", re.IGNORECASE)


class TiffPages(ComicSource):
    """A comic whose TIFFs of several pages are taken apart; everything else is as in the comic."""

    def __init__(self, source: ComicSource) -> None:
        self._source = source
        self._own = frozenset(source.names())

    def expect_few_reads(self) -> None:
        """Note that only few of the pages will be opened."""
        self._source.expect_few_reads()

    @property
    def opens_as_a_whole(self) -> bool:
        """Return True if the first page that is opened costs as much as all of them."""
        return self._source.opens_as_a_whole

    def listed(self, name: str) -> ListedPage:
        """Return what is known about a page that is a whole file, without reading it."""
        return self._source.listed(name) if name in self._own else NOTHING_LISTED

    def names(self) -> list[str]:
        """Return the names of the pages in reading order. Opens every TIFF to count its pages."""
        found = [page for name in self._source.names() for page in self._pages_of(name)]
        require_pages(len(found))
        return found

    def _pages_of(self, name: str) -> list[str]:
        if not _is_tiff(name):
            return [name]
        try:
            with self._source.open_page(name) as stream:
                count = len(page_directories(stream))
        except PageUnreadable:
            # Reading the page will report it.
            return [name]
        suffix = PurePosixPath(name).suffix
        stem = name.removesuffix(suffix)
        pages = [f"{stem}#{number:03}{suffix}" for number in range(1, count + 1)]
        return pages if count > 1 and self._own.isdisjoint(pages) else [name]

    def open_page(self, name: str) -> BinaryIO:
        """Open the page; one of several in a TIFF becomes a TIFF of its own."""
        part = None if name in self._own else _PAGE_OF.fullmatch(name)
        if part is None:
            return self._source.open_page(name)
        number = int(part["number"])
        with self._source.open_page(part["stem"] + part["suffix"]) as stream:
            places = page_directories(stream)
            if not 0 < number <= len(places):
                raise PageUnreadable(f"“{name}” is no longer in the comic.")
            return io.BytesIO(single_page(stream, places[number - 1]))

    def checksum(self, name: str) -> int | None:
        """Return the page's CRC-32 from the archive, if the page is a whole file of it."""
        return self._source.checksum(name) if name in self._own else None

    def documents(self) -> list[Document]:
        """Return the documents about the whole comic, the most trusted first."""
        return self._source.documents()

    def left_out(self) -> str:
        """Return what of the comic is not among its pages and why, or an empty string."""
        return self._source.left_out()

    def chapters(self) -> dict[str, str]:
        """Return the titles of the chapters by the name of the first page of each."""
        return {self._pages_of(name)[0]: title for name, title in self._source.chapters().items()}

    def close(self) -> None:
        """Release files and processes."""
        self._source.close()


def _is_tiff(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _EXTENSIONS


def with_tiff_pages(source: ComicSource) -> ComicSource:
    """Return the comic with every page of its TIFFs, or the same one if it has no TIFF."""
    return TiffPages(source) if any(map(_is_tiff, source.names())) else source
