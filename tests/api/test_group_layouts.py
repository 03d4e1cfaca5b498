"""The ZIP of a group whose files are layouts: read from the library while it is sent."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from comic_downloads.db.tables import ArtifactLayout
from comic_downloads.usecases.context import Context
from tests.waiting import wait_for

from .test_groups import DOWNLOADS

PAGES = 3
TITLES = ("Night Ferry #001", "Night Ferry #002", "Night Ferry #003")
NAMES = [f"{number:02} - {title}.cbz" for number, title in enumerate(TITLES, 1)]


@pytest.fixture
def overrides() -> dict[str, object]:
    return {"originals": "layout"}


@pytest.fixture
def archives() -> dict[str, int]:
    """Return a series of comics with equally many pages."""
    return {f"Night Ferry/{title}.cbz": PAGES for title in TITLES}


@pytest.fixture
def ready(comics: dict[str, str], owner: TestClient) -> str:
    series_id = owner.get("/api/v1/series").json()["items"][0]["id"]
    wanted = {"series_id": series_id, "format": "cbz", "split": "each"}
    return owner.post(DOWNLOADS, json=wanted).headers["location"]


def jobs(owner: TestClient, group: str) -> list[dict[str, Any]]:
    return owner.get(group).json()["items"]


def damage(context: Context, title: str) -> None:
    """Change a byte in the middle of the first page of the comic."""
    path = Path(context.settings.library, "Night Ferry", f"{title}.cbz")
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
    data = bytearray(path.read_bytes())
    data[first.header_offset + 30 + len(first.filename) + first.compress_size // 2] ^= 1
    path.write_bytes(bytes(data))


def test_it_is_there_without_a_worker_and_holds_the_files_as_they_are_fetched_alone(
    owner: TestClient, ready: str, context: Context
) -> None:
    alone = [owner.get(job["download_url"]).content for job in jobs(owner, ready)]
    content = owner.get(f"{ready}/file").content

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == NAMES
        assert [archive.read(name) for name in NAMES] == alone
    with context.db.read() as session:
        assert len(session.scalars(select(ArtifactLayout)).all()) == len(TITLES)
    assert list(context.blobs.list("artifacts/")) == []


def test_any_range_of_it_is_that_part_of_it(owner: TestClient, ready: str) -> None:
    whole = owner.get(f"{ready}/file").content
    source = random.Random(5)

    for _ in range(20):
        start, end = sorted(source.sample(range(len(whole)), 2))
        part = owner.get(f"{ready}/file", headers={"Range": f"bytes={start}-{end}"})
        assert (part.status_code, part.content) == (206, whole[start : end + 1])


def test_what_arrived_counts_for_each_file(owner: TestClient, ready: str) -> None:
    owner.get(f"{ready}/file")

    assert wait_for(
        "all bytes to be counted",
        lambda: all(
            job["downloaded_bytes"] == job["file_size_bytes"] for job in jobs(owner, ready)
        ),
    )


def test_a_page_that_changed_ends_it_early_and_names_the_page(
    owner: TestClient, ready: str, context: Context
) -> None:
    whole = owner.get(f"{ready}/file").content
    damage(context, TITLES[1])

    cut = owner.get(f"{ready}/file").content

    first_bytes = jobs(owner, ready)[0]["file_size_bytes"]
    assert whole.startswith(cut)
    assert first_bytes < len(cut) < len(whole)
    first, second, third = jobs(owner, ready)
    assert (first["status"], second["status"], third["status"]) == ("ready", "failed", "ready")
    assert second["error"]["code"] == "comic_changed"
    assert second["error"]["page_index"] == 0
    with zipfile.ZipFile(io.BytesIO(owner.get(f"{ready}/file").content)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(TITLES) - 1


def test_it_is_refused_if_the_first_page_that_is_wanted_changed(
    owner: TestClient, ready: str, context: Context
) -> None:
    damage(context, TITLES[0])

    answer = owner.get(f"{ready}/file")

    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")
    assert jobs(owner, ready)[0]["status"] == "failed"
