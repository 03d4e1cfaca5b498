"""The contract of the places where finished files lie. One conformance suite holds every backend to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

MAX_KEY_LENGTH = 512  # S3 takes 1024 bytes; half of that leaves room for a prefix
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_SEGMENT}(/{_SEGMENT})*", re.ASCII)


def check_key(key: str) -> str:
    """The key itself if every backend can take it. Raises ValueError: keys are made by us, a bad one is a fault."""
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


@dataclass(frozen=True)
class BlobInfo:
    """``sha256`` is lower-case hex, empty where the backend does not know it."""

    key: str
    size_bytes: int
    modified_at: datetime
    sha256: str = ""


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload that was begun and has not ended: under way now, or left behind."""

    key: str
    started_at: datetime


def ignore_progress(sent_bytes: int) -> None:
    """For those who do not want to hear how far an upload is."""


@dataclass(frozen=True)
class LinkHeaders:
    """The headers a direct link has to answer with."""

    content_disposition: str
    media_type: str


class BlobStore(Protocol):
    """Immutable blobs under keys such as ``artifacts/ab/abcdef….cbz``.

    ``is_local`` tells that blobs are files of this machine. A key becomes visible only when its blob is whole.

    Errors: FileNotFoundError for a key that is not there; StorageUnavailable when the place does not answer;
    DiskFull when there is no room.
    """

    @property
    def is_local(self) -> bool: ...

    def put_file(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        media_type: str,
        on_sent: Callable[[int], None] = ignore_progress,
    ) -> None:
        """Stores the file, moving it if that is cheaper: ``source`` may be gone afterwards.

        ``on_sent`` is told now and then how many bytes are there; what it raises ends the upload. What was sent stays
        when an upload is broken off: putting the same bytes under the same key goes on with it, ``abort`` removes it.
        """
        ...

    def put_stream(self, key: str, chunks: Iterator[bytes], *, media_type: str) -> BlobInfo:
        """Stores what the iterator gives, of any length, in constant memory; goes on with an upload as ``put_file`` does."""
        ...

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Uploads below the prefix that the next put of the same bytes under the same key would go on with."""
        ...

    def abort(self, key: str) -> None:
        """Removes what unfinished uploads of this key have sent; a whole blob stays."""
        ...

    def open(self, key: str) -> BinaryIO:
        """A seekable binary stream; what it reads does not change when the key is deleted meanwhile."""
        ...

    def stat(self, key: str) -> BlobInfo: ...

    def delete(self, key: str) -> None:
        """Removes the blob; a key that is not there is no error."""
        ...

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """All whole blobs whose key starts with the prefix, in no order."""
        ...

    def link(self, key: str, headers: LinkHeaders, expires_in_seconds: int) -> str | None:
        """An address that serves the blob directly, or None where only we can serve it."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The file itself where there is one on this machine (for X-Accel-Redirect and the like)."""
        ...

    def free_bytes(self) -> int | None:
        """Room left, or None where there is no limit."""
        ...

    def check(self) -> None:
        """Raises StorageUnavailable if the place cannot be written to now."""
        ...


def exists(store: BlobStore, key: str) -> bool:
    """True if the blob is there. Raises StorageUnavailable."""
    try:
        store.stat(key)
    except FileNotFoundError:
        return False
    return True
