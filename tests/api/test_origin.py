"""What other websites may not make a browser do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .conftest import BASE_URL, PASSWORD

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://evil.example/page"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": BASE_URL + ".evil.example"},
    {"Origin": "https://evil.example", "Authorization": "Bearer whatever"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_change_from_another_site_is_refused(owner: TestClient, headers: dict[str, str]):
    answer = owner.post("/api/v1/tokens", json={"name": "stolen"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")
    assert owner.get("/api/v1/tokens").json()["total"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": BASE_URL},
        {"Referer": f"{BASE_URL}/downloads"},
        {"Host": "192.168.1.5:3000", "Origin": "http://192.168.1.5:3000"},
        {},
    ],
)
def test_change_from_our_own_pages_is_carried_out(owner: TestClient, headers: dict[str, str]):
    if "Host" in headers:  # the cookie jar would keep the cookie from another host
        headers = {**headers, "Cookie": f"session={owner.cookies['session']}"}
    assert owner.post("/api/v1/tokens", json={"name": "mine"}, headers=headers).status_code == 201


def test_sign_in_from_another_site_is_refused(owner: TestClient, visitor: TestClient):
    answer = visitor.post(
        "/api/v1/session",
        json={"username": "olga", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


def test_access_token_without_cookie_may_come_from_anywhere(
    owner: TestClient, visitor: TestClient, context: Context
):
    secret = owner.post("/api/v1/tokens", json={"name": "app"}).json()["secret"]
    headers = {"Authorization": f"Bearer {secret}", "Origin": "https://app.example"}
    assert (
        visitor.post("/api/v1/tokens", json={"name": "second"}, headers=headers).status_code == 201
    )


def test_reading_is_not_hindered(owner: TestClient):
    assert owner.get("/api/v1/me", headers={"Origin": "https://evil.example"}).status_code == 200


def test_every_answer_carries_the_protective_headers(visitor: TestClient):
    headers = visitor.get("/api/v1/me").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
