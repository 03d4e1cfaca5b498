"""The comics that one job reads from, a few of them open at a time."""

from __future__ import annotations

import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import BinaryIO, Self, cast

from ...domain.errors import (
    ComicChanged,
    ComicOutOfReach,
    ComicUnreadable,
    PageOutOfReach,
    PageUnreadable,
    Place,
    StorageUnavailable,
)
from ...domain.manifest import ManifestComic, ManifestPage
from ...library.presence import KnownMounts, away_error
from ...library.sources import ComicSource, open_comic
from ...packaging.reading import CHUNK_BYTES
from ...settings import Settings

# A series of 1,000 comics must not need 1,000 file descriptors.
MAX_OPEN = 8


class OpenComics:
    """Opens comics when a page is needed and closes the least recently used. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._library = settings.library
        self._mounts = KnownMounts(settings.library, settings.library_mounts)
        self._open: OrderedDict[str, tuple[ComicSource, ExitStack]] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            for _, closing in self._open.values():
                closing.close()
            self._open.clear()

    def open_page(self, comic: ManifestComic, page: ManifestPage) -> BinaryIO:
        """Open the page's bytes as they are now.

        Raises:
            ComicChanged: The page is gone; names the page.
            StorageUnavailable: It cannot be read at the moment. Reading may raise this, too.
            LibraryAway: Its disk is not mounted.
        """
        with self._lock:
            try:
                with _translate_disk_errors(comic, page):
                    return cast(
                        BinaryIO, _PageStream(self._source(comic).open_page(page.name), comic, page)
                    )
            except (
                KeyError,
                FileNotFoundError,
                NotADirectoryError,
                ComicUnreadable,
                PageUnreadable,
            ) as error:
                if self._mounts.is_away(comic.path):
                    raise away_error() from error
                raise ComicChanged(
                    f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” is not there "
                    "any more. Scan the library, then try again.",
                    place=Place(comic.comic_id, page.index),
                ) from error

    def read_page(self, comic: ManifestComic, page: ManifestPage) -> BinaryIO:
        """Read the page into memory and compare it with what the library scan saw.

        Raises:
            ComicChanged: The page is gone or has other bytes; names the page.
            StorageUnavailable: It cannot be read at the moment.
        """
        with self.open_page(comic, page) as stream:
            try:
                data = stream.read(page.facts.size_bytes + 1)
            except PageUnreadable as error:
                raise comic_changed_error(comic, page) from error
        if len(data) != page.facts.size_bytes or zlib.crc32(data) != page.facts.crc32:
            raise comic_changed_error(comic, page)
        return io.BytesIO(data)

    def checked_chunks(self, comic: ManifestComic, page: ManifestPage) -> Iterator[bytes]:
        """Yield the page in chunks and compare the whole at the end. Raises as ``read_page``."""
        size_bytes = crc32 = 0
        with self.open_page(comic, page) as stream:
            while chunk := _next_chunk(stream, comic, page):
                size_bytes += len(chunk)
                crc32 = zlib.crc32(chunk, crc32)
                yield chunk
        if (size_bytes, crc32) != (page.facts.size_bytes, page.facts.crc32):
            raise comic_changed_error(comic, page)

    def _source(self, comic: ManifestComic) -> ComicSource:
        if comic.path in self._open:
            self._open.move_to_end(comic.path)
            return self._open[comic.path][0]
        if len(self._open) >= MAX_OPEN:
            _, (_, closing) = self._open.popitem(last=False)
            closing.close()
        path = self._library / comic.path
        path.stat()  # A comic that was removed fails here, before a program is started to read it.
        closing = ExitStack()
        source = closing.enter_context(open_comic(path))
        self._open[comic.path] = (source, closing)
        return source


def _next_chunk(stream: BinaryIO, comic: ManifestComic, page: ManifestPage) -> bytes:
    try:
        return stream.read(CHUNK_BYTES)
    except PageUnreadable as error:
        raise comic_changed_error(comic, page) from error


@contextmanager
def _translate_disk_errors(comic: ManifestComic, page: ManifestPage) -> Iterator[None]:
    """Raise StorageUnavailable, naming the page, for errors that say nothing about the page."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (ComicOutOfReach, PageOutOfReach, OSError) as error:
        reason = f"{error.strerror or error}." if isinstance(error, OSError) else error.detail
        raise StorageUnavailable(
            f"Page {page.index + 1} of “{comic.metadata.title}” cannot be read now: {reason}",
            place=Place(comic.comic_id, page.index),
        ) from error


class _PageStream(io.RawIOBase):
    """A page that is being read; errors of the disk are told apart from damage."""

    def __init__(self, stream: BinaryIO, comic: ManifestComic, page: ManifestPage) -> None:
        self._stream, self._comic, self._page = stream, comic, page

    def read(self, size: int | None = -1, /) -> bytes:
        with _translate_disk_errors(self._comic, self._page):
            return self._stream.read(-1 if size is None else size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with _translate_disk_errors(self._comic, self._page):
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def close(self) -> None:
        self._stream.close()
        super().close()


def comic_changed_error(comic: ManifestComic, page: ManifestPage) -> ComicChanged:
    """Return the error for a page whose bytes differ from what the library scan saw."""
    return ComicChanged(
        f"Page {page.index + 1} ({page.name}) of “{comic.metadata.title}” was changed or damaged "
        "after the library was scanned. Scan the library, then try again.",
        place=Place(comic.comic_id, page.index),
    )
