"""Groups over HTTP: one request that becomes several files."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next

from .conftest import Clock, Rings
from .library import prepare_all, scan

DOWNLOADS = "/api/v1/downloads"
GROUPS = "/api/v1/groups"
COUNT = 5


@pytest.fixture
def archives() -> dict[str, int]:
    """Return a series; the second comic has a page that no other has."""
    pages = dict.fromkeys(range(1, COUNT + 1), 2) | {2: 3}
    return {f"Moon Harbour/Moon Harbour #{number:03}.cbz": pages[number] for number in pages}


@pytest.fixture
def series_id(comics: dict[str, str], owner: TestClient) -> str:
    return owner.get("/api/v1/series").json()["items"][0]["id"]


@pytest.fixture
def body(series_id: str) -> dict[str, Any]:
    """Return a request for a file of each comic, whose pages have to be converted."""
    return {"series_id": series_id, "format": "cbz", "grayscale": True, "split": "each"}


@pytest.fixture
def group(owner: TestClient, body: dict[str, Any]) -> str:
    """Return the address of a group that waits."""
    return owner.post(DOWNLOADS, json=body).headers["location"]


def statuses(client: TestClient, group: str) -> list[str]:
    return [job["status"] for job in client.get(group).json()["items"]]


def test_one_file_each_is_a_group_with_a_job_for_every_comic(
    owner: TestClient, body: dict[str, Any], rings: Rings
):
    answer = owner.post(DOWNLOADS, json=body)
    group = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"{GROUPS}/{group['id']}")
    assert rings.jobs == 1
    assert owner.get(answer.headers["location"]).json() == group
    assert (group["status"], group["current"], group["total"]) == ("queued", 1, COUNT)
    assert (group["percent"], group["file_count"], group["file_size_bytes"]) == (0, 0, 0)
    assert (group["title"], group["file_url"]) == ("Moon Harbour 1–5", None)
    assert [job["filename"] for job in group["items"]] == [
        f"Moon Harbour #{number:03}.cbz" for number in range(1, COUNT + 1)
    ]
    assert {job["group_id"] for job in group["items"]} == {group["id"]}
    assert [len(job["comics"]) for job in group["items"]] == [1] * COUNT


def test_members_are_downloads_like_any_other(owner: TestClient, group: str, context: Context):
    prepare_all(context)
    listed = owner.get(DOWNLOADS).json()
    assert (listed["total"], {job["status"] for job in listed["items"]}) == (COUNT, {"ready"})
    file = owner.get(listed["items"][0]["download_url"])
    assert len(file.content) == listed["items"][0]["file_size_bytes"]


def test_group_is_ready_when_all_of_it_is(owner: TestClient, group: str, context: Context):
    prepare_all(context)
    found = owner.get(group).json()
    sizes = [job["file_size_bytes"] for job in found["items"]]
    assert (found["status"], found["percent"], found["current"]) == ("ready", 100, COUNT)
    assert (found["file_count"], found["file_size_bytes"]) == (COUNT, sum(sizes))
    assert found["finished_at"] is not None


def test_files_that_exist_are_ready_at_once(
    owner: TestClient, member: TestClient, group: str, context: Context, body: dict[str, Any]
):
    prepare_all(context)
    answer = member.post(DOWNLOADS, json=body)
    assert (answer.status_code, answer.json()["status"]) == (202, "ready")


def test_without_split_there_is_one_file(owner: TestClient, body: dict[str, Any]):
    for split in ({}, {"split": "none"}, {"split": None}):
        job = owner.post(DOWNLOADS, json={**body, "split": None, **split}).json()
        assert (len(job["comics"]), job["group_id"]) == (COUNT, None)


@pytest.mark.parametrize(
    ("split", "names"),
    [
        (2, ["#001-002", "#003-004", "#005"]),
        (5, ["#001-005"]),
        ("3", ["#001-003", "#004-005"]),
    ],
)
def test_number_makes_files_of_that_many_comics(
    owner: TestClient, body: dict[str, Any], split: int | str, names: list[str]
):
    group = owner.post(DOWNLOADS, json={**body, "split": split}).json()
    assert [job["filename"] for job in group["items"]] == [
        f"Moon Harbour {name}.cbz" for name in names
    ]


@pytest.mark.parametrize(
    "archives",
    [
        {
            "Tide/Tide v01 c001.cbz": 1,
            "Tide/Tide v01 c002.cbz": 1,
            "Tide/Tide v02 c003.cbz": 1,
            "Tide/Tide c004.cbz": 1,
        }
    ],
)
def test_volume_makes_a_file_of_every_volume(owner: TestClient, body: dict[str, Any]):
    group = owner.post(DOWNLOADS, json={**body, "split": "volume"}).json()
    assert [len(job["comics"]) for job in group["items"]] == [2, 1, 1]
    assert group["items"][0]["filename"] == "Tide v01.cbz"


def test_comics_without_volumes_are_not_split_by_volume(owner: TestClient, body: dict[str, Any]):
    answer = owner.post(DOWNLOADS, json={**body, "split": "volume"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "volume" in answer.json()["detail"]


@pytest.mark.parametrize("split", [0, -1, 1.5, True, "", "every", "1.5", "²", 10**9, [2], {}])
def test_other_values_of_split_are_refused_with_the_reason(
    owner: TestClient, body: dict[str, Any], split: object
):
    answer = owner.post(DOWNLOADS, json={**body, "split": split})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "split" in answer.text
    assert owner.get(DOWNLOADS).json()["total"] == 0


def test_range_of_pages_is_for_a_single_comic(owner: TestClient, body: dict[str, Any]):
    answer = owner.post(DOWNLOADS, json={**body, "pages": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_same_request_again_is_the_same_group(
    owner: TestClient, group: str, body: dict[str, Any], context: Context
):
    again = owner.post(DOWNLOADS, json=body)
    assert (again.status_code, again.headers["location"]) == (200, group)
    assert owner.post(DOWNLOADS, json={**body, "split": 2}).headers["location"] != group
    prepare_all(context)
    assert owner.post(DOWNLOADS, json=body).headers["location"] != group


def test_group_has_its_own_jobs_beside_a_download_of_the_same_comic(
    owner: TestClient, body: dict[str, Any], comics: dict[str, str]
):
    alone = {"comic_ids": [comics["Moon Harbour #1"]], "format": "cbz", "grayscale": True}
    single = owner.post(DOWNLOADS, json=alone).json()
    group = owner.post(DOWNLOADS, json=body).json()
    assert single["id"] not in {job["id"] for job in group["items"]}
    assert owner.post(DOWNLOADS, json=alone).json()["id"] == single["id"]


def test_idempotency_key_holds_for_groups(owner: TestClient, body: dict[str, Any]):
    headers = {"Idempotency-Key": "my-word"}
    first = owner.post(DOWNLOADS, json=body, headers=headers).headers["location"]
    owner.post(f"{first}/cancel")
    again = owner.post(DOWNLOADS, json=body, headers=headers)
    assert (again.status_code, again.headers["location"]) == (200, first)
    for other in ({**body, "split": 2}, {**body, "format": "zip"}, {**body, "split": "none"}):
        answer = owner.post(DOWNLOADS, json=other, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    owner.delete(first)
    assert owner.post(DOWNLOADS, json=body, headers=headers).headers["location"] != first


def test_idempotency_key_of_a_single_download_is_not_for_a_group(
    owner: TestClient, body: dict[str, Any]
):
    headers = {"Idempotency-Key": "my-word"}
    owner.post(DOWNLOADS, json={**body, "split": "none"}, headers=headers)
    answer = owner.post(DOWNLOADS, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_key_is_free_once_every_download_of_its_group_was_removed(
    owner: TestClient, body: dict[str, Any]
):
    headers = {"Idempotency-Key": "my-word"}
    first = owner.post(DOWNLOADS, json=body, headers=headers).json()
    for job in first["items"]:
        owner.delete(f"{DOWNLOADS}/{job['id']}")
    assert owner.get(f"{GROUPS}/{first['id']}").status_code == 404
    assert owner.post(DOWNLOADS, json=body, headers=headers).status_code == 202


def test_pause_in_the_middle_keeps_what_is_finished(
    owner: TestClient, group: str, context: Context
):
    prepare_one(context)
    paused = owner.post(f"{group}/pause")
    assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    assert statuses(owner, group) == ["ready", *["paused"] * (COUNT - 1)]
    assert paused.json()["current"] == 2
    assert owner.post(f"{group}/pause").status_code == 200
    prepare_all(context)
    assert statuses(owner, group).count("ready") == 1
    resumed = owner.post(f"{group}/resume").json()
    # One file is finished already, so the group is at work.
    assert resumed["status"] == "preparing"
    prepare_all(context)
    assert owner.get(group).json()["status"] == "ready"


def test_cancel_keeps_the_finished_files(owner: TestClient, group: str, context: Context):
    prepare_one(context)
    cancelled = owner.post(f"{group}/cancel").json()
    assert (cancelled["status"], cancelled["file_count"]) == ("ready", 1)
    assert statuses(owner, group) == ["ready", *["cancelled"] * (COUNT - 1)]
    assert owner.post(f"{group}/retry").json()["status"] == "preparing"
    prepare_all(context)
    assert statuses(owner, group) == ["ready"] * COUNT


def test_ended_group_allows_neither_pause_nor_retry(
    owner: TestClient, group: str, context: Context
):
    prepare_all(context)
    for action in ("pause", "resume", "cancel", "retry"):
        answer = owner.post(f"{group}/{action}")
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition"), action


def test_member_that_fails_fails_alone_and_can_be_retried(
    owner: TestClient, group: str, context: Context
):
    second = context.settings.library / "Moon Harbour" / "Moon Harbour #002.cbz"
    whole = second.read_bytes()
    second.write_bytes(b"damaged")
    prepare_all(context)
    found = owner.get(group).json()
    assert (found["status"], found["failed_count"]) == ("failed", 1)
    assert found["file_count"] == COUNT - 1
    assert statuses(owner, group) == ["ready", "failed", *["ready"] * (COUNT - 2)]
    assert found["items"][1]["error"]["code"] in {"comic_unreadable", "comic_changed"}
    second.write_bytes(whole)
    scan(context)
    assert owner.post(f"{group}/retry").json()["status"] == "preparing"
    prepare_all(context)
    found = owner.get(group).json()
    assert (found["status"], found["failed_count"]) == ("ready", 0)
    assert found["items"][1]["filename"] == "Moon Harbour #002.cbz"


def test_single_member_is_controlled_by_itself(owner: TestClient, group: str, context: Context):
    jobs = [job["id"] for job in owner.get(group).json()["items"]]
    owner.post(f"{DOWNLOADS}/{jobs[0]}/pause")
    owner.post(f"{DOWNLOADS}/{jobs[1]}/cancel")
    owner.delete(f"{DOWNLOADS}/{jobs[2]}")
    prepare_all(context)
    assert statuses(owner, group) == ["paused", "cancelled", "ready", "ready"]
    owner.post(f"{DOWNLOADS}/{jobs[0]}/resume")
    owner.post(f"{DOWNLOADS}/{jobs[1]}/retry")
    prepare_all(context)
    assert statuses(owner, group) == ["ready"] * (COUNT - 1)


def test_removed_group_is_gone_with_its_downloads(owner: TestClient, group: str, context: Context):
    prepare_one(context)
    assert owner.delete(group).status_code == 204
    assert owner.get(group).status_code == 404
    assert owner.delete(group).status_code == 404
    assert owner.get(DOWNLOADS).json()["total"] == 0
    assert owner.get("/api/v1/me").json()["storage_used_bytes"] == 0


def test_group_of_another_account_is_unknown(owner: TestClient, member: TestClient, group: str):
    assert member.get(group).json()["code"] == "not_found"
    for action in ("pause", "resume", "cancel", "retry"):
        assert member.post(f"{group}/{action}").status_code == 404
    assert member.delete(group).status_code == 404
    assert statuses(owner, group) == ["queued"] * COUNT


@pytest.mark.parametrize("overrides", [{"max_queued_per_user": COUNT + 1}])
def test_every_member_counts_for_the_limit_of_waiting_downloads(
    owner: TestClient, group: str, body: dict[str, Any]
):
    answer = owner.post(DOWNLOADS, json={**body, "format": "zip"})
    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
    assert owner.get(DOWNLOADS).json()["total"] == COUNT


@pytest.mark.parametrize("overrides", [{"storage_quota_bytes": 2_000}])
def test_group_that_does_not_fit_into_the_quota_is_refused_as_a_whole(
    owner: TestClient, body: dict[str, Any], comics: dict[str, str]
):
    one = {**body, "series_id": None, "comic_ids": [comics["Moon Harbour #1"]]}
    estimated = owner.post("/api/v1/estimate", json={**one, "split": None}).json()["size_bytes"]
    assert estimated < 2_000 < estimated * COUNT
    answer = owner.post(DOWNLOADS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "quota_exceeded")
    assert owner.get(DOWNLOADS).json()["total"] == 0


def test_estimate_of_several_files_is_that_of_them_together(
    owner: TestClient, body: dict[str, Any], group: str, context: Context
):
    expected = owner.post("/api/v1/estimate", json=body).json()
    assert (expected["file_count"], expected["page_count"], expected["cached"]) == (5, 11, False)
    prepare_all(context)
    found = owner.post("/api/v1/estimate", json=body).json()
    assert (found["cached"], found["seconds"]) == (True, 0)
    assert found["size_bytes"] == owner.get(group).json()["file_size_bytes"]
    assert owner.get(DOWNLOADS).json()["total"] == COUNT


@pytest.mark.parametrize("overrides", [{"max_comics_per_job": COUNT - 1}])
def test_group_has_as_many_comics_as_configured_at_most(owner: TestClient, body: dict[str, Any]):
    answer = owner.post(DOWNLOADS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_purge_keeps_groups_until_their_jobs_are_gone(
    owner: TestClient, group: str, context: Context, clock: Clock
):
    prepare_all(context)
    clock.advance(2 * 86400)
    purge(context)
    assert statuses(owner, group) == ["expired"] * COUNT
    assert owner.post(f"{group}/retry").json()["status"] == "queued"
    owner.delete(group)
    clock.advance(2 * 86400)
    purge(context)
    assert owner.get(group).status_code == 404


def prepare_one(context: Context) -> None:
    """Prepare the next job."""
    hooks = WorkerHooks(worker_id="test", should_stop=lambda: False, hard_exit=lambda: None)
    assert prepare_next(context, hooks)
