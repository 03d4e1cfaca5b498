"""Pages of the library whose length and CRC-32 were found right before any byte of them is used.

Pages that lie in a file as they are, stored members and loose files, are read from there. Others
are unpacked into a copy that all readers of the page share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

from zlib_ng import zlib_ng

from ..domain.errors import (
    ComicOutOfReach,
    ComicUnreadable,
    PageOutOfReach,
    PageUnreadable,
    Place,
)
from ..domain.layout import LayoutComic, PagePiece
from ..files.shared_copies import SharedCopies, SharedCopy
from .extents import CHUNK_BYTES, CheckedExtents, ExtentPage
from .open_comic_cache import OpenComicCache
from .own_files import OwnFiles
from .page_faults import page_changed, page_gone, page_out_of_reach
from .presence import KnownMounts, away_error

# How many comics are known by their whole path.
_PATHS = 256


class CheckedPage(Protocol):
    """An open page that was found right.

    ``takes_memory`` is True if it is a copy.
    """

    takes_memory: ClassVar[bool]

    def read_cached(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer from byte ``start`` of the page on; return the number of bytes.

        It is 0 if reading could block.

        Raises:
            PageMoved: The page has to be opened again, because its file has changed. What is in
                the buffer may be wrong.
        """
        ...

    def read(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer as ``read_cached``, with at least one byte. May block.

        Raises:
            PageMoved: As ``read_cached``.
            OSError: The disk failed.
        """
        ...

    def close(self) -> None:
        """Release what is held, without blocking; doing it twice is not an error."""
        ...


class _CopiedPage:
    """A page in a copy of its own, which does not change."""

    takes_memory: ClassVar[bool] = True

    def __init__(self, copy: SharedCopy) -> None:
        self._copy = copy

    def read_cached(self, start: int, buffer: memoryview) -> int:
        return self._copy.read(start, buffer) if self._copy.in_memory else 0

    def read(self, start: int, buffer: memoryview) -> int:
        return self._copy.read(start, buffer)

    def close(self) -> None:
        self._copy.close()


@dataclass(frozen=True)
class Shelf:
    """Where the comics are: the library folder, the disks in it, and those that are open."""

    library: Path
    mounts: KnownMounts
    comics: OpenComicCache


@dataclass
class CheckedPages:
    """Opens pages for all transfers of a process. Thread-safe."""

    shelf: Shelf
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    copies: SharedCopies = field(init=False)
    extents: CheckedExtents = field(init=False)
    own_files: OwnFiles = field(init=False)

    def __post_init__(self) -> None:
        self.copies = SharedCopies(self.monotonic)
        self.extents = CheckedExtents(self.clock, self.monotonic)
        # To join a path, and to find its hash, takes a fifth of the time of opening a page.
        self._path_of = lru_cache(_PATHS)(self.shelf.library.joinpath)
        self.own_files = OwnFiles(self.shelf.library, self.shelf.mounts)

    def open(self, comic: LayoutComic, page: PagePiece) -> CheckedPage:
        """Open the page and check it, which may take as long as reading all of it.

        Raises:
            ComicChanged: The page is gone, or has other bytes than when it was scanned.
            StorageUnavailable: It cannot be read now.
            LibraryAway: Its disk is not mounted.
        """
        path = self._path_of(comic.path)
        file = f"{path}/{page.name}" if comic.kind == "folder" else path
        if (known := self.extents.known_page(path, file, page)) is not None:
            return known
        with self.naming_faults(comic, page):
            version, stream = self._opened(path, comic, page)
            try:
                if (found := self.extents.page(path, stream, page)) is not None:
                    return found
                copy = self.copies.borrow(
                    (path, version, page), page.size_bytes, lambda: _checked(stream, page)
                )
            except BaseException:
                stream.close()
                raise
            stream.close()
            return _CopiedPage(copy)

    def open_beside(
        self, comic: LayoutComic, page: PagePiece, other: CheckedPage
    ) -> CheckedPage | None:
        """Open the page in the file that another one has open, if it was found right there.

        It does not block. Return None if the page has to be opened by ``open``.
        """
        if not isinstance(other, ExtentPage):
            return None
        return self.extents.page_beside(self._path_of(comic.path), other, page)

    def _opened(
        self, path: Path, comic: LayoutComic, page: PagePiece
    ) -> tuple[tuple[int, ...], BinaryIO]:
        """Open the page as the comic has it now; return the comic's version, too."""
        place, status = Place(comic.comic_id, page.index), path.stat()
        version = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        with self.shelf.comics.borrow(path, comic.kind, repr(version)) as source:
            try:
                return version, source.open_page(page.name)
            except PageOutOfReach:
                raise
            except PageUnreadable as error:
                if page.name in source.names():
                    raise
                if self.shelf.mounts.is_away(comic.path):
                    raise away_error() from error
                raise page_gone(comic.title, page.name, place) from error

    @contextmanager
    def naming_faults(self, comic: LayoutComic, page: PagePiece) -> Iterator[None]:
        """Raise the errors of opening and reading the page as ``open`` names them."""
        place = Place(comic.comic_id, page.index)
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as error:
            if self.shelf.mounts.is_away(comic.path):
                raise away_error() from error
            raise page_gone(comic.title, page.name, place) from error
        except (ComicOutOfReach, PageOutOfReach, OSError) as error:
            raise page_out_of_reach(comic.title, error, place) from error
        except (ComicUnreadable, PageUnreadable) as error:
            raise page_changed(comic.title, page.name, place) from error


def _checked(stream: BinaryIO, page: PagePiece) -> Iterator[bytes]:
    """Yield the page. Raises PageUnreadable after the last chunk if it is another."""
    size_bytes = crc32 = 0
    while chunk := stream.read(min(CHUNK_BYTES, page.size_bytes + 1 - size_bytes)):
        size_bytes += len(chunk)
        if size_bytes > page.size_bytes:
            raise PageUnreadable
        crc32 = zlib_ng.crc32(chunk, crc32)
        yield chunk
    if (size_bytes, crc32) != (page.size_bytes, page.crc32):
        raise PageUnreadable
