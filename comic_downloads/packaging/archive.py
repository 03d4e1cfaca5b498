"""Write stored ZIP archives, the core of CBZ, ZIP and EPUB.

The length and CRC-32 of every entry are known beforehand, so stream-zip writes the archive in one
pass, and ``archive_pieces`` knows its bytes before a page is read.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import stream_zip as zip_library
from stream_zip import (
    NO_COMPRESSION_32,
    NO_COMPRESSION_64,
    CRC32IntegrityError,
    MemberFile,
    UncompressedSizeIntegrityError,
    UncompressedSizeOverflowError,
    stream_zip,
)
from zlib_ng import zlib_ng

from ..domain.layout import Literal
from ..domain.library import ImageFacts
from ..domain.manifest import Manifest
from ..files.output import OutputFile
from .pages import BuiltFile, Document, OnProgress, OutputPage
from .reading import CHUNK_BYTES, page_changed_error, page_chunks
from .zip_records import END_BYTES, LOCAL_HEADER_BYTES, RECORD_BYTES, ZipRecords, is_beyond_32_bits

# Nothing is compressed, so stream-zip needs only the CRC-32 of zlib. For 100 MB it takes 72 ms of
# processor time, and 44 ms with zlib-ng.
zip_library.zlib = zlib_ng  # pyright: ignore[reportPrivateImportUsage]

PROGRESS_BYTES = 8 * 1024 * 1024
# The first date that a ZIP entry can have; a real one would change the bytes.
_MODIFIED_AT = datetime(1980, 1, 1, tzinfo=UTC)
_MODE = stat.S_IFREG | 0o644
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
    try:
        yield from stream_zip(
            _members(entries, page_written), chunk_size=CHUNK_BYTES, extended_timestamps=False
        )
    except (
        CRC32IntegrityError,
        UncompressedSizeIntegrityError,
        UncompressedSizeOverflowError,
    ) as error:
        raise page_changed_error() from error


def archive_pieces(entries: Iterable[Entry]) -> Iterator[bytes | Entry]:
    """Yield the archive in order: its records as bytes, and each entry in place of its data.

    These are the bytes that ``archive_blocks`` yields, without those of the entries.
    """
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


def _members(entries: Iterable[Entry], page_written: Callable[[], None]) -> Iterator[MemberFile]:
    offset = 0
    for number, entry in enumerate(entries, start=1):
        facts = entry.page.facts
        offset += LOCAL_HEADER_BYTES + len(entry.name.encode()) + facts.size_bytes
        # Entries are ZIP64 only where they have to be: some e-readers know only the old form.
        method = NO_COMPRESSION_64 if is_beyond_32_bits(offset, number) else NO_COMPRESSION_32
        yield (
            entry.name,
            _MODIFIED_AT,
            _MODE,
            method(facts.size_bytes, facts.crc32),
            page_chunks(entry.page),
        )
        # Asked for the next member, stream-zip has found length and CRC-32 of this one right.
        if entry.is_page:
            page_written()
