"""The tests that every BlobStore passes; a backend's tests inherit them and define ``store``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comic_downloads.storage.blobs import BlobStore

CBZ = "application/vnd.comicbook+zip"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class BlobStoreConformance:
    key = "artifacts/ab/abcdef-1.cbz"

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        path = tmp_path / "source.bin"
        path.write_bytes(os.urandom(300_000))
        return path

    def put(self, store: BlobStore, key: str, data: bytes) -> None:
        store.put_stream(key, iter([data]), media_type=CBZ)

    def test_put_file_gives_the_same_bytes_back(self, store: BlobStore, source: Path) -> None:
        data = source.read_bytes()
        store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ)
        with store.open(self.key) as stream:
            assert stream.read() == data

    def test_put_stream_reports_size_and_hash(self, store: BlobStore) -> None:
        chunks = [os.urandom(size) for size in (1, 70_000, 0, 5)]
        info = store.put_stream(self.key, iter(chunks), media_type=CBZ)
        assert (info.key, info.size_bytes, info.sha256) == (
            self.key,
            70_006,
            sha256(b"".join(chunks)),
        )

    def test_put_stream_takes_an_empty_blob(self, store: BlobStore) -> None:
        assert store.put_stream(self.key, iter(()), media_type=CBZ).size_bytes == 0
        assert store.stat(self.key).size_bytes == 0

    def test_a_stream_that_breaks_off_leaves_nothing(self, store: BlobStore) -> None:
        def broken() -> Iterator[bytes]:
            yield b"half"
            raise RuntimeError("the writer stopped")

        with pytest.raises(RuntimeError, match="the writer stopped"):
            store.put_stream(self.key, broken(), media_type=CBZ)
        assert list(store.list("")) == []

    def test_open_can_seek(self, store: BlobStore) -> None:
        self.put(store, self.key, b"0123456789")
        with store.open(self.key) as stream:
            assert stream.seek(7) == 7
            assert stream.read(2) == b"78"
            stream.seek(-4, os.SEEK_END)
            assert stream.read() == b"6789"
            assert stream.read() == b""

    def test_open_survives_deletion(self, store: BlobStore) -> None:
        data = os.urandom(200_000)
        self.put(store, self.key, data)
        with store.open(self.key) as stream:
            head = stream.read(10)
            store.delete(self.key)
            assert head == data[:10]
            assert self.rest_is_right_or_refused(stream.read, data[10:])

    def rest_is_right_or_refused(self, read: object, expected: bytes) -> bool:
        assert callable(read)
        return read() == expected

    def test_put_file_replaces_a_blob_of_the_same_key(self, store: BlobStore, source: Path) -> None:
        self.put(store, self.key, b"old")
        data = source.read_bytes()
        store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ)
        assert store.stat(self.key).size_bytes == len(data)

    def test_stat_tells_size_and_time(self, store: BlobStore) -> None:
        self.put(store, self.key, b"12345")
        info = store.stat(self.key)
        assert (info.key, info.size_bytes) == (self.key, 5)
        assert abs(datetime.now(UTC) - info.modified_at) < timedelta(minutes=5)

    def test_a_missing_key_is_a_missing_file(self, store: BlobStore) -> None:
        with pytest.raises(FileNotFoundError):
            store.open("artifacts/none.cbz")
        with pytest.raises(FileNotFoundError):
            store.stat("artifacts/none.cbz")

    def test_delete_removes_and_may_be_repeated(self, store: BlobStore) -> None:
        self.put(store, self.key, b"x")
        store.delete(self.key)
        store.delete(self.key)
        with pytest.raises(FileNotFoundError):
            store.stat(self.key)

    def test_list_gives_the_blobs_below_a_prefix(self, store: BlobStore) -> None:
        keys = ["artifacts/aa/1.cbz", "artifacts/ab/2.cbz", "artifacts/ab/3.pdf", "other/4.zip"]
        for number, key in enumerate(keys):
            self.put(store, key, b"x" * number)
        assert sorted((info.key, info.size_bytes) for info in store.list("artifacts/ab")) == [
            (keys[1], 1),
            (keys[2], 2),
        ]
        assert sorted(info.key for info in store.list("")) == keys
        assert list(store.list("nothing/")) == []

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/etc/passwd",
            "../up",
            "a/../b",
            "a//b",
            "a/.hidden",
            "a/",
            "é",
            "a\nb",
            "x" * 600,
            "a b",
        ],
    )
    def test_a_key_that_is_not_ours_is_refused(self, store: BlobStore, key: str) -> None:
        with pytest.raises(ValueError, match="blob key"):
            store.open(key)
        with pytest.raises(ValueError, match="blob key"):
            store.delete(key)

    def test_only_a_local_store_has_the_file_itself(self, store: BlobStore) -> None:
        self.put(store, self.key, b"x")
        assert store.is_local is (store.local_path(self.key) is not None)

    def test_check_passes_and_leaves_no_blob(self, store: BlobStore) -> None:
        store.check()
        assert list(store.list("")) == []
