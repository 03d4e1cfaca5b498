"""Downloads over HTTP: asking, watching, steering, fetching, removing."""

from __future__ import annotations

import hashlib
import io
import zipfile
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import Job
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads import control

from .conftest import Clock, Rings
from .library import prepare_all, scan

DOWNLOADS = "/api/v1/downloads"


@pytest.fixture
def body(comics: dict[str, str]) -> dict:
    return {"comic_ids": [comics["Alone"]], "format": "cbz"}


@pytest.fixture
def queued(owner: TestClient, body: dict) -> str:
    return owner.post(DOWNLOADS, json=body).json()["id"]


@pytest.fixture
def ready(queued: str, context: Context) -> str:
    prepare_all(context)
    return queued


def test_download_is_accepted_with_its_address(owner: TestClient, body: dict, rings: Rings):
    answer = owner.post(DOWNLOADS, json=body)
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"{DOWNLOADS}/{job['id']}")
    assert rings.jobs == 1
    assert owner.get(answer.headers["location"]).json() == job
    assert (job["status"], job["phase"], job["progress"], job["pages_total"]) == (
        "queued",
        "waiting",
        0,
        2,
    )
    assert (job["format"], job["quality"], job["media_type"]) == (
        "cbz",
        "original",
        "application/vnd.comicbook+zip",
    )
    assert (job["queue_position"], job["attempt"], job["max_attempts"]) == (1, 0, 3)
    assert job["comics"] == [{"id": body["comic_ids"][0], "title": "Alone", "name": "Alone"}]
    nothing_yet = (
        "error",
        "sha256",
        "download_url",
        "download_url_expires_at",
        "file_size_bytes",
        "started_at",
        "finished_at",
    )
    assert {job[name] for name in nothing_yet} == {None}
    assert job["created_at"].endswith("Z")


def test_same_request_again_is_the_same_job(owner: TestClient, body: dict):
    first, second = (
        owner.post(DOWNLOADS, json=body),
        owner.post(DOWNLOADS, json={**body, "quality": "original"}),
    )
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["id"] == second.json()["id"]
    assert owner.get(DOWNLOADS).json()["total"] == 1


def test_same_request_of_another_account_is_another_job(
    owner: TestClient, member: TestClient, body: dict
):
    assert (
        owner.post(DOWNLOADS, json=body).json()["id"]
        != member.post(DOWNLOADS, json=body).json()["id"]
    )


