"""Send a layout: what the kernel has in memory at once, everything else from threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, Self, TypeVar

from anyio import CapacityLimiter, to_thread

from ....domain.errors import JobError
from ....domain.ranges import ByteRange
from .response import BrokenOff, transfers_under_way

# Pages are opened together before their turn, because each change of threads costs as much time as
# sending a quarter of a page. Each open page may hold a file, and a process may often open no more
# than 1,024 of them.
AHEAD_PAGES, AHEAD_BYTES = 16, 16 * 1024 * 1024
AHEAD_PAGES_OF_ALL = 256
_Result = TypeVar("_Result")


class Page(Protocol):
    """A page of the library that is checked before its bytes are returned."""

    @property
    def is_open(self) -> bool:
        """Return True if the page was opened and found right."""
        ...

    @property
    def takes_memory(self) -> bool:
        """Return True if the open page is a copy, not a place in a file."""
        ...

    def open(self) -> None:
        """Open and check the page, if it is not open; may block. Raises JobError."""
        ...

    def open_beside(self, other: Self, /) -> None:
        """Open the page in the file that another one has open, if it was found right there.

        It does not block.
        """
        ...

    def read_cached(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer from byte ``start`` on; return how many bytes, or 0 if it could block."""
        ...

    def read(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer with at least one byte; may block. Raises JobError."""
        ...

    def close(self) -> None:
        """Release the page without blocking."""
        ...


class Pieces(Protocol):
    """A file that is made of literal bytes and pages."""

    def find(self, position: int) -> tuple[int, int]:
        """Return the number of the piece that holds this byte, and the byte's place in it."""
        ...

    def start(self, number: int) -> int:
        """Return the position of the piece's first byte; of the one after the last, the end."""
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
    """The bytes of a layout for one answer. A few pages are opened before their turn.

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
        self._ranges, self._range = ranges, ranges[0]
        self._current: _Turn | None = None
        self._ahead: deque[_Turn] = deque()
        self._opening: asyncio.Task[None] | None = None
        # The number of the page at which enough pages will no longer be open.
        self._look_at = 0

    async def open(self, position: int | None = None) -> None:
        """Open and check the first page of the answer, or the first one from ``position`` on.

        Raises:
            JobError: It cannot be sent. It is not reported.
        """
        position = self._ranges[0].start if position is None else position
        end, number = self._end(position), self._pieces.find(position)[0]
        if self._pieces.literal(number) is not None:
            number = self._pieces.page_after(number, end)
        if number is not None:
            await self._opened(number)

    async def read_at(self, position: int, size: int, /) -> bytearray:
        """Return up to ``size`` bytes from ``position`` on, and at least one.

        Raises:
            BrokenOff: A page cannot be sent. Its error was reported.
        """
        try:
            return await self._read_at(position, size)
        except JobError as error:
            await to_thread.run_sync(self._report, error)
            raise BrokenOff(error.detail) from error

    async def _read_at(self, position: int, size: int) -> bytearray:
        # Small pages and the headers between them are joined, because each chunk has its costs.
        chunk = bytearray(min(size, self._end(position) - position))
        free = memoryview(chunk)
        filled = self._fill_at_once(free, position)
        while filled < len(chunk):
            try:
                filled += await self._fill(free[filled:], position + filled)
            except JobError:
                if filled:
                    break  # What is before the page is sent; then the page is tried again.
                raise
            filled += self._fill_at_once(free[filled:], position + filled)
        return chunk if filled == len(chunk) else chunk[:filled]

    def _fill_at_once(self, buffer: memoryview, position: int) -> int:
        """Fill the buffer with what is in memory; return the number of bytes.

        Most chunks are read by this alone. It awaits nothing, which would cost more than reading.
        """
        filled, count = 0, 1
        while count and filled < len(buffer):
            count = self._fill_from_one(buffer[filled:], position + filled)
            filled += count
        return filled

    def _fill_from_one(self, buffer: memoryview, position: int) -> int:
        """Fill the buffer from the piece that holds this byte; return 0 if it has to be awaited."""
        turn = self._current
        if turn is None or not turn.start <= position < turn.end:
            number, start = self._pieces.find(position)
            literal = self._pieces.literal(number)
            if literal is not None:
                part = literal[start : start + len(buffer)]
                buffer[: len(part)] = part
                return len(part)
            turn = self._take_turn(number)
            if turn.page.is_open:
                self._look_ahead(turn)
        return turn.page.read_cached(position - turn.start, buffer)

    async def _fill(self, buffer: memoryview, position: int) -> int:
        """Wait for the page that holds this byte; fill the buffer with at least one byte of it."""
        turn = await self._opened(self._pieces.find(position)[0])
        read = partial(turn.page.read, position - turn.start, buffer)
        return turn.page.read_cached(position - turn.start, buffer) or await self._in_thread(read)

    async def _opened(self, number: int) -> _Turn:
        """Return the page, opened now or before its turn, and open some of those after it."""
        turn = self._take_turn(number)
        if not turn.page.is_open:
            if self._opening is not None:
                await self._opening
            await self._in_thread(turn.page.open)
        self._look_ahead(turn)
        return turn

    def _take_turn(self, number: int) -> _Turn:
        """Make the page the current one, whether it is open or not; close those before it."""
        last = self._current
        if last is not None and last.number == number:
            return last
        while self._ahead and self._ahead[0].number != number:
            self._ahead.popleft().page.close()
        if last is not None:
            last.page.close()
        if not self._ahead:
            self._look_at = 0
        self._current = self._ahead.popleft() if self._ahead else self._turn(number)
        return self._current

    def _turn(self, number: int) -> _Turn:
        start, end = self._pieces.start(number), self._pieces.start(number + 1)
        return _Turn(number, start, end, self._pieces.page(number))

    def _look_ahead(self, current: _Turn) -> None:
        """Begin to open the pages after this one, unless enough of them are open."""
        if current.number < self._look_at or (self._opening and not self._opening.done()):
            return
        self._extend_ahead(current)
        opened = [one for one in self._ahead if one.page.is_open]
        copies = [one for one in opened if one.page.takes_memory]
        if copies or len(opened) * 2 > len(self._ahead):
            self._look_at = copies[0].number if copies else opened[len(opened) // 2].number
        elif waiting := [one.page for one in self._ahead if not one.page.is_open]:
            self._opening = asyncio.create_task(self._in_thread(partial(_open_some, waiting)))

    def _extend_ahead(self, current: _Turn) -> None:
        """Add pages to those whose turn comes next; open them now if that cannot block."""
        most = max(min(AHEAD_PAGES, AHEAD_PAGES_OF_ALL // transfers_under_way()), 2)
        last = self._ahead[-1] if self._ahead else current
        while len(self._ahead) < most and last.end - current.end < AHEAD_BYTES:
            following = self._pieces.page_after(last.number, self._range.end)
            if following is None:
                return
            last = self._turn(following)
            last.page.open_beside(current.page)
            self._ahead.append(last)

    def _end(self, position: int) -> int:
        """Return where the range that holds this byte ends; it is the range that is sent now."""
        last = self._range
        if not last.start <= position < last.end:
            found = (part for part in self._ranges if part.start <= position < part.end)
            last = self._range = max(found, key=lambda part: part.end)
        return last.end

    async def _in_thread(self, function: Callable[[], _Result]) -> _Result:
        return await to_thread.run_sync(function, limiter=self._threads)

    def close(self) -> None:
        """Release the pages, also those that a thread is opening at this moment."""
        if self._opening is not None:
            self._opening.cancel()
        for one in (self._current, *self._ahead):
            if one is not None:
                one.page.close()


class _Turn(NamedTuple):
    """A page, the number of the piece that it is, and its first byte and its end in the file."""

    number: int
    start: int
    end: int
    page: Page


def _open_some(pages: Sequence[Page]) -> None:
    """Open the pages in turn, up to the first one that takes memory.

    The error of a page that cannot be opened is left for its turn, when it is tried again.
    """
    for page in pages:
        try:
            page.open()
        except JobError:
            return
        if page.takes_memory:
            return
