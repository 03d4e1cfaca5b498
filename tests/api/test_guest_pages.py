"""The pages of shares as far as HTTP goes: what else they load, regardless of who built them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from comic_downloads.db.session import Database
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api
from tests.waiting import free_port

from .conftest import BASE_URL, Clock
from .library import add_archive, scan
from .test_shares import share, token_of


@pytest.fixture
def comic_id(context) -> str:
    add_archive(context, "Alone.cbz")
    return scan(context)["Alone"]


def test_page_of_a_share_brings_the_guests_cookie_once(
    guest: TestClient, member: TestClient, comic_id: str
):
    made = share(member, comic_ids=[comic_id])
    cookie = guest.get(f"/s/{token_of(made)}").headers["set-cookie"]
    assert cookie.startswith(f"share_{made['id']}=v1.")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "set-cookie" not in guest.get(f"/s/{token_of(made)}/").headers


def test_page_of_a_share_with_a_password_brings_none(
    guest: TestClient, member: TestClient, comic_id: str
):
    made = share(member, comic_ids=[comic_id], password="speak, friend")
    assert "set-cookie" not in guest.get(f"/s/{token_of(made)}").headers


@pytest.mark.parametrize("password", ["", "speak, friend"])
def test_page_renews_a_cookie_past_half_its_life(
    guest: TestClient, member: TestClient, comic_id: str, clock: Clock, password: str
):
    made = share(member, comic_ids=[comic_id], password=password)
    page, below = f"/s/{token_of(made)}", f"/api/v1/shares/{token_of(made)}"
    guest.post(f"{below}/unlock", json={"password": password})
    job = guest.post(f"{below}/prepare", json={"format": "cbz"}).json()
    for hours, renewed in ((11, False), (2, True), (11, False), (12, True)):
        clock.advance(hours * 3600)
        assert ("set-cookie" in guest.get(page).headers) == renewed
    assert guest.get(f"{below}/status/{job['job_id']}").status_code == 200  # it is the same guest


def test_page_renews_no_cookie_that_ends_with_its_share(
    guest: TestClient, member: TestClient, comic_id: str, clock: Clock
):
    made = share(member, comic_ids=[comic_id], expires_in_seconds=600)
    assert "Max-Age=600" in guest.get(f"/s/{token_of(made)}").headers["set-cookie"]
    clock.advance(500)
    assert "set-cookie" not in guest.get(f"/s/{token_of(made)}").headers


def test_page_comes_without_a_cookie_while_the_database_is_away(
    member: TestClient, comic_id: str, context: Context, caplog: pytest.LogCaptureFixture
):
    page = f"/s/{token_of(share(member, comic_ids=[comic_id]))}"
    away = replace(
        context, db=Database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/comics")
    )
    with TestClient(create_api(away), base_url=BASE_URL, raise_server_exceptions=False) as client:
        answer = client.get(page)
        unknown = client.get("/s/v1.nonsense")
    assert answer.status_code == unknown.status_code < 500
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer.headers
    assert "Guest cookie could not be set" in caplog.text


@pytest.mark.parametrize("token", ["v1.nonsense", "x", "%00"])
def test_page_of_an_unknown_share_brings_none(guest: TestClient, token: str):
    assert "set-cookie" not in guest.get(f"/s/{token}").headers


def test_page_of_a_share_is_kept_from_search_engines_and_other_sites(guest: TestClient):
    headers = guest.get("/s/v1.nonsense").headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["cache-control"] == "private, no-cache"
    assert guest.get("/downloads").headers["referrer-policy"] == "same-origin"


def test_base_url_is_not_a_guests_page(guest: TestClient):
    assert "x-robots-tag" not in guest.get(f"{BASE_URL}/s/").headers
