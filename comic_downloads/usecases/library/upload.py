"""Add an uploaded comic to the library folder, once it is complete and readable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from ...domain.errors import (
    DiskFull,
    InvalidRequest,
    PayloadTooLarge,
    StorageUnavailable,
    is_disk_full,
)
from ...domain.filenames import safe_filename
from ...domain.identity import new_id
from ...library.sources import open_comic
from ...library.sources.names import ARCHIVE_EXTENSIONS
from ..context import Context
from .scan import request_scan


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
        """
        self._context = context
        self._name = _checked_name(filename)
        self._size_bytes = 0
        self._part = context.settings.library / f".upload-{new_id(context.clock())}.part"
        with _plain_errors():
            self._file: BinaryIO = self._part.open("xb")

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
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        with open_comic(self._part) as source:
            source.names()
        with _plain_errors():
            target = _claim_name(self._context.settings.library, self._name)
            self._part.replace(target)
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


def _claim_name(folder: Path, name: str) -> Path:
    """Claim the first free name with an empty file, so that no existing file is overwritten."""
    stem, _, extension = name.rpartition(".")
    number = 1
    while True:
        target = folder / (name if number == 1 else f"{stem} ({number}).{extension}")
        try:
            target.open("xb").close()
        except FileExistsError:
            number += 1
            continue
        return target


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
