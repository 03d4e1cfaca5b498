"""Shares that are changed after they were made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.db.shares import count_downloads
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.context import Context

from .conftest import Clock
from .sharing import ARCHIVES, code, prepare

SHARES = "/api/v1/shares"


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


@pytest.fixture
def made(member: TestClient, comics: dict[str, str]) -> dict[str, Any]:
    body = {"comic_ids": [comics["Alone"]], "password": "open sesame", "max_downloads": 1}
    answer = member.post(SHARES, json={**body, "formats": ["cbz"], "reader": True})
    assert answer.status_code == 201
    return answer.json()


def change(member: TestClient, made: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = member.patch(f"{SHARES}/{made['id']}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert member.get(f"{SHARES}/{made['id']}").json() == answer.json()
    return answer.json()


def guests_address(made: dict[str, Any]) -> str:
    return f"{SHARES}/{made['url'].rpartition('/')[2]}"


def test_only_what_is_named_changes(member: TestClient, made: dict[str, Any]):
    assert change(member, made) == change(member, made, title=None) == made
    assert change(member, made, title="  For \n Ada ") == {**made, "title": "For Ada"}
    assert change(member, made, max_downloads=5, formats=["pdf", "cbz"], reader=False) == {
        **made,
        "title": "For Ada",
        "max_downloads": 5,
        "formats": ["cbz", "pdf"],
        "reader": False,
    }


def test_null_stands_for_the_same_as_in_a_new_share(
    member: TestClient, made: dict[str, Any], clock: Clock
):
    clock.advance(60)
    names = ("password", "expires_in_seconds", "max_downloads", "formats", "reader")
    changed = change(member, made, **dict.fromkeys(names))
    assert changed == {
        **made,
        "has_password": False,
        "max_downloads": None,
        "formats": list(Format),
        "reader": False,
        "expires_at": (clock.now + timedelta(days=7)).isoformat().replace("+00:00", "Z"),
    }


def test_guests_have_to_enter_the_new_password(
    member: TestClient, visitor: TestClient, made: dict[str, Any]
):
    address = guests_address(made)
    assert visitor.post(f"{address}/unlock", json={"password": "open sesame"}).is_success
    assert visitor.get(f"{address}/info").status_code == 200
    change(member, made, password="close sesame")
    assert code(visitor.get(f"{address}/info")) == (401, "password_required")
    old = visitor.post(f"{address}/unlock", json={"password": "open sesame"})
    assert code(old) == (401, "invalid_credentials")
    assert visitor.post(f"{address}/unlock", json={"password": "close sesame"}).is_success
    assert visitor.get(f"{address}/info").status_code == 200


def test_a_new_end_opens_an_expired_share(
    member: TestClient, visitor: TestClient, made: dict[str, Any], clock: Clock
):
    change(member, made, password=None, expires_in_seconds=60)
    clock.advance(60)
    assert code(visitor.get(f"{guests_address(made)}/info")) == (410, "link_expired")
    assert change(member, made, expires_in_seconds=60)["status"] == "open"
    assert visitor.get(f"{guests_address(made)}/info").status_code == 200


def test_a_higher_limit_opens_a_share_that_is_used_up(
    member: TestClient, visitor: TestClient, made: dict[str, Any], context: Context
):
    change(member, made, password=None)
    address = guests_address(made)
    with context.db.write() as session:
        count_downloads(session, made["id"], 1)
    again = {"format": "cbz", "quality": "720p"}
    assert code(visitor.post(f"{address}/prepare", json=again)) == (410, "share_used_up")
    changed = change(member, made, max_downloads=2)
    assert (changed["status"], changed["downloads_done"]) == ("open", 1)
    assert visitor.post(f"{address}/prepare", json=again).status_code == 202


def test_guests_choose_among_the_new_formats(
    member: TestClient, visitor: TestClient, made: dict[str, Any]
):
    change(member, made, password=None, formats=["pdf"])
    answer = visitor.post(f"{guests_address(made)}/prepare", json={"format": "cbz"})
    assert answer.status_code == 422
    assert prepare(visitor, guests_address(made), "pdf")["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"title": " "}, "invalid_request"),
        ({"title": "x" * 201}, "invalid_request"),
        ({"title": "\x00"}, "invalid_request"),
        ({"password": "short"}, "invalid_request"),
        ({"expires_in_seconds": 59}, "invalid_request"),
        ({"max_downloads": 0}, "invalid_request"),
        ({"formats": []}, "invalid_format"),
        ({"formats": ["docx"]}, "invalid_format"),
        ({"comic_ids": []}, "invalid_request"),
    ],
)
def test_what_breaks_the_rules_changes_nothing(
    member: TestClient, made: dict[str, Any], body: dict[str, Any], error: str
):
    answer = member.patch(f"{SHARES}/{made['id']}", json={"reader": False, **body})
    assert code(answer) == (422, error)
    assert member.get(f"{SHARES}/{made['id']}").json() == made


def test_strangers_change_nothing(
    owner: TestClient, visitor: TestClient, member: TestClient, made: dict[str, Any]
):
    body = {"title": "Mine"}
    assert code(owner.patch(f"{SHARES}/{made['id']}", json=body)) == (404, "not_found")
    assert code(visitor.patch(f"{SHARES}/{made['id']}", json=body)) == (401, "not_signed_in")
    assert member.get(f"{SHARES}/{made['id']}").json() == made


def test_who_may_no_longer_share_can_only_take_back(
    owner: TestClient, member: TestClient, made: dict[str, Any]
):
    account = member.get("/api/v1/me").json()["id"]
    limits = {"permissions": ["download"], "storage_quota_bytes": None}
    assert owner.put(f"/api/v1/users/{account}/limits", json=limits).is_success
    answer = member.patch(f"{SHARES}/{made['id']}", json={"expires_in_seconds": 3600})
    assert answer.status_code == 403
    assert member.delete(f"{SHARES}/{made['id']}").status_code == 204
