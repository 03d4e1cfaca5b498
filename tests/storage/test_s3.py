"""S3BlobStore passes the conformance tests on two servers; its uploads, links and failures."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from comic_downloads.domain.errors import StorageUnavailable
from comic_downloads.storage.blobs import LinkHeaders
from comic_downloads.storage.s3 import Bucket, S3BlobStore
from comic_downloads.storage.s3_upload import PART_BYTES, part_size
from tests.delivery.cutting_proxy import cutting_proxy

from .conformance import CBZ, BlobStoreConformance, sha256
from .s3_servers import ACCESS_KEY, SECRET_KEY, new_store

KEY = "artifacts/ab/abc.cbz"
HEADERS = LinkHeaders("attachment; filename=\"a.cbz\"; filename*=UTF-8''%C4%8C.cbz", CBZ)


@pytest.fixture
def store(moto: str) -> S3BlobStore:
    return new_store(moto, f"bucket-{uuid.uuid4().hex}")


def test_reading_continues_where_the_connection_broke(moto: str) -> None:
    bucket, data = f"bucket-{uuid.uuid4().hex}", os.urandom(3_000_000)
    new_store(moto, bucket).put_stream(KEY, iter([data]), media_type=CBZ)
    with cutting_proxy(moto, [700_000] * 4) as proxy:
        store = S3BlobStore(
            Bucket(bucket, "library/prefix", proxy.address, "us-east-1", ACCESS_KEY, SECRET_KEY)
        )
        with store.open(KEY) as stream:
            assert sha256(stream.read()) == sha256(data)
        assert proxy.cuts >= 2


class S3Conformance(BlobStoreConformance):
    def rest_is_right_or_refused(self, read: object, expected: bytes) -> bool:
        """Accept an error, because a bucket cannot keep a deleted object for its readers."""
        assert callable(read)
        try:
            return read() == expected
        except FileNotFoundError:
            return True

    def test_a_large_file_goes_up_in_parts(self, store: S3BlobStore, tmp_path: Path) -> None:
        source = tmp_path / "large.bin"
        source.write_bytes(data := os.urandom(2 * PART_BYTES + 77))
        store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ)
        assert store.stat(self.key).size_bytes == len(data)
        with store.open(self.key) as stream:
            assert stream.read() == data
            stream.seek(PART_BYTES - 5)
            assert stream.read(10) == data[PART_BYTES - 5 : PART_BYTES + 5]

    def test_a_long_stream_goes_up_in_parts(self, store: S3BlobStore) -> None:
        data = os.urandom(PART_BYTES + 1000)
        info = store.put_stream(
            self.key, (data[n : n + 999_983] for n in range(0, len(data), 999_983)), media_type=CBZ
        )
        assert (info.size_bytes, info.sha256) == (len(data), sha256(data))
        with store.open(self.key) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == info.sha256

    def test_a_long_stream_that_breaks_off_can_go_on_or_be_aborted(
        self, store: S3BlobStore
    ) -> None:
        data = os.urandom(2 * PART_BYTES + 1)

        def broken() -> Iterator[bytes]:
            yield data[: PART_BYTES + 1]
            raise RuntimeError("the writer stopped")

        for _ in range(2):
            with pytest.raises(RuntimeError, match="the writer stopped"):
                store.put_stream(self.key, broken(), media_type=CBZ)
            assert [one.key for one in store.unfinished("artifacts/ab/")] == [self.key]
        assert list(store.list("")) == []
        sent = sent_parts(store)
        info = store.put_stream(self.key, iter([data]), media_type=CBZ)
        assert (info.sha256, sent) == (sha256(data), [2, 3])
        with store.open(self.key) as stream:
            assert stream.read() == data

        with pytest.raises(RuntimeError, match="the writer stopped"):
            store.put_stream(self.key, broken(), media_type=CBZ)
        store.abort(self.key)
        assert list(store.unfinished("")) == []
        assert store.stat(self.key).size_bytes == len(data)

    def test_what_is_told_the_progress_can_break_an_upload_off(
        self, store: S3BlobStore, tmp_path: Path
    ) -> None:
        source = tmp_path / "large.bin"
        source.write_bytes(data := os.urandom(2 * PART_BYTES + 1))

        def called_off(sent_bytes: int) -> None:
            if sent_bytes > PART_BYTES:
                raise RuntimeError("cancelled")

        with pytest.raises(RuntimeError, match="cancelled"):
            store.put_file(
                self.key, source, sha256=sha256(data), media_type=CBZ, on_sent=called_off
            )
        sent = sent_parts(store)
        store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ)
        assert sent == [3]

    def test_a_part_that_another_writer_changed_ends_no_upload(
        self, store: S3BlobStore, tmp_path: Path
    ) -> None:
        source = tmp_path / "large.bin"
        source.write_bytes(data := os.urandom(2 * PART_BYTES + 1))
        upload_id = put_first_part(store, self.key, data[:PART_BYTES])
        address = {
            "Bucket": store.bucket.name,
            "Key": f"library/prefix/{self.key}",
            "UploadId": upload_id,
        }

        def meddle(sent_bytes: int) -> None:
            if sent_bytes == PART_BYTES:
                store.client.upload_part(**address, PartNumber=1, Body=bytes(PART_BYTES))

        # moto responds with InvalidPart, and rclone does not implement sending a part twice.
        with pytest.raises(StorageUnavailable, match=r"refused|does not offer"):
            store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ, on_sent=meddle)
        assert list(store.list("")) == []

    def test_a_link_serves_the_blob_under_its_name(self, store: S3BlobStore) -> None:
        self.put(store, self.key, b"0123456789")
        url = store.link(self.key, HEADERS, 60)
        assert url is not None
        response = httpx.get(url)
        assert (response.status_code, response.content) == (200, b"0123456789")
        assert response.headers["content-disposition"] == HEADERS.content_disposition
        assert response.headers["content-type"] == CBZ


def unfinished(store: S3BlobStore) -> list[str]:
    answer = store.client.list_multipart_uploads(Bucket=store.bucket.name)
    return [upload["Key"] for upload in answer.get("Uploads", [])]


def sent_parts(store: S3BlobStore) -> list[int]:
    """Return a list that collects the numbers of the parts that are sent from now on."""
    sent: list[int] = []
    store.client.meta.events.register(
        "before-call.s3.UploadPart", lambda params, **_: sent.append(_part_number(params))
    )
    return sent


def _part_number(params: dict) -> int:
    return int(params["query_string"]["partNumber"])


class TestOnMoto(S3Conformance):
    @pytest.fixture
    def store(self, moto: str) -> S3BlobStore:
        return new_store(moto, f"bucket-{uuid.uuid4().hex}")

    @pytest.mark.parametrize("size", [300, PART_BYTES + 1])
    def test_the_hash_is_kept_with_the_blob(
        self, store: S3BlobStore, tmp_path: Path, size: int
    ) -> None:
        source = tmp_path / "source.cbz"
        source.write_bytes(data := os.urandom(size))
        store.put_file(self.key, source, sha256=sha256(data), media_type=CBZ)
        assert store.stat(self.key).sha256 == sha256(data)

    @pytest.mark.parametrize("size", [300, PART_BYTES + 1])
    def test_the_hash_of_a_stream_is_kept_with_the_blob(
        self, store: S3BlobStore, size: int
    ) -> None:
        info = store.put_stream(self.key, iter([os.urandom(size)]), media_type=CBZ)
        assert store.stat(self.key).sha256 == info.sha256
        assert httpx.get(store.link(self.key, HEADERS, 60) or "").headers["content-type"] == CBZ


class TestOnRclone(S3Conformance):
    """Runs the tests on rclone, which checks signatures like AWS but does not store metadata."""

    @pytest.fixture
    def store(self, rclone: str) -> S3BlobStore:
        return new_store(rclone, f"bucket-{uuid.uuid4().hex}")

    @pytest.mark.parametrize(
        ("old", "new"),
        [("X-Amz-Expires=60", "X-Amz-Expires=600"), ("abcdef-1", "abcdef-2"), ("a.cbz", "b.cbz")],
    )
    def test_an_altered_link_is_refused(self, store: S3BlobStore, old: str, new: str) -> None:
        for key in (self.key, self.key.replace("-1", "-2")):
            self.put(store, key, b"secret")
        url = store.link(self.key, HEADERS, 60)
        assert url is not None
        assert old in url
        assert httpx.get(url.replace(old, new)).status_code == 403


def put_first_part(store: S3BlobStore, key: str, part: bytes) -> str:
    """Upload one part, as a worker does that is killed in the middle; return the upload's id."""
    address = {"Bucket": store.bucket.name, "Key": f"library/prefix/{key}"}
    upload = store.client.create_multipart_upload(
        **address, ContentType=CBZ, Metadata={"sha256": "of the file"}
    )
    store.client.upload_part(**address, UploadId=upload["UploadId"], PartNumber=1, Body=part)
    return upload["UploadId"]


