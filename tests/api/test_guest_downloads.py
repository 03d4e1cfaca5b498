"""What guests of a share ask for: downloads of their own, hidden from the sharer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import Job, Share
from comic_downloads.domain.library import ComicQuery
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.changes import changed_since
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing import limits
from tests.waiting import wait_for

from .conftest import Clock, Rings
from .library import add_archive, page_bytes, prepare_all, scan
from .sharing import ARCHIVES, code, prepare, shared, status


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


def test_a_guest_asks_waits_and_fetches(
    guest: TestClient, address: str, context: Context, rings: Rings, clock: Clock
):
    answer = guest.post(f"{address}/prepare", json={"format": "pdf", "quality": "720p"})
    waiting = answer.json()
    assert (answer.status_code, waiting["status"], waiting["download_url"]) == (202, "queued", None)
    assert rings.jobs == 1
    prepare_all(context)
    ready = status(guest, address, waiting["job_id"])
    assert (ready["status"], ready["progress"], ready["error"]) == ("ready", 100, None)
    file = guest.get(ready["download_url"])
    assert (file.status_code, len(file.content)) == (200, ready["file_size_bytes"])
    assert file.headers["content-type"] == "application/pdf"


def test_asking_again_gives_the_same_download(
    guest: TestClient, address: str, context: Context, rings: Rings
):
    first = prepare(guest, address)
    again = guest.post(f"{address}/prepare", json={"format": "cbz"})
    assert (again.status_code, again.json()["job_id"]) == (200, first["job_id"])
    prepare_all(context)
    ready = guest.post(f"{address}/prepare", json={"format": "cbz"})
    assert (ready.status_code, ready.json()["job_id"], ready.json()["status"]) == (
        200,
        first["job_id"],
        "ready",
    )
    assert rings.jobs == 1


def test_some_of_the_comics_can_be_picked(guest: TestClient, address: str, comics: dict[str, str]):
    assert prepare(guest, address, comic_ids=[comics["Alone"]])["pages_total"] == 3
    in_any_order = prepare(guest, address, comic_ids=[comics["Alone"], comics["Other"]])
    assert in_any_order["job_id"] == prepare(guest, address)["job_id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"format": "epub"}, (422, "invalid_format")),
        ({"format": "docx"}, (422, "invalid_format")),
        ({}, (422, "invalid_format")),
        ({"format": "pdf", "quality": "huge"}, (422, "invalid_quality")),
        ({"format": "pdf", "comic_ids": []}, (422, "invalid_request")),
        ({"format": "pdf", "comic_ids": ["nothing"]}, (404, "not_found")),
        ({"format": "pdf", "pages": "1"}, (422, "invalid_request")),
    ],
)
def test_what_is_not_offered_is_refused(
    guest: TestClient,
    member: TestClient,
    comics: dict[str, str],
    body: dict[str, Any],
    expected: tuple[int, str],
):
    address = shared(member, comics, formats=["pdf"])
    assert code(guest.post(f"{address}/prepare", json=body)) == expected


def test_a_comic_outside_the_share_cannot_be_prepared(
    guest: TestClient, address: str, comics: dict[str, str]
):
    answer = guest.post(
        f"{address}/prepare", json={"format": "cbz", "comic_ids": [comics["Secret"]]}
    )
    assert code(answer) == (404, "not_found")


def test_each_guest_has_downloads_of_their_own(
    new_guest: Callable[..., TestClient], address: str, context: Context
):
    ann, ben = new_guest(), new_guest()
    hers, his = prepare(ann, address)["job_id"], prepare(ben, address)["job_id"]
    assert hers != his
    assert code(ann.get(f"{address}/status/{his}")) == (404, "not_found")
    assert code(new_guest().get(f"{address}/status/{his}")) == (404, "not_found")
    prepare_all(context)
    assert len(list(context.blobs.list("artifacts/"))) == 1
    assert [status(who, address, job)["status"] for who, job in ((ann, hers), (ben, his))] == [
        "ready",
        "ready",
    ]


def test_guests_of_another_share_do_not_see_a_download(
    guest: TestClient, member: TestClient, comics: dict[str, str]
):
    one, other = (shared(member, comics) for _ in range(2))
    job_id = prepare(guest, one)["job_id"]
    prepare(guest, other)
    assert code(guest.get(f"{other}/status/{job_id}")) == (404, "not_found")


def test_a_file_that_is_there_is_ready_at_once(
    guest: TestClient, member: TestClient, comics: dict[str, str], context: Context
):
    body = {"comic_ids": [comics["Other"], comics["Alone"]], "format": "zip"}
    member.post("/api/v1/downloads", json=body)
    prepare_all(context)
    assert prepare(guest, shared(member, comics), "zip")["status"] == "ready"


def test_guests_downloads_are_hidden_from_the_sharer(
    guest: TestClient, member: TestClient, address: str, context: Context
):
    job_id = prepare(guest, address)["job_id"]
    mine = member.post(
        "/api/v1/downloads",
        json={"comic_ids": [job["id"] for job in info(guest, address)], "format": "cbz"},
    )
    assert mine.status_code == 202  # a download of their own, not the guest's
    assert [job["id"] for job in member.get("/api/v1/downloads").json()["items"]] == [
        mine.json()["id"]
    ]
    assert member.get("/api/v1/me").json()["active_downloads"] == 1
    assert member.get(f"/api/v1/downloads/{job_id}").status_code == 404
    for action in ("pause", "resume", "cancel", "retry", "link"):
        assert member.post(f"/api/v1/downloads/{job_id}/{action}").status_code == 404
    assert member.delete(f"/api/v1/downloads/{job_id}").status_code == 404
    assert member.post("/api/v1/downloads/pause-all").json() == {"paused": 1}
    member.post("/api/v1/downloads/resume-all")
    prepare_all(context)
    with context.db.read() as session:
        user_id = session.exec(select(Share)).one().user_id
    assert {job.id for job in changed_since(context, 0, user_id)} == {mine.json()["id"]}
    assert member.post("/api/v1/downloads/cleanup").json()["deleted"] == 1
    assert status(guest, address, job_id)["status"] == "ready"


def info(guest: TestClient, address: str) -> list[dict[str, Any]]:
    return guest.get(f"{address}/info").json()["comics"]


def test_guests_come_after_the_sharer_and_take_their_storage(
    guest: TestClient,
    member: TestClient,
    owner: TestClient,
    address: str,
    comics: dict[str, str],
    context: Context,
):
    prepare(guest, address)
    member.post("/api/v1/downloads", json={"comic_ids": [comics["Secret"]], "format": "cbz"})
    assert owner.get("/api/v1/queue").json()["counts"]["queued"] == 2
    with context.db.read() as session:
        waiting = session.exec(select(Job).order_by(Job.priority)).all()  # pyright: ignore[reportArgumentType]
    assert [job.share_id is None for job in waiting] == [True, False]
    prepare_all(context)
    size = status(guest, address, waiting[1].id)["file_size_bytes"]
    assert member.get("/api/v1/me").json()["storage_used_bytes"] > size


@pytest.mark.parametrize("overrides", [{"max_queued_per_user": 1}])
def test_guests_do_not_fill_the_queue_of_the_sharer(
    new_guest: Callable[..., TestClient], member: TestClient, address: str, comics: dict[str, str]
):
    for _ in range(2):
        prepare(new_guest(), address)
    assert (
        member.post(
            "/api/v1/downloads", json={"comic_ids": [comics["Secret"]], "format": "cbz"}
        ).status_code
        == 202
    )


def test_a_share_has_so_many_unfinished_downloads_at_most(
    new_guest: Callable[..., TestClient],
    address: str,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(limits, "MAX_UNFINISHED_OF_SHARE", 2)
    guests = [new_guest() for _ in range(3)]
    for one in guests[:2]:
        prepare(one, address)
    refused = guests[2].post(f"{address}/prepare", json={"format": "cbz"})
    assert code(refused) == (429, "queue_full")
    assert "retry-after" in refused.headers
    assert guests[0].post(f"{address}/prepare", json={"format": "cbz"}).status_code == 200
    prepare_all(context)
    assert prepare(guests[2], address)["status"] == "ready"


def test_a_share_has_so_many_downloads_at_most(
    new_guest: Callable[..., TestClient],
    address: str,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(limits, "MAX_JOBS_OF_SHARE", 2)
    guests = [new_guest() for _ in range(3)]
    jobs = [prepare(one, address)["job_id"] for one in guests[:2]]
    prepare_all(context)
    assert fetched(guests[1], address, jobs[1], context)
    assert (
        prepare(guests[2], address)["status"] == "ready"
    )  # in the place of the oldest that nobody has fetched
    assert code(guests[0].get(f"{address}/status/{jobs[0]}")) == (404, "not_found")
    assert status(guests[1], address, jobs[1])["status"] == "ready"
    assert prepare(guests[0], address)["status"] == "ready"


def test_a_share_is_full_until_a_download_that_was_fetched_goes(
    new_guest: Callable[..., TestClient],
    member: TestClient,
    comics: dict[str, str],
    context: Context,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(limits, "MAX_JOBS_OF_SHARE", 1)
    address = shared(member, comics, expires_in_seconds=30 * 86400)
    first, second = new_guest(), new_guest()
    waiting = prepare(first, address)["job_id"]
    assert code(second.post(f"{address}/prepare", json={"format": "cbz"})) == (429, "queue_full")
    prepare_all(context)
    assert fetched(first, address, waiting, context)
    clock.advance(3 * 86400)
    purge(context)
    refused = second.post(f"{address}/prepare", json={"format": "cbz"})
    assert (code(refused), refused.headers["retry-after"]) == ((429, "queue_full"), str(4 * 86400))
    clock.advance(4 * 86400 + 1)
    purge(context)
    assert prepare(second, address)["status"] == "queued"


def fetched(guest: TestClient, address: str, job_id: str, context: Context) -> bool:
    """Download the file and wait until that is counted."""
    guest.get(status(guest, address, job_id)["download_url"])

    def counted() -> int:
        with context.db.read() as session:
            return session.get_one(Job, job_id).downloaded_bytes

    return wait_for("the count", counted) > 0


def test_a_share_has_so_many_different_files_at_most(
    new_guest: Callable[..., TestClient],
    address: str,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(limits, "MAX_FILES_OF_SHARE", 1)
    first, second = new_guest(), new_guest()
    prepare(first, address)
    assert prepare(second, address)["status"] == "queued"  # the same file as the first guest's
    prepare_all(context)
    refused = second.post(f"{address}/prepare", json={"format": "zip"})
    assert (code(refused), refused.headers["retry-after"]) == ((429, "queue_full"), "86400")
    assert prepare(new_guest(), address)["status"] == "ready"


@pytest.mark.parametrize("overrides", [{"storage_quota_bytes": 100}])
def test_a_full_quota_is_told_in_words_for_guests(guest: TestClient, address: str):
    answer = guest.post(f"{address}/prepare", json={"format": "cbz"})
    assert code(answer) == (403, "quota_exceeded")
    assert "your" not in answer.json()["detail"].lower()


def test_an_expired_download_is_prepared_again(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    clock.advance(86400 - 60)
    guest.get(f"{address}/info")
    clock.advance(61)
    purge(context)
    again = guest.post(f"{address}/prepare", json={"format": "cbz"})
    assert again.status_code == 202  # the cookie's day is over: a guest of a new name
    assert again.json()["job_id"] != job_id


@pytest.mark.parametrize("overrides", [{"artifact_ttl_seconds": 600}])
def test_an_expired_download_of_the_same_guest_goes_on(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    etag = guest.head(status(guest, address, job_id)["download_url"]).headers["etag"]
    clock.advance(601)
    purge(context)
    expired = status(guest, address, job_id)
    assert (expired["status"], expired["download_url"]) == ("expired", None)
    again = guest.post(f"{address}/prepare", json={"format": "cbz"})
    assert (again.status_code, again.json()["job_id"], again.json()["status"]) == (
        202,
        job_id,
        "queued",
    )
    prepare_all(context)
    assert guest.head(status(guest, address, job_id)["download_url"]).headers["etag"] == etag


@pytest.mark.parametrize("overrides", [{"artifact_ttl_seconds": 600}])
def test_no_link_leads_to_a_file_whose_time_is_over(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    clock.advance(600)  # and somebody who fetches it keeps it from being purged
    over = status(guest, address, job_id)
    assert (over["status"], over["download_url"], over["expires_at"]) == ("ready", None, None)
    assert guest.get(prepare(guest, address)["download_url"]).status_code == 200


@pytest.mark.parametrize("overrides", [{"artifact_ttl_seconds": 600}])
def test_asking_again_keeps_the_file(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    clock.advance(500)
    prepare(guest, address)
    clock.advance(500)
    purge(context)
    assert status(guest, address, job_id)["status"] == "ready"


def test_guests_downloads_without_a_file_go_after_a_week(
    guest: TestClient, address: str, context: Context, clock: Clock
):
    prepare(guest, address)
    prepare_all(context)
    for _ in range(2):
        clock.advance(4 * 86400)
        purge(context)
    with context.db.read() as session:
        assert session.exec(select(Job)).all() == []


def test_links_live_no_longer_than_the_share(
    guest: TestClient, member: TestClient, comics: dict[str, str], context: Context
):
    address = shared(member, comics, expires_in_seconds=600)
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    ready = status(guest, address, job_id)
    assert ready["expires_at"] == guest.get(f"{address}/info").json()["expires_at"]


def test_known_damage_is_left_out_for_guests(
    guest: TestClient, member: TestClient, context: Context
):
    damaged = add_archive(context, "Hurt.cbz", page_count=3)
    damaged.write_bytes(damaged.read_bytes().replace(page_bytes(1)[60:90], b"\0" * 30))
    hurt = scan(context)["Hurt"]
    made = member.post("/api/v1/shares", json={"comic_ids": [hurt]}).json()
    address = "/api/v1/shares/" + made["url"].rpartition("/")[2]
    job = prepare(guest, address)
    prepare_all(context)
    assert (status(guest, address, job["job_id"])["status"], job["pages_total"]) == ("ready", 2)


def test_damage_of_a_comic_that_is_not_read_yet_is_left_out_for_guests(
    guest: TestClient, member: TestClient, context: Context
):
    damaged = add_archive(context, "Hurt.cbz", page_count=3)
    damaged.write_bytes(damaged.read_bytes().replace(page_bytes(1)[60:90], b"\0" * 30))
    request_scan(context)
    run_requested_scans(context, lambda: library_status(context).reading)
    (hurt,) = list_comics(context, ComicQuery("hurt")).items
    assert hurt.damaged_pages == 0
    made = member.post("/api/v1/shares", json={"comic_ids": [hurt.id]}).json()
    address = "/api/v1/shares/" + made["url"].rpartition("/")[2]
    job_id = prepare(guest, address)["job_id"]
    prepare_all(context)
    ready = status(guest, address, job_id)
    assert (ready["status"], ready["pages_total"]) == ("ready", 2)
