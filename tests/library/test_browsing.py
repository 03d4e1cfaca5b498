"""Searching, sorting and paging, and the number of queries they need."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from comic_downloads.db import library_changes
from comic_downloads.db.library import comic_ids_of_series, manifest_comics
from comic_downloads.domain.errors import ComicUnreadable, InvalidRequest, NotFound
from comic_downloads.domain.library import (
    ComicMetadata,
    ComicQuery,
    Creator,
    CreatorRole,
    ImageFacts,
    Page,
    ScannedComic,
)
from comic_downloads.usecases.library.arrange import arrange_series
from comic_downloads.usecases.library.browse import (
    get_comic,
    get_series,
    list_comics,
    list_series,
)

from .shelf import Shelf


def _add(
    shelf: Shelf,
    path: str,
    metadata: ComicMetadata,
    *,
    pages: int = 1,
    damaged: tuple[int, ...] = (),
    error: str = "",
) -> str:
    facts = ImageFacts("image/jpeg", 100, 150, 1000, 1, "ab" * 32)
    listed = tuple(
        Page(index, f"{index}.jpg", None, "It is cut short.")
        if index in damaged
        else Page(index, f"{index}.jpg", facts)
        for index in range(pages)
    )
    comic = ScannedComic(path, "zip", "f", metadata, () if error else listed, error)
    with shelf.context.db.write() as session:
        comic_id = library_changes.save_comic(session, comic, shelf.clock())
    arrange_series(shelf.context)
    return comic_id


@pytest.fixture
def stocked(any_shelf: Shelf) -> Shelf:
    _add(
        any_shelf,
        "a.cbz",
        ComicMetadata("Café Métro #10", series="Café Métro", number="10"),
        pages=3,
    )
    _add(
        any_shelf, "b.cbz", ComicMetadata("Café Métro #2", series="café metro", number="2"), pages=9
    )
    _add(
        any_shelf,
        "c.cbz",
        ComicMetadata("Zebra", creators=(Creator("Łukasz Ångström", CreatorRole.WRITER),)),
        pages=5,
    )
    _add(any_shelf, "d.cbz", ComicMetadata("猫とロボット", year=1994), pages=1)
    return any_shelf


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("cafe", ["Café Métro #2", "Café Métro #10"]),
        ("MÉTRO 10", ["Café Métro #10"]),
        ("metro café", ["Café Métro #2", "Café Métro #10"]),
        ("ANGSTROM", ["Zebra"]),
        ("ロボ", ["猫とロボット"]),
        ("1994", ["猫とロボット"]),
        ("100%", []),
        ("_", []),
        ("   ", ["Café Métro #2", "Café Métro #10", "Zebra", "猫とロボット"]),
    ],
)
def test_search_ignores_case_accents_and_the_order_of_words(
    stocked: Shelf, query: str, titles: list[str]
):
    assert stocked.titles(ComicQuery(query)) == titles


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("title", ["Café Métro #2", "Café Métro #10", "Zebra", "猫とロボット"]),
        ("-title", ["猫とロボット", "Zebra", "Café Métro #10", "Café Métro #2"]),
        ("series", ["Café Métro #2", "Café Métro #10", "Zebra", "猫とロボット"]),
        ("newest", ["猫とロボット", "Zebra", "Café Métro #2", "Café Métro #10"]),
        ("pages", ["Café Métro #2", "Zebra", "Café Métro #10", "猫とロボット"]),
    ],
)
def test_comics_are_listed_in_the_chosen_order(stocked: Shelf, sort: str, titles: list[str]):
    assert stocked.titles(ComicQuery(sort=sort)) == titles


def test_an_unknown_sort_is_refused_by_name(stocked: Shelf):
    with pytest.raises(InvalidRequest, match="“colour” is not a sort order"):
        list_comics(stocked.context, ComicQuery(sort="colour"))


def test_paging_shows_every_comic_once(stocked: Shelf):
    pages = [list_comics(stocked.context, ComicQuery(limit=3, offset=offset)) for offset in (0, 3)]
    assert [len(page.items) for page in pages] == [3, 1]
    assert {page.total for page in pages} == {4}
    assert len({comic.id for page in pages for comic in page.items}) == 4


def test_spellings_of_a_series_are_one_series(stocked: Shelf):
    series = list_series(stocked.context)
    assert [(one.title, one.comic_count, one.page_count) for one in series] == [
        ("Café Métro", 2, 12)
    ]
    with stocked.context.db.read() as session:
        ids = comic_ids_of_series(session, series[0].id)
    assert [get_comic(stocked.context, comic_id).number for comic_id in ids] == ["2", "10"]


def test_numbers_are_in_reading_order(any_shelf: Shelf):
    numbers = ["", "10", "1.5", "2", "-1", "1", "0", "-2", "1A"]
    for number in numbers:
        _add(any_shelf, f"{number}.cbz", ComicMetadata(f"S #{number}", series="S", number=number))
    comics = get_series(any_shelf.context, list_series(any_shelf.context)[0].id).comics
    assert [comic.number for comic in comics] == ["-2", "-1", "0", "1", "1.5", "1A", "2", "10", ""]


def test_volumes_go_before_numbers(any_shelf: Shelf):
    for volume, number in ((2, "1"), (1, "2"), (1, "1")):
        _add(
            any_shelf,
            f"{volume}-{number}.cbz",
            ComicMetadata("T", series="S", number=number, volume=volume),
        )
    comics = get_series(any_shelf.context, list_series(any_shelf.context)[0].id).comics
    assert [(comic.volume, comic.number) for comic in comics] == [(1, "1"), (1, "2"), (2, "1")]


def test_a_download_gets_the_readable_pages_and_the_indexes_of_the_others(any_shelf: Shelf):
    first = _add(any_shelf, "a.cbz", ComicMetadata("A"), pages=4, damaged=(1, 3))
    second = _add(any_shelf, "b.cbz", ComicMetadata("B"), pages=2)
    with any_shelf.context.db.read() as session:
        comics = manifest_comics(session, [second, first])
    assert [comic.comic_id for comic in comics] == [second, first]
    assert [page.index for page in comics[1].pages] == [0, 2]
    assert comics[1].missing == (1, 3)
    assert comics[1].metadata == ComicMetadata("A")


def test_a_download_of_a_damaged_or_missing_comic_is_refused_by_name(any_shelf: Shelf):
    damaged = _add(any_shelf, "a.cbz", ComicMetadata("A"), error="The archive is damaged.")
    gone = _add(any_shelf, "b.cbz", ComicMetadata("B"))
    with any_shelf.context.db.write() as session:
        library_changes.mark_missing(session, ["b.cbz"], any_shelf.clock())
    with any_shelf.context.db.read() as session:
        with pytest.raises(ComicUnreadable, match="“A” cannot be read"):
            manifest_comics(session, [damaged])
        with pytest.raises(NotFound, match="“B” is no longer in the library"):
            manifest_comics(session, [gone])
        with pytest.raises(NotFound, match="There is no such comic"):
            manifest_comics(session, ["nothing"])


def test_statements_do_not_grow_with_the_library(any_shelf: Shelf):
    def statements() -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(any_shelf.context.db.engine, "before_cursor_execute", note)
        list_comics(any_shelf.context, ComicQuery("s"))
        series = list_series(any_shelf.context)
        get_series(any_shelf.context, series[0].id)
        with any_shelf.context.db.read() as session:
            manifest_comics(session, comic_ids_of_series(session, series[0].id))
        event.remove(any_shelf.context.db.engine, "before_cursor_execute", note)
        return len(seen)

    _add(any_shelf, "0.cbz", ComicMetadata("S #0", series="S", number="0"))
    few = statements()
    for number in range(1, 40):
        _add(
            any_shelf,
            f"{number}.cbz",
            ComicMetadata(f"S #{number}", series="S", number=str(number)),
        )
    assert statements() == few
