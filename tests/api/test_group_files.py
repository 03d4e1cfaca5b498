"""The ZIP of a group's finished files: a file with a length, an ETag and ranges."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.usecases.operations.maintenance import purge
from tests.waiting import wait_for

from .conftest import Clock
from .library import prepare_all
from .test_groups import DOWNLOADS, prepare_one

COUNT = 3
NAMES = [f"{number:02} - Night Ferry #{number:03}.cbz" for number in range(1, COUNT + 1)]


@pytest.fixture
def archives() -> dict[str, int]:
    """Return a series; its comics have different numbers of pages."""
    return {f"Night Ferry/Night Ferry #{n:03}.cbz": 1 + n for n in range(1, COUNT + 1)}


@pytest.fixture
def body(comics: dict[str, str], owner: TestClient) -> dict[str, Any]:
    series_id = owner.get("/api/v1/series").json()["items"][0]["id"]
    return {"series_id": series_id, "format": "cbz", "grayscale": True, "split": "each"}


@pytest.fixture
def group(owner: TestClient, body: dict[str, Any]) -> str:
    return owner.post(DOWNLOADS, json=body).headers["location"]


@pytest.fixture
def ready(group: str, context: Context) -> str:
    prepare_all(context)
    return group


def opened(content: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def test_zip_holds_the_finished_files_in_the_order_of_the_request(owner: TestClient, ready: str):
    answer = owner.get(f"{ready}/file")
    assert answer.status_code == 200
    archive = opened(answer.content)
    assert archive.namelist() == NAMES
    jobs = owner.get(ready).json()["items"]
    assert [archive.read(name) for name in NAMES] == [
        owner.get(job["download_url"]).content for job in jobs
    ]
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    headers = answer.headers
    assert (headers["content-type"], headers["accept-ranges"]) == ("application/zip", "bytes")
    assert int(headers["content-length"]) == len(answer.content)
    assert 'filename="Night Ferry 1_3.zip"' in headers["content-disposition"]
    assert owner.get(ready).json()["file_url"].endswith(f"{ready}/file")


def test_every_range_of_the_zip_is_that_part_of_it(owner: TestClient, ready: str):
    whole = owner.get(f"{ready}/file")
    etag, content = whole.headers["etag"], whole.content
    step = max(len(content) // 23, 1)
    for start in range(0, len(content), step):
        end = min(start + 2 * step, len(content))
        part = owner.get(
            f"{ready}/file", headers={"Range": f"bytes={start}-{end - 1}", "If-Range": etag}
        )
        assert (part.status_code, part.content) == (206, content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
    assert owner.get(f"{ready}/file", headers={"Range": "bytes=-30"}).content == content[-30:]
    several = owner.get(f"{ready}/file", headers={"Range": f"bytes=0-3,{len(content) - 4}-"})
    assert several.headers["content-type"].startswith("multipart/byteranges")
    assert content[:4] in several.content and content[-4:] in several.content
    beyond = owner.get(f"{ready}/file", headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (
        416,
        f"bytes */{len(content)}",
    )


def test_head_and_conditions(owner: TestClient, ready: str):
    head = owner.head(f"{ready}/file")
    whole = owner.get(f"{ready}/file")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    etag = whole.headers["etag"]
    assert head.headers["etag"] == etag
    known = owner.get(f"{ready}/file", headers={"If-None-Match": etag})
    assert (known.status_code, known.content) == (304, b"")
    other = owner.get(f"{ready}/file", headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)


def test_zip_has_what_is_finished_and_another_etag_when_that_changes(
    owner: TestClient, group: str, context: Context
):
    nothing = owner.get(f"{group}/file")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "not_ready")
    prepare_one(context)
    first = owner.get(f"{group}/file")
    assert opened(first.content).namelist() == NAMES[:1]
    owner.post(f"{DOWNLOADS}/{owner.get(group).json()['items'][1]['id']}/cancel")
    prepare_all(context)
    second = owner.get(f"{group}/file")
    assert opened(second.content).namelist() == [NAMES[0], NAMES[2]]
    assert first.headers["etag"] != second.headers["etag"]


def test_same_files_are_the_same_zip_for_everybody_and_after_a_cleanup(
    owner: TestClient,
    member: TestClient,
    ready: str,
    body: dict[str, Any],
    context: Context,
    clock: Clock,
):
    first = owner.get(f"{ready}/file")
    others = member.post(DOWNLOADS, json=body).headers["location"]
    assert member.get(f"{others}/file").headers["etag"] == first.headers["etag"]
    clock.advance(3 * 86400)
    purge(context)
    assert owner.get(f"{ready}/file").status_code == 409
    owner.post(f"{ready}/retry")
    prepare_all(context)
    again = owner.get(f"{ready}/file", headers={"If-Range": first.headers["etag"]})
    assert (again.headers["etag"], again.content) == (first.headers["etag"], first.content)


def test_fetching_the_zip_keeps_its_files(
    owner: TestClient, ready: str, context: Context, clock: Clock
):
    clock.advance(80_000)
    owner.head(f"{ready}/file")
    clock.advance(80_000)
    purge(context)
    assert owner.get(ready).json()["file_count"] == COUNT


def test_what_arrived_in_the_zip_counts_for_each_file(owner: TestClient, ready: str):
    content = owner.get(f"{ready}/file").content

    def jobs() -> list[dict[str, Any]]:
        return owner.get(ready).json()["items"]

    wait_for(
        "all bytes to be counted",
        lambda: all(job["downloaded_bytes"] == job["file_size_bytes"] for job in jobs()),
    )
    assert owner.get(ready).json()["downloaded_bytes"] == sum(
        info.file_size for info in opened(content).infolist()
    )
    assert {job["transfer"] for job in jobs()} == {"done"}


def test_part_of_the_zip_counts_for_the_files_that_it_touches(owner: TestClient, ready: str):
    sizes = [job["file_size_bytes"] for job in owner.get(ready).json()["items"]]
    # This ends in the middle of the second file.
    end = 2 * (30 + len(NAMES[0])) + sizes[0] + sizes[1] // 2
    owner.get(f"{ready}/file", headers={"Range": f"bytes=0-{end - 1}"})

    def counted() -> list[int]:
        return [job["downloaded_bytes"] for job in owner.get(ready).json()["items"]]

    wait_for("the bytes to be counted", lambda: counted() == [sizes[0], sizes[1] // 2, 0])


def test_file_that_was_damaged_on_the_disk_is_not_sent(
    owner: TestClient, ready: str, context: Context
):
    assert owner.head(f"{ready}/file").status_code == 200
    stored = sorted((context.settings.data / "storage" / "artifacts").rglob("*.cbz"))
    for path in stored:
        path.write_bytes(bytes(path.stat().st_size))
    answer = owner.get(f"{ready}/file")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")
    assert [job["status"] for job in owner.get(ready).json()["items"]] == [
        "expired",
        "ready",
        "ready",
    ]


def test_originals_go_into_the_zip_too(owner: TestClient, body: dict[str, Any], context: Context):
    answer = owner.post(DOWNLOADS, json={**body, "grayscale": False})
    prepare_all(context)
    group = answer.headers["location"]
    archive = opened(owner.get(f"{group}/file").content)
    assert archive.namelist() == NAMES
    for name, pages in zip(NAMES, (2, 3, 4), strict=True):
        inner = opened(archive.read(name))
        assert sum(entry.endswith(".png") for entry in inner.namelist()) == pages


def test_zip_of_another_account_is_unknown(member: TestClient, ready: str):
    assert member.get(f"{ready}/file").json()["code"] == "not_found"
