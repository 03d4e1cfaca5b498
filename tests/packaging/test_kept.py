"""What a comic says about itself and its pages is in the files that are made of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from comicapi.comicarchive import ComicArchive
from fpdf import FPDF
from sqlmodel import select

from comic_downloads.db.tables import Manifest
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.library.browse import get_comic
from comic_downloads.usecases.library.page_images import cover_image, original_page
from tests.packaging.kept import (
    VALUES_2_0,
    VALUES_2_1,
    bookmarks_of,
    chapters_of,
    comic_info_of,
    distinct_page,
    file_of,
    info,
    made,
    marks_of,
    put_cbz,
    values_of,
)
from tests.packaging.library_rules import as_kavita_reads, as_komga_reads
from tests.queue.world import World

# What a tagger calls the elements that it reads.
TAGGER_NAMES = {
    "title": "Title",
    "series": "Series",
    "issue": "Number",
    "issue_count": "Count",
    "volume": "Volume",
    "alternate_series": "AlternateSeries",
    "alternate_number": "AlternateNumber",
    "alternate_count": "AlternateCount",
    "comments": "Summary",
    "notes": "Notes",
    "year": "Year",
    "month": "Month",
    "day": "Day",
    "publisher": "Publisher",
    "imprint": "Imprint",
    "genre": "Genre",
    "web_link": "Web",
    "language": "LanguageISO",
    "format": "Format",
    "manga": "Manga",
    "characters": "Characters",
    "teams": "Teams",
    "locations": "Locations",
    "scan_info": "ScanInformation",
    "story_arc": "StoryArc",
    "series_group": "SeriesGroup",
    "maturity_rating": "AgeRating",
}


def test_every_element_of_the_source_is_in_the_cbz_made_of_it(world: World):
    comic = put_cbz(world, "Train.cbz", 2, info(VALUES_2_1))
    older = comic_info_of(world, made(world, comic))
    assert values_of(older) == VALUES_2_0 | {
        "Notes": f"{VALUES_2_0['Notes']}\nTranslated by Ida Koch."
    }
    newer = made(world, comic, metadata="comicinfo-2.1")
    assert values_of(comic_info_of(world, newer, "comicinfo-2.1")) == VALUES_2_1


def test_a_tagger_reads_every_element_that_it_knows(world: World):
    pages = [
        {"Image": "0", "Type": "FrontCover"},
        {"Image": "1", "Type": "Letters", "DoublePage": "true", "Bookmark": "Post", "Key": "k"},
    ]
    job = made(world, put_cbz(world, "Train.cbz", 2, info(VALUES_2_0, pages)))
    found = ComicArchive(file_of(world, job)).read_cix()
    read = {name: str(getattr(found, name)) for name in TAGGER_NAMES}
    assert read == {name: VALUES_2_0[element] for name, element in TAGGER_NAMES.items()}
    assert (found.critical_rating, found.black_and_white) == (4.5, True)
    assert [
        (one.get("Type"), one.get("Bookmark"), one.get("DoublePage")) for one in found.pages
    ] == [
        ("FrontCover", None, None),
        ("Letters", "Post", True),
    ]


@pytest.mark.parametrize("read", [as_kavita_reads, as_komga_reads])
def test_library_servers_read_from_the_file_what_they_read_from_the_source(
    world: World, read: Callable[[Element], dict[str, Any]]
):
    source = info(VALUES_2_1)
    job = made(world, put_cbz(world, "Train.cbz", 1, source), metadata="comicinfo-2.1")
    in_file = comic_info_of(world, job, "comicinfo-2.1")
    assert read(in_file) == read(ElementTree.fromstring(source))
    assert all(read(in_file).values())


@pytest.mark.parametrize("schema", ["comicinfo-2.0", "comicinfo-2.1"])
def test_a_file_put_back_into_the_library_and_made_again_says_the_same(world: World, schema: str):
    pages = [
        {"Image": "0", "Type": "FrontCover"},
        {"Image": "1", "Bookmark": "One", "Key": "k1"},
        {"Image": "2", "Type": "Letters", "DoublePage": "true"},
    ]
    first = made(world, put_cbz(world, "Train.cbz", 3, info(VALUES_2_1, pages)), metadata=schema)
    (world.settings.library / "Again.cbz").write_bytes(file_of(world, first).read_bytes())
    second = made(world, world.scan("Again.cbz"), metadata=schema)
    assert second.sha256 == first.sha256
    assert marks_of(comic_info_of(world, second, schema)) == [
        {key: value for key, value in page.items() if key != "Image"} for page in pages
    ]


def test_what_the_schemas_do_not_allow_is_left_out(world: World):
    wrong = {
        "Title": "T",
        "Count": "-1",
        "AlternateCount": "several",
        "Manga": "Perhaps",
        "BlackAndWhite": "Unknown",
        "AgeRating": "Grown-ups",
        "CommunityRating": "11",
    }
    pages = [
        {"Image": "x", "Type": "Letters"},
        {"Image": "0", "Type": "Poster", "DoublePage": "maybe"},
        {"Image": "7", "Type": "Letters"},
    ]
    root = comic_info_of(world, made(world, put_cbz(world, "T.cbz", 2, info(wrong, pages))))
    assert values_of(root) == {"Title": "T"}
    assert marks_of(root) == [{"Type": "FrontCover"}, {}]


def test_no_role_is_pushed_out_by_another_and_no_name_is_cut(world: World):
    crowd = ", ".join(f"Penciller Number {n}" for n in range(120))
    roles = {"Penciller": crowd, "Inker": "Io", "Editor": "Ed", "Translator": "Tor"}
    genres = ", ".join(f"Genre {n}" for n in range(120))
    comic = put_cbz(world, "T.cbz", 1, info({"Title": "T", "Genre": genres, **roles}))
    job = made(world, comic, metadata="comicinfo-2.1")
    assert values_of(comic_info_of(world, job, "comicinfo-2.1")) == {
        "Title": "T",
        "Genre": genres,
        **roles,
    }


def test_deleted_pages_are_in_no_file_and_in_no_count(world: World):
    pages = [
        {"Image": "0", "Type": "Deleted"},
        {"Image": "1", "Type": "FrontCover"},
        {"Image": "3", "Type": "Deleted", "Bookmark": "End"},
    ]
    comic = put_cbz(world, "T.cbz", 5, info({"Title": "T"}, pages))
    detail = get_comic(world.context, comic)
    assert (detail.page_count, detail.deleted_pages) == (3, 2)
    assert [page.name for page in detail.pages] == ["001.jpg", "002.jpg", "004.jpg"]
    assert estimate_download(world.context, DownloadRequest(comic_ids=(comic,))).page_count == 3
    job = made(world, comic)
    with world.file_of(job) as archive:
        shown = [archive.read(name) for name in archive.namelist() if name.endswith(".jpg")]
    assert shown == [distinct_page(1), distinct_page(2), distinct_page(4)]
    assert marks_of(comic_info_of(world, job)) == [{"Type": "FrontCover"}, {}, {"Bookmark": "End"}]


def test_a_comic_all_of_whose_pages_are_deleted_has_them_all(world: World):
    pages = [{"Image": str(n), "Type": "Deleted"} for n in range(2)]
    comic = put_cbz(world, "T.cbz", 2, info({"Title": "T"}, pages))
    assert get_comic(world.context, comic).deleted_pages == 0
    assert marks_of(comic_info_of(world, made(world, comic))) == [{"Type": "FrontCover"}, {}]


def test_the_front_cover_is_the_cover_wherever_it_stands(world: World):
    files = {f"{n}.jpg": distinct_page(n, (120 + 10 * n, 200)) for n in range(3)}
    comic = put_cbz(
        world, "T.cbz", files, info({"Title": "T"}, [{"Image": "2", "Type": "FrontCover"}])
    )
    cover = original_page(world.context, comic, 2)
    assert cover_image(world.context, comic).etag.startswith(cover.etag)
    with world.file_of(made(world, comic, format="epub")) as archive:
        package = archive.read("EPUB/package.opf").decode()
    assert 'href="images/003.jpg" media-type="image/jpeg" properties="cover-image"' in package


THREE = [{"Image": str(10 * n), "Bookmark": f"Chapter {n + 1}"} for n in range(3)]


@pytest.mark.parametrize(
    ("wishes", "kept"),
    [
        ({}, {1: "Chapter 1", 11: "Chapter 2", 21: "Chapter 3"}),
        ({"pages": "5-25"}, {1: "Chapter 1", 7: "Chapter 2", 17: "Chapter 3"}),
        ({"pages": "1-5, 25"}, {1: "Chapter 1", 6: "Chapter 3"}),
        ({"pages": "2-9, 18-19"}, {1: "Chapter 1", 9: "Chapter 2"}),
    ],
)
@pytest.mark.parametrize("format", ["cbz", "pdf", "epub"])
def test_chapters_begin_at_their_first_page_that_is_in_the_file(
    world: World, format: str, wishes: Mapping[str, str], kept: dict[int, str]
):
    comic = put_cbz(world, "T.cbz", 30, info({"Title": "T"}, THREE))
    assert chapters_of(world, made(world, comic, format=format, **wishes)) == kept


@pytest.mark.parametrize("format", ["cbz", "pdf", "epub"])
def test_chapters_move_with_the_parts_of_pages_that_are_cut(world: World, format: str):
    files = {f"{n}.jpg": distinct_page(n, (200, 1500 if n == 1 else 300)) for n in range(3)}
    pages = [
        {"Image": "1", "Bookmark": "The Fall", "Type": "FrontCover", "Key": "k"},
        {"Image": "2", "Bookmark": "The Floor", "Type": "BackCover"},
    ]
    job = made(
        world,
        put_cbz(world, "T.cbz", files, info({"Title": "T"}, pages)),
        format=format,
        quality="kindle-paperwhite",
    )
    parts = job.pages_total - 2
    assert parts > 1
    front = {"cbz": {}, "pdf": {1: "Cover"}, "epub": {1: "T"}}[format]
    assert chapters_of(world, job) == front | {2: "The Fall", 2 + parts: "The Floor"}
    if format == "cbz":
        assert marks_of(comic_info_of(world, job)) == [
            {},
            {"Type": "FrontCover", "Key": "k", "Bookmark": "The Fall"},
            *[{}] * (parts - 1),
            {"Type": "BackCover", "Bookmark": "The Floor"},
        ]


@pytest.mark.parametrize("format", ["cbz", "pdf", "epub"])
def test_chapter_folders_are_chapters(world: World, format: str):
    files = {
        f"Book/{folder}{n}.jpg": distinct_page(place * 10 + n)
        for place, folder in enumerate(["", "Chapter 1/", "Chapter 2/", "Chapter 10/"])
        for n in range(2)
    }
    job = made(world, put_cbz(world, "Book v01.cbz", files), format=format)
    front = {"cbz": {}, "pdf": {1: "Cover"}, "epub": {1: "Book"}}[format]
    found = chapters_of(world, job)
    assert {page: title for page, title in found.items() if page > 1} == {
        3: "Chapter 1",
        5: "Chapter 2",
        7: "Chapter 10",
    }
    assert (1 in found) == bool(front)


def put_pdf(world: World, name: str, outline: list[tuple[int, int, str]], pages: int) -> str:
    """Write a PDF with entries of page (from 1), level and title; return the comic's id."""
    pdf = FPDF(unit="pt")
    for number in range(1, pages + 1):
        pdf.add_page(format=(120, 200))
        pdf.image(io.BytesIO(distinct_page(number)), 0, 0, 120, 200)
        for page, level, title in outline:
            if page == number:
                pdf.start_section(title, level)
    pdf.output(str(world.settings.library / name))
    return world.scan(name)