@pytest.mark.parametrize("spoiled", [False, True])
def test_an_upload_continues_where_a_killed_worker_stopped(
    store: S3BlobStore, tmp_path: Path, spoiled: bool
) -> None:
    data = os.urandom(2 * PART_BYTES + 5)
    source = tmp_path / "large.bin"
    source.write_bytes(data)
    put_first_part(store, KEY, bytes(PART_BYTES) if spoiled else data[:PART_BYTES])
    sent = []
    store.client.meta.events.register(
        "before-send.s3.UploadPart", lambda request, **_: sent.append(request.url)
    )
    store.put_file(KEY, source, sha256=sha256(data), media_type=CBZ)
    assert len(sent) == (3 if spoiled else 2)
    with store.open(KEY) as stream:
        assert stream.read() == data
    assert unfinished(store) == []


def test_deleting_a_key_aborts_its_unfinished_upload_alone(store: S3BlobStore) -> None:
    put_first_part(store, KEY, b"x")
    put_first_part(store, KEY + ".pdf", b"x")
    store.delete(KEY)
    assert unfinished(store) == [f"library/prefix/{KEY}.pdf"]


def test_a_cdn_gets_the_links_with_their_signature(moto: str) -> None:
    store = new_store(
        moto, f"bucket-{uuid.uuid4().hex}", cdn_base_url="https://cdn.example/comics/"
    )
    url = urlsplit(store.link(KEY, HEADERS, 60) or "")
    assert (url.scheme, url.netloc) == ("https", "cdn.example")
    assert url.path == f"/comics/{store.bucket.name}/library/prefix/{KEY}"
    assert "X-Amz-Signature=" in url.query


