"""Check the packed pixels of a PNG without keeping them."""

from __future__ import annotations

from dataclasses import dataclass

from zlib_ng import zlib_ng

# What is unpacked at a time: small enough for the processor's cache.
_STEP_BYTES = 256 * 1024
# Filters 0 to 4 exist (PNG specification, section 9.2).
_MAX_FILTER = 4
# The first column and row of each pass, and the steps to the next ones (section 8.2, Adam7).
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@dataclass
class _Pass:
    """Rows of one length that follow each other; ``left`` counts the bytes still to come."""

    row_bytes: int
    left: int


class PngPixels:
    """Unpack the data of all IDAT chunks and look at the filter of every row.

    It takes about 3 ms per million pixels of colour.

    Attributes:
        fault: What is wrong with the data, in words; empty if nothing is.
    """

    def __init__(self, size: tuple[int, int], bits_per_pixel: int, *, interlaced: bool) -> None:
        self.fault = ""
        self._unpacker = zlib_ng.decompressobj()
        self._passes = _passes(size, bits_per_pixel) if interlaced else []
        if not interlaced:
            row_bytes = _row_bytes(size[0], bits_per_pixel)
            self._passes = [_Pass(row_bytes, row_bytes * size[1])]
        self._passes.reverse()

    @property
    def whole(self) -> bool:
        """Return True once all rows were seen, and the checksum behind them."""
        return not self._passes and self._unpacker.eof

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes of packed data."""
        while data and not self.fault and not self._unpacker.eof:
            try:
                rows = self._unpacker.decompress(data, _STEP_BYTES)
            except zlib_ng.error:  # pyright: ignore[reportGeneralTypeIssues]
                self.fault = "Its image data is damaged."
                return
            # What follows the last row is ignored, by browsers too.
            if rows and self._passes:
                self._look_at(rows)
            data = self._unpacker.unconsumed_tail

    def _look_at(self, rows: bytes) -> None:
        """Check the filter byte at the beginning of each row."""
        position = 0
        while self._passes and position < len(rows):
            current = self._passes[-1]
            taken = min(current.left, len(rows) - position)
            first = position + current.left % current.row_bytes
            filters = rows[first : position + taken : current.row_bytes]
            if filters and max(filters) > _MAX_FILTER:
                self.fault = "Its image data is damaged."
                return
            current.left -= taken
            position += taken
            if not current.left:
                self._passes.pop()


def _row_bytes(width: int, bits_per_pixel: int) -> int:
    return 1 + (width * bits_per_pixel + 7) // 8


def _passes(size: tuple[int, int], bits_per_pixel: int) -> list[_Pass]:
    """Return the seven passes of an interlaced picture, without those that have no pixel."""
    passes = []
    for left, top, across, down in _ADAM7:
        columns = -(-max(0, size[0] - left) // across)
        rows = -(-max(0, size[1] - top) // down)
        if columns and rows:
            row_bytes = _row_bytes(columns, bits_per_pixel)
            passes.append(_Pass(row_bytes, row_bytes * rows))
    return passes
