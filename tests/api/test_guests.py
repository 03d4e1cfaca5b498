"""What guests of a share may see and read, and how they get in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import Share
from comic_downloads.domain.formats import Format
from comic_downloads.settings import Settings
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, Clock
from .library import PAGE_SIZE, page_bytes, prepare_all, scan
from .sharing import ARCHIVES, code, prepare, shared, status

PASSWORD = "speak, friend"


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


# --- seeing


def test_info_tells_what_is_shared_and_no_more(
    guest: TestClient, address: str, comics: dict[str, str]
):
    answer = guest.get(f"{address}/info")
    info = answer.json()
    assert answer.status_code == 200
    assert (info["title"], info["downloads_left"], info["has_password"]) == (
        "2 comics",
        None,
        False,
    )
    assert [(comic["title"], comic["page_count"]) for comic in info["comics"]] == [
        ("Other", 2),
        ("Alone", 3),
    ]
    assert info["formats"] == list(Format)
    assert info.keys() == {
        "title",
        "comics",
        "formats",
        "has_password",
        "expires_at",
        "suggested",
        "downloads_left",
        "reader",
    }
    assert guest.get(info["comics"][0]["cover_url"]).headers["content-type"] == "image/webp"


def test_a_comic_that_has_left_the_library_is_told_without_pages(
    guest: TestClient, address: str, context: Context, comics: dict[str, str]
):
    (context.settings.library / "Other.cbz").unlink()
    scan(context)
    comic = guest.get(f"{address}/info").json()["comics"][0]
    assert (comic["title"], comic["page_count"], comic["cover_url"]) == ("Other", 0, "")
    assert code(
        guest.post(f"{address}/prepare", json={"format": "cbz", "comic_ids": [comics["Other"]]})
    ) == (404, "not_found")
    assert prepare(guest, address, comic_ids=[comics["Alone"]])["status"] == "queued"


def cut_short(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:40])


def with_damaged_pages(archive: Path) -> None:
    content = archive.read_bytes()
    for number in (0, 1):
        content = content.replace(page_bytes(number)[60:90], b"\0" * 30)
    archive.write_bytes(content)


@pytest.mark.parametrize("spoil", [Path.unlink, cut_short, with_damaged_pages])
def test_comics_that_cannot_be_read_are_left_out_of_all(
    guest: TestClient,
    address: str,
    context: Context,
    comics: dict[str, str],
    spoil: Callable[[Path], None],
):
    spoil(context.settings.library / "Other.cbz")
    scan(context)
    job = prepare(guest, address)
    assert [comic["page_count"] for comic in guest.get(f"{address}/info").json()["comics"]] == [
        0,
        3,
    ]
    prepare_all(context)
    ready = status(guest, address, job["job_id"])
    assert (ready["status"], ready["filename"], ready["pages_total"]) == ("ready", "Alone.cbz", 3)
    (context.settings.library / "Alone.cbz").unlink()
    scan(context)
    assert code(guest.post(f"{address}/prepare", json={"format": "cbz"})) == (404, "not_found")


def test_every_altered_character_of_the_link_is_refused(guest: TestClient, address: str):
    head, _, token = address.rpartition("/")
    for place, old in enumerate(token):
        new = "A" if old != "A" else "B"
        answer = guest.get(f"{head}/{token[:place]}{new}{token[place + 1 :]}/info")
        assert code(answer) == (404, "link_invalid"), f"character {place}"


def test_links_survive_a_new_key_as_long_as_the_old_one_verifies(
    guest: TestClient, address: str, context: Context, settings: Settings
):
    for keys, expected in ((("b" * 20, *settings.secret_keys), 200), (("b" * 20,), 404)):
        rotated = Settings.model_validate(
            {**settings.model_dump(exclude_unset=True), "secret_key": keys}
        )
        changed = replace(context, settings=rotated)
        with TestClient(create_api(changed), base_url=BASE_URL) as client:
            assert client.get(f"{address}/info").status_code == expected


def test_pages_are_the_original_bytes_under_their_name(
    guest: TestClient, address: str, comics: dict[str, str]
):
    answer = guest.get(f"{address}/download/{comics['Alone']}/1")
    page = page_bytes(1)
    assert answer.content == page
    assert answer.headers["content-type"] == "image/png"
    assert 'filename="page2.png"' in answer.headers["content-disposition"]
    assert answer.headers["etag"] == f'"{hashlib.sha256(page).hexdigest()}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_pages_can_be_fetched_in_ranges(guest: TestClient, address: str, comics: dict[str, str]):
    url, page = f"{address}/download/{comics['Alone']}/0", page_bytes(0)
    etag = guest.get(url).headers["etag"]

    def ranged(value: str, **more: str) -> Any:
        return guest.get(url, headers={"Range": value, **more})

    part = ranged("bytes=10-19", **{"If-Range": etag})
    assert (part.status_code, part.content) == (206, page[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(page)}"
    assert ranged("bytes=-7").content == page[-7:]
    assert page[3:5] in ranged("bytes=0-0,3-4").content
    assert ranged(f"bytes={len(page)}-").status_code == 416
    assert guest.get(url, headers={"If-None-Match": etag}).status_code == 304
    head = guest.head(url, headers={"Range": "bytes=0-0"})
    assert (head.status_code, head.headers["content-length"], head.content) == (
        200,
        str(len(page)),
        b"",
    )


def test_pages_come_smaller_for_the_screen(guest: TestClient, address: str, comics: dict[str, str]):
    answer = guest.get(
        f"{address}/download/{comics['Alone']}/0", params={"height": PAGE_SIZE[1] // 2}
    )
    assert answer.headers["content-type"] == "image/webp"


@pytest.mark.parametrize("what", ["download/{comic}/0", "cover/{comic}"])
def test_comics_that_are_not_shared_are_not_there(
    guest: TestClient, address: str, comics: dict[str, str], what: str
):
    for comic in (comics["Secret"], "nothing"):
        assert code(guest.get(f"{address}/{what.format(comic=comic)}")) == (404, "not_found")


def test_a_page_that_is_not_there_is_404(guest: TestClient, address: str, comics: dict[str, str]):
    assert code(guest.get(f"{address}/download/{comics['Alone']}/3")) == (404, "not_found")


# --- the password


def test_everything_but_unlock_waits_for_the_password(
    guest: TestClient, member: TestClient, comics: dict[str, str]
):
    address = shared(member, comics, password=PASSWORD)
    answers = [
        guest.get(f"{address}/info"),
        guest.post(f"{address}/prepare", json={"format": "cbz"}),
        guest.get(f"{address}/status/1"),
        guest.get(f"{address}/download/{comics['Alone']}/0"),
        guest.get(f"{address}/cover/{comics['Alone']}"),
    ]
    assert {code(answer) for answer in answers} == {(401, "password_required")}
    assert all(answer.headers["www-authenticate"] == "Cookie" for answer in answers)
    assert all("Alone" not in answer.text and "2 comics" not in answer.text for answer in answers)
    assert "set-cookie" not in answers[0].headers


def test_the_password_opens_this_share_only(
    guest: TestClient, member: TestClient, comics: dict[str, str]
):
    address, other = (shared(member, comics, password=PASSWORD) for _ in range(2))
    assert code(guest.post(f"{address}/unlock", json={"password": "mellon mellon"})) == (
        401,
        "invalid_credentials",
    )
    answer = guest.post(f"{address}/unlock", json={"password": PASSWORD})
    assert (answer.status_code, answer.content) == (204, b"")
    assert guest.get(f"{address}/info").json()["has_password"] is True
    assert code(guest.get(f"{other}/info")) == (401, "password_required")
    name, value = next(iter(guest.cookies.items()))
    guest.cookies.set(name[: name.index("_") + 1] + share_id(other), value, domain="comics.test")
    assert code(guest.get(f"{other}/info")) == (401, "password_required")


def share_id(address: str) -> str:
    return address.split(".")[2]


def test_the_cookie_is_kept_from_scripts_and_other_sites(
    guest: TestClient, member: TestClient, comics: dict[str, str]
):
    address = shared(member, comics, password=PASSWORD)
    cookie = guest.post(f"{address}/unlock", json={"password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith(f"share_{share_id(address)}=v1.")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=86400"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert PASSWORD not in cookie


@pytest.mark.parametrize("overrides", [{"base_url": "https://comics.test"}])
def test_the_cookie_is_secure_over_https(
    new_guest: Callable[..., TestClient], member: TestClient, comics: dict[str, str]
):
    member.base_url = "https://comics.test"
    member.post("/api/v1/session", json={"username": "mika", "password": "correct horse"})
    address = shared(member, comics)
    assert "Secure" in new_guest("https://comics.test").get(f"{address}/info").headers[
        "set-cookie"
    ].split("; ")


def test_the_cookie_ends_with_the_day_and_with_the_share(
    guest: TestClient, member: TestClient, comics: dict[str, str], clock: Clock
):
    long, short = (
        shared(member, comics, password=PASSWORD, expires_in_seconds=life)
        for life in (3 * 86400, 600)
    )
    kept = {
        address: guest.post(f"{address}/unlock", json={"password": PASSWORD})
        for address in (long, short)
    }
    assert "Max-Age=600" in kept[short].headers["set-cookie"]
    clock.advance(600)
    assert code(guest.get(f"{short}/info")) == (410, "link_expired")
    clock.advance(86400 - 600)
    assert code(guest.get(f"{long}/info")) == (401, "password_required")


def test_a_changed_password_locks_the_share_again(
    guest: TestClient, member: TestClient, comics: dict[str, str], context: Context
):
    address = shared(member, comics, password=PASSWORD)
    guest.post(f"{address}/unlock", json={"password": PASSWORD})
    with context.db.write() as session:
        session.exec(select(Share)).one().password_hash = "another"
    assert code(guest.get(f"{address}/info")) == (401, "password_required")


def test_unlocking_a_share_without_a_password_is_no_error(guest: TestClient, address: str):
    assert guest.post(f"{address}/unlock", json={"password": ""}).status_code == 204
    assert len(guest.cookies) == 1


def test_guessing_is_throttled_for_the_share_and_the_network(
    new_guest: Callable[..., TestClient], member: TestClient, comics: dict[str, str], clock: Clock
):
    address, other = (shared(member, comics, password=PASSWORD) for _ in range(2))
    for _ in range(5):
        assert (
            new_guest().post(f"{address}/unlock", json={"password": "mellon mellon"}).status_code
            == 401
        )
    refused = new_guest().post(f"{address}/unlock", json={"password": PASSWORD})
    assert code(refused) == (429, "rate_limited")
    assert new_guest().post(f"{other}/unlock", json={"password": PASSWORD}).status_code == 204
    clock.advance(int(refused.headers["retry-after"]))
    assert new_guest().post(f"{address}/unlock", json={"password": PASSWORD}).status_code == 204


def test_guests_changes_from_other_sites_are_refused(guest: TestClient, address: str):
    for path, body in (("unlock", {"password": "x"}), ("prepare", {"format": "cbz"})):
        answer = guest.post(
            f"{address}/{path}", json=body, headers={"Origin": "https://evil.example"}
        )
        assert code(answer) == (403, "cross_origin")
        assert guest.post(
            f"{address}/{path}", json=body, headers={"Origin": BASE_URL}
        ).status_code in {202, 204}
