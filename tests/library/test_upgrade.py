"""An installation of commit 8790258 is brought up to date, and nothing that people hold is lost.

Its rows and its stored file are those that the code of that commit wrote; see
``earlier_version/record.py``.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.settings import Settings
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next
from comic_downloads.web.api.app import create_api
from comic_downloads.wiring import build_context

from .earlier_version.library_files import write_library

EARLIER = Path(__file__).parent / "earlier_version"
RECORD: dict[str, Any] = json.loads((EARLIER / "record.json").read_text())
BASE_URL = "http://comics.test"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Return the new version at the start after the update; no scan has run."""
    (tmp_path / "library").mkdir()
    write_library(tmp_path / "library")
    data = tmp_path / "data"
    for name, content in RECORD["stored"].items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    with closing(sqlite3.connect(data / "comic_downloads.db")) as connection:
        connection.executescript((EARLIER / "database.sql").read_text())
    settings = Settings(
        data_dir=data,
        library_dir=tmp_path / "library",
        secret_key=("the key of the earlier version",),
        base_url=BASE_URL,
        min_free_bytes=0,
    )
    context = build_context(settings)
    yield context
    context.open_comics.close()
    context.db.dispose()


@pytest.fixture
def client(context: Context) -> Iterator[TestClient]:
    """Return the browser that signed in before the update."""
    with TestClient(create_api(context), base_url=BASE_URL) as client:
        client.cookies.update(RECORD["cookies"])
        yield client


def scan(context: Context) -> None:
    request_scan(context)
    assert run_requested_scans(context, lambda: False) == 1


def comics(client: TestClient) -> dict[str, str]:
    """Return the ids of the listed comics by their paths."""
    listed = client.get("/api/v1/comics").json()["items"]
    return {client.get(f"/api/v1/comics/{one['id']}").json()["path"]: one["id"] for one in listed}


def assert_everything_held_works(context: Context, client: TestClient) -> None:
    """Use the link, the token, the share and the downloads that people had before the update."""
    file = base64.b64decode(RECORD["file"])
    stranger = TestClient(create_api(context), base_url=BASE_URL)
    assert stranger.get(RECORD["link"]).content == file
    resumed = {"Range": "bytes=1000-", "If-Range": f'"{RECORD["ready"]["sha256"]}"'}
    rest = stranger.get(RECORD["link"], headers=resumed)
    assert (rest.status_code, rest.content) == (206, file[1000:])

    bearer = {"Authorization": f"Bearer {RECORD['token']}"}
    job = stranger.get(f"/api/v1/downloads/{RECORD['ready']['id']}", headers=bearer).json()
    kept = ("status", "filename", "sha256", "file_size_bytes", "expires_at")
    assert {name: job[name] for name in kept} == {name: RECORD["ready"][name] for name in kept}
    assert client.get("/api/v1/downloads").json()["total"] == 2

    for share in RECORD["shares"]:
        address = "/api/v1/shares/" + share["url"].rpartition("/")[2]
        opened = stranger.post(f"{address}/unlock", json={"password": "let me in"})
        assert opened.status_code == 204
        shared = stranger.get(f"{address}/info").json()
        assert {one["id"] for one in shared["comics"]} == {one["id"] for one in share["comics"]}
    for comic_id in RECORD["comics"].values():
        assert client.get(f"/api/v1/comics/{comic_id}/cover").status_code == 200


def test_everything_works_before_the_library_is_read_again(context: Context, client: TestClient):
    assert comics(client) == RECORD["comics"]
    assert_everything_held_works(context, client)


def test_comics_stay_listed_while_the_library_is_read_again(context: Context, client: TestClient):
    told: list[tuple[int, int]] = []

    def look() -> bool:
        assert comics(client) == RECORD["comics"]
        assert_everything_held_works(context, client)
        status = client.get("/api/v1/library").json()
        told.append((status["comics_done"], status["comics_total"]))
        return False

    request_scan(context)
    assert run_requested_scans(context, look) == 1
    total = len(RECORD["comics"])
    counts = [done for done, of in told if of == total]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, total)


def test_ids_survive_the_reading_of_the_library(context: Context, client: TestClient):
    scan(context)
    assert comics(client) == RECORD["comics"]
    series = {one["title"]: one["id"] for one in client.get("/api/v1/series").json()["items"]}
    assert series["Nova"] == RECORD["series"]["Nova"]
    assert_everything_held_works(context, client)


def test_two_runs_that_were_one_series_come_apart(context: Context, client: TestClient):
    assert "Runs" in RECORD["series"]
    scan(context)
    runs = [
        client.get(f"/api/v1/comics/{RECORD['comics'][path]}").json()["series_id"]
        for path in ("Runs (2019)/Runs 001.cbz", "Runs (2021)/Runs 001.cbz")
    ]
    assert len({*runs, None}) == 3
    assert RECORD["series"]["Runs"] in runs


def test_the_library_is_read_once(context: Context, client: TestClient):
    scan(context)
    read = [client.get(f"/api/v1/comics/{id_}").json() for id_ in RECORD["comics"].values()]
    scan(context)
    assert [client.get(f"/api/v1/comics/{one['id']}").json() for one in read] == read


def test_comics_moved_while_the_app_was_stopped_keep_their_ids(
    context: Context, client: TestClient
):
    library = context.settings.library
    (library / "Moved").mkdir()
    (library / "Only.cbz").rename(library / "Moved" / "Renamed.cbz")
    (library / "Loose pages").rename(library / "Moved" / "Pages")
    scan(context)
    found = comics(client)
    assert found["Moved/Renamed.cbz"] == RECORD["comics"]["Only.cbz"]
    assert found["Moved/Pages"] == RECORD["comics"]["Loose pages"]
    assert len(found) == len(RECORD["comics"])


@pytest.mark.parametrize("is_read_again", [False, True])
def test_a_download_that_was_waiting_is_prepared(
    context: Context, client: TestClient, is_read_again: bool
):
    if is_read_again:
        scan(context)
    hooks = WorkerHooks("a worker of the new version", lambda: False, hard_exit=lambda: None)
    assert prepare_next(context, hooks)
    job = client.get(f"/api/v1/downloads/{RECORD['queued']}").json()
    assert (job["status"], job["filename"]) == ("ready", "Loose pages.pdf")


def test_a_comic_can_be_downloaded_again(context: Context, client: TestClient):
    scan(context)
    ready = f"/api/v1/downloads/{RECORD['ready']['id']}"
    client.delete(ready)
    (comic,) = RECORD["ready"]["comics"]
    again = client.post(
        "/api/v1/downloads",
        json={"comic_ids": [comic["id"]], "format": "cbz", "quality": "original"},
    ).json()
    hooks = WorkerHooks("a worker of the new version", lambda: False, hard_exit=lambda: None)
    while prepare_next(context, hooks):
        pass
    job = client.get(f"/api/v1/downloads/{again['id']}").json()
    assert (job["status"], job["pages_done"]) == ("ready", 3)
