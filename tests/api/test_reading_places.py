"""Where each account is in a comic, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .conftest import Clock
from .library import add_archive, scan
from .sharing import code


@pytest.fixture
def address(context: Context) -> str:
    add_archive(context, "Alone.cbz", 3)
    return f"/api/v1/comics/{scan(context)['Alone']}/place"


def test_place_is_kept_for_each_account(
    owner: TestClient, member: TestClient, address: str, clock: Clock
):
    assert code(member.get(address)) == (404, "not_found")
    kept = member.put(address, json={"page_index": 1})
    assert (kept.status_code, kept.json()["page_index"]) == (200, 1)
    clock.advance(60)
    later = member.put(address, json={"page_index": 2}).json()
    assert later["read_at"] > kept.json()["read_at"]
    assert member.get(address).json() == later
    assert owner.get(address).status_code == 404
    assert member.delete(address).status_code == 204
    assert member.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [({"page_index": 3}, "has 3 pages"), ({"page_index": -1}, "greater"), ({}, "required")],
)
def test_page_that_the_comic_does_not_have_is_refused(
    member: TestClient, address: str, body: dict[str, Any], words: str
):
    answer = member.put(address, json=body)
    assert answer.status_code == 422
    assert words in answer.text
    assert member.get(address).status_code == 404


def test_unknown_comic_has_no_place(member: TestClient, address: str):
    answer = member.put("/api/v1/comics/nothing/place", json={"page_index": 0})
    assert code(answer) == (404, "not_found")


def test_place_stays_when_the_comic_is_renamed(member: TestClient, address: str, context: Context):
    member.put(address, json={"page_index": 2}).raise_for_status()
    library = context.settings.library
    (library / "Alone.cbz").rename(library / "Alone 2.cbz")
    scan(context)
    assert member.get(address).json()["page_index"] == 2


def test_removed_member_leaves_no_place(
    owner: TestClient, member: TestClient, address: str, context: Context
):
    member.put(address, json={"page_index": 2}).raise_for_status()
    user_id = member.get("/api/v1/me").json()["id"]
    assert owner.delete(f"/api/v1/users/{user_id}").status_code == 204
    with context.db.writing_connection() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM reading_place").scalar_one()
    assert count == 0
