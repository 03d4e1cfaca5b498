"""Layouts made by hand over a small library, and what their bytes have to be."""

from __future__ import annotations

import random
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from comic_downloads.domain.layout import Layout, LayoutComic, Literal, PagePiece, Piece


def pages_of(count: int, size_bytes: int = 300_000, seed: int = 1) -> dict[str, bytes]:
    """Return pages with the signature of a JPEG, each of another length."""
    source = random.Random(seed)
    return {
        f"{number:03}.jpg": b"\xff\xd8\xff\xe0" + source.randbytes(size_bytes + 1000 * number)
        for number in range(1, count + 1)
    }


def write_folder(path: Path, pages: Mapping[str, bytes]) -> str:
    """Write the pages as loose files; return the kind of the comic."""
    path.mkdir(parents=True)
    for name, data in pages.items():
        (path / name).write_bytes(data)
    return "folder"


def write_stored(path: Path, pages: Mapping[str, bytes]) -> str:
    """Write the pages as stored members of a CBZ; return the kind of the comic."""
    return _write_zip(path, pages, zipfile.ZIP_STORED)


def write_deflated(path: Path, pages: Mapping[str, bytes]) -> str:
    """Write the pages as compressed members of a CBZ; return the kind of the comic."""
    return _write_zip(path, pages, zipfile.ZIP_DEFLATED)


def _write_zip(path: Path, pages: Mapping[str, bytes], method: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in pages.items():
            archive.writestr(name, data)
    return "zip"


WRITERS = {"folder": write_folder, "stored": write_stored, "deflated": write_deflated}


@dataclass
class Draft:
    """A layout in the making, and the bytes that it stands for."""

    comics: list[LayoutComic] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    data: bytes = b""

    def add_text(self, text: bytes) -> None:
        """Add a literal piece."""
        self.pieces.append(Literal(text))
        self.data += text

    def add_comic(self, path: str, kind: str, pages: Mapping[str, bytes]) -> None:
        """Add all pages of a comic, each behind a literal piece."""
        number = len(self.comics)
        self.comics.append(LayoutComic(f"comic-{number}", path, kind, f"Owl #{number + 1}"))
        for index, (name, data) in enumerate(pages.items()):
            self.add_text(b"--" + name.encode() + b"--")
            self.pieces.append(PagePiece(number, index, name, len(data), zlib.crc32(data)))
            self.data += data
        self.add_text(b"")

    @property
    def layout(self) -> Layout:
        """Return the layout."""
        return Layout(tuple(self.comics), tuple(self.pieces))


def draft_of(library: Path, form: str, pages: Mapping[str, bytes]) -> Draft:
    """Write a comic “owl” in this form (a key of WRITERS) and return a layout of its pages."""
    path = library / ("owl" if form == "folder" else "owl.cbz")
    kind = WRITERS[form](path, pages)
    draft = Draft()
    draft.add_text(b"the start")
    draft.add_comic(path.name, kind, pages)
    draft.add_text(b"the end")
    return draft
