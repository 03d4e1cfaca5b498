"""Read CBZ and ZIP archives in place, without unpacking anything to disk."""

from __future__ import annotations

import io
import lzma
import os
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach, PageUnreadable
from ...files.slices import Slice
from .documents import MAX_DOCUMENT_BYTES, Document, file_documents
from .names import distinct, is_nested_archive, is_page, printable, reading_order
from .source import (
    MAX_PAGE_BYTES,
    MIB,
    ComicSource,
    is_transient,
    require_pages,
    require_plausible_size,
)

# zipfile reads the directory into memory. 8 MiB suffice for 20,000 names of 250 bytes.
MAX_DIRECTORY_BYTES = 8 * MIB
_READABLE_METHODS = frozenset(
    method
    for name in ("ZIP_STORED", "ZIP_DEFLATED", "ZIP_BZIP2", "ZIP_LZMA", "ZIP_ZSTANDARD")
    if (method := getattr(zipfile, name, None)) is not None
)
_METHOD_NAMES = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    93: "Zstandard",
    95: "XZ",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
}
_ENCRYPTED = 0x1
_UTF8 = 0x800
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    struct.error,
    OSError,
    NotImplementedError,
)


class ZipArchive:
    """A ZIP archive with its files under unique names that can be shown."""

    def __init__(self, path: Path) -> None:
        """Open the archive. Raises ComicUnreadable if it is damaged or not a ZIP archive."""
        self._shared = _Shared(_open_archive(path))
        files = [
            entry for entry in self._shared.archive.infolist() if not entry.filename.endswith("/")
        ]
        self.entries = dict(zip(distinct(map(_name, files)), files, strict=True))
        self._packed_bytes = path.stat().st_size

    def check(self, pages: Collection[str]) -> None:
        """Check that these files can be the pages of a comic.

        Raises:
            ComicUnreadable: they are too many, encrypted, a decompression bomb, or compressed with
                a method that cannot be read.
        """
        entries = [self.entries[name] for name in pages if name in self.entries]
        require_pages(len(pages), sum(map(is_nested_archive, self.entries)))
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise ComicUnreadable(
                "The archive is locked with a password. Unpack it and pack it again without one."
            )
        require_plausible_size(sum(entry.file_size for entry in entries), self._packed_bytes)
        methods = {entry.compress_type for entry in entries}
        if methods and methods.isdisjoint(_READABLE_METHODS):
            raise ComicUnreadable(
                f"{_method_problem(min(methods))} Unpack it and pack it again as an ordinary ZIP."
            )

    def open(self, name: str) -> BinaryIO:
        """Open a file of the archive. Raises PageUnreadable, as reading the stream may too."""
        entry = self.entries.get(name)
        if entry is None:
            raise PageUnreadable(f"“{name}” is not in the archive.")
        _require_readable(entry, name)
        if entry.compress_type == zipfile.ZIP_STORED:
            return cast(BinaryIO, _slice(self._shared.archive.file, entry, name))
        return cast(BinaryIO, _EntryStream(self._shared, entry, name))

    def read_small(self, name: str, limit_bytes: int) -> bytes | None:
        """Return a file's bytes, or None if it is missing, too large, or cannot be read."""
        entry = self.entries.get(name)
        if entry is None or entry.file_size > limit_bytes:
            return None
        try:
            return self._shared.archive.read(entry)
        except (*_FAULTS, RuntimeError) as error:
            if is_transient(error):
                raise ComicOutOfReach(
                    f"“{name}” cannot be read from the disk: {error.strerror}."
                ) from error
            return None  # A comic without metadata is still a comic.

    def close(self) -> None:
        """Close the archive once its last open stream is closed."""
        self._shared.release()


