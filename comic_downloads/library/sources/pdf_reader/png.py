"""Encode what PDFium has drawn."""

from __future__ import annotations

import zlib
from struct import pack

from pypdfium2 import PdfBitmap

LEVEL = 6
# Packing large pages as well as others could take longer than a page may.
LARGE_PIXELS, LARGE_LEVEL = 12_000_000, 1


def png(bitmap: PdfBitmap) -> bytes:
    """Encode the bitmap as 8-bit gray or RGB PNG with unfiltered rows (W3C PNG, third edition)."""
    channels = 1 if bitmap.n_channels == 1 else 3
    is_large = bitmap.width * bitmap.height > LARGE_PIXELS
    packer = zlib.compressobj(LARGE_LEVEL if is_large else LEVEL)
    parts = []
    data = memoryview(bitmap.buffer).cast("B")
    for row in range(bitmap.height):
        line = bytes(
            data[row * bitmap.stride : row * bitmap.stride + bitmap.width * bitmap.n_channels]
        )
        parts.append(
            packer.compress(
                b"\0" + _as_rgb(line, bitmap.n_channels, reversed_order=bitmap.rev_byteorder)
            )
        )
    parts.append(packer.flush())
    header = pack(">LLBBBBB", bitmap.width, bitmap.height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", b"".join(parts))
        + _chunk(b"IEND", b"")
    )


def _as_rgb(line: bytes, channels: int, *, reversed_order: bool) -> bytes:
    """Convert a row to RGB: PDFium stores blue first, and sometimes an unused fourth byte."""
    if channels == 1:
        return line
    red, blue = (0, 2) if reversed_order else (2, 0)
    result = bytearray(len(line) // channels * 3)
    result[0::3], result[1::3], result[2::3] = (
        line[red::channels],
        line[1::channels],
        line[blue::channels],
    )
    return bytes(result)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">L", len(data)) + kind + data + pack(">L", zlib.crc32(kind + data))
