"""Ranges of bytes within a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class ByteRange:
    """The bytes from ``start`` up to, but not including, ``end``."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """Return the number of bytes in the range."""
        return self.end - self.start


def merged(ranges: Iterable[ByteRange]) -> list[ByteRange]:
    """Return the same bytes as the fewest ranges: in order, none empty, none touching another."""
    result: list[ByteRange] = []
    for part in sorted(part for part in ranges if part.end > part.start):
        if result and part.start <= result[-1].end:
            result[-1] = ByteRange(result[-1].start, max(result[-1].end, part.end))
        else:
            result.append(part)
    return result


def total_bytes(ranges: Iterable[ByteRange]) -> int:
    """Return how many distinct bytes the ranges cover."""
    return sum(part.size_bytes for part in merged(ranges))
