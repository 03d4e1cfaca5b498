"""Signing in and out, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import BrowserSession, SignInTicket
from comic_downloads.usecases.accounts.setup import SetupRequest
from comic_downloads.usecases.accounts.sign_in import issue_owner_ticket, issue_ticket
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, PASSWORD, Clock

OLGA = {"username": "olga", "password": PASSWORD}


def session_cookie(answer) -> SimpleCookie:
    """Return the session cookie, which the answer sets beside others."""
    lines = answer.headers.get_list("set-cookie")
    return SimpleCookie(next(line for line in lines if line.startswith("session=")))


def test_session_cookie_is_kept_from_scripts_and_other_sites(
    owner: TestClient, visitor: TestClient, context: Context
):
    answer = visitor.post("/api/v1/session", json=OLGA)
    cookie = session_cookie(answer)["session"]
    assert (answer.status_code, answer.content) == (204, b"")
    assert cookie["httponly"] and not cookie["secure"]
    assert (cookie["samesite"].lower(), cookie["path"]) == ("lax", "/")
    assert int(cookie["max-age"]) == context.settings.session_ttl_seconds


def test_session_cookie_is_secure_over_https(owner: TestClient, context: Context):
    over_https = replace(
        context, settings=context.settings.model_copy(update={"base_url": "https://comics.test"})
    )
    client = TestClient(create_api(over_https), base_url="https://comics.test")
    assert session_cookie(client.post("/api/v1/session", json=OLGA))["session"]["secure"]


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({"Host": "192.168.1.5:3000", "Origin": "http://192.168.1.5:3000"}, False),
        ({"Host": "nas.local", "X-Forwarded-Proto": "https"}, True),
        ({"Host": "comics.test"}, True),
        ({"Host": "comics.test", "X-Forwarded-Proto": "http"}, True),
    ],
)
def test_session_cookie_is_kept_at_another_address_without_https(
    owner: TestClient, context: Context, headers: dict[str, str], secure: bool
):
    over_https = replace(
        context, settings=context.settings.model_copy(update={"base_url": "https://comics.test"})
    )
    client = TestClient(create_api(over_https))
    answer = client.post("/api/v1/session", json=OLGA, headers=headers)
    assert bool(session_cookie(answer)["session"]["secure"]) is secure
    ended = client.delete("/api/v1/session", headers=headers)
    assert bool(session_cookie(ended)["session"]["secure"]) is secure


def test_only_hashes_of_secrets_are_stored(owner: TestClient, context: Context):
    ticket = issue_ticket(context, "olga", PASSWORD, "10.0.0.1")
    with context.db.read() as session:
        tables = (BrowserSession, SignInTicket)
        stored = [
            token_hash for table in tables for token_hash in session.exec(select(table.token_hash))
        ]
    assert len(stored) == 2
    assert not {owner.cookies["session"], ticket} & set(stored)


@pytest.mark.parametrize(
    "credentials", [{**OLGA, "password": "wrong horse"}, {**OLGA, "username": "nobody"}]
)
def test_wrong_credentials_are_refused_in_the_same_words(
    owner: TestClient, visitor: TestClient, credentials: dict
):
    answer = visitor.post("/api/v1/session", json=credentials)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Cookie")
    assert answer.json()["code"] == "invalid_credentials"
    assert answer.json()["detail"] == "Wrong username or password."
    assert "set-cookie" not in answer.headers


def test_username_is_the_same_in_upper_and_lower_case(owner: TestClient, visitor: TestClient):
    assert visitor.post("/api/v1/session", json={**OLGA, "username": "OLGA"}).status_code == 204


def test_repeated_failures_must_wait_and_then_may_try_again(
    owner: TestClient, visitor: TestClient, clock: Clock
):
    wrong = {**OLGA, "password": "wrong horse"}
    assert {visitor.post("/api/v1/session", json=wrong).status_code for _ in range(5)} == {401}
    answer = visitor.post("/api/v1/session", json=OLGA)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    clock.advance(int(answer.headers["retry-after"]))
    assert visitor.post("/api/v1/session", json=OLGA).status_code == 204


def test_waits_grow_with_every_failure_and_end_with_the_window(
    owner: TestClient, visitor: TestClient, clock: Clock
):
    wrong = {**OLGA, "password": "wrong horse"}
    waits = []
    for _ in range(9):
        visitor.post("/api/v1/session", json=wrong)
        refused = visitor.post("/api/v1/session", json=wrong)
        if refused.status_code == 429:
            waits.append(int(refused.headers["retry-after"]))
            clock.advance(waits[-1])
    assert waits == sorted(waits) and waits[-1] > 4 * waits[0]
    clock.advance(15 * 60)
    assert visitor.post("/api/v1/session", json=wrong).status_code == 401


def test_unknown_names_are_throttled_like_known_ones(visitor: TestClient):
    statuses = [
        visitor.post("/api/v1/session", json={**OLGA, "username": "ghost"}).status_code
        for _ in range(6)
    ]
    assert statuses == [401] * 5 + [429]


def test_a_network_is_throttled_over_many_names(owner: TestClient, visitor: TestClient):
    statuses = [
        visitor.post("/api/v1/session", json={**OLGA, "username": f"ghost{n}"}).status_code
        for n in range(21)
    ]
    assert statuses == [401] * 20 + [429]


def test_a_stranger_who_guesses_does_not_lock_out_the_owner(
    owner: TestClient, visitor: TestClient, context: Context
):
    stranger = TestClient(create_api(context), base_url=BASE_URL, client=("203.0.113.7", 50000))
    statuses = [
        stranger.post("/api/v1/session", json={**OLGA, "password": f"guess {n} …"}).status_code
        for n in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    assert visitor.post("/api/v1/session", json=OLGA).status_code == 204


def test_one_name_guessed_from_many_networks_is_throttled(owner: TestClient, context: Context):
    statuses = []
    for number in range(51):
        stranger = TestClient(
            create_api(context), base_url=BASE_URL, client=(f"2001:db8:0:{number:x}::1", 50000)
        )
        statuses.append(
            stranger.post("/api/v1/session", json={**OLGA, "password": "wrong horse"}).status_code
        )
    assert statuses == [401] * 50 + [429]


def test_addresses_of_one_ipv6_network_are_one(owner: TestClient, context: Context):
    statuses = []
    for number in range(6):
        stranger = TestClient(
            create_api(context), base_url=BASE_URL, client=(f"2001:db8::{number:x}", 50000)
        )
        statuses.append(
            stranger.post("/api/v1/session", json={**OLGA, "password": "wrong horse"}).status_code
        )
    assert statuses == [401] * 5 + [429]


def test_failures_of_one_account_do_not_lock_out_another(member: TestClient, visitor: TestClient):
    for _ in range(6):
        visitor.post("/api/v1/session", json={**OLGA, "password": "wrong horse"})
    assert visitor.post("/api/v1/session", json={**OLGA, "username": "mika"}).status_code == 204


def test_many_attempts_at_once_cannot_slip_past_the_limit(owner: TestClient, context: Context):
    client = TestClient(create_api(context), base_url=BASE_URL)
    with ThreadPoolExecutor(12) as threads:
        attempts = range(12)
        statuses = list(
            threads.map(
                lambda n: (
                    client.post(
                        "/api/v1/session", json={**OLGA, "password": f"guess {n} …"}
                    ).status_code
                ),
                attempts,
            )
        )
    assert statuses.count(401) == 5
    assert statuses.count(429) == 7


def test_signing_out_ends_the_session_on_the_server(owner: TestClient, visitor: TestClient):
    token = owner.cookies["session"]
    assert owner.delete("/api/v1/session").status_code == 204
    visitor.cookies.set("session", token)
    assert visitor.get("/api/v1/me").status_code == 401


def test_signing_out_without_a_session_is_no_error(visitor: TestClient):
    assert visitor.delete("/api/v1/session").status_code == 204


def test_a_session_ends_by_itself(owner: TestClient, clock: Clock, context: Context):
    clock.advance(context.settings.session_ttl_seconds - 1)
    assert owner.get("/api/v1/me").status_code == 200
    clock.advance(2)
    assert owner.get("/api/v1/me").status_code == 401


def test_me_tells_what_the_account_has_in_use(owner: TestClient, context: Context):
    me = owner.get("/api/v1/me").json()
    assert me["username"] == "olga"
    assert (me["storage_used_bytes"], me["storage_quota_bytes"], me["active_downloads"]) == (
        0,
        0,
        0,
    )
    assert me["max_active_downloads"] == context.settings.max_active_per_user


def test_changing_the_password_ends_the_other_sessions(owner: TestClient, visitor: TestClient):
    visitor.post("/api/v1/session", json=OLGA)
    body = {"current_password": PASSWORD, "new_password": "battery staple"}
    assert owner.put("/api/v1/me/password", json=body).status_code == 204
    assert owner.get("/api/v1/me").status_code == 200
    assert visitor.get("/api/v1/me").status_code == 401
    assert visitor.post("/api/v1/session", json=OLGA).status_code == 401
    assert (
        visitor.post("/api/v1/session", json={**OLGA, "password": "battery staple"}).status_code
        == 204
    )


def test_changing_the_password_needs_the_current_one(owner: TestClient):
    body = {"current_password": "a guess", "new_password": "battery staple"}
    codes = [owner.put("/api/v1/me/password", json=body).json()["code"] for _ in range(6)]
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"]


def test_ticket_is_turned_into_the_cookie_once(context: Context, visitor: TestClient):
    request = SetupRequest("olga", PASSWORD, network="127.0.0.1", is_local=True)
    ticket = issue_owner_ticket(context, request)
    answer = visitor.get(
        f"/auth/ticket/{ticket}", params={"next": "/downloads?tab=done"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/downloads?tab=done")
    assert session_cookie(answer)["session"]["httponly"]
    assert visitor.get("/api/v1/me").json()["username"] == "olga"
    again = visitor.get(f"/auth/ticket/{ticket}", follow_redirects=False)
    assert (again.status_code, again.json()["code"]) == (404, "link_invalid")


def test_ticket_is_void_after_a_minute(
    owner: TestClient, context: Context, visitor: TestClient, clock: Clock
):
    ticket = issue_ticket(context, "olga", PASSWORD, "10.0.0.1")
    clock.advance(61)
    assert visitor.get(f"/auth/ticket/{ticket}", follow_redirects=False).status_code == 404


def test_ticket_is_refused_when_another_site_brings_it(
    owner: TestClient, context: Context, visitor: TestClient
):
    ticket = issue_ticket(context, "olga", PASSWORD, "10.0.0.1")
    answer = visitor.get(
        f"/auth/ticket/{ticket}", headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


@pytest.mark.parametrize(
    "next_address",
    [
        *(
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
        ),
        *("javascript:alert(1)", "/a\r\nSet-Cookie: x=y"),
    ],
)
def test_ticket_never_leads_to_another_site(
    owner: TestClient, context: Context, visitor: TestClient, next_address: str
):
    ticket = issue_ticket(context, "olga", PASSWORD, "10.0.0.1")
    answer = visitor.get(
        f"/auth/ticket/{ticket}", params={"next": next_address}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


def test_sign_out_form_ends_the_session_and_leads_on(owner: TestClient):
    answer = owner.post(
        "/auth/sign-out?next=/sign-in", headers={"Origin": BASE_URL}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert owner.get("/api/v1/me").status_code == 401
