"""Write stored ZIP archives, the core of CBZ, ZIP and EPUB.

The length and CRC-32 of every entry are known beforehand, so the archive is written in one pass.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zlib_ng import zlib_ng

from ..domain.layout import Literal
from ..domain.library import ImageFacts
from ..domain.manifest import Manifest
from ..files.output import OutputFile
from .pages import BuiltFile, Document, OnProgress, OutputPage
from .reading import checked_chunks
from .zip_records import END_BYTES, LOCAL_HEADER_BYTES, RECORD_BYTES, ZipRecords

PROGRESS_BYTES = 8 * 1024 * 1024
# With fewer bytes of pages an archive needs no ZIP64: headers fit into what is left to 4 GiB.
MAX_KNOWN_BYTES = 4_000_000_000
# An entry beyond 4 GiB has two extra fields (APPNOTE 4.5.3), and the archive a longer end.
_ZIP64_BYTES = 60


@dataclass(frozen=True)
class Entry:
    """One member of the archive. ``is_page`` is False for files about the pages."""

    name: str
    page: OutputPage
    is_page: bool = True


def text_entry(name: str, content: bytes) -> Entry:
    """Return an entry for a small file about the comic, which is kept in memory."""
    facts = ImageFacts("text/plain", 0, 0, len(content), zlib_ng.crc32(content), "")
    parts = (Literal(content),)
    page = OutputPage(name, facts, lambda: io.BytesIO(content), parts=parts)
    return Entry(name, page, is_page=False)


def missing_pages_report(document: Document) -> bytes | None:
    """Return the list of pages left out as damaged, as text; None if there are none."""
    if not any(comic.missing for comic in document.comics):
        return None
    lines = ["These pages are damaged in the library and are not in this file:", ""]
    for comic in document.comics:
        lines += [
            f"{comic.metadata.title or document.title}: page {index + 1}" for index in comic.missing
        ]
    return ("\n".join(lines) + "\n").encode()


def write_archive(
    entries: Iterable[Entry], target: Path, progress: OnProgress, page_bytes: int
) -> BuiltFile:
    """Write a stored ZIP of the entries in their order; see ``Writer``.

    Args:
        entries: The next one is taken when the one before is written.
        target: The file.
        progress: Called after every page and every 8 MiB.
        page_bytes: About how many bytes the pages take together.
    """
    pages_done = 0
    reported_bytes = 0

    def page_written() -> None:
        nonlocal pages_done
        pages_done += 1
        progress(pages_done, output.size_bytes)

    with OutputFile(target, page_bytes) as output:
        for block in archive_blocks(entries, page_written):
            output.write(block)
            if output.size_bytes - reported_bytes >= PROGRESS_BYTES:
                reported_bytes = output.size_bytes
                progress(pages_done, reported_bytes)
    return BuiltFile(output.size_bytes, output.sha256, pages_done)


def archive_blocks(entries: Iterable[Entry], page_written: Callable[[], None]) -> Iterator[bytes]:
    """Yield the archive's bytes, in constant memory; the same entries give the same bytes.

    Raises:
        PageUnreadable: The bytes of a page differ from its facts. This is found out after those
            bytes were yielded.
    """
    for piece in archive_pieces(entries):
        if isinstance(piece, bytes):
            yield piece
        else:
            yield from checked_chunks(piece.page)
            if piece.is_page:
                page_written()


def archive_pieces(entries: Iterable[Entry]) -> Iterator[bytes | Entry]:
    """Yield the archive in order: its records as bytes, and each entry in place of its data."""
    records = ZipRecords()
    for entry in entries:
        facts = entry.page.facts
        yield records.begin(entry.name, facts.size_bytes, facts.crc32)
        yield entry
    yield from records.end()


def archive_size(entries: Iterable[Entry]) -> int:
    """Return the length of the archive of these entries.

    It is exact for archives below MAX_KNOWN_BYTES; ZIP64 begins above.
    """
    sizes = (
        LOCAL_HEADER_BYTES
        + RECORD_BYTES
        + 2 * len(entry.name.encode())
        + entry.page.facts.size_bytes
        for entry in entries
    )
    return sum(sizes) + END_BYTES


def archive_overhead(entries: Sequence[Entry], document: Document, manifest: Manifest) -> int:
    """Return how many bytes the archive takes besides the pages of the document."""
    zip64 = _ZIP64_BYTES * len(entries) if manifest.size_bytes > MAX_KNOWN_BYTES else 0
    return archive_size(entries) - document.size_bytes + zip64
