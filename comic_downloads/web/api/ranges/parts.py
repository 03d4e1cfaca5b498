"""A body that consists of literal bytes and of other files, one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from typing import BinaryIO

from .response import Body, close, reader


class FileBody:
    """An open file as a body."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._read_at = reader(file)

    async def read_at(self, position: int, size: int, /) -> bytes | bytearray:
        """Return up to ``size`` bytes from ``position`` on."""
        return await self._read_at(position, size)

    def close(self) -> None:
        """Close the file."""
        close(self._file)


class PartsBody:
    """The parts in order. One of the files is open at a time.

    Args:
        parts: Literal bytes, or the length of a file.
        open_file: Opens the file that is the part of this number. It may raise BrokenOff.
    """

    def __init__(
        self, parts: Sequence[bytes | int], open_file: Callable[[int], Awaitable[Body]]
    ) -> None:
        self._parts = parts
        self._ends = list(accumulate(len(p) if isinstance(p, bytes) else p for p in parts))
        self._open_file = open_file
        self._opened: tuple[int, Body] | None = None

    async def read_at(self, position: int, size: int, /) -> bytes | bytearray:
        """Return up to ``size`` bytes from ``position`` on, of one part only."""
        number = bisect_right(self._ends, position)
        start = self.start(number)
        part = self._parts[number]
        if isinstance(part, bytes):
            return part[position - start : position - start + size]
        file = await self.open_part(number)
        return await file.read_at(position - start, min(size, self._ends[number] - position))

    async def open_part(self, number: int) -> Body:
        """Open the file that is the part of this number, and close the one before."""
        if self._opened is not None and self._opened[0] == number:
            return self._opened[1]
        self.close()
        file = await self._open_file(number)
        self._opened = number, file
        return file

    def start(self, number: int) -> int:
        """Return the position of the first byte of the part of this number."""
        return self._ends[number - 1] if number else 0

    def number_at(self, position: int) -> int | None:
        """Return the number of the first file that holds bytes from ``position`` on."""
        first = bisect_right(self._ends, position)
        return next(
            (n for n in range(first, len(self._parts)) if isinstance(self._parts[n], int)), None
        )

    def close(self) -> None:
        """Close the file that is open."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None
