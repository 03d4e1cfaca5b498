"""A bucket whose user may not do everything: what works without a right, and how it is named."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.domain.errors import StorageRefused
from comic_downloads.storage.s3 import S3BlobStore
from comic_downloads.storage.s3_upload import PART_BYTES

from .conformance import CBZ, sha256
from .s3_servers import REFUSALS, new_store, refuse, store_of

KEY = "artifacts/ab/abc.cbz"


@pytest.fixture
def name() -> str:
    return f"bucket-{uuid.uuid4().hex}"


@pytest.fixture
def store(moto: str, name: str) -> S3BlobStore:
    return new_store(moto, name)


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("size", [300, PART_BYTES + 1])
def test_uploads_do_without_listing_unfinished_ones(
    store: S3BlobStore, tmp_path: Path, size: int, code: str
) -> None:
    refuse(store, "ListMultipartUploads", code)
    source = tmp_path / "source.cbz"
    source.write_bytes(data := os.urandom(size))
    store.put_file(KEY, source, sha256=sha256(data), media_type=CBZ)
    assert store.stat(KEY).sha256 == sha256(data)
    info = store.put_stream("other", iter([data]), media_type=CBZ)
    assert (info.sha256, list(store.unfinished(""))) == (sha256(data), [])
    store.delete(KEY)
    store.abort("other")
    assert [blob.key for blob in store.list("")] == ["other"]
    store.check()


def test_an_upload_that_nobody_could_resume_is_not_left_behind(
    store: S3BlobStore, moto: str, name: str
) -> None:
    refuse(store, "ListMultipartUploads")

    def broken() -> Iterator[bytes]:
        yield bytes(PART_BYTES + 1)
        raise RuntimeError("the writer stopped")

    with pytest.raises(RuntimeError, match="the writer stopped"):
        store.put_stream(KEY, broken(), media_type=CBZ)
    assert list(store_of(moto, name).unfinished("")) == []


@pytest.mark.parametrize("code", REFUSALS)
def test_a_long_stream_does_without_copying_the_object(store: S3BlobStore, code: str) -> None:
    refuse(store, "CopyObject", code)
    data = os.urandom(PART_BYTES + 1)
    info = store.put_stream(KEY, iter([data]), media_type=CBZ)
    assert info.sha256 == sha256(data)
    with store.open(KEY) as stream:
        assert stream.read() == data
    store.check()


def test_uploads_do_without_aborting(store: S3BlobStore) -> None:
    refuse(store, "AbortMultipartUpload")
    address = {"Bucket": store.bucket.name, "Key": f"library/prefix/{KEY}"}
    store.client.create_multipart_upload(**address)
    store.delete(KEY)
    store.check()
    assert KEY in [upload.key for upload in store.unfinished("")]


@pytest.mark.parametrize(
    ("request_name", "right"),
    [
        ("PutObject", "s3:PutObject"),
        ("GetObject", "s3:GetObject"),
        ("DeleteObject", "s3:DeleteObject"),
        ("ListObjectsV2", "s3:ListBucket"),
        ("CreateMultipartUpload", "s3:PutObject"),
    ],
)
def test_a_right_that_is_needed_is_named(store: S3BlobStore, request_name: str, right: str) -> None:
    refuse(store, request_name)
    for _ in range(2):  # It is named until the bucket's user has it.
        with pytest.raises(StorageRefused) as refused:
            store.check()
        words = f"The storage refuses the request {request_name}: its user lacks {right}."
        assert refused.value.detail == words


def test_a_request_that_the_server_does_not_know_is_named(store: S3BlobStore) -> None:
    refuse(store, "ListObjectsV2", "NotImplemented")
    with pytest.raises(StorageRefused, match="does not offer the request ListObjectsV2"):
        list(store.list(""))
