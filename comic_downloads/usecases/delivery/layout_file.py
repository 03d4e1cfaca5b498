"""A layout as a file that is read from any position, one checked page at a time."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol, Self

from ...domain.errors import ComicChanged, Place
from ...domain.layout import FilePiece, Layout, LayoutComic, Literal, PagePiece
from ...library import own_files
from ...library.checked_pages import CheckedPage, CheckedPages
from ...library.extents import PageMoved
from ...library.own_files import OwnFiles
from ...library.page_faults import page_changed

# A page whose file changes while it is sent is checked again. The second time it is copied before
# it is sent, so that more are hardly needed.
_MAX_OPENED = 3


class LayoutFile:
    """The pieces of a layout by their position in the file, for any number of readers.

    Args:
        layout: The pieces.
        pages: Opens pages, and files of the library.
        known_sha256: Returns the SHA-256 of the layout's file, or an empty string while nobody
            knows it.
    """

    def __init__(
        self, layout: Layout, pages: CheckedPages, known_sha256: Callable[[], str] = str
    ) -> None:
        self._layout, self._pages, self._known_sha256 = layout, pages, known_sha256
        sizes = (piece.size_bytes for piece in layout.pieces)
        self._starts = array("q", accumulate(sizes, initial=0))

    @property
    def size_bytes(self) -> int:
        """Return the length of the file."""
        return self._starts[-1]

    @property
    def piece_count(self) -> int:
        """Return the number of pieces."""
        return len(self._layout.pieces)

    def find(self, position: int) -> tuple[int, int]:
        """Return the number of the piece that holds this byte, and the byte's place in it."""
        number = bisect_right(self._starts, position) - 1
        return number, position - self._starts[number]

    def start(self, number: int) -> int:
        """Return the position of the piece's first byte; of the one after the last, the end."""
        return self._starts[number]

    def literal(self, number: int) -> bytes | None:
        """Return the bytes of this piece, or None if it is a page or a whole file."""
        piece = self._layout.pieces[number]
        return piece.data if isinstance(piece, Literal) else None

    def page(self, number: int) -> PageReader:
        """Return a reader of the page, or the file, that this piece is. The caller closes it."""
        piece = self._layout.pieces[number]
        assert not isinstance(piece, Literal), "literal pieces need no reader"
        comic = self._layout.comics[piece.comic]
        if isinstance(piece, FilePiece):
            return PageReader(_FileOpening(self._pages.own_files, comic, piece, self._known_sha256))
        return PageReader(_PageOpening(self._pages, comic, piece))

    def page_after(self, number: int, end: int) -> int | None:
        """Return the number of the first page after this piece, if it begins before ``end``."""
        for later in range(number + 1, self.piece_count):
            if self._starts[later] >= end:
                break
            if self._starts[later + 1] > self._starts[later] and self.literal(later) is None:
                return later
        return None


class _Opening(Protocol):
    """How a piece of a layout is opened, and what its faults are called."""

    def open(self) -> CheckedPage:
        """Open and check the piece."""
        ...

    def open_beside(self, other: CheckedPage) -> CheckedPage | None:
        """Open the piece in the file of another one, or return None; it does not block."""
        ...

    def naming_faults(self) -> AbstractContextManager[None]:
        """Raise the errors of reading the piece as ``open`` names them."""
        ...

    def changed_error(self) -> ComicChanged:
        """Return the error for a piece that has other bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _PageOpening:
    pages: CheckedPages
    comic: LayoutComic
    piece: PagePiece

    def open(self) -> CheckedPage:
        return self.pages.open(self.comic, self.piece)

    def open_beside(self, other: CheckedPage) -> CheckedPage | None:
        return self.pages.open_beside(self.comic, self.piece, other)

    def naming_faults(self) -> AbstractContextManager[None]:
        return self.pages.naming_faults(self.comic, self.piece)

    def changed_error(self) -> ComicChanged:
        place = Place(self.comic.comic_id, self.piece.index)
        return page_changed(self.comic.title, self.piece.name, place)


@dataclass(frozen=True, slots=True)
class _FileOpening:
    files: OwnFiles
    comic: LayoutComic
    piece: FilePiece
    known_sha256: Callable[[], str]

    def open(self) -> CheckedPage:
        return self.files.open(self.comic, self.piece, self.known_sha256)

    def open_beside(self, other: CheckedPage) -> CheckedPage | None:
        return None  # Such a file is all of a layout.

    def naming_faults(self) -> AbstractContextManager[None]:
        return self.files.naming_faults(self.comic)

    def changed_error(self) -> ComicChanged:
        return own_files.changed_error(self.comic)


class PageReader:
    """One page of a layout for one reader, which calls one method at a time.

    ``open`` and ``read`` may block. ``close`` does not, not even while another thread is in them.
    """

    def __init__(self, opening: _Opening) -> None:
        self._opening = opening
        self._page: CheckedPage | None = None
        self._busy = threading.Lock()
        self._is_closed = False

    @property
    def is_open(self) -> bool:
        """Return True if the page was opened and found right."""
        return self._page is not None

    @property
    def takes_memory(self) -> bool:
        """Return True if the open page is a copy, not a place in a file."""
        return self._page is not None and self._page.takes_memory

    def open(self) -> None:
        """Open and check the page, if it is not open. Raises as ``CheckedPages.open``."""
        try:
            with self._busy:
                self._opened()
        finally:
            self._close_if_asked()

    def open_beside(self, other: Self, /) -> None:
        """Open the page in the file that another one has open, if it was found right there.

        It does not block.
        """
        if other._page is not None and self._page is None and self._busy.acquire(blocking=False):
            try:
                self._page = self._opening.open_beside(other._page)
            finally:
                self._busy.release()

    def read_cached(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer from byte ``start`` of the page on; return the number of bytes.

        It is 0 if ``read`` has to be asked.
        """
        if self._page is None:
            return 0
        try:
            return self._page.read_cached(start, buffer)
        except PageMoved:
            return 0

    def read(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer as ``read_cached``, with at least one byte.

        A page whose file has changed is checked again. Raises as ``CheckedPages.open``.
        """
        try:
            with self._busy, self._opening.naming_faults():
                for _ in range(_MAX_OPENED):
                    try:
                        return self._opened().read(start, buffer)
                    except PageMoved:
                        self._release()
        finally:
            self._close_if_asked()
        raise self._opening.changed_error()

    def _opened(self) -> CheckedPage:
        if self._page is None:
            self._page = self._opening.open()
        return self._page

    def _close_if_asked(self) -> None:
        # After the lock was given back: ``close`` either gets it, or was called before this.
        if self._is_closed:
            self.close()

    def close(self) -> None:
        """Release the page; if another thread is using it, that thread does it at its end."""
        self._is_closed = True
        if self._busy.acquire(blocking=False):
            try:
                self._release()
            finally:
                self._busy.release()

    def _release(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.close()
