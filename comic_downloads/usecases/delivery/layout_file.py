"""A layout as a file that is read from any position, one checked page at a time."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate

from ...domain.errors import Place
from ...domain.layout import Layout, LayoutComic, Literal, PagePiece
from ...library.checked_pages import CheckedPage, CheckedPages
from ...library.extents import PageMoved
from ...library.page_faults import page_changed

# A page whose file changes while it is sent is checked again. The second time it is copied before
# it is sent, so that more are hardly needed.
_MAX_OPENED = 3


class LayoutFile:
    """The pieces of a layout by their position in the file, for any number of readers."""

    def __init__(self, layout: Layout, pages: CheckedPages) -> None:
        self._layout, self._pages = layout, pages
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
        """Return the bytes of this piece, or None if it is a page."""
        piece = self._layout.pieces[number]
        return piece.data if isinstance(piece, Literal) else None

    def page(self, number: int) -> PageReader:
        """Return a reader of the page that this piece is. The caller closes it."""
        piece = self._layout.pieces[number]
        assert isinstance(piece, PagePiece), "literal pieces need no reader"
        return PageReader(self._pages, self._layout.comics[piece.comic], piece)

    def page_after(self, number: int, end: int) -> int | None:
        """Return the number of the first page after this piece, if it begins before ``end``."""
        for later in range(number + 1, self.piece_count):
            if self._starts[later] >= end:
                break
            if self._starts[later + 1] > self._starts[later] and self.literal(later) is None:
                return later
        return None


class PageReader:
    """One page of a layout for one reader, which calls one method at a time.

    ``open`` and ``read`` may block. ``close`` does not, not even while another thread is in them.
    """

    def __init__(self, pages: CheckedPages, comic: LayoutComic, piece: PagePiece) -> None:
        self._pages, self._comic, self._piece = pages, comic, piece
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
        with self._blocking():
            self._opened()

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
        with self._blocking(), self._pages.naming_faults(self._comic, self._piece):
            for _ in range(_MAX_OPENED):
                try:
                    return self._opened().read(start, buffer)
                except PageMoved:
                    self._release()
        place = Place(self._comic.comic_id, self._piece.index)
        raise page_changed(self._comic.title, self._piece.name, place)

    def _opened(self) -> CheckedPage:
        if self._page is None:
            self._page = self._pages.open(self._comic, self._piece)
        return self._page

    @contextmanager
    def _blocking(self) -> Iterator[None]:
        try:
            with self._busy:
                yield
        finally:
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
