"""A layout as a seekable stream, for programs that read a file."""

from __future__ import annotations

import io
from typing import Any

from .layout_file import LayoutFile, PageReader


class LayoutStream(io.RawIOBase):
    """Reads a layout from any position; one page at a time is open.

    ``read`` raises JobError for a page that cannot be had.
    """

    def __init__(self, file: LayoutFile) -> None:
        self._file = file
        self._position = 0
        self._open: tuple[int, PageReader] | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size_bytes}
        self._position = max(base[whence] + offset, 0)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with bytes of one piece; return their number."""
        if self._position >= self._file.size_bytes:
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
