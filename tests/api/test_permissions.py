"""What the owner lets each member do, and how much storage they have, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .library import add_archive, archive_bytes, prepare_all, scan
from .sharing import code

EVERYTHING = ["download", "share", "upload"]


@pytest.fixture
def comics(context: Context) -> dict[str, str]:
    add_archive(context, "Alone.cbz", 3)
    add_archive(context, "Other.cbz", 2)
    return scan(context)


def user_id(client: TestClient) -> str:
    return client.get("/api/v1/me").json()["id"]


def let(owner: TestClient, member: TestClient, *permissions: str, quota: int | None = None) -> Any:
    body = {"permissions": list(permissions), "storage_quota_bytes": quota}
    answer = owner.put(f"/api/v1/users/{user_id(member)}/limits", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def download(client: TestClient, comic_id: str, **more: Any) -> Any:
    body = {"comic_ids": [comic_id], "format": "cbz", **more}
    return client.post("/api/v1/downloads", json=body)


def upload(client: TestClient, name: str) -> Any:
    return client.post("/api/v1/comics", files={"file": (name, archive_bytes(2))})


def test_new_member_downloads_and_shares_and_the_owner_does_everything(
    owner: TestClient, member: TestClient
):
    assert member.get("/api/v1/me").json()["permissions"] == ["download", "share"]
    assert owner.get("/api/v1/me").json()["permissions"] == EVERYTHING
    olga, mika = owner.get("/api/v1/users").json()["items"]
    assert (olga["permissions"], mika["permissions"]) == (EVERYTHING, ["download", "share"])
    assert (olga["storage_quota_bytes"], mika["storage_quota_bytes"]) == (None, None)


def test_member_who_may_not_download_gets_no_new_file_and_keeps_the_old_ones(
    owner: TestClient, member: TestClient, comics: dict[str, str], context: Context
):
    ready = download(member, comics["Alone"]).json()
    failed_later = download(member, comics["Other"], quality="480p").json()
    prepare_all(context)
    member.post(f"/api/v1/downloads/{failed_later['id']}/cancel")
    let(owner, member, "share")

    assert code(download(member, comics["Other"])) == (403, "forbidden")
    both = {"comic_ids": [*comics.values()], "format": "cbz", "split": "each"}
    assert code(member.post("/api/v1/downloads", json=both)) == (403, "forbidden")
    streamed = member.get(f"/api/v1/comics/{comics['Alone']}/stream")
    assert code(streamed) == (403, "forbidden")
    assert "may not download comics" in streamed.json()["detail"]
    assert member.get(f"/api/v1/downloads/{ready['id']}/file").status_code == 200
    assert member.get("/api/v1/comics").json()["total"] == 2


def test_cancelled_download_is_not_retried_without_permission(
    owner: TestClient, member: TestClient, comics: dict[str, str]
):
    job = download(member, comics["Alone"], quality="480p").json()
    member.post(f"/api/v1/downloads/{job['id']}/cancel").raise_for_status()
    let(owner, member)
    assert code(member.post(f"/api/v1/downloads/{job['id']}/retry")) == (403, "forbidden")
    let(owner, member, "download")
    assert member.post(f"/api/v1/downloads/{job['id']}/retry").status_code == 200


def test_member_who_may_not_share_creates_no_link(
    owner: TestClient,
    member: TestClient,
    comics: dict[str, str],
    new_guest: Callable[..., TestClient],
):
    body = {"comic_ids": [comics["Alone"]]}
    shared = member.post("/api/v1/shares", json=body).json()
    let(owner, member, "download")
    assert code(member.post("/api/v1/shares", json=body)) == (403, "forbidden")
    address = "/api/v1/shares/" + shared["url"].rpartition("/")[2]
    assert new_guest().post(f"{address}/prepare", json={"format": "cbz"}).is_success


def test_guests_of_somebody_who_may_not_download_get_no_new_file(
    owner: TestClient,
    member: TestClient,
    comics: dict[str, str],
    new_guest: Callable[..., TestClient],
):
    body = {"comic_ids": list(comics.values())}
    shared = member.post("/api/v1/shares", json=body).json()
    let(owner, member, "share")
    address = "/api/v1/shares/" + shared["url"].rpartition("/")[2]
    for wanted in ({"format": "cbz"}, {"format": "cbz", "split": "each"}):
        answer = new_guest().post(f"{address}/prepare", json=wanted)
        assert code(answer) == (403, "forbidden")
        assert "your account" not in answer.json()["detail"].lower()


def test_member_adds_comics_once_the_owner_allows_it(
    owner: TestClient, member: TestClient, context: Context
):
    assert code(upload(member, "Mine.cbz")) == (403, "forbidden")
    let(owner, member, "upload")
    assert upload(member, "Mine.cbz").status_code == 202
    assert (context.settings.library / "Mine.cbz").is_file()


@pytest.mark.parametrize("overrides", [{"storage_quota_bytes": 1}])
def test_own_quota_takes_the_place_of_the_setting(
    owner: TestClient, member: TestClient, comics: dict[str, str]
):
    assert code(download(member, comics["Alone"])) == (403, "quota_exceeded")
    let(owner, member, "download", quota=50_000_000)
    assert member.get("/api/v1/me").json()["storage_quota_bytes"] == 50_000_000
    assert download(member, comics["Alone"]).is_success
    let(owner, member, "download", quota=0)
    assert member.get("/api/v1/me").json()["storage_quota_bytes"] == 0
    assert download(member, comics["Other"]).is_success
    let(owner, member, "download")
    assert member.get("/api/v1/me").json()["storage_quota_bytes"] == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"permissions": ["fly"], "storage_quota_bytes": None}, "“fly” is not a permission"),
        ({"permissions": [], "storage_quota_bytes": -1}, "this one has -1"),
        ({"permissions": [], "storage_quota_bytes": 10**16}, "0 (no limit) to"),
        ({"permissions": "download", "storage_quota_bytes": None}, "permissions"),
    ],
)
def test_bad_limits_change_nothing(
    owner: TestClient, member: TestClient, body: dict[str, Any], words: str
):
    answer = owner.put(f"/api/v1/users/{user_id(member)}/limits", json=body)
    assert answer.status_code == 422
    assert words in answer.text
    assert member.get("/api/v1/me").json()["permissions"] == ["download", "share"]


def test_only_the_owner_sets_limits_and_only_those_of_members(
    owner: TestClient, member: TestClient, visitor: TestClient
):
    body = {"permissions": EVERYTHING, "storage_quota_bytes": None}
    own = f"/api/v1/users/{user_id(member)}/limits"
    assert code(member.put(own, json=body)) == (403, "forbidden")
    assert visitor.put(own, json=body).status_code == 401
    assert code(owner.put("/api/v1/users/nobody/limits", json=body)) == (404, "not_found")
    of_owner = owner.put(f"/api/v1/users/{user_id(owner)}/limits", json=body)
    assert code(of_owner) == (409, "conflict")
