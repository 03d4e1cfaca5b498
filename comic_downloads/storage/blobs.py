"""The interface of storage for finished files. One conformance suite tests every backend."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

MAX_KEY_LENGTH = 512  # S3 allows 1024 bytes; half of that leaves space for a prefix.
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_SEGMENT}(/{_SEGMENT})*", re.ASCII)

log = logging.getLogger(__name__)


def check_key(key: str) -> str:
    """Return the key if every backend can store it.

    Raises:
        ValueError: it cannot. Keys are made by this program, so this is a bug.
    """
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


@dataclass(frozen=True)
class BlobInfo:
    """A stored blob. ``sha256`` is lower-case hex, or empty if the backend does not know it."""

    key: str
    size_bytes: int
    modified_at: datetime
    sha256: str = ""


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload that has not ended: it is running, or it was abandoned."""

    key: str
    started_at: datetime


def ignore_progress(sent_bytes: int) -> None:
    """Do nothing: the progress callback of callers that need no progress."""


def log_failure(message: str, key: str, error: Exception) -> None:
    """Log why the storage failed, in full: users are shown neither places nor keys."""
    log.warning(message, key, error, extra={"action": "storage_failed"})


@dataclass(frozen=True)
class LinkHeaders:
    """The headers that a direct link must respond with."""

    content_disposition: str
    media_type: str


class BlobStore(Protocol):
    """Immutable blobs under keys such as ``artifacts/ab/abcdef….cbz``.

    A key becomes visible only when its blob is complete. Methods raise FileNotFoundError for a
    missing key, StorageUnavailable if the storage does not respond, and DiskFull if it is full.
    """

    @property
    def is_local(self) -> bool:
        """True if blobs are files on this machine."""
        ...

    def put_file(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        media_type: str,
        on_sent: Callable[[int], None] = ignore_progress,
    ) -> None:
        """Store the file, moving it if that is cheaper: ``source`` may be gone afterwards.

        ``on_sent`` is called repeatedly with the number of bytes stored so far; an exception from
        it stops the upload. An interrupted upload keeps what was sent: storing the same bytes
        under the same key continues it, and ``abort`` removes it.
        """
        ...

    def put_stream(self, key: str, chunks: Iterator[bytes], *, media_type: str) -> BlobInfo:
        """Store the chunks, of any total length, in constant memory.

        An interrupted upload is continued like one of ``put_file``.
        """
        ...

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Yield the interrupted uploads whose keys start with the prefix."""
        ...

    def abort(self, key: str) -> None:
        """Remove the parts of unfinished uploads of this key. A complete blob stays."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open the blob as a seekable stream that stays readable if the key is deleted."""
        ...

    def stat(self, key: str) -> BlobInfo:
        """Return size, time and, if known, SHA-256 of the blob."""
        ...

    def delete(self, key: str) -> None:
        """Delete the blob. A missing key is not an error."""
        ...

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield all complete blobs whose keys start with the prefix, in no particular order."""
        ...

    def link(self, key: str, headers: LinkHeaders, expires_in_seconds: int) -> str | None:
        """Return an address that serves the blob directly, or None if only this server can."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return the blob's file if it is on this machine, such as for X-Accel-Redirect."""
        ...

    def free_bytes(self) -> int | None:
        """Return the free space, or None if there is no limit."""
        ...

    def check(self) -> None:
        """Check that the storage can be written to.

        Raises:
            StorageUnavailable: it cannot.
        """
        ...


def exists(store: BlobStore, key: str) -> bool:
    """Return whether the store has the blob. Raises StorageUnavailable."""
    try:
        store.stat(key)
    except FileNotFoundError:
        return False
    return True
