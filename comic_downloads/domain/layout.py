"""A layout: a file that need not be written, because its bytes follow from the library's.

It is an ordered list of literal bytes and of pages whose bytes are in the library as they are. A
page is found by its name, as the readers of comics do, so that no archive has to be opened to make
a layout, and one that is packed again with the same pages still fits. A file that stays untouched
is one piece.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from .crc32 import crc32_of_both
from .own_file import FileIdentity

_SIGNATURE = b"CDL1"
_CRC_BYTES = _LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that are in the layout itself, such as the headers of an archive."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """Return the number of bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class PagePiece:
    """All bytes of one page, as they are in its comic.

    Attributes:
        comic: The place of its comic among the layout's comics, from 0.
        index: The page's index in the comic, from 0, to name the page in messages.
        name: The name by which the open comic knows the page.
        size_bytes: The length of the page.
        crc32: The CRC-32 of the page.
    """

    comic: int
    index: int
    name: str
    size_bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class FilePiece:
    """All bytes of a comic's file, as they are in the library.

    Attributes:
        comic: The place of its comic among the layout's comics, from 0.
        identity: What the file was like when it was asked for. Its bytes were not read.
    """

    comic: int
    identity: FileIdentity

    @property
    def size_bytes(self) -> int:
        """Return the length of the file."""
        return self.identity.size_bytes


Piece = Literal | PagePiece | FilePiece


@dataclass(frozen=True, slots=True)
class LayoutComic:
    """A comic whose pages are in a layout.

    Attributes:
        comic_id: Its id in the library.
        path: Its path relative to the library folder.
        kind: The kind of source, such as ``zip`` or ``folder``.
        title: What messages call it.
    """

    comic_id: str
    path: str
    kind: str
    title: str


@dataclass(frozen=True)
class Layout:
    """The bytes of one file, in order."""

    comics: tuple[LayoutComic, ...]
    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        """Return the length of the file."""
        return sum(piece.size_bytes for piece in self.pieces)

    @property
    def crc32(self) -> int | None:
        """Return the CRC-32 of the file, which follows from those of its pages.

        Return None for a file of the library, which has to be read first.
        """
        known = 0
        for piece in self.pieces:
            if isinstance(piece, FilePiece):
                return None
            known = (
                zlib.crc32(piece.data, known)
                if isinstance(piece, Literal)
                else crc32_of_both(known, piece.crc32, piece.size_bytes)
            )
        return known

    def to_bytes(self) -> bytes:
        """Return the layout packed, as it is stored: about 15 bytes for each page and literal."""
        comics = [[comic.comic_id, comic.path, comic.kind, comic.title] for comic in self.comics]
        described = json.dumps([comics, list(map(_described, self.pieces))], separators=(",", ":"))
        head = described.encode()
        literals = b"".join(piece.data for piece in self.pieces if isinstance(piece, Literal))
        packed = zlib.compress(len(head).to_bytes(_LENGTH_BYTES) + head + literals)
        return _SIGNATURE + zlib.crc32(packed).to_bytes(_CRC_BYTES) + packed

    @classmethod
    def from_bytes(cls, data: bytes) -> Layout:
        """Return the layout that ``to_bytes`` packed.

        Raises:
            ValueError: The bytes are damaged, or are no layout.
        """
        start = len(_SIGNATURE) + _CRC_BYTES
        packed = data[start:]
        if data[:start] != _SIGNATURE + zlib.crc32(packed).to_bytes(_CRC_BYTES):
            raise ValueError("The layout is damaged.")
        content = zlib.decompress(packed)
        head_end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES])
        comics, described = json.loads(content[_LENGTH_BYTES:head_end])
        pieces: list[Piece] = []
        position = head_end
        for one in described:
            if isinstance(one, int):
                pieces.append(Literal(content[position : position + one]))
                position += one
            elif isinstance(one, dict):
                pieces.append(FilePiece(one["comic"], FileIdentity(**one["identity"])))
            else:
                pieces.append(PagePiece(*one))
        # Earlier versions stored a fingerprint before the title, which is last.
        sources = tuple(
            LayoutComic(comic_id, path, kind, title) for comic_id, path, kind, *_, title in comics
        )
        return cls(sources, tuple(pieces))


def _described(piece: Piece) -> int | list[Any] | dict[str, Any]:
    """Return what JSON says of a piece: of a literal its length, of the others everything."""
    if isinstance(piece, Literal):
        return piece.size_bytes
    if isinstance(piece, FilePiece):
        return asdict(piece)
    return [piece.comic, piece.index, piece.name, piece.size_bytes, piece.crc32]
