"""The shelf: series with one-shots among them, and what the comics of a series say about it."""

from __future__ import annotations

import pytest

from comic_downloads.db import library_changes
from comic_downloads.domain.errors import InvalidRequest, NotFound
from comic_downloads.domain.library import (
    ComicFilters,
    ComicMetadata,
    ComicQuery,
    Creator,
    CreatorRole,
    ImageFacts,
    Page,
    Placement,
    ReadingDirection,
    ScannedComic,
)
from comic_downloads.domain.series_facts import facts_of_series
from comic_downloads.usecases.library.arrange import arrange_series
from comic_downloads.usecases.library.shelf import (
    Shelved,
    list_all_comics,
    list_shelf,
    view_series,
)

from .shelf import Shelf

FACTS = ImageFacts("image/jpeg", 100, 150, 1000, 1, "ab" * 32)


def _add(shelf: Shelf, path: str, metadata: ComicMetadata, pages: int = 1) -> None:
    listed = tuple(Page(index, f"{index}.jpg", FACTS) for index in range(pages))
    kind = "pdf" if path.endswith("pdf") else "zip"
    comic = ScannedComic(path, kind, "f", metadata, listed)
    with shelf.context.db.write() as session:
        library_changes.save_comic(session, comic, shelf.clock())
    arrange_series(shelf.context)


def _issue(series: str, number: str, year: int, **more: object) -> ComicMetadata:
    declared = Placement(declared=True)
    values = {"series": series, "number": number, "year": year, "placement": declared, **more}
    return ComicMetadata(f"{series} #{number}", **values)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def stocked(any_shelf: Shelf) -> Shelf:
    artist = Creator("Mona Ōta", CreatorRole.PENCILLER)
    _add(any_shelf, "a.cbz", _issue("Owls", "1", 2012, publisher="Nest", language="en-GB"), 9)
    _add(any_shelf, "b.cbz", _issue("Owls", "2", 2014, publisher="Nest", language="en"))
    _add(any_shelf, "c.cbz", ComicMetadata("Palace", year=2014, creators=(artist,)), 3)
    rtl = {"reading_direction": ReadingDirection.RIGHT_TO_LEFT, "language": "ja"}
    _add(any_shelf, "d.pdf", _issue("Neko", "1", 1999, **rtl))
    return any_shelf


def _names(shelf: Shelf, query: ComicQuery) -> list[str]:
    return [one.name for one in list_shelf(shelf.context, query).items]


def _only(shelf: Shelf, words: str) -> Shelved:
    (only,) = list_shelf(shelf.context, ComicQuery(words)).items
    return only


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("title", ["Neko", "Owls", "Palace"]),
        ("newest", ["Neko", "Palace", "Owls"]),
        ("size", ["Owls", "Palace", "Neko"]),
    ],
)
def test_one_shots_stand_among_the_series_in_every_order(
    stocked: Shelf, sort: str, names: list[str]
):
    assert _names(stocked, ComicQuery(sort=sort)) == names
    parts = [
        list_shelf(stocked.context, ComicQuery(sort=sort, limit=2, offset=offset))
        for offset in (0, 2)
    ]
    assert [one.name for part in parts for one in part.items] == names
    assert {part.total for part in parts} == {3}


def test_series_has_the_number_years_and_size_of_its_comics(stocked: Shelf):
    owls = _only(stocked, "owls")
    assert (owls.is_series, owls.comic_count, owls.years) == (True, 2, (2012, 2014))
    assert (owls.page_count, owls.size_bytes) == (10, 10_000)
    palace = _only(stocked, "palace")
    assert (palace.is_series, palace.comic_count, palace.years) == (False, 1, (2014, 2014))


@pytest.mark.parametrize(
    ("words", "filters", "names"),
    [
        ("ota", {}, ["Palace"]),
        ("#2", {}, ["Owls"]),
        ("", {"language": "en"}, ["Owls"]),
        ("", {"direction": "rtl"}, ["Neko"]),
        ("", {"publisher": "Nest"}, ["Owls"]),
        ("", {"year": 2014}, ["Owls", "Palace"]),
        ("", {"kind": "pdf"}, ["Neko"]),
        ("owls", {"year": 1999}, []),
        ("", {"damaged": True}, []),
    ],
)
def test_series_matches_if_one_of_its_comics_does(
    stocked: Shelf,
    words: str,
    filters: dict[str, str],
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
):
    query = ComicQuery(words, filters=ComicFilters(**filters))  # pyright: ignore[reportArgumentType]
    assert _names(stocked, query) == names
    assert list_shelf(stocked.context, query).total == len(names)
    monkeypatch.setattr("comic_downloads.db.shelf._FEW", 0)
    assert _names(stocked, query) == names


def test_filters_hold_for_comics_and_follow_a_change_of_metadata(stocked: Shelf):
    of_2014 = ComicQuery(filters=ComicFilters(year=2014))
    found = list_all_comics(stocked.context, of_2014)
    assert [one.full_name for one in found.items] == ["Owls #2", "Palace"]
    _add(stocked, "c.cbz", ComicMetadata("Palace", year=2020))
    found = list_all_comics(stocked.context, of_2014)
    assert [one.full_name for one in found.items] == ["Owls #2"]


def test_comics_say_their_series_and_their_place_in_it(stocked: Shelf):
    comics = list_all_comics(stocked.context, ComicQuery()).items
    assert [(one.name, one.place) for one in comics] == [
        ("Neko", "#1"),
        ("Owls", "#1"),
        ("Owls", "#2"),
        ("Palace", ""),
    ]


def test_view_of_a_series_has_its_comics_in_order_and_its_neighbours(stocked: Shelf):
    neko, owls = _only(stocked, "neko"), _only(stocked, "owls")
    view = view_series(stocked.context, owls.id)
    assert [one.place for one in view.comics] == ["#1", "#2"]
    assert (view.before, view.after) == ((neko.id, "Neko"), None)
    assert (view.facts.years, view.facts.publisher) == ((2012, 2014), "Nest")
    with pytest.raises(NotFound):
        view_series(stocked.context, "unknown")
    with pytest.raises(InvalidRequest):
        list_shelf(stocked.context, ComicQuery(sort="colour"))


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        (["1", "2", "3"], ()),
        (["1", "2", "4", "5", "8", "9"], ((3, 3), (6, 7))),
        (["3", "2", "5", "4"], ()),
        (["0", "½", "1", "2", "4"], ((3, 3),)),
        (["1", "100"], ()),
    ],
)
def test_numbers_missing_inside_a_series_are_told_unless_it_is_a_selection(
    numbers: list[str], missing: tuple[tuple[int, int], ...]
):
    annual = Placement(branch="Annual")
    comics = [ComicMetadata("Owls", series="Owls", number=number) for number in numbers]
    special = ComicMetadata("Annual #7", series="Owls", number="7", placement=annual)
    facts = facts_of_series([*comics, special])
    assert (facts.missing, facts.counts_volumes) == (missing, False)


def test_missing_volumes_and_the_people_of_most_comics_are_told():
    writer, guest = Creator("Ann", CreatorRole.WRITER), Creator("Bo", CreatorRole.WRITER)
    facts = facts_of_series(
        [
            ComicMetadata("1", series="Owls", volume=1, creators=(guest, writer), summary="Who?"),
            ComicMetadata("3", series="Owls", volume=3, creators=(writer,)),
        ]
    )
    assert (facts.missing, facts.counts_volumes) == (((2, 2),), True)
    assert [name for name, _ in facts.people] == ["Ann", "Bo"]
    assert facts.summary == "Who?"
