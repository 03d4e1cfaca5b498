"""The records of an archive in a layout are those that stream-zip writes, also in ZIP64."""

from __future__ import annotations

import io

from comic_downloads.domain.library import ImageFacts
from comic_downloads.packaging.archive import Entry, archive_blocks, text_entry
from comic_downloads.packaging.pages import OutputPage
from comic_downloads.packaging.recording import archive_layout

GIB = 1024**3


def literal_bytes(entries: list[Entry]) -> bytes:
    return b"".join(getattr(piece, "data", b"") for piece in archive_layout(entries))


def test_an_archive_of_more_entries_than_the_old_form_knows_is_laid_out_as_it_is_written():
    for count in (65_534, 65_535, 65_540):
        entries = [text_entry(f"{number}.jpg", b"page") for number in range(count)]

        assert literal_bytes(entries) == b"".join(archive_blocks(entries, lambda: None))


def test_a_page_behind_4_gib_is_laid_out_with_a_zip64_header():
    facts = ImageFacts("image/jpeg", 1, 1, GIB, 7, "")
    page = OutputPage("page.jpg", facts, io.BytesIO, parts=text_entry("", b"").page.parts)
    entries = [Entry(f"{number}.jpg", page) for number in range(5)]

    records = literal_bytes(entries)

    headers = records.split(b"PK\x03\x04")[1:]
    assert [int.from_bytes(header[:2], "little") for header in headers] == [20, 20, 20, 45, 45]
    assert records.count(b"PK\x06\x06") == records.count(b"PK\x06\x07") == 1
    assert (4 * GIB + 4 * 35 + 20).to_bytes(8, "little") in records
