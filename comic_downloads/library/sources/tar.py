"""Read CBT and TAR archives, plain ones in place and compressed ones from a temporary file."""

from __future__ import annotations

import bz2
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, BinaryIO, cast

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageUnreadable
from ...domain.library import NOTHING_LISTED, ListedPage
from ...files.read_hints import expect_few_reads, expect_long_reads
from ...files.slices import Slice
from .decompressors import DAMAGE, Decompressor, Inflater, xz_decompressor
from .documents import MAX_DOCUMENT_BYTES, Document, file_documents
from .name_encodings import decoded_alike
from .names import distinct, is_nested_archive, printable
from .page_kinds import HEAD_BYTES, pages_among, require_picture
from .page_order import reading_order
from .source import (
    MAX_PAGE_BYTES,
    MIB,
    ComicSource,
    is_transient,
    require_pages,
    require_plausible_size,
    seconds_for,
    timeout_error,
)
from .spool import KEEP_FREE_BYTES
from .tar_headers import BLOCK_BYTES, TarEntry, TarKind, is_header, tar_entries

_DAMAGED = "The archive is damaged or cut short. Copy or download it again."
_PROBLEMS = {
    TarKind.LINK: "is a link, and links are not followed.",
    TarKind.SPARSE: "is stored as a sparse file, which cannot be read. Pack it again.",
    TarKind.DAMAGED: "and everything behind it is damaged in the archive.",
}
_GZIP_WINDOW_BITS = 31
_COMPRESSED: dict[bytes, Callable[[], Decompressor]] = {
    b"\x1f\x8b\x08": lambda: Inflater(_GZIP_WINDOW_BITS),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": xz_decompressor,
}


class TarComic(ComicSource):
    """A TAR archive. ``seconds`` maps a size to the time that unpacking to it may take."""

    def __init__(self, path: Path, seconds: Callable[[int], float] = seconds_for) -> None:
        self._file = _opened(path, seconds)
        # Only an anonymous file has a number instead of a name.
        self._is_unpacked = isinstance(self._file.name, int)
        try:
            expect_few_reads(self._file.fileno())  # Headers are far from each other.
            entries = list(tar_entries(self._read_at, os.fstat(self._file.fileno()).st_size))
            expect_long_reads(self._file.fileno())
            names = map(printable, decoded_alike([entry.raw_name for entry in entries]))
            self._entries = dict(zip(distinct(names), entries, strict=True))
            self._pages = reading_order(pages_among(self._entries, self._read_head))
            require_pages(len(self._pages), sum(map(is_nested_archive, self._entries)))
        except BaseException:
            self._file.close()
            raise

    def _read_at(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._file.fileno(), size, offset)
        except OSError as error:
            raise ComicOutOfReach(f"The archive cannot be read now: {error.strerror}.") from error

    def _read_head(self, name: str) -> bytes:
        with self._open(name) as file:
            return file.read(HEAD_BYTES)

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return self._pages

    def expect_few_reads(self) -> None:
        """Let nothing be read ahead."""
        expect_few_reads(self._file.fileno())

    @property
    def opens_as_a_whole(self) -> bool:
        """Return True if the archive was unpacked to be opened."""
        return self._is_unpacked

    def listed(self, name: str) -> ListedPage:
        """Return the page's size from its header."""
        entry: TarEntry | None = self._entries.get(name)
        return ListedPage(entry.size_bytes) if entry is not None else NOTHING_LISTED

    def open_page(self, name: str) -> BinaryIO:
        """Open a page in the archive."""
        require_picture(name)
        return self._open(name)

    def _open(self, name: str) -> BinaryIO:
        entry: TarEntry | None = self._entries.get(name)
        if entry is None:
            raise PageUnreadable(f"“{name}” is no longer in the archive.")
        if entry.kind is not TarKind.FILE:
            raise PageUnreadable(f"“{name}” {_PROBLEMS[entry.kind]}")
        if entry.size_bytes > MAX_PAGE_BYTES:
            raise PageUnreadable(f"“{name}” is too large for a page.")
        return cast(BinaryIO, Slice(self._file.fileno(), entry.offset, entry.size_bytes, name))

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin."""
        return file_documents(self._entries, self._pages, self._read_documents)

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read: dict[str, bytes] = {}
        for name in names:
            if self._entries[name].size_bytes <= MAX_DOCUMENT_BYTES:
                try:
                    with self._open(name) as file:
                        read[name] = file.read()
                except PageUnreadable:
                    continue  # A comic without metadata is still a comic.
        return read

    def close(self) -> None:
        """Close the archive; its open pages stay readable."""
        self._file.close()


def is_tar(head: bytes) -> bool:
    """Return whether a file with these first bytes is a TAR archive, or may be a compressed one."""
    return is_header(head[:BLOCK_BYTES]) or head.startswith(tuple(_COMPRESSED))


def is_compressed_tar(path: Path) -> bool:
    """Return whether the TAR archive has to be unpacked as a whole. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return file.read(BLOCK_BYTES).startswith(tuple(_COMPRESSED))


