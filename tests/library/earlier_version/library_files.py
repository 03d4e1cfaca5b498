"""The library folder of an earlier version: the same bytes and times on every machine."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path

CHANGED_AT_NS = 1_700_000_000_000_000_000
ARCHIVES = (
    "Nova/Nova 001.cbz",
    "Nova/Nova 002.cbz",
    "Only.cbz",
    "Runs (2019)/Runs 001.cbz",
    "Runs (2021)/Runs 001.cbz",
)
FOLDER = "Loose pages"
SIZE = (8, 12)


def page(colour: int) -> bytes:
    """Return a BMP of one colour, because other kinds vary with the library that writes them."""
    width, height = SIZE
    pixels = bytes([colour, 255 - colour, colour // 2]) * (width * height)
    header = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return header + about + pixels


def write_library(library: Path) -> None:
    for number, name in enumerate(ARCHIVES):
        path = library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for index in range(3):
                entry = zipfile.ZipInfo(f"{index + 1}.bmp", (2020, 1, 1, 0, 0, 0))
                archive.writestr(entry, page(10 * number + index))
        os.utime(path, ns=(CHANGED_AT_NS, CHANGED_AT_NS + number))
    folder = library / FOLDER
    folder.mkdir()
    for index in range(2):
        path = folder / f"{index + 1}.bmp"
        path.write_bytes(page(200 + index))
        os.utime(path, ns=(CHANGED_AT_NS, CHANGED_AT_NS))
