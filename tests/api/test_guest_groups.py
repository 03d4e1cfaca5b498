"""What guests of a share get with one file each: a group of their own, and its ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing import limits
from tests.waiting import wait_for

from .conftest import Clock, Rings
from .library import prepare_all
from .sharing import ARCHIVES, code, prepare, shared, status

NAMES = ["01 - Other.cbz", "02 - Alone.cbz"]


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


def each(guest: TestClient, address: str, **more: Any) -> dict[str, Any]:
    """Ask for a file of each comic, whose pages have to be converted."""
    return prepare(guest, address, split="each", quality="kindle-paperwhite", **more)


def read(guest: TestClient, address: str, group: dict[str, Any]) -> dict[str, Any]:
    answer = guest.get(f"{address}/groups/{group['group_id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_guest_gets_a_file_of_each_comic_and_their_zip(
    guest: TestClient, address: str, context: Context, rings: Rings
):
    group = each(guest, address)
    assert (group["status"], group["total"], group["current"], rings.jobs) == ("queued", 2, 1, 1)
    assert [item["filename"] for item in group["items"]] == ["Other.cbz", "Alone.cbz"]
    assert group["file_url"] is None
    nothing = guest.get(f"{address}/groups/{group['group_id']}/file")
    assert code(nothing) == (409, "not_ready")
    prepare_all(context)
    ready = read(guest, address, group)
    assert (ready["status"], ready["percent"], ready["file_count"]) == ("ready", 100, 2)
    for item in ready["items"]:
        file = guest.get(item["download_url"])
        assert (file.status_code, len(file.content)) == (200, item["file_size_bytes"])
        assert status(guest, address, item["job_id"])["status"] == "ready"
    archive = guest.get(ready["file_url"])
    assert names_in(archive.content) == NAMES
    part = guest.get(ready["file_url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, archive.content[10:20])
    head = guest.head(ready["file_url"])
    assert head.headers["etag"] == archive.headers["etag"]


@pytest.mark.parametrize("overrides", [{"artifact_ttl_seconds": 3600}])
def test_asking_again_is_the_same_group_and_prepares_what_is_gone(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    first = each(guest, address)
    again = guest.post(
        f"{address}/prepare",
        json={"format": "cbz", "split": "each", "quality": "kindle-paperwhite"},
    )
    assert (again.status_code, again.json()["group_id"]) == (200, first["group_id"])
    prepare_all(context)
    clock.advance(7200)
    purge(context)
    assert read(guest, address, first)["status"] == "expired"
    restarted = each(guest, address)
    assert (restarted["group_id"], restarted["status"]) == (first["group_id"], "queued")
    prepare_all(context)
    assert read(guest, address, first)["file_count"] == 2


def test_a_guest_pauses_resumes_and_cancels(guest: TestClient, address: str, context: Context):
    group = each(guest, address)
    base = f"{address}/groups/{group['group_id']}"
    assert guest.post(f"{base}/pause").json()["status"] == "paused"
    prepare_all(context)
    assert guest.post(f"{base}/resume").json()["status"] == "queued"
    assert guest.post(f"{base}/cancel").json()["status"] == "cancelled"
    assert code(guest.post(f"{base}/resume")) == (409, "invalid_transition")
    assert code(guest.post(f"{base}/explode")) == (422, "invalid_request")
    assert each(guest, address)["status"] == "queued"


def test_groups_belong_to_one_guest_of_one_share(
    guest: TestClient,
    new_guest: Callable[..., TestClient],
    member: TestClient,
    address: str,
    comics: dict[str, str],
    context: Context,
):
    group = each(guest, address)
    prepare_all(context)
    base = f"{address}/groups/{group['group_id']}"
    other = new_guest()
    assert each(other, address)["group_id"] != group["group_id"]
    elsewhere = base.replace(address, shared(member, comics))
    for path in (base, f"{base}/file"):
        assert code(other.get(path)) == (404, "not_found")
    assert code(guest.get(elsewhere)) == (404, "not_found")
    assert code(member.get(f"/api/v1/groups/{group['group_id']}")) == (404, "not_found")
    assert member.get("/api/v1/downloads").json()["total"] == 0


@pytest.mark.parametrize("split", [0, "every", True, ""])
def test_bad_values_of_split_are_refused(guest: TestClient, address: str, split: object):
    answer = guest.post(f"{address}/prepare", json={"format": "cbz", "split": split})
    assert code(answer) == (422, "invalid_request")
    assert "split" in answer.text


def test_every_file_of_the_zip_is_a_download_of_the_share(
    guest: TestClient, member: TestClient, comics: dict[str, str], context: Context
):
    address = shared(member, comics, max_downloads=3)
    group = each(guest, address)
    prepare_all(context)
    archive = f"{address}/groups/{group['group_id']}/file"
    assert names_in(guest.get(archive).content) == NAMES

    def left() -> int:
        return guest.get(f"{address}/info").json()["downloads_left"]

    wait_for("both files to be counted", lambda: left() == 1)
    refused = guest.get(archive)
    assert code(refused) == (410, "share_used_up")
    assert "2 downloads" in refused.json()["detail"]
    # What was fetched before can be continued.
    size = int(guest.head(archive, headers={}).headers["content-length"])
    rest = guest.get(archive, headers={"Range": f"bytes={size - 10}-"})
    assert (rest.status_code, len(rest.content)) == (206, 10)


def test_a_share_may_have_a_file_of_each_comic_beyond_its_limits(
    guest: TestClient, address: str, context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "MAX_UNFINISHED_OF_SHARE", 0)
    monkeypatch.setattr(limits, "MAX_FILES_OF_SHARE", 0)
    each(guest, address)
    more = guest.post(
        f"{address}/prepare", json={"format": "zip", "split": "each", "quality": "kobo-clara"}
    )
    assert code(more) == (429, "queue_full")
