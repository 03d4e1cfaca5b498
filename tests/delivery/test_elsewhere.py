"""Files that others send for us: a bucket, or the server in front of us."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from comic_downloads.db.tables import Artifact
from tests.storage.s3_servers import new_store

from .conftest import DATA, Served
from .live_server import live_server
from .nginx import nginx_before
from .shelf import Shelf
from .test_clients import need


@pytest.fixture
def bucket(tmp_path: Path, moto: str) -> Iterator[Served]:
    shelf = Shelf(tmp_path / "data", blobs=new_store(moto, f"bucket-{uuid.uuid4().hex}"))
    job = shelf.add_ready(shelf.add_user(), DATA)
    with TestClient(shelf.app(), follow_redirects=False) as client:
        yield Served(shelf, client, job, shelf.link(job))
    shelf.close()


def test_a_bucket_sends_the_file_under_its_name(bucket: Served) -> None:
    answer = bucket.client.get(bucket.url)
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "private, no-store"
    file = httpx.get(answer.headers["location"])
    assert file.content == DATA
    assert file.headers["content-type"] == "application/vnd.comicbook+zip"
    assert "filename*=UTF-8''%C4%8Capek" in file.headers["content-disposition"]


def test_a_bucket_sends_ranges(bucket: Served) -> None:
    headers = {"Range": "bytes=10-19"}
    answer = bucket.client.get(bucket.url, headers=headers)
    file = httpx.get(answer.headers["location"], headers=headers)
    assert (answer.status_code, file.status_code, file.content) == (307, 206, DATA[10:20])


def test_what_needs_no_bytes_is_answered_here(bucket: Served) -> None:
    head = bucket.client.head(bucket.url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(DATA)))
    assert bucket.client.get(bucket.url, headers={"If-None-Match": bucket.etag}).status_code == 304
    assert bucket.client.get(bucket.url, headers={"If-Match": '"x"'}).status_code == 412
    assert bucket.client.get(bucket.url, headers={"Range": "bytes=5000-"}).status_code == 416


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_object_that_is_gone_is_410(bucket: Served, method: str) -> None:
    with bucket.shelf.context.db.read() as session:
        bucket.shelf.context.blobs.delete(
            session.get_one(Artifact, bucket.job.artifact_id).blob_key
        )
    assert bucket.client.request(method, bucket.url).status_code == 410
    assert bucket.shelf.job(bucket.job.id).status == "expired"


def test_x_sendfile_names_the_file(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    behind = Shelf(shelf.folder, {"send_file": "x-sendfile"})
    with TestClient(behind.app()) as client:
        answer = client.get(behind.link(job))
    behind.close()
    assert answer.headers["x-sendfile"] == str(shelf.blob_path(job))
    assert answer.content == b""


def test_nginx_sends_the_file_in_our_place(tmp_path: Path) -> None:
    need("nginx")
    shelf = Shelf(tmp_path / "data")
    job = shelf.add_ready(shelf.add_user(), DATA)
    blobs = shelf.context.settings.data / "blobs"
    with (
        live_server(shelf.folder, SEND_FILE="x-accel-redirect") as server,
        nginx_before(server, blobs, tmp_path / "nginx") as front,
    ):
        whole = httpx.get(front + shelf.link(job))
        part = httpx.get(
            front + shelf.link(job),
            headers={"Range": "bytes=100-", "If-Range": whole.headers["etag"]},
        )
        hidden = httpx.get(f"{front}/_blobs/{shelf.blob_path(job).relative_to(blobs)}")
        forged = httpx.get(front + re.sub("v1[.].", "v1.x", shelf.link(job)))
    shelf.close()
    assert (whole.status_code, whole.content) == (200, DATA)
    assert whole.headers["content-type"] == "application/vnd.comicbook+zip"
    assert "filename*=UTF-8''" in whole.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, DATA[100:])
    assert (hidden.status_code, forged.status_code) == (404, 404)
