"""What e-readers want of an EPUB: its name for Kobo, its metadata for Kindle."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .library import prepare_all
from .sharing import code

DOWNLOADS = "/api/v1/downloads"


def ready(owner: TestClient, context: Context, comic_id: str, **choices: Any) -> dict[str, Any]:
    asked = owner.post(DOWNLOADS, json={"comic_ids": [comic_id], "format": "epub"} | choices)
    assert asked.status_code == 202, asked.text
    prepare_all(context)
    return owner.get(f"{DOWNLOADS}/{asked.json()['id']}").json()


def package_of(owner: TestClient, job: dict[str, Any]) -> str:
    with zipfile.ZipFile(io.BytesIO(owner.get(job["download_url"]).content)) as archive:
        return archive.read("EPUB/package.opf").decode()


@pytest.mark.parametrize(
    ("choices", "filename", "is_for_kindle"),
    [
        ({"quality": "kobo-clara"}, "Alone.kepub.epub", False),
        ({"quality": "kobo-clara", "epub_for": "any"}, "Alone.epub", False),
        ({"quality": "kobo-clara", "epub_for": None}, "Alone.kepub.epub", False),
        ({"quality": "kobo-clara", "format": "cbz"}, "Alone.cbz", False),
        ({"quality": "original", "epub_for": "kobo"}, "Alone.kepub.epub", False),
        ({"quality": "kindle-paperwhite"}, "Alone.epub", True),
        ({"quality": "kindle-paperwhite", "epub_for": "any"}, "Alone.epub", False),
        ({"quality": "720p", "epub_for": "kindle"}, "Alone.epub", True),
        ({"quality": "tolino-shine"}, "Alone.epub", False),
    ],
)
def test_the_device_decides_whose_readers_an_epub_is_for_unless_it_is_said(
    owner: TestClient,
    context: Context,
    comics: dict[str, str],
    choices: dict[str, Any],
    filename: str,
    is_for_kindle: bool,
):
    job = ready(owner, context, comics["Alone"], **choices)
    assert job["filename"] == filename
    if filename.endswith(".epub"):
        assert job["media_type"] == "application/epub+zip"
        assert ('name="book-type"' in package_of(owner, job)) is is_for_kindle


def test_a_file_for_kobo_differs_only_in_its_name(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    kobo = ready(owner, context, comics["Alone"], epub_for="kobo")
    other = ready(owner, context, comics["Alone"], epub_for="any")
    assert kobo["filename"] != other["filename"]
    assert kobo["sha256"] == other["sha256"]


def test_equal_names_of_a_group_keep_the_whole_extension(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    owner.put("/api/v1/me/filename-pattern", json={"pattern": "{series} same"})
    ids = list(comics.values())
    body = {"comic_ids": ids, "format": "epub", "quality": "kobo-clara", "split": "each"}
    group = owner.post(DOWNLOADS, json=body).json()
    names = {item["filename"] for item in group["items"]}
    assert {f"Moon Harbour same{more}.kepub.epub" for more in ("", " (2)")} <= names


@pytest.mark.parametrize("choice", [{"epub_for": "nook"}, {"double_pages": "cut"}])
def test_an_unknown_choice_is_refused(
    owner: TestClient, comics: dict[str, str], choice: dict[str, str]
):
    body = {"comic_ids": [comics["Alone"]], "format": "epub", **choice}
    assert code(owner.post(DOWNLOADS, json=body)) == (422, "invalid_request")
