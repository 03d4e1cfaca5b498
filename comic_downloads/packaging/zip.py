"""ZIP: the page images and nothing else, for people and programs rather than readers.

The images keep their own names or are numbered.
"""

from __future__ import annotations

from pathlib import Path

from .archive import Entry, missing_pages_report, text_entry, write_archive
from .naming import numbered_names, own_names
from .pages import BuiltFile, Document, OnProgress


def write_zip(document: Document, target: Path, progress: OnProgress) -> BuiltFile:
    """Write the document as a plain ZIP; see ``Writer``.

    Only a report of damaged pages may come beside the images.
    """
    return write_archive(zip_entries(document), target, progress, document.size_bytes)


def zip_entries(document: Document) -> list[Entry]:
    """Return the members of the ZIP in their order."""
    entries = [
        Entry(name, page)
        for name, page in (numbered_names if document.numbered else own_names)(document)
    ]
    report = missing_pages_report(document)
    if report is not None:
        entries.append(text_entry("missing-pages.txt", report))
    return entries
