"""Finished files that are opened where they are, and what is known of a file before it is ready."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from comic_downloads.usecases.context import Context

from .library import PAGE_SIZE, page_bytes, prepare_all
from .sharing import ARCHIVES, code, prepare

DOWNLOADS = "/api/v1/downloads"


def made(member: TestClient, context: Context, comic_id: str, **choices: Any) -> dict[str, Any]:
    """Return a finished download of the comic."""
    body = {"comic_ids": [comic_id], "format": "cbz", **choices}
    answer = member.post(DOWNLOADS, json=body)
    assert answer.status_code == 202, answer.text
    prepare_all(context)
    return member.get(f"{DOWNLOADS}/{answer.json()['id']}").json()


def test_pdf_opens_in_the_browser_under_the_same_guards_as_a_download(
    member: TestClient, context: Context, comics: dict[str, str]
):
    job = made(member, context, comics["Alone"], format="pdf", quality="720p")
    saved = member.get(f"{DOWNLOADS}/{job['id']}/file")
    opened = member.get(f"{DOWNLOADS}/{job['id']}/file", params={"inline": True})
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert opened.headers["content-disposition"].startswith('inline; filename="Alone')
    assert opened.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert opened.headers["x-frame-options"] == "DENY"
    assert opened.headers["content-type"] == "application/pdf"
    assert opened.content == saved.content
    part = member.get(opened.url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, saved.content[5:10])
    assert part.headers["content-disposition"].startswith("inline;")


@pytest.mark.parametrize("format", ["cbz", "zip", "epub"])
def test_file_that_browsers_have_no_viewer_for_is_saved_and_never_shown(
    member: TestClient, context: Context, comics: dict[str, str], format: str
):
    job = made(member, context, comics["Alone"], format=format)
    answer = member.get(f"{DOWNLOADS}/{job['id']}/file", params={"inline": True})
    assert answer.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize("format", ["cbz", "zip", "epub"])
@pytest.mark.parametrize("overrides", [{"originals": "layout"}, {"originals": "stored"}])
def test_pages_of_a_finished_file_are_those_that_are_in_it(
    member: TestClient, context: Context, comics: dict[str, str], format: str
):
    job = made(member, context, comics["Moon Harbour #1"], format=format, pages="2-")
    pages = f"{DOWNLOADS}/{job['id']}/pages"
    for index in range(2):
        answer = member.get(f"{pages}/{index}")
        assert answer.content == page_bytes(index + 1)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    etag = member.get(f"{pages}/1").headers["etag"]
    assert member.get(f"{pages}/1", headers={"If-None-Match": etag}).status_code == 304
    assert code(member.get(f"{pages}/2")) == (404, "not_found")


def test_pages_of_a_converted_file_are_the_converted_ones(
    member: TestClient, context: Context, comics: dict[str, str]
):
    job = made(member, context, comics["Alone"], quality="360p", grayscale=True)
    answer = member.get(f"{DOWNLOADS}/{job['id']}/pages/1")
    with Image.open(io.BytesIO(answer.content)) as page:
        assert page.height == 360
    small = member.get(f"{DOWNLOADS}/{job['id']}/pages/1", params={"height": 160})
    assert small.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(small.content)) as page:
        assert page.height == 160 < PAGE_SIZE[1]


def test_only_archives_of_pages_of_the_caller_that_are_finished_have_pages(
    member: TestClient, owner: TestClient, context: Context, comics: dict[str, str]
):
    pdf = made(member, context, comics["Alone"], format="pdf")
    untouched = made(member, context, comics["Alone"], quality="untouched")
    cbz = made(member, context, comics["Alone"])
    body = {"comic_ids": [comics["Alone"]], "format": "cbz", "quality": "480p"}
    waiting = member.post(DOWNLOADS, json=body).json()
    for job in (pdf, untouched):
        assert code(member.get(f"{DOWNLOADS}/{job['id']}/pages/0")) == (404, "not_found")
    assert code(member.get(f"{DOWNLOADS}/{waiting['id']}/pages/0")) == (409, "not_ready")
    assert code(owner.get(f"{DOWNLOADS}/{cbz['id']}/pages/0")) == (404, "not_found")


def test_job_says_which_size_is_expected_before_it_is_ready(
    member: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Alone"]], "format": "cbz", "quality": "360p"}
    waiting = member.post(DOWNLOADS, json=body).json()
    assert (waiting["status"], waiting["file_size_bytes"]) == ("queued", None)
    assert waiting["expected_size_bytes"] > 0
    group = member.post(
        DOWNLOADS,
        json={"comic_ids": list(comics.values()), "format": "pdf", "split": "each"}
        | {"quality": "360p"},
    ).json()
    assert all(item["expected_size_bytes"] > 0 for item in group["items"])
    assert group["expected_size_bytes"] == sum(
        item["expected_size_bytes"] for item in group["items"]
    )


@pytest.mark.parametrize("archives", [ARCHIVES])
def test_guest_knows_size_and_digest_and_opens_a_pdf(
    guest: TestClient, context: Context, address: str
):
    waiting = prepare(guest, address, "pdf", quality="360p")
    assert waiting["expected_size_bytes"] > 0
    assert code(guest.get(f"{address}/file/{waiting['job_id']}")) == (409, "not_ready")
    prepare_all(context)
    done = guest.get(f"{address}/status/{waiting['job_id']}").json()
    opened = guest.get(f"{address}/file/{waiting['job_id']}", params={"inline": True})
    assert opened.headers["content-disposition"].startswith("inline;")
    assert len(done["sha256"]) == 64
    saved = guest.get(f"{address}/file/{waiting['job_id']}")
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert saved.content == opened.content
