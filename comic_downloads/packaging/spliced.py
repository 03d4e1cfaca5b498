"""A stream that shows parts of another one, with other bytes between them, without a copy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, cast

from ..files.seekable import SeekableStream


@dataclass(frozen=True)
class Span:
    """Bytes of the other stream, from ``start`` on."""

    start: int
    length: int


Part = Span | bytes


def spliced(source: BinaryIO, parts: Iterable[Part]) -> BinaryIO:
    """Return a seekable stream of the parts; the source is read where they name it."""
    return cast(BinaryIO, _Spliced(source, [part for part in parts if _length(part)]))


def _length(part: Part) -> int:
    return len(part) if isinstance(part, bytes) else part.length


class _Spliced(SeekableStream):
    def __init__(self, source: BinaryIO, parts: list[Part]) -> None:
        self._source = source
        self._parts = parts
        self._starts = [0, *accumulate(map(_length, parts))]
        super().__init__(self._starts[-1])

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to that many bytes; fewer only at the end."""
        left = self._size_bytes - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        found: list[bytes] = []
        while wanted > 0:
            data = self._read_part(wanted)
            if not data:
                break
            found.append(data)
            wanted -= len(data)
            self._position += len(data)
        return b"".join(found)

    def _read_part(self, wanted: int) -> bytes:
        number = bisect_right(self._starts, self._position) - 1
        part, offset = self._parts[number], self._position - self._starts[number]
        if isinstance(part, bytes):
            return part[offset : offset + wanted]
        self._source.seek(part.start + offset)
        return self._source.read(min(wanted, part.length - offset))
