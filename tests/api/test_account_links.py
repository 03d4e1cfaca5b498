"""Invitations, and links that set a new password, over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from comic_downloads.logs import redacted
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.operations.maintenance import purge

from .conftest import PASSWORD, Clock

NEW_PASSWORD = "quite another password"


def use(client: TestClient, url: str, **body: str):
    """Send the form of the page at this address."""
    return client.post(f"/api/v1{urlsplit(url).path}", json=body)


def invitation(owner: TestClient, **body: int) -> str:
    answer = owner.post("/api/v1/invites", json=body)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    return answer.json()["url"]


def reset_link(owner: TestClient, member: TestClient) -> str:
    user_id = member.get("/api/v1/me").json()["id"]
    answer = owner.post(f"/api/v1/users/{user_id}/reset")
    assert answer.status_code == 201
    return answer.json()["url"]


def test_an_invitation_makes_one_member_who_is_signed_in(
    owner: TestClient, new_guest: Callable[..., TestClient]
):
    url = invitation(owner)
    guest, late = new_guest(), new_guest()
    assert use(guest, url, username="Nina", password=PASSWORD).status_code == 204
    me = guest.get("/api/v1/me").json()
    assert (me["username"], me["role"]) == ("Nina", "member")
    refused = use(late, url, username="Otto", password=PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (404, "link_invalid")
    assert owner.get("/api/v1/invites").json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"username": "OLGA", "password": PASSWORD}, 409, "username_taken"),
        ({"username": "Nina", "password": "short"}, 422, "invalid_request"),
        ({"username": "x y", "password": PASSWORD}, 422, "invalid_request"),
    ],
)
def test_an_invitation_still_works_after_a_form_that_was_refused(
    owner: TestClient, visitor: TestClient, body: dict[str, str], status: int, code: str
):
    url = invitation(owner)
    refused = use(visitor, url, **body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert use(visitor, url, username="Nina", password=PASSWORD).status_code == 204


def test_a_link_ends_when_its_time_is_over_and_is_then_deleted(
    owner: TestClient, visitor: TestClient, context: Context, clock: Clock
):
    url = invitation(owner, expires_in_seconds=3600)
    clock.advance(3601)
    assert use(visitor, url, username="Nina", password=PASSWORD).status_code == 404
    assert owner.get("/api/v1/invites").json()["items"] == []
    purge(context)
    assert owner.get("/api/v1/users").json()["total"] == 1


def test_the_owner_lists_and_removes_links(owner: TestClient, member: TestClient, clock: Clock):
    url = reset_link(owner, member)
    clock.advance(1)
    invitation(owner)
    links = owner.get("/api/v1/invites").json()["items"]
    assert [(link["kind"], link["username"]) for link in links] == [
        ("invite", ""),
        ("reset", "mika"),
    ]
    assert "url" not in links[0]
    assert owner.delete(f"/api/v1/invites/{links[1]['id']}").status_code == 204
    assert owner.delete(f"/api/v1/invites/{links[1]['id']}").status_code == 404
    assert use(owner, url, password=NEW_PASSWORD).status_code == 404


def test_a_forgotten_password_is_replaced_and_other_browsers_are_signed_out(
    owner: TestClient, member: TestClient, visitor: TestClient, sign_in_as: Callable
):
    old = reset_link(owner, member)
    url = reset_link(owner, member)
    assert member.get("/api/v1/me").status_code == 200
    assert use(visitor, old, password=NEW_PASSWORD).status_code == 404
    assert use(visitor, url, password="short").status_code == 422
    assert use(visitor, url, password=NEW_PASSWORD).status_code == 204
    assert visitor.get("/api/v1/me").json()["username"] == "mika"
    assert member.get("/api/v1/me").status_code == 401
    answer = member.post("/api/v1/session", json={"username": "mika", "password": PASSWORD})
    assert answer.status_code == 401
    answer = member.post("/api/v1/session", json={"username": "mika", "password": NEW_PASSWORD})
    assert answer.status_code == 204


def test_a_change_of_the_password_ends_links_that_would_set_another(
    owner: TestClient, member: TestClient, visitor: TestClient
):
    url = reset_link(owner, member)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert member.put("/api/v1/me/password", json=change).status_code == 204
    assert use(visitor, url, password="a third password").status_code == 404


def test_the_link_of_a_removed_account_does_nothing(
    owner: TestClient, member: TestClient, visitor: TestClient
):
    url = reset_link(owner, member)
    user_id = member.get("/api/v1/me").json()["id"]
    assert owner.delete(f"/api/v1/users/{user_id}").status_code == 204
    assert use(visitor, url, password=NEW_PASSWORD).status_code == 404


def test_the_kinds_of_links_are_not_interchangeable(
    owner: TestClient, member: TestClient, visitor: TestClient
):
    reset = urlsplit(reset_link(owner, member)).path.replace("/reset/", "/invite/")
    assert use(visitor, reset, username="Nina", password=PASSWORD).status_code == 404
    invite = urlsplit(invitation(owner)).path.replace("/invite/", "/reset/")
    assert use(visitor, invite, password=NEW_PASSWORD).status_code == 404


@pytest.mark.parametrize("seconds", [0, 3599, 31 * 86400])
def test_a_life_out_of_range_is_refused_with_the_range(owner: TestClient, seconds: int):
    refused = owner.post("/api/v1/invites", json={"expires_in_seconds": seconds})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "an hour to 30 days" in refused.json()["detail"]


def test_only_the_owner_creates_links(member: TestClient, visitor: TestClient):
    for client, status in ((member, 403), (visitor, 401)):
        assert client.post("/api/v1/invites").status_code == status
        assert client.get("/api/v1/invites").status_code == status
        assert client.delete("/api/v1/invites/some-id").status_code == status
        assert client.post("/api/v1/users/some-id/reset").status_code == status


def test_links_are_kept_out_of_logs(owner: TestClient, member: TestClient):
    for url in (invitation(owner), reset_link(owner, member)):
        path = urlsplit(url).path
        secret = path.rpartition("/")[2]
        for line in (f"GET {path} 200", f"POST /api/v1{path} 204"):
            assert secret in line
            assert secret not in redacted(line)


def test_an_owner_without_a_password_gets_a_link_on_the_machine(
    owner: TestClient, visitor: TestClient, context: Context
):
    settings = context.settings
    environment = os.environ | {
        "DATA_DIR": str(settings.data),
        "DATABASE_URL": settings.sqlalchemy_url,
        "BASE_URL": settings.base_url,
        "LIBRARY_DIR": str(settings.library),
    }
    program = [sys.executable, "-m", "comic_downloads.reset_password"]
    printed = subprocess.run(program, env=environment, check=True, capture_output=True, text=True)
    assert use(visitor, printed.stdout.strip(), password=NEW_PASSWORD).status_code == 204
    assert visitor.get("/api/v1/me").json()["username"] == "olga"

    unknown = subprocess.run([*program, "nobody"], env=environment, capture_output=True, text=True)
    assert unknown.returncode == 1
    assert "There is no account named nobody." in unknown.stderr
