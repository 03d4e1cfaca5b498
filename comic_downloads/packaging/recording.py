"""Record what a file is made of instead of writing it.

The writers' own code runs, so that a layout and the file that would be written cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.layout import Literal, Piece
from .archive import Entry, archive_pieces
from .pages import OutputPage

# A layout is read into memory. That of 20,000 pages as an EPUB has 20 MB of documents and headers.
MAX_LITERAL_BYTES = 32 * 1024 * 1024


class NotALayout(Exception):
    """The file cannot be had without writing it: a page goes into it with other bytes."""


class Recorder:
    """Takes the pieces of a file in order; literal bytes that follow each other become one piece.

    Attributes:
        size_bytes: The length of what was recorded so far.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self._pieces: list[Piece] = []
        self._literal: list[bytes] = []
        self._literal_bytes = 0

    def write(self, data: bytes) -> None:
        """Append literal bytes. Raises NotALayout if these become too many."""
        self._literal.append(data)
        self._literal_bytes += len(data)
        self.size_bytes += len(data)
        if self._literal_bytes > MAX_LITERAL_BYTES:
            raise NotALayout

    def write_page(self, page: OutputPage, chunks: Iterable[bytes] = ()) -> None:
        """Append the page without reading it. Raises NotALayout if its bytes are not known so."""
        if not page.parts:
            raise NotALayout
        for part in page.parts:
            if isinstance(part, Literal):
                self.write(part.data)
            else:
                self._end_literal()
                self._pieces.append(part)
                self.size_bytes += part.size_bytes

    def pieces(self) -> tuple[Piece, ...]:
        """Return all that was recorded."""
        self._end_literal()
        return tuple(self._pieces)

    def _end_literal(self) -> None:
        if self._literal:
            self._pieces.append(Literal(b"".join(self._literal)))
            self._literal = []


def archive_layout(entries: Iterable[Entry]) -> tuple[Piece, ...]:
    """Return what the stored ZIP of the entries is made of. Raises NotALayout."""
    recorder = Recorder()
    for piece in archive_pieces(entries):
        if isinstance(piece, bytes):
            recorder.write(piece)
        else:
            recorder.write_page(piece.page)
    return recorder.pieces()
