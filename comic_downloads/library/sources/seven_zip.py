"""Read CB7 and 7z archives. Their files are one block, so opening a page unpacks all of them."""

from __future__ import annotations

import io
import lzma
import struct
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import py7zr
from py7zr import compressor as py7zr_methods
from py7zr.exceptions import ArchiveError, UnsupportedCompressionMethodError
from py7zr.io import BytesIOFactory, Py7zIO, WriterFactory

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach, PageUnreadable
from ...domain.library import ListedPage
from .documents import MAX_DOCUMENT_BYTES, Document, file_documents
from .names import distinct, entry_name, is_nested_archive
from .page_kinds import HEAD_BYTES, is_page, may_be_page, pages_among, require_picture
from .page_order import reading_order
from .source import (
    MAX_PAGE_BYTES,
    MIB,
    ComicSource,
    is_transient,
    password_error,
    require_pages,
    require_plausible_size,
    seconds_for,
    timeout_error,
)
from .spool import Spool

MAX_HEADER_BYTES = 16 * MIB
# 7zFormat.txt: signature, version, CRC, then offset, size and CRC of the next header.
_SIGNATURE_HEADER = struct.Struct("<6s2BLQQL")
# The methods of 7-Zip's successors (7zFormat.txt has none of them). What they write may use more of
# a method than py7zr knows, so an archive that it cannot unpack need not be damaged.
_NEWER_METHODS = {
    b"\x04\xf7\x11\x01": "Zstandard",
    b"\x04\xf7\x11\x02": "Brotli",
    b"\x04\xf7\x11\x04": "LZ4",
    b"\x04\xf7\x11\x05": "LZ5",
    b"\x04\xf7\x11\x06": "Lizard",
}
_DAMAGED = "The archive is damaged or cut short. Copy or download it again."
# pyppmd 1.3.1 crashes the whole process at damaged data. Without it, PPMd is an unknown method
# here, and is left to the programs. Relies on internals of the pinned version of py7zr.
_PPMD_PACKER, _ = py7zr_methods.algorithm_class_map[py7zr.FILTER_PPMD]
py7zr_methods.algorithm_class_map[py7zr.FILTER_PPMD] = (_PPMD_PACKER, None)

# py7zr does not translate the errors that damaged headers and its decompressors cause.
_FAULTS = (
    ArchiveError,
    py7zr_methods.zstd.ZstdError,  # pyright: ignore[reportPrivateImportUsage]
    py7zr_methods.brotli.error,  # pyright: ignore[reportPrivateImportUsage]
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    RecursionError,
)


