"""How reading apps sign in: HTTP Basic with an access token or the password."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.accounts import passwords
from comic_downloads.usecases.accounts.rate_limit import FREE_FAILURES
from comic_downloads.usecases.context import Context

from .conftest import PASSWORD
from .opds import basic

ROOT = "/opds/v1.2/catalog"


@pytest.fixture
def app(member: TestClient, new_guest: Callable[[], TestClient]) -> TestClient:
    return new_guest()


def token_of(member: TestClient) -> str:
    return member.post("/api/v1/tokens", json={"name": "My reader"}).json()["secret"]


def status(app: TestClient, username: str, secret: str) -> int:
    return app.get(ROOT, headers=basic(username, secret)).status_code


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_strangers_are_asked_for_a_name_and_a_secret(app: TestClient, method: str):
    answer = app.request(method, ROOT)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Comic Downloads", charset="UTF-8"'


def test_token_opens_the_catalogue_of_its_account_only(app: TestClient, member: TestClient):
    token = token_of(member)
    assert status(app, "mika", token) == 200
    assert status(app, "Mika", token) == 200
    assert app.get(ROOT, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert status(app, "olga", token) == 401
    assert status(app, "mika", f"{token}x") == 401


def test_removed_token_stops_working_at_once(app: TestClient, member: TestClient):
    token = token_of(member)
    assert status(app, "mika", token) == 200
    (row,) = member.get("/api/v1/tokens").json()["items"]
    member.delete(f"/api/v1/tokens/{row['id']}")
    assert status(app, "mika", token) == 401


def test_password_opens_the_catalogue(app: TestClient):
    assert status(app, "mika", PASSWORD) == 200
    wrong = app.get(ROOT, headers=basic("mika", "wrong horse"))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    assert wrong.headers["www-authenticate"].startswith("Basic")
    assert status(app, "nobody", PASSWORD) == 401


def test_cookie_does_not_open_the_catalogue(member: TestClient):
    assert member.get("/api/v1/me").status_code == 200
    assert member.get(ROOT).status_code == 401


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !!!", "Basic bWlrYQ==", "Basic //8=", "Digest x", "Basic Og=="]
)
def test_other_credentials_are_refused(app: TestClient, value: str):
    assert app.get(ROOT, headers={"Authorization": value}).status_code == 401


def test_guesses_are_limited_like_those_at_sign_in(app: TestClient):
    for _ in range(FREE_FAILURES):
        assert status(app, "mika", "wrong horse") == 401
    refused = app.get(ROOT, headers=basic("mika", PASSWORD))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
    at_sign_in = {"username": "mika", "password": PASSWORD}
    assert app.post("/api/v1/session", json=at_sign_in).status_code == 429


def test_app_that_was_right_is_not_locked_out_by_guesses(app: TestClient):
    assert status(app, "mika", PASSWORD) == 200
    for _ in range(FREE_FAILURES):
        status(app, "mika", "wrong horse")
    assert status(app, "mika", PASSWORD) == 200


def test_many_requests_at_once_are_no_attempts_to_guess(
    app: TestClient, monkeypatch: pytest.MonkeyPatch
):
    hashed: list[str] = []
    check = passwords.check_password

    def counted(password: str, stored: str | None) -> tuple[bool, str | None]:
        hashed.append(password)
        return check(password, stored)

    monkeypatch.setattr("comic_downloads.usecases.accounts.sign_in.check_password", counted)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: status(app, "mika", PASSWORD), range(40)))
    assert answers == [200] * 40
    assert len(hashed) == 1


def test_changed_password_ends_what_was_remembered(app: TestClient, member: TestClient):
    assert status(app, "mika", PASSWORD) == 200
    body = {"current_password": PASSWORD, "new_password": "another horse"}
    answer = member.put("/api/v1/me/password", json=body)
    assert answer.status_code < 300, answer.text
    assert status(app, "mika", PASSWORD) == 401
    assert status(app, "mika", "another horse") == 200


def test_removed_account_ends_what_was_remembered(
    app: TestClient, member: TestClient, owner: TestClient, context: Context
):
    assert status(app, "mika", PASSWORD) == 200
    user_id = member.get("/api/v1/me").json()["id"]
    assert owner.delete(f"/api/v1/users/{user_id}").status_code == 204
    assert status(app, "mika", PASSWORD) == 401


def test_stranger_learns_nothing_of_wrong_parameters(app: TestClient):
    assert app.get("/opds/v1.2/comics?page=0").status_code == 401
    assert app.get("/opds/v1.2/p/nothing/new").status_code == 401
    answer = app.get("/opds/v1.2/comics?page=0", headers=basic("mika", PASSWORD))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
