"""ZIP: the page images under their own names or numbered, and nothing else, for people and programs rather than readers."""

from __future__ import annotations

from pathlib import Path

from .archive import Entry, missing_pages_report, text_entry, write_archive
from .naming import numbered_names, own_names
from .pages import BuiltFile, Document, Progress


def write_zip(document: Document, target: Path, progress: Progress) -> BuiltFile:
    """Writes the document as a plain ZIP; see ``Writer``. Only a report of damaged pages may come beside the images."""
    return write_archive(zip_entries(document), target, progress, document.size_bytes)


def zip_entries(document: Document) -> list[Entry]:
    """What the ZIP of this document holds, in order."""
    entries = [
        Entry(name, page)
        for name, page in (numbered_names if document.numbered else own_names)(document)
    ]
    report = missing_pages_report(document)
    if report is not None:
        entries.append(text_entry("missing-pages.txt", report))
    return entries