class SevenZipComic(ComicSource):
    """A 7z archive. ``seconds`` maps a size to the time that unpacking to it may take."""

    def __init__(self, path: Path, seconds: Callable[[int], float] = seconds_for) -> None:
        self._path = path
        self._seconds = seconds
        self._given_up: PageUnreadable | None = None
        self._lock = threading.Lock()
        self._spool: Spool | None = None
        with _opened(path) as archive:
            if archive.password_protected:
                raise password_error()
            listed = archive.list()
            self._newer_method = _newer_method(archive)
        places = [
            place
            for place, file in enumerate(listed)
            if not file.is_directory and not file.is_symlink
        ]
        self._places = dict(
            zip(
                distinct(entry_name(listed[place].filename) for place in places),
                places,
                strict=True,
            )
        )
        self._checksums = {name: listed[place].crc32 for name, place in self._places.items()}
        self._sizes = {name: listed[place].uncompressed for name, place in self._places.items()}
        # With symbolic links, because they are unpacked on the way to the files after them.
        self._unpacked_bytes = sum(file.uncompressed for file in listed)
        require_plausible_size(self._unpacked_bytes, path.stat().st_size)
        self._wanted = [name for name in self._places if is_page(name) or may_be_page(name)]
        try:
            self._pages = reading_order(pages_among(self._wanted, self._read_head))
            require_pages(len(self._pages), sum(map(is_nested_archive, self._places)))
        except BaseException:
            self.close()
            raise

    def _read_head(self, name: str) -> bytes:
        with self.open_page(name) as file:
            return file.read(HEAD_BYTES)

    @property
    def opens_as_a_whole(self) -> bool:
        """Return True, because the first page that is opened unpacks all."""
        return True

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return self._pages

    def listed(self, name: str) -> ListedPage:
        """Return the page's size and CRC-32 from the archive's header."""
        return ListedPage(self._sizes.get(name), self._checksums.get(name))

    def open_page(self, name: str) -> BinaryIO:
        """Open the page; the first call unpacks all pages."""
        require_picture(name)
        if self._sizes.get(name, 0) > MAX_PAGE_BYTES:
            raise PageUnreadable(f"“{name}” is too large for a page.")
        with self._lock:
            # Otherwise every page of a hostile archive would take the full time limit.
            if self._given_up is not None:
                raise type(self._given_up)(self._given_up.detail)
            try:
                self._spool = self._spool or self._unpacked()
            except PageUnreadable as error:
                self._given_up = error
                raise
            return self._spool.open(name)

    def checksum(self, name: str) -> int | None:
        """Return the page's CRC-32 from the archive's header."""
        return self._checksums[name]

    def _unpacked(self) -> Spool:
        """Unpack all pages except those that are too large, up to the first damaged one."""
        wanted = {
            self._places[name]: name for name in self._wanted if self._sizes[name] <= MAX_PAGE_BYTES
        }
        spool = Spool(sum(self._sizes[name] for name in wanted.values()))
        try:
            with _opened(self._path, self._unpacked_bytes) as archive:
                _extract(
                    archive, wanted, _IntoSpool(spool, wanted, self._seconds(self._unpacked_bytes))
                )
        except (ComicOutOfReach, PageOutOfReach):
            spool.close()
            raise
        except _UnknownMethod as error:
            spool.close()
            return self._unpacked_by_programs(error.detail)
        except ComicUnreadable:
            if self._newer_method and spool.page_count == 0:
                spool.close()
                return self._unpacked_by_programs(
                    f"The archive is compressed with {self._newer_method} in a way that this "
                    "server cannot read. Pack it again as a ZIP."
                )
            # The pages before the damage can be read.
        return spool

    def _unpacked_by_programs(self, reason: str) -> Spool:
        """Unpack with the programs that unpack RAR, of which some know more methods of 7z.

        Raises:
            PageUnreadable: none is installed or can unpack it, for this reason.
        """
        # Imported here, because few archives need it.
        from .rar_tool import PackedFile, unpack_whole, working_tools

        try:
            tools = working_tools()
        except ComicOutOfReach as error:
            raise PageUnreadable(reason) from error
        files = {
            name: PackedFile(self._sizes[name], self._checksums[name]) for name in self._places
        }
        spool = unpack_whole(tools, self._path, files, self._seconds)
        if spool.page_count == 0:
            spool.close()
            raise PageUnreadable(reason)
        return spool

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin."""
        return file_documents(self._places, self._pages, self._read_documents)

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read = {
            name: self._read_document(name)
            for name in names
            if self._sizes[name] <= MAX_DOCUMENT_BYTES
        }
        return {name: data for name, data in read.items() if data is not None}

    def _read_document(self, name: str) -> bytes | None:
        """Return a file's bytes, or None: a comic without metadata is still a comic."""
        factory = BytesIOFactory(MAX_DOCUMENT_BYTES)
        try:
            with _opened(self._path) as archive:
                _extract(archive, [self._places[name]], factory)
            return next((product.read() for product in factory.products.values()), None)
        except _UnknownMethod:
            pass  # Programs unpack all files, with the pages.
        except ComicUnreadable:
            return None
        try:
            with self.open_page(name) as file:
                return file.read()
        except PageUnreadable:
            return None

    def close(self) -> None:
        """Close the unpacked pages."""
        with self._lock:
            if self._spool is not None:
                self._spool.close()


