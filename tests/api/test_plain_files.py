"""The files of a share by one plain address, for clients without scripts and cookies."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from tests.waiting import wait_for

from .conftest import Clock, Rings
from .library import add_archive, prepare_all, scan
from .opds import basic
from .serving import served
from .sharing import code

LAYOUTS = {"originals": "layout", "opds_wait_seconds": 0}
NO_WAIT = {"opds_wait_seconds": 0}
LONG_WAIT = {"opds_wait_seconds": 600}
PASSWORD = "open sesame"

Share = Callable[..., str]


@pytest.fixture
def comics(context: Context) -> dict[str, str]:
    for name, pages in {"Alone.cbz": 3, "Other.cbz": 2, "Secret.cbz": 1}.items():
        add_archive(context, name, pages)
    return scan(context)


@pytest.fixture
def share(member: TestClient, comics: dict[str, str]) -> Share:
    """Return a function that shares two of the comics, and returns the path of the share."""

    def made(**limits: Any) -> str:
        chosen = [comics["Other"], comics["Alone"]]
        answer = member.post("/api/v1/shares", json={"comic_ids": chosen, **limits})
        return "/s/" + answer.raise_for_status().json()["url"].rpartition("/")[2]

    return made


@pytest.fixture
def curl(new_guest: Callable[[], TestClient]) -> TestClient:
    """Return a client that keeps no cookies, as curl does."""
    return new_guest()


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_the_share_is_one_file_and_each_comic_another(curl: TestClient, share: Share):
    address = share()
    whole = curl.get(f"{address}/all.cbz")
    assert whole.status_code == 200, whole.text
    assert whole.headers["content-type"] == "application/vnd.comicbook+zip"
    assert len([name for name in names_in(whole.content) if name.endswith(".png")]) == 5
    pages = [len(names_in(curl.get(f"{address}/{number}.zip").content)) for number in (1, 2)]
    assert pages == [2, 3]
    assert "set-cookie" not in whole.headers
    assert "Other" in curl.head(f"{address}/1.cbz").headers["content-disposition"]


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_ranges_continue_from_the_first_request(curl: TestClient, share: Share):
    address = share() + "/2.cbz"
    head = curl.head(address)
    assert (head.status_code, head.content) == (200, b"")
    size, etag = int(head.headers["content-length"]), head.headers["etag"]
    rest = curl.get(address, headers={"Range": "bytes=100-", "If-Range": etag})
    start = curl.get(address, headers={"Range": "bytes=0-99", "If-Range": etag})
    assert rest.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    assert names_in(start.content + rest.content)
    assert curl.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_what_takes_longer_is_found_ready_the_next_time(
    curl: TestClient, share: Share, context: Context
):
    address = share() + "/all.epub?quality=480p"
    for method in ("HEAD", "GET"):
        answer = curl.request(method, address)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "still_preparing"
    prepare_all(context)
    assert curl.get(address).headers["content-type"] == "application/epub+zip"


@pytest.fixture
def base(context: Context, comics: dict[str, str]) -> Iterator[str]:
    with served(context) as base:
        yield base


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_requests_are_held_until_the_file_is_ready(
    base: str, share: Share, context: Context, rings: Rings
):
    address = f"{base}{share()}/1.pdf"
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(httpx.request, m, address, timeout=None) for m in ("GET", "HEAD")]
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        assert not any(one.done() for one in asked)
        prepare_all(context)
        got, head = (one.result() for one in asked)
    assert (got.status_code, head.status_code) == (200, 200)
    assert got.content.startswith(b"%PDF")
    assert got.headers["etag"] == head.headers["etag"]


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_one_network_waits_for_a_few_files_at_a_time(
    base: str,
    share: Share,
    context: Context,
    rings: Rings,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("comic_downloads.web.plain.files.MOST_WAITING", 1)
    address = f"{base}{share()}/1.pdf"
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(httpx.get, address, timeout=None)
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        refused = httpx.get(address)
        prepare_all(context)
        assert held.result().status_code == 200
    assert code(refused) == (429, "too_many_connections")


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_password_is_asked_for_by_basic_authentication(curl: TestClient, share: Share):
    address = share(password=PASSWORD) + "/all.cbz"
    asked = curl.get(address)
    assert code(asked) == (401, "password_required")
    assert asked.headers["www-authenticate"].startswith("Basic realm=")
    wrong = curl.get(address, headers=basic("any", "wrong"))
    assert code(wrong) == (401, "invalid_credentials")
    broken = curl.get(address, headers={"Authorization": "Basic ?"})
    assert code(broken) == (401, "invalid_credentials")
    for name in ("", "any"):
        assert curl.get(address, headers=basic(name, PASSWORD)).status_code == 200


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_guesses_are_slowed_down_and_the_right_password_is_remembered(
    curl: TestClient, share: Share
):
    address = share(password=PASSWORD) + "/all.cbz"
    assert curl.head(address, headers=basic("", PASSWORD)).status_code == 200
    answers = [curl.head(address, headers=basic("", f"guess {n}")).status_code for n in range(30)]
    assert answers[-1] == 429
    assert curl.head(address, headers=basic("", PASSWORD)).status_code == 200


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_what_the_share_does_not_offer_is_refused(
    curl: TestClient, share: Share, clock: Clock, member: TestClient
):
    address = share(formats=["cbz"], expires_in_seconds=3600)
    assert code(curl.get(f"{address}/all.pdf")) == (422, "invalid_format")
    assert code(curl.get(f"{address}/3.cbz")) == (404, "not_found")
    for name in ("0.cbz", "all.exe", "all", "1.cbz.zip", "-1.cbz", "99999999.cbz"):
        assert code(curl.get(f"{address}/{name}")) == (404, "not_found"), name
    assert code(curl.get(f"{address}/1.cbz?quality=best")) == (422, "invalid_quality")
    assert curl.post(f"{address}/1.cbz").status_code == 405
    assert code(curl.get("/s/forged/all.cbz")) == (404, "link_invalid")
    clock.advance(3601)
    assert code(curl.get(f"{address}/1.cbz")) == (410, "link_expired")


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_stopped_share_sends_nothing(curl: TestClient, share: Share, member: TestClient):
    address = share()
    assert curl.get(f"{address}/1.cbz").status_code == 200
    (shown,) = member.get("/api/v1/shares").json()["items"]
    member.delete(f"/api/v1/shares/{shown['id']}").raise_for_status()
    assert code(curl.get(f"{address}/1.cbz")) == (404, "link_invalid")


@pytest.mark.parametrize("overrides", [LAYOUTS])
def test_curl_continues_a_file_that_counts_once(
    base: str, share: Share, member: TestClient, tmp_path: Path
):
    address = f"{base}{share(max_downloads=1, password=PASSWORD)}/all.cbz"
    target = tmp_path / "all.cbz"
    run = ["curl", "--silent", "--fail", "--user", f"me:{PASSWORD}", "--output", str(target)]
    subprocess.run([*run, "--range", "0-999", address], check=True)
    assert target.stat().st_size == 1000
    subprocess.run([*run, "--continue-at", "-", address], check=True)
    assert names_in(target.read_bytes())

    def downloads_done() -> int:
        return member.get("/api/v1/shares").json()["items"][0]["downloads_done"]

    wait_for("the download to be counted", lambda: downloads_done() == 1)
    again = httpx.get(address, auth=("me", PASSWORD))
    assert code(again) == (410, "share_used_up")
