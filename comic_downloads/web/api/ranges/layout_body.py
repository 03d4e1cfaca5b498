"""Send a layout: what the kernel has in memory at once, everything else from threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from anyio import CapacityLimiter, to_thread

from ....domain.errors import JobError
from ....domain.ranges import ByteRange
from .response import CHUNK_BYTES, BrokenOff

_Result = TypeVar("_Result")


class Page(Protocol):
    """A page of the library that is checked before its bytes are returned."""

    def open(self) -> None:
        """Open and check the page; may block. Raises JobError."""
        ...

    def read_cached(self, start: int, buffer: memoryview) -> bytes | None:
        """Return up to a buffer full of the page, or None if that could block."""
        ...

    def read(self, start: int, size: int) -> bytes:
        """Return up to ``size`` bytes, and at least one; may block. Raises JobError."""
        ...

    def close(self) -> None:
        """Release the page without blocking."""
        ...


class Pieces(Protocol):
    """A file that is made of literal bytes and pages."""

    def find(self, position: int) -> tuple[int, int]:
        """Return the number of the piece that holds this byte, and the byte's place in it."""
        ...

    def literal(self, number: int) -> bytes | None:
        """Return the bytes of this piece, or None if it is a page."""
        ...

    def page(self, number: int) -> Page:
        """Return a reader of the page that this piece is."""
        ...

    def page_after(self, number: int, end: int) -> int | None:
        """Return the number of the first page after this piece, if it begins before ``end``."""
        ...


class LayoutBody:
    """The bytes of a layout for one answer. Two pages are open at most: this one and the next.

    Args:
        pieces: The file.
        ranges: Those that the answer has, which say how far to look ahead.
        threads: Limits the threads of all answers together, so that a disk that hangs holds up
            nobody who does not need it.
        report: Called in a thread with the error of a page that cannot be sent.
    """

    def __init__(
        self,
        pieces: Pieces,
        ranges: Sequence[ByteRange],
        threads: CapacityLimiter,
        report: Callable[[JobError], None],
    ) -> None:
        self._pieces, self._threads, self._report = pieces, threads, report
        self._ranges = ranges
        self._buffer = memoryview(bytearray(CHUNK_BYTES))
        self._number = -1
        self._page: Page | None = None
        self._ahead: _Ahead | None = None

    async def open(self) -> None:
        """Open and check the first page of the answer.

        Raises:
            JobError: It cannot be sent. It is not reported.
        """
        if self._ranges:
            position = self._ranges[0].start
            number, _ = self._pieces.find(position)
            if self._pieces.literal(number) is not None:
                first = self._pieces.page_after(number, self._end(position))
                if first is None:
                    return
                number = first
            await self._page_of(number, position)

    async def read_at(self, position: int, size: int, /) -> bytes:
        """Return up to ``size`` bytes from ``position`` on, and at least one.

        Raises:
            BrokenOff: A page cannot be sent. Its error was reported.
        """
        try:
            return await self._read_at(position, size)
        except JobError as error:
            await to_thread.run_sync(self._report, error)
            raise BrokenOff(error.detail) from error

    async def _read_at(self, position: int, size: int) -> bytes:
        parts: list[bytes] = []
        # Headers between pages are sent together with the pages: they are a few bytes each.
        while size:
            number, start = self._pieces.find(position)
            part = self._pieces.literal(number)
            if part is not None:
                part = part[start : start + size]
            elif parts and not self._is_open(number):
                break
            else:
                part = await self._read_page(number, position, start, size)
            parts.append(part)
            position, size = position + len(part), size - len(part)
            if position >= self._end(position - 1):
                break
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _read_page(self, number: int, position: int, start: int, size: int) -> bytes:
        page = await self._page_of(number, position)
        data = page.read_cached(start, self._buffer[:size])
        return await self._in_thread(partial(page.read, start, size)) if data is None else data

    def _is_open(self, number: int) -> bool:
        return number == self._number or (
            self._ahead is not None and self._ahead.number == number and self._ahead.opening.done()
        )

    async def _page_of(self, number: int, position: int) -> Page:
        """Return the page, opened now or ahead, and begin to open the one after it."""
        if number == self._number and self._page is not None:
            return self._page
        self._release_page()
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.number != number:
            if ahead is not None:
                ahead.close()
            ahead = self._opening(number)
        self._number, self._page = number, ahead.page
        await ahead.opening
        following = self._pieces.page_after(number, self._end(position))
        if following is not None:
            self._ahead = self._opening(following)
        return self._page

    def _opening(self, number: int) -> _Ahead:
        page = self._pieces.page(number)
        return _Ahead(number, page, asyncio.create_task(self._in_thread(page.open)))

    def _end(self, position: int) -> int:
        """Return where the range that holds this byte ends."""
        return max(part.end for part in self._ranges if part.start <= position < part.end)

    async def _in_thread(self, function: Callable[[], _Result]) -> _Result:
        return await to_thread.run_sync(function, limiter=self._threads)

    def close(self) -> None:
        """Release the pages."""
        self._release_page()
        if self._ahead is not None:
            self._ahead.close()

    def _release_page(self) -> None:
        if self._page is not None:
            self._page.close()
        self._number, self._page = -1, None


class _Ahead:
    """A page that is opened before its turn."""

    def __init__(self, number: int, page: Page, opening: asyncio.Task[None]) -> None:
        self.number, self.page, self.opening = number, page, opening
        # Nobody may come to ask for the error.
        opening.add_done_callback(lambda task: task.cancelled() or task.exception())

    def close(self) -> None:
        self.opening.cancel()
        self.page.close()