class ZipComic(ComicSource):
    """A ZIP archive whose images, at any depth, are the pages."""

    def __init__(self, path: Path) -> None:
        self._archive = ZipArchive(path)
        try:
            self._pages = self._find_pages()
            self._archive.check(self._pages)
        except BaseException:
            self._archive.close()
            raise

    def _find_pages(self) -> list[str]:
        return reading_order(name for name in self._archive.entries if is_page(name))

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return self._pages

    def open_page(self, name: str) -> BinaryIO:
        """Open a page in the archive."""
        return self._archive.open(name)

    def checksum(self, name: str) -> int | None:
        """Return the page's CRC-32 from the archive's directory."""
        entry = self._archive.entries.get(name)
        return entry.CRC if entry is not None else None

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin."""
        return file_documents(self._archive.entries, self._pages, self._read_documents)

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read = {name: self._archive.read_small(name, MAX_DOCUMENT_BYTES) for name in names}
        return {name: data for name, data in read.items() if data is not None}

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def _slice(file: _BoundedFile, entry: zipfile.ZipInfo, name: str) -> Slice:
    """Return an uncompressed page as a slice of the archive's file.

    The page starts after the local header, whose name and extra field may differ from the
    directory's (APPNOTE 4.3.7).
    """
    header = os.pread(file.fileno(), _LOCAL_HEADER.size, entry.header_offset)
    if len(header) < _LOCAL_HEADER.size or entry.compress_size != entry.file_size:
        raise PageUnreadable(f"“{name}” is damaged in the archive.")
    signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if signature != b"PK\x03\x04":
        raise PageUnreadable(f"“{name}” is damaged in the archive.")
    return Slice(
        file.fileno(),
        entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes,
        entry.file_size,
        name,
    )


class _BoundedFile(io.BufferedReader):
    """The archive's file. While zipfile opens it, reading more than MAX_DIRECTORY_BYTES fails."""

    opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        if self.opening and size is not None and size > MAX_DIRECTORY_BYTES:
            raise ComicUnreadable(
                "The archive's table of contents is far too large for a comic. Pack it again."
            )
        return super().read(size)


class _ZipFile(zipfile.ZipFile):
    """A ZipFile that also closes the file it was given."""

    def __init__(self, file: _BoundedFile) -> None:
        self.file = file
        super().__init__(cast(IO[bytes], file))
        file.opening = False

    def close(self) -> None:
        super().close()
        self.file.close()


class _Shared:
    """The archive, closed when the comic and the last of its streams are closed."""

    def __init__(self, archive: _ZipFile) -> None:
        self.archive = archive
        self._users = 1
        self._lock = threading.Lock()

    def use(self) -> None:
        with self._lock:
            self._users += 1

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self.archive.close()


def _open_archive(path: Path) -> _ZipFile:
    try:
        file = _BoundedFile(io.FileIO(path))
    except OSError as error:
        raise ComicOutOfReach(
            f"The file cannot be opened: {error.strerror}. Check its permissions."
        ) from error
    try:
        return _ZipFile(file)
    except ComicUnreadable:
        file.close()
        raise
    except UnicodeDecodeError as error:
        file.close()
        raise ComicUnreadable(
            "A name in the archive is not valid text. Unpack it and pack it again."
        ) from error
    except _FAULTS as error:
        file.close()
        if is_transient(error):
            raise ComicOutOfReach(f"The archive cannot be read now: {error.strerror}.") from error
        raise ComicUnreadable(
            "The archive is damaged or cut short. Copy or download it again."
        ) from error


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the entry's name, as UTF-8 if possible.

    Without the UTF-8 flag a name is in code page 437, but many tools write UTF-8 anyway.
    """
    name = entry.filename
    if not entry.flag_bits & _UTF8 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return printable(name)


def _require_readable(entry: zipfile.ZipInfo, name: str) -> None:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise PageUnreadable(f"“{name}” is a link, and links are not followed.")
    if entry.compress_type not in _READABLE_METHODS:
        raise PageUnreadable(f"“{name}”: {_method_problem(entry.compress_type)}")
    if entry.file_size > MAX_PAGE_BYTES:
        raise PageUnreadable(
            f"“{name}” would be {entry.file_size / MIB:,.0f} MB; that is too large for a page."
        )


def _method_problem(method: int) -> str:
    name = _METHOD_NAMES.get(method, f"method {method}")
    return f"The archive is compressed with {name}, which this server cannot read."


class _EntryStream(io.BufferedIOBase):
    """The bytes of one compressed entry. Errors of zipfile become PageUnreadable."""

    def __init__(self, shared: _Shared, entry: zipfile.ZipInfo, name: str) -> None:
        self._shared, self._entry, self._name = shared, entry, name
        self._stream = self._opened()
        shared.use()

    def _opened(self) -> IO[bytes]:
        try:
            return self._shared.archive.open(self._entry)
        except (*_FAULTS, RuntimeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> Exception:
        if is_transient(error):
            return PageOutOfReach(f"“{self._name}” cannot be read from the disk: {error.strerror}.")
        return PageUnreadable(f"“{self._name}” is damaged in the archive.")

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return self._stream.read(-1 if size is None else size)
        except _FAULTS as error:
            raise self._unreadable(error) from error

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return self._stream.seek(offset, whence)
        except _FAULTS as error:
            raise self._unreadable(error) from error

    def tell(self) -> int:
        return self._stream.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._shared.release()
        super().close()
