"""Read CBZ and ZIP archives in place, without unpacking anything to disk."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach, PageUnreadable
from ...domain.library import NOTHING_LISTED, ListedPage
from ...files.read_hints import expect_few_reads, expect_long_reads
from ...files.slices import Slice
from .documents import MAX_DOCUMENT_BYTES, Document, comment_document, file_documents
from .names import distinct, is_nested_archive, printable
from .page_kinds import HEAD_BYTES, pages_among, require_picture
from .page_order import reading_order
from .source import (
    BOMB_RATIO,
    MAX_PAGE_BYTES,
    MIB,
    ComicSource,
    password_error,
    require_pages,
    require_plausible_size,
)
from .zip_directory import ReadAt, ZipDirectory, ZipEntry, has_directory
from .zip_names import decoded_names
from .zip_streams import READABLE_METHODS, STORED, PackedData, open_packed

_METHOD_NAMES = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    93: "Zstandard",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
}
_ENCRYPTED = 0x1
_END_OF_FILE = 1 << 62


class ZipArchive:
    """A ZIP archive with its files under unique names that can be shown.

    Attributes:
        entries: The files, without folders, in the order of the directory.
        comment: The comment of the whole archive, in an unknown encoding.
    """

    def __init__(self, path: Path) -> None:
        """Open the archive. Raises ComicUnreadable if it is damaged or not a ZIP archive."""
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise ComicOutOfReach(
                f"The file cannot be opened: {error.strerror}. Check its permissions."
            ) from error
        try:
            expect_few_reads(self._file.fileno())  # The directory is at the end of the file.
            self._packed_bytes = os.fstat(self._file.fileno()).st_size
            self._directory = ZipDirectory(_reader(self._file.fileno()), self._packed_bytes)
        except BaseException:
            self._file.close()
            raise
        expect_long_reads(self._file.fileno())
        self.comment = self._directory.comment
        named = [
            (printable(name), entry)
            for name, entry in zip(
                decoded_names(self._directory.entries), self._directory.entries, strict=True
            )
            if not name.endswith("/")
        ]
        self.entries = dict(
            zip(distinct(name for name, _ in named), (entry for _, entry in named), strict=True)
        )

    def check(self, pages: Collection[str]) -> None:
        """Check that these files can be the pages of a comic.

        Raises:
            ComicUnreadable: they are too many, all encrypted, a decompression bomb, or all
                compressed with methods that cannot be read.
        """
        entries = [self.entries[name] for name in pages if name in self.entries]
        require_pages(len(pages), sum(map(is_nested_archive, self.entries)))
        if entries and all(entry.flags & _ENCRYPTED for entry in entries):
            raise password_error()
        require_plausible_size(sum(entry.size_bytes for entry in entries), self._packed_bytes)
        methods = {entry.method for entry in entries}
        if methods and methods.isdisjoint(READABLE_METHODS):
            raise ComicUnreadable(
                f"{_method_problem(min(methods))} Unpack it and pack it again as an ordinary ZIP."
            )

    def open(self, name: str) -> BinaryIO:
        """Open a file of the archive. Raises PageUnreadable, as reading the stream may too."""
        entry = self.entries.get(name)
        if entry is None:
            raise PageUnreadable(f"“{name}” is not in the archive.")
        _require_readable(entry, name)
        descriptor = self._file.fileno()
        try:
            data = self._located(entry, name)
        except ComicOutOfReach as error:
            raise PageOutOfReach(f"“{name}”: {error.detail}") from error
        if data.method == STORED:
            return cast(BinaryIO, Slice(descriptor, data.start, data.packed_bytes, name))
        return open_packed(descriptor, data, name)

    def _located(self, entry: ZipEntry, name: str) -> PackedData:
        """Return where the data of an entry is. Raises PageUnreadable if it is in no right place.

        Data that runs into another entry is damaged. Entries with the same data are allowed.
        """
        start = self._directory.data_offset(entry)
        is_unknown = entry.method != STORED and entry.packed_bytes == 0
        packed_bytes, size_bytes = entry.packed_bytes, entry.size_bytes or None
        if entry.method == STORED:
            packed_bytes = packed_bytes or entry.size_bytes
        if start is None or (entry.method == STORED and size_bytes not in {None, packed_bytes}):
            raise PageUnreadable(f"“{name}” is damaged in the archive.")
        stop = self._directory.data_limit(
            entry, _END_OF_FILE if is_unknown else start + packed_bytes
        )
        if is_unknown:
            packed_bytes = max(min(stop, self._packed_bytes) - start, 0)
        elif stop < start + packed_bytes:
            raise PageUnreadable(f"“{name}” is damaged in the archive: it overlaps another file.")
        most = min(MAX_PAGE_BYTES, max(packed_bytes * BOMB_RATIO, MIB))
        return PackedData(start, packed_bytes, entry.method, size_bytes, most, entry.crc32)

    def read_small(self, name: str, limit_bytes: int) -> bytes | None:
        """Return a file's bytes, or None if it is missing, too large, or cannot be read."""
        entry = self.entries.get(name)
        if entry is None or entry.size_bytes > limit_bytes:
            return None
        try:
            with self.open(name) as file:
                data = file.read(limit_bytes + 1)
        except PageOutOfReach as error:
            raise ComicOutOfReach(error.detail) from error
        except PageUnreadable:
            return None  # A comic without metadata is still a comic.
        is_right = len(data) <= limit_bytes and zlib.crc32(data) == entry.crc32
        return data if is_right else None

    def expect_few_reads(self) -> None:
        """Let nothing be read ahead."""
        expect_few_reads(self._file.fileno())

    def listed(self, name: str) -> ListedPage:
        """Return what the directory says about a file."""
        entry = self.entries.get(name)
        return ListedPage(entry.size_bytes, entry.crc32) if entry is not None else NOTHING_LISTED

    def close(self) -> None:
        """Close the archive; its open streams stay readable."""
        self._file.close()


