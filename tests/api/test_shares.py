"""Shares: made, listed and taken back by their owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import Job, Share
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import list_series
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing import shares as share_usecases

from .conftest import BASE_URL, Clock, Rings
from .library import add_archive, prepare_all, scan

SHARES = "/api/v1/shares"


@pytest.fixture
def archives() -> dict[str, int]:
    return {"Saga/Saga 001.cbz": 1, "Saga/Saga 002.cbz": 2, "Saga/Saga 003.cbz": 3, "Alone.cbz": 3}


def share(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post(SHARES, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def token_of(made: dict[str, Any]) -> str:
    return made["url"].rpartition("/")[2]


def prepared_by_guest(
    client: TestClient, made: dict[str, Any], format_name: str = "cbz"
) -> dict[str, Any]:
    answer = client.post(f"{SHARES}/{token_of(made)}/prepare", json={"format": format_name})
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()


def test_a_share_says_what_it_is_and_where(
    member: TestClient, comics: dict[str, str], clock: Clock
):
    answer = member.post(
        SHARES, json={"comic_ids": [comics["Alone"]], "password": "let me in", "max_downloads": 3}
    )
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{SHARES}/{made['id']}"
    assert member.get(answer.headers["location"]).json() == made
    assert made["url"].startswith(f"{BASE_URL}/s/v1.")
    assert made["comics"] == [{"id": comics["Alone"], "title": "Alone", "name": "Alone"}]
    assert (made["title"], made["has_password"], made["status"]) == ("Alone", True, "open")
    assert (made["max_downloads"], made["downloads_done"]) == (3, 0)
    assert made["formats"] == list(Format)
    assert made["reader"] is False
    assert made["expires_at"] == (clock.now + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    assert "let me in" not in answer.text


def test_no_other_keeps_the_address_of_a_share(member: TestClient, comics: dict[str, str]):
    made = member.post(SHARES, json={"comic_ids": [comics["Alone"]]})
    answers = (made, member.get(SHARES), member.get(made.headers["location"]))
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 3


def test_null_stands_for_what_was_left_out(member: TestClient, comics: dict[str, str]):
    names = ("series_id", "password", "expires_in_seconds", "max_downloads", "formats")
    explicit = share(member, comic_ids=[comics["Alone"]], **dict.fromkeys(names))
    plain = share(member, comic_ids=[comics["Alone"]])
    assert {**explicit, "id": plain["id"], "url": plain["url"]} == plain


def test_a_series_is_shared_as_it_is_now(
    member: TestClient, context: Context, comics: dict[str, str]
):
    series_id = list_series(context)[0].id
    made = share(member, series_id=series_id, formats=["pdf", "cbz", "pdf"])
    add_archive(context, "Saga/Saga 004.cbz")
    scan(context)
    found = member.get(f"{SHARES}/{made['id']}").json()
    assert (found["title"], len(found["comics"]), found["formats"]) == ("Saga", 3, ["cbz", "pdf"])


def test_several_comics_are_counted_in_the_title(member: TestClient, comics: dict[str, str]):
    assert share(member, comic_ids=list(comics.values()))["title"] == "4 comics"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "series_id": "x"}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE", "ALONE"]}, 422, "invalid_request"),
        ({"comic_ids": ["nothing"]}, 404, "not_found"),
        ({"series_id": "nothing"}, 404, "not_found"),
        ({"comic_ids": ["ALONE"], "password": "short"}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "expires_in_seconds": 59}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "expires_in_seconds": 366 * 86400}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "expires_in_seconds": 10**30}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "max_downloads": 0}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "max_downloads": 1_000_001}, 422, "invalid_request"),
        ({"comic_ids": ["ALONE"], "formats": []}, 422, "invalid_format"),
        ({"comic_ids": ["ALONE"], "formats": ["docx"]}, 422, "invalid_format"),
        ({"comic_ids": ["ALONE"], "max_download": 1}, 422, "invalid_request"),
    ],
)
def test_wishes_beyond_the_rules_are_refused(
    member: TestClient, comics: dict[str, str], body: dict[str, Any], status: int, code: str
):
    if "comic_ids" in body:
        body = {
            **body,
            "comic_ids": [
                comics["Alone"] if name == "ALONE" else name for name in body["comic_ids"]
            ],
        }
    answer = member.post(SHARES, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert member.get(SHARES).json()["total"] == 0


@pytest.mark.parametrize("overrides", [{"max_comics_per_job": 2}])
def test_a_share_has_no_more_comics_than_a_download(member: TestClient, comics: dict[str, str]):
    answer = member.post(SHARES, json={"comic_ids": list(comics.values())})
    assert answer.json()["code"] == "invalid_request"


def test_an_account_has_so_many_shares_at_most(
    member: TestClient, comics: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(share_usecases, "MAX_SHARES", 2)
    first, _ = (share(member, comic_ids=[comics["Alone"]]) for _ in range(2))
    assert member.post(SHARES, json={"comic_ids": [comics["Alone"]]}).status_code == 409
    member.delete(f"{SHARES}/{first['id']}")
    share(member, comic_ids=[comics["Alone"]])


def test_shares_are_listed_newest_first_in_pages(
    member: TestClient, comics: dict[str, str], clock: Clock
):
    made = []
    for _ in range(3):
        made.append(share(member, comic_ids=[comics["Alone"]])["id"])
        clock.advance(1)
    page = member.get(SHARES, params={"limit": 2, "offset": 1}).json()
    assert ([one["id"] for one in page["items"]], page["total"]) == ([made[1], made[0]], 3)
    assert (page["limit"], page["offset"]) == (2, 1)


def test_shares_are_for_their_member_alone(
    owner: TestClient, member: TestClient, visitor: TestClient, comics: dict[str, str]
):
    made = share(member, comic_ids=[comics["Alone"]])
    assert owner.get(SHARES).json()["total"] == 0
    assert owner.get(f"{SHARES}/{made['id']}").status_code == 404
    assert owner.delete(f"{SHARES}/{made['id']}").status_code == 404
    assert member.get(SHARES).json()["total"] == 1
    for answer in (
        visitor.get(SHARES),
        visitor.post(SHARES, json={}),
        visitor.delete(f"{SHARES}/{made['id']}"),
    ):
        assert answer.json()["code"] == "not_signed_in"


def test_revoking_kills_the_link_and_removes_what_guests_had(
    member: TestClient, visitor: TestClient, context: Context, comics: dict[str, str], rings: Rings
):
    made = share(member, comic_ids=[comics["Alone"]])
    ready = prepared_by_guest(visitor, made)
    prepare_all(context)
    url = visitor.get(f"{SHARES}/{token_of(made)}/status/{ready['job_id']}").json()["download_url"]
    waiting = prepared_by_guest(visitor, made, "pdf")
    assert visitor.head(url).status_code == 200
    rings_before = rings.jobs

    assert member.delete(f"{SHARES}/{made['id']}").status_code == 204

    assert member.delete(f"{SHARES}/{made['id']}").status_code == 404
    assert member.get(SHARES).json()["total"] == 0
    assert visitor.get(url).json()["code"] == "link_invalid"
    for job in (ready, waiting):
        assert (
            visitor.get(f"{SHARES}/{token_of(made)}/status/{job['job_id']}").json()["code"]
            == "link_invalid"
        )
    assert (
        visitor.post(f"{SHARES}/{token_of(made)}/prepare", json={"format": "cbz"}).json()["code"]
        == "link_invalid"
    )
    assert list(context.blobs.list("artifacts/")) == []
    assert rings.jobs == rings_before + 1
    assert member.get("/api/v1/me").json()["storage_used_bytes"] == 0


def test_revoking_leaves_the_members_own_copy(
    member: TestClient, visitor: TestClient, context: Context, comics: dict[str, str]
):
    member.post("/api/v1/downloads", json={"comic_ids": [comics["Alone"]], "format": "cbz"})
    prepare_all(context)
    made = share(member, comic_ids=[comics["Alone"]])
    assert prepared_by_guest(visitor, made)["status"] == "ready"  # the same file
    member.delete(f"{SHARES}/{made['id']}")
    assert len(list(context.blobs.list("artifacts/"))) == 1
    assert member.get("/api/v1/downloads").json()["items"][0]["status"] == "ready"


def test_an_expired_share_is_listed_for_a_month(
    member: TestClient, visitor: TestClient, context: Context, comics: dict[str, str], clock: Clock
):
    made = share(member, comic_ids=[comics["Alone"]], expires_in_seconds=60)
    prepared_by_guest(visitor, made)
    prepare_all(context)
    clock.advance(60)
    assert member.get(SHARES).json()["items"][0]["status"] == "expired"
    assert visitor.get(f"{SHARES}/{token_of(made)}/info").json()["code"] == "link_expired"
    clock.advance(29 * 86400)
    purge(context)
    assert share_usecases.list_shares(context, user_of(context))[1] == 1
    clock.advance(2 * 86400)
    purge(context)
    with context.db.read() as session:
        assert (session.exec(select(Share)).all(), session.exec(select(Job)).all()) == ([], [])


def user_of(context: Context) -> str:
    with context.db.read() as session:
        return session.exec(select(Share)).one().user_id


def test_what_is_left_of_a_revoked_share_goes_after_a_day(
    member: TestClient, visitor: TestClient, context: Context, comics: dict[str, str], clock: Clock
):
    made = share(member, comic_ids=[comics["Alone"]])
    prepared_by_guest(visitor, made)
    member.delete(f"{SHARES}/{made['id']}")
    clock.advance(86400 + 1)
    purge(context)
    with context.db.read() as session:
        assert (session.exec(select(Share)).all(), session.exec(select(Job)).all()) == ([], [])


def test_shares_go_with_their_account(
    owner: TestClient,
    member: TestClient,
    visitor: TestClient,
    context: Context,
    comics: dict[str, str],
):
    made = share(member, comic_ids=[comics["Alone"]])
    prepared_by_guest(visitor, made)
    prepare_all(context)
    assert owner.delete(f"/api/v1/users/{member.get('/api/v1/me').json()['id']}").status_code == 204
    assert visitor.get(f"{SHARES}/{token_of(made)}/info").json()["code"] == "link_invalid"
    assert list(context.blobs.list("artifacts/")) == []
