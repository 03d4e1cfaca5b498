"""LocalBlobStore passes the conformance tests, and handles failures of a disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.domain.errors import DiskFull, StorageUnavailable
from comic_downloads.storage.local import INCOMING, INCOMING_TTL_SECONDS, LocalBlobStore

from .conformance import CBZ, BlobStoreConformance, sha256


class TestLocalBlobStore(BlobStoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalBlobStore:
        return LocalBlobStore(tmp_path / "blobs")


def test_put_file_moves_within_one_file_system(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "blobs")
    source = tmp_path / "work.cbz"
    source.write_bytes(b"comic")
    inode = source.stat().st_ino
    store.put_file("a/b.cbz", source, sha256=sha256(b"comic"), media_type=CBZ)
    path = store.local_path("a/b.cbz")
    assert path is not None
    assert path.stat().st_ino == inode
    assert not source.exists()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_put_file_copies_between_file_systems(tmp_path: Path) -> None:
    source = Path("/dev/shm") / f"comic-downloads-{os.getpid()}.bin"
    source.write_bytes(b"comic")
    if source.stat().st_dev == tmp_path.stat().st_dev:
        source.unlink()
        pytest.skip("both folders are on one file system")
    store = LocalBlobStore(tmp_path / "blobs")
    store.put_file("a/b.cbz", source, sha256=sha256(b"comic"), media_type=CBZ)
    assert store.open("a/b.cbz").read() == b"comic"
    assert not source.exists()
    assert list((tmp_path / "blobs" / INCOMING).iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_never_listed(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "blobs")
    store.check()
    stale, fresh = tmp_path / "blobs" / INCOMING / "stale", tmp_path / "blobs" / INCOMING / "fresh"
    stale.write_bytes(b"half")
    fresh.write_bytes(b"half")
    long_ago = fresh.stat().st_mtime - INCOMING_TTL_SECONDS - 60
    os.utime(stale, (long_ago, long_ago))
    store.check()
    assert (stale.exists(), fresh.exists()) == (False, True)
    assert list(store.list("")) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EIO, StorageUnavailable),
        (errno.EROFS, StorageUnavailable),
    ],
)
def test_a_failing_disk_is_named_and_leaves_nothing(
    tmp_path: Path, number: int, expected: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    def failing() -> Iterator[bytes]:
        yield b"half"
        raise OSError(number, os.strerror(number))

    store = LocalBlobStore(tmp_path / "blobs")
    with pytest.raises(expected) as refusal:
        store.put_stream("a/b.cbz", failing(), media_type=CBZ)
    assert "a/b.cbz" not in str(refusal.value)
    assert "a/b.cbz" in caplog.text
    assert list(store.list("")) == []
    assert list((tmp_path / "blobs" / INCOMING).iterdir()) == []


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        LocalBlobStore(tmp_path / "blobs").check()


def test_free_bytes_is_what_the_disk_has(tmp_path: Path) -> None:
    free = LocalBlobStore(tmp_path / "blobs").free_bytes()
    assert free is not None
    assert free > 0
