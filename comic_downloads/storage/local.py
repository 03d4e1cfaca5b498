"""Store blobs as files in one folder on this machine."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import DiskFull, StorageUnavailable, is_disk_full
from .blobs import (
    BlobInfo,
    LinkHeaders,
    UnfinishedUpload,
    check_key,
    ignore_progress,
    log_failure,
)

# On the same file system as the blobs, so that one rename makes a blob visible.
INCOMING = ".incoming"
INCOMING_TTL_SECONDS = 86400  # Older files were left behind by a killed process.
COPY_CHUNK_BYTES = 1024 * 1024


class LocalBlobStore:
    """A BlobStore on disk. Blobs are written to a temporary name, fsynced and renamed."""

    is_local = True

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put_file(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        media_type: str,
        on_sent: Callable[[int], None] = ignore_progress,
    ) -> None:
        """Store the file by renaming it, or by copying it from another file system.

        SHA-256 and media type are not stored here; the caller's database has them.
        """
        target = self._path(key)
        with _named_errors(key):
            _make_folder(target.parent)
            with source.open("rb") as file:
                os.fsync(file.fileno())
            try:
                source.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy(source, target)
            _fsync_folder(target.parent)

    def put_stream(self, key: str, chunks: Iterator[bytes], *, media_type: str) -> BlobInfo:
        """Write the chunks to a temporary file, and rename it to its key."""
        target = self._path(key)
        digest = hashlib.sha256()
        with _named_errors(key), self._incoming() as temporary:
            with temporary.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                _flush_to_disk(file)
            _make_folder(target.parent)
            temporary.replace(target)
            _fsync_folder(target.parent)
        return self._info(target, digest.hexdigest())

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Yield nothing: an interrupted copy starts again from the beginning."""
        return iter(())

    def abort(self, key: str) -> None:
        """Do nothing, because there are no unfinished uploads."""
        check_key(key)

    def open(self, key: str) -> BinaryIO:
        """Open the blob's file."""
        with _named_errors(key):
            return self._path(key).open("rb")

    def stat(self, key: str) -> BlobInfo:
        """Return size and modification time of the blob's file."""
        with _named_errors(key):
            return self._info(self._path(key))

    def delete(self, key: str) -> None:
        """Delete the blob's file. A missing key is not an error."""
        with _named_errors(key):
            self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield the blobs whose keys start with the prefix, walking only matching folders."""
        with _named_errors(prefix):
            for folder, names, files in os.walk(self.root, onerror=_raise_unless_missing):
                names[:] = [
                    name
                    for name in names
                    if name != INCOMING and self._may_hold(Path(folder) / name, prefix)
                ]
                for file in files:
                    path = Path(folder) / file
                    if self._key(path).startswith(prefix):
                        try:
                            yield self._info(path)
                        except FileNotFoundError:
                            continue  # It was deleted after the folder was read.

    def link(self, key: str, headers: LinkHeaders, expires_in_seconds: int) -> str | None:
        """Return None: files on disk are served by this server."""
        return None

    def local_path(self, key: str) -> Path | None:
        """Return the blob's file."""
        return self._path(key)

    def free_bytes(self) -> int | None:
        """Return the free space of the file system."""
        with _named_errors(self.root.name):
            _make_folder(self.root)
            return shutil.disk_usage(self.root).free

    def check(self) -> None:
        """Write a temporary file. Raises StorageUnavailable if that fails."""
        with (
            _named_errors(self.root.name),
            self._incoming() as temporary,
            temporary.open("xb") as file,
        ):
            file.write(b"comic downloads\n")
            _flush_to_disk(file)

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _may_hold(self, folder: Path, prefix: str) -> bool:
        key = f"{self._key(folder)}/"
        return key.startswith(prefix) or prefix.startswith(key)

    def _info(self, path: Path, sha256: str = "") -> BlobInfo:
        status = path.stat()
        return BlobInfo(
            self._key(path), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256
        )

    def _copy(self, source: Path, target: Path) -> None:
        with self._incoming() as temporary:
            with source.open("rb") as original, temporary.open("xb") as file:
                shutil.copyfileobj(original, file, COPY_CHUNK_BYTES)
                _flush_to_disk(file)
            temporary.replace(target)
        source.unlink()

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """Yield a new temporary name. A file that still has it at the end is deleted."""
        folder = self.root / INCOMING
        _make_folder(folder)
        _sweep(folder)
        temporary = folder / secrets.token_hex(16)
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Translate OSError into this program's errors; FileNotFoundError passes through.

    The errors are shown to users, so they name neither the folder nor the key. The log does.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        log_failure("The storage folder cannot be used for %s: %s", name, error)
        if is_disk_full(error):
            raise DiskFull("The storage's disk is full, so the file could not be saved.") from error
        raise StorageUnavailable(
            f"The storage folder cannot be used: {error.strerror or 'its disk failed'}."
        ) from error


def _make_folder(folder: Path) -> None:
    """Create the folder and its parents, and fsync their names like the files inside."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _fsync_folder(folder.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sweep(folder: Path) -> None:
    """Delete files that were left behind, reckoned from the last change in the folder.

    Both times come from the clock of the file system, which may be that of another machine.
    """
    oldest = folder.stat().st_mtime - INCOMING_TTL_SECONDS
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:
            continue  # Another process deleted or renamed it.


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
