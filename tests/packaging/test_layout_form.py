"""The form in which a layout is stored."""

from __future__ import annotations

import zlib

import pytest

from comic_downloads.domain.layout import Layout, LayoutComic, Literal, PagePiece

LAYOUT = Layout(
    (LayoutComic("01A", "Owls/Owl 1.cbz", "zip", "ab12", "Owl #1"),),
    (
        Literal(b"PK\x03\x04"),
        PagePiece(0, 0, "pages/001.jpg", 5_000_000_000, 0xFFFF_FFFF),
        Literal(b""),
        PagePiece(0, 2, "pages/“3”.jpg", 0, 0),
        Literal(b"\x00end"),
    ),
)


def test_a_layout_reads_back_as_it_was_stored():
    assert Layout.from_bytes(LAYOUT.to_bytes()) == LAYOUT
    assert LAYOUT.size_bytes == 5_000_000_008


def test_a_layout_with_any_damaged_byte_is_refused():
    stored = LAYOUT.to_bytes()

    for place in range(len(stored)):
        damaged = bytearray(stored)
        damaged[place] ^= 1
        with pytest.raises(ValueError, match="damaged"):
            Layout.from_bytes(bytes(damaged))
    for length in range(len(stored)):
        with pytest.raises(ValueError, match="damaged"):
            Layout.from_bytes(stored[:length])


def test_the_checksum_of_a_file_follows_from_those_of_its_pages():
    pages = [bytes([number]) * length for number, length in enumerate((0, 1, 4095, 70_001))]
    pieces = [piece for page in pages for piece in (Literal(b"head"), _page(page))]
    layout = Layout((), (*pieces, Literal(b"end")))

    assert layout.crc32 == zlib.crc32(b"".join(b"head" + page for page in pages) + b"end")


def _page(data: bytes) -> PagePiece:
    return PagePiece(0, 0, "page", len(data), zlib.crc32(data))
