"""Lists are written in one go, and say what their models say."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from comic_downloads.db.tables import Comic
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.address import absolute
from comic_downloads.web.api.models import ItemsPage, JobModel
from comic_downloads.web.api.routes.library import ComicSummaryModel

from .library import add_archive, scan

LISTS = ("/api/v1/comics", "/api/v1/downloads")
OF_CALLERS = (*LISTS, "/api/v1/me", "/api/v1/downloads/x", "/api/v1/downloads/x/progress")


def test_list_of_comics_is_the_json_of_its_model(owner: TestClient, comics: dict[str, str]):
    answer = owner.get("/api/v1/comics?limit=2&offset=1")
    model = ItemsPage[ComicSummaryModel].model_validate_json(answer.content)
    assert answer.content == model.model_dump_json().encode()
    assert (len(model.items), model.total, model.limit, model.offset) == (2, len(comics), 2, 1)
    assert answer.headers["content-type"] == "application/json"


def test_list_of_downloads_is_the_json_of_its_model(owner: TestClient, comics: dict[str, str]):
    for comic_id in comics.values():
        owner.post("/api/v1/downloads", json={"comic_ids": [comic_id], "format": "cbz"})
    answer = owner.get("/api/v1/downloads")
    model = ItemsPage[JobModel].model_validate_json(answer.content)
    assert answer.content == model.model_dump_json().encode()
    one = owner.get(f"/api/v1/downloads/{model.items[0].id}")
    assert one.content == model.items[0].model_dump_json().encode()
    assert len(model.items) == model.total == len(comics)


def test_comic_in_a_list_is_described_as_on_its_own_page(owner: TestClient, comics: dict[str, str]):
    for listed in owner.get("/api/v1/comics").json()["items"]:
        alone = owner.get(f"/api/v1/comics/{listed['id']}").json()
        assert listed == {name: alone[name] for name in listed}


def test_list_says_at_once_what_has_changed_of_a_comic(
    owner: TestClient, comics: dict[str, str], context: Context
):
    before = owner.get("/api/v1/comics").json()["items"]
    with context.db.write() as session:
        changed = session.get_one(Comic, before[0]["id"])
        changed.page_count += 1
        changed.comic_metadata = changed.comic_metadata | {"year": 1961}
    after = owner.get("/api/v1/comics").json()["items"]
    pages = before[0]["page_count"] + 1
    assert after == [before[0] | {"page_count": pages, "year": 1961}, *before[1:]]


@pytest.mark.parametrize("address", OF_CALLERS)
def test_stranger_is_refused(visitor: TestClient, address: str):
    assert visitor.get(address).json()["code"] == "not_signed_in"


@pytest.mark.parametrize("address", LISTS)
def test_stranger_does_not_learn_that_a_parameter_is_wrong(
    visitor: TestClient, owner: TestClient, address: str
):
    refused = visitor.get(f"{address}?limit=no")
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
    assert owner.get(f"{address}?limit=no").json()["code"] == "invalid_request"


@pytest.mark.parametrize("address", OF_CALLERS)
def test_removed_token_and_ended_session_stop_at_once(
    owner: TestClient, visitor: TestClient, address: str
):
    token = owner.post("/api/v1/tokens", json={"name": "a script"}).json()
    bearer = {"Authorization": f"Bearer {token['secret']}"}
    assert visitor.get(address, headers=bearer).status_code in {200, 404}
    owner.delete(f"/api/v1/tokens/{token['id']}")
    assert visitor.get(address, headers=bearer).status_code == 401
    cookie = {"Cookie": f"session={owner.cookies['session']}"}
    assert visitor.get(address, headers=cookie).status_code in {200, 404}
    owner.delete("/api/v1/session")
    assert visitor.get(address, headers=cookie).status_code == 401


def test_search_takes_every_character_to_the_letter(owner: TestClient, context: Context):
    for title in ("100% Owl", "1000 Owls"):
        add_archive(context, f"{title}.cbz", 1)
    scan(context)

    def found(query: str) -> set[str]:
        items = owner.get("/api/v1/comics", params={"query": query}).json()["items"]
        return {item["title"] for item in items}

    assert found("100%") == {"100% Owl"}
    assert found("1_0") == found("/") == set()
    assert found("owl 100") == {"100% Owl", "1000 Owls"}


@pytest.mark.parametrize(
    ("base", "url", "whole"),
    [
        ("https://comics.example", "/d/a/b.cbz", "https://comics.example/d/a/b.cbz"),
        ("https://comics.example/", "/d/a/b.cbz", "https://comics.example/d/a/b.cbz"),
        ("https://comics.example/below/", "/d/a", "https://comics.example/d/a"),
        ("http://[::1]:3000/", "/d/a?b=c", "http://[::1]:3000/d/a?b=c"),
        ("https://comics.example", "https://cdn.example/d/a", "https://cdn.example/d/a"),
    ],
)
def test_link_gets_the_name_of_the_server(base: str, url: str, whole: str):
    assert absolute(base, url) == whole