def _newer_method(archive: py7zr.SevenZipFile) -> str:
    """Return the name of a method that only successors of 7-Zip write, or an empty string."""
    streams = archive.header.main_streams
    if streams is None or not streams.unpackinfo:
        return ""
    coders = [coder for folder in streams.unpackinfo.folders for coder in folder.coders]
    return next((name for coder in coders if (name := _NEWER_METHODS.get(coder["method"]))), "")


class _UnknownMethod(ComicUnreadable):
    pass


def _extract(archive: py7zr.SevenZipFile, places: Collection[int], factory: WriterFactory) -> None:
    """Extract the files at these positions of the list.

    They are renamed to their positions first: names may repeat or point out of the folder.
    """
    for place, file in enumerate(archive.files.files_list):
        file["filename"] = str(place)
    archive.extract(targets=[str(place) for place in places], factory=factory)


@contextmanager
def _opened(path: Path, max_bytes: int | None = None) -> Iterator[py7zr.SevenZipFile]:
    """Open the archive, and translate the errors of py7zr into ComicUnreadable."""
    try:
        with path.open("rb") as file:
            _check_header(file)
            # Given a path instead of a file, py7zr would unpack with one thread for each core.
            with py7zr.SevenZipFile(file, max_extract_size=max_bytes) as archive:
                yield archive
    except py7zr.PasswordRequired as error:
        raise password_error() from error
    except UnsupportedCompressionMethodError as error:
        raise _UnknownMethod(
            "The archive is compressed in a way that this server cannot read. "
            "Pack it again as a ZIP."
        ) from error
    except _FAULTS as error:
        if is_transient(error):
            raise ComicOutOfReach(
                f"The archive cannot be unpacked now: {error.strerror}."
            ) from error
        raise ComicUnreadable(_DAMAGED) from error


def _check_header(file: BinaryIO) -> None:
    """Raise ComicUnreadable if the table of contents is missing or would fill the memory."""
    data = file.read(_SIGNATURE_HEADER.size)
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    if len(data) < _SIGNATURE_HEADER.size:
        raise ComicUnreadable(_DAMAGED)
    *_, offset, size, _crc = _SIGNATURE_HEADER.unpack(data)
    if _SIGNATURE_HEADER.size + offset + size > end:
        raise ComicUnreadable(_DAMAGED)
    if size > MAX_HEADER_BYTES:
        raise ComicUnreadable(
            "The archive's table of contents is far too large for a comic. Pack it again."
        )


class _IntoSpool(WriterFactory):
    """Makes py7zr write pages into the spool instead of into files, within a time limit."""

    def __init__(self, spool: Spool, wanted: dict[int, str], seconds: float) -> None:
        self._spool, self._wanted, self._seconds = spool, wanted, seconds
        self._deadline = time.monotonic() + seconds

    def create(self, filename: str) -> Py7zIO:
        """Return the writer of the page at the position that ``filename`` contains."""
        return _SpooledPage(self, self._spool, self._wanted[int(filename)])

    def check_time(self) -> None:
        """Raise PageOutOfReach after the time limit."""
        if time.monotonic() > self._deadline:
            raise timeout_error(self._seconds)


class _SpooledPage(Py7zIO):
    def __init__(self, factory: _IntoSpool, spool: Spool, name: str) -> None:
        self._factory, self._spool, self._name = factory, spool, name
        self._start = spool.begin()

    def write(self, s: bytes | bytearray) -> int:
        self._factory.check_time()
        self._spool.write(s)
        return len(s)

    def close(self) -> None:
        self._spool.finish(self._name, self._start)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        """Do nothing, because nothing is buffered."""

    def size(self) -> int:
        return self._spool.begin() - self._start
