"""The feeds of the OPDS 1.2 catalogue."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from comic_downloads.usecases.context import Context

from .conftest import BASE_URL, PASSWORD
from .library import add_archive, archive_bytes, page_bytes, prepare_all, scan
from .opds import ATOM, OPDS, PSE, SEARCH, App, acquisitions, entries, href, links, text

ROOT = "/opds/v1.2/catalog"
CBZ = "application/vnd.comicbook+zip"
NAVIGATION = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION_FEED = "application/atom+xml;profile=opds-catalog;kind=acquisition"


@pytest.fixture
def app(member: TestClient, new_guest: Callable[[], TestClient]) -> App:
    return App(new_guest(), "mika", PASSWORD)


def save_preset(member: TestClient, name: str, **choices: object) -> str:
    answer = member.post("/api/v1/presets", json={"name": name, **choices})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_root_leads_to_every_part_of_the_catalogue(app: App, comics: dict[str, str]):
    root = app.feed(ROOT)
    assert app.get(ROOT).headers["content-type"] == NAVIGATION
    sections = entries(root)
    assert list(sections) == ["New comics", "Series", "All comics", "Lists", "Ready for you"]
    for entry in sections.values():
        (link,) = [link for link in entry.findall(f"{ATOM}link") if link.get("rel") != "self"]
        assert app.get(link.attrib["href"]).headers["content-type"] == link.attrib["type"]
    assert href(sections["New comics"], "http://opds-spec.org/sort/new") == "/opds/v1.2/new"
    assert href(root, "start") == href(root, "self") == ROOT
    crawlable = app.feed(href(root, "http://opds-spec.org/crawlable"))
    assert len(entries(crawlable)) == len(comics)


def test_every_feed_has_what_atom_asks_for(app: App, comics: dict[str, str]):
    for place in ("catalog", "new", "crawl", "comics", "series", "lists", "ready"):
        feed = app.feed(f"/opds/v1.2/{place}")
        for element in (feed, *feed.findall(f"{ATOM}entry")):
            assert UUID(text(element, "id"))
            assert text(element, "title")
            assert datetime.fromisoformat(text(element, "updated"))
        assert feed.find(f"{ATOM}author/{ATOM}name") is not None
        assert href(feed, "self") == f"/opds/v1.2/{place}"


def test_ids_stay_and_differ(app: App, comics: dict[str, str]):
    first, again = app.feed("/opds/v1.2/new"), app.feed("/opds/v1.2/comics")
    ids = [text(entry, "id") for entry in first.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(comics)
    assert {text(entry, "id") for entry in again.findall(f"{ATOM}entry")} == set(ids)
    assert text(first, "id") != text(again, "id")


def test_comic_is_offered_as_every_format_with_its_true_type(app: App, comics: dict[str, str]):
    entry = entries(app.feed("/opds/v1.2/comics"))["Alone"]
    files = acquisitions(entry)
    assert {title: link["type"] for title, link in files.items()} == {
        "Original file": CBZ,
        "CBZ": CBZ,
        "PDF": "application/pdf",
        "EPUB": "application/epub+zip",
    }
    ends = [link["href"].rpartition(".")[2] for link in files.values()]
    assert ends == ["cbz", "cbz", "pdf", "epub"]


@pytest.mark.parametrize("overrides", [{"opds_cbz_type": "application/x-cbz"}])
def test_old_clients_can_have_the_old_type_of_cbz(app: App, comics: dict[str, str]):
    files = acquisitions(entries(app.feed("/opds/v1.2/new"))["Alone"])
    assert {files[title]["type"] for title in ("Original file", "CBZ")} == {"application/x-cbz"}


def test_folder_has_no_original_file(app: App, context: Context):
    folder = context.settings.library / "Loose"
    folder.mkdir()
    for name in ("1.png", "2.png"):
        (folder / name).write_bytes(page_bytes(1))
    scan(context)
    assert list(acquisitions(entries(app.feed("/opds/v1.2/new"))["Loose"])) == [
        "CBZ",
        "PDF",
        "EPUB",
    ]


def test_presets_of_the_account_are_offered_and_those_of_others_are_not(
    app: App, member: TestClient, owner: TestClient, comics: dict[str, str]
):
    save_preset(member, "My <Kobo> & more", format="epub", quality="kobo-libra-colour")
    save_preset(owner, "Of the owner", format="pdf")
    files = acquisitions(entries(app.feed("/opds/v1.2/new"))["Alone"])
    assert list(files)[4:] == ["My <Kobo> & more"]
    link = files["My <Kobo> & more"]
    assert link["type"] == "application/epub+zip"
    assert link["href"].endswith("/Alone.kepub.epub")


@pytest.mark.parametrize("by", ["id", "name"])
def test_catalogue_of_a_preset_has_everything_as_that(
    app: App, member: TestClient, comics: dict[str, str], by: str
):
    preset_id = save_preset(member, "Für Libra", format="epub", quality="kobo-libra-colour")
    root = app.feed(f"/opds/v1.2/p/{preset_id if by == 'id' else quote('Für Libra')}")
    assert text(root, "title") == "Comics as Für Libra"
    for place in ("New comics", "All comics"):
        (link,) = entries(root)[place].findall(f"{ATOM}link")
        listed = entries(app.feed(link.attrib["href"]))
        assert len(listed) == len(comics)
        assert all(list(acquisitions(entry)) == ["Für Libra"] for entry in listed.values())
    assert f"/p/{preset_id}/" in href(root, "search")
    assert "As Für Libra" in entries(app.feed(ROOT))


def test_unknown_preset_and_those_of_others_are_not_found(
    app: App, owner: TestClient, comics: dict[str, str]
):
    of_owner = save_preset(owner, "Mine", format="pdf")
    comic_id = comics["Alone"]
    for name in (of_owner, "Mine", "nothing", "zip"):
        assert app.get(f"/opds/v1.2/p/{name}/new").status_code == 404
        assert app.get(f"/opds/v1.2/files/{comic_id}/{name}/x.pdf").status_code == 404


def test_everything_is_found_by_walking_through_the_pages(app: App, context: Context):
    content = archive_bytes(1)
    for number in range(120):
        path = context.settings.library / f"Walk #{number:03}.cbz"
        path.write_bytes(content)
    scan(context)
    address, titles, sizes = "/opds/v1.2/comics", [], []
    while True:
        feed = app.feed(address)
        titles += list(entries(feed))
        sizes.append(len(entries(feed)))
        assert feed.findtext(f"{SEARCH}totalResults") == "120"
        assert feed.findtext(f"{SEARCH}startIndex") == str(len(titles) - sizes[-1] + 1)
        assert href(feed, "first") == "/opds/v1.2/comics"
        assert href(feed, "last") == "/opds/v1.2/comics?page=3"
        assert bool(links(feed, "previous")) == (address != "/opds/v1.2/comics")
        if not links(feed, "next"):
            break
        address = href(feed, "next")
    assert sizes == [50, 50, 20]
    assert titles == [f"Walk #{number}" for number in range(120)]
    assert len(entries(app.feed("/opds/v1.2/crawl"))) == 120


def test_newest_comics_are_first(app: App, context: Context, clock):
    add_archive(context, "Old.cbz")
    scan(context)
    clock.advance(60)
    add_archive(context, "Young.cbz")
    scan(context)
    feed = app.feed("/opds/v1.2/new")
    assert list(entries(feed)) == ["Young", "Old"]
    assert text(feed, "updated") == text(entries(feed)["Young"], "updated")
    assert text(entries(feed)["Old"], "updated") < text(feed, "updated")


def test_series_lead_to_their_comics_in_reading_order(app: App, comics: dict[str, str]):
    (series,) = entries(app.feed("/opds/v1.2/series")).values()
    assert text(series, "title") == "Moon Harbour"
    assert text(series, "content") == "2 comics"
    (link,) = links(series, "subsection")
    assert link["{http://purl.org/syndication/thread/1.0}count"] == "2"
    assert list(entries(app.feed(link["href"]))) == ["Moon Harbour #1", "Moon Harbour #2"]
    cover = href(series, "http://opds-spec.org/image/thumbnail")
    assert app.get(cover).headers["content-type"] == "image/jpeg"
    assert app.get("/opds/v1.2/series/nothing").status_code == 404


def test_search_is_described_and_finds(app: App, comics: dict[str, str]):
    address = href(app.feed(ROOT), "search")
    description = app.get(address)
    assert description.headers["content-type"] == "application/opensearchdescription+xml"
    (url,) = ElementTree.fromstring(description.content).findall(f"{SEARCH}Url")
    assert url.attrib["type"] == ACQUISITION_FEED
    template = url.attrib["template"]
    assert template.startswith(f"{BASE_URL}/opds/v1.2/")
    assert template.count("{") == 1, "some clients fill in only the words"
    found = urlsplit(template.replace("{searchTerms}", "harbour"))
    feed = app.feed(f"{found.path}?{found.query}")
    assert sorted(entries(feed)) == ["Moon Harbour #1", "Moon Harbour #2"]
    assert text(feed, "title") == "Search: harbour"
    assert not entries(app.feed("/opds/v1.2/comics?query=nowhere"))


def test_facets_sort_and_leave_out_what_was_fetched(
    app: App, member: TestClient, context: Context, comics: dict[str, str]
):
    feed = app.feed("/opds/v1.2/comics?query=o")
    facets = {link["title"]: link for link in links(feed, "http://opds-spec.org/facet")}
    active = {title for title, link in facets.items() if link.get(f"{OPDS}activeFacet") == "true"}
    assert active == {"Title", "All"}
    assert {link[f"{OPDS}facetGroup"] for link in facets.values()} == {"Sort by", "Show"}
    largest = app.feed(facets["Largest first"]["href"])
    assert next(iter(entries(largest))) == "Moon Harbour #2"
    assert len(entries(app.feed(facets["Not fetched yet"]["href"]))) == 3


def test_hostile_titles_are_text(app: App, context: Context):
    for name in ('A <b>"bold"</b> & co', "Line\u0007feed \ufffe end", "]]> <!-- {pageNumber}"):
        add_archive(context, f"{name.replace('/', ' ')}.cbz")
    scan(context)
    feed = app.feed("/opds/v1.2/new")
    titles = list(entries(feed))
    assert len(titles) == 3
    assert all(
        character in "\t\n\r" or " " <= character < "\ufffe"
        for title in titles
        for character in title
    )
    for entry in feed.findall(f"{ATOM}entry"):
        for link in acquisitions(entry).values():
            path = urlsplit(link["href"]).path
            assert path.count("/") == 6
            assert path.isascii()


def test_pages_are_streamed_as_jpeg_and_no_wider_than_asked(app: App, comics: dict[str, str]):
    entry = entries(app.feed("/opds/v1.2/new"))["Moon Harbour #2"]
    (stream,) = links(entry, "http://vaemendis.net/opds-pse/stream")
    assert (stream["type"], stream[f"{PSE}count"]) == ("image/jpeg", "4")
    template = stream["href"].replace("{pageNumber}", "3")
    assert _width(app, template.replace("{maxWidth}", "200")) == 160
    assert _width(app, template.replace("{maxWidth}", "5000")) == 300
    assert _width(app, template) == 300, "a client that does not know the width leaves it as it is"
    assert app.get(stream["href"].replace("{pageNumber}", "4")).status_code == 404


def test_stream_says_which_page_was_read_last(
    app: App, comics: dict[str, str], member: TestClient, owner: TestClient
):
    def read() -> tuple[str | None, bool]:
        entry = entries(app.feed("/opds/v1.2/new"))["Moon Harbour #2"]
        (stream,) = links(entry, "http://vaemendis.net/opds-pse/stream")
        return stream.get(f"{PSE}lastRead"), f"{PSE}lastReadDate" in stream

    address = f"/api/v1/comics/{comics['Moon Harbour #2']}/place"
    owner.put(address, json={"page_index": 3}).raise_for_status()
    assert read() == (None, False)
    member.put(address, json={"page_index": 1}).raise_for_status()
    assert read() == ("2", True)


def test_covers_are_jpeg(app: App, comics: dict[str, str]):
    entry = entries(app.feed("/opds/v1.2/new"))["Alone"]
    assert _width(app, href(entry, "http://opds-spec.org/image")) == 300
    assert _width(app, href(entry, "http://opds-spec.org/image/thumbnail")) < 300


def _width(app: App, address: str) -> int:
    answer = app.get(address)
    assert answer.headers["content-type"] == "image/jpeg", answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.format == "JPEG"
        return image.width


def test_feed_is_not_sent_again_while_it_is_unchanged(
    app: App, context: Context, comics: dict[str, str]
):
    answer = app.get("/opds/v1.2/new")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "last-modified" not in answer.headers, "KOReader would keep the feed by it"
    again = app.get("/opds/v1.2/new", If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    add_archive(context, "Another.cbz")
    scan(context)
    assert app.get("/opds/v1.2/new", If_None_Match=answer.headers["etag"]).status_code == 200


def test_entry_of_one_comic_is_a_document(app: App, comics: dict[str, str]):
    entry = entries(app.feed("/opds/v1.2/new"))["Alone"]
    (link,) = links(entry, "alternate")
    answer = app.get(link["href"])
    assert answer.headers["content-type"] == link["type"]
    alone = ElementTree.fromstring(answer.content)
    assert alone.tag == f"{ATOM}entry"
    assert text(alone, "id") == text(entry, "id")
    assert acquisitions(alone).keys() == acquisitions(entry).keys()


def test_unreadable_comics_are_not_listed(app: App, context: Context, comics: dict[str, str]):
    Path(context.settings.library / "Broken.cbz").write_bytes(b"not a comic")
    scan(context)
    assert sorted(entries(app.feed("/opds/v1.2/comics"))) == sorted(comics)


def test_ready_files_are_listed_with_their_length(
    app: App, member: TestClient, owner: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Alone"]], "format": "pdf"}
    job_id = member.post("/api/v1/downloads", json=body).json()["id"]
    owner.post("/api/v1/downloads", json={**body, "format": "epub"})
    prepare_all(context)
    feed = app.feed("/opds/v1.2/ready")
    (entry,) = entries(feed).values()
    (link,) = acquisitions(entry).values()
    assert (link["type"], link["title"]) == ("application/pdf", "PDF, original")
    answer = app.get(link["href"])
    assert len(answer.content) == int(link["length"]) == int(answer.headers["content-length"])
    assert job_id in link["href"]


def keep(client: TestClient, **body: object) -> str:
    answer = client.post("/api/v1/lists", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_lists_are_feeds_in_their_order(
    app: App, member: TestClient, owner: TestClient, comics: dict[str, str]
):
    ids = list(comics.values())
    own = keep(member, name="Next", comic_ids=[ids[2], ids[0], ids[1]])
    keep(member, name="Moon", filter={"q": "moon", "sort": "size", "view": "comics"})
    others = keep(owner, name="Mine", comic_ids=ids)
    navigation = app.feed(href(entries(app.feed(ROOT))["Lists"], "subsection"))
    shown = entries(navigation)
    assert list(shown) == ["Moon", "Next"]
    listed = app.feed(href(shown["Next"], "subsection"))
    by_id = {
        client_id: member.get(f"/api/v1/comics/{client_id}").json()["name"] for client_id in ids
    }
    assert list(entries(listed)) == [by_id[ids[2]], by_id[ids[0]], by_id[ids[1]]]
    assert len(entries(app.feed(href(shown["Moon"], "subsection")))) == 2
    assert app.get(f"/opds/v1.2/lists/{own}").status_code == 200
    assert app.get(f"/opds/v1.2/lists/{others}").status_code == 404
    assert app.get(f"/opds/v1.2/p/cbz/lists/{own}").status_code == 200


def test_ready_files_of_others_are_never_shown(
    app: App, owner: TestClient, context: Context, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Alone"]], "format": "pdf"}
    job_id = owner.post("/api/v1/downloads", json=body).json()["id"]
    prepare_all(context)
    assert not entries(app.feed("/opds/v1.2/ready"))
    for method in ("GET", "HEAD"):
        assert app.get(f"/opds/v1.2/downloads/{job_id}/x.pdf", method).status_code == 404
