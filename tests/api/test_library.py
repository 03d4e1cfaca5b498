"""The library over HTTP: lists, details, pictures, scans and uploads."""

from __future__ import annotations

import io
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from comic_downloads.db.library import SORTS
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.upload import IncomingComic, drop_cut_uploads
from comic_downloads.web.api.routes.library import Sort

from .conftest import Clock, Rings
from .library import PAGE_SIZE, add_archive, archive_bytes, page_bytes, scan


def test_comics_are_listed_page_by_page(owner: TestClient, comics: dict[str, str]):
    first = owner.get("/api/v1/comics", params={"limit": 2}).json()
    rest = owner.get("/api/v1/comics", params={"limit": 2, "offset": 2}).json()
    assert (
        first["total"],
        first["limit"],
        first["offset"],
        len(first["items"]),
        len(rest["items"]),
    ) == (3, 2, 0, 2, 1)
    assert {comic["id"] for comic in first["items"] + rest["items"]} == set(comics.values())


def test_comics_are_searched_and_narrowed_to_a_series(owner: TestClient, comics: dict[str, str]):
    assert owner.get("/api/v1/comics", params={"query": "alone"}).json()["total"] == 1
    series = owner.get("/api/v1/series").json()["items"][0]
    assert series["title"] == "Moon Harbour"
    assert owner.get("/api/v1/comics", params={"series": series["id"]}).json()["total"] == 2
    detail = owner.get(f"/api/v1/series/{series['id']}").json()
    assert [comic["number"] for comic in detail["comics"]] == ["1", "2"]


def test_every_sort_is_offered_and_works(owner: TestClient, comics: dict[str, str]):
    assert set(get_args(Sort)) == set(SORTS)
    for sort in SORTS:
        assert owner.get("/api/v1/comics", params={"sort": sort}).json()["total"] == 3


