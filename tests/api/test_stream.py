"""Small comics as streams: the very bytes a job would make, with their length known beforehand."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest
from fastapi.testclient import TestClient

from comic_downloads.packaging.formats import STREAMABLE_FORMATS
from comic_downloads.usecases.context import Context

from .library import add_archive, page_bytes, prepare_all, scan


@pytest.fixture
def comic_id(context: Context) -> str:
    add_archive(context, "Café 007.cbz", 19)
    return next(iter(scan(context).values()))


def stream(client: TestClient, comic_id: str, format_name: str) -> httpx.Response:
    return client.get(f"/api/v1/comics/{comic_id}/stream", params={"format": format_name})


@pytest.mark.parametrize("format_name", STREAMABLE_FORMATS)
def test_a_small_comic_comes_at_once_with_its_exact_length(
    owner: TestClient, comic_id: str, format_name: str
) -> None:
    response = stream(owner, comic_id, format_name)
    assert response.status_code == 200
    assert response.headers["content-length"] == str(len(response.content))
    assert "filename*=UTF-8''Caf%C3%A9" in response.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        pages = [name for name in archive.namelist() if name.endswith(".png")]
        assert [archive.read(name) for name in pages] == [
            page_bytes(number) for number in range(19)
        ]


@pytest.mark.parametrize("format_name", STREAMABLE_FORMATS)
def test_it_is_what_a_job_would_make(
    owner: TestClient, context: Context, comic_id: str, format_name: str
) -> None:
    job = owner.post(
        "/api/v1/downloads", json={"comic_ids": [comic_id], "format": format_name}
    ).json()
    prepare_all(context)
    file = owner.get(f"/api/v1/downloads/{job['id']}/file")
    assert stream(owner, comic_id, format_name).content == file.content
    assert (
        stream(owner, comic_id, format_name).headers["content-type"] == file.headers["content-type"]
    )


def test_a_longer_comic_is_refused_with_a_way_out(owner: TestClient, context: Context) -> None:
    add_archive(context, "long.cbz", 20)
    response = stream(owner, next(iter(scan(context).values())), "cbz")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "Ask for a download" in response.json()["detail"]


def test_other_formats_and_comics_are_refused(owner: TestClient, comic_id: str) -> None:
    assert stream(owner, comic_id, "pdf").json()["code"] == "invalid_format"
    assert stream(owner, "nothing", "cbz").json()["code"] == "not_found"


def test_a_stream_needs_an_account(visitor: TestClient, comic_id: str) -> None:
    assert stream(visitor, comic_id, "cbz").json()["code"] == "not_signed_in"


def test_a_comic_changed_since_the_scan_breaks_the_stream_off(
    owner: TestClient, context: Context, comic_id: str
) -> None:
    path = context.settings.library / "Café 007.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(19):
            archive.writestr(f"page{number + 1}.png", page_bytes(number + 50))
    response = stream(owner, comic_id, "cbz")
    assert len(response.content) < int(response.headers["content-length"])