def test_a_link_serves_ranges(store: S3BlobStore) -> None:
    store.put_stream(KEY, iter([b"0123456789"]), media_type=CBZ)
    response = httpx.get(store.link(KEY, HEADERS, 60) or "", headers={"Range": "bytes=3-5"})
    assert (response.status_code, response.content) == (206, b"345")


def test_a_blob_replaced_while_it_is_read_is_refused(
    store: S3BlobStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_stream(KEY, iter([bytes(3_000_000)]), media_type=CBZ)
    with store.open(KEY) as stream:
        stream.read(10)
        store.put_stream(KEY, iter([os.urandom(3_000_000)]), media_type=CBZ)
        stream.seek(2_900_000)
        with pytest.raises(StorageUnavailable):
            stream.read(10)
    assert "PreconditionFailed" in caplog.text


def test_a_bucket_that_is_not_there_is_unavailable(
    moto: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = S3BlobStore(Bucket("no-such-bucket", "", moto, "us-east-1", ACCESS_KEY, SECRET_KEY))
    with pytest.raises(StorageUnavailable):
        store.check()
    assert "NoSuchBucket" in caplog.text


def test_a_wrong_key_is_unavailable(rclone: str) -> None:
    new_store(rclone, bucket := f"bucket-{uuid.uuid4().hex}")
    store = S3BlobStore(Bucket(bucket, "", rclone, "us-east-1", ACCESS_KEY, "wrong"))
    with pytest.raises(StorageUnavailable, match="refused"):
        store.check()


def test_a_server_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = S3BlobStore(
        Bucket("bucket", "", "http://127.0.0.1:9", "us-east-1", ACCESS_KEY, SECRET_KEY)
    )
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        store.stat(KEY)


@pytest.mark.parametrize("away", [True, False], ids=["away", "refusing"])
def test_an_error_names_the_place_and_the_key_in_the_log_only(
    moto: str, away: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    endpoint = "http://127.0.0.1:9" if away else moto
    store = S3BlobStore(Bucket("secret-bucket", "", endpoint, "us-east-1", ACCESS_KEY, SECRET_KEY))
    with pytest.raises(StorageUnavailable) as refusal:
        store.put_stream(KEY, iter([b"x"]), media_type=CBZ)
    for place in ("127.0.0.1", "secret-bucket", KEY):
        assert place not in refusal.value.detail
    assert KEY in caplog.text
    assert ("127.0.0.1:9" if away else "NoSuchBucket") in caplog.text


@pytest.mark.parametrize("size", [1, PART_BYTES, 10**9, 10**11, 5 * 10**12])
def test_no_file_has_too_many_parts(size: int) -> None:
    assert part_size(size) >= 5 * 1024**2
    assert -(-size // part_size(size)) <= 10_000