@pytest.mark.parametrize(
    "params", [{"sort": "colour"}, {"limit": 0}, {"limit": "many"}, {"offset": -1}]
)
def test_list_that_cannot_be_given_is_refused_by_name(owner: TestClient, params: dict):
    answer = owner.get("/api/v1/comics", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert next(iter(params)) in answer.json()["detail"]


def test_comic_tells_all_about_its_pages(owner: TestClient, comics: dict[str, str]):
    comic = owner.get(f"/api/v1/comics/{comics['Alone']}").json()
    assert (comic["title"], comic["page_count"], comic["error"]) == ("Alone", 2, "")
    assert comic["pages"][0] == {
        "index": 0,
        "name": "page1.png",
        "width": PAGE_SIZE[0],
        "height": PAGE_SIZE[1],
        "size_bytes": len(page_bytes(0)),
        "media_type": "image/png",
        "error": "",
    }


@pytest.mark.parametrize(
    "address", ["comics/none", "comics/none/cover", "comics/none/pages/0", "series/none"]
)
def test_unknown_things_are_not_found(owner: TestClient, address: str):
    answer = owner.get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_cover_is_a_small_picture_that_browsers_keep(owner: TestClient, comics: dict[str, str]):
    cover_url = owner.get(f"/api/v1/comics/{comics['Alone']}").json()["cover_url"]
    answer = owner.get(cover_url, params={"height": 160})
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.status_code, picture.height) == (200, 160)
    assert "sandbox" in answer.headers["content-security-policy"]
    kept = owner.get(cover_url, headers={"If-None-Match": owner.get(cover_url).headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")


def test_picture_with_a_version_is_kept_and_one_without_is_asked_about(
    owner: TestClient, comics: dict[str, str]
):
    address = f"/api/v1/comics/{comics['Alone']}/cover"
    assert "immutable" in owner.get(f"{address}?v=abc").headers["cache-control"]
    assert owner.get(address).headers["cache-control"] == "private, no-cache"


def test_page_is_given_as_it_is_or_small(owner: TestClient, comics: dict[str, str]):
    address = f"/api/v1/comics/{comics['Alone']}/pages/1"
    whole, small = owner.get(address), owner.get(address, params={"height": 160})
    assert (whole.content, whole.headers["content-type"]) == (page_bytes(1), "image/png")
    assert Image.open(io.BytesIO(small.content)).height == 160
    assert owner.head(address).headers["content-length"] == str(len(page_bytes(1)))
    assert owner.get(address.replace("/1", "/7")).status_code == 404


def test_scan_is_asked_for_and_its_outcome_shown(
    member: TestClient, context: Context, rings: Rings
):
    add_archive(context, "New.cbz")
    answer = member.post("/api/v1/library/scan")
    assert (answer.status_code, rings.scans) == (202, 1)
    assert member.get(answer.json()["status_url"]).json()["waiting"]
    scan(context)
    status = member.get("/api/v1/library").json()
    assert (status["comic_count"], status["waiting"], status["scanning"]) == (1, False, False)


def upload(client: TestClient, name: str, content: bytes):
    return client.post(
        "/api/v1/comics", files={"file": (name, content, "application/octet-stream")}
    )


def test_upload_comes_into_the_library(owner: TestClient, context: Context):
    content = archive_bytes(3)
    answer = upload(owner, "Café #7.cbz", content)
    assert (answer.status_code, answer.json()["path"]) == (202, "Café #7.cbz")
    assert (context.settings.library / "Café #7.cbz").read_bytes() == content
    scan(context)
    assert owner.get("/api/v1/comics").json()["items"][0]["page_count"] == 3


def test_upload_never_overwrites_a_file(owner: TestClient, context: Context):
    first = archive_bytes(1)
    upload(owner, "Same.cbz", first)
    assert upload(owner, "Same.cbz", archive_bytes(2)).json()["path"] == "Same (2).cbz"
    assert (context.settings.library / "Same.cbz").read_bytes() == first


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../evil.cbz", "evil.cbz"), ("a\\b\\evil.cbz", "evil.cbz"), ("CON.cbz", "_CON.cbz")],
)
def test_upload_stays_in_the_library_folder(
    owner: TestClient, context: Context, name: str, kept: str
):
    assert upload(owner, name, archive_bytes(1)).json()["path"] == kept
    assert [path.name for path in context.settings.library.iterdir()] == [kept]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("broken.cbz", b"PK\x03\x04 and then nothing", "comic_unreadable"),
        ("empty.cbz", b"", "invalid_request"),
        ("text.cbz", b"just text", "comic_unreadable"),
        ("program.exe", archive_bytes(1), "invalid_request"),
    ],
)
def test_upload_that_is_no_comic_leaves_nothing_behind(
    owner: TestClient, context: Context, name: str, content: bytes, code: str
):
    answer = upload(owner, name, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert list(context.settings.library.iterdir()) == []


@pytest.mark.parametrize("overrides", [{"max_upload_bytes": 200_000}])
@pytest.mark.parametrize("size", [200_001, 400_000])
def test_upload_beyond_the_limit_is_refused(owner: TestClient, context: Context, size: int):
    answer = upload(owner, "big.cbz", bytes(size))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert list(context.settings.library.iterdir()) == []


def test_upload_that_breaks_off_leaves_nothing_behind(owner: TestClient, context: Context):
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.cbz"\r\n\r\n'
        + archive_bytes(2)
    )
    answer = owner.post(
        "/api/v1/comics", content=form, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert list(context.settings.library.iterdir()) == []


def test_upload_is_for_the_owner_only(member: TestClient, visitor: TestClient, context: Context):
    assert upload(member, "a.cbz", archive_bytes(1)).json()["code"] == "forbidden"
    assert upload(visitor, "a.cbz", archive_bytes(1)).json()["code"] == "not_signed_in"
    assert list(context.settings.library.iterdir()) == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "multipart/form-data",
        "text/plain",
        f"multipart/form-data; boundary={'b' * 1000}",
    ],
)
def test_upload_that_is_no_form_is_refused(owner: TestClient, content_type: str):
    answer = owner.post("/api/v1/comics", content=b"{}", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_upload_that_is_under_way_is_not_taken_for_a_cut_one(owner: TestClient, context: Context):
    incoming = IncomingComic(context, "Long.cbz")
    incoming.write(archive_bytes(2))

    assert drop_cut_uploads(context) == 0
    assert incoming.finish().path == "Long.cbz"
    incoming.abandon()
    assert [path.name for path in context.settings.library.iterdir()] == ["Long.cbz"]


def test_cut_upload_of_another_machine_is_kept_for_a_day(context: Context, clock: Clock):
    part = context.settings.library / ".upload-elsewhere-01.part"
    part.touch()

    assert drop_cut_uploads(context) == 0
    clock.advance(25 * 3600)
    assert drop_cut_uploads(context) == 1
    assert not part.exists()


def test_upload_is_refused_while_the_library_is_not_mounted(
    owner: TestClient, context: Context, comics: dict[str, str]
):
    library = context.settings.library
    library.rename(library.with_name("away"))
    library.mkdir()

    answer = upload(owner, "New.cbz", archive_bytes(1))

    assert (answer.status_code, answer.json()["code"]) == (503, "library_away")
    assert list(library.iterdir()) == []
