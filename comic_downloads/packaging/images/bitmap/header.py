"""Read what stands before the pixels of a bitmap: sizes, colour masks and the palette."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, NamedTuple

_FILE_HEADER_BYTES = 14
_PIXELS_AT = 10
# BITMAPCOREHEADER, with sizes of 16 bits and palette entries of 3 bytes.
_CORE_BYTES = 12
_SHORTEST_BYTES, _LONGEST_BYTES = 16, 124
# Windows has masks behind or in these headers. Other sizes are those of OS/2 2.x.
_INFO_BYTES = 40
_WINDOWS_BYTES = frozenset({_INFO_BYTES, 52, 56, 108, 124})
# The headers that come without a file header, as from a clipboard.
_BARE_BYTES = frozenset({_INFO_BYTES, 108, 124})
_MASKS_AT = 40
_INDEXED_BITS = frozenset({1, 2, 4, 8})
_KNOWN_BITS = _INDEXED_BITS | {16, 24, 32}
_MAX_COLOURS = 256


class Compression(IntEnum):
    """How pixels are stored; OS/2 means other kinds by the numbers from 3 on."""

    NONE = 0
    RLE8 = 1
    RLE4 = 2
    FIELDS = 3
    JPEG = 4
    PNG = 5
    FIELDS_WITH_ALPHA = 6


_WITH_FIELDS = frozenset({Compression.FIELDS, Compression.FIELDS_WITH_ALPHA})
_BITS = {Compression.RLE8: {8}, Compression.RLE4: {4}}
# The bits of a pixel are those of the file inside.
_WITH_FILE = frozenset({Compression.JPEG, Compression.PNG})
# What Windows and OS/2 mean by the same number.
_COMMON = frozenset({Compression.NONE, Compression.RLE8, Compression.RLE4})


class Masks(NamedTuple):
    """The bits of a pixel that hold each channel; 0 for a channel that is missing."""

    red: int
    green: int
    blue: int
    alpha: int = 0


_NO_MASKS = Masks(0, 0, 0)
OF_15_BITS = Masks(0x7C00, 0x03E0, 0x001F)
OF_24_BITS = Masks(0xFF0000, 0x00FF00, 0x0000FF)
OF_32_BITS = Masks(*OF_24_BITS[:3], 0xFF000000)


@dataclass(frozen=True)
class Header:
    """What is known about a bitmap before its pixels are read.

    Attributes:
        width: Pixels of a row.
        height: Number of rows.
        is_top_down: Whether the first row is the uppermost one.
        bits: Bits of a pixel.
        compression: How pixels are stored.
        masks: Where the channels are, in a bitmap without a palette.
        palette: 256 colours of 3 bytes, blue first; None in a bitmap without a palette.
        pixels_at: Where the pixels begin in the file.
    """

    width: int
    height: int
    is_top_down: bool
    bits: int
    compression: Compression
    masks: Masks
    palette: bytes | None
    pixels_at: int


def is_bitmap(head: bytes) -> bool:
    """Return whether these 16 bytes are the beginning of a bitmap, with or without file header."""
    if head.startswith(b"BM"):
        return True
    if len(head) < 16 or int.from_bytes(head[:4], "little") not in _BARE_BYTES:
        return False
    planes, bits = struct.unpack("<HH", head[12:16])
    return planes == 1 and bits in _KNOWN_BITS


def read_header(file: BinaryIO) -> Header:
    """Read the header, the masks and the palette from the start of the file.

    Raises:
        SyntaxError: A value is not one that a bitmap can have.
        OSError: The bitmap is of an unsupported kind.
    """
    file.seek(0)
    start = _FILE_HEADER_BYTES if file.read(2) == b"BM" else 0
    file.seek(_PIXELS_AT)
    stated = int.from_bytes(file.read(4), "little") if start else 0
    file.seek(start)
    size = int.from_bytes(file.read(4), "little")
    if size != _CORE_BYTES and not _SHORTEST_BYTES <= size <= _LONGEST_BYTES:
        raise SyntaxError("the header has an unknown size")
    # What a shorter header does not state is 0.
    fields = file.read(size - 4).ljust(_LONGEST_BYTES, b"\0")
    stored = _core(fields) if size == _CORE_BYTES else _info(fields, size)
    known_bits = {0} | _KNOWN_BITS if stored.compression in _WITH_FILE else _KNOWN_BITS
    if stored.width <= 0 or stored.height == 0 or stored.bits not in known_bits:
        raise SyntaxError("the picture has an impossible size")
    masks = _masks(file, stored, fields[_MASKS_AT - 4 :])
    palette, pixels_at = _palette(file, stored, stated)
    return Header(
        stored.width,
        abs(stored.height),
        stored.height < 0,
        stored.bits,
        stored.compression,
        masks,
        palette,
        pixels_at,
    )


class _Stored(NamedTuple):
    """The fields of a header; a negative height means that the first row is the uppermost."""

    header_bytes: int
    width: int
    height: int
    bits: int
    compression: Compression
    colours: int


def _core(fields: bytes) -> _Stored:
    width, height, _, bits = struct.unpack("<4H", fields[:8])
    return _Stored(_CORE_BYTES, width, height, bits, Compression.NONE, 0)


def _info(fields: bytes, size: int) -> _Stored:
    width, height, _, bits, number = struct.unpack("<iiHHI", fields[:16])
    (colours,) = struct.unpack("<I", fields[28:32])
    known = frozenset(Compression) if size in _WINDOWS_BYTES else _COMMON
    if number not in known or bits not in _BITS.get(Compression(number), {bits}):
        raise OSError("unsupported compression of a bitmap")
    return _Stored(size, width, height, bits, Compression(number), colours)


def _masks(file: BinaryIO, stored: _Stored, fields: bytes) -> Masks:
    """Return the masks, which stand behind the shortest header and within longer ones."""
    if stored.compression not in _WITH_FIELDS:
        return OF_15_BITS if stored.bits == 16 else OF_24_BITS
    if stored.header_bytes == _INFO_BYTES:
        count = 4 if stored.compression is Compression.FIELDS_WITH_ALPHA else 3
        fields = file.read(4 * count)
    # A header of 52 bytes ends before the mask of alpha.
    masks = Masks(*struct.unpack("<4I", fields[:16].ljust(16, b"\0")))
    if masks == _NO_MASKS and stored.bits == 32:
        return OF_32_BITS
    return masks


def _palette(file: BinaryIO, stored: _Stored, stated: int) -> tuple[bytes | None, int]:
    """Return the palette and where the pixels begin.

    Some programs state a palette that is longer than the room before the pixels, and some say that
    the pixels begin where the palette does.
    """
    start, is_indexed = file.tell(), stored.bits in _INDEXED_BITS
    entry_bytes = 3 if stored.header_bytes == _CORE_BYTES else 4
    colours = stored.colours or (1 << stored.bits if is_indexed else 0)
    if not is_indexed and stated == start:
        return None, start
    pixels_at = stated if stated > start else start + colours * entry_bytes
    if not is_indexed:
        return None, pixels_at
    data = file.read(min(colours * entry_bytes, pixels_at - start, _MAX_COLOURS * entry_bytes))
    entries = [data[at : at + 3] for at in range(0, len(data), entry_bytes)]
    # A colour that is missing is black.
    return b"".join(entries).ljust(3 * _MAX_COLOURS, b"\0"), pixels_at
