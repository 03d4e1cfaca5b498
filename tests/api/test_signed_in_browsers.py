"""The browsers that an account is signed in with, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from comic_downloads.domain.browser_name import browser_name

from .conftest import PASSWORD, Clock

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def signed_in(client: TestClient, user_agent: str) -> TestClient:
    client.headers["User-Agent"] = user_agent
    credentials = {"username": "mika", "password": PASSWORD}
    assert client.post("/api/v1/session", json=credentials).status_code == 204
    return client


def sessions(client: TestClient) -> list[dict]:
    return client.get("/api/v1/me/sessions").json()["items"]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Android"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("curl/8.14.1", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "A browser on Linux"),
        ("", ""),
        ("something else", ""),
    ],
)
def test_browser_is_named_as_people_call_it(user_agent: str, name: str):
    assert browser_name(user_agent) == name


def test_browsers_are_listed_by_their_last_use(
    member: TestClient, new_guest: Callable[..., TestClient], clock: Clock
):
    clock.advance(60)
    phone = signed_in(new_guest(), FIREFOX)
    listed = sessions(phone)
    assert [(one["browser"], one["is_current"]) for one in listed] == [
        ("Firefox on Android", True),
        ("", False),
    ]
    clock.advance(2 * 3600)
    member.get("/api/v1/me")
    assert [one["is_current"] for one in sessions(member)] == [True, False]


def test_one_browser_is_signed_out_and_the_others_stay(
    member: TestClient, new_guest: Callable[..., TestClient]
):
    phone, desk = signed_in(new_guest(), FIREFOX), signed_in(new_guest(), EDGE)
    ids = {one["browser"]: one["id"] for one in sessions(phone)}
    assert phone.delete(f"/api/v1/me/sessions/{ids['Edge on Windows']}").status_code == 204
    assert desk.get("/api/v1/me").status_code == 401
    assert member.get("/api/v1/me").status_code == phone.get("/api/v1/me").status_code == 200
    assert phone.delete(f"/api/v1/me/sessions/{ids['Edge on Windows']}").status_code == 404


def test_all_other_browsers_are_signed_out_and_tokens_stay(
    member: TestClient, new_guest: Callable[..., TestClient]
):
    secret = member.post("/api/v1/tokens", json={"name": "script"}).json()["secret"]
    phone = signed_in(new_guest(), FIREFOX)
    assert phone.delete("/api/v1/me/sessions").status_code == 204
    assert member.get("/api/v1/me").status_code == 401
    assert len(sessions(phone)) == 1
    script = new_guest()
    script.headers["Authorization"] = f"Bearer {secret}"
    assert script.get("/api/v1/me").status_code == 200


def test_nobody_sees_or_ends_the_browsers_of_others(owner: TestClient, member: TestClient):
    [own] = sessions(member)
    assert own["id"] not in {one["id"] for one in sessions(owner)}
    assert owner.delete(f"/api/v1/me/sessions/{own['id']}").status_code == 404
    assert member.get("/api/v1/me").status_code == 200