def test_idempotency_key_gives_the_same_job_even_when_it_is_over(owner: TestClient, body: dict):
    headers = {"Idempotency-Key": "my-word"}
    first = owner.post(DOWNLOADS, json=body, headers=headers).json()
    owner.post(f"{DOWNLOADS}/{first['id']}/cancel")
    again = owner.post(DOWNLOADS, json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert owner.post(DOWNLOADS, json=body).json()["id"] != first["id"]


def test_idempotency_key_for_another_request_is_a_conflict(owner: TestClient, body: dict):
    headers = {"Idempotency-Key": "my-word"}
    owner.post(DOWNLOADS, json=body, headers=headers)
    answer = owner.post(DOWNLOADS, json={**body, "format": "zip"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"format": "docx"}, 422, "invalid_format"),
        ({"format": 7}, 422, "invalid_format"),
        ({"format": None}, 422, "invalid_format"),
        ({"quality": "9000p"}, 422, "invalid_quality"),
        ({"quality": ["1080p"]}, 422, "invalid_quality"),
        ({"pages": "5-2"}, 422, "invalid_request"),
        ({"pages": "9"}, 422, "invalid_request"),
        ({"comic_ids": []}, 422, "invalid_request"),
        ({"comic_ids": ["nobody"]}, 404, "not_found"),
        ({"series_id": "both"}, 422, "invalid_request"),
        ({"expires_in_seconds": 1}, 422, "invalid_request"),
        ({"target_size_bytes": 0}, 422, "invalid_request"),
        ({"on_page_error": "ignore"}, 422, "invalid_request"),
        ({"strips": "fold"}, 422, "invalid_request"),
        ({"crop_margins": "widely"}, 422, "invalid_request"),
        ({"image_format": "gif"}, 422, "invalid_request"),
        ({"format": "pdf", "image_format": "webp"}, 422, "invalid_request"),
        ({"page_names": "random"}, 422, "invalid_request"),
        ({"colour": "blue"}, 422, "invalid_request"),
    ],
)
def test_bad_request_is_refused_with_its_code(
    owner: TestClient, body: dict, change: dict, status: int, code: str
):
    answer = owner.post(DOWNLOADS, json={**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert owner.get(DOWNLOADS).json()["total"] == 0


def test_series_is_downloaded_in_reading_order(owner: TestClient, comics: dict[str, str]):
    series = owner.get("/api/v1/series").json()["items"][0]
    job = owner.post(DOWNLOADS, json={"series_id": series["id"], "format": "zip"}).json()
    assert [comic["title"] for comic in job["comics"]] == [
        comic["title"] for comic in get_series(owner, series["id"])
    ]
    assert job["pages_total"] == 7


def get_series(client: TestClient, series_id: str) -> list[dict]:
    return client.get(f"/api/v1/series/{series_id}").json()["comics"]


def test_estimate_tells_size_and_pages_and_queues_nothing(owner: TestClient, body: dict):
    estimate = owner.post("/api/v1/estimate", json=body).json()
    assert (estimate["page_count"], estimate["cached"]) == (2, False)
    assert estimate["size_bytes"] > 0
    assert owner.get(DOWNLOADS).json()["total"] == 0
    assert (
        owner.post("/api/v1/estimate", json={**body, "format": "docx"}).json()["code"]
        == "invalid_format"
    )


def test_list_is_newest_first_and_narrowed_by_status(owner: TestClient, body: dict, clock: Clock):
    ids = []
    for format_name in ("cbz", "zip", "pdf"):
        ids.append(owner.post(DOWNLOADS, json={**body, "format": format_name}).json()["id"])
        clock.advance(1)
    owner.post(f"{DOWNLOADS}/{ids[0]}/cancel")
    owner.post(f"{DOWNLOADS}/{ids[1]}/pause")
    assert [job["id"] for job in owner.get(DOWNLOADS).json()["items"]] == ids[::-1]
    narrowed = owner.get(DOWNLOADS, params={"status": ["paused", "cancelled"]}).json()
    assert {job["id"] for job in narrowed["items"]} == set(ids[:2])
    second = owner.get(DOWNLOADS, params={"limit": 1, "offset": 1}).json()
    assert ([job["id"] for job in second["items"]], second["total"]) == ([ids[1]], 3)


@pytest.mark.parametrize(
    "params", [{"status": "lost"}, {"limit": 0}, {"limit": 201}, {"offset": -1}]
)
def test_list_that_cannot_be_given_is_refused(owner: TestClient, params: dict):
    assert owner.get(DOWNLOADS, params=params).json()["code"] == "invalid_request"


def test_verbs_steer_the_job_and_repeat_without_harm(owner: TestClient, queued: str):
    for verb, status in [
        ("pause", "paused"),
        ("resume", "queued"),
        ("cancel", "cancelled"),
        ("retry", "queued"),
    ]:
        for _ in range(2):
            answer = owner.post(f"{DOWNLOADS}/{queued}/{verb}")
            assert (answer.status_code, answer.json()["status"]) == (200, status)


@pytest.mark.parametrize(
    ("first", "then"), [("cancel", "pause"), ("cancel", "resume"), ("pause", "retry")]
)
def test_verb_that_does_not_fit_the_status_is_a_conflict(
    owner: TestClient, queued: str, first: str, then: str
):
    owner.post(f"{DOWNLOADS}/{queued}/{first}")
    answer = owner.post(f"{DOWNLOADS}/{queued}/{then}")
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


def test_all_are_paused_and_resumed_at_once(owner: TestClient, body: dict):
    for format_name in ("cbz", "zip"):
        owner.post(DOWNLOADS, json={**body, "format": format_name})
    assert owner.post(f"{DOWNLOADS}/pause-all").json() == {"paused": 2}
    assert owner.post(f"{DOWNLOADS}/resume-all").json() == {"resumed": 2}
    assert owner.get(DOWNLOADS, params={"status": "queued"}).json()["total"] == 2


def test_many_are_changed_in_batches_so_that_others_get_their_turn(
    owner: TestClient, body: dict, context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(control, "BATCH", 2)
    qualities = ("original", "480p", "720p", "1080p", "1440p")
    for quality in qualities:
        owner.post(DOWNLOADS, json={**body, "quality": quality})

    def changes() -> int:
        """Return how many transactions changed the jobs; each gives its jobs one revision."""
        with context.db.read() as session:
            return len(set(session.exec(select(Job.revision))))

    assert owner.post(f"{DOWNLOADS}/pause-all").json() == {"paused": 5}
    assert changes() == 3
    assert owner.post(f"{DOWNLOADS}/resume-all").json() == {"resumed": 5}
    assert changes() == 3
    for job in owner.get(DOWNLOADS).json()["items"]:
        owner.post(f"{DOWNLOADS}/{job['id']}/cancel")
    assert owner.post(f"{DOWNLOADS}/cleanup").json()["deleted"] == 5
    assert owner.get(DOWNLOADS).json()["total"] == 0


def test_progress_is_the_short_form(owner: TestClient, queued: str):
    progress = owner.get(f"{DOWNLOADS}/{queued}/progress").json()
    fields = "id status phase progress pages_done pages_total downloaded_bytes file_size_bytes"
    assert list(progress) == [*fields.split(), "queue_position", "eta_seconds"]


def test_ready_job_carries_a_link_to_the_very_file(
    owner: TestClient, visitor: TestClient, ready: str, clock: Clock
):
    job = owner.get(f"{DOWNLOADS}/{ready}").json()
    assert (job["status"], job["progress"], job["phase"]) == ("ready", 100, "done")
    answer = visitor.get(job["download_url"])
    assert job["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert len(answer.content) == job["file_size_bytes"]
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert job["download_url_expires_at"] > clock().isoformat()[:19]


def test_looking_at_a_ready_job_does_not_change_it(owner: TestClient, ready: str, clock: Clock):
    before = owner.get(f"{DOWNLOADS}/{ready}").json()
    clock.advance(600)
    after = owner.get(f"{DOWNLOADS}/{ready}").json()
    assert before["expires_at"] == after["expires_at"]
    assert before["download_url"] != after["download_url"]


def test_link_and_file_lead_to_the_file_without_signing_in(
    owner: TestClient, visitor: TestClient, ready: str
):
    link = owner.post(f"{DOWNLOADS}/{ready}/link").json()
    redirect = owner.get(f"{DOWNLOADS}/{ready}/file", follow_redirects=False)
    assert redirect.status_code == 307
    assert visitor.get(link["url"]).content == visitor.get(redirect.headers["location"]).content
    assert urlsplit(link["url"]).path.startswith("/d/")


def test_file_that_is_not_ready_is_a_conflict(owner: TestClient, queued: str):
    for answer in (
        owner.get(f"{DOWNLOADS}/{queued}/file"),
        owner.post(f"{DOWNLOADS}/{queued}/link"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


def test_second_request_for_a_file_that_is_there_is_ready_at_once(
    owner: TestClient, member: TestClient, ready: str, body: dict
):
    assert owner.post("/api/v1/estimate", json=body).json()["cached"]
    job = member.post(DOWNLOADS, json=body).json()
    assert (job["status"], job["sha256"]) == (
        "ready",
        owner.get(f"{DOWNLOADS}/{ready}").json()["sha256"],
    )


def test_removed_download_is_gone_with_its_storage(owner: TestClient, ready: str):
    assert owner.get("/api/v1/me").json()["storage_used_bytes"] > 0
    assert owner.delete(f"{DOWNLOADS}/{ready}").status_code == 204
    assert owner.get(f"{DOWNLOADS}/{ready}").status_code == 404
    assert owner.delete(f"{DOWNLOADS}/{ready}").status_code == 404
    assert owner.get("/api/v1/me").json()["storage_used_bytes"] == 0


def test_cleanup_removes_finished_downloads_only(owner: TestClient, ready: str, body: dict):
    size = owner.get(f"{DOWNLOADS}/{ready}").json()["file_size_bytes"]
    waiting = owner.post(DOWNLOADS, json={**body, "format": "pdf"}).json()["id"]
    assert owner.post(f"{DOWNLOADS}/cleanup").json() == {"deleted": 1, "freed_bytes": size}
    assert [job["id"] for job in owner.get(DOWNLOADS).json()["items"]] == [waiting]


def test_failed_downloads_are_tried_again_together(
    owner: TestClient, context: Context, queued: str
):
    comic = context.settings.library / "Alone.cbz"
    whole = comic.read_bytes()
    comic.write_bytes(whole[: len(whole) // 2])
    prepare_all(context)
    failed = owner.get(f"{DOWNLOADS}/{queued}").json()
    assert (failed["status"], failed["error"]["retryable"]) == ("failed", False)
    assert failed["error"]["comic_id"] == failed["comics"][0]["id"]
    comic.write_bytes(whole)
    scan(context)
    assert owner.post(f"{DOWNLOADS}/retry-failed").json() == {"retried": 1}
    prepare_all(context)
    assert owner.get(f"{DOWNLOADS}/{queued}").json()["status"] == "ready"


VERBS = [("GET", ""), ("GET", "/progress"), ("GET", "/file"), ("DELETE", "")] + [
    ("POST", f"/{verb}") for verb in ("pause", "resume", "retry", "cancel", "link")
]


@pytest.mark.parametrize(("method", "verb"), VERBS)
def test_foreign_download_is_not_found(
    owner: TestClient, member: TestClient, queued: str, method: str, verb: str
):
    foreign = member.request(method, f"{DOWNLOADS}/{queued}{verb}")
    unknown = member.request(method, f"{DOWNLOADS}/unknown{verb}")
    assert (foreign.status_code, foreign.json()) == (404, unknown.json())
    assert owner.get(f"{DOWNLOADS}/{queued}").json()["status"] == "queued"


def test_foreign_downloads_are_in_no_list_and_no_sweep(
    owner: TestClient, member: TestClient, ready: str
):
    assert member.get(DOWNLOADS).json()["total"] == 0
    assert member.post(f"{DOWNLOADS}/cleanup").json() == {"deleted": 0, "freed_bytes": 0}
    assert owner.get(f"{DOWNLOADS}/{ready}").json()["status"] == "ready"


def test_devices_are_what_can_be_asked_for(owner: TestClient, body: dict):
    devices = owner.get("/api/v1/devices").json()
    assert devices["total"] == len(devices["items"]) >= 60
    libra = next(one for one in devices["items"] if one["name"] == "kobo-libra-colour")
    assert (libra["width"], libra["height"], libra["gray_levels"]) == (1264, 1680, None)
    for quality in (libra["name"], "360p", "800x1280"):
        answer = owner.post(DOWNLOADS, json={**body, "quality": quality})
        assert (answer.status_code, answer.json()["quality"]) == (202, quality)


def test_formats_are_what_can_be_asked_for(owner: TestClient, body: dict):
    offered = owner.get("/api/v1/formats").json()
    assert [one["name"] for one in offered["formats"]] == list(Format)
    assert [one["name"] for one in offered["qualities"]] == [
        "original",
        "untouched",
        "auto",
        "2160p",
        "1440p",
        "1080p",
        "720p",
        "480p",
        "360p",
    ]
    for picked in offered["qualities"] + offered["devices"][::10]:
        assert (
            owner.post("/api/v1/estimate", json={**body, "quality": picked["name"]}).status_code
            == 200
        )
    assert offered["limits"]["max_active_downloads"] == 10
    for one in offered["formats"]:
        for image_format in ("source", "jpeg", "webp"):
            wish = {**body, "format": one["name"], "image_format": image_format}
            accepted = owner.post("/api/v1/estimate", json=wish).status_code == 200
            assert accepted == (image_format in one["image_formats"])
    for schema in (True, False, *offered["formats"][0]["metadata"]):
        assert owner.post("/api/v1/estimate", json={**body, "metadata": schema}).status_code == 200
    assert (
        owner.post("/api/v1/estimate", json={**body, "metadata": "comicinfo-3"}).status_code == 422
    )
    schemas = {one["name"]: one["metadata"] for one in offered["formats"] if one["metadata"]}
    assert schemas == {"cbz": ["comicinfo-2.0", "comicinfo-2.1"]}
    named = [one["name"] for one in offered["formats"] if one["page_names"] != ["numbered"]]
    assert named == ["zip"]
    assert {one["name"]: one["splits_strips"] for one in offered["devices"]}["kindle-scribe"]
