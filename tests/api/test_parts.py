"""Files of at most so many bytes: what is larger comes in parts."""

from __future__ import annotations

import hashlib
import io
import random
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from comic_downloads.usecases.context import Context

from .library import prepare_all, scan

DOWNLOADS = "/api/v1/downloads"
ESTIMATE = "/api/v1/estimate"
GROUPS = "/api/v1/groups"
PAGES = 8


def page_bytes(number: int) -> bytes:
    """Return a page that cannot be compressed, and is the same in every run."""
    stream = io.BytesIO()
    grain = random.Random(number).randbytes(150 * 150)
    Image.frombytes("L", (150, 150), grain).save(stream, "PNG")
    return stream.getvalue()


PAGE = max(len(page_bytes(number)) for number in range(PAGES))
# Room for three pages with what a file has besides them.
LIMIT = 3 * PAGE + 5000


def comic_info(bookmarks: dict[int, str]) -> str:
    pages = "".join(
        f'<Page Image="{place}" Bookmark="{name}"/>' for place, name in bookmarks.items()
    )
    series = "<Series>Tales</Series><Number>4</Number>"
    return f"<ComicInfo><Title>Chapters</Title>{series}<Pages>{pages}</Pages></ComicInfo>"


@pytest.fixture
def comics(context: Context) -> dict[str, str]:
    """Return the ids of comics; the chapters of one begin at its pages 1, 3 and 7."""
    library = context.settings.library
    library.mkdir(parents=True, exist_ok=True)
    for title, count in (("Long", PAGES), ("Short", 2), ("Brief", 1), ("Chapters", PAGES)):
        with zipfile.ZipFile(library / f"{title}.cbz", "w") as archive:
            for number in range(count):
                archive.writestr(f"page{number}.png", page_bytes(number))
            if title == "Chapters":
                bookmarks = {0: "One", 2: "Two", 6: "Three"}
                archive.writestr("ComicInfo.xml", comic_info(bookmarks))
    return scan(context)


