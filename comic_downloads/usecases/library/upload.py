"""Taking an uploaded comic into the library folder: whole and readable, or not at all."""

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
    """``path`` is relative to the library folder; the comic is listed once the scan is done."""

    path: str
    size_bytes: int
    scan_id: str


class IncomingComic:
    """A comic that is being uploaded, as a hidden file in the library folder, which scans leave alone.

    Whoever starts one calls ``abandon`` at its end, whatever happened.
    """

    def __init__(self, context: Context, filename: str) -> None:
        """Raises InvalidRequest for a kind of file that is no comic, StorageUnavailable if the folder cannot be written."""
        self._context = context
        self._name = _checked_name(filename)
        self._size_bytes = 0
        self._part = context.settings.library / f".upload-{new_id(context.clock())}.part"
        with _plain_errors():
            self._file: BinaryIO = self._part.open("xb")

    def write(self, data: bytes) -> None:
        """Appends. Raises PayloadTooLarge beyond MAX_UPLOAD_BYTES, DiskFull when there is no room."""
        self._size_bytes += len(data)
        limit = self._context.settings.max_upload_bytes
        if self._size_bytes > limit:
            raise PayloadTooLarge(f"The file is larger than this server takes ({limit:,} bytes).")
        with _plain_errors():
            self._file.write(data)

    def finish(self) -> AddedComic:
        """Checks that the comic opens, gives it its name and has the library scanned. Raises ComicUnreadable."""
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
        """Removes what has come in, unless it was kept by ``finish``."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def _checked_name(filename: str) -> str:
    name = PurePath(filename.replace("\\", "/")).name
    stem, dot, extension = name.rpartition(".")
    if dot + extension.lower() not in ARCHIVE_EXTENSIONS:
        raise InvalidRequest(
            f"“{name}” is not a comic file. Its name must end with {' or '.join(sorted(ARCHIVE_EXTENSIONS))}."
        )
    return safe_filename(stem, extension.lower())


def _claim_name(folder: Path, name: str) -> Path:
    """The first free name, taken by an empty file, so that nothing of the user's is ever overwritten."""
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
            raise DiskFull("There is no room for the file on the disk of the library.") from error
        reason = f"The library folder cannot be written to: {error.strerror}."
        raise StorageUnavailable(
            f"{reason} Uploading needs a library folder that this server may write to."
        ) from error
