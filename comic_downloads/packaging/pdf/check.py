"""Check a finished PDF: cross-reference table, page tree, and the image of every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from zlib_ng import zlib_ng

from ...domain.errors import InternalError
from ..reading import CHUNK_BYTES
from .objects import CHECKSUM_KEY, IMAGE_START, PAGE_START

_TAIL_BYTES = 1024
# The longest head is that of an image with a palette of 256 colours.
_OBJECT_HEAD_BYTES = 16 * 1024
# The length of an entry of the cross-reference table (ISO 32000-1, section 7.5.4).
_ENTRY_BYTES = 20
_END = b"\nendstream"


def check_pdf(path: Path) -> int:
    """Return the number of pages after checking every object and reading every image to its end.

    Raises:
        InternalError: The file is damaged; the message names the first thing that is wrong.
    """
    with path.open("rb") as file:
        offsets = _offsets(file)
        pages = 0
        for number, offset in enumerate(offsets, start=1):
            file.seek(offset)
            head = file.read(_OBJECT_HEAD_BYTES)
            start = f"{number} 0 obj\n".encode()
            if not head.startswith(start):
                raise InternalError(
                    f"The finished file is damaged: object {number} is not in its place."
                )
            if head.startswith(IMAGE_START.encode(), len(start)):
                _check_image(file, offset, head.partition(b"endobj")[0], number, offsets)
            elif head.startswith(PAGE_START.encode(), len(start)):
                pages += 1
        return pages


def _offsets(file: BinaryIO) -> list[int]:
    """Return where the objects 1, 2, 3 … begin."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", tail)
    if start is None:
        raise InternalError("The finished file is cut short.")
    file.seek(int(start[1]))
    head = re.match(rb"xref\s+0 (\d+)\s", file.readline() + file.readline())
    if head is None:
        raise InternalError(
            "The finished file is damaged: its table of objects is not in its place."
        )
    table = file.read(_ENTRY_BYTES * int(head[1]))
    return [int(table[at : at + 10]) for at in range(_ENTRY_BYTES, len(table), _ENTRY_BYTES)]


def _check_image(file: BinaryIO, offset: int, head: bytes, number: int, offsets: list[int]) -> None:
    """Read the image's data to its end and compare its length and checksum with its entries."""
    entries, _, _ = head.partition(b"stream\n")
    left = _entry(file, entries, "Length", offsets)
    expected = _entry(file, entries, CHECKSUM_KEY, offsets)
    file.seek(offset + len(entries) + len(b"stream\n"))
    crc32 = 0
    while left and (chunk := file.read(min(left, CHUNK_BYTES))):
        crc32 = zlib_ng.crc32(chunk, crc32)
        left -= len(chunk)
    if left or crc32 != expected or file.read(len(_END)) != _END:
        raise InternalError(
            f"The finished file is damaged: image {number} is not what was written."
        )


def _entry(file: BinaryIO, entries: bytes, key: str, offsets: list[int]) -> int:
    """Return an integer among an object's entries, or in the object they refer to."""
    found = re.search(rf"/{key} (\d+)( 0 R)?".encode(), entries)
    if found is None:
        raise InternalError(f"The finished file is damaged: an image has no {key}.")
    return _number_at(file, offsets[int(found[1]) - 1]) if found[2] else int(found[1])


def _number_at(file: BinaryIO, offset: int) -> int:
    file.seek(offset)
    match = re.match(rb"\d+ 0 obj\s+(\d+)", file.read(64))
    if match is None:
        raise InternalError(
            "The finished file is damaged: a number that an image needs is not in its place."
        )
    return int(match[1])
