"""Read the directories of a TIFF, and take single pages out of it (TIFF 6.0, section 2).

A page that is taken out keeps its packed image data, byte for byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ...domain.errors import PageUnreadable
from .source import MAX_PAGE_BYTES, MAX_PAGES, MIB

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_HEADER_BYTES, _ENTRY_BYTES = 8, 12
# The bytes of one value of each type.
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SHORT, _LONG = 3, 4
_SUBFILE_TYPE, _COMPRESSION = 254, 259
# A smaller copy of a page, or a mask.
_NO_PAGE = 1 | 4
# The first way to put a JPEG into a TIFF, whose parts lie anywhere in the file.
_OLD_JPEG = 6
# Where the image data lies, by the tag that says how long its parts are.
_DATA = {279: 273, 325: 324}
# Numbers of further directories, which would point into the whole file.
_DIRECTORIES = frozenset({330, 34665, 34853, 40965})
_MAX_VALUE_BYTES = 16 * MIB


@dataclass(frozen=True)
class _Entry:
    """One entry of a directory: its type, and its value as it is stored."""

    kind: int
    value: bytes


Directory = dict[int, _Entry]


def page_directories(stream: BinaryIO) -> list[int]:
    """Return where the directory of each page is; nothing if the file is no TIFF of this kind.

    Thumbnails and masks are no pages.
    """
    order = _order(stream)
    places: list[int] = []
    if order is None:
        return places
    seen: set[int] = set()
    place = _number(stream, order, 4)
    while place and place not in seen and len(seen) <= MAX_PAGES:
        seen.add(place)
        directory, place_of_next = _read_directory(stream, order, place)
        if _first(directory, _COMPRESSION, order) == _OLD_JPEG:
            return []
        if not _first(directory, _SUBFILE_TYPE, order) & _NO_PAGE:
            places.append(place)
        place = place_of_next
    return places


def _order(stream: BinaryIO) -> str | None:
    stream.seek(0)
    return _ORDERS.get(stream.read(4))


def _number(stream: BinaryIO, order: str, place: int) -> int:
    stream.seek(place)
    data = stream.read(4)
    return struct.unpack(f"{order}I", data)[0] if len(data) == 4 else 0


def _read_directory(stream: BinaryIO, order: str, place: int) -> tuple[Directory, int]:
    """Return the entries, and where the next directory is."""
    stream.seek(place)
    head = stream.read(2)
    count = struct.unpack(f"{order}H", head)[0] if len(head) == 2 else 0
    data = stream.read(count * _ENTRY_BYTES + 4)
    if len(data) < count * _ENTRY_BYTES:
        return {}, 0
    found: Directory = {}
    for start in range(0, count * _ENTRY_BYTES, _ENTRY_BYTES):
        tag, kind, values = struct.unpack(f"{order}HHI", data[start : start + 8])
        size = _TYPE_BYTES.get(kind, 0) * values
        value = data[start + 8 : start + 8 + min(size, 4)]
        if 4 < size <= _MAX_VALUE_BYTES:
            stream.seek(struct.unpack(f"{order}I", data[start + 8 : start + 12])[0])
            value = stream.read(size)
        found[tag] = _Entry(kind, value)
    end = data[count * _ENTRY_BYTES :]
    return found, struct.unpack(f"{order}I", end)[0] if len(end) == 4 else 0


def _values(entry: _Entry, order: str) -> tuple[int, ...]:
    letter = {_SHORT: "H", _LONG: "I"}.get(entry.kind)
    if letter is None:
        return ()
    count = len(entry.value) // _TYPE_BYTES[entry.kind]
    return struct.unpack(f"{order}{count}{letter}", entry.value)


def _first(directory: Directory, tag: int, order: str) -> int:
    entry = directory.get(tag)
    return next(iter(_values(entry, order)), 0) if entry else 0


def single_page(stream: BinaryIO, place: int) -> bytes:
    """Return a TIFF of the page whose directory is there.

    Raises:
        PageUnreadable: Its data is missing, or is larger than a page can be.
    """
    order = _order(stream) or "<"
    directory, _ = _read_directory(stream, order, place)
    lengths = next((tag for tag in _DATA if tag in directory and _DATA[tag] in directory), None)
    if lengths is None:
        raise PageUnreadable("Its image data is damaged or cut short.")
    offsets = _values(directory[_DATA[lengths]], order)
    sizes = _values(directory[lengths], order)
    if sum(sizes) > MAX_PAGE_BYTES:
        raise PageUnreadable("It is too large for a page.")
    kept = {tag: entry for tag, entry in directory.items() if tag not in _DIRECTORIES}
    data = list(_parts(stream, zip(offsets, sizes, strict=False)))
    return _packed(order, kept, _DATA[lengths], data)


def _parts(stream: BinaryIO, places: Iterator[tuple[int, int]]) -> Iterator[bytes]:
    for offset, size in places:
        stream.seek(offset)
        yield stream.read(size)


def _packed(order: str, directory: Directory, offsets_tag: int, data: list[bytes]) -> bytes:
    """Return a file of one directory, its values, and then the image data."""
    directory = {**directory, offsets_tag: _Entry(_LONG, bytes(4 * len(data)))}
    values_at = _HEADER_BYTES + 2 + _ENTRY_BYTES * len(directory) + 4
    long_values = [entry.value for entry in directory.values() if len(entry.value) > 4]
    data_at = values_at + sum(len(value) + len(value) % 2 for value in long_values)
    offsets = []
    for part in data:
        offsets.append(data_at)
        data_at += len(part)
    directory[offsets_tag] = _Entry(_LONG, struct.pack(f"{order}{len(offsets)}I", *offsets))
    entries, values = [], b""
    for tag, entry in sorted(directory.items()):
        count = len(entry.value) // _TYPE_BYTES.get(entry.kind, 1)
        field = entry.value.ljust(4, b"\0")
        if len(entry.value) > 4:
            field = struct.pack(f"{order}I", values_at + len(values))
            values += entry.value + bytes(len(entry.value) % 2)
        entries.append(struct.pack(f"{order}HHI", tag, entry.kind, count) + field)
    signature = next(head for head, known in _ORDERS.items() if known == order)
    head = signature + struct.pack(f"{order}IH", _HEADER_BYTES, len(entries))
    return b"".join([head, *entries, bytes(4), values, *data])
