"""Look into files of the HEIF family: AVIF, HEIC and their kin (ISO/IEC 23008-12).

Their first bytes name a brand that many programs get wrong, so the codec decides. An orientation in
their EXIF data does not count (section 6.5.10): the file has boxes of its own for it.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from ..spliced import Part, Span, spliced
from ..strict import whole_file

# The boxes that describe the items of a file come first, and take a few kB.
_HEAD_BYTES = 256 * 1024
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHER_BRANDS = frozenset({b"mif1", b"msf1", b"mif2", b"miaf", b"MA1B", b"MA1A", b"avio", b"av01"})
# The decoder's configuration, by which an item with that codec is recognized.
_CODECS = {b"av1C": "AVIF", b"hvcC": "HEIF"}
# An item's type stands behind its version, flags, number and protection.
_EXIF_ITEM = re.compile(rb"infe(?:\x02.{3}.{4}|\x03.{3}.{6})Exif", re.DOTALL)
# A type that no program knows.
_NO_ITEM = b"none"


def heif_format(stream: BinaryIO) -> str | None:
    """Return “AVIF” or “HEIF” for a file of the family, by its codec; None for any other file."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    brand = head[8:12]
    if head[4:8] != b"ftyp" or brand not in _AVIF_BRANDS | _HEIC_BRANDS | _OTHER_BRANDS:
        return None
    found = [(head.find(box), name) for box, name in _CODECS.items() if box in head]
    if found:
        return min(found)[1]
    return "HEIF" if brand in _HEIC_BRANDS else "AVIF"


def strict_heif(stream: BinaryIO, name: str) -> BinaryIO:
    """Return the file with a brand that fits its format, and without EXIF data."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    brand, known = head[8:12], _AVIF_BRANDS if name == "AVIF" else _HEIC_BRANDS
    parts: list[Part] = [head[:8], brand if brand in known else sorted(known)[0]]
    position = 12
    for item in _EXIF_ITEM.finditer(head):
        parts += [Span(position, item.end() - 4 - position), _NO_ITEM]
        position = item.end()
    return spliced(stream, [*parts, Span(position, whole_file(stream).length - position)])