@pytest.mark.parametrize("format", ["cbz", "pdf", "epub"])
def test_the_outline_of_a_pdf_names_chapters(world: World, format: str):
    entries = [(1, 0, "Part I"), (1, 1, "Dawn"), (3, 1, "Dämmerung 夜"), (4, 0, "Part II")]
    comic = put_pdf(world, "T.pdf", entries, 5)
    assert chapters_of(world, made(world, comic, format=format)) == {
        1: "Part I: Dawn",
        3: "Dämmerung 夜",
        4: "Part II",
    }


@pytest.mark.parametrize(
    "entries",
    [[], [(1, 0, "Cover"), (2, 0, "Pages")], [(n, 0, f"scan_{n:03}") for n in (1, 2, 3)]],
    ids=["none", "our own", "every page"],
)
def test_an_outline_without_chapters_makes_no_bookmarks(
    world: World, entries: list[tuple[int, int, str]]
):
    comic = put_pdf(world, "T.pdf", entries, 3)
    assert bookmarks_of(comic_info_of(world, made(world, comic))) == {}


@pytest.mark.parametrize("format", ["pdf", "epub"])
def test_a_document_that_is_put_back_says_all_that_its_source_said(world: World, format: str):
    first = made(world, put_cbz(world, "Train.cbz", 3, info(VALUES_2_1)), format=format)
    back = world.settings.library / f"Back.{format}"
    back.write_bytes(file_of(world, first).read_bytes())
    again = made(world, world.scan(back.name), metadata="comicinfo-2.1")
    assert values_of(comic_info_of(world, again, "comicinfo-2.1")) == VALUES_2_1


