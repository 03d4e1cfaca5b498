"""Read the size of a picture from its header, to tell a page from a logo."""

from __future__ import annotations

from typing import BinaryIO

_HEAD_BYTES = 32
# Segments before the frame header hold EXIF data, previews and colour profiles.
_MAX_SEGMENTS = 500
# SOF0 to SOF15, without DHT, JPG and DAC (ITU-T T.81, table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(stream: BinaryIO) -> tuple[int, int] | None:
    """Return width and height in pixels of a JPEG, PNG, GIF or WebP; None for other data."""
    head = stream.read(_HEAD_BYTES)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    if head.startswith((b"GIF87a", b"GIF89a")):
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp_size(head)
    if head.startswith(b"\xff\xd8"):
        return _jpeg_size(stream)
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """Source: WebP container specification; RFC 6386, section 9.1, for VP8."""
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = (int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(stream: BinaryIO) -> tuple[int, int] | None:
    stream.seek(2)
    for _ in range(_MAX_SEGMENTS):
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return None
        if head[1] in _FRAMES:
            frame = stream.read(5)
            return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
        stream.seek(max(0, int.from_bytes(head[2:4]) - 2), 1)
    return None
