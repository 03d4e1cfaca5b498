"""CBZ: numbered pages at the root of a stored ZIP, with ComicInfo.xml beside them."""

from __future__ import annotations

from pathlib import Path

from .archive import Entry, missing_pages, text_entry, write_archive
from .comicinfo import COMIC_INFO_NAME, comic_info
from .naming import numbered_names
from .pages import BuiltFile, Document, Progress


def write_cbz(book: Document, target: Path, progress: Progress) -> BuiltFile:
    """Writes the book as a CBZ; see ``Writer``. With metadata switched off there is no ComicInfo.xml."""
    return write_archive(cbz_entries(book), target, progress, book.size_bytes)


def cbz_entries(book: Document) -> list[Entry]:
    """What the CBZ of this book holds, in order."""
    entries = [Entry(name, page) for name, page in numbered_names(book)]
    if book.with_metadata:
        entries.append(text_entry(COMIC_INFO_NAME, comic_info(book)))
    report = missing_pages(book)
    if report is not None:
        entries.append(text_entry("missing-pages.txt", report))
    return entries
