"""The form in which a layout is stored."""

from __future__ import annotations

import zlib

import pytest

from comic_downloads.domain.layout import Layout, LayoutComic, Literal, PagePiece

LAYOUT = Layout(
    (LayoutComic("01A", "Owls/Owl 1.cbz", "zip", "Owl #1"),),
    (
        Literal(b"PK\x03\x04"),
        PagePiece(0, 0, "pages/001.jpg", 5_000_000_000, 0xFFFF_FFFF),
        Literal(b""),
        PagePiece(0, 2, "pages/“3”.jpg", 0, 0),
        Literal(b"\x00end"),
    ),
)

# The same, as versions stored it that also kept the fingerprint of a comic.
OF_AN_EARLIER_VERSION = bytes.fromhex(
    "43444c319f842263789c636060e88a8e8e5632307454d251f22fcf29d607120a867ac949554081aacc02209998"
    "64680491555036548a8dd58936d18936d031d0512a484c4f2dd6373030d4cb2a4857d2313580011d13234b134b"
    "3373234bd358a042a06a2398ea98522303c36463309502d107342b56c7243636c09b998521352f05004f0a2668"
)


def test_a_layout_reads_back_as_it_was_stored():
    assert Layout.from_bytes(LAYOUT.to_bytes()) == LAYOUT
    assert LAYOUT.size_bytes == 5_000_000_008


def test_a_layout_that_an_earlier_version_stored_is_read():
    assert Layout.from_bytes(OF_AN_EARLIER_VERSION) == LAYOUT


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
