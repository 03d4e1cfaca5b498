"""Accounts and personal access tokens, over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import AccessToken, Job, UserAccount
from comic_downloads.usecases.accounts import removal
from comic_downloads.usecases.context import Context

from .conftest import PASSWORD, Clock, Rings
from .library import add_archive, prepare_all, scan


def test_owner_adds_lists_and_removes_members(owner: TestClient, visitor: TestClient, clock: Clock):
    clock.advance(1)
    made = owner.post("/api/v1/users", json={"username": "Mika", "password": PASSWORD})
    assert (made.status_code, made.json()["role"]) == (201, "member")
    assert [user["username"] for user in owner.get("/api/v1/users").json()["items"]] == [
        "olga",
        "Mika",
    ]
    visitor.post("/api/v1/session", json={"username": "mika", "password": PASSWORD})
    assert owner.delete(f"/api/v1/users/{made.json()['id']}").status_code == 204
    assert visitor.get("/api/v1/me").status_code == 401
    assert owner.get("/api/v1/users").json()["total"] == 1


@pytest.mark.parametrize("double", ["mika", "MIKA", "ｍｉｋａ"])
def test_username_that_differs_only_in_case_or_width_is_taken(
    member: TestClient, owner: TestClient, double: str
):
    answer = owner.post("/api/v1/users", json={"username": double, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")


def test_removing_a_member_frees_what_only_they_held(
    owner: TestClient, member: TestClient, context: Context, rings: Rings
):
    add_archive(context, "Alone.cbz")
    comic_ids = list(scan(context).values())
    for format_ in ("cbz", "zip"):
        member.post("/api/v1/downloads", json={"comic_ids": comic_ids, "format": format_})
    owner.post("/api/v1/downloads", json={"comic_ids": comic_ids, "format": "zip"})
    prepare_all(context)
    member.post("/api/v1/downloads", json={"comic_ids": comic_ids, "format": "pdf"})
    rings_before = rings.jobs

    assert owner.delete(f"/api/v1/users/{member.get('/api/v1/me').json()['id']}").status_code == 204

    assert [blob.key.rpartition(".")[2] for blob in context.blobs.list("artifacts/")] == ["zip"]
    assert rings.jobs == rings_before + 1
    prepare_all(context)
    assert [job["status"] for job in owner.get("/api/v1/downloads").json()["items"]] == ["ready"]


class Killed(Exception):
    """Stands for the death of the process between two batches."""


@pytest.fixture
def crowded(owner: TestClient, member: TestClient, context: Context) -> TestClient:
    """Return a member with five downloads, a personal access token and a share."""
    add_archive(context, "Alone.cbz")
    comic_ids = list(scan(context).values())
    for quality in ("original", "480p", "720p", "1080p", "1440p"):
        body = {"comic_ids": comic_ids, "format": "cbz", "quality": quality}
        member.post("/api/v1/downloads", json=body).raise_for_status()
    member.post("/api/v1/shares", json={"comic_ids": comic_ids}).raise_for_status()
    prepare_all(context)
    return member


def test_account_with_many_downloads_is_removed_in_batches_so_that_others_get_their_turn(
    owner: TestClient, crowded: TestClient, context: Context, monkeypatch: pytest.MonkeyPatch
):
    left: list[int] = []

    def others_turn(_seconds: float) -> None:
        with context.db.write() as session:  # Nobody else holds the database now.
            left.append(len(session.exec(select(Job)).all()))

    monkeypatch.setattr(removal, "BATCH", 2)
    monkeypatch.setattr(removal.time, "sleep", others_turn)
    user_id = crowded.get("/api/v1/me").json()["id"]

    assert owner.delete(f"/api/v1/users/{user_id}").status_code == 204
    assert left == [3, 1]
    assert list(context.blobs.list("artifacts/")) == []


def test_interrupted_removal_leaves_no_account_to_see_and_the_cleanup_completes_it(
    owner: TestClient,
    crowded: TestClient,
    visitor: TestClient,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
):
    me = crowded.get("/api/v1/me").json()
    token = crowded.post("/api/v1/tokens", json={"name": "script"}).json()["secret"]
    share = crowded.get("/api/v1/shares").json()["items"][0]["url"].rpartition("/")[2]

    def die(_seconds: float) -> None:
        raise Killed

    monkeypatch.setattr(removal, "BATCH", 2)
    with monkeypatch.context() as dying:
        dying.setattr(removal.time, "sleep", die)
        owner.delete(f"/api/v1/users/{me['id']}")

    credentials = {"username": me["username"], "password": PASSWORD}
    assert visitor.post("/api/v1/session", json=credentials).status_code == 401
    assert crowded.get("/api/v1/me").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert visitor.get("/api/v1/me", headers=bearer).status_code == 401
    assert visitor.get(f"/api/v1/shares/{share}/info").status_code == 404
    assert [user["username"] for user in owner.get("/api/v1/users").json()["items"]] == ["olga"]
    assert owner.delete(f"/api/v1/users/{me['id']}").status_code == 404
    assert owner.post("/api/v1/users", json=credentials).status_code == 201

    removal.continue_removals(context)

    with context.db.read() as session:
        assert session.exec(select(Job)).all() == []
        assert len(session.exec(select(UserAccount)).all()) == 2
    assert list(context.blobs.list("artifacts/")) == []


def test_members_may_not_manage_accounts(member: TestClient):
    me = member.get("/api/v1/me").json()["id"]
    answers = [
        member.get("/api/v1/users"),
        member.post("/api/v1/users", json={"username": "eve", "password": PASSWORD}),
        member.delete(f"/api/v1/users/{me}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (403, "forbidden")
    ] * 3


def test_owner_cannot_be_removed_nor_a_second_one_added(owner: TestClient):
    me = owner.get("/api/v1/me").json()["id"]
    assert owner.delete(f"/api/v1/users/{me}").status_code == 409
    second = owner.post(
        "/api/v1/users", json={"username": "eve", "password": PASSWORD, "role": "owner"}
    )
    assert (second.status_code, second.json()["code"]) == (409, "owner_exists")


def test_unknown_role_and_unknown_account_are_named(owner: TestClient):
    unknown_role = owner.post(
        "/api/v1/users", json={"username": "eve", "password": PASSWORD, "role": "king"}
    )
    assert (unknown_role.status_code, unknown_role.json()["code"]) == (422, "invalid_request")
    assert owner.delete("/api/v1/users/nobody").status_code == 404


def test_token_signs_in_until_it_is_removed(owner: TestClient, visitor: TestClient):
    token = owner.post("/api/v1/tokens", json={"name": " my  script "}).json()
    headers = {"Authorization": f"Bearer {token['secret']}"}
    assert token["name"] == "my script"
    assert visitor.get("/api/v1/me", headers=headers).json()["username"] == "olga"
    assert owner.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    answer = visitor.get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_token_secret_is_shown_once_and_stored_hashed(owner: TestClient, context: Context):
    made = owner.post("/api/v1/tokens", json={"name": "script"})
    assert made.headers["cache-control"] == "no-store"
    listed = owner.get("/api/v1/tokens").json()
    assert listed["total"] == 1 and "secret" not in listed["items"][0]
    with context.db.read() as session:
        assert session.exec(select(AccessToken.token_hash)).one() not in made.json()["secret"]


def test_token_notes_when_it_was_used(owner: TestClient, visitor: TestClient, clock: Clock):
    token = owner.post("/api/v1/tokens", json={"name": "script"}).json()
    assert token["last_used_at"] is None
    clock.advance(3600)
    visitor.get("/api/v1/me", headers={"Authorization": f"Bearer {token['secret']}"})
    assert owner.get("/api/v1/tokens").json()["items"][0][
        "last_used_at"
    ] == clock().isoformat().replace("+00:00", "Z")


def test_foreign_token_cannot_be_removed(owner: TestClient, member: TestClient):
    token = owner.post("/api/v1/tokens", json={"name": "script"}).json()
    answer = member.delete(f"/api/v1/tokens/{token['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert owner.get("/api/v1/tokens").json()["total"] == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_token_needs_a_name(owner: TestClient, name: str):
    answer = owner.post("/api/v1/tokens", json={"name": name})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_void_token_is_not_saved_by_a_session_cookie(owner: TestClient):
    assert (
        owner.get("/api/v1/me", headers={"Authorization": "Bearer cdl_nonsense"}).status_code == 401
    )


@pytest.mark.parametrize(("end_tokens", "status"), [(None, 200), (False, 200), (True, 401)])
def test_password_change_ends_tokens_if_it_says_so(
    owner: TestClient, member: TestClient, visitor: TestClient, end_tokens: bool | None, status: int
):
    mine, other = (
        client.post("/api/v1/tokens", json={"name": "phone"}).json()["secret"]
        for client in (owner, member)
    )
    assert owner.get("/api/v1/me").json()["access_tokens"] == 1
    body: dict[str, object] = {"current_password": PASSWORD, "new_password": "battery staple"}
    if end_tokens is not None:
        body["end_tokens"] = end_tokens

    assert owner.put("/api/v1/me/password", json=body).status_code == 204

    def answer(token: str) -> int:
        return visitor.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    assert (answer(mine), answer(other)) == (status, 200)
    assert owner.get("/api/v1/me").json()["access_tokens"] == (0 if end_tokens else 1)


def test_failed_password_change_ends_no_token(owner: TestClient):
    owner.post("/api/v1/tokens", json={"name": "phone"})
    body = {"current_password": "a guess", "new_password": "battery staple", "end_tokens": True}
    assert owner.put("/api/v1/me/password", json=body).status_code == 401
    assert owner.get("/api/v1/me").json()["access_tokens"] == 1