def files_of(client: TestClient, context: Context, body: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return name and bytes of each file of a group, once all are prepared."""
    made = client.post(DOWNLOADS, json=body)
    assert made.status_code in {200, 202}, made.text
    prepare_all(context)
    items = client.get(made.headers["location"]).json()["items"]
    assert {item["status"] for item in items} == {"ready"}, items
    return [(item["filename"], client.get(item["download_url"]).content) for item in items]


def images(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if not name.endswith((".xml", ".txt"))]
        return [archive.read(name) for name in names]


def test_comic_is_cut_into_files_that_are_whole_and_within_the_limit(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Long"]], "format": "cbz", "max_part_bytes": LIMIT}
    files = files_of(owner, context, body)
    assert [name for name, _ in files] == [f"Long ({number} of 3).cbz" for number in (1, 2, 3)]
    assert all(len(data) <= LIMIT for _, data in files)
    assert [page for _, data in files for page in images(data)] == [
        page_bytes(number) for number in range(PAGES)
    ]
    for number, (_, data) in enumerate(files, start=1):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            described = ElementTree.fromstring(archive.read("ComicInfo.xml"))
        assert described.findtext("Title") == f"Long ({number} of 3)"
        assert described.findtext("PageCount") == str(len(images(data)))
    assert owner.post(ESTIMATE, json=body).json()["file_count"] == 3


def test_part_says_which_one_it_is_and_keeps_series_and_number(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    chosen = {"comic_ids": [comics["Chapters"]], "max_part_bytes": LIMIT}
    [*_, (_, cbz)] = files_of(owner, context, {**chosen, "format": "cbz"})
    with zipfile.ZipFile(io.BytesIO(cbz)) as archive:
        described = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    title = described.findtext("Title") or ""
    assert re.fullmatch(r"Chapters \((\d) of \1\)", title)
    assert (described.findtext("Series"), described.findtext("Number")) == ("Tales", "4")
    [*_, (_, epub)] = files_of(owner, context, {**chosen, "format": "epub"})
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        package = archive.read("EPUB/package.opf").decode()
    assert re.search(r"<dc:title>Tales #4 – Chapters \((\d) of \1\)</dc:title>", package)
    [*_, (_, pdf)] = files_of(owner, context, {**chosen, "format": "pdf"})
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert re.fullmatch(r"Tales #4 – Chapters \((\d) of \1\)", str(document.docinfo["/Title"]))


@pytest.mark.parametrize("format", ["cbz", "zip", "pdf", "epub"])
@pytest.mark.parametrize("quality", ["original", "360p"])
def test_no_part_of_any_format_exceeds_the_limit(
    owner: TestClient, context: Context, comics: dict[str, str], format: str, quality: str
):
    limit = 5 * PAGE
    body = {
        "comic_ids": list(comics.values()),
        "format": format,
        "quality": quality,
        "grayscale": quality != "original",
        "max_part_bytes": limit,
    }
    expected = owner.post(ESTIMATE, json=body).json()["file_count"]
    files = files_of(owner, context, body)
    assert len(files) == expected > 1
    assert max(len(data) for _, data in files) <= limit


def test_same_request_has_the_same_parts_and_bytes(
    owner: TestClient, member: TestClient, context: Context, comics: dict[str, str]
):
    body = {
        "comic_ids": list(comics.values()),
        "format": "epub",
        "grayscale": True,
        "max_part_bytes": LIMIT,
    }
    ours, theirs = (files_of(client, context, body) for client in (owner, member))
    assert [(name, hashlib.sha256(data).hexdigest()) for name, data in ours] == [
        (name, hashlib.sha256(data).hexdigest()) for name, data in theirs
    ]


def test_cuts_are_between_comics_where_these_fit(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    ids = [comics["Short"], comics["Brief"], comics["Long"]]
    body = {"comic_ids": ids, "format": "zip", "max_part_bytes": LIMIT}
    files = files_of(owner, context, body)
    assert [len(images(data)) for _, data in files] == [3, 3, 3, 2]
    assert all(re.fullmatch(r".+ \(\d of 4\)\.zip", name) for name, _ in files)
    assert len({re.sub(r"\(\d", "", name) for name, _ in files}) == 1


@pytest.mark.parametrize("format", ["cbz", "zip"])
def test_cuts_are_between_chapters_where_these_fit(
    owner: TestClient, context: Context, comics: dict[str, str], format: str
):
    limit = 5 * PAGE + 5000
    body = {"comic_ids": [comics["Chapters"]], "format": format, "max_part_bytes": limit}
    files = files_of(owner, context, body)
    # The first two chapters have six pages, which is one too many.
    assert [len(images(data)) for _, data in files] == [2, 4, 2]


def test_file_that_is_small_enough_is_an_ordinary_download(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Long"]], "format": "cbz"}
    plain = owner.post(DOWNLOADS, json=body).json()
    limited = owner.post(DOWNLOADS, json={**body, "max_part_bytes": 2**32 - 1}).json()
    assert limited["filename"] == "Long.cbz"
    assert limited["group_id"] is None
    assert limited["sha256"] == plain["sha256"]


def test_each_file_of_a_group_is_cut_by_itself(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    ids = [comics["Short"], comics["Long"]]
    body = {"comic_ids": ids, "format": "cbz", "split": "each", "max_part_bytes": LIMIT}
    names = [name for name, _ in files_of(owner, context, body)]
    assert names == ["Short.cbz", *(f"Long ({number} of 3).cbz" for number in (1, 2, 3))]


def test_part_is_retried_by_itself_and_has_the_same_bytes(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    body = {
        "comic_ids": [comics["Long"]],
        "format": "cbz",
        "grayscale": True,
        "max_part_bytes": LIMIT,
    }
    group = owner.post(DOWNLOADS, json=body).headers["location"]
    second = owner.get(group).json()["items"][1]
    assert owner.post(f"{DOWNLOADS}/{second['id']}/pause").json()["status"] == "paused"
    assert owner.post(f"{DOWNLOADS}/{second['id']}/cancel").json()["status"] == "cancelled"
    prepare_all(context)
    retried = owner.post(f"{DOWNLOADS}/{second['id']}/retry").json()
    assert retried["filename"] == second["filename"]
    prepare_all(context)
    items = owner.get(group).json()["items"]
    assert {item["status"] for item in items} == {"ready"}
    pages = [len(images(owner.get(item["download_url"]).content)) for item in items]
    assert sum(pages) == PAGES


def test_pattern_of_the_account_names_the_parts(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    owner.put("/api/v1/me/filename-pattern", json={"pattern": "My {title}"})
    body = {"comic_ids": [comics["Long"]], "format": "cbz", "max_part_bytes": LIMIT}
    names = [name for name, _ in files_of(owner, context, body)]
    assert names == [f"My Long ({number} of 3).cbz" for number in (1, 2, 3)]


def test_page_that_is_larger_than_a_file_may_be_is_named(owner: TestClient, comics: dict[str, str]):
    body = {"comic_ids": [comics["Long"]], "format": "cbz", "max_part_bytes": PAGE}
    for address in (DOWNLOADS, ESTIMATE):
        answer = owner.post(address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert "Page 1 of “Long” needs a file of" in answer.json()["detail"]
    for wrong in (0, -1, 2**60, "many"):
        assert owner.post(DOWNLOADS, json={**body, "max_part_bytes": wrong}).status_code == 422


def test_preset_can_limit_the_size_of_files(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    preset = {"name": "Small", "format": "cbz", "max_part_bytes": LIMIT}
    assert owner.post("/api/v1/presets", json=preset).json()["max_part_bytes"] == LIMIT
    body = {"comic_ids": [comics["Long"]], "preset": "small"}
    assert owner.post(DOWNLOADS, json=body).json()["total"] == 3


@pytest.mark.parametrize("overrides", [{"max_comics_per_job": 3}])
def test_more_parts_than_files_of_a_download_are_refused(owner: TestClient, comics: dict[str, str]):
    body = {"comic_ids": [comics["Long"]], "format": "cbz", "max_part_bytes": 2 * PAGE}
    answer = owner.post(DOWNLOADS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "8 files, but one download has at most 3" in answer.json()["detail"]
    fewer = {**body, "comic_ids": [comics["Short"], comics["Brief"]], "split": "each"}
    assert owner.post(DOWNLOADS, json=fewer).json()["total"] == 3
