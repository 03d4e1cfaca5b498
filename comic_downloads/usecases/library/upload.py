"""Add an uploaded comic to the library folder, once it is complete and readable.

Until then it is a hidden file there, which its process locks. A file without a lock was left by a
process that was killed, and is deleted.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from typing import IO

from ...db.library import has_comics
from ...domain.errors import (
    DiskFull,
    InvalidRequest,
    PayloadTooLarge,
    StorageUnavailable,
    is_disk_full,
)
from ...domain.filenames import safe_filename
from ...domain.identity import new_id
from ...files.locks import hold_for_life, is_free
from ...library.presence import away_error, is_away
from ...library.sources import open_comic
from ...library.sources.names import ARCHIVE_EXTENSIONS
from ..context import Context
from .scan import request_scan

FOREIGN_PARTS_KEPT = timedelta(days=1)
_PREFIX, _SUFFIX = ".upload-", ".part"
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS})
# File systems without hard links answer with one of these.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AddedComic:
    """A stored comic, which is listed after the scan. ``path`` is relative to the library."""

    path: str
    size_bytes: int
    scan_id: str


class IncomingComic:
    """A comic during its upload, as a hidden file in the library folder that scans ignore.

    Call ``abandon`` at the end, also after an error.
    """

    def __init__(self, context: Context, filename: str) -> None:
        """Create the hidden file.

        Raises:
            InvalidRequest: the file name does not have the extension of a comic.
            StorageUnavailable: the library folder cannot be written to.
            LibraryAway: its disk is not mounted, so the comic would be hidden once it is.
        """
        self._context = context
        self._name = _checked_name(filename)
        self._size_bytes = 0
        _require_library(context)
        name = f"{_PREFIX}{socket.gethostname()}-{new_id(context.clock())}{_SUFFIX}"
        self._part = context.settings.library / name
        with _plain_errors():
            self._file: IO[bytes] = _open_locked(self._part)

    def write(self, data: bytes) -> None:
        """Append to the file.

        Raises:
            PayloadTooLarge: the file exceeds MAX_UPLOAD_BYTES.
            DiskFull: the disk of the library is full.
        """
        self._size_bytes += len(data)
        limit = self._context.settings.max_upload_bytes
        if self._size_bytes > limit:
            raise PayloadTooLarge(f"The file exceeds this server's limit of {limit:,} bytes.")
        with _plain_errors():
            self._file.write(data)

    def finish(self) -> AddedComic:
        """Check that the comic opens, rename it to a free name, and request a scan.

        Raises:
            ComicUnreadable: the comic cannot be opened.
        """
        with _plain_errors():
            self._file.flush()  # It stays open, because closing it would end the lock.
            os.fsync(self._file.fileno())
        with open_comic(self._part) as source:
            source.names()
        with _plain_errors():
            target = _move_to_free_name(self._part, self._name)
        path = target.relative_to(self._context.settings.library).as_posix()
        return AddedComic(path, self._size_bytes, request_scan(self._context))

    def abandon(self) -> None:
        """Delete the hidden file. After ``finish`` there is none, and nothing happens."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def _checked_name(filename: str) -> str:
    name = PurePath(filename.replace("\\", "/")).name
    stem, dot, extension = name.rpartition(".")
    if dot + extension.lower() not in ARCHIVE_EXTENSIONS:
        raise InvalidRequest(
            f"“{name}” is not a comic file. "
            f"Its name must end with {' or '.join(sorted(ARCHIVE_EXTENSIONS))}."
        )
    return safe_filename(stem, extension.lower())


def drop_cut_uploads(context: Context) -> int:
    """Delete what uploads left in the library when their process was killed; return how many.

    The locks of other machines may not be visible here, so their files are kept for
    FOREIGN_PARTS_KEPT.
    """
    own_prefix = f"{_PREFIX}{socket.gethostname()}-"
    foreign_before = (context.clock() - FOREIGN_PARTS_KEPT).timestamp()
    dropped = 0
    for part in context.settings.library.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # It ended meanwhile, or the library is read-only.
            is_ours = part.name.startswith(own_prefix)
            if is_free(part) and (is_ours or part.stat().st_mtime < foreign_before):
                part.unlink()
                dropped += 1
    if dropped:
        log.info("%d unfinished uploads deleted", dropped, extra={"action": "drop_uploads"})
    return dropped


def _require_library(context: Context) -> None:
    library = context.settings.library
    if not is_away(library):
        return
    with context.db.read() as session:
        if has_comics(session):
            raise away_error()


def _open_locked(part: Path) -> IO[bytes]:
    """Create the file and lock it; without a lock on a file system that has none."""
    part.parent.stat()  # The library folder itself is not created.
    try:
        return hold_for_life(part)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return part.open("xb")


def _move_to_free_name(part: Path, name: str) -> Path:
    """Rename the file to the first name that is free, so that no existing file is overwritten."""
    stem, _, extension = name.rpartition(".")
    number = 1
    while True:
        target = part.with_name(name if number == 1 else f"{stem} ({number}).{extension}")
        try:
            _rename_to_new(part, target)
        except FileExistsError:
            number += 1
            continue
        return target


def _rename_to_new(part: Path, target: Path) -> None:
    """Rename the file. Raises FileExistsError."""
    try:
        target.hardlink_to(part)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        target.open("xb").close()
        part.replace(target)
    else:
        part.unlink()


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull("The disk of the library has no space left for the file.") from error
        reason = f"The library folder cannot be written to: {error.strerror}."
        raise StorageUnavailable(
            f"{reason} Uploading needs a library folder that this server may write to."
        ) from error