def _opened(path: Path, seconds: Callable[[int], float]) -> IO[bytes]:
    """Open the archive, or unpack a compressed one into an anonymous temporary file."""
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise ComicOutOfReach(
            f"The file cannot be opened: {error.strerror}. Check its permissions."
        ) from error
    head = os.pread(file.fileno(), BLOCK_BYTES, 0)
    signature = next((mark for mark in _COMPRESSED if head.startswith(mark)), None)
    if signature is None:
        return file
    with closing(file):
        return _unpacked(file, signature, seconds)


def _unpacked(file: IO[bytes], signature: bytes, seconds: Callable[[int], float]) -> IO[bytes]:
    """Unpack up to the end or the first damage; the pages before it can be read.

    Raises:
        ComicUnreadable: it is no TAR archive, or a decompression bomb.
        ComicOutOfReach: it takes too long, or there is too little space.
    """
    packed_bytes = os.fstat(file.fileno()).st_size
    started = time.monotonic()
    target = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # The caller closes it.
    try:
        written = 0
        for chunk in _chunks(file, signature):
            is_start = written == 0 and len(chunk) >= BLOCK_BYTES
            if is_start and not is_header(chunk[:BLOCK_BYTES]):
                raise ComicUnreadable("It is a compressed file, but no TAR archive of pages.")
            if shutil.disk_usage(tempfile.gettempdir()).free < len(chunk) + KEEP_FREE_BYTES:
                raise ComicOutOfReach(
                    f"There is not enough space to unpack it in {tempfile.gettempdir()}."
                )
            target.write(chunk)
            written += len(chunk)
            require_plausible_size(written, packed_bytes)
            if time.monotonic() - started > seconds(written):
                raise ComicOutOfReach(timeout_error(seconds(written)).detail)
        if written < BLOCK_BYTES:
            raise ComicUnreadable(_DAMAGED)
    except OSError as error:
        target.close()
        raise ComicOutOfReach(f"The archive cannot be unpacked now: {error.strerror}.") from error
    except BaseException:
        target.close()
        raise
    return target


def _chunks(file: IO[bytes], signature: bytes) -> Iterator[bytes]:
    """Yield the unpacked data in parts of up to 1 MiB; parallel packers write several streams."""
    data = b""
    while True:
        data = data or file.read(MIB)
        if not data.startswith(signature[: len(data)]) or not data:
            return  # Padding behind the last stream.
        unpack = _COMPRESSED[signature]()
        while not unpack.eof:
            data = data or (file.read(MIB) if unpack.needs_input else b"")
            is_last = unpack.needs_input and not data
            try:
                chunk = unpack.decompress(data, MIB)
            except DAMAGE as error:
                if is_transient(error):
                    raise
                return
            data = b""
            if chunk:
                yield chunk
            elif is_last:
                return
        data = unpack.unused_data
