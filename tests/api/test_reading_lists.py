"""Reading lists over HTTP: comics in an order, and filters, kept under a name."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.domain import reading_list
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library import reading_lists

from .library import scan

LISTS = "/api/v1/lists"


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def order_of(client: TestClient, address: str) -> list[str]:
    return [one["id"] for one in client.get(address).json()["items"]]


@pytest.fixture
def ids(comics: dict[str, str]) -> list[str]:
    return list(comics.values())


@pytest.fixture
def address(owner: TestClient, ids: list[str]) -> str:
    body = {"name": "Next to read", "comic_ids": [ids[2], ids[0]]}
    return owner.post(LISTS, json=body).headers["location"]


def test_list_is_kept_in_its_order_changed_and_deleted(owner: TestClient, ids: list[str]):
    made = owner.post(LISTS, json={"name": " Next  to read ", "comic_ids": [ids[2], ids[0]]})
    address = made.headers["location"]
    assert made.status_code == 201
    assert made.json().items() >= {"name": "Next to read", "comic_count": 2, "filter": None}.items()
    assert owner.get(LISTS).json() == {"items": [made.json()], "total": 1}
    assert order_of(owner, address) == [ids[2], ids[0]]

    added = owner.post(f"{address}/comics", json={"comic_ids": [ids[0], ids[1]]})
    assert (added.status_code, added.json()["comic_count"]) == (200, 3)
    changed = owner.patch(address, json={"name": "Later", "order": ids})
    assert (changed.status_code, changed.json()["name"]) == (200, "Later")
    assert order_of(owner, address) == ids
    assert owner.delete(f"{address}/comics/{ids[1]}").status_code == 204
    assert order_of(owner, address) == [ids[0], ids[2]]
    assert refusal(owner.delete(f"{address}/comics/{ids[1]}")) == (404, "not_found")

    assert owner.delete(address).status_code == 204
    assert refusal(owner.get(address)) == (404, "not_found")


def test_filter_is_kept_as_the_address_has_it(owner: TestClient, ids: list[str]):
    asked = {"view": "comics", "q": "moon", "sort": "newest", "year": ""}
    made = owner.post(LISTS, json={"name": "Moon", "filter": asked})
    assert made.status_code == 201
    assert made.json()["filter"] == {"view": "comics", "q": "moon", "sort": "newest"}
    address = made.headers["location"]
    assert owner.get(address).json()["items"] == []
    added = owner.post(f"{address}/comics", json={"comic_ids": ids})
    assert refusal(added) == (422, "invalid_request")
    both = owner.post(LISTS, json={"name": "Both", "filter": {}, "comic_ids": []})
    assert refusal(both) == (422, "invalid_request")


def test_list_of_another_account_is_unknown(
    owner: TestClient, member: TestClient, address: str, ids: list[str]
):
    gone = (404, "not_found")
    assert member.get(LISTS).json()["total"] == 0
    assert refusal(member.get(address)) == gone
    assert refusal(member.patch(address, json={"name": "Mine"})) == gone
    assert refusal(member.post(f"{address}/comics", json={"comic_ids": ids})) == gone
    assert refusal(member.delete(f"{address}/comics/{ids[0]}")) == gone
    assert refusal(member.delete(address)) == gone
    assert order_of(owner, address) == [ids[2], ids[0]]
    assert member.post(LISTS, json={"name": "Next to read"}).status_code == 201


def test_name_is_unique_in_any_case(owner: TestClient, address: str):
    taken = owner.post(LISTS, json={"name": "NEXT to read"})
    assert refusal(taken) == (409, "list_name_taken")
    other = owner.post(LISTS, json={"name": "Other"}).headers["location"]
    assert refusal(owner.patch(other, json={"name": "next to READ"})) == (409, "list_name_taken")
    assert owner.patch(address, json={"name": "NEXT to read"}).json()["name"] == "NEXT to read"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\u0000b", "a\u202eb"])
def test_bad_name_is_refused(owner: TestClient, address: str, name: str):
    assert refusal(owner.post(LISTS, json={"name": name})) == (422, "invalid_request")
    assert refusal(owner.patch(address, json={"name": name})) == (422, "invalid_request")


def test_order_names_each_comic_once(owner: TestClient, address: str, ids: list[str]):
    for order in ([ids[0]], [ids[0], ids[0]], [*ids], []):
        assert refusal(owner.patch(address, json={"order": order})) == (422, "invalid_request")
    assert order_of(owner, address) == [ids[2], ids[0]]


def test_unknown_comic_is_refused_and_nothing_is_kept(
    owner: TestClient, address: str, ids: list[str]
):
    refused = owner.post(LISTS, json={"name": "Other", "comic_ids": [ids[0], "nope"]})
    assert refusal(refused) == (404, "not_found")
    assert owner.get(LISTS).json()["total"] == 1
    added = owner.post(f"{address}/comics", json={"comic_ids": [ids[1], "nope"]})
    assert refusal(added) == (404, "not_found")
    assert order_of(owner, address) == [ids[2], ids[0]]


def test_missing_comic_keeps_its_place_and_name_and_comes_back(
    owner: TestClient, context: Context, comics: dict[str, str], ids: list[str]
):
    made = owner.post(LISTS, json={"name": "All", "comic_ids": ids}).headers["location"]
    before = owner.get(made).json()
    path = context.settings.library / "Alone.cbz"
    kept = path.read_bytes()
    path.unlink()
    scan(context)
    now = owner.get(made).json()
    assert now["missing_count"] == 1
    assert [one["id"] for one in now["items"] if one["comic_id"] is None] == [comics["Alone"]]
    assert [one["name"] for one in now["items"]] == [one["name"] for one in before["items"]]
    path.write_bytes(kept)
    scan(context)
    assert owner.get(made).json() == before


def test_number_of_lists_and_comics_is_bounded(
    owner: TestClient, ids: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading_lists, "MAX_LISTS", 2)
    monkeypatch.setattr(reading_lists, "MAX_BOOKS", 2)
    refused = owner.post(LISTS, json={"name": "Much", "comic_ids": ids})
    assert refusal(refused) == (422, "invalid_request")
    for name in ("One", "Two"):
        assert owner.post(LISTS, json={"name": name}).status_code == 201
    assert refusal(owner.post(LISTS, json={"name": "Three"})) == (409, "conflict")
    long = owner.post(
        LISTS, json={"name": "Long", "comic_ids": ["x"] * (reading_list.MAX_BOOKS + 1)}
    )
    assert refusal(long) == (422, "invalid_request")


def cbl(*books: str, name: str = "Events") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<ReadingList><Name>{name}</Name><Books>{''.join(books)}</Books></ReadingList>"
    ).encode()


def book(series: str, number: str, volume: str = "", year: str = "") -> str:
    inside = '<Database Name="cv" Series="1" Issue="2" />'
    return (
        f'<Book Series="{series}" Number="{number}" Volume="{volume}" Year="{year}">{inside}</Book>'
    )


@pytest.mark.parametrize(
    "archives",
    [
        {
            "Moon Harbour/Moon Harbour #001.cbz": 2,
            "Moon Harbour/Moon Harbour #002.cbz": 3,
            "Owl (1991)/Owl #001 (1991).cbz": 4,
            "Owl (2019)/Owl #001 (2019).cbz": 5,
        }
    ],
)
def test_reading_list_is_matched_and_what_is_missing_stays_by_name(
    owner: TestClient, comics: dict[str, str]
):
    document = cbl(
        book("MOON harbour", "002"),
        book("Owl", "1", "2019", "2019"),
        book("Owl", "1"),
        book("Heron", "7", "2001"),
        book("Moon Harbour", "2"),
        book("Owl", "1", "1975", "1975"),
    )
    answer = owner.post(f"{LISTS}/import", content=document)
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert report["list"]["name"] == "Events"
    assert (report["matched"], report["repeated"]) == (2, 1)
    assert report["missing"]["items"] == ["Heron (2001) #7", "Owl (1975) #1"]
    (ambiguous,) = report["ambiguous"]["items"]
    assert (ambiguous["name"], len(ambiguous["comics"])) == ("Owl #1", 2)

    address = answer.headers["location"]
    found = owner.get(address).json()
    assert (found["comic_count"], found["missing_count"]) == (5, 3)
    names = [one["name"] for one in found["items"]]
    assert names[2:] == ["Owl #1", "Heron (2001) #7", "Owl (1975) #1"]
    taken = owner.post(f"{LISTS}/import", content=document)
    assert refusal(taken) == (409, "list_name_taken")

    exported = owner.get(f"{address}/file")
    assert exported.headers["content-disposition"].endswith("Events.cbl")
    again = owner.post(f"{LISTS}/import?name=Again", content=exported.content).json()
    assert (again["list"]["name"], again["matched"], again["missing"]) == (
        "Again",
        2,
        report["missing"],
    )


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff\xfe\x00",
        b"<ReadingList><Books>",
        b"<ComicInfo/>",
        b"not xml",
        b'<?xml version="1.0" encoding="nonsense"?><ReadingList/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><ReadingList><Name>&b;</Name></ReadingList>',
    ],
)
def test_broken_reading_list_is_refused_and_nothing_is_kept(owner: TestClient, document: bytes):
    assert refusal(owner.post(f"{LISTS}/import", content=document)) == (422, "invalid_request")
    assert owner.get(LISTS).json()["total"] == 0


def test_size_of_a_reading_list_is_bounded(owner: TestClient, comics: dict[str, str]):
    most = cbl(*(book("Heron", str(n)) for n in range(reading_list.MAX_BOOKS)))
    kept = owner.post(f"{LISTS}/import", content=most)
    assert (kept.status_code, kept.json()["missing"]["total"]) == (201, reading_list.MAX_BOOKS)
    more = cbl(*(book("Heron", str(n)) for n in range(reading_list.MAX_BOOKS + 1)))
    assert refusal(owner.post(f"{LISTS}/import", content=more)) == (422, "invalid_request")
    large = cbl("<!--" + "x" * reading_list.MAX_FILE_BYTES + "-->")
    assert refusal(owner.post(f"{LISTS}/import", content=large)) == (413, "payload_too_large")
    odd = owner.get(f"{kept.headers['location']}/file")
    assert odd.content.count(b"<Book ") == reading_list.MAX_BOOKS


def test_filter_and_list_of_another_account_have_no_file(
    owner: TestClient, member: TestClient, address: str
):
    kept = owner.post(LISTS, json={"name": "All", "filter": {}}).headers["location"]
    assert refusal(owner.get(f"{kept}/file")) == (422, "invalid_request")
    assert refusal(member.get(f"{address}/file")) == (404, "not_found")