@pytest.mark.parametrize("format", ["pdf", "epub"])
def test_a_series_in_one_document_keeps_its_chapters_when_it_is_put_back(world: World, format: str):
    numbered = [put_cbz(world, f"S {n}.cbz", 3, info({"Title": f"Issue {n}"})) for n in (1, 2)]
    first = made(world, *numbered, format=format)
    back = world.settings.library / f"Back.{format}"
    back.write_bytes(file_of(world, first).read_bytes())
    again = made(world, world.scan(back.name))
    assert bookmarks_of(comic_info_of(world, again)) == {1: "Issue 1", 4: "Issue 2"}


def test_an_epub_without_chapters_that_is_put_back_has_none(world: World):
    first = made(world, put_cbz(world, "T.cbz", 3), format="epub")
    (world.settings.library / "Back.epub").write_bytes(file_of(world, first).read_bytes())
    again = made(world, world.scan("Back.epub"))
    assert bookmarks_of(comic_info_of(world, again)) == {}


def test_one_folder_is_no_chapter(world: World):
    files = {"0.jpg": distinct_page(0), "scans/1.jpg": distinct_page(1)}
    assert bookmarks_of(comic_info_of(world, made(world, put_cbz(world, "T.cbz", files)))) == {}


def test_a_series_in_one_file_keeps_its_bookmarks_when_it_is_put_back(world: World):
    numbered = [
        put_cbz(world, f"S {n}.cbz", 3, info({"Title": f"Issue {n}", "Series": "S"}, marks))
        for n, marks in ((1, ()), (2, [{"Image": "1", "Bookmark": "Letters page"}]))
    ]
    first = made(world, *numbered)
    expected = {1: "Issue 1", 4: "Issue 2", 5: "Letters page"}
    assert bookmarks_of(comic_info_of(world, first)) == expected
    (world.settings.library / "Back.cbz").write_bytes(file_of(world, first).read_bytes())
    again = world.scan("Back.cbz")
    assert bookmarks_of(comic_info_of(world, made(world, again))) == expected
    assert chapters_of(world, made(world, again, format="pdf")) == expected
    assert chapters_of(world, made(world, again, format="epub")) == expected


def test_images_that_count_from_one_are_understood(world: World):
    pages = [{"Image": "1", "Bookmark": "First"}, {"Image": "2", "Bookmark": "Last"}]
    comic = put_cbz(world, "T.cbz", 2, info({"Title": "T"}, pages))
    assert bookmarks_of(comic_info_of(world, made(world, comic))) == {1: "First", 2: "Last"}


def test_a_download_that_an_earlier_version_accepted_is_prepared(world: World):
    comic = put_cbz(
        world, "T.cbz", 2, info({"Title": "T", "Notes": "N"}, [{"Image": "1", "Key": "k"}])
    )
    job = world.submit(world.add_user("ann"), comic)
    with world.context.db.write() as session:
        (stored,) = session.exec(select(Manifest))
        document = json.loads(stored.body)
        for one in document["comics"]:
            one["metadata"]["details"] = {"tags": "night", "community_rating": None}
            for page in one["pages"]:
                page.pop("marks", None)
        stored.body = json.dumps(document)
        session.add(stored)
    assert world.prepare_here()
    root = comic_info_of(world, world.job(job))
    assert values_of(root) == {"Title": "T"}
    assert marks_of(root) == [{"Type": "FrontCover"}, {}]
