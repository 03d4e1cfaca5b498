"""Show a TIFF as Pillow and libtiff read it, and tell a rare one from a damaged one (TIFF 6.0)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image

from ...domain.errors import PageUnreadable
from ..spliced import Part, Span, spliced
from ..strict import whole_file

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRY_BYTES = 12
_BYTE, _SHORT = 1, 3
# The fields of TIFF 6.0 that hold one small number lie between these.
_FIRST_TAG, _LAST_TAG = 254, 532
_COMPRESSION = 259
# Ways to pack a TIFF that Pillow's own libtiff lacks.
_RARE_PACKINGS = {
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}


def strict_tiff(stream: BinaryIO) -> BinaryIO:
    """Return the file with each small number of its first directory stored in 16 bits.

    Programs may store them in 8 bits (section 2, "Types"), which Pillow then decodes wrongly.
    """
    stream.seek(0)
    head = stream.read(8)
    order = _ORDERS.get(head[:4])
    if order is None or len(head) < 8:
        return stream
    (directory,) = struct.unpack(f"{order}I", head[4:])
    stream.seek(directory)
    (count,) = struct.unpack(f"{order}H", stream.read(2).rjust(2, b"\0"))
    entries = stream.read(count * _ENTRY_BYTES)
    parts: list[Part] = []
    done = 0
    for start in range(0, len(entries) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        tag, kind, values = struct.unpack(f"{order}HHI", entries[start : start + 8])
        if kind == _BYTE and values == 1 and _FIRST_TAG <= tag <= _LAST_TAG:
            place = directory + 2 + start
            entry = struct.pack(f"{order}HHIHH", tag, _SHORT, 1, entries[start + 8], 0)
            parts += [Span(done, place - done), entry]
            done = place + _ENTRY_BYTES
    rest = whole_file(stream).length - done
    return spliced(stream, [*parts, Span(done, rest)]) if parts else stream


def check_packing(image: Image.Image) -> None:
    """Name the way in which a TIFF that could not be decoded is packed, if it is a rare one.

    Raises:
        PageUnreadable: It is.
    """
    packing = _RARE_PACKINGS.get(getattr(image, "tag_v2", {}).get(_COMPRESSION, 0))
    if packing is not None:
        raise PageUnreadable(
            f"It is a TIFF packed with {packing}, which cannot be read here. "
            "Save it with another compression, such as LZW."
        )
