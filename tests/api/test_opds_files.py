"""Files that reading apps fetch from a catalogue, and that are prepared while they wait."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import httpx
import pytest
from fastapi.testclient import TestClient

from comic_downloads.domain.job import JobStatus
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.snapshots import JobSnapshot, list_downloads
from comic_downloads.usecases.library.browse import list_comics
from tests.waiting import wait_for

from .conftest import PASSWORD, Rings
from .library import add_archive, page_bytes, prepare_all, scan
from .opds import App, acquisitions, basic, entries
from .serving import served

LAYOUTS = {"originals": "layout"}
NO_WAIT = {"opds_wait_seconds": 0}
LONG_WAIT = {"opds_wait_seconds": 600}


@pytest.fixture
def app(member: TestClient, new_guest: Callable[[], TestClient]) -> App:
    return App(new_guest(), "mika", PASSWORD)


@pytest.fixture
def user_id(member: TestClient) -> str:
    return member.get("/api/v1/me").json()["id"]


@pytest.fixture
def jobs(context: Context, user_id: str) -> Callable[[], list[JobSnapshot]]:
    """Return a function that lists the member's downloads."""
    return lambda: list_downloads(context, user_id)[0]


Jobs = Callable[[], list[JobSnapshot]]


def file_of(app: App, comic: str, title: str) -> str:
    """Return the address of a file in the feed."""
    return acquisitions(entries(app.feed("/opds/v1.2/comics"))[comic])[title]["href"]


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
@pytest.mark.parametrize("title", ["Original file", "CBZ"])
def test_originals_answer_at_once(
    app: App, context: Context, comics: dict[str, str], jobs: Jobs, title: str
):
    answer = app.get(file_of(app, "Alone", title))
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == int(answer.headers["content-length"])
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"].startswith('"')
    assert [job.status for job in jobs()] == ["ready"]
    if title == "Original file":
        assert answer.content == (context.settings.library / "Alone.cbz").read_bytes()


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
def test_second_request_finds_the_same_download(app: App, comics: dict[str, str], jobs: Jobs):
    address = file_of(app, "Alone", "CBZ")
    first, second = app.get(address), app.get(address)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert len(jobs()) == 1


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
def test_ranges_continue_and_head_describes(app: App, comics: dict[str, str], jobs: Jobs):
    address = file_of(app, "Moon Harbour #1", "CBZ")
    head = app.get(address, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    size, etag = int(head.headers["content-length"]), head.headers["etag"]
    assert 'filename="' in head.headers["content-disposition"]
    start = app.get(address, Range="bytes=0-99", If_Range=etag)
    rest = app.get(address, Range="bytes=100-", If_Range=etag)
    assert (start.status_code, rest.status_code) == (206, 206)
    assert rest.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    with zipfile.ZipFile(io.BytesIO(start.content + rest.content)) as archive:
        assert archive.testzip() is None
        assert "ComicInfo.xml" in archive.namelist()
    assert app.get(address, If_None_Match=etag).status_code == 304
    assert app.get(address, Range=f"bytes={size}-").status_code == 416
    assert len(jobs()) == 1


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_what_takes_longer_is_found_ready_the_next_time(
    app: App, context: Context, comics: dict[str, str], jobs: Jobs
):
    address = file_of(app, "Alone", "EPUB")
    for method in ("HEAD", "GET", "HEAD", "GET"):
        answer = app.get(address, method)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert method == "HEAD" or answer.json()["code"] == "still_preparing"
    assert [job.status for job in jobs()] == ["queued"]
    prepare_all(context)
    answer = app.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/epub+zip"
    assert len(answer.content) == int(app.get(address, "HEAD").headers["content-length"])
    assert [job.status for job in jobs()] == ["ready"]


@pytest.fixture
def base(context: Context, comics: dict[str, str]) -> Iterator[str]:
    with served(context) as base:
        yield base


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_requests_are_held_until_the_file_is_ready(
    app: App, context: Context, rings: Rings, base: str, jobs: Jobs
):
    address = base + file_of(app, "Alone", "PDF")
    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(_fetch, address, method) for method in ("GET", "HEAD", "GET")]
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        assert not any(one.done() for one in asked)
        prepare_all(context)
        answers = [one.result() for one in asked]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert answers[0].content.startswith(b"%PDF")
    assert len(jobs()) == 1


