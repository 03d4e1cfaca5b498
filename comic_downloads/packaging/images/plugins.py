"""Kinds of images that Pillow reads only with another package installed: HEIC and JPEG XL."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import BinaryIO

_HEAD_BYTES = 64 * 1024  # a JPEG XL container may have boxes of metadata before its image
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})  # ISO/IEC 23008-12
_JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"  # ISO/IEC 18181-2, 9.1
_JXL_CODESTREAM = b"\xff\x0a"
_JXL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_JXL_SIZE_BITS = (9, 13, 18, 30)


def register_plugins() -> dict[str, str]:
    """Makes Pillow know what the installed packages read: its names of the formats and their media types."""
    found = {}
    if find_spec("pillow_heif"):
        importlib.import_module("pillow_heif").register_heif_opener()
        found["HEIF"] = "image/heic"
    if find_spec("pillow_jxl"):
        importlib.import_module("pillow_jxl")  # registers itself
        found["JXL"] = "image/jxl"
    return found


def unreadable_reason(stream: BinaryIO) -> str:
    """Why an image of no known kind cannot be read, naming the package that would help."""
    stream.seek(0)
    head = stream.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and not find_spec("pillow_heif"):
        return "It is a HEIC image. Install the Python package pillow-heif to read it."
    if is_jxl(head) and not find_spec("pillow_jxl"):
        return "It is a JPEG XL image. Install the Python package pillow-jxl-plugin to read it."
    return "It is not an image of a kind that can be read here, or its beginning is damaged."


def is_jxl(head: bytes) -> bool:
    return head.startswith((_JXL_CODESTREAM, _JXL_CONTAINER))


def jxl_pixels(stream: BinaryIO) -> int | None:
    """Width times height as a JPEG XL's first bytes state them, None where they say nothing.

    The plugin decodes the whole picture when it opens one, so the bound has to come first.
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    start = 0 if head.startswith(_JXL_CODESTREAM) else _codestream(head)
    if start is None or head[start : start + 2] != _JXL_CODESTREAM:
        return None
    bits = int.from_bytes(head[start + 2 : start + 14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    # SizeHeader, ISO/IEC 18181-1, D.1
    small = take(1)
    height = (take(5) + 1) * 8 if small else take(_JXL_SIZE_BITS[take(2)]) + 1
    ratio = take(3)
    if ratio:
        across, down = _JXL_RATIOS[ratio - 1]
        return height * (height * across // down)
    return height * ((take(5) + 1) * 8 if small else take(_JXL_SIZE_BITS[take(2)]) + 1)


def _codestream(head: bytes) -> int | None:
    """Where the image begins in a container: in the box ``jxlc``, or after the number of the first ``jxlp``."""
    position = 0
    while position + 8 <= len(head):
        size, kind = int.from_bytes(head[position : position + 4]), head[position + 4 : position + 8]
        start = position + 8
        if size == 1:  # a 64-bit size follows
            size, start = int.from_bytes(head[position + 8 : position + 16]), position + 16
        if kind == b"jxlc":
            return start
        if kind == b"jxlp":
            return start + 4
        if size < 8:
            return None
        position += size
    return None
