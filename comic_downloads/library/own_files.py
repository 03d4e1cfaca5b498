"""The library's own files, which are sent as they are: found, and read while they stay the same.

Nothing says what the bytes of such a file have to be before it was read once. Until then it has to
be the very file that was asked for: its inode, length and times. After that, a file with other
times or another inode, such as a backup that was put back, is read and compared by its SHA-256.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import ComicChanged, Place
from ..domain.layout import FilePiece, LayoutComic
from ..domain.own_file import FileIdentity
from ..files.digest import sha256_of_rest
from .extents import ExtentPage, whole_file
from .page_faults import file_changed, file_gone, file_out_of_reach
from .presence import KnownMounts, away_error

# The files with other times that were found to have the same bytes.
_MAX_PROVEN = 1000


def identity_of(status: os.stat_result) -> FileIdentity:
    """Return by what the file is recognized."""
    return FileIdentity(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def find_own_file(library: Path, path: str) -> FileIdentity | None:
    """Return what the comic's file is like now, or None if there is no such file.

    Links are not followed, as in a scan. Raises OSError if the file cannot be looked at.
    """
    try:
        status = (library / path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return identity_of(status) if stat.S_ISREG(status.st_mode) else None


@dataclass
class OwnFiles:
    """Opens files of the library for all transfers of a process. Thread-safe."""

    library: Path
    mounts: KnownMounts
    _proven: OrderedDict[tuple[FileIdentity, str], None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(
        self, comic: LayoutComic, piece: FilePiece, known_sha256: Callable[[], str]
    ) -> ExtentPage:
        """Open the file, if it is the one that was asked for.

        Args:
            comic: Whose file it is.
            piece: What the file has to be.
            known_sha256: Returns its SHA-256, or an empty string while nobody knows it. It is asked
                only if the file has another identity.

        Raises:
            ComicChanged: The file is gone, or is another.
            StorageUnavailable: It cannot be read now.
            LibraryAway: Its disk is not mounted.
        """
        with self.naming_faults(comic):
            stream = (self.library / comic.path).open("rb", buffering=0)
            try:
                # Made before the look at the file, so that it notices every later change.
                page = whole_file(stream)
                found = identity_of(os.fstat(stream.fileno()))
                if found != piece.identity and not self._has_same_bytes(
                    stream, found, piece, known_sha256()
                ):
                    raise changed_error(comic)
                return page
            except BaseException:
                stream.close()
                raise

    def _has_same_bytes(
        self, stream: BinaryIO, found: FileIdentity, piece: FilePiece, sha256: str
    ) -> bool:
        """Compare the bytes of a file with another identity, unless that was done before."""
        if not sha256 or found.size_bytes != piece.size_bytes:
            return False
        with self._lock:
            if (found, sha256) in self._proven:
                return True
        if sha256_of_rest(stream) != sha256:
            return False
        with self._lock:
            self._proven[found, sha256] = None
            while len(self._proven) > _MAX_PROVEN:
                self._proven.popitem(last=False)
        return True

    @contextmanager
    def naming_faults(self, comic: LayoutComic) -> Iterator[None]:
        """Raise the errors of opening and reading the file as ``open`` names them."""
        place = Place(comic.comic_id)
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as error:
            if self.mounts.is_away(comic.path):
                raise away_error() from error
            raise file_gone(comic.title, place) from error
        except OSError as error:
            raise file_out_of_reach(comic.title, error, place) from error


def changed_error(comic: LayoutComic) -> ComicChanged:
    """Return the error for a file that is not the one that was asked for."""
    return file_changed(comic.title, Place(comic.comic_id))