def _fetch(address: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, address, headers=basic("mika", PASSWORD), timeout=None)


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_more_requests_than_an_account_may_have_waiting_are_refused(
    app: App, context: Context, rings: Rings, base: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("comic_downloads.web.opds.files.MOST_WAITING", 1)
    address = base + file_of(app, "Alone", "PDF")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(_fetch, address)
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        refused = _fetch(address)
        prepare_all(context)
        assert held.result().status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_connections")
    assert _fetch(address).status_code == 200


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_held_request_ends_when_the_download_is_cancelled(
    app: App, member: TestClient, rings: Rings, base: str, jobs: Jobs
):
    address = base + file_of(app, "Alone", "PDF")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(_fetch, address)
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        member.post(f"/api/v1/downloads/{jobs()[0].id}/cancel")
        answer = held.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_paused_download_stays_paused(
    app: App, member: TestClient, comics: dict[str, str], jobs: Jobs
):
    address = file_of(app, "Alone", "PDF")
    app.get(address)
    member.post(f"/api/v1/downloads/{jobs()[0].id}/pause")
    answer = app.get(address)
    assert (answer.status_code, answer.json()["code"]) == (503, "still_preparing")
    assert "paused" in answer.json()["detail"]
    assert [job.status for job in jobs()] == ["paused"]


def replace_pages(context: Context, path: str) -> None:
    """Write other pages under the same names, without a scan."""
    with zipfile.ZipFile(context.settings.library / path, "w") as archive:
        for number in range(2):
            archive.writestr(f"page{number + 1}.png", page_bytes(number + 100))


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_failed_download_is_tried_again_as_the_same(
    app: App, context: Context, comics: dict[str, str], jobs: Jobs
):
    address = file_of(app, "Alone", "CBZ")
    replace_pages(context, "Alone.cbz")
    for _ in range(2):
        assert app.get(address).json()["code"] == "still_preparing"
        prepare_all(context)
        assert [(job.status, job.error and job.error.code) for job in jobs()] == [
            (JobStatus.FAILED, "comic_changed")
        ]


@pytest.mark.parametrize("overrides", [LONG_WAIT])
def test_held_request_is_told_why_the_file_cannot_be_made(
    app: App, context: Context, rings: Rings, base: str
):
    address = base + file_of(app, "Alone", "CBZ")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(_fetch, address)
        wait_for("the download to be requested", lambda: rings.jobs > 0)
        replace_pages(context, "Alone.cbz")
        prepare_all(context)
        answer = held.result()
    assert (answer.status_code, answer.json()["code"]) == (422, "comic_changed")


@pytest.mark.parametrize("overrides", [NO_WAIT | {"storage_quota_bytes": 1}])
def test_quota_applies(app: App, comics: dict[str, str]):
    stored = app.get(file_of(app, "Alone", "EPUB"))
    assert (stored.status_code, stored.json()["code"]) == (403, "quota_exceeded")


@pytest.mark.parametrize("overrides", [NO_WAIT | {"max_queued_per_user": 1}])
def test_limit_of_waiting_downloads_applies(app: App, comics: dict[str, str]):
    assert app.get(file_of(app, "Alone", "PDF")).json()["code"] == "still_preparing"
    answer = app.get(file_of(app, "Moon Harbour #1", "PDF"))
    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_equal_files_of_two_accounts_are_one(
    app: App, owner: TestClient, context: Context, comics: dict[str, str], jobs: Jobs
):
    body = {"comic_ids": [comics["Alone"]], "format": "pdf"}
    owner.post("/api/v1/downloads", json=body)
    prepare_all(context)
    assert app.get(file_of(app, "Alone", "PDF")).status_code == 200
    assert [job.status for job in jobs()] == ["ready"]


@pytest.mark.parametrize("overrides", [NO_WAIT])
def test_damaged_pages_that_are_known_are_left_out(app: App, context: Context, jobs: Jobs):
    target = add_archive(context, "Torn.cbz", 2)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("page3.png", b"\x89PNG not a picture")
    scan(context)
    (comic,) = list_comics(context).items
    assert comic.damaged_pages == 1
    entry = entries(app.feed("/opds/v1.2/new"))["Torn"]
    assert "damaged" in entry.findtext("{http://www.w3.org/2005/Atom}summary", "")
    address = acquisitions(entry)["CBZ"]["href"]
    app.get(address)
    prepare_all(context)
    answer = app.get(address)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 2


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
def test_changed_comic_is_prepared_anew(app: App, context: Context, comics: dict[str, str]):
    address = file_of(app, "Alone", "CBZ")
    before = app.get(address).headers["etag"]
    add_archive(context, "Alone.cbz", 5)
    scan(context)
    after = app.get(address)
    assert after.status_code == 200
    assert after.headers["etag"] != before


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
def test_expired_file_is_there_again_with_the_same_etag(
    app: App, context: Context, comics: dict[str, str], clock
):
    address = file_of(app, "Alone", "CBZ")
    before = app.get(address)
    clock.advance(context.settings.artifact_ttl_seconds + 60)
    after = app.get(address)
    assert after.status_code == 200
    assert after.headers["etag"] == before.headers["etag"]
    assert parsedate_to_datetime(after.headers["last-modified"])


@pytest.mark.parametrize("overrides", [NO_WAIT | LAYOUTS])
def test_other_websites_cannot_make_a_browser_prepare_files(
    app: App, comics: dict[str, str], jobs: Jobs
):
    address = file_of(app, "Alone", "CBZ")
    answer = app.get(address, Sec_Fetch_Site="cross-site")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")
    assert not jobs()


def test_unknown_comic_is_not_found(app: App, comics: dict[str, str]):
    assert app.get("/opds/v1.2/files/nothing/cbz/x.cbz").status_code == 404
    assert app.get("/opds/v1.2/comics/nothing").status_code == 404
    assert app.get("/opds/v1.2/covers/nothing").status_code == 404
    assert app.get("/opds/v1.2/pages/nothing/0").status_code == 404
