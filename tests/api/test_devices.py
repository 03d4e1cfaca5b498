"""A browser that has signed in before is not locked out by strangers who guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.accounts.devices import LIFETIME
from comic_downloads.usecases.accounts.rate_limit import FREE_FAILURES, FREE_FAILURES_OF_ACCOUNT
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, PASSWORD, Clock
from .sharing import ARCHIVES, code, shared

OLGA = {"username": "olga", "password": PASSWORD}
WRONG = {**OLGA, "password": "wrong horse"}
SHARE_PASSWORD = "speak, friend"

NewClient = Callable[[int], TestClient]


@pytest.fixture
def client_from(context: Context) -> NewClient:
    """Return a function that opens a client in the network of this number."""

    def new(network: int) -> TestClient:
        peer = f"2001:db8:0:{network:x}::1"
        return TestClient(create_api(context), base_url=BASE_URL, client=(peer, 50000))

    return new


def guess(client_from: NewClient, address: str, body: dict[str, str]) -> None:
    """Fail from so many networks that the account or share is throttled for strangers."""
    statuses = {
        client_from(number).post(address, json=body).status_code
        for number in range(FREE_FAILURES_OF_ACCOUNT)
    }
    assert statuses == {401}


def sign_in(client: TestClient, body: dict[str, str] = OLGA) -> int:
    return client.post("/api/v1/session", json=body).status_code


def test_strangers_guesses_hold_up_strangers_and_not_a_known_browser(
    owner: TestClient, client_from: NewClient
):
    known = client_from(1000)
    assert sign_in(known) == 204
    known.delete("/api/v1/session")

    guess(client_from, "/api/v1/session", WRONG)

    assert sign_in(client_from(1001)) == 429
    assert sign_in(known) == 204


def test_guesses_from_the_same_network_do_not_hold_up_a_known_browser(
    owner: TestClient, client_from: NewClient
):
    known, stranger = client_from(1000), client_from(1000)
    sign_in(known)
    assert [sign_in(stranger, WRONG) for _ in range(FREE_FAILURES + 1)][-1] == 429
    assert sign_in(known) == 204


def test_known_browser_that_guesses_is_held_up_by_its_own_failures(
    owner: TestClient, client_from: NewClient, clock: Clock
):
    known, other = client_from(1000), client_from(1001)
    assert {sign_in(known), sign_in(other)} == {204}
    assert [sign_in(known, WRONG) for _ in range(FREE_FAILURES)] == [401] * FREE_FAILURES
    refused = known.post("/api/v1/session", json=OLGA)
    assert code(refused) == (429, "rate_limited")
    assert sign_in(other) == 204
    clock.advance(int(refused.headers["retry-after"]))
    assert sign_in(known) == 204


def test_known_browser_may_change_its_password_while_strangers_guess(
    owner: TestClient, client_from: NewClient
):
    known = client_from(1000)
    sign_in(known)
    guess(client_from, "/api/v1/session", WRONG)
    body = {"current_password": PASSWORD, "new_password": "battery staple"}
    assert known.put("/api/v1/me/password", json=body).status_code == 204
    # Its own cookie is renewed, so that it stays known.
    known.delete("/api/v1/session")
    assert sign_in(known, {**OLGA, "password": "battery staple"}) == 204


def test_change_of_the_password_forgets_the_other_browsers(
    owner: TestClient, client_from: NewClient
):
    known = client_from(1000)
    sign_in(known)
    body = {"current_password": PASSWORD, "new_password": "battery staple"}
    owner.put("/api/v1/me/password", json=body)
    guess(client_from, "/api/v1/session", WRONG)
    assert sign_in(known, {**OLGA, "password": "battery staple"}) == 429


def test_known_browser_of_one_account_is_a_stranger_to_another(
    member: TestClient, client_from: NewClient
):
    known = client_from(1000)
    assert sign_in(known, {**OLGA, "username": "mika"}) == 204
    guess(client_from, "/api/v1/session", WRONG)
    assert sign_in(known) == 429
    (name,) = (name for name in known.cookies if name.startswith("device_"))
    olga_id = member.post("/api/v1/session", json=OLGA) and member.get("/api/v1/me").json()["id"]
    known.cookies.set(f"device_{olga_id}", known.cookies[name])
    assert sign_in(known) == 429


def test_browser_is_known_for_a_year(owner: TestClient, client_from: NewClient, clock: Clock):
    known = client_from(1000)
    sign_in(known)
    device = {name: value for name, value in known.cookies.items() if name.startswith("device_")}
    clock.advance(LIFETIME.total_seconds())
    guess(client_from, "/api/v1/session", WRONG)
    known.cookies.clear()
    known.cookies.update(device)
    assert sign_in(known) == 429


@pytest.mark.parametrize("base_url", [BASE_URL, "https://comics.test"])
def test_cookie_is_kept_from_scripts_and_other_sites(
    owner: TestClient, context: Context, base_url: str
):
    settings = context.settings.model_copy(update={"base_url": base_url})
    client = TestClient(create_api(replace(context, settings=settings)), base_url=base_url)
    lines = client.post("/api/v1/session", json=OLGA).headers.get_list("set-cookie")
    ((name, cookie),) = SimpleCookie(
        next(line for line in lines if line.startswith("device_"))
    ).items()
    assert name == f"device_{owner.get('/api/v1/me').json()['id']}"
    assert cookie["httponly"] and bool(cookie["secure"]) == base_url.startswith("https")
    assert (cookie["samesite"].lower(), cookie["path"]) == ("lax", "/")
    assert int(cookie["max-age"]) == LIFETIME.total_seconds()


def test_cookie_signs_nobody_in(owner: TestClient, client_from: NewClient):
    known = client_from(1000)
    sign_in(known)
    del known.cookies["session"]
    assert known.cookies
    assert known.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("archives", [ARCHIVES])
def test_guest_who_unlocked_before_is_not_locked_out(
    member: TestClient, comics: dict[str, str], client_from: NewClient, clock: Clock
):
    address = shared(member, comics, password=SHARE_PASSWORD, expires_in_seconds=3 * 86400)
    known = client_from(1000)
    known.post(f"{address}/unlock", json={"password": SHARE_PASSWORD})
    clock.advance(86400)  # The cookie that opens the share is over.
    assert code(known.get(f"{address}/info")) == (401, "password_required")

    guess(client_from, f"{address}/unlock", {"password": "mellon mellon"})

    right = {"password": SHARE_PASSWORD}
    assert client_from(1001).post(f"{address}/unlock", json=right).status_code == 429
    assert known.post(f"{address}/unlock", json=right).status_code == 204
    for _ in range(FREE_FAILURES):
        assert known.post(f"{address}/unlock", json={"password": "mellon"}).status_code == 401
    assert known.post(f"{address}/unlock", json=right).status_code == 429
