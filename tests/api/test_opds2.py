"""The feeds of the OPDS 2.0 catalogue, and how it asks strangers to sign in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .conftest import BASE_URL, PASSWORD
from .library import add_archive, archive_bytes, prepare_all, scan
from .opds import ACQUISITION, App

ROOT = "/opds/v2/catalog"
FEED = "application/opds+json"


@pytest.fixture
def app(member: TestClient, new_guest: Callable[[], TestClient]) -> App:
    return App(new_guest(), "mika", PASSWORD)


def feed(app: App, address: str) -> dict[str, Any]:
    answer = app.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, FEED), answer.text
    return answer.json()


def link(document: dict[str, Any], rel: str) -> dict[str, Any]:
    (found,) = [one for one in document["links"] if one["rel"] == rel]
    return found


def files(publication: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["title"]: one for one in publication["links"] if one["rel"] == ACQUISITION}


def titles(document: dict[str, Any]) -> list[str]:
    return [one["metadata"]["title"] for one in document["publications"]]


def test_root_leads_to_every_part_and_shows_what_is_new(app: App, comics: dict[str, str]):
    root = feed(app, ROOT)
    assert root["metadata"]["title"] == "Comics"
    assert link(root, "self")["href"] == link(root, "start")["href"] == ROOT
    names = [one["title"] for one in root["navigation"]]
    assert names == ["New comics", "Series", "All comics", "Lists", "Ready for you"]
    assert all(feed(app, one["href"]) for one in root["navigation"])
    (new,) = root["groups"]
    assert (new["metadata"]["title"], new["metadata"]["numberOfItems"]) == ("New comics", 3)
    assert sorted(titles(new)) == sorted(comics)
    assert sorted(titles(feed(app, link(new, "self")["href"]))) == sorted(comics)
    assert len(feed(app, link(root, "http://opds-spec.org/crawlable")["href"])["publications"]) == 3


def test_publication_says_what_is_known_and_how_to_fetch_it(app: App, comics: dict[str, str]):
    documents = feed(app, "/opds/v2/comics?query=harbour")["publications"]
    first = documents[0]
    metadata = first["metadata"]
    assert UUID(metadata["identifier"])
    assert datetime.fromisoformat(metadata["modified"])
    assert (metadata["title"], metadata["numberOfPages"]) == ("Moon Harbour #1", 3)
    (series,) = metadata["belongsTo"]["series"]
    assert (series["name"], series["position"]) == ("Moon Harbour", 1)
    assert titles(feed(app, series["links"][0]["href"])) == ["Moon Harbour #1", "Moon Harbour #2"]
    assert {title: one["type"] for title, one in files(first).items()} == {
        "Original file": "application/vnd.comicbook+zip",
        "CBZ": "application/vnd.comicbook+zip",
        "PDF": "application/pdf",
        "EPUB": "application/epub+zip",
    }
    for image in first["images"]:
        assert app.get(image["href"]).headers["content-type"] == image["type"] == "image/jpeg"


def test_comic_lists_its_pages_in_reading_order(app: App, comics: dict[str, str]):
    (one,) = feed(app, "/opds/v2/comics?query=alone")["publications"]
    answer = app.get(link(one, "self")["href"])
    assert answer.headers["content-type"] == link(one, "self")["type"]
    whole = answer.json()
    assert whole["metadata"].pop("conformsTo").endswith("/divina")
    assert whole["metadata"] == one["metadata"]
    pages = [app.get(page["href"]) for page in whole["readingOrder"]]
    assert [page.headers["content-type"] for page in pages] == ["image/jpeg"] * 2


def test_search_is_a_template(app: App, comics: dict[str, str]):
    search = link(feed(app, ROOT), "search")
    assert (search["templated"], search["type"]) == (True, FEED)
    address = search["href"].replace("{?query}", "?query=alone")
    assert titles(feed(app, address)) == ["Alone"]
    assert feed(app, search["href"].replace("{?query}", "?query=nothing"))["publications"] == []


def test_pages_of_a_feed_are_linked_and_counted(app: App, context: Context):
    content = archive_bytes(1)
    for number in range(60):
        (context.settings.library / f"Walk #{number:02}.cbz").write_bytes(content)
    scan(context)
    first = feed(app, "/opds/v2/comics")
    paging = {"numberOfItems": 60, "itemsPerPage": 50, "currentPage": 1}
    assert first["metadata"].items() >= paging.items()
    second = feed(app, link(first, "next")["href"])
    assert second["metadata"]["currentPage"] == 2
    assert link(second, "previous")["href"] == link(second, "first")["href"] == "/opds/v2/comics"
    assert titles(first) + titles(second) == [f"Walk #{number}" for number in range(60)]
    assert not [one for one in second["links"] if one["rel"] == "next"]


def test_facets_sort_and_filter(app: App, comics: dict[str, str]):
    facets = feed(app, "/opds/v2/comics?query=o")["facets"]
    assert [one["metadata"]["title"] for one in facets] == ["Sort by", "Show"]
    sorts = {one["title"]: one for one in facets[0]["links"]}
    assert [title for title, one in sorts.items() if one["rel"] == "self"] == ["Title"]
    assert titles(feed(app, sorts["Largest first"]["href"]))[0] == "Moon Harbour #2"


def test_catalogue_of_a_preset_has_everything_as_that(
    app: App, member: TestClient, comics: dict[str, str]
):
    body = {"name": "Libra", "format": "epub", "quality": "kobo-libra-colour"}
    preset_id = member.post("/api/v1/presets", json=body).json()["id"]
    (entry,) = [one for one in feed(app, ROOT)["navigation"] if one["title"] == "As Libra"]
    assert entry["href"] == f"/opds/v2/p/{preset_id}/catalog"
    root = feed(app, "/opds/v2/p/libra")
    for one in root["groups"][0]["publications"]:
        assert list(files(one)) == ["Libra"]


def test_list_is_a_feed_in_its_order(app: App, member: TestClient, comics: dict[str, str]):
    ids = list(comics.values())[::-1]
    made = member.post("/api/v1/lists", json={"name": "Next", "comic_ids": ids}).json()
    (entry,) = feed(app, "/opds/v2/lists")["navigation"]
    assert (entry["title"], entry["href"]) == ("Next", f"/opds/v2/lists/{made['id']}")
    names = [member.get(f"/api/v1/comics/{one}").json()["name"] for one in ids]
    found = feed(app, entry["href"])
    assert [one["metadata"]["title"] for one in found["publications"]] == names
    assert found["metadata"]["numberOfItems"] == 3


def test_hostile_titles_are_text(app: App, context: Context):
    name = 'A <b>"bold"</b> & co {?query}'
    add_archive(context, f"{name.replace('/', ' ')}.cbz")
    scan(context)
    (one,) = feed(app, "/opds/v2/new")["publications"]
    assert "<b>" in one["metadata"]["title"]
    assert all("{" not in file["href"] and " " not in file["href"] for file in one["links"])


def test_ready_files_have_their_size(
    app: App, member: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": list(comics.values()), "format": "zip"}
    member.post("/api/v1/downloads", json=body)
    prepare_all(context)
    (one,) = feed(app, "/opds/v2/ready")["publications"]
    (file,) = files(one).values()
    assert file["type"] == "application/zip"
    assert len(app.get(file["href"]).content) == file["size"]


def test_strangers_get_the_authentication_document(visitor: TestClient, owner: TestClient):
    answer = visitor.get(ROOT)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/opds-authentication+json"
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    document = answer.json()
    assert document["id"] == f"{BASE_URL}/opds/v2/authentication"
    assert document["authentication"][0]["type"] == "http://opds-spec.org/auth/basic"
    assert document["authentication"][0]["labels"].keys() == {"login", "password"}
    published = visitor.get("/opds/v2/authentication")
    assert (published.status_code, published.json()) == (200, document)
