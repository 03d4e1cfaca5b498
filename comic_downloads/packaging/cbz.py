"""CBZ: numbered pages at the root of a stored ZIP, with a ComicInfo.xml beside them."""

from __future__ import annotations

from pathlib import Path

from .archive import Entry, missing_pages_report, text_entry, write_archive
from .comicinfo.document import COMIC_INFO_NAME, comic_info
from .naming import numbered_names
from .pages import BuiltFile, Document, OnProgress


def write_cbz(document: Document, target: Path, progress: OnProgress) -> BuiltFile:
    """Write the document as a CBZ; see ``Writer``. Without metadata there is no ComicInfo.xml."""
    return write_archive(cbz_entries(document), target, progress, document.size_bytes)


def cbz_entries(document: Document) -> list[Entry]:
    """Return the members of the CBZ in their order."""
    entries = [Entry(name, page) for name, page in numbered_names(document)]
    if document.with_metadata:
        entries.append(text_entry(COMIC_INFO_NAME, comic_info(document)))
    report = missing_pages_report(document)
    if report is not None:
        entries.append(text_entry("missing-pages.txt", report))
    return entries
