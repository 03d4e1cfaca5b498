"""Show a file as strict decoders want it: without broken chunks, with an end, rightly named.

The pixels stay as they are. Nothing is copied: a view skips what does not matter, and adds what is
missing. So text of 70 MB beside a picture takes no memory.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .reading import CHUNK_BYTES
from .spliced import Part, Span, spliced
from .structure.png import LENGTHS_OF_CHUNKS, TRANSPARENCY_LENGTHS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
GIF_END = b"\0;"
# A larger chunk that is packed is not looked into.
_MAX_PACKED_BYTES = 16 * 1024 * 1024
# Profiles of printers have about 2 MB; those with large tables 9.
MAX_PROFILE_BYTES = 32 * 1024 * 1024
# The ancillary chunks that say how pixels look. All others are left out.
_LOOKS = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"pHYs", b"eXIf"})
# Where the header states the colour type.
_COLOUR_TYPE_AT = 25
_MAX_LOOK_BYTES = 1024 * 1024
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class _Chunk:
    """A chunk of a PNG; ``start`` is where its header begins."""

    kind: bytes
    start: int
    length: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.length + 12)


def _chunks(source: BinaryIO) -> Iterator[_Chunk]:
    """Yield the chunks up to the end of the picture, by their headers alone."""
    end = source.seek(0, io.SEEK_END)
    start, pixels_seen = len(PNG_SIGNATURE), False
    while start + 8 <= end:
        source.seek(start)
        head = source.read(8)
        length, kind = int.from_bytes(head[:4]), head[4:]
        if kind == b"IEND" or not kind.isalpha() or (pixels_seen and kind != b"IDAT"):
            return
        pixels_seen = kind == b"IDAT"
        yield _Chunk(kind, start, min(length, end - start - 8))
        start += length + 12


def strict_png(source: BinaryIO, *, with_profile: bool = True) -> BinaryIO:
    """Return the PNG with only those chunks that decide how it looks.

    Of these, a broken one that is not needed is left out, as browsers do.
    """
    parts: list[Part] = [PNG_SIGNATURE]
    end = source.seek(0, io.SEEK_END)
    seen = set() if with_profile else {b"iCCP"}
    for chunk in _chunks(source):
        if chunk.kind != b"IDAT" and chunk.kind in seen:
            continue
        if chunk.kind in _CRITICAL or _is_sound(source, chunk):
            seen.add(chunk.kind)
            is_cut = chunk.start + chunk.span.length > end
            parts += _completed(source, chunk) if is_cut else [chunk.span]
    return spliced(source, [*parts, _PNG_END])


def _completed(source: BinaryIO, chunk: _Chunk) -> list[Part]:
    """Return a chunk that the end of the file cuts, with a length and a checksum that are right."""
    source.seek(chunk.start + 8)
    crc, left = zlib.crc32(chunk.kind), chunk.length
    while block := source.read(min(left, CHUNK_BYTES)):
        crc, left = zlib.crc32(block, crc), left - len(block)
    header = chunk.length.to_bytes(4) + chunk.kind
    return [header, Span(chunk.start + 8, chunk.length), crc.to_bytes(4)]


def _is_sound(source: BinaryIO, chunk: _Chunk) -> bool:
    if chunk.kind == b"iCCP":
        return _profile(_checked(source, chunk, _MAX_PACKED_BYTES)) is not None
    lengths = LENGTHS_OF_CHUNKS.get(chunk.kind)
    if chunk.kind == b"tRNS":
        source.seek(_COLOUR_TYPE_AT)
        lengths = TRANSPARENCY_LENGTHS.get(source.read(1)[0], ())
    if chunk.kind not in _LOOKS or (lengths is not None and chunk.length not in lengths):
        return False
    return bool(_checked(source, chunk, _MAX_LOOK_BYTES))


def _checked(source: BinaryIO, chunk: _Chunk, max_bytes: int) -> bytes:
    """Return the chunk's data; nothing if its checksum is wrong or it is too long."""
    if chunk.length > max_bytes:
        return b""
    source.seek(chunk.start + 4)
    data, crc = source.read(4 + chunk.length), source.read(4)
    return data[4:] if zlib.crc32(data) == int.from_bytes(crc) else b""


def png_profile(source: BinaryIO) -> bytes | None:
    """Return the colour profile of a PNG, or None if it has none that can be read."""
    for chunk in _chunks(source):
        if chunk.kind == b"iCCP":
            return _profile(_checked(source, chunk, _MAX_PACKED_BYTES))
    return None


def _profile(chunk: bytes) -> bytes | None:
    name, _, packed = chunk.partition(b"\0")
    # The byte in between is the method, of which there is one.
    if not 0 < len(name) < 80 or packed[:1] != b"\0":
        return None
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


def whole_file(source: BinaryIO) -> Span:
    """Return the span of all bytes of a stream."""
    return Span(0, source.seek(0, io.SEEK_END))


def strict_webp(source: BinaryIO, ending: bytes = b"\0") -> BinaryIO:
    """Return the WebP with a length that is right, and with ``ending`` for what is missing.

    Bytes behind the last chunk are left out.
    """
    end = source.seek(0, io.SEEK_END)
    source.seek(4)
    stated = int.from_bytes(source.read(4), "little") + 8
    position = 12
    while position + 8 <= end and position < max(stated, 13):
        source.seek(position + 4)
        size = int.from_bytes(source.read(4), "little")
        position += 8 + size + size % 2
    missing = max(0, position - end)
    length = (position - 8).to_bytes(4, "little")
    return spliced(
        source, [b"RIFF", length, Span(8, position - missing - 8), (ending * missing)[:missing]]
    )
