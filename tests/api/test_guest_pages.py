"""The pages of shares as far as HTTP goes: what else they bring, whoever builds them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from .conftest import BASE_URL
from .library import add_archive, scan
from .test_shares import share, token_of


@pytest.fixture
def comic_id(context) -> str:
    add_archive(context, "Alone.cbz")
    return scan(context)["Alone"]


def test_page_of_a_share_brings_the_guests_cookie_once(guest: TestClient, member: TestClient, comic_id: str):
    made = share(member, comic_ids=[comic_id])
    cookie = guest.get(f"/s/{token_of(made)}").headers["set-cookie"]
    assert cookie.startswith(f"share_{made['id']}=v1.")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "set-cookie" not in guest.get(f"/s/{token_of(made)}/").headers


def test_page_of_a_share_with_a_password_brings_none(guest: TestClient, member: TestClient, comic_id: str):
    made = share(member, comic_ids=[comic_id], password="speak, friend")
    assert "set-cookie" not in guest.get(f"/s/{token_of(made)}").headers


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