class ZipComic(ComicSource):
    """A ZIP archive whose images, at any depth, are the pages."""

    def __init__(self, path: Path) -> None:
        self._archive = ZipArchive(path)
        try:
            self._pages = reading_order(pages_among(self._archive.entries, self._read_head))
            self._archive.check(self._pages)
        except BaseException:
            self._archive.close()
            raise

    def _read_head(self, name: str) -> bytes:
        with self._archive.open(name) as file:
            return file.read(HEAD_BYTES)

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return self._pages

    def open_page(self, name: str) -> BinaryIO:
        """Open a page in the archive."""
        require_picture(name)
        return self._archive.open(name)

    def expect_few_reads(self) -> None:
        """Let nothing be read ahead."""
        self._archive.expect_few_reads()

    def listed(self, name: str) -> ListedPage:
        """Return the page's size and CRC-32 from the archive's directory."""
        return self._archive.listed(name)

    def checksum(self, name: str) -> int | None:
        """Return the page's CRC-32 from the archive's directory."""
        entry = self._archive.entries.get(name)
        return entry.crc32 if entry is not None else None

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin, and what its comment says."""
        files = file_documents(self._archive.entries, self._pages, self._read_documents)
        return [*files, *comment_document(self._archive.comment)]

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read = {name: self._archive.read_small(name, MAX_DOCUMENT_BYTES) for name in names}
        return {name: data for name, data in read.items() if data is not None}

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def is_zip(path: Path) -> bool:
    """Return whether the file holds a ZIP archive, also behind a program that unpacks it.

    Raises:
        ComicOutOfReach: the file cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return has_directory(_reader(file.fileno()), os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise ComicOutOfReach(f"The file cannot be opened: {error.strerror}.") from error


def _reader(descriptor: int) -> ReadAt:
    def read_at(offset: int, size: int) -> bytes:
        if not 0 <= offset <= _END_OF_FILE:
            return b""
        try:
            return os.pread(descriptor, size, offset)
        except OSError as error:
            raise ComicOutOfReach(f"The archive cannot be read now: {error.strerror}.") from error

    return read_at


def _require_readable(entry: ZipEntry, name: str) -> None:
    if stat.S_ISLNK(entry.unix_mode):
        raise PageUnreadable(f"“{name}” is a link, and links are not followed.")
    if entry.flags & _ENCRYPTED:
        raise PageUnreadable(f"“{name}” is locked with a password.")
    if entry.method not in READABLE_METHODS:
        raise PageUnreadable(f"“{name}”: {_method_problem(entry.method)}")
    if entry.size_bytes > MAX_PAGE_BYTES:
        raise PageUnreadable(
            f"“{name}” would be {entry.size_bytes / MIB:,.0f} MB; that is too large for a page."
        )


def _method_problem(method: int) -> str:
    name = _METHOD_NAMES.get(method, f"method {method}")
    return f"The archive is compressed with {name}, which this server cannot read."
