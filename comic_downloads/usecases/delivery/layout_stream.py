"""A layout as a seekable stream, for programs that read a file."""

from __future__ import annotations

from typing import Any

from ...files.seekable import SeekableStream
from .layout_file import LayoutFile, PageReader


class LayoutStream(SeekableStream):
    """Reads a layout from any position; one page at a time is open.

    ``read`` raises JobError for a page that cannot be had.
    """

    def __init__(self, file: LayoutFile) -> None:
        super().__init__(file.size_bytes)
        self._file = file
        self._open: tuple[int, PageReader] | None = None

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with bytes of one piece; return their number."""
        if self._position >= self._size_bytes:
            return 0
        number, start = self._file.find(self._position)
        end = self._file.start(number + 1) - self._file.start(number)
        wanted = memoryview(buffer).cast("B")[: end - start]
        literal = self._file.literal(number)
        if literal is not None:
            wanted[:] = literal[start : start + len(wanted)]
            count = len(wanted)
        else:
            count = self._page(number).read(start, wanted)
        self._position += count
        return count

    def _page(self, number: int) -> PageReader:
        if self._open is None or self._open[0] != number:
            self._close_page()
            self._open = number, self._file.page(number)
        return self._open[1]

    def _close_page(self) -> None:
        page, self._open = self._open, None
        if page is not None:
            page[1].close()

    def close(self) -> None:
        """Close the page that is open."""
        self._close_page()
        super().close()
